//! Figures against their bars, as a table in Markdown.

use std::fmt::Write as _;

/// One figure.
pub(crate) struct Figure {
    name: String,
    bar: String,
    /// With its unit.
    value: String,
    /// None: it wasn't measured, or there is no bar.
    met: Option<bool>,
    /// What lies behind it.
    details: String,
}

impl Figure {
    /// A figure whose bar is a least value.
    pub(crate) fn at_least(name: impl Into<String>, value: f64, bar: f64, unit: &str) -> Self {
        Self::new(name, format!("≥ {bar}{unit}"), format!("{value:.2}{unit}"), Some(value >= bar))
    }

    /// A figure whose bar is a largest value.
    pub(crate) fn at_most(name: impl Into<String>, value: f64, bar: f64, unit: &str) -> Self {
        Self::new(name, format!("≤ {bar}{unit}"), format!("{value:.2}{unit}"), Some(value <= bar))
    }

    /// Any other one.
    pub(crate) fn new(name: impl Into<String>, bar: String, value: String, met: Option<bool>) -> Self {
        Self { name: name.into(), bar, value, met, details: String::new() }
    }

    /// One that couldn't be measured.
    pub(crate) fn failed(name: &str, error: &anyhow::Error) -> Self {
        Self::new(name, String::new(), "not measured".into(), Some(false)).details(format!("{error:#}"))
    }

    /// What lies behind it: both sides, in words.
    pub(crate) fn details(mut self, details: impl Into<String>) -> Self {
        self.details = details.into();
        self
    }

    /// Leaves the bar out of account, and says why.
    pub(crate) fn without_verdict(mut self, why: &str) -> Self {
        self.met = None;
        self.bar = format!("{} ({why})", self.bar);
        self
    }
}

/// The whole report.
pub(crate) fn render(machine: &[String], figures: &[Figure]) -> String {
    let mut text = String::from(
        "# Benchmarks\n\nThe newest run of `cargo xtask bench`, which anyone can repeat. Where there are two sides, they \
         ran in turn,\nin one go.\n\n",
    );
    for line in machine {
        let _ = writeln!(text, "* {line}");
    }
    text.push_str("\n| figure | bar | measured | | details |\n| --- | --- | --- | --- | --- |\n");
    for figure in figures {
        let verdict = match figure.met {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "",
        };
        let Figure { name, bar, value, details, .. } = figure;
        let _ = writeln!(text, "| {name} | {bar} | {value} | {verdict} | {} |", cell(details));
    }
    text
}

/// A text that can't end its cell or its line.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_is_a_line_with_its_verdict() {
        let figures = [
            Figure::at_least("a", 1.5, 1.3, "×").details("x | y\nz"),
            Figure::at_most("b", 1.5, 1.3, " ms"),
            Figure::at_most("c", 1.5, 1.3, "").without_verdict("few"),
            Figure::failed("d", &anyhow::anyhow!("gone")),
        ];
        let text = render(&["fast".into()], &figures);
        for line in [
            "* fast",
            "| a | ≥ 1.3× | 1.50× | met | x \\| y<br>z |",
            "| b | ≤ 1.3 ms | 1.50 ms | **missed** |  |",
            "| c | ≤ 1.3 (few) | 1.50 |  |  |",
            "| d |  | not measured | **missed** | gone |",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} in\n{text}");
        }
    }
}
