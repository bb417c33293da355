//! CPU time and memory of a process, as the kernel counts them.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Ticks in a second of the times in `/proc/PID/stat`: fixed by the kernel's interface on every architecture in use.
const TICKS: u64 = 100;

/// A process that runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(u32);

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// Resident now.
    pub(crate) resident: u64,
    /// Most that was ever resident.
    pub(crate) peak: u64,
    /// Resident now, where each shared page counts for its part.
    pub(crate) proportional: u64,
}

impl Process {
    /// By its id.
    pub(crate) const fn new(id: u32) -> Self {
        Self(id)
    }

    /// CPU time of all its threads, those that ended as well, in steps of 10 ms.
    pub(crate) fn cpu(self) -> Result<Duration> {
        let stat = self.read("stat")?;
        let ticks = cpu_ticks(&stat).context("/proc/PID/stat has another form than expected")?;
        Ok(Duration::from_millis(ticks * (1_000 / TICKS)))
    }

    /// CPU time of the threads that there are now, to the nanosecond where they sleep.
    pub(crate) fn exact_cpu(self) -> Result<Duration> {
        let mut total = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.0))? {
            // A thread that has ended in between is gone with its time.
            let text = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
            total += text.split(' ').next().and_then(|time| time.parse::<u64>().ok()).unwrap_or_default();
        }
        Ok(Duration::from_nanos(total))
    }

    /// Its memory.
    pub(crate) fn memory(self) -> Result<Memory> {
        let (status, rollup) = (self.read("status")?, self.read("smaps_rollup")?);
        let kilobytes = |text: &str, key: &str| kilobytes(text, key).with_context(|| format!("no {key} in /proc"));
        Ok(Memory {
            resident: kilobytes(&status, "VmRSS:")?,
            peak: kilobytes(&status, "VmHWM:")?,
            proportional: kilobytes(&rollup, "Pss:")?,
        })
    }

    fn read(self, name: &str) -> Result<String> {
        let path = format!("/proc/{}/{name}", self.0);
        fs::read_to_string(&path).with_context(|| format!("can't read {path}: has the process ended?"))
    }
}

/// User and system time. The name, in brackets, may hold anything, and stands before them.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_ascii_whitespace().skip(11);
    let (user, system) = (times.next()?, times.next()?);
    Some(user.parse::<u64>().ok()? + system.parse::<u64>().ok()?)
}

/// A size, in bytes.
fn kilobytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let number = line.trim().strip_suffix("kB")?.trim();
    Some(number.parse::<u64>().ok()? * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_writes_is_read() {
        let stat = "7 (a) b) c) S 1 7 7 0 -1 4194560 2000 0 3 0 41 17 5 6 20 0 9 0 100 1 2";
        assert_eq!(cpu_ticks(stat), Some(58));
        assert_eq!(cpu_ticks("7 (a) S 1"), None);
        let status = "Name:\ta\nVmHWM:\t   12 kB\nVmRSS:\t  7 kB\n";
        assert_eq!(kilobytes(status, "VmRSS:"), Some(7 << 10));
        assert_eq!(kilobytes(status, "Pss:"), None);
    }

    #[test]
    fn this_process_has_memory_and_used_time() {
        let this = Process::new(std::process::id());
        let memory = this.memory().unwrap();
        assert!(memory.resident > 0 && memory.peak >= memory.resident && memory.proportional > 0, "{memory:?}");
        assert!(this.cpu().is_ok() && this.exact_cpu().is_ok());
    }
}
