//! A file of 200 MB which begins like a component.

use std::fs::File;

use super::attack::Attack;

const BYTES: u64 = 200_000_000;

#[test]
fn huge_file() {
    let attack = Attack::with_bytes(wat::parse_str("(component)").unwrap());
    let attack = attack.host(|host| {
        // Sparse: all the disk it takes is the header.
        File::options().write(true).open(host.path("hostile.wasm")).unwrap().set_len(BYTES).unwrap();
        host
    });
    attack.must_be_refused(&["has 200000000 bytes, and 67108864 are allowed"]);
}
