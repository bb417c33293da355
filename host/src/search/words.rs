//! A text as the stems of its words, with one stem for all words that mean the same.

use std::collections::HashMap;

use bm25::Tokenizer;
use rust_stemmers::{Algorithm, Stemmer};

use super::synonyms::synonyms;

/// Words that are in every text and say nothing of a tool, in the order of the alphabet. Verbs of doing aren't among them:
/// they are half of a tool's name.
pub(super) const STOP_WORDS: &[&str] = &[
    "about", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could",
    "did", "do", "does", "each", "every", "for", "from", "had", "has", "have", "he", "her", "his", "how", "if", "in",
    "into", "is", "it", "its", "me", "more", "much", "my", "no", "not", "of", "on", "one", "only", "or", "other",
    "our", "out", "over", "own", "please", "she", "should", "so", "some", "such", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "to", "too", "us", "want", "was", "we", "were", "what",
    "when", "where", "which", "who", "whose", "why", "will", "with", "would", "you", "your",
];

/// Letters of a word that count: beyond it there are no words, and stemming takes time.
const WORD_BYTES: usize = 64;

/// Splits at whatever is no letter and no digit, and where camelCase has a seam.
pub(super) struct Words {
    stemmer: Stemmer,
    synonyms: HashMap<String, String>,
}

impl Default for Words {
    fn default() -> Self {
        let stemmer = Stemmer::create(Algorithm::English);
        let synonyms = synonyms(|word| stemmer.stem(word).into_owned());
        Self { stemmer, synonyms }
    }
}

/// Takes apart what [`Words::stemmed`] made.
pub(super) struct Stemmed;

impl Tokenizer for Stemmed {
    fn tokenize(&self, text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }
}

impl Words {
    /// The stems of a text, with spaces between them. `known` has those of words that were seen before.
    pub(super) fn stemmed(&self, text: &str, known: &mut HashMap<String, Option<String>>) -> String {
        let mut stems = String::with_capacity(text.len());
        let mut add = |word: &str| {
            let word = word.to_lowercase();
            let stem = known.entry(word).or_insert_with_key(|word| self.stem(word));
            stem.iter().for_each(|stem| stems.extend([stem.as_str(), " "]));
        };
        for run in text.split(|letter: char| !letter.is_alphanumeric()).filter(|run| !run.is_empty()) {
            let parts = seams(run);
            // `GitHub` is one word to those who ask, and two to those who write `git hub`.
            if parts.len() > 1 {
                add(run);
            }
            parts.into_iter().for_each(&mut add);
        }
        stems
    }

    /// None for what says nothing. `word` has small letters.
    fn stem(&self, word: &str) -> Option<String> {
        let is_letter = word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
        if is_letter || word.len() > WORD_BYTES || STOP_WORDS.binary_search(&word).is_ok() {
            return None;
        }
        let stem = self.stemmer.stem(word);
        Some(self.synonyms.get(stem.as_ref()).cloned().unwrap_or_else(|| stem.into_owned()))
    }
}

/// The parts of a name in camelCase: `getHTTPUrl2` is `get`, `HTTP`, `Url2`.
fn seams(run: &str) -> Vec<&str> {
    let letters: Vec<_> = run.char_indices().collect();
    let mut parts = Vec::new();
    let mut start = 0;
    for window in letters.windows(2) {
        let [(_, last), (at, letter)] = window else { continue };
        let next = run.get(*at..).and_then(|rest| rest.chars().nth(1));
        let is_word = last.is_uppercase() && letter.is_uppercase() && next.is_some_and(char::is_lowercase);
        if (!last.is_uppercase() && letter.is_uppercase()) || is_word {
            parts.extend(run.get(start..*at));
            start = *at;
        }
    }
    parts.extend(run.get(start..));
    parts
}
