use std::time::Instant;

use super::*;
use crate::capability::keyvalue::grant::Bounds;
use crate::capability::keyvalue::tests::server::Server;

fn space() -> Space {
    Space { plugin: "p".into(), bucket: "b".into(), bounds: Bounds { bytes: 1_000, keys: 10, value_bytes: 100 } }
}

fn set(key: &str, value: &str) -> Changes {
    Changes::from([(key.to_owned(), Some(value.as_bytes().to_vec()))])
}

#[tokio::test]
async fn an_address_of_no_use_is_said_without_it() {
    for url in ["http://u:hunter2@h", "redis://:hunter2@h:port", "redis://:hunter2@h/db", "hunter2", ""] {
        let error = Redis::new(url).err().unwrap_or_else(|| panic!("{url} is taken"));
        assert!(!error.contains("hunter2") && !error.is_empty(), "{url}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_or_says_nothing_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    for url in [format!("redis://:hunter2@127.0.0.1:{port}"), "redis://:hunter2@127.0.0.1:1".to_owned()] {
        let redis = Redis::new(&url).unwrap();
        let begun = Instant::now();
        let error = redis.exists(&space(), "k").await.unwrap_err();
        assert!(matches!(error, StoreError::Failed(_)) && !error.to_string().contains("hunter2"), "{error}");
        assert!(begun.elapsed() < COMMAND_TIME + Duration::from_secs(1), "{:?}", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_is_used_again() {
    let Some(mut server) = Server::start(&[]) else { return };
    let redis = Redis::new(&server.url()).unwrap();
    redis.write(&space(), set("k", "v")).await.unwrap();
    server.stop();
    assert!(matches!(redis.write(&space(), set("k", "w")).await, Err(StoreError::Failed(_))));
    server.start_again();
    let begun = Instant::now();
    // Without its scripts, too: they are sent again.
    while redis.write(&space(), set("k", "w")).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    assert_eq!(redis.get(&space(), &["k".to_owned()]).await.unwrap(), [Some(b"w".to_vec())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_opens_the_server_and_is_never_told() {
    let Some(server) = Server::start(&["--requirepass", "open sesame"]) else { return };
    for (password, good) in [("open%20sesame", true), ("hunter2", false)] {
        let redis = Redis::new(&format!("{}?pass={password}", server.url())).unwrap();
        let outcome = redis.write(&space(), set("k", "v")).await;
        assert_eq!(outcome.is_ok(), good, "{outcome:?}");
        assert!(!format!("{outcome:?}").contains("hunter2"), "{outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_wrote_in_its_place_is_an_error() {
    let Some(server) = Server::start(&[]) else { return };
    let redis = Redis::new(&server.url()).unwrap();
    let mut connection = redis.connection.clone();
    let name = "wharf:keyvalue:{1:p:1:b}";
    let mut set = ::redis::cmd("SET");
    let () = set.arg(format!("{name}:values")).arg("text").query_async(&mut connection).await.unwrap();
    let mut list = ::redis::cmd("ZADD");
    let () = list.arg(format!("{name}:order")).arg(1).arg(&[0xff_u8][..]).query_async(&mut connection).await.unwrap();
    let outcomes = [
        redis.get(&space(), &["k".to_owned()]).await.map(drop),
        redis.exists(&space(), "k").await.map(drop),
        redis.list_keys(&space(), None).await.map(drop),
        redis.write(&space(), super::tests::set("k", "v")).await,
        redis.increment(&space(), "k".to_owned(), 1).await.map(drop),
    ];
    for outcome in outcomes {
        assert!(matches!(outcome, Err(StoreError::Failed(_))), "{outcome:?}");
    }
}

#[test]
fn a_connection_outlives_the_runtime_of_the_call_that_made_it() {
    let Some(server) = Server::start(&[]) else { return };
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (host, guests) = (runtime(), runtime());
    let redis = host.block_on(async { Redis::new(&server.url()).unwrap() });
    guests.block_on(redis.write(&space(), set("k", "v"))).unwrap();
    // One that is made anew has another number.
    let number = || {
        let mut connection = redis.connection.clone();
        let asking = async move { ::redis::cmd("CLIENT").arg("ID").query_async::<u64>(&mut connection).await };
        host.block_on(asking).unwrap()
    };
    let before = number();
    guests.shutdown_background();
    assert_eq!(number(), before);
    assert_eq!(host.block_on(redis.exists(&space(), "k")), Ok(true));
}
