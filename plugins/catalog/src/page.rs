//! Long answers in pages. A cursor is a place in one particular list: it carries a digest of that list, so that a page
//! never skips or repeats something when the registries or the filters change in between.

use std::fmt;

use serde::Serialize;

/// How large a page may be, in bytes of JSON, whatever number of items was asked for: some 16,000 tokens for a model.
/// One item always fits.
pub(crate) const MAX_PAGE_BYTES: usize = 64 * 1024;

/// What a caller asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    /// From the page before. None: the first page.
    pub(crate) cursor: Option<&'a str>,
    /// At least 1.
    pub(crate) limit: usize,
}

/// Part of a list.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Page<R> {
    pub(crate) items: Vec<R>,
    /// For the next page. None: this is the last one.
    pub(crate) next_cursor: Option<String>,
}

/// The cursor was made up, or for another list.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct BadCursor;

impl Request<'_> {
    /// Cuts the page out of `list`. `key` tells the items apart, `render` makes what the page holds of them.
    pub(crate) fn cut<T, R: Serialize>(
        self,
        list: &[T],
        key: impl Fn(&T) -> &str,
        render: impl Fn(&T) -> R,
    ) -> Result<Page<R>, BadCursor> {
        let digest = digest(list.iter().map(key));
        let start = match self.cursor {
            None => 0,
            Some(cursor) => place(cursor, digest).filter(|start| *start < list.len()).ok_or(BadCursor)?,
        };
        let mut items = Vec::new();
        let mut bytes = 0_usize;
        for item in list.iter().skip(start).take(self.limit.max(1)) {
            let rendered = render(item);
            bytes = bytes.saturating_add(serde_json::to_string(&rendered).map_or(0, |text| text.len()));
            if bytes > MAX_PAGE_BYTES && !items.is_empty() {
                break;
            }
            items.push(rendered);
        }
        let end = start + items.len();
        let next_cursor = (end < list.len()).then(|| format!("{end}-{digest:016x}"));
        Ok(Page { items, next_cursor })
    }
}

impl fmt::Display for BadCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "the cursor doesn't belong to this list: either the filters differ from those of the page before, or the \
             registries have changed; ask for the first page again, without a cursor",
        )
    }
}

fn place(cursor: &str, digest: u64) -> Option<usize> {
    let (place, of) = cursor.split_once('-')?;
    (u64::from_str_radix(of, 16).ok()? == digest).then(|| place.parse().ok())?
}

/// FNV-1a over the keys in their order. It needs to notice changes, not to withstand attacks: whoever forges a cursor
/// only gets another page of the same public list.
fn digest<'k>(keys: impl Iterator<Item = &'k str>) -> u64 {
    let bytes = keys.flat_map(|key| key.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
