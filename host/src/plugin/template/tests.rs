use proptest::prelude::*;

use super::*;

fn template(text: &str) -> UriTemplate {
    UriTemplate::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

#[test]
fn a_uri_belongs_to_the_family_that_it_was_made_from() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("a:b", &["a:b"], &["a:", "a:bc", "xa:b", "a:b\n", "A:b"]),
        // Level 1.
        (
            "test://template/{id}/data",
            &[
                "test://template/123/data",
                "test://template/a%2Fb/data",
                "test://template/me@x:1/data",
                "test://template/ä/data",
                "test://template//data",
            ],
            &[
                "test://template/1/2/data",
                "test://template/1/data/",
                "test://template/1?x/data",
                "test://template/1#/data",
                "test://template/1 2/data",
            ],
        ),
        ("a:{x}.{y}", &["a:1.2", "a:1.2.3", "a:."], &["a:1", "a:/.x"]),
        // Level 2.
        ("file:///{+path}", &["file:///a/b?c#d", "file:///"], &["file://a", "file:///a b"]),
        ("a:x{#part}", &["a:x", "a:x#", "a:x#a/b?c"], &["a:xy", "a:x/#y"]),
        // Level 3.
        ("a:{x,y}", &["a:1,2", "a:1", "a:"], &["a:1/2"]),
        ("a:x{.y,z}", &["a:x", "a:x.1", "a:x.1.2"], &["a:x1", "a:x.1/2"]),
        ("a:{/x,y}", &["a:", "a:/1", "a:/1/2", "a://"], &["a:/1/2/3", "a:1"]),
        ("a:x{;y,z}", &["a:x", "a:x;y=1", "a:x;y;z=2", "a:x;z="], &["a:x;w=1", "a:xy", "a:x;yy=1"]),
        ("a:x{?q,n}", &["a:x", "a:x?q=1", "a:x?n=2&q=a/b?c", "a:x?q="], &["a:x?", "a:x?w=1", "a:x&q=1", "a:x?q=1#y"]),
        ("a:x?fix=1{&q}", &["a:x?fix=1", "a:x?fix=1&q=2"], &["a:x?fix=1q=2", "a:x?fix=1&w=2"]),
        // Level 4.
        ("a:{x:3}", &["a:", "a:abc", "a:%C3%A4bc", "a:äöü"], &["a:abcd", "a:äöüß", "a:a/b"]),
        ("a:{/x:2,y}", &["a:/ab/abc", "a:/ab"], &["a:/a/b/c"]),
        ("a:{x:9999}", &["a:", "a:abc"], &["a:/"]),
        ("a:{/x*}", &["a:", "a:/1/2/3", "a:/k=v"], &["a:1", "a:/1?"]),
        ("a:x{?x*}", &["a:x", "a:x?k=v&l=w", "a:x?x=1&x=2"], &["a:x#", "a:xy"]),
        // Beyond ASCII, and what patterns are made of.
        ("a:ä{x}", &["a:ä1", "a:%C3%A41", "a:%c3%a41"], &["a:a1", "a:Ä1"]),
        ("a:(.*)[0]+{x}$", &["a:(.*)[0]+1$"], &["a:0", "a:(x)[0]+1$"]),
    ];
    for (text, belong, others) in cases {
        let template = template(text);
        assert_eq!(template.source(), *text);
        belong.iter().for_each(|uri| assert!(template.matches(uri), "{text} should match {uri}"));
        others.iter().for_each(|uri| assert!(!template.matches(uri), "{text} should not match {uri}"));
    }
}

#[test]
fn what_is_no_template_is_refused_with_a_reason() {
    let many = format!("a:{{{}}}", vec!["x"; VARIABLES + 1].join(","));
    let giant = format!("a:{}", "x".repeat(limits::URI_BYTES));
    let long: Vec<String> = (0..VARIABLES).map(|number| format!("x{number}:{PREFIX_COUNTED}")).collect();
    let complex = format!("a:{{?{}}}", long.join(","));
    let cases = [
        ("", "begins with a scheme"),
        ("notes", "begins with a scheme"),
        ("{scheme}://x", "begins with a scheme"),
        ("no{x}tes://x", "begins with a scheme"),
        ("1a:{x}", "begins with a scheme"),
        ("ä:{x}", "begins with a scheme"),
        ("a:{x", "never closed"),
        ("a:x}", "'}' has no place"),
        ("a:{{x}}", "no name of a variable"),
        ("a:{}", "no name of a variable"),
        ("a:{+}", "no name of a variable"),
        ("a:{++x}", "no name of a variable"),
        ("a:{x,}", "no name of a variable"),
        ("a:{x y}", "no name of a variable"),
        ("a:{=x}", "no name of a variable"),
        ("a:{|x}", "no name of a variable"),
        ("a:{x*:3}", "no name of a variable"),
        ("a:{x:3*}", "no name of a variable"),
        ("a:{x:}", "1 to 9999"),
        ("a:{x:0}", "1 to 9999"),
        ("a:{x:10000}", "1 to 9999"),
        ("a:{x:03}", "1 to 9999"),
        ("a:{x:99999}", "1 to 9999"),
        ("a:{ä}", "no name of a variable"),
        ("a:{x..y}", "no name of a variable"),
        ("a:{.x.}", "no name of a variable"),
        ("a:{%4}", "no name of a variable"),
        ("a:{x:+3}", "1 to 9999"),
        ("a:%zz", "hexadecimal"),
        ("a:%aä", "hexadecimal"),
        ("a:%", "hexadecimal"),
        ("a:<x>", "'<' has no place"),
        ("a: x", "' ' has no place"),
        ("a:\u{3000}", "has no place"),
        (&many, "33 variables"),
        (&giant, "8192 bytes"),
        (&complex, "too complex"),
    ];
    for (text, expected) in cases {
        match UriTemplate::parse(text) {
            Ok(_) => panic!("{text} should be refused"),
            Err(problem) => assert!(problem.contains(expected), "{text}: {problem} should contain {expected}"),
        }
    }
}

#[test]
fn no_uri_makes_matching_slow_or_fail() {
    let greedy = template("a:{+a}{+b}{+c}{+d}{+e}{+f}{+g}{+h}!");
    let uri = format!("a:{}", "x".repeat(limits::URI_BYTES - 2));
    // By backtracking, this would not end.
    assert!(!greedy.matches(&uri));
    assert!(greedy.matches(&format!("a:{}!", "x".repeat(1_000))));
    assert!(!template("a:{+x}").matches(&format!("{uri}x")), "a longer one is none");
}

/// What RFC 6570, 3.2, makes of a template whose variables are `a`, `b` and `c`, with texts as values.
fn expand(text: &str, values: &[Option<String>]) -> String {
    let mut expanded = String::new();
    for part in parts(text).unwrap() {
        match part {
            Part::Literal(literal) => expanded += &encoded(literal, true),
            Part::Expression(expression) => expanded += &expand_expression(&expression, values),
        }
    }
    expanded
}

fn expand_expression(expression: &Expression<'_>, values: &[Option<String>]) -> String {
    let (first, separator, named, if_empty, reserved) = match expression.operator {
        None => ("", ",", false, "", false),
        Some('+') => ("", ",", false, "", true),
        Some('#') => ("#", ",", false, "", true),
        Some('.') => (".", ".", false, "", false),
        Some('/') => ("/", "/", false, "", false),
        Some(';') => (";", ";", true, "", false),
        Some('?') => ("?", "&", true, "=", false),
        Some(_) => ("&", "&", true, "=", false),
    };
    let one = |variable: &Variable<'_>| {
        let place = usize::from(variable.name.as_bytes()[0] - b'a');
        let value = values[place].as_ref()?;
        let value: String = value.chars().take(variable.prefix.map_or(usize::MAX, usize::from)).collect();
        let value = encoded(&value, reserved);
        Some(match (named, value.is_empty()) {
            (false, _) => value,
            (true, true) => format!("{}{if_empty}", variable.name),
            (true, false) => format!("{}={value}", variable.name),
        })
    };
    let defined: Vec<String> = expression.variables.iter().filter_map(one).collect();
    if defined.is_empty() { String::new() } else { format!("{first}{}", defined.join(separator)) }
}

fn encoded(text: &str, reserved: bool) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || reserved && b":/?#[]@!$&'()*+,;=".contains(&byte)
        {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    encoded
}

fn expression() -> impl Strategy<Value = String> {
    let variable = (
        "[a-c]",
        prop_oneof![
            Just(String::new()),
            Just("*".into()),
            (1..6u16).prop_map(|most| format!(":{most}")),
            Just(":9999".into())
        ],
    );
    let variables = prop::collection::vec(variable.prop_map(|(name, modifier)| name + &modifier), 1..4);
    ("[+#./;?&]?", variables).prop_map(|(operator, variables)| format!("{{{operator}{}}}", variables.join(",")))
}

proptest! {
    // Each case compiles a pattern.
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_template_expands_to_belongs_to_it(
        pieces in prop::collection::vec((expression(), "[a-zä/.?&;=]{0,3}"), 0..4),
        values in prop::collection::vec(prop::option::of("[a-zA-Z0-9 äß€😀/?#&=;,.%~-]{0,8}"), 3),
    ) {
        let text: String = pieces.into_iter().fold("a:".into(), |text, (expression, literal)| text + &expression + &literal);
        let expanded = expand(&text, &values);
        prop_assert!(template(&text).matches(&expanded), "{} -> {}", text, expanded);
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC*", uri in "\\PC*", odd in "a:[{}%ä+*:,a-c0-9/?&;]{0,20}") {
        for text in [text, odd] {
            if let Ok(template) = UriTemplate::parse(&text) {
                let _ = template.matches(&uri);
            }
        }
    }
}
