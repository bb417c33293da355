//! Finds tools by what somebody wants to do: BM25 over names, titles, descriptions and parameters.
//!
//! Words are compared by their English stems, and common synonyms are one word. What isn't written with spaces isn't told
//! apart into words.

mod synonyms;
mod words;

use std::collections::{HashMap, HashSet};

use bm25::{Embedder, EmbedderBuilder, Embedding, Scorer};

use self::words::{Stemmed, Words};

/// Bytes of a question that are looked at: a paragraph. The rest is left out, as it would be in one's memory.
pub const QUERY_BYTES: usize = 1 << 10;

/// Different words of a question that count: each costs a look into every document that has it.
pub const QUERY_WORDS: usize = 32;

/// Bytes of a document that are indexed, with its parameters last: a description of the largest size fits, and a schema
/// of thousands of properties doesn't fill the memory.
pub const DOCUMENT_BYTES: usize = 32 << 10;

/// Hits of one search, whatever is asked for: more than a model reads.
pub const HITS: usize = 100;

/// What can be found.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Comes back in a hit.
    pub key: String,
    /// In snake_case, camelCase or kebab-case.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// For the model.
    pub description: String,
    /// Names, and what is said of them.
    pub parameters: Vec<(String, Option<String>)>,
}

/// A document that fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit<'a> {
    /// Of the document.
    pub key: &'a str,
    /// Above 0, and comparable within one search only.
    pub score: f32,
}

/// An index of documents, which never changes: the same documents and question give the same answer.
pub struct Index {
    keys: Vec<String>,
    words: Words,
    embedder: Embedder<u64, Stemmed>,
    scorer: Scorer<usize, u64>,
}

impl Index {
    /// Reads all of them.
    pub fn new(documents: impl Iterator<Item = Document>) -> Self {
        let words = Words::default();
        // Few words of many documents differ, and stemming is most of the work.
        let mut known = HashMap::new();
        let stemmed = documents.map(|document| (words.stemmed(&text(&document), &mut known), document.key));
        let (texts, keys): (Vec<_>, Vec<_>) = stemmed.unzip();
        let borrowed: Vec<_> = texts.iter().map(String::as_str).collect();
        // The usual settings. Above all, length counts against a document: without that, a tool that has every word in its
        // description comes first everywhere, and plugins are not trusted.
        let embedder = EmbedderBuilder::with_tokenizer_and_fit_to_corpus(Stemmed, &borrowed).build();
        let mut scorer = Scorer::new();
        for (number, text) in borrowed.iter().enumerate() {
            scorer.upsert(&number, once_each(embedder.embed(text)));
        }
        Self { keys, words, embedder, scorer }
    }

    /// The best first, and among equals those that were first in the index; at most `limit` and [`HITS`].
    #[must_use]
    pub fn search(&self, query: &str, limit: usize) -> Vec<Hit<'_>> {
        let query = self.words.stemmed(cut(query, QUERY_BYTES), &mut HashMap::new());
        let mut wanted = once_each(self.embedder.embed(&query));
        wanted.0.truncate(QUERY_WORDS);
        let mut found = self.scorer.matches(&wanted);
        found.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.id.cmp(&other.id)));
        let hits = found.into_iter().take(limit.min(HITS));
        hits.filter_map(|hit| Some(Hit { key: self.keys.get(hit.id)?, score: hit.score })).collect()
    }
}

/// Each word once: a repeated one has the same value each time.
fn once_each(mut words: Embedding<u64>) -> Embedding<u64> {
    let mut seen = HashSet::new();
    words.0.retain(|word| seen.insert(word.index));
    words
}

fn text(document: &Document) -> String {
    let mut text = String::new();
    let mut add = |part: &str| {
        text.push_str(cut(part, DOCUMENT_BYTES.saturating_sub(text.len())));
        text.push('\n');
    };
    add(&document.name);
    document.title.iter().for_each(|title| add(title));
    add(&document.description);
    for (name, description) in &document.parameters {
        add(name);
        description.iter().for_each(|description| add(description));
    }
    text
}

/// The beginning of a text, of so many bytes at most.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
