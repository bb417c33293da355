//! Signed addresses in native tests: they say what was asked for.

use super::Error;

#[expect(clippy::unnecessary_wraps, reason = "the host's side may fail")]
pub(super) fn presign(key: &str, method: &str, url: &str, seconds: u32) -> Result<String, Error> {
    let separator = if url.contains('?') { '&' } else { '?' };
    Ok(format!("{url}{separator}key={key}&method={method}&seconds={seconds}"))
}
