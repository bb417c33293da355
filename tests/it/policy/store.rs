//! Signatures of AWS, judged by a store that checks them: from each place that credentials come from, and in URLs.

use std::fmt::Write as _;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use wharf_tests::{AccessKey, NameServer, SigningStore};

use super::plain;
use super::reach::{Reach, Setup};

/// As whom the store knows its keys.
const USER: &str = ":user/tester";
const ROLE: &str = ":assumed-role/tester/tests";

/// A key with what is written in more than one way: it has to be signed as it is sent.
const OBJECT: &str = "/store/a%20b/gr%C3%BC%C3%9Fe%2B%28~%29%26%3D%3F%27.txt";

/// A request, and what the answer has: its status, and a part of it.
type Step = (&'static str, &'static str, Value, u16, &'static str);

/// A plugin: its id, what its table of AWS says beside the service, and who it is then.
type Way<'a> = (&'a str, &'a str, &'a str);

/// Together they leave the store as it was.
fn steps() -> Vec<Step> {
    let headers = json!([["content-type", "text/plain; charset=utf-8"], ["x-amz-meta-note", "two  blanks"]]);
    let no = || json!({});
    vec![
        ("PUT", OBJECT, json!({ "body": "Grüße", "headers": headers }), 200, ""),
        ("GET", OBJECT, no(), 200, "Grüße"),
        ("HEAD", OBJECT, no(), 200, "x-amz-meta-note"),
        ("GET", "/store?list-type=2&prefix=a%20b", no(), 200, "<Key>a b/grüße+(~)&amp;=?'.txt</Key>"),
        ("GET", "/store?prefix=&list-type=2&delimiter=%2F", no(), 200, "<Prefix>a b/</Prefix>"),
        ("GET", "/store?list-type=2&prefix=a%2Bb", no(), 200, "<KeyCount>0</KeyCount>"),
        ("GET", "/store?location", no(), 200, SigningStore::REGION),
        // As guests write it that don't escape what needn't be.
        ("GET", "/store?list-type=2&prefix=a+b/", no(), 200, "<Key>a b/"),
        ("PUT", "/store/a+(b)~%7E%c3%bc", json!({ "body": "x" }), 200, ""),
        ("GET", "/store?list-type=2&prefix=a%2b", no(), 200, "<Key>a+(b)~~ü</Key>"),
        ("DELETE", "/store/a%2B%28b%29~~%C3%BC", no(), 204, ""),
        // Without an announced length: what is signed of it isn't known before it ends.
        ("PUT", OBJECT, json!({ "body_bytes": 200_000 }), 200, ""),
        ("GET", OBJECT, no(), 200, "\"body_bytes\":200000"),
        ("PUT", OBJECT, json!({ "body": "" }), 200, ""),
        ("DELETE", OBJECT, no(), 204, ""),
        ("GET", OBJECT, no(), 404, "NoSuchKey"),
    ]
}

/// A store, and names for it.
struct Arena {
    store: SigningStore,
    names: NameServer,
}

impl Arena {
    fn start() -> Option<Self> {
        Some(Self { store: SigningStore::start()?, names: NameServer::start(&[("*", &[&["127.0.0.1"]])]) })
    }

    fn setup(&self) -> Setup {
        Setup::new().names(&self.names)
    }

    fn url(&self, target: &str) -> String {
        format!("http://s3.test:{}{target}", self.store.port())
    }

    /// Requests to anyone, and URLs for objects, signed with what these keys of the table `aws` say. None: not signed.
    fn grants(&self, keys: Option<&str>) -> String {
        let port = self.store.port();
        let aws = |service: &str| {
            let keys = keys.unwrap_or_default();
            format!("{{ service = '{service}', region = '{}'{keys} }}", SigningStore::REGION)
        };
        let rule = |service: &str| {
            let sign = keys.map_or_else(String::new, |_| format!(", sign.aws = {}", aws(service)));
            format!(
                "{{ scheme = 'http', host = '{service}.test', port = {port}, networks = ['127.0.0.0/8'], \
                 methods = ['*']{sign} }}"
            )
        };
        let signing = format!(
            "{{ name = 'objects', host = 's3.test', port = {port}, plain-http = true, path = '/**', \
             methods = ['GET', 'PUT'], parameters = ['response-content-type'], aws = {} }}",
            aws("s3")
        );
        format!("http = [{}, {}]\nkeyvalue = []\nsigning = [{signing}]", rule("s3"), rule("sts"))
    }

    /// What comes back to someone who has nothing but the URL: a status, and the body.
    fn fetch(&self, method: &str, url: &str, body: &str) -> (u16, String) {
        let arguments = json!({ "method": method, "url": url, "body": body });
        plain::runtime().block_on(async {
            let answer = plain::fetch(&self.names, &arguments).await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        })
    }

    fn take(&self, reach: &mut Reach, plugin: &str, step: &Step) {
        let (method, target, rest, status, part) = step;
        let mut arguments = rest.clone();
        (arguments["method"], arguments["url"]) = (json!(method), json!(self.url(target)));
        let told = reach.call(&format!("{plugin}__http"), &arguments);
        assert_eq!(told["status"], *status, "{plugin} {arguments}: {told}");
        assert!(told.to_string().contains(part), "{plugin} {arguments}: {told}");
    }

    /// As whom the store knows a plugin. Another service, and another way to sign: no hash in a header.
    fn identity(&self, reach: &mut Reach, plugin: &str) -> String {
        let url = format!("http://sts.test:{}/", self.store.port());
        let body = "Action=GetCallerIdentity&Version=2011-06-15";
        let headers = [["content-type", "application/x-www-form-urlencoded"]];
        let arguments = json!({ "method": "POST", "url": url, "body": body, "headers": headers });
        let told = reach.call(&format!("{plugin}__http"), &arguments);
        assert_eq!(told["status"], 200, "{plugin}: {told}");
        told["body"].to_string()
    }
}

/// The keys of the table `aws` for a key whose parts are the secrets of this name.
fn written(key: &AccessKey, name: &str) -> String {
    let token = if key.token.is_empty() { String::new() } else { format!(", session-token = '{name}-token'") };
    format!(", access-key = '{}', secret = '{name}'{token}", key.id)
}

/// Adds an access key as a secret, or as two.
fn secret(setup: Setup, name: &str, key: &AccessKey) -> Setup {
    let parts = [(name.to_owned(), &key.secret), (format!("{name}-token"), &key.token)];
    let given = parts.into_iter().filter(|(_, value)| !value.is_empty());
    given.fold(setup, |setup, (name, value)| {
        setup.host(|host| host.config(&format!("[secrets.{name}]\nenv = '{name}'")).env(&name, value))
    })
}

/// Writes AWS's file of profiles, one for each key, and says in the environment where it is.
fn profiles(setup: Setup, keys: &[(&str, &AccessKey)]) -> Setup {
    let file = setup.path("credentials");
    let mut text = String::new();
    for (name, AccessKey { id, secret, token }) in keys {
        writeln!(text, "[{name}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}").unwrap();
        if !token.is_empty() {
            writeln!(text, "aws_session_token = {token}").unwrap();
        }
    }
    fs::write(&file, text).unwrap();
    setup.host(|host| host.env("AWS_SHARED_CREDENTIALS_FILE", &file))
}

#[test]
fn a_store_takes_what_is_signed_wherever_the_credentials_come_from() {
    let Some(arena) = Arena::start() else { return };
    let (lasting, temporary) = (arena.store.lasting(), arena.store.temporary());
    let with_files = || profiles(arena.setup(), &[("lasting", &lasting), ("temporary", &temporary)]);
    let (one, other) = (written(&lasting, "one"), written(&temporary, "other"));
    // Each host has its own environment.
    let hosts: Vec<(Setup, Vec<Way<'_>>)> = vec![
        (
            secret(secret(with_files(), "one", &lasting), "other", &temporary)
                .host(|host| host.env("AWS_ACCESS_KEY_ID", &lasting.id).env("AWS_SECRET_ACCESS_KEY", &lasting.secret)),
            vec![
                ("written", &one, USER),
                ("lent", &other, ROLE),
                ("chain", "", USER),
                // Whoever names a profile doesn't want what happens to be in the environment.
                ("profile", ", profile = 'temporary'", ROLE),
            ],
        ),
        (
            arena.setup().host(|host| {
                let host = host.env("AWS_ACCESS_KEY_ID", &temporary.id);
                host.env("AWS_SECRET_ACCESS_KEY", &temporary.secret).env("AWS_SESSION_TOKEN", &temporary.token)
            }),
            vec![("chain", "", ROLE)],
        ),
        (
            with_files().host(|host| host.env("AWS_PROFILE", "lasting")),
            vec![("chain", "", USER), ("profile", ", profile = 'temporary'", ROLE)],
        ),
    ];
    for (setup, ways) in hosts {
        let setup = ways.iter().try_fold(setup, |setup, (id, keys, _)| setup.plugin(id, "", &arena.grants(Some(keys))));
        let Some(setup) = setup else { return };
        let mut reach = setup.start();
        for (plugin, keys, who) in ways {
            let told = arena.identity(&mut reach, plugin);
            assert!(told.contains(who), "{plugin} {keys}: {told}");
            for step in steps() {
                arena.take(&mut reach, plugin, &step);
            }
        }
        for secret in [&lasting.secret, &temporary.secret, &temporary.token] {
            assert!(!reach.audit_text().contains(secret) && !reach.log().contains(secret), "a secret is on record");
        }
    }
}

#[test]
fn a_store_refuses_what_is_signed_wrongly_or_not_at_all() {
    let Some(arena) = Arena::start() else { return };
    let (lasting, temporary) = (arena.store.lasting(), arena.store.temporary());
    let wrong = |key: &AccessKey| AccessKey { id: key.id.clone(), secret: "n".repeat(40), token: key.token.clone() };
    let nobody = AccessKey { id: "AKIAIOSFODNN7EXAMPLE".into(), ..wrong(&lasting) };
    let tokenless = AccessKey { id: temporary.id.clone(), secret: temporary.secret.clone(), token: String::new() };
    let (other, other_temporary) = (wrong(&lasting), wrong(&temporary));
    let keys = [
        ("right", Some(&lasting), 200, "here"),
        ("wrong", Some(&other), 403, "SignatureDoesNotMatch"),
        ("wrong-lent", Some(&other_temporary), 403, "SignatureDoesNotMatch"),
        ("nobody", Some(&nobody), 403, "InvalidAccessKeyId"),
        ("tokenless", Some(&tokenless), 403, "InvalidAccessKeyId"),
        ("unsigned", None, 403, ""),
    ];
    let setup = keys.iter().try_fold(arena.setup(), |setup, (id, key, ..)| {
        let table = key.map(|key| written(key, id));
        let setup = match key {
            Some(key) => secret(setup, id, key),
            None => setup,
        };
        setup.plugin(id, "", &arena.grants(table.as_deref()))
    });
    let Some(setup) = setup else { return };
    let mut reach = setup.start();
    arena.take(&mut reach, "right", &("PUT", OBJECT, json!({ "body": "here" }), 200, ""));
    for (plugin, _, status, part) in keys {
        arena.take(&mut reach, plugin, &("GET", OBJECT, json!({}), status, part));
        if status == 403 {
            arena.take(&mut reach, plugin, &("PUT", OBJECT, json!({ "body": "mine" }), status, part));
            arena.take(&mut reach, plugin, &("DELETE", OBJECT, json!({}), status, part));
        }
    }
    arena.take(&mut reach, "right", &("GET", OBJECT, json!({}), 200, "here"));
}

#[test]
fn a_signed_url_is_good_for_what_was_signed_and_for_nothing_else() {
    let Some(arena) = Arena::start() else { return };
    let keys = [("lasting", arena.store.lasting()), ("lent", arena.store.temporary())];
    let setup = keys.iter().try_fold(arena.setup(), |setup, (id, key)| {
        secret(setup, id, key).plugin(id, "", &arena.grants(Some(&written(key, id))))
    });
    let Some(setup) = setup else { return };
    let mut reach = setup.start();
    for (plugin, key) in &keys {
        let mut signed = |method: &str, target: &str, seconds: u32| {
            let arguments = json!({ "key": "objects", "method": method, "url": arena.url(target), "seconds": seconds });
            let told = reach.call(&format!("{plugin}__presign"), &arguments);
            assert!(!told.to_string().contains(&key.secret));
            told["url"].as_str().unwrap_or_else(|| panic!("{arguments}: {told}")).to_owned()
        };
        let (written, read) = (signed("PUT", OBJECT, 60), signed("GET", OBJECT, 60));
        let typed = signed("GET", &format!("{OBJECT}?response-content-type=text%2Fa%20b%2Bc"), 60);
        let short = signed("GET", OBJECT, 1);
        assert_eq!(arena.fetch("PUT", &written, "for you").0, 200, "{plugin} {written}");
        for url in [&read, &typed] {
            assert_eq!(arena.fetch("GET", url, ""), (200, "for you".into()), "{plugin} {url}");
        }
        // What is altered, and into what.
        let alterations = [
            ("a%20b/", "a%20c/"),
            ("X-Amz-Expires=60", "X-Amz-Expires=600"),
            ("X-Amz-Date=2", "X-Amz-Date=3"),
            ("%2Feu-west-1%2F", "%2Fus-east-1%2F"),
            ("X-Amz-Algorithm", "versionId=1&X-Amz-Algorithm"),
            ("X-Amz-Signature=", "X-Amz-Signature=0"),
            ("s3.test", "s4.test"),
        ];
        for (from, to) in alterations {
            refuses(&arena, "GET", &altered(&read, from, to), "SignatureDoesNotMatch");
        }
        refuses(&arena, "GET", &altered(&typed, "text%2Fa", "text%2Fb"), "SignatureDoesNotMatch");
        refuses(&arena, "PUT", &read, "SignatureDoesNotMatch");
        refuses(&arena, "GET", &written, "SignatureDoesNotMatch");
        refuses(&arena, "DELETE", &written, "SignatureDoesNotMatch");
        refuses(&arena, "GET", read.split_once('?').unwrap().0, "");
        // Seconds are whole, and both clocks are this one.
        sleep(Duration::from_millis(2_100));
        refuses(&arena, "GET", &short, "AccessDenied");
        assert_eq!(arena.fetch("GET", &read, "").1, "for you");
    }
}

fn altered(url: &str, from: &str, to: &str) -> String {
    assert_eq!(url.matches(from).count(), 1, "{from} in {url}");
    url.replace(from, to)
}

fn refuses(arena: &Arena, method: &str, url: &str, part: &str) {
    let (status, body) = arena.fetch(method, url, "mine");
    assert_eq!(status, 403, "{method} {url}: {body}");
    assert!(body.contains(part), "{method} {url}: {body}");
}
