//! A named pipe in a granted folder, to which nobody writes.

use std::process::Command;

use super::attack::Attack;

/// Whether the host refuses to read it or gives up waiting, nothing else waits with it, and the host can end.
pub(super) fn blocks_nobody(attack: Attack) {
    let attack = attack.limits("call-time-ms = 500").lasts().host(|host| {
        let folder = host.path("granted");
        std::fs::create_dir(&folder).unwrap();
        let made = Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap();
        assert!(made.success());
        host.grant("hostile", folder, "/granted")
    });
    attack.fails("timed-out", &["500ms"]);
}
