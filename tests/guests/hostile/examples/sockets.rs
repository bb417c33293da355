//! Tries to reach the network in each way that there is.

use std::io;
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _, UdpSocket};

struct Sockets;

/// This machine, its network, the metadata service of clouds, and the world.
const ADDRESSES: &[&str] = &["127.0.0.1:80", "[::1]:80", "10.0.0.1:80", "169.254.169.254:80", "192.0.2.1:443"];

impl hostile::Hostile for Sockets {
    fn strike(_: String) -> hostile::ToolResult {
        let mut opened: Vec<String> = ADDRESSES.iter().flat_map(|address| reach(address)).collect();
        let lookups = ["localhost:80", "example.com:443"].into_iter().filter(|name| name.to_socket_addrs().is_ok());
        opened.extend(lookups.map(|name| format!("look up {name}")));
        hostile::text(if opened.is_empty() { "nothing".into() } else { opened.join(", ") })
    }
}

fn reach(address: &str) -> Vec<String> {
    let any = if address.starts_with('[') { "[::]:0" } else { "0.0.0.0:0" };
    let attempts: [(&str, io::Result<()>); 4] = [
        ("connect to", TcpStream::connect(address).map(drop)),
        ("send to", UdpSocket::bind(any).and_then(|socket| socket.send_to(b"x", address)).map(drop)),
        ("bind for datagrams beside", UdpSocket::bind(any).map(drop)),
        ("listen beside", TcpListener::bind(any).map(drop)),
    ];
    let possible = attempts.into_iter().filter(|(_, outcome)| outcome.is_ok());
    possible.map(|(attempt, _)| format!("{attempt} {address}")).collect()
}

hostile::export!(Sockets);
