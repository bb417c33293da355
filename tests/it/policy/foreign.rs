//! Plugins that know nothing of wharf make their requests with what their language has.

use serde_json::json;
use wharf_tests::{NameServer, Origin, Part, answer, find};

use super::reach::{Setup, decisions};

fn fetches(guest: &'static str) {
    let Some(component) = find(Part::Guest(guest)) else { return };
    let origin = Origin::start(|request, wire| {
        let text = format!("{} {}", request.method, request.target);
        wire.write_all(&answer(200, &[("content-type", "text/plain")], text))
    });
    let names = NameServer::start(&[("*", &[&["127.0.0.1"]])]);
    let port = origin.port();
    let rule = format!(
        "scheme = 'http', host = 'a.test', port = {port}, path = '/v1/**', networks = ['127.0.0.0/8'], \
         headers = {{ Authorization = {{ bearer = 'key' }} }}"
    );
    let setup = Setup::new()
        .names(&names)
        .host(|host| host.config("[secrets.key]\nenv = 'KEY'").env("KEY", "a-secret-of-some-length"));
    let mut reach = setup.component(&component, "a", "", &format!("http = [{{ {rule} }}]")).start();
    let told = reach.call("a__fetch", &json!({ "url": format!("http://a.test:{port}/v1/x?y=z") }));
    assert_eq!(told, json!({ "status": 200, "text": "GET /v1/x?y=z" }));
    assert_eq!(origin.take()[0].header("authorization"), "Bearer a-secret-of-some-length");
    assert_eq!(decisions(&reach.uses()), ["allowed by http[0]"]);
    let result = reach.result("a__fetch", &json!({ "url": format!("http://a.test:{port}/v2/x") }));
    assert_eq!(
        (&result["isError"], &result["_meta"]["wharf/error"]["kind"]),
        (&json!(true), &json!("denied")),
        "{result}"
    );
    assert_eq!(decisions(&reach.uses()), ["refused by operator"]);
    assert!(origin.take().is_empty());
}

#[test]
fn wstd() {
    fetches("wstd-fetch");
}

#[test]
fn fetch_of_javascript() {
    fetches("js-fetch");
}
