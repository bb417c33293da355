//! The right word for a misspelt key.

/// How alike two words must be, from 0 to 1, before one is suggested for the other. Lower values suggest nonsense.
const ALIKE: f64 = 0.7;

/// The known word that was probably meant.
pub(super) fn closest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |candidate: &str| strsim::jaro_winkler(word, candidate);
    let best = known.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) >= ALIKE).then_some(best)
}

/// Reads the word and the known words out of serde's message about an unknown field or variant.
pub(super) fn from_message(message: &str) -> Option<&str> {
    let (what, known) = message.split_once(", expected ")?;
    let word = what.strip_prefix("unknown field `").or_else(|| what.strip_prefix("unknown variant `"))?;
    let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    closest(word.trim_end_matches('`'), &known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        let known = ["source", "config", "grants"];
        let cases = [("sorce", Some("source")), ("grant", Some("grants")), ("conf", Some("config")), ("zzz", None)];
        for (word, expected) in cases {
            assert_eq!(closest(word, &known), expected, "{word}");
        }
    }

    #[test]
    fn the_words_are_read_from_what_the_parser_says() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only its errors are of interest")]
        struct Two {
            source: Option<String>,
            grants: Option<String>,
        }
        let error = toml::from_str::<Two>("sources = 'x'").unwrap_err();
        assert_eq!(from_message(error.message()), Some("source"), "{error}");
    }
}
