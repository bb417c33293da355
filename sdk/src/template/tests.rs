use super::*;

const fn plain(name: &'static str) -> Variable {
    Variable { name, explode: false, most: usize::MAX }
}

const fn list(name: &'static str) -> Variable {
    Variable { explode: true, ..plain(name) }
}

fn shown(parts: &[Part], uri: &str) -> Option<String> {
    let Variables(found) = variables(parts, uri)?;
    let shown = found.into_iter().map(|(name, given)| match given {
        Given::One(text) => format!("{name}={text}"),
        Given::Many(texts) => format!("{name}=[{}]", texts.join("|")),
    });
    Some(shown.collect::<Vec<_>>().join(" "))
}

#[test]
fn each_operator_is_taken_back() {
    const A: &[Variable] = &[plain("a")];
    const AB: &[Variable] = &[plain("a"), plain("b")];
    const LIST: &[Variable] = &[list("l")];
    const SHORT: &[Variable] = &[Variable { most: 2, ..plain("a") }];
    let cases: &[(char, &[Variable], &str, Option<&str>)] = &[
        (' ', A, "x", Some("a=x")),
        (' ', A, "a%20b%C3%A4", Some("a=a bä")),
        (' ', A, "a/b", None),
        (' ', A, "1,2", Some("a=[1|2]")),
        (' ', A, "", Some("a=")),
        (' ', A, "%zz", None),
        (' ', A, "%ff", None),
        (' ', A, "%4", None),
        (' ', SHORT, "xy", Some("a=xy")),
        (' ', SHORT, "xyz", None),
        (' ', AB, "1,2", Some("a=1 b=2")),
        ('+', A, "a/b,c?d", Some("a=a/b,c?d")),
        ('#', A, "#top", Some("a=top")),
        ('#', A, "", Some("")),
        ('.', A, ".tar.gz", Some("a=tar.gz")),
        ('/', A, "/x", Some("a=x")),
        ('/', A, "/x/y", None),
        ('/', AB, "/x/y", Some("a=x b=y")),
        ('/', LIST, "/x/y/z", Some("l=[x|y|z]")),
        (';', AB, ";a=1;b=2", Some("a=1 b=2")),
        (';', AB, ";b", Some("b=")),
        ('?', AB, "?a=1&b=2", Some("a=1 b=2")),
        ('?', AB, "?b=2", Some("b=2")),
        ('?', AB, "", Some("")),
        ('?', AB, "?c=2", None),
        ('?', LIST, "?l=1&l=2", Some("l=[1|2]")),
        ('&', A, "&a=1", Some("a=1")),
    ];
    for (operator, variables, tail, expected) in cases {
        let parts = [Part::Literal("n://x"), Part::Expression(*operator, variables)];
        let found = shown(&parts, &format!("n://x{tail}"));
        assert_eq!(found.as_deref(), *expected, "{operator:?} {tail}");
    }
}

#[test]
fn literals_stand_between() {
    const PARTS: &[Part] = &[
        Part::Literal("n://"),
        Part::Expression(' ', &[plain("id")]),
        Part::Literal("/data-"),
        Part::Expression(' ', &[plain("x")]),
    ];
    assert_eq!(shown(PARTS, "n://7/data-y").as_deref(), Some("id=7 x=y"));
    for none in ["n://7/data", "m://7/data-y", "n://7/data-y/z", "n://7/8/data-y", ""] {
        assert_eq!(shown(PARTS, none), None, "{none}");
    }
}

#[test]
fn a_uri_made_to_be_slow_is_given_up() {
    const V: Part = Part::Expression(' ', &[plain("v")]);
    let parts = [V, V, V, V, V, V, V, V, Part::Literal("!")];
    assert_eq!(shown(&parts, &"a".repeat(4_000)), None);
}
