//! What the program does to its own process, and to the one that compiles: as the kernel shows it, below `/proc`.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;
use wharf::plugin::limits;
use wharf_tests::{Connection, Era, HttpHost, Part, TestHost, find, headers, message};

/// Until something has happened. Generous: tests that run beside this one may leave it little of the processor.
const DEADLINE: Duration = Duration::from_secs(120);

/// Between two looks at something that can't be waited for.
const LOOK: Duration = Duration::from_millis(10);

/// Long enough to tell what rests from what moves: fifty ticks of the host's clock, and of the kernel's.
const REST: Duration = Duration::from_millis(500);

/// Processor time that a server which has nothing to do may use in the meantime, in ticks of the kernel's.
const IDLE_TICKS: u64 = 2;

/// Longer than any test waits: what ends a call is something else.
const ENDLESS: &str = "call-time-ms = 3600000\ncpu-time-ms = 3600000";

/// Fields of `/proc/PID/stat`, as proc(5) numbers them.
const STATE: usize = 3;
const PARENT: usize = 4;
const USER_TIME: usize = 14;
const SYSTEM_TIME: usize = 15;
const NICENESS: usize = 19;

/// A process or a thread, as the folder of it that the kernel shows.
struct Shown(PathBuf);

impl Shown {
    fn process(id: u32) -> Self {
        Self(format!("/proc/{id}").into())
    }

    /// The server that this program has started in a folder.
    fn server(folder: &Path) -> Self {
        let folder = folder.canonicalize().unwrap();
        let own = Self::process(std::process::id()).children();
        let in_folder = |child: &Self| fs::read_link(child.0.join("cwd")).is_ok_and(|place| place == folder);
        own.into_iter().find(in_folder).expect("a server in the folder")
    }

    fn children(&self) -> Vec<Self> {
        let is_child = |it: &Self| it.field(PARENT).is_some_and(|parent| self.0.ends_with(parent));
        Self::all(Path::new("/proc")).into_iter().filter(is_child).collect()
    }

    fn threads(&self) -> Vec<Self> {
        Self::all(&self.0.join("task"))
    }

    fn all(folder: &Path) -> Vec<Self> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        entries.filter(|it| it.file_name().to_str().is_some_and(is_number)).map(|it| Self(it.path())).collect()
    }

    /// None: it is gone.
    fn text(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.0.join(file)).ok()
    }

    fn field(&self, number: usize) -> Option<String> {
        let stat = self.text("stat")?;
        // The name before may hold anything.
        let (_, fields) = stat.rsplit_once(')')?;
        fields.split_whitespace().nth(number - STATE).map(str::to_owned)
    }

    /// The soft limit and the hard one.
    fn limit(&self, name: &str) -> Option<[String; 2]> {
        let limits = self.text("limits")?;
        let mut values = limits.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace();
        Some([values.next()?.to_owned(), values.next()?.to_owned()])
    }

    /// Processor time of all its threads, in ticks of the kernel's.
    fn ticks(&self) -> u64 {
        [USER_TIME, SYSTEM_TIME].iter().map(|field| self.field(*field).unwrap().parse::<u64>().unwrap()).sum()
    }

    /// Whether it lets a while pass almost without using the processor, and nothing of it waits for a turn: a thread
    /// that computes and that others keep from it would look like one that sleeps.
    fn rests(&self) -> bool {
        let begun = self.ticks();
        sleep(REST);
        let is_runnable = |thread: &Self| thread.field(STATE).is_some_and(|state| state == "R");
        self.ticks() <= begun + IDLE_TICKS && !self.threads().iter().any(is_runnable)
    }

    /// How often a thread has gone to sleep by itself.
    fn sleeps(&self) -> u64 {
        let status = self.text("status").unwrap();
        let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
        count.trim().parse().unwrap()
    }

    /// Whether it has ended, though its parent may not know yet.
    fn has_ended(&self) -> bool {
        self.field(STATE).is_none_or(|state| state == "Z")
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < deadline, "it never comes: {what}");
        sleep(LOOK);
    }
}

/// Waits until something is as expected.
fn settles_at<T: PartialEq + std::fmt::Debug>(expected: T, mut look: impl FnMut() -> T) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let seen = look();
        if seen == expected {
            return;
        }
        assert!(Instant::now() < deadline, "it stays at {seen:?}, and {expected:?} is expected");
        sleep(LOOK);
    }
}

/// Serves over HTTP; also, the process that does.
fn serve(host: TestHost) -> (Arc<HttpHost>, Shown) {
    let folder = host.path("");
    let host = Arc::new(host.http());
    (host, Shown::server(&folder))
}

/// A server that was started by hand, and ends with the test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn as_many_files_may_be_open_as_the_hard_limit_allows() {
    const SOFT: u64 = 256;
    const HARD: u64 = 1_024;
    let host = TestHost::new();
    let program = host.command();
    let script = format!("ulimit -S -n {SOFT} && ulimit -H -n {HARD} && exec \"$0\" serve --stdio");
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(script).arg(program.get_program()).current_dir(host.path("")).env_clear();
    shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // It serves until its input ends.
    let started = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let server = Started(started.unwrap());
    let shown = Shown::process(server.0.id());
    let raised = [HARD, HARD].map(|limit| limit.to_string());
    settles_at(Some(raised), || shown.limit("Max open files"));
}

/// What takes a compiler minutes: every variable is live in every loop of a deep nest.
fn endless_to_compile() -> Vec<u8> {
    const LOOPS: usize = 200;
    const VARIABLES: usize = 2_000;
    let variables = "i32 ".repeat(VARIABLES);
    let uses = |it: usize| format!("local.get {it} i32.const 1 i32.add local.set {it} ");
    let uses: String = (0..VARIABLES).map(uses).collect();
    let open = "loop ".repeat(LOOPS);
    let close: String = (0..LOOPS).map(|depth| format!("local.get {depth} br_if 0 end ")).collect();
    let module = format!("(core module (func (local {variables}) {open} {uses} {close}))");
    let tools = r#"(instance $tools) (export "wharf:plugin/tools@0.1.0" (instance $tools))"#;
    wat::parse_str(format!("(component {module} {tools})")).unwrap()
}

#[test]
fn the_process_that_compiles_gives_way_is_bounded_and_ends_with_the_server() {
    /// How much nicer than the server it is.
    const NICER: i64 = 10;
    /// The nicest that the kernel knows.
    const NICEST: i64 = 19;
    let bomb = endless_to_compile();
    let own = "compile-time-ms = 120000\ncompile-memory-bytes = 3000000000";
    let cases = [("", limits::COMPILE_TIME.as_secs(), limits::COMPILE_MEMORY_BYTES), (own, 120, 3_000_000_000)];
    for (lines, seconds, bytes) in cases {
        let config = format!("[plugins.bomb]\nsource = 'bomb.wasm'\n[plugins.bomb.limits]\n{lines}");
        let host = TestHost::new().file("bomb.wasm", &bomb).config(&config);
        let folder = host.path("");
        let host = host.stdio();
        let server = Shown::server(&folder);
        let mut found = None;
        wait_until("a process that compiles", || {
            found = server.children().pop();
            found.is_some()
        });
        let compiling = found.unwrap();
        let niceness = |it: &Shown| it.field(NICENESS).map(|niceness| niceness.parse::<i64>().unwrap());
        let soft_and_hard = |limit: u64| Some([limit, limit].map(|limit| limit.to_string()));
        let expected = (
            niceness(&server).map(|niceness| (niceness + NICER).min(NICEST)),
            soft_and_hard(seconds),
            soft_and_hard(bytes),
            // What it leaves when it is killed would be large.
            soft_and_hard(0),
        );
        // It confines itself, first of all.
        settles_at(expected, || {
            let limit = |name| compiling.limit(name);
            let (time, memory) = (limit("Max cpu time"), limit("Max address space"));
            (niceness(&compiling), time, memory, limit("Max core file size"))
        });
        // Kills the server, which so can't end anything itself.
        drop(host);
        wait_until("the end of the process that compiles", || compiling.has_ended());
    }
}

#[test]
fn the_clock_that_makes_guests_yield_sleeps_while_nothing_runs() {
    let Some(spinner) = find(Part::Guest("hostile/spin_in_call")) else { return };
    let limits = "[plugins.hostile.limits]\ncall-time-ms = 600000\ncpu-time-ms = 100";
    let (host, server) = serve(TestHost::new().plugin("hostile", spinner).config(limits));
    let is_clock = |thread: &Shown| thread.text("comm").is_some_and(|name| name.trim() == "epoch");
    let clock = server.threads().into_iter().find(is_clock).expect("a thread that is the clock");
    // Awake, it goes to sleep for each tick anew.
    let falls_asleep = || {
        wait_until("the clock's sleep", || {
            let before = clock.sleeps();
            sleep(REST);
            clock.sleeps() == before
        });
        clock.sleeps()
    };
    let asleep = falls_asleep();
    let result = Connection::http(Arc::clone(&host), Era::Modern).call("hostile__strike", json!({})).unwrap();
    assert_eq!(result["_meta"]["wharf/error"]["kind"], "timed-out", "{result}");
    assert!(clock.sleeps() > asleep, "it ticked while the guest ran");
    falls_asleep();
}

/// A component that traps when an instance is made, two calls deep. All of its code is line 7 of the file `lair.rs`:
/// so says its debugging information, a unit and a line as DWARF writes them.
const LAIR: &str = r#"(component
    (core module $lair
        (func $innermost unreachable)
        (func $outermost call $innermost)
        (func (export "function"))
        (start $outermost)
        (@custom ".debug_abbrev" "\01\11\00\10\17\11\01\12\06\00\00\00")
        (@custom ".debug_info" "\14\00\00\00\04\00\00\00\00\00\04\01\00\00\00\00\01\00\00\00\00\10\00\00")
        (@custom ".debug_line"
            "\2b\00\00\00\02\00\15\00\00\00\01\01\01\01\04\00\01\01\00" "lair.rs\00\00\00\00\00"
            "\00\05\02\01\00\00\00\03\06\01\02\80\20\00\01\01"))
    (core instance $lair (instantiate $lair))
    (func $function (canon lift (core func $lair "function")))
    (instance $tools (export "list-tools" (func $function)) (export "call-tool" (func $function)))
    (export "wharf:plugin/tools@0.1.0" (instance $tools)))"#;

#[test]
fn a_trap_is_logged_with_where_the_guest_was_whatever_the_environment_says() {
    const FRAMES: [&str; 4] = ["innermost", "at lair.rs:7", "outermost", "at lair.rs:7"];
    let component = wat::parse_str(LAIR).unwrap();
    let environments: [&[(&str, &str)]; 7] = [
        &[],
        &[("RUST_BACKTRACE", "0")],
        &[("RUST_BACKTRACE", "1")],
        &[("RUST_BACKTRACE", "full"), ("RUST_LIB_BACKTRACE", "1")],
        &[("RUST_LIB_BACKTRACE", "0")],
        &[("RUST_LIB_BACKTRACE", "1")],
        &[("WASMTIME_BACKTRACE_DETAILS", "0")],
    ];
    for environment in environments {
        let host = TestHost::new().file("lair.wasm", &component).plugin("lair", "lair.wasm").env("WHARF_LOG", "warn");
        let host = environment.iter().fold(host, |host, (name, value)| host.env(name, value));
        let log = host.run(["check"]).stderr;
        let mut lines = log.lines().skip_while(|line| !line.contains("the guest trapped"));
        assert!(lines.next().is_some_and(|line| line.contains("wasm backtrace")), "{environment:?}: {log}");
        for frame in FRAMES {
            assert!(lines.any(|line| line.contains(frame)), "{environment:?}: {frame} is missing: {log}");
        }
        // The host's own would say nothing of the guest.
        assert!(!log.contains("Stack backtrace"), "{environment:?}: {log}");
    }
}

#[test]
fn the_backtrace_of_a_call_that_traps_is_for_the_log_alone() {
    let Some(guest) = find(Part::Guest("hostile/unreachable")) else { return };
    let host = TestHost::new().plugin("hostile", guest).env("RUST_BACKTRACE", "0").env("RUST_LIB_BACKTRACE", "1");
    let (host, _) = serve(host);
    let result = Connection::http(Arc::clone(&host), Era::Modern).call("hostile__strike", json!({})).unwrap();
    assert_eq!(result["_meta"]["wharf/error"]["kind"], "trapped", "{result}");
    // Its functions have no names: guests are made for size.
    for line in ["the guest trapped: error while executing at wasm backtrace:", "    0: ", "    1: "] {
        host.wait_for_log(line);
    }
    assert!(!result.to_string().contains("backtrace"), "{result}");
}

#[test]
fn a_call_whose_client_has_gone_uses_no_processor_any_more() {
    let Some(spinner) = find(Part::Guest("hostile/spin_in_call")) else { return };
    let host = TestHost::new().plugin("hostile", spinner).config("[plugins.hostile.limits]").config(ENDLESS);
    let (host, server) = serve(host);
    // As soon as it runs, and when it has run so long that it goes on where calls do that compute much.
    for (round, ticks) in [(1, 0), (2, 10)] {
        let begun = server.ticks();
        let connection = call(&host, round);
        host.wait_for_log(&format!("spinning with {{\\\"round\\\":{round}}}"));
        wait_until("a call that computes", || server.ticks() >= begun + ticks);
        drop(connection);
        wait_until("the end of what nobody waits for", || server.rests());
    }
    assert_eq!(host.get("/ready").status, 200, "what ended was the call alone");
}

/// Sends a call whose answer nobody reads. Dropping the connection is what a client does that goes away.
fn call(host: &HttpHost, round: u64) -> TcpStream {
    let params = json!({ "name": "hostile__strike", "arguments": { "round": round } });
    let message = message(Era::Modern, round, "tools/call", params);
    let body = message.to_string();
    let lines: String =
        headers(Era::Modern, &message).iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (address, length) = (host.address(), body.len());
    let request = format!("POST /mcp HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n{lines}\r\n{body}");
    let mut connection = TcpStream::connect(address).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    connection
}

#[test]
fn compiled_code_is_kept_in_folders_of_this_user_alone() {
    const KEPT: &str = ".cache/wharf/components";
    const KEY: &str = ".local/state/wharf";
    /// What the folder is made to be.
    enum As {
        Mode(u32),
        Link,
    }
    let Some(echo) = find(Part::Guest("echo")) else { return };
    let cases = [
        (KEPT, As::Mode(0o700), true),
        (KEPT, As::Mode(0o770), false),
        (KEPT, As::Mode(0o707), false),
        (KEPT, As::Link, false),
        (KEY, As::Mode(0o755), true),
        (KEY, As::Mode(0o702), false),
    ];
    for (name, made, is_used) in cases {
        let host = TestHost::new().plugin("echo", &echo).env("WHARF_LOG", "warn");
        let folder = host.path(name);
        match made {
            As::Mode(mode) => {
                fs::create_dir_all(&folder).unwrap();
                fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
            }
            As::Link => {
                let elsewhere = host.path("elsewhere");
                fs::create_dir(&elsewhere).unwrap();
                fs::set_permissions(&elsewhere, Permissions::from_mode(0o700)).unwrap();
                fs::create_dir_all(folder.parent().unwrap()).unwrap();
                symlink(elsewhere, &folder).unwrap();
            }
        }
        let checked = host.run(["check"]);
        assert_eq!(checked.code, Some(0), "without a cache, plugins are served all the same: {checked:?}");
        let is_empty = fs::read_dir(&folder).unwrap().next().is_none();
        let is_refused = ["compiled components are not kept", "is not a folder of this user alone"]
            .iter()
            .all(|part| checked.stderr.contains(part));
        assert_eq!((is_refused, is_empty), (!is_used, !is_used), "{name}: {checked:?}");
    }
}
