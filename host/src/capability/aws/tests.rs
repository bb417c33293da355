use http::Request;

use super::*;

/// The access key of AWS's documentation.
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// 2013-05-24T00:00:00Z, the time of its examples.
const THEN: u64 = 1_369_353_600;

fn aws(service: &str) -> Aws {
    Aws {
        service: service.into(),
        region: "us-east-1".into(),
        profile: None,
        access_key: Some(KEY.into()),
        secret: Some("key".into()),
        session_token: None,
    }
}

fn signer(service: &str) -> Signer {
    Signer::new(aws(service)).unwrap()
}

fn credentials(token: Option<&str>) -> Credentials {
    Credentials::new(KEY, SECRET, token.map(str::to_owned), None, "test")
}

fn then() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(THEN)
}

fn parts(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
    let request = Request::builder().method(method).uri(uri);
    headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value))
        .body(())
        .unwrap()
        .into_parts()
        .0
}

fn presign(service: &str, url: &str, token: Option<&str>) -> Result<Url, AwsError> {
    let url = Url::parse(url).unwrap();
    signer(service).presign_at(&credentials(token), &Method::GET, &url, Duration::from_secs(86_400), then())
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

#[test]
fn the_published_example_of_a_presigned_url() {
    let url = presign("s3", "https://examplebucket.s3.amazonaws.com/test.txt", None).unwrap();
    assert_eq!(
        url.as_str(),
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
}

#[test]
fn the_published_examples_of_signed_requests() {
    // GET Bucket Lifecycle, and GET Bucket (List Objects), of the documentation of S3.
    let cases = [
        ("?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ];
    for (query, expected) in cases {
        let mut parts = parts("GET", &format!("https://examplebucket.s3.amazonaws.com/{query}"), &[]);
        signer("s3").sign_at(&credentials(None), &mut parts, BodyKind::Empty, then()).unwrap();
        let authorization = parts.headers["authorization"].to_str().unwrap();
        assert!(authorization.ends_with(&format!("Signature={expected}")), "{authorization}");
        assert!(authorization.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date,"), "{authorization}");
        assert!(parts.headers.values().all(HeaderValue::is_sensitive));
    }
}

#[test]
fn a_request_loses_what_the_guest_wrote_of_signatures() {
    let forged = [
        ("authorization", "AWS4-HMAC-SHA256 forged"),
        ("x-amz-date", "20991231T000000Z"),
        ("x-amz-security-token", "forged"),
        ("x-amz-content-sha256", "forged"),
        ("x-amz-meta-a", "kept"),
        ("x-secret", "not signed"),
    ];
    let mut parts = parts("PUT", "https://b.s3.amazonaws.com/a", &forged);
    signer("s3").sign_at(&credentials(None), &mut parts, BodyKind::Streamed, then()).unwrap();
    assert!(!format!("{:?}", parts.headers).contains("forged"));
    assert_eq!(parts.headers["x-amz-content-sha256"], "UNSIGNED-PAYLOAD");
    assert_eq!(parts.headers.get("x-amz-security-token"), None);
    let authorization = parts.headers["authorization"].to_str().unwrap();
    assert!(authorization.contains("=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a,"), "{authorization}");
}

#[test]
fn a_body_is_hashed_where_the_service_wants_it() {
    let cases = [
        ("s3", "https://a/", BodyKind::Streamed, Ok("UNSIGNED-PAYLOAD")),
        (
            "s3",
            "https://a/",
            BodyKind::Whole(b""),
            Ok("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ),
        ("s3", "http://a/", BodyKind::Streamed, Err("wants a hash")),
        ("execute-api", "https://a/", BodyKind::Streamed, Err("`execute-api` wants a hash")),
        ("execute-api", "https://a/", BodyKind::Whole(b"x"), Ok("")),
    ];
    for (service, uri, body, expected) in cases {
        let mut parts = parts("POST", uri, &[]);
        let outcome = signer(service).sign_at(&credentials(Some("token")), &mut parts, body, then());
        assert_eq!(signer(service).hashes_body(&parts.uri), !(service == "s3" && uri.starts_with("https")));
        match expected {
            Ok(hash) => {
                outcome.unwrap();
                assert_eq!(parts.headers.get("x-amz-content-sha256").map_or("", |value| value.to_str().unwrap()), hash);
                assert_eq!(parts.headers["x-amz-security-token"], "token");
            }
            Err(part) => assert!(outcome.unwrap_err().to_string().contains(part)),
        }
    }
}

#[test]
fn a_request_that_can_not_be_signed_is_an_error() {
    let cases = [
        ("/relative", &[][..], "relative URL"),
        ("https://a/", &[("x-amz-meta-a", "ä")][..], "x-amz-meta-a is not plain text"),
        ("https://a/%ff", &[][..], "utf-8"),
    ];
    for (uri, headers, expected) in cases {
        let mut parts = parts("GET", uri, headers);
        let error = signer("s3").sign_at(&credentials(None), &mut parts, BodyKind::Empty, then()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn a_url_is_presigned_once_and_with_its_own_query() {
    let forged = "https://a.s3.amazonaws.com/k?X-AMZ-expires=604800";
    assert!(presign("s3", forged, None).unwrap_err().to_string().contains("a signature already"));
    let url = presign("s3", "https://a.s3.amazonaws.com/a%20b/(c)+d?versionId=1#part", Some("token")).unwrap();
    assert!(url.as_str().starts_with("https://a.s3.amazonaws.com/a%20b/%28c%29%2Bd?versionId=1&X-Amz-"), "{url}");
    assert_eq!(parameter(&url, "X-Amz-Security-Token").as_deref(), Some("token"));
    assert_eq!(url.fragment(), None);
    assert!(!url.as_str().contains("wJalr"));
}

#[test]
fn the_keys_of_the_table_go_together() {
    let cases = [
        ("service = 's3'\nregion = 'eu-west-1'", ""),
        ("service = 's3'\nregion = 'eu-west-1'\nprofile = 'p'", ""),
        ("service = 's3'\nregion = 'eu-west-1'\naccess-key = 'A'\nsecret = 's'", ""),
        ("service = 's3'\nregion = 'eu-west-1'\naccess-key = 'A'\nsecret = 's'\nsession-token = 't'", ""),
        ("service = 's3'\nregion = 'eu-west-1'\naccess-key = 'A'", "belong together"),
        ("service = 's3'\nregion = 'eu-west-1'\nsecret = 's'", "belong together"),
        ("service = 's3'\nregion = 'eu-west-1'\nsession-token = 't'", "belongs to `access-key`"),
        ("service = 's3'\nregion = 'eu-west-1'\nprofile = 'p'\naccess-key = 'A'\nsecret = 's'", "exclude"),
        ("service = 's3'\nregion = 'eu-west-1'\naccess-key = 'A B'\nsecret = 's'", "is the id"),
        ("service = ''\nregion = 'eu-west-1'", "small letters"),
        ("service = 's3'\nregion = 'eu/west'", "small letters"),
        ("service = 's3'", "missing field `region`"),
        ("service = 's3'\nregion = 'eu-west-1'\naccess_key = 'A'", "unknown field `access_key`"),
    ];
    for (text, expected) in cases {
        let read = toml::from_str::<Aws>(text).map_err(|error| error.to_string());
        let checked = read.and_then(|aws| aws.check().map_err(|error| error.to_string()));
        let problem = checked.err().unwrap_or_default();
        assert_eq!(problem.is_empty(), expected.is_empty(), "{text}: {problem}");
        assert!(problem.contains(expected), "{text}: {problem}");
    }
}

#[tokio::test]
async fn an_access_key_of_the_configuration_takes_its_secrets_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let sources =
        [("key", SECRET.as_bytes()), ("token", b"session token"), ("binary", b"\xff\xff\xff\xff\xff\xff\xff\xff")];
    let sources = sources.map(|(name, value)| {
        std::fs::write(folder.path().join(name), value).unwrap();
        (name.to_owned(), crate::secret::Source::File(folder.path().join(name)))
    });
    let secrets = Secrets::new(sources.into());
    let with = |secret: &str, token: Option<&str>| {
        let aws = Aws { secret: Some(secret.into()), session_token: token.map(str::to_owned), ..aws("s3") };
        Signer::new(aws).unwrap()
    };
    let mut parts = parts("GET", "https://a/", &[]);
    let used = with("key", Some("token")).sign(&secrets, &mut parts, BodyKind::Empty).await.unwrap();
    assert_eq!(used.iter().map(|secret| secret.name()).collect::<Vec<_>>(), ["key", "token"]);
    assert_eq!(parts.headers["x-amz-security-token"], "session token");
    let cases = [("binary", "is not text"), ("nothing", "no secret is named `nothing`")];
    for (name, expected) in cases {
        let error = with(name, None).sign(&secrets, &mut parts, BodyKind::Empty).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// What is logged in a test.
#[derive(Clone, Default)]
struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn signing_logs_no_secret_however_much_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    tracing::subscriber::with_default(lines.finish(), || {
        tracing::info!("begin");
        presign("s3", "https://a.s3.amazonaws.com/a", Some("the-session-token")).unwrap();
        let mut parts = parts("GET", "https://a/", &[]);
        signer("s3").sign_at(&credentials(Some("the-session-token")), &mut parts, BodyKind::Empty, then()).unwrap();
    });
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("begin"));
    assert!(!text.contains("the-session-token") && !text.contains("wJalr"), "{text}");
}
