//! Requests as attackers send them, and who refuses them.

use proptest::prelude::*;

use super::*;

fn rule(host: &str, path: &str, methods: &[&str]) -> Rule {
    let methods = methods.iter().map(|method| (*method).to_owned()).collect();
    Rule { path: path.into(), methods, ..Rule::from(Want::of(host)) }
}

fn rules(rules: &[Rule]) -> Rules {
    Rules::new(None, rules).unwrap()
}

/// Which rule allows it, or who refuses.
fn decide(rules: &Rules, method: &str, url: &str) -> Result<usize, By> {
    let url = Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    let decision = rules.decide(&Method::from_bytes(method.as_bytes()).unwrap(), &url);
    decision.map(|matched| matched.index).map_err(|refused| refused.by)
}

#[test]
fn a_host_that_only_looks_like_a_granted_one_is_refused() {
    let rules = rules(&[
        rule("example.com", "/**", &["GET"]),
        rule("*.example.org", "/**", &["GET"]),
        rule("1.1.1.1", "/**", &["GET"]),
        rule("käse.example", "/**", &["GET"]),
        rule("2606:4700:4700::1111", "/**", &["GET"]),
    ]);
    let no = Err(By::Operator);
    let malformed = Err(By::Malformed);
    let cases = [
        ("https://example.com/", Ok(0)),
        ("https://EXAMPLE.com/", Ok(0)),
        ("https://example.com:443/", Ok(0)),
        ("https://exam%70le.com/", Ok(0)),
        ("https://ex\u{ad}ample.com/", Ok(0)),
        ("https://ｅxample.com/", Ok(0)),
        ("https://example。com/", Ok(0)),
        ("https:/example.com", Ok(0)),
        ("https:\\\\example.com\\x", Ok(0)),
        ("https://example.com\\@evil.org/", Ok(0)),
        ("https://example.com#@evil.org/", Ok(0)),
        ("https://example.com?@evil.org/", Ok(0)),
        ("https://example.com./", malformed),
        ("https://example.com../", malformed),
        ("https://.example.com/", malformed),
        ("https://a..example.org/", malformed),
        ("https://example.com.evil.org/", no),
        ("https://evilexample.com/", no),
        ("https://example.com.au/", no),
        ("https://example.co/", no),
        ("https://a.example.com/", no),
        ("https://еxample.com/", no),
        ("https://xn--xample-2of.com/", no),
        ("https://example.com@evil.org/", malformed),
        ("https://user:pass@example.com/", malformed),
        ("https://:pass@example.com/", malformed),
        ("https://@example.com/", Ok(0)),
        ("https://evil.org/example.com", no),
        ("https://evil.org/?https://example.com", no),
        ("http://example.com/", no),
        ("http://example.com:443/", no),
        ("https://example.com:80/", no),
        ("https://example.com:8443/", no),
        ("https://example.com:0/", malformed),
        ("ftp://example.com/", malformed),
        ("ws://example.com/", malformed),
        ("file:///etc/passwd", malformed),
        ("data:text/plain,x", malformed),
        ("unix:/run/docker.sock", malformed),
        // Below a name, and not itself.
        ("https://a.example.org/", Ok(1)),
        ("https://b.a.example.org/", Ok(1)),
        ("https://example.org/", no),
        ("https://evilexample.org/", no),
        ("https://a.example.org.evil.org/", no),
        ("https://*.example.org/", malformed),
        // Addresses, in every way to write them.
        ("https://1.1.1.1/", Ok(2)),
        ("https://0x1010101/", Ok(2)),
        ("https://16843009/", Ok(2)),
        ("https://01.01.01.01/", Ok(2)),
        ("https://1.1/", no),
        ("https://1.1.257/", Ok(2)),
        ("https://[::ffff:1.1.1.1]/", no),
        ("https://0x7f.1/", no),
        ("https://2130706433/", no),
        ("https://0177.0.0.1/", no),
        ("https://127.1/", no),
        ("https://[::ffff:127.0.0.1]/", no),
        ("https://[::1]/", no),
        ("https://[2606:4700:4700:0:0:0:0:1111]/", Ok(4)),
        // Names beyond ASCII.
        ("https://käse.example/", Ok(3)),
        ("https://KÄSE.example/", Ok(3)),
        ("https://xn--kse-qla.example/", Ok(3)),
        ("https://k%C3%A4se.example/", Ok(3)),
        ("https://kase.example/", no),
    ];
    for (url, expected) in cases {
        assert_eq!(decide(&rules, "GET", url), expected, "{url}");
    }
}

#[test]
fn what_is_no_url_never_comes_to_the_rules() {
    let cases = [
        "https://[fe80::1%25eth0]/",
        "https://[::1",
        "https://exa mple.com/",
        "https://example.com%2eevil.org%2f/",
        "https://example.com%00.evil.org/",
        "https://1.2.3.4.5/",
        "https://256.1.1.1/",
        "https://example.com:65536/",
        "https://",
        "https://xn--/",
    ];
    for url in cases {
        assert!(Url::parse(url).is_err(), "{url}");
    }
}

#[test]
fn a_star_is_every_name_and_no_address() {
    let rules = rules(&[rule("*", "/**", &["GET"])]);
    let cases = [
        ("https://example.com/", Ok(0)),
        ("https://localhost/", Ok(0)),
        ("https://1.1.1.1/", Err(By::Operator)),
        ("https://0x7f.1/", Err(By::Operator)),
        ("https://[::1]/", Err(By::Operator)),
        ("https://example.com./", Err(By::Malformed)),
        ("https://exa\"mple.com/", Err(By::Malformed)),
    ];
    for (url, expected) in cases {
        assert_eq!(decide(&rules, "GET", url), expected, "{url}");
    }
}

#[test]
fn a_path_that_readers_disagree_about_needs_a_rule_for_all_paths() {
    let rules = rules(&[
        rule("some.example", "/v1/**", &["GET"]),
        rule("some.example", "/**/deep", &["GET"]),
        rule("all.example", "/**", &["GET"]),
    ]);
    let cases = [
        ("/v1/a", true),
        ("/v1", true),
        ("/v1/a?x=/../admin", true),
        ("/v1/a?%2e%2e%2f", true),
        ("/v1/a#/../admin", true),
        ("/v1/a;b=c", false),
        ("/admin", false),
        ("/v1/../admin", false),
        ("/v1/%2e%2e/admin", false),
        ("/v1/.%2E/admin", false),
        ("/v1/..\\admin", false),
        ("/v1\\..\\admin", false),
        ("/v1/..%2fadmin", false),
        ("/v1/%2F/admin", false),
        ("/v1/%5c..%5cadmin", false),
        ("/v1/%252e%252e/admin", false),
        ("/v1/%25%32%65", false),
        ("/v1//admin", false),
        ("//v1/a", false),
        ("/v1/..;/admin", false),
        ("/v1/%00", false),
        ("/v1/%0d%0a", false),
        ("/v1/%c0%ae/deep", false),
        ("/V1/a", false),
        ("/v1a", false),
    ];
    for (path, expected) in cases {
        let decision = decide(&rules, "GET", &format!("https://some.example{path}"));
        assert_eq!(decision.is_ok(), expected, "{path}: {decision:?}");
        assert_eq!(decide(&rules, "GET", &format!("https://all.example{path}")), Ok(2), "{path}");
    }
}

#[test]
fn a_method_is_granted_as_it_is_spelt_and_tunnels_never_are() {
    let rules = rules(&[rule("a.example", "/**", &["GET", "POST", "PURGE"]), rule("all.example", "/**", &["*"])]);
    let cases = [
        ("GET", "https://a.example/", Ok(0)),
        ("PURGE", "https://a.example/", Ok(0)),
        ("get", "https://a.example/", Err(By::Operator)),
        ("HEAD", "https://a.example/", Err(By::Operator)),
        ("DELETE", "https://all.example/", Ok(1)),
        ("WHATEVER", "https://all.example/", Ok(1)),
        ("CONNECT", "https://all.example/", Err(By::Malformed)),
        ("connect", "https://all.example/", Err(By::Malformed)),
        ("TRACE", "https://all.example/", Err(By::Malformed)),
        ("Trace", "https://all.example/", Err(By::Malformed)),
        ("TRACK", "https://all.example/", Err(By::Malformed)),
    ];
    for (method, url, expected) in cases {
        assert_eq!(decide(&rules, method, url), expected, "{method} {url}");
    }
}

#[test]
fn the_first_rule_that_matches_counts_wherever_its_host_is_kept() {
    let rules = rules(&[
        rule("*.example.com", "/v1/**", &["GET"]),
        rule("a.example.com", "/**", &["GET"]),
        rule("*", "/v2/**", &["*"]),
        rule("*.b.example.com", "/**", &["GET", "POST"]),
        rule("a.example.com", "/v3/*", &["POST"]),
        rule("a.example.com", "/v3/x", &["POST"]),
    ]);
    let cases = [
        ("GET", "https://a.example.com/v1/x", Ok(0)),
        ("GET", "https://a.example.com/v2/x", Ok(1)),
        ("POST", "https://a.example.com/v2/x", Ok(2)),
        ("POST", "https://a.b.example.com/v2/x", Ok(2)),
        ("POST", "https://a.b.example.com/v3/x", Ok(3)),
        ("GET", "https://a.b.example.com/v1/x", Ok(0)),
        ("POST", "https://a.example.com/v3/x", Ok(4)),
        ("POST", "https://a.example.com/v4/x", Err(By::Operator)),
    ];
    for (method, url, expected) in cases {
        assert_eq!(decide(&rules, method, url), expected, "{method} {url}");
    }
}

#[test]
fn not_asked_comes_before_not_granted_and_both_before_read_only() {
    let want = Want { methods: vec!["GET".into(), "POST".into()], ..Want::of("asked.example") };
    let asked = Some(std::slice::from_ref(&want));
    let granted = [rule("asked.example", "/v1/**", &["GET", "POST"]), rule("other.example", "/**", &["*"])];
    let cases = [
        (asked, "GET", "https://asked.example/v1/a", Ok(0)),
        (asked, "GET", "https://asked.example/v2/a", Err(By::Operator)),
        (asked, "POST", "https://asked.example/v1/a", Err(By::ReadOnly)),
        (asked, "PUT", "https://asked.example/v1/a", Err(By::Plugin)),
        (asked, "GET", "https://other.example/", Err(By::Plugin)),
        (Some(&[][..]), "GET", "https://other.example/", Err(By::Plugin)),
        (None, "GET", "https://other.example/", Ok(1)),
        (None, "HEAD", "https://other.example/", Ok(1)),
        (None, "OPTIONS", "https://other.example/", Err(By::ReadOnly)),
        (None, "get", "https://other.example/", Err(By::ReadOnly)),
    ];
    for (asked, method, url, expected) in cases {
        let rules = Rules::new(asked, &granted).unwrap().read_only(true);
        assert_eq!(decide(&rules, method, url), expected, "{method} {url}");
    }
}

#[test]
fn a_refusal_names_what_differs_and_the_entry_that_would_allow_it() {
    let rules = rules(&[
        rule("api.example.com", "/v1/**", &["GET"]),
        rule("api.example.com", "/v1/users/*", &["GET", "HEAD"]),
        rule("*.example.org", "/v1/**", &["GET"]),
    ]);
    let cases = [
        (
            "POST https://api.example.com/v1/a?token=hidden",
            "POST https://api.example.com/v1/a: the nearest rule, http[0], differs in its methods",
            r#"{ host = "api.example.com", path = "/v1/a", methods = ["POST"] }"#,
        ),
        (
            "GET https://api.example.com/v2/a",
            "the nearest rule, http[0], differs in its path",
            r#"{ host = "api.example.com", path = "/v2/a", methods = ["GET"] }"#,
        ),
        (
            "GET http://api.example.com:8080/v1/users/5",
            "the nearest rule, http[0], differs in its scheme and port",
            r#"{ scheme = "http", host = "api.example.com", port = 8080, path = "/v1/users/5", methods = ["GET"] }"#,
        ),
        (
            "GET https://api.example.com/v1%2fa",
            "differs in its path (it has an encoded slash or backslash, so that only `/**` allows it)",
            r#"{ host = "api.example.com", methods = ["GET"] }"#,
        ),
        ("GET https://evil.example/", "no rule is for this host", r#"{ host = "evil.example", path = "/", methods"#),
        ("GET https://a.example.org/", "the nearest rule, http[2], differs in its path", r#"{ host = "a.example.org""#),
        ("GET https://1.1.1.1/", "no rule is for this host", r#"{ host = "1.1.1.1", path = "/""#),
    ];
    for (request, why, entry) in cases {
        let (method, url) = request.split_once(' ').unwrap();
        let refused = rules.decide(&method.parse().unwrap(), &Url::parse(url).unwrap()).unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
        assert!(
            refused.hint().ends_with(&format!("grants: {entry}")) || refused.hint().contains(entry),
            "{}",
            refused.hint()
        );
        assert!(!format!("{refused:?}").contains("hidden"));
    }
}

#[test]
fn the_entry_of_a_refusal_allows_it_and_nothing_else_is_needed() {
    #[derive(serde::Deserialize)]
    struct Table {
        http: Vec<Rule>,
    }
    let cases = [
        "POST https://api.example.com/v1/a",
        "GET http://api.example.com:8080/",
        "GET https://api.example.com/v1%2fa",
        "GET https://api.example.com/a**b/*",
        "PUT https://[2606:4700:4700::1111]/x%22y",
        "M-SEARCH https://käse.example/ä/'%7B",
    ];
    for request in cases {
        let (method, url) = request.split_once(' ').unwrap();
        let (method, url) = (method.parse().unwrap(), Url::parse(url).unwrap());
        let refused = rules(&[]).decide(&method, &url).unwrap_err();
        let (_, entry) = refused.hint().split_once(": ").unwrap();
        let table: Table = toml::from_str(&format!("http = [{entry}]")).unwrap();
        assert!(rules(&table.http).decide(&method, &url).is_ok(), "{entry}");
    }
    let asked = Rules::new(Some(&[]), &[]).unwrap();
    let refused = asked.decide(&Method::POST, &Url::parse("https://a.example/x").unwrap()).unwrap_err();
    assert!(refused.hint().ends_with(r#"{"host":"a.example","path":"/x","methods":["POST"]}"#), "{}", refused.hint());
}

#[test]
fn a_url_beyond_the_bound_is_refused_without_being_shown() {
    let rules = rules(&[rule("*", "/**", &["*"])]);
    for rest in [format!("?{}", "x".repeat(9_000)), "/x".repeat(300)] {
        let url = Url::parse(&format!("https://a.example{rest}")).unwrap();
        let refused = rules.decide(&Method::GET, &url).unwrap_err();
        assert_eq!(refused.by, By::Bound);
        assert!(refused.to_string().len() < 200);
    }
}

#[test]
fn a_header_that_makes_another_request_of_it_needs_the_same_rule() {
    let rules = rules(&[
        rule("a.example", "/v1/**", &["GET", "POST"]),
        rule("a.example", "/**", &["GET", "DELETE"]),
        rule("all.example", "/**", &["*"]),
    ]);
    let operator = Some(By::Operator);
    let cases = [
        ("https://a.example/v1/x", "accept", "text/html", None),
        ("https://a.example/v1/x", "x-http-method-override", "POST", None),
        ("https://a.example/v1/x", "x-http-method-override", "post", None),
        ("https://a.example/v1/x", "X-HTTP-Method-Override", "DELETE", operator),
        ("https://a.example/v1/x", "x-method-override", "delete", operator),
        ("https://a.example/v1/x", "x-http-method", "PUT", operator),
        ("https://a.example/v1/x", "x_http_method_override", "PUT", operator),
        ("https://a.example/v1/x", "x-http-method", "GET, PUT", operator),
        ("https://a.example/v1/x", "x-http-method", "TRACE", Some(By::Malformed)),
        ("https://a.example/v1/x", "x-http-method", "", Some(By::Malformed)),
        ("https://a.example/v1/x", "x-http-method", "P T", Some(By::Malformed)),
        ("https://all.example/v1/x", "x-http-method", "PUT", None),
        ("https://all.example/v1/x", "x-http-method", "CONNECT", Some(By::Malformed)),
        ("https://a.example/v1/x", "x-original-url", "/admin", operator),
        ("https://a.example/v1/x", "x-rewrite-url", "/admin", operator),
        ("https://a.example/v2/x", "x-original-url", "/admin", None),
    ];
    for (url, name, value, expected) in cases {
        let url = Url::parse(url).unwrap();
        let matched = rules.decide(&Method::GET, &url).unwrap();
        let mut headers = HeaderMap::new();
        headers.append("x-first", "1".parse().unwrap());
        headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        let refused = rules.check_overrides(matched, &url, &headers).err().map(|refused| refused.by);
        assert_eq!(refused, expected, "{url} {name}: {value}");
    }
    let reading = Rules::new(None, &[rule("a.example", "/**", &["*"])]).unwrap().read_only(true);
    let url = Url::parse("https://a.example/").unwrap();
    let headers = HeaderMap::from_iter([(HeaderName::from_static("x-http-method"), "DELETE".parse().unwrap())]);
    let matched = reading.decide(&Method::GET, &url).unwrap();
    assert_eq!(reading.check_overrides(matched, &url, &headers).unwrap_err().by, By::ReadOnly);
}

fn some_rule() -> impl Strategy<Value = Rule> {
    let hosts = prop::sample::select(vec!["*", "*.b", "*.a.b", "a.b", "b", "1.1.1.1"]);
    let segment = prop::sample::select(vec!["a", "b", "*", "**", "a*", "*b", "a*b"]);
    let path = prop::collection::vec(segment, 0..4).prop_map(|segments| format!("/{}", segments.join("/")));
    let methods = prop::sample::subsequence(vec!["GET", "POST"], 1..=2);
    (hosts, path, methods, any::<bool>())
        .prop_map(|(host, path, methods, all)| rule(host, &path, if all { &["*"] } else { &methods }))
}

fn some_url() -> impl Strategy<Value = Url> {
    let host = prop::sample::select(vec!["a.b", "b", "c.a.b", "c.b", "xa.b", "1.1.1.1", "x"]);
    let segment = prop::sample::select(vec!["", "a", "b", "ab", "axb", "x", "%2f", "..;", "*", "**"]);
    (host, prop::collection::vec(segment, 0..5))
        .prop_map(|(host, segments)| Url::parse(&format!("https://{host}/{}", segments.join("/"))).unwrap())
}

proptest! {
    #[test]
    fn no_text_that_is_a_url_makes_it_panic(text in ".*", tail in "[/%;.\\\\a-f0-9*:@\\[\\]]*") {
        let rules = rules(&[rule("*", "/a/*/**", &["GET"]), rule("*.com", "/a*b/**/c", &["*"])]);
        for text in [text.clone(), format!("https://{text}"), format!("https://a.com/{text}"), format!("https://a.com/{tail}")] {
            if let Ok(url) = Url::parse(&text) {
                let decision = rules.decide(&Method::GET, &url);
                prop_assert!(decision.is_ok() || !decision.unwrap_err().to_string().contains('\n'));
            }
        }
    }

    #[test]
    fn the_index_finds_what_a_look_at_every_rule_finds(all in prop::collection::vec(some_rule(), 0..12), url in some_url()) {
        let index = rules(&all);
        for method in [Method::GET, Method::POST, Method::PUT] {
            let request = Request::new(&method, &url).unwrap();
            let expected = index.granted.patterns().iter().position(|pattern| pattern.differences(&request).is_empty());
            prop_assert_eq!(index.granted.find(&request).hit, expected);
        }
    }

    #[test]
    fn whoever_covers_another_matches_all_of_its_requests(one in some_rule(), other in some_rule(), url in some_url()) {
        if crate::capability::http::analysis::covers(&one, &other) {
            for method in [Method::GET, Method::POST, Method::PUT] {
                let (one, other) = (rules(std::slice::from_ref(&one)), rules(std::slice::from_ref(&other)));
                prop_assert!(other.decide(&method, &url).is_err() || one.decide(&method, &url).is_ok());
            }
        }
    }
}

/// How long it takes, with a thousand rules: measured, not judged, since the machine may be busy.
#[test]
#[ignore = "measures; run it by name, with --release and --nocapture"]
fn a_decision_among_a_thousand_rules() {
    const RULES: usize = 1_000;
    const TIMES: usize = 10_000;
    let many = |entry: &dyn Fn(usize) -> Rule| (0..RULES).map(entry).collect::<Vec<Rule>>();
    let hosts = many(&|n| rule(&format!("api{n}.example.com"), "/v1/**", &["GET"]));
    let below = many(&|n| rule(&format!("*.z{n}.example.com"), "/v1/**", &["GET"]));
    let paths = many(&|n| rule("a.example", &format!("/v1/things{n}/*/parts"), &["GET"]));
    let prefixes = many(&|n| rule("a.example", &format!("/v1/t{n}-*/parts"), &["GET"]));
    let suffixes = many(&|n| rule("a.example", &format!("/v1/*-t{n}/parts"), &["GET"]));
    let middles = many(&|n| rule("a.example", &format!("/v1/**/t{n}/**/parts"), &["GET"]));
    let same =
        many(&|n| Rule { port: u16::try_from(n + 1).unwrap().try_into().ok(), ..rule("a.example", "/x", &["GET"]) });
    let deep = format!("https://a.example/v1{}/x", "/t1/t2".repeat(120));
    let many_at_once = format!("https://a.example/v1{}/x", (0..250).map(|n| format!("/t{n}")).collect::<String>());
    let labels = format!("https://{}z9.example.com/v2", "a.".repeat(110));
    let cases: [(&str, &[Rule], &str); 16] = [
        ("hosts, hit", &hosts, "https://api999.example.com/v1/things/5?x=1"),
        ("hosts, other path", &hosts, "https://api999.example.com/v2/things/5"),
        ("hosts, other host", &hosts, "https://evil.example.org/v1/things/5"),
        ("names below, hit", &below, "https://a.z999.example.com/v1/x"),
        ("names below, miss", &below, "https://a.b.example.com/v1/x"),
        ("names below, 110 labels", &below, &labels),
        ("one host, hit", &paths, "https://a.example/v1/things999/5/parts"),
        ("one host, miss", &paths, "https://a.example/v1/things999/5/other"),
        ("one host, encoded slash", &paths, "https://a.example/v1/things999/5%2fparts"),
        ("prefixes, hit", &prefixes, "https://a.example/v1/t999-x/parts"),
        ("suffixes, hit", &suffixes, "https://a.example/v1/x-t999/parts"),
        ("suffixes, miss", &suffixes, "https://a.example/v1/x-t9999/parts"),
        ("double stars, hit", &middles, "https://a.example/v1/a/t999/b/parts"),
        ("double stars, 242 segments", &middles, &deep),
        ("double stars, 250 at once", &middles, &many_at_once),
        ("same place, other port", &same, "https://a.example:2000/x"),
    ];
    for (name, granted, url) in cases {
        let asked: Vec<Want> = granted.iter().map(Want::from).collect();
        let rules = Rules::new(Some(&asked), granted).unwrap();
        let url = Url::parse(url).unwrap();
        let mut times: Vec<u128> = (0..TIMES)
            .map(|_| {
                let begun = std::time::Instant::now();
                std::hint::black_box(rules.decide(&Method::GET, std::hint::black_box(&url))).ok();
                begun.elapsed().as_nanos()
            })
            .collect();
        times.sort_unstable();
        println!("{name:28} p50 {:>6} ns, p99 {:>6} ns", times[TIMES / 2], times[TIMES / 100 * 99]);
    }
}
