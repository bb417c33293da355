//! What is said of rules, and whether it is so.

use proptest::prelude::*;

use super::*;

fn rule(host: &str, path: &str, methods: &[&str]) -> Rule {
    let methods = methods.iter().map(|method| (*method).to_owned()).collect();
    Rule { path: path.into(), methods, ..Rule::from(Want::of(host)) }
}

fn request(text: &str) -> (Method, Url) {
    let (method, url) = text.split_once(' ').unwrap();
    (method.parse().unwrap(), Url::parse(url).unwrap())
}

#[test]
fn a_rule_covers_another_in_every_part() {
    let base = || rule("*.example.com", "/v1/**", &["GET", "POST"]);
    let cases = [
        (rule("a.example.com", "/v1/x", &["GET"]), true),
        (rule("*.a.example.com", "/v1/**", &["POST"]), true),
        (rule("example.com", "/v1/x", &["GET"]), false),
        (rule("evilexample.com", "/v1/x", &["GET"]), false),
        (rule("*.evilexample.com", "/v1/x", &["GET"]), false),
        (rule("*", "/v1/x", &["GET"]), false),
        (rule("a.example.com", "/**", &["GET"]), false),
        (rule("a.example.com", "/v1/x", &["PUT"]), false),
        (rule("a.example.com", "/v1/x", &["*"]), false),
        (Rule { scheme: Scheme::Http, ..base() }, false),
        (Rule { port: 8443.try_into().ok(), ..base() }, false),
        (Rule { port: 443.try_into().ok(), ..base() }, true),
    ];
    for (other, expected) in cases {
        assert_eq!(covers(&base(), &other), expected, "{other}");
    }
    assert!(!covers(&rule("*", "/**", &["*"]), &rule("1.1.1.1", "/**", &["GET"])));
    assert!(!covers(&base(), &rule("not a host", "/", &["GET"])), "a rule that isn't one is covered by none");
}

#[test]
fn a_rule_that_earlier_ones_cover_together_is_shadowed() {
    let rules = [
        rule("a.example", "/v1/**", &["GET"]),
        rule("a.example", "/v1/x", &["GET", "POST"]),
        rule("a.example", "/v1/x/y", &["GET"]),
        rule("a.example", "/**", &["POST"]),
        rule("a.example", "/v1/z", &["POST", "GET"]),
    ];
    let shadowed = Rules::new(None, &rules).unwrap().shadowed();
    let expected = [Shadowed { index: 2, by: BTreeSet::from([0]) }, Shadowed { index: 4, by: BTreeSet::from([0, 3]) }];
    assert_eq!(shadowed, expected);
}

#[test]
fn a_rule_is_wider_than_asked_unless_wants_cover_it() {
    let wants = [
        Want { path: "/v1/**".into(), ..Want::of("a.example") },
        Want { methods: vec!["POST".into()], ..Want::of("a.example") },
    ];
    let granted = [
        rule("a.example", "/v1/x", &["GET", "POST"]),
        rule("a.example", "/v2", &["GET"]),
        rule("*", "/v1/**", &["GET"]),
    ];
    assert_eq!(Rules::new(Some(&wants), &granted).unwrap().wider_than_asked(), [1, 2]);
    assert!(Rules::new(None, &granted).unwrap().wider_than_asked().is_empty());
}

#[test]
fn an_explanation_has_the_nearest_rules_first() {
    let mut granted = vec![
        rule("b.example", "/v1/**", &["GET"]),
        rule("a.example", "/v1/**", &["POST"]),
        rule("a.example", "/v2/**", &["GET"]),
    ];
    granted.extend((0..10).map(|number| rule(&format!("x{number}.example"), "/", &["PUT"])));
    let rules = Rules::new(None, &granted).unwrap();
    let (method, url) = request("GET https://a.example/v1/x");
    let explanation = rules.explain(&method, &url);
    assert!(explanation.decision.is_err());
    let near: Vec<_> = explanation.near.iter().map(|near| (near.index, near.differences.as_slice())).collect();
    assert_eq!(near[0], (1, &[Difference::Method][..]));
    assert_eq!(near[1], (2, &[Difference::Path][..]));
    assert_eq!(near[2], (0, &[Difference::Host][..]));
    assert_eq!(near.len(), SHOWN_RULES);
    let (method, url) = request("POST https://a.example/v1/x");
    let allowed = rules.explain(&method, &url).decision.unwrap();
    assert_eq!((allowed.index, allowed.to_string().as_str()), (1, "http[1]"));
}

#[test]
fn the_smallest_grant_is_in_order_and_merges_methods() {
    let refused = [
        "POST https://b.example/x",
        "GET https://b.example/x?a=1",
        "GET https://b.example/x?a=2",
        "GET https://a.example:8443/",
        "GET http://127.0.0.1:8080/x",
        "GET https://b.example/w%2fx",
        "GET https://b.example/z",
        "DELETE https://b.example/z",
        "GET https://user@c.example/",
        "CONNECT https://c.example/",
    ];
    let rules = smallest(&refused.map(request));
    let shown: Vec<String> = rules.iter().map(Rule::to_string).collect();
    let expected = [
        r#"{ scheme = "http", host = "127.0.0.1", port = 8080, path = "/x", methods = ["GET"], networks = ["127.0.0.1/32"] }"#,
        r#"{ host = "a.example", port = 8443, path = "/", methods = ["GET"] }"#,
        r#"{ host = "b.example", methods = ["GET"] }"#,
        r#"{ host = "b.example", path = "/x", methods = ["POST"] }"#,
        r#"{ host = "b.example", path = "/z", methods = ["DELETE"] }"#,
    ];
    assert_eq!(shown, expected);
}

fn passes(rules: &[Rule], refused: &[(Method, Url)]) -> bool {
    let rules = Rules::new(None, rules).unwrap();
    refused.iter().all(|(method, url)| rules.decide(method, url).is_ok())
}

fn some_request() -> impl Strategy<Value = (Method, Url)> {
    let method = prop::sample::select(vec![Method::GET, Method::POST]);
    let host =
        prop::sample::select(vec!["a.b", "c.a.b", "127.0.0.1", "[::ffff:10.0.0.1]", "a.b:8443", "[2002:a00:1::]"]);
    let path = prop::sample::select(vec!["", "a", "a/b", "a*", "ab", "*", "**", "a**c", "%2f", "a//b", "*/**", "x?*"]);
    (method, host, path)
        .prop_map(|(method, host, path)| (method, Url::parse(&format!("https://{host}/{path}")).unwrap()))
}

proptest! {
    #[test]
    fn the_smallest_grant_passes_and_needs_every_rule(refused in prop::collection::vec(some_request(), 1..10)) {
        let rules = smallest(&refused);
        prop_assert!(passes(&rules, &refused));
        let mut turned = refused.clone();
        turned.reverse();
        prop_assert_eq!(&rules, &smallest(&turned));
        for left_out in 0..rules.len() {
            let mut fewer = rules.clone();
            fewer.remove(left_out);
            prop_assert!(!passes(&fewer, &refused), "without {}", rules[left_out]);
        }
    }
}
