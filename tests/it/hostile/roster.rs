//! The list of guests in their manifest against the table of tests, compared while the tests are compiled.

/// The manifest with an `[[example]]` for each guest.
pub(super) const MANIFEST: &str = include_str!("../../guests/hostile/Cargo.toml");

/// Fails to compile unless these are exactly the guests of the manifest. That none is named twice is certain already:
/// each has a function of its name.
macro_rules! complete {
    ($($guest:ident)*) => {
        $(const _: () = assert!(
            $crate::hostile::roster::count(concat!("[[example]]\nname = \"", stringify!($guest), "\"\n")) == 1,
            concat!("the manifest of the hostile guests has no example ", stringify!($guest)),
        );)*
        const _: () = assert!(
            $crate::hostile::roster::count("[[example]]") == [$(stringify!($guest)),*].len(),
            "a hostile guest has no test: add a row to the table",
        );
    };
}
pub(super) use complete;

/// How often a text occurs in the manifest.
pub(super) const fn count(text: &str) -> usize {
    let (manifest, text) = (MANIFEST.as_bytes(), text.as_bytes());
    let (mut at, mut found) = (0, 0);
    while at + text.len() <= manifest.len() {
        found += occurs(manifest, at, text) as usize;
        at += 1;
    }
    found
}

const fn occurs(manifest: &[u8], at: usize, text: &[u8]) -> bool {
    let mut offset = 0;
    while offset < text.len() && manifest[at + offset] == text[offset] {
        offset += 1;
    }
    offset == text.len()
}
