//! A guest that tries what a sandbox must not allow, and tells what came of it.

mod bounds;
mod count;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::{TcpStream, ToSocketAddrs as _, UdpSocket};
use std::{env, fs, io};

use wharf_sdk::prelude::*;

/// What a program finds around itself.
#[derive(Serialize, JsonSchema)]
struct Surroundings {
    variables: Vec<String>,
    arguments: Vec<String>,
    /// What standard input holds.
    input: String,
    /// What lies in the root folder, or why nobody can tell.
    root: Vec<String>,
    config: BTreeMap<String, String>,
}

/// Tells what the guest finds around itself.
#[tool(read_only)]
fn surroundings() -> Result<Surroundings, String> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input).map_err(|error| error.to_string())?;
    Ok(Surroundings {
        variables: env::vars().map(|(name, value)| format!("{name}={value}")).collect(),
        arguments: env::args().collect(),
        input,
        root: names("/").unwrap_or_else(|error| vec![format!("error: {error}")]),
        config: wharf_sdk::config::all().map_err(|error| error.to_string())?,
    })
}

fn names(folder: &str) -> io::Result<Vec<String>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct At {
    /// A path.
    path: String,
}

/// Reads a file.
#[tool(read_only)]
fn read(args: At) -> Result<String, io::Error> {
    fs::read_to_string(args.path)
}

/// Lists a folder.
#[tool(read_only)]
fn list(args: At) -> Result<Vec<String>, io::Error> {
    names(&args.path)
}

/// Tries each way of changing something at a path, and tells which of them were possible.
#[tool]
fn change(args: At) -> Vec<String> {
    let At { path } = args;
    let attempts: [(&str, io::Result<()>); 6] = [
        ("write", fs::write(&path, "changed")),
        ("append", fs::OpenOptions::new().append(true).open(&path).map(drop)),
        ("create", fs::write(format!("{path}.new"), "new")),
        ("make a folder", fs::create_dir(format!("{path}.folder"))),
        ("rename", fs::rename(&path, format!("{path}.moved"))),
        ("remove", fs::remove_file(&path)),
    ];
    attempts.into_iter().filter(|(_, outcome)| outcome.is_ok()).map(|(name, _)| name.to_owned()).collect()
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Remote {
    /// `host:port`.
    address: String,
}

/// Tries each way of reaching an address, and tells which of them were possible.
#[tool(read_only)]
fn reach(args: Remote) -> Vec<String> {
    let Remote { address } = args;
    let attempts: [(&str, io::Result<()>); 4] = [
        ("tcp", TcpStream::connect(&address).map(drop)),
        ("udp", UdpSocket::bind("0.0.0.0:0").and_then(|socket| socket.send_to(b"x", &address)).map(drop)),
        ("listen", std::net::TcpListener::bind("127.0.0.1:0").map(drop)),
        ("look up", "localhost:80".to_socket_addrs().map(drop)),
    ];
    attempts.into_iter().filter(|(_, outcome)| outcome.is_ok()).map(|(name, _)| name.to_owned()).collect()
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Say {
    /// What is printed, on both streams.
    text: String,
}

/// Prints a text.
#[tool]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "where it ends up is what the tests look at")]
fn print(args: Say) {
    println!("{}", args.text);
    eprintln!("{}", args.text);
}

/// Crashes.
#[tool]
#[expect(clippy::panic, reason = "what the host makes of it is what the tests look at")]
fn crash() {
    panic!("this was asked for");
}

/// Who calls, as the plugin is told.
#[derive(Serialize, JsonSchema)]
struct Who {
    subject: Option<String>,
    client: Option<String>,
    meta: serde_json::Value,
}

/// Tells what the plugin knows of its caller.
#[tool(read_only)]
fn who(call: &Call) -> Who {
    let caller = call.caller();
    Who { subject: caller.subject, client: caller.client, meta: call.meta().into() }
}

wharf_sdk::plugin! {
    tools: [
        surroundings,
        read,
        list,
        change,
        reach,
        print,
        crash,
        count::count_calls,
        count::count_when,
        who,
        bounds::answer,
        bounds::fail,
        bounds::take,
        bounds::reserve,
        bounds::spin,
        bounds::report,
        bounds::log,
    ],
}
