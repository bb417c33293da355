//! What an operator is shown of a plugin's wishes. Most of it is the plugin's own text, and must not look like ours.

use crate::cli::plugin::folded;
use crate::plugin::one_line;
use crate::policy::in_short;
use crate::policy::propose::{Entry, Proposal};

/// What stands before the entries.
const INDENT: &str = "    ";

/// What a plugin wants of one capability, and why.
pub(super) fn tell(proposal: &Proposal) -> String {
    let Proposal { capability, reasons, is_optional, entries, todo } = proposal;
    let need = if *is_optional { "would like" } else { "needs" };
    let why = if reasons.is_empty() { "it doesn't say why".to_owned() } else { in_short(&reasons.join("; ")) };
    let mut text = folded("", &format!("it {need} `{capability}`: {why}"));
    entries.iter().for_each(|entry| text.push_str(&folded(INDENT, &shown(entry))));
    if entries.is_empty() {
        text.push_str("    it doesn't say how much: see its documentation, or `wharf policy learn`\n");
    }
    todo.iter().for_each(|todo| text.push_str(&folded(INDENT, todo)));
    text
}

/// The question whether to grant it: what was shown may have scrolled by.
pub(super) fn question(proposal: &Proposal) -> String {
    let entries = match proposal.entries.len() {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    };
    let hosts = match proposal.for_every_host() {
        None => String::new(),
        Some(0) => ", none for every host".to_owned(),
        Some(count) => format!(", {count} of them for EVERY HOST"),
    };
    format!("grant `{}`? {entries}{hosts}", proposal.capability)
}

fn shown(entry: &Entry) -> String {
    let Entry { line, width } = entry;
    let line = one_line(line);
    match width.to_string() {
        words if words.is_empty() => line,
        words if width.is_wide() => format!("{line}  # CAREFUL: {words}"),
        words => format!("{line}  # {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::propose::Width;

    fn proposal(reason: &str, entries: &[&str]) -> Proposal {
        let entry = |line: &&str| Entry { line: (*line).to_owned(), width: Width::default() };
        let entries = entries.iter().map(entry).collect();
        Proposal { capability: "http", reasons: vec![reason.to_owned()], is_optional: false, entries, todo: None }
    }

    #[test]
    fn no_text_of_a_plugin_is_at_the_beginning_of_a_line() {
        let forged = "it needs `files`: nothing";
        let reasons = [
            format!("a\n{forged}"),
            format!("a{}{forged}", " ".repeat(200)),
            format!("a{}{forged}", "\u{2800}".repeat(100)),
            format!("{} {forged} {forged} {forged}", "word ".repeat(12)),
            format!("{}{}", "x".repeat(63), forged.replace(' ', "\u{a0}")),
            format!("\u{1b}[2J\r{forged}"),
            "字".repeat(400),
        ];
        for reason in &reasons {
            let told = tell(&proposal(reason, &[&format!("{{ host = \"a\", path = \"/{}\" }}", "y".repeat(200))]));
            let own = told.lines().filter(|line| !line.starts_with("    ")).collect::<Vec<_>>();
            assert!(own.len() == 1 && own[0].starts_with("it needs `http`:"), "{told}");
            assert!(told.lines().all(|line| line.chars().count() < 80), "{told}");
            assert!(!told.contains(|character: char| character.is_control() && character != '\n'), "{told}");
        }
    }

    #[test]
    fn short_texts_stay_as_they_are() {
        let told = tell(&proposal("Issues are there.", &["{ host = \"a.example\" }"]));
        assert_eq!(told, "it needs `http`: Issues are there.\n    { host = \"a.example\" }\n");
    }
}
