//! The other side of requests, the plain client that guests are compared with, and the policy on its own.
//!
//! * `outbound serve`: prints its address, and answers `/slow` after 5 ms and `/large/BYTES` with so many bytes.
//! * `outbound fetch URL TASKS SECONDS`: plain reqwest, as fast as answers come; prints a line of JSON with the answers,
//!   their bytes, the seconds by the clock and those of CPU time.
//! * `outbound decide RULES`: how long the policy takes for a decision among so many rules; prints a line of JSON.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::routing::get;
use axum::{Router, serve};
use futures::StreamExt as _;
use hdrhistogram::Histogram;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use tokio::net::TcpListener;
use wharf::capability::http::{Rule, Rules, Want};

/// How long the slow answer takes.
const DELAY: Duration = Duration::from_millis(5);

/// Bytes of one part of a large answer.
const PART: usize = 64 << 10;

/// Decisions of each kind that are measured.
const DECISIONS: u32 = 200_000;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *words.as_slice() {
        ["serve"] => answer().await,
        ["fetch", url, tasks, seconds] => fetch(url, tasks.parse()?, Duration::from_secs(seconds.parse()?)).await,
        ["decide", rules] => decide(rules.parse()?),
        _ => bail!("usage: outbound serve | fetch URL TASKS SECONDS | decide RULES"),
    }
}

async fn answer() -> Result<()> {
    let slow = || async {
        tokio::time::sleep(DELAY).await;
        "done"
    };
    let large = |Path(bytes): Path<u64>| async move {
        let part = Bytes::from(vec![b'x'; PART]);
        let parts = bytes.div_ceil(PART as u64);
        Body::from_stream(futures::stream::iter((0..parts).map(move |_| Ok::<_, std::io::Error>(part.clone()))))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&format!("{}", listener.local_addr()?))?;
    Ok(serve(listener, Router::new().route("/slow", get(slow)).route("/large/{bytes}", get(large))).await?)
}

async fn fetch(url: &str, tasks: usize, time: Duration) -> Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let bytes = Arc::new(AtomicU64::new(0));
    let (begun, ends) = (Instant::now(), Instant::now() + time);
    let running: Vec<_> = (0..tasks)
        .map(|_| {
            let (client, url, bytes) = (client.clone(), url.to_owned(), Arc::clone(&bytes));
            tokio::spawn(async move {
                let mut answers = 0_u64;
                loop {
                    let answer = client.get(&url).send().await?;
                    ensure!(answer.status().is_success(), "{}", answer.status());
                    let mut body = answer.bytes_stream();
                    while let Some(part) = body.next().await {
                        bytes.fetch_add(part?.len() as u64, Ordering::Relaxed);
                    }
                    answers += 1;
                    if Instant::now() >= ends {
                        return Ok(answers);
                    }
                }
            })
        })
        .collect();
    let mut answers = 0;
    for task in running {
        answers += task.await??;
    }
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let cpu = Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec)?).as_secs_f64();
    let (bytes, seconds) = (bytes.load(Ordering::Relaxed), begun.elapsed().as_secs_f64());
    say(&json!({ "answers": answers, "bytes": bytes, "seconds": seconds, "cpu": cpu }).to_string())
}

fn decide(count: usize) -> Result<()> {
    let exact = |number: usize| Rule { path: "/v1/**".into(), ..Want::of(format!("h{number}.example.com")).into() };
    let below = |number: usize| Rule { path: format!("/v1/t{number}/*"), ..Want::of("*.example.org").into() };
    let rules: Vec<Rule> = (0..count / 2).flat_map(|number| [exact(number), below(number)]).collect();
    let wants: Vec<Want> = rules.iter().map(Want::from).collect();
    let compiled = Rules::new(Some(&wants), &rules).map_err(|error| anyhow::anyhow!("{error}"))?;
    let last = count / 2 - 1;
    let urls = [
        format!("https://h{last}.example.com/v1/a/b"),
        format!("https://a.example.org/v1/t{last}/x"),
        "https://elsewhere.example.net/".into(),
        "https://a.example.org/v1/none/x".into(),
    ];
    let mut slowest = Histogram::<u64>::new_with_max(1_000_000_000, 3)?;
    let mut allowed = 0_u32;
    for url in &urls {
        let url = url.parse()?;
        let mut taken = Histogram::<u64>::new_with_max(1_000_000_000, 3)?;
        for _ in 0..DECISIONS {
            let begun = Instant::now();
            let decided = compiled.decide(&http::Method::GET, &url).is_ok();
            taken.record(u64::try_from(begun.elapsed().as_nanos())?)?;
            allowed += u32::from(decided);
        }
        if taken.value_at_quantile(0.99) > slowest.value_at_quantile(0.99) {
            slowest = taken;
        }
    }
    ensure!(allowed == 2 * DECISIONS, "half of the requests are allowed: {allowed}");
    let quantile = |at| slowest.value_at_quantile(at);
    say(&json!({ "p50_ns": quantile(0.5), "p99_ns": quantile(0.99) }).to_string())
}

fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("nobody listens")
}
