use super::*;

#[test]
fn a_name_is_written_with_its_lengths() {
    assert_eq!(component_name("echo"), b"\0\x05\x04echo");
    let long = component_name(&"x".repeat(200));
    assert_eq!(long.get(..5), Some([0, 0xca, 0x01, 0xc8, 0x01].as_slice()));
    assert_eq!(long.len(), 205);
}

#[test]
fn licences_are_expressions_that_readers_take() {
    let cases = [
        ("", Ok("")),
        ("Apache-2.0", Ok("Apache-2.0")),
        ("MIT/Apache-2.0", Ok("MIT OR Apache-2.0")),
        ("LicenseRef-Ours", Ok("LicenseRef-Ours")),
        ("Ours", Err("Cargo.toml: `license = \"Ours\"` isn't an SPDX expression")),
        ("MIT AND", Err("Cargo.toml: `license = \"MIT AND\"` isn't an SPDX expression")),
    ];
    check(licence, cases);
}

#[test]
fn addresses_are_of_the_web() {
    let why = "Cargo.toml: `homepage = \"";
    let cases = [
        ("", Ok("")),
        ("https://example.com", Ok("https://example.com")),
        ("http://example.com:80/a?b#c", Ok("http://example.com:80/a?b#c")),
        ("example.com", Err(why)),
        ("https://", Err(why)),
        ("https:///a", Err(why)),
        ("https://1.2.3.999/", Err(why)),
        ("https://exa mple.com/", Err(why)),
        ("file:///etc/passwd", Err(why)),
    ];
    check(|stated| address("homepage", stated.to_owned()), cases);
}

fn check<const N: usize>(read: impl Fn(&str) -> Result<String>, cases: [(&str, std::result::Result<&str, &str>); N]) {
    for (stated, expected) in cases {
        match (read(stated), expected) {
            (Ok(read), Ok(expected)) => assert_eq!(read, expected),
            (Err(error), Err(expected)) => assert!(error.to_string().starts_with(expected), "{stated}: {error}"),
            (read, expected) => panic!("{stated}: {read:?}, expected {expected:?}"),
        }
    }
}
