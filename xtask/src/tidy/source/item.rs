//! Tokens cut into items, and what is said of an item by its first tokens.

use std::ops::Range;

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// What ends with a semicolon or with braces: items, statements, or pieces of them, which do no harm.
pub(super) struct Item<'a> {
    /// Without attributes and visibility.
    pub(super) body: &'a [TokenTree],
    all: &'a [TokenTree],
    /// It has an attribute that says so.
    pub(super) is_test: bool,
    is_public: bool,
}

impl<'a> Item<'a> {
    fn new(all: &'a [TokenTree]) -> Self {
        let (mut body, mut is_test, mut is_public) = (all, false, false);
        loop {
            body = match body {
                [TokenTree::Punct(hash), TokenTree::Punct(bang), TokenTree::Group(_), rest @ ..]
                    if hash.as_char() == '#' && bang.as_char() == '!' =>
                {
                    rest
                }
                [TokenTree::Punct(hash), TokenTree::Group(attribute), rest @ ..] if hash.as_char() == '#' => {
                    is_test |= is_test_attribute(attribute);
                    rest
                }
                [TokenTree::Ident(word), rest @ ..] if word == "pub" => {
                    is_public = true;
                    match rest {
                        [TokenTree::Group(_), rest @ ..] => rest,
                        _ => rest,
                    }
                }
                _ => {
                    return Self { body, all, is_test, is_public };
                }
            }
        }
    }

    /// Of any visibility.
    pub(super) fn is_use(&self) -> bool {
        matches!(self.body, [TokenTree::Ident(word), ..] if word == "use")
    }

    /// A re-export isn't one.
    pub(super) fn is_private_use(&self) -> bool {
        self.is_use() && !self.is_public
    }

    /// The name that follows a keyword at the item's own level.
    pub(super) fn name_after(&self, keyword: &str) -> Option<String> {
        self.body.windows(2).find_map(|pair| match pair {
            [TokenTree::Ident(word), TokenTree::Ident(name)] if word == keyword => Some(name.to_string()),
            _ => None,
        })
    }

    /// With attributes.
    pub(super) fn lines(&self) -> Range<usize> {
        let first = self.all.first().map_or(0, |token| token.span().start().line);
        first..self.all.last().map_or(first, |token| token.span().end().line + 1)
    }
}

/// Cuts the tokens of one level.
pub(super) fn items(tokens: &[TokenTree]) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let mut begin = 0;
    for (index, token) in tokens.iter().enumerate() {
        let is_body = matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
            && !is_separator(tokens, index.wrapping_sub(2));
        if is_punct(token, ';') || is_body || index + 1 == tokens.len() {
            items.push(Item::new(tokens.get(begin..=index).unwrap_or_default()));
            begin = index + 1;
        }
    }
    items
}

/// `#[test]`, or any attribute that ends so, `#[cfg(test)]`, and `#[cfg(all(test, …))]`.
fn is_test_attribute(attribute: &Group) -> bool {
    let text: String = attribute.stream().to_string().split_whitespace().collect();
    let without_arguments = text.split('(').next().unwrap_or_default();
    text == "cfg(test)" || text.starts_with("cfg(all(test,") || without_arguments.rsplit(':').next() == Some("test")
}

/// A stream as something to look around in.
pub(super) fn tokens(stream: TokenStream) -> Vec<TokenTree> {
    stream.into_iter().collect()
}

/// The token's text, if it is a word.
pub(super) fn name(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    }
}

/// Whether the token is this character.
pub(super) fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// Whether `::` stands at `index`.
pub(super) fn is_separator(tokens: &[TokenTree], index: usize) -> bool {
    let is_first = |token: &TokenTree| matches!(token, TokenTree::Punct(it) if it.as_char() == ':' && it.spacing() == Spacing::Joint);
    tokens.get(index).is_some_and(is_first) && tokens.get(index + 1).is_some_and(|token| is_punct(token, ':'))
}

/// Whether the name at `index` goes on a path that began before. A `::` that nothing stands before begins one.
pub(super) fn continues_path(tokens: &[TokenTree], index: usize) -> bool {
    let Some(separator) = index.checked_sub(2).filter(|at| is_separator(tokens, *at)) else {
        return false;
    };
    let before = separator.checked_sub(1).and_then(|at| tokens.get(at));
    before.is_some_and(|token| name(token).is_some() || is_punct(token, '>'))
}
