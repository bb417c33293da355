use std::sync::Mutex;

use super::signer::Host as _;
use super::*;
use crate::secret::Source;

/// One line for each use: what, by which rule, and who refused.
#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl Record for Lines {
    fn used(&self, capability: &'static str, what: &str, rule: Option<&str>, outcome: Result<(), &Refused>) {
        assert_eq!(capability, NAME);
        let outcome = outcome.map_or_else(|refused| format!("{:?}", refused.by), |()| "allowed".to_owned());
        self.0.lock().unwrap().push(format!("{what}: {outcome} by {}", rule.unwrap_or("none")));
    }
}

const GRANT: &str = "name = 'models'\nhost = 's3.example.com'\npath = '/bucket/**'\n\
    [aws]\nservice = 's3'\nregion = 'eu-west-1'\naccess-key = 'AKIAIOSFODNN7EXAMPLE'\nsecret = 'key'\n";

async fn access(secret: &std::path::Path) -> Result<Access, GrantError> {
    let secrets = Secrets::new([("key".to_owned(), Source::File(secret.to_owned()))].into());
    Access::new("p", None, vec![toml::from_str(GRANT).unwrap()], false, secrets).await
}

fn told(outcome: Result<String, Failure>) -> String {
    match outcome {
        Ok(url) => url,
        Err(Failure::Denied(why)) => format!("denied {why}"),
        Err(Failure::Invalid(why)) => format!("invalid {why}"),
        Err(Failure::Unavailable(why)) => format!("unavailable {why}"),
    }
}

#[tokio::test]
async fn each_use_is_on_record_with_what_was_handed_out() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("key");
    std::fs::write(&secret, "a-secret-of-some-length").unwrap();
    let access = access(&secret).await.unwrap();
    let long = format!("https://s3.example.com/{}", "a".repeat(URL_BYTES));
    let with = |url: &str, line: &str| (url.to_owned(), line.to_owned());
    let cases = [
        (
            "models",
            with(
                "https://s3.example.com:443/bucket/a",
                "GET https://s3.example.com/bucket/a with models: allowed by models",
            ),
            "https://s3",
        ),
        (
            "models",
            with(
                "https://s3.example.com/other?token=x",
                "GET https://s3.example.com/other with models: Operator by none",
            ),
            "denied",
        ),
        (
            "models",
            with(
                "https://u:p@s3.example.com/bucket/a",
                "GET https://s3.example.com/bucket/a with models: Malformed by none",
            ),
            "invalid",
        ),
        ("models", with("nonsense", "GET with models: Malformed by none"), "invalid"),
        (
            "models",
            with(
                "https://s3.example.com/bucket/a?X-Amz-Date=1",
                "GET https://s3.example.com/bucket/a with models: Malformed by none",
            ),
            "invalid",
        ),
        ("models", with(&long, "GET with models: Bound by none"), "denied"),
        ("any-name", with("nonsense", "GET with any-name: Operator by none"), "denied"),
    ];
    for (key, (url, line), begin) in cases {
        let lines = Lines::default();
        let mut guest = Signing { access: Some(&access), record: &lines };
        let outcome = told(guest.presign(key.into(), "GET".into(), url.clone(), 60).await);
        assert!(outcome.starts_with(begin), "{url}: {outcome}");
        assert_eq!(*lines.0.lock().unwrap(), [format!("presign {line}")]);
    }
    let lines = Lines::default();
    let mut nobody = Signing { access: None, record: &lines };
    let outcome = told(nobody.presign("models".into(), "GET".into(), "nonsense".into(), 60).await);
    assert_eq!(outcome, "denied not granted by the operator: no key was granted");
    assert_eq!(*lines.0.lock().unwrap(), ["presign GET with models: Operator by none"]);
}

#[tokio::test]
async fn why_a_key_is_gone_is_not_for_plugins() {
    let folder = tempfile::tempdir().unwrap();
    let error = access(&folder.path().join("key")).await.err().unwrap().to_string();
    assert!(error.contains("`models`") && error.contains("the secret `key`"), "{error}");
    let rules = Rules::new(None, vec![toml::from_str(GRANT).unwrap()], false).unwrap();
    let presigner = Arc::new(Presigner::new(rules, Secrets::default()).unwrap());
    let access = Access {
        plugin: "p".into(),
        presigner,
        runtime: Handle::current(),
        complaint: Complaint::every(LEAST_COMPLAINT),
    };
    let lines = Lines::default();
    let mut guest = Signing { access: Some(&access), record: &lines };
    let url = "https://s3.example.com/bucket/a".to_owned();
    assert_eq!(
        told(guest.presign("models".into(), "GET".into(), url, 60).await),
        "unavailable the key can't be had now"
    );
    let line = "presign GET https://s3.example.com/bucket/a with models: allowed by models";
    assert_eq!(*lines.0.lock().unwrap(), [line]);
}
