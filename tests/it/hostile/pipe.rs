//! A named pipe in a granted folder, to which nobody writes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use wharf_tests::{Part, TestHost, find, result};

use super::attack::{Attack, assert_answer, send};

/// More calls than there are threads for what blocks.
const READERS: u64 = 600;

/// It isn't opened: whoever opens a pipe waits in the kernel, where nothing stops it.
pub(super) fn blocks_nobody(attack: Attack) {
    let attack = attack.host(|host| {
        let folder = folder_with_pipe(&host);
        host.grant("hostile", folder, "/granted")
    });
    attack.answers("refused");
}

#[test]
fn readers_of_a_pipe_leave_the_files_to_others() {
    let (Some(reader), Some(probe)) = (find(Part::Guest("hostile/read_pipe")), find(Part::Guest("probe"))) else {
        return;
    };
    let attack = Attack::with(&reader).host(|host| {
        let folder = folder_with_pipe(&host);
        fs::write(folder.join("file"), "content").unwrap();
        host.grant("hostile", &folder, "/granted").plugin("probe", probe).grant("probe", folder, "/data")
    });
    let mut host = attack.start();
    for id in 1..=READERS {
        send(&mut host, id, "hostile__strike", json!({}));
    }
    for id in 1..=READERS {
        assert_answer(&result(host.answer(id)).unwrap(), "refused");
    }
    send(&mut host, READERS + 1, "probe__read", json!({ "path": "/data/file" }));
    assert_answer(&result(host.answer(READERS + 1)).unwrap(), "content");
    assert_eq!(host.close().code, Some(0));
}

fn folder_with_pipe(host: &TestHost) -> PathBuf {
    let folder = host.path("granted");
    fs::create_dir(&folder).unwrap();
    let made = Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap();
    assert!(made.success());
    folder
}
