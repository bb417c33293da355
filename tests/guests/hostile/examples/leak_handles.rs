//! Takes handles from the host, and never gives one back. These need no grant.

use bindings::wasi::clocks::monotonic_clock::subscribe_duration;

struct LeakHandles;

#[allow(unreachable_pub, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({
        inline: "
            package hostile:leak-handles;
            world leak-handles {
                import wasi:clocks/monotonic-clock@0.2.0;
            }
            package wasi:clocks@0.2.0 {
                interface monotonic-clock {
                    use wasi:io/poll@0.2.0.{pollable};
                    type instant = u64;
                    type duration = u64;
                    now: func() -> instant;
                    resolution: func() -> duration;
                    subscribe-instant: func(when: instant) -> pollable;
                    subscribe-duration: func(when: duration) -> pollable;
                }
            }
            package wasi:io@0.2.0 {
                interface poll {
                    resource pollable {
                        ready: func() -> bool;
                        block: func();
                    }
                    poll: func(in: list<borrow<pollable>>) -> list<u32>;
                }
            }
        ",
        generate_all,
    });
}

impl hostile::Hostile for LeakHandles {
    fn strike(_: String) -> hostile::ToolResult {
        let mut taken = Vec::new();
        loop {
            taken.push(subscribe_duration(u64::MAX));
        }
    }
}

hostile::export!(LeakHandles);
