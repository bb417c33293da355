//! The fast path against the slow one: the same requests, sent to a host with it and to a host without it, are answered
//! alike. The requests are what clients were seen to send, and what becomes of it when one thing after another is wrong.

mod mutate;
mod post;
mod seeds;

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use wharf_tests::{HttpHost, Part, TestHost, find};

use self::post::Post;
use self::seeds::{Seed, called, seeds};

/// How long a log line may take from one process to the other.
const LOG: Duration = Duration::from_secs(30);

fn host(more: &str) -> Option<HttpHost> {
    let (echo, probe) = (find(Part::Guest("echo"))?, find(Part::Guest("probe"))?);
    let patient = find(Part::Guest("patient"))?;
    let host = TestHost::new().plugin("echo", echo).plugin("probe", probe).plugin("patient", patient).config(more);
    Some(host.env("WHARF_LOG", "wharf=info,wharf::mcp=trace").http())
}

/// Sends each request through both paths, and compares.
fn compare(posts: impl IntoIterator<Item = (String, Post)>) {
    let (Some(with), Some(without)) = (host(""), host("[server]\nfast-path = false")) else { return };
    let mut differing = Vec::new();
    for (what, post) in posts {
        let (fast, slow) = (post.send(with.address()), post.send(without.address()));
        if fast != slow {
            differing.push(format!("{what}\n  sent    {post:?}\n  with    {fast:?}\n  without {slow:?}"));
        }
    }
    assert!(differing.is_empty(), "{} differ\n{}", differing.len(), differing.join("\n"));
    assert!(with.log().contains("answered on the fast path"));
    assert!(!without.log().contains("fast path"));
}

#[test]
fn what_clients_send_is_answered_alike() {
    compare(seeds().into_iter().map(|seed| (seed.what.to_owned(), seed.post)));
}

#[test]
fn other_calls_are_answered_alike() {
    compare(seeds::calls());
}

#[test]
fn other_headers_are_answered_alike() {
    compare(seeds().into_iter().flat_map(|seed| mutate::headers(seed.what, &seed.post)));
}

#[test]
fn other_bodies_are_answered_alike() {
    compare(seeds().into_iter().flat_map(|seed| mutate::bodies(seed.what, &seed.post)));
}

/// Without this, the comparisons might compare the slow path with itself.
#[test]
fn plain_requests_take_the_fast_path_and_others_do_not() {
    let Some(host) = host("") else { return };
    let seeds = seeds();
    let expected: Vec<bool> = seeds.iter().map(|seed| seed.is_plain).collect();
    for Seed { post, .. } in &seeds {
        let _ = post.send(host.address());
    }
    let deadline = Instant::now() + LOG;
    let seen = || -> Vec<bool> {
        let log = host.log();
        let judged = log.lines().filter(|line| line.contains("fast path"));
        judged.map(|line| line.contains("answered on the fast path")).collect()
    };
    while seen().len() < expected.len() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(seen(), expected, "{:?}", seeds.iter().map(|seed| seed.what).collect::<Vec<_>>());
}

#[test]
fn a_token_is_asked_for_on_both_paths() {
    let Some(echo) = find(Part::Guest("echo")) else { return };
    let host = TestHost::new().plugin("echo", echo).env("WHARF_TOKEN", "a-token-of-some-length").http();
    let call = called("echo__echo", &json!({ "text": "hi" }));
    let cases = [(None, 401), (Some("Bearer another-token-of-it"), 401), (Some("Bearer a-token-of-some-length"), 200)];
    for (authorization, status) in cases {
        let post = authorization.into_iter().fold(call.clone(), |post, value| post.with("authorization", value));
        assert_eq!(post.send(host.address()).status, status, "{authorization:?}");
    }
}
