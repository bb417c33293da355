use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::caller::{CallId, Caller};

fn settings(folder: &Path, largest_bytes: u64, keep: u32) -> Settings {
    Settings { largest_bytes, keep, ..Settings::of(folder.join("audit.jsonl")) }
}

fn call(name: &str) -> Call {
    let caller = Caller { subject: Some("alice".into()), client: Some("x 1".into()), ..Caller::default() };
    Call {
        id: "6e106caf-f6bd-49e5-96e4-7d69fc89d844".parse().unwrap(),
        caller: Arc::new(caller),
        endpoint: "default".into(),
        method: "tools/call",
        resumed: false,
        plugin: "catalog".into(),
        digest: "00ff".into(),
        name: name.into(),
        arguments: Arguments::Json(Arc::new(r#"{"a":1}"#.into())),
        outcome: "done",
        time: Duration::from_micros(1_500),
        cpu: Duration::from_micros(300),
        memory_bytes: 1_179_648,
        bytes_in: 7,
        bytes_out: 2,
    }
}

fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

#[tokio::test]
async fn each_record_is_one_line_of_known_fields() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(&Settings { arguments: Keep::Whole, ..settings(folder.path(), LARGEST_BYTES, 1) }).unwrap();
    audit.call(&call("list_servers"));
    let id: CallId = "6e106caf-f6bd-49e5-96e4-7d69fc89d844".parse().unwrap();
    let witness = Witness::new(audit.clone(), id, "catalog".into());
    witness.saw("http", "GET https://example.com/", Some("http[0]"), None);
    witness.saw(
        "http",
        "GET https://evil.example/",
        None,
        Some(Refusal { by: "operator", why: "no rule allows it", help: "write one" }),
    );
    (2..USES + 5).for_each(|_| witness.saw("keyvalue", "get a", None, None));
    drop(witness);
    audit.closed().await;
    let file = folder.path().join("audit.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    let written: Vec<&str> = text.lines().collect();
    let usual = |line: &str| format!("{{\"time\":\"T\",{}", line.split_once(',').unwrap().1);
    let id = r#""call":"6e106caf-f6bd-49e5-96e4-7d69fc89d844""#;
    let expected = [
        format!(
            r#"{{"time":"T","record":"call",{id},"caller":{{"subject":"alice","issuer":null,"client":"x 1"}},"endpoint":"default","method":"tools/call","resumed":false,"plugin":"catalog","digest":"00ff","name":"list_servers","arguments":{{"whole":{{"a":1}}}},"outcome":"done","duration_us":1500,"cpu_us":300,"memory_bytes":1179648,"bytes_in":7,"bytes_out":2}}"#
        ),
        format!(
            r#"{{"time":"T","record":"use",{id},"plugin":"catalog","capability":"http","what":"GET https://example.com/","rule":"http[0]","decision":"allowed","by":null,"why":null}}"#
        ),
        format!(
            r#"{{"time":"T","record":"use",{id},"plugin":"catalog","capability":"http","what":"GET https://evil.example/","rule":null,"decision":"refused","by":"operator","why":"no rule allows it"}}"#
        ),
    ];
    for (line, expected) in written.iter().zip(expected) {
        assert_eq!(usual(line), expected);
    }
    assert_eq!(written.len(), 1 + usize::try_from(USES).unwrap() + 1);
    let last = format!(r#"{{"time":"T","record":"uses",{id},"plugin":"catalog","allowed":5,"refused":0}}"#);
    assert_eq!(usual(written.last().unwrap()), last);
}

#[tokio::test]
async fn a_full_file_is_put_aside_and_the_oldest_goes() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(&settings(folder.path(), 2_000, 2)).unwrap();
    for number in 0..100 {
        audit.call(&call(&number.to_string()));
    }
    audit.closed().await;
    let names = ["audit.jsonl.2", "audit.jsonl.1", "audit.jsonl"];
    let files = names.map(|name| lines(&folder.path().join(name)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    for name in names {
        assert!(fs::metadata(folder.path().join(name)).unwrap().len() <= 2_000, "{name}");
    }
    let numbers: Vec<u32> =
        files.iter().flatten().map(|line| line["name"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers.last(), Some(&99));
    assert!(numbers.windows(2).all(|two| two[0] + 1 == two[1]), "{numbers:?}");
    assert!((8..16).contains(&numbers.len()), "{numbers:?}");
}

#[tokio::test]
async fn a_line_that_is_larger_than_a_file_has_one_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(&settings(folder.path(), 10, 3)).unwrap();
    (0..3).for_each(|number| audit.call(&call(&number.to_string())));
    audit.closed().await;
    for name in ["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"] {
        assert_eq!(lines(&folder.path().join(name)).len(), 1, "{name}");
    }
}

#[tokio::test]
async fn several_write_into_one_file_and_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), 20_000, 50);
    let audits: Vec<Audit> = (0..4).map(|_| Audit::open(&settings).unwrap()).collect();
    for round in 0..5 {
        for (index, audit) in audits.iter().enumerate() {
            (0..20).for_each(|number| audit.call(&call(&format!("{index}.{round}.{number}"))));
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    for audit in &audits {
        audit.closed().await;
    }
    let files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let names: std::collections::BTreeSet<String> =
        files.flat_map(|file| lines(&file)).map(|line| line["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 400);
}

#[tokio::test]
async fn what_others_put_aside_is_not_written_to_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::open(&settings(folder.path(), LARGEST_BYTES, 1)).unwrap();
    let (file, aside) = (folder.path().join("audit.jsonl"), folder.path().join("aside"));
    audit.call(&call("before"));
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if lines(&file).len() == 1 {
            break;
        }
    }
    fs::rename(&file, &aside).unwrap();
    audit.call(&call("after"));
    audit.closed().await;
    assert_eq!((lines(&aside).len(), lines(&file).len()), (1, 1));
    assert_eq!(lines(&file)[0]["name"], "after");
}

#[tokio::test]
async fn a_full_disk_costs_records_and_nothing_else() {
    let audit = Audit::open(&Settings::of("/dev/full".into())).unwrap();
    (0..10).for_each(|number| audit.call(&call(&number.to_string())));
    audit.closed().await;
}

#[test]
fn a_file_that_can_not_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for file in [folder.path().to_owned(), folder.path().join("not-there/audit.jsonl")] {
        let error = Audit::open(&Settings::of(file.clone())).err().unwrap();
        assert!(error.to_string().contains(&file.display().to_string()), "{error}");
        assert!(error.hint().contains("[audit]"));
    }
}
