//! The same requests without the policy: by a client that does as it is told, or byte by byte. They show that an attack
//! would have worked.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Method, Response};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use wharf_tests::NameServer;

/// Longest wait for what comes at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a raw connection is read when nothing more comes: the other side has seen all by then.
const QUIET: Duration = Duration::from_millis(300);

/// Dials whatever the name server says.
struct Trusting(NameServer);

impl Resolve for Trusting {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.0.look_up(name.as_str().trim_end_matches('.'));
        let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
        Box::pin(async move { Ok(Box::new(found) as Addrs) })
    }
}

pub(super) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap())
}

pub(super) fn client(names: &NameServer) -> Client {
    Client::builder()
        .dns_resolver(Arc::new(Trusting(names.clone())))
        .no_proxy()
        .http1_max_headers(1_000)
        .build()
        .unwrap()
}

/// Makes the request that these arguments of the guest's tool `http` describe.
pub(super) async fn fetch(names: &NameServer, arguments: &Value) -> reqwest::Result<Response> {
    let method = arguments["method"].as_str().unwrap_or("GET").parse::<Method>().unwrap();
    let mut request = client(names).request(method, arguments["url"].as_str().unwrap()).timeout(PATIENCE);
    for pair in arguments["headers"].as_array().into_iter().flatten() {
        request = request.header(pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
    }
    if let Some(body) = arguments["body"].as_str() {
        request = request.body(body.to_owned());
    }
    request.send().await
}

/// Writes what these arguments of the guest's tool `http_raw` describe, without looking at it.
pub(super) fn write(port: u16, arguments: &Value) -> String {
    let text = |key: &str| arguments[key].as_str().unwrap_or_default();
    let headers = arguments["headers"].as_array().into_iter().flatten();
    let headers: Vec<(&str, &str)> =
        headers.map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap())).collect();
    let mut head = format!("{} {} HTTP/1.1\r\n", text("method"), text("path_with_query"));
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head += &format!("host: {}\r\n", text("authority"));
    }
    head.extend(headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(QUIET)).unwrap();
    write!(stream, "{head}\r\n{}", text("body")).unwrap();
    let (mut all, mut part) = (Vec::new(), [0; 4096]);
    while let Ok(read @ 1..) = stream.read(&mut part) {
        all.extend_from_slice(&part[..read]);
    }
    String::from_utf8_lossy(&all).into_owned()
}
