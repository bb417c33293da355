//! What a tool is about. No source says it, so it follows from the tags of the servers that offer the tool.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Subject of a tool.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum ToolCategory {
    Security,
    Observability,
    Data,
    Web,
    Infrastructure,
    Development,
    Productivity,
    Finance,
    Analysis,
    Other,
}

/// The words that speak for a category. A tag counts if one of its parts is such a word, as in `security-scanning`.
const WORDS: [(ToolCategory, &[&str]); 9] = [
    (
        ToolCategory::Security,
        &["security", "cybersecurity", "vulnerability", "vulnerabilities", "cve", "malware", "threat", "compliance"],
    ),
    (
        ToolCategory::Observability,
        &["observability", "monitoring", "metrics", "logs", "traces", "alerting", "incidents", "dashboards"],
    ),
    (
        ToolCategory::Data,
        &["database", "sql", "nosql", "storage", "cache", "vector", "embeddings", "data", "warehouse", "graph"],
    ),
    (ToolCategory::Web, &["web", "browser", "scraping", "crawling", "fetch", "http", "html", "search"]),
    (
        ToolCategory::Infrastructure,
        &["infrastructure", "cloud", "kubernetes", "containers", "devops", "deployment", "serverless", "paas"],
    ),
    (
        ToolCategory::Development,
        &["development", "git", "repository", "testing", "debugging", "documentation", "libraries", "pipelines"],
    ),
    (
        ToolCategory::Productivity,
        &["collaboration", "project", "issues", "wiki", "notes", "chat", "messaging", "files", "memory", "calendar"],
    ),
    (ToolCategory::Finance, &["payments", "finance", "financial", "invoices", "ecommerce", "pricing"]),
    (ToolCategory::Analysis, &["analysis", "analytics", "visualization", "research", "reasoning", "ai", "papers"]),
];

/// How many tags speak for each category, in the order of [`WORDS`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Votes([usize; WORDS.len()]);

impl Votes {
    /// The votes of the tags of one server.
    pub(crate) fn of(tags: &[String]) -> Self {
        Self(WORDS.map(|(_, words)| tags.iter().filter(|tag| speaks(tag, words)).count()))
    }

    /// The votes of several servers that offer the same tool.
    pub(crate) fn sum(votes: impl Iterator<Item = Self>) -> Self {
        votes.fold(Self::default(), |mut sum, votes| {
            sum.0.iter_mut().zip(votes.0).for_each(|(sum, votes)| *sum += votes);
            sum
        })
    }

    /// The category with the most votes. Between equals the first in the order of [`ToolCategory`] wins, so that
    /// security is never hidden behind the database that it is about.
    pub(crate) fn winner(self) -> ToolCategory {
        let mut winner = (0, ToolCategory::Other);
        for ((category, _), votes) in WORDS.iter().zip(self.0) {
            if votes > winner.0 {
                winner = (votes, *category);
            }
        }
        winner.1
    }
}

fn speaks(tag: &str, words: &[&str]) -> bool {
    tag.split(['-', '_']).any(|part| words.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(servers: &[&[&str]]) -> ToolCategory {
        let tags = |server: &&[&str]| server.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        Votes::sum(servers.iter().map(|server| Votes::of(&tags(server)))).winner()
    }

    #[test]
    fn the_most_tags_decide() {
        use ToolCategory::{Data, Development, Other, Security, Web};
        let cases: [(&[&[&str]], ToolCategory); 9] = [
            (&[&["database", "sql", "security"]], Data),
            (&[&["security-scanning", "postgresql"]], Security),
            (&[&["database", "security"]], Security),
            (&[&["web", "search", "documentation"]], Web),
            (&[&["git", "repository", "version-control"]], Development),
            (&[&["web", "search"], &["sql", "database", "storage"]], Data),
            (&[&["zebra"]], Other),
            (&[&[]], Other),
            (&[], Other),
        ];
        for (servers, expected) in cases {
            assert_eq!(category(servers), expected, "{servers:?}");
        }
    }

    #[test]
    fn each_category_but_other_has_words() {
        let categories: Vec<_> = WORDS.iter().map(|(category, _)| *category).collect();
        assert!(categories.is_sorted(), "the order of the words decides between equals");
        assert!(!categories.contains(&ToolCategory::Other));
    }
}
