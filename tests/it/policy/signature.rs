//! Signatures of AWS: in a header of a request, and in a URL that a guest hands on.

use serde_json::json;
use wharf_tests::{NameServer, Origin, answer};

use super::reach::Setup;

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// Of the empty text.
const SHA256_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn a_signed_request_names_the_key_and_never_has_its_secret() {
    let origin = Origin::start(|request, wire| {
        let signed = request.header("authorization").to_owned();
        wire.write_all(&answer(200, &[("x-signed", &signed)], ""))
    });
    let names = NameServer::start(&[("*", &[&["127.0.0.1"]])]);
    let port = origin.port();
    let aws = format!("{{ service = 's3', region = 'eu-west-1', access-key = '{ID}', secret = 'key' }}");
    let rule = format!(
        "scheme = 'http', host = 's3.test', port = {port}, networks = ['127.0.0.0/8'], methods = ['*'], sign.aws = {aws}"
    );
    let signing =
        format!("name = 'models', host = 's3.test', port = {port}, plain-http = true, path = '/b/**', aws = {aws}");
    let grants = format!("http = [{{ {rule} }}]\nkeyvalue = []\nsigning = [{{ {signing} }}]");
    let setup = Setup::new().names(&names).host(|host| host.config("[secrets.key]\nenv = 'KEY'").env("KEY", KEY));
    let Some(setup) = setup.plugin("a", "", &grants) else { return };
    let mut reach = setup.start();
    let url = format!("http://s3.test:{port}/b/a%20b?x=y");
    let told = reach.get("a", &url);
    assert_eq!(told["status"], 200, "{told}");
    let request = origin.take().remove(0);
    let signature = request.header("authorization");
    let date = request.header("x-amz-date").get(..8).unwrap_or_default().to_owned();
    let begin = format!("AWS4-HMAC-SHA256 Credential={ID}/{date}/eu-west-1/s3/aws4_request, SignedHeaders=");
    assert!(signature.starts_with(&begin) && signature.contains("host;"), "{request:?}");
    assert_eq!(signature.rsplit_once("Signature=").unwrap().1.len(), 64, "{request:?}");
    assert_eq!(request.header("x-amz-content-sha256"), SHA256_OF_NOTHING, "{request:?}");
    assert_eq!(request.header("host"), format!("s3.test:{port}"));
    assert!(!format!("{request:?}").contains(KEY));
    // What the guest says of signatures doesn't count.
    let headers = json!([["authorization", "AWS4-HMAC-SHA256 Credential=other"], ["x-amz-date", "20000101T000000Z"]]);
    reach.call("a__http", &json!({ "url": url, "method": "POST", "body": "data", "headers": headers }));
    let requests = origin.take();
    assert!(requests.iter().all(|request| request.header("authorization").contains(ID)), "{requests:?}");
    assert!(requests.iter().all(|request| request.header("x-amz-date") != "20000101T000000Z"), "{requests:?}");

    // The key may do more than the rule.
    for header in ["x-amz-acl", "x-amz-grant-read", "x-amz-copy-source"] {
        let told = reach.call("a__http", &json!({ "url": url, "method": "PUT", "headers": [[header, "public-read"]] }));
        let is_for_all_paths = header == "x-amz-copy-source";
        assert_eq!(told["denied"] == true, !is_for_all_paths, "{header}: {told}");
    }
    let signing =
        json!({ "key": "models", "method": "GET", "url": format!("http://s3.test:{port}/b/c"), "seconds": 60 });
    let told = reach.call("a__presign", &signing);
    let signed = told["url"].as_str().unwrap();
    for part in
        ["X-Amz-Algorithm=AWS4-HMAC-SHA256", ID, "X-Amz-Expires=60", "X-Amz-SignedHeaders=host", "X-Amz-Signature="]
    {
        assert!(signed.contains(part), "{part}: {told}");
    }
    assert!(!told.to_string().contains(KEY));
}
