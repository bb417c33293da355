use std::convert::Infallible;

use http::Request;
use http_body_util::Full;

use super::*;
use crate::secret::Source;

/// Secrets in files of a folder, each named as its file.
fn secrets(folder: &tempfile::TempDir, values: &[(&str, &[u8])]) -> Secrets {
    let source = |(name, value): &(&str, &[u8])| {
        std::fs::write(folder.path().join(name), value).unwrap();
        ((*name).to_owned(), Source::File(folder.path().join(name)))
    };
    Secrets::new(values.iter().map(source).collect())
}

fn parts(headers: &[(&str, &str)]) -> Parts {
    let request = Request::builder().uri("https://api.example.com/");
    headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value))
        .body(())
        .unwrap()
        .into_parts()
        .0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[serde(default)]
    headers: BTreeMap<String, HeaderSource>,
    sign: Option<Sign>,
}

fn credentials(text: &str) -> Result<Credentials, String> {
    let rule: Rule = toml::from_str(text).map_err(|error| error.to_string())?;
    Credentials::new(&rule.headers, rule.sign.as_ref()).map_err(|error| {
        assert!(!error.hint().is_empty());
        error.to_string()
    })
}

#[tokio::test]
async fn a_header_is_made_as_its_rule_says() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = secrets(&folder, &[("key", b"open sesame"), ("broken", b"line one\nline two")]);
    let cases = [
        ("{ secret = 'key' }", Ok(("open sesame", &["key"][..]))),
        ("{ secret = 'key', prefix = 'token ' }", Ok(("token open sesame", &["key"][..]))),
        ("{ bearer = 'key' }", Ok(("Bearer open sesame", &["key"][..]))),
        // Aladdin's password, of RFC 7617.
        (
            "{ basic = { user = 'Aladdin', secret = 'key' } }",
            Ok(("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", &["key", "key"][..])),
        ),
        ("'plain'", Ok(("plain", &[][..]))),
        ("{ secret = 'broken' }", Err("the header x-a can't be made of the secret `broken`")),
        ("{ secret = 'missing' }", Err("no secret is named `missing`")),
    ];
    for (source, expected) in cases {
        let credentials = credentials(&format!("headers.X-A = {source}")).unwrap();
        let mut parts = parts(&[("x-a", "the guest's"), ("x-b", "kept"), ("accept-encoding", "gzip")]);
        parts.headers.append("x-a", HeaderValue::from_static("again"));
        match (credentials.prepare(&secrets, &mut parts, BodyKind::Empty).await, expected) {
            (Ok(attached), Ok((value, used))) => {
                assert_eq!(parts.headers.get_all("x-a").iter().collect::<Vec<_>>(), [value]);
                assert_eq!(parts.headers["x-a"].is_sensitive(), !used.is_empty());
                assert_eq!(attached.iter().map(|secret| secret.name()).collect::<Vec<_>>(), used);
                assert_eq!(parts.headers["accept-encoding"], if used.is_empty() { "gzip" } else { "identity" });
                assert_eq!(parts.headers["x-b"], "kept");
            }
            (Err(error), Err(part)) => {
                assert!(error.to_string().contains(part), "{error}");
                assert!(!error.to_string().contains("line") && !error.hint().is_empty());
            }
            (outcome, expected) => panic!("{source}: {outcome:?} is not {expected:?}"),
        }
    }
}

#[test]
fn a_rule_that_contradicts_itself_is_an_error() {
    let aws = "sign = { aws = { service = 's3', region = 'eu-west-1' } }";
    let cases = [
        ("headers.X-A = { secret = 'a', bearer = 'b' }", "exactly one of"),
        ("headers.X-A = {}", "exactly one of"),
        ("headers.X-A = { bearer = 'b', prefix = 'x' }", "`prefix` goes with `secret` only"),
        ("headers.X-A = { secrte = 'a' }", "unknown field `secrte`"),
        ("headers.X-A = { basic = { user = 'a' } }", "missing field `secret`"),
        ("headers.X-A = 1", "expected a text, or a table"),
        ("headers.X-A = \"a\\nb\"", "no header can carry"),
        ("headers.X-A = { secret = 'a', prefix = \"\\n\" }", "no header can carry"),
        ("headers.X-A = { basic = { user = 'a:b', secret = 'a' } }", "no header can carry"),
        ("headers.'X A' = 'a'", "`X A` is not the name of a header"),
        ("headers.X-A = 'a'\nheaders.x-a = 'b'", "sets the header x-a twice"),
        (&format!("headers.Authorization = 'a'\n{aws}"), "authorization, and so does its signature"),
        (&format!("headers.X-Amz-Date = 'a'\n{aws}"), "x-amz-date, and so does"),
        ("sign = { asw = {} }", "unknown variant `asw`"),
        ("sign = { aws = { service = 's3', region = 'r', secret = 'a' } }", "belong together"),
        (&format!("headers.X-A = 'a'\n{aws}"), ""),
    ];
    for (text, expected) in cases {
        let problem = credentials(text).err().unwrap_or_default();
        assert_eq!(problem.is_empty(), expected.is_empty(), "{text}: {problem}");
        assert!(problem.contains(expected), "{text}: {problem}");
    }
}

#[test]
fn what_is_written_is_read_as_it_was() {
    let sources = [
        HeaderSource::Text("a".into()),
        HeaderSource::Secret { secret: "a".into(), prefix: String::new() },
        HeaderSource::Secret { secret: "a".into(), prefix: "token ".into() },
        HeaderSource::Bearer { bearer: "a".into() },
        HeaderSource::Basic { basic: Basic { user: "u".into(), secret: "a".into() } },
    ];
    for source in sources {
        let text = serde_json::to_string(&source).unwrap();
        assert_eq!(serde_json::from_str::<HeaderSource>(&text).unwrap(), source, "{text}");
    }
}

#[tokio::test]
async fn a_signed_request_carries_no_key_and_only_small_bodies() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = secrets(&folder, &[("key", b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")]);
    let aws = "service = 'execute-api', region = 'eu-west-1', access-key = 'AKIAIOSFODNN7EXAMPLE', secret = 'key'";
    let credentials = credentials(&format!("sign = {{ aws = {{ {aws} }} }}")).unwrap();
    let mut parts = parts(&[]);
    assert!(credentials.hashes_body(&parts.uri));
    credentials.prepare(&secrets, &mut parts, BodyKind::Whole(b"body")).await.unwrap();
    assert!(
        parts.headers["authorization"]
            .to_str()
            .unwrap()
            .starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/")
    );
    assert!(!format!("{:?}", parts.headers).contains("AKIA"), "all of it is marked as sensitive");
    let error = credentials.prepare(&secrets, &mut parts, BodyKind::Streamed).await.unwrap_err();
    assert!(error.to_string().contains("this body is streamed"), "{error}");

    let body = |bytes: usize| Full::<Bytes>::new(vec![0; bytes].into());
    assert_eq!(whole(body(SIGNED_BODY_BYTES), SIGNED_BODY_BYTES).await.unwrap().len(), SIGNED_BODY_BYTES);
    assert_eq!(whole(body(SIGNED_BODY_BYTES + 1), SIGNED_BODY_BYTES).await, Err(CredentialError::Large));
    assert_eq!(
        whole(http_body_util::Empty::<Bytes>::new(), 0).await,
        Ok::<_, Infallible>(Bytes::new()).map_err(|never| match never {})
    );
}

#[tokio::test]
async fn what_can_not_be_attached_shows_before_any_request() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = secrets(&folder, &[("key", b"open sesame"), ("bytes", b"\xff\xfe and some more bytes")]);
    let aws = |secret: &str| {
        format!("sign = {{ aws = {{ service = 's3', region = 'r', access-key = 'AKIA', secret = '{secret}' }} }}")
    };
    let cases = [
        (aws("key"), Ok(&["key"][..])),
        ("headers.X-A = { bearer = 'key' }".to_owned(), Ok(&["key"][..])),
        (aws("bytes"), Err("the secret `bytes` is not text")),
        (aws("missing"), Err("no secret is named `missing`")),
        ("headers.X-A = { secret = 'missing' }".to_owned(), Err("no secret is named `missing`")),
    ];
    for (rule, expected) in cases {
        let found = credentials(&rule).unwrap().check(&secrets).await;
        match (found, expected) {
            (Ok(found), Ok(names)) => assert_eq!(found.iter().map(|secret| secret.name()).collect::<Vec<_>>(), names),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (found, expected) => panic!("{rule}: {found:?} is not {expected:?}"),
        }
    }
}
