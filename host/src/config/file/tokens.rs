//! Who may connect.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, NaiveDate, NaiveTime};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::{Spanned, Value};

use super::fault::{Fault, checked};
use super::tools::patterns;
use crate::caller::Permissions;
use crate::mcp::{Digest, Token};
use crate::pattern::Pattern;

/// Longest name of a token's holder: a person's address fits.
const NAME_BOUND: usize = 64;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct TokenTable {
    /// What `wharf token new` or `wharf token hash` printed: `sha256:` and 64 hexadecimal digits.
    #[schemars(with = "String")]
    digest: Spanned<String>,
    /// When it ends: a date or a time of RFC 3339 [default: never].
    #[schemars(with = "Option<String>")]
    expires: Option<Spanned<String>>,
    /// The plugins that its holder sees [default: all].
    #[schemars(with = "Option<Vec<String>>")]
    plugins: Option<Vec<Spanned<String>>>,
    /// The tools that its holder sees, as in `catalog__*` [default: all of these plugins].
    #[schemars(with = "Option<Vec<String>>")]
    tools: Option<Vec<Spanned<String>>>,
}

/// Reads all tokens; `plugins` are the ids of those that are configured.
pub(super) fn tokens(tables: BTreeMap<Spanned<String>, TokenTable>, plugins: &[&str]) -> Result<Vec<Token>, Fault> {
    let mut digests = Vec::new();
    let token = |(name, table): (Spanned<String>, TokenTable)| {
        checked(&name, |name| check_name(name))?;
        let digest: Digest = checked(&table.digest, |text| text.parse().map_err(|error| format!("{error}")))?;
        if digests.contains(&digest) {
            return Err(Fault::of(&table.digest, "another token has the same digest: make one for each holder"));
        }
        digests.push(digest);
        let expires = table.expires.as_ref().map(|text| checked(text, |text| parse_date(text))).transpose()?;
        let permissions = table.permissions(plugins)?;
        Ok(Token::named(name.get_ref(), digest, expires, permissions))
    };
    tables.into_iter().map(token).collect()
}

impl TokenTable {
    fn permissions(self, known: &[&str]) -> Result<Permissions, Fault> {
        for id in self.plugins.iter().flatten() {
            if !known.contains(&id.get_ref().as_str()) {
                return Err(Fault::unknown(id, "no plugin of this id is configured", known));
            }
        }
        Ok(Permissions {
            plugins: self.plugins.map(|ids| ids.into_iter().map(Spanned::into_inner).collect()),
            tools: self.tools.map(|tools| patterns(&tools)).transpose()?,
        })
    }
}

/// Whether a token's holder may have this name, which the log and the audit show.
fn check_name(name: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.@".contains(&byte);
    if (1..=NAME_BOUND).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(format!("a token's name has 1 to {NAME_BOUND} characters of A-Z a-z 0-9 _ - . @"))
}

/// A date, at its beginning in UTC, or a time.
fn parse_date(text: &str) -> Result<SystemTime, String> {
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.timestamp());
    let day =
        || NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp());
    let seconds = time.or_else(|_| day()).map_err(|_| {
        "it is neither a date nor a time of RFC 3339, such as `2027-01-01` or `2027-01-01T00:00:00Z`".to_owned()
    })?;
    // What ends before 1970 has ended.
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    UNIX_EPOCH.checked_add(since).ok_or_else(|| "this time is too far away; leave it out for no end".to_owned())
}

/// A token that is yet to be configured.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Its holder's name.
    pub name: String,
    /// What is kept of its text.
    pub digest: Digest,
    /// When it ends.
    pub expires: Option<String>,
    /// The plugins that its holder sees. Empty: not said.
    pub plugins: BTreeSet<String>,
    /// The tools that its holder sees. Empty: not said.
    pub tools: BTreeSet<String>,
}

impl NewToken {
    /// The lines to add to the configuration.
    ///
    /// # Errors
    /// What the configuration would not take.
    pub fn lines(&self) -> Result<String, String> {
        check_name(&self.name)?;
        self.expires.as_deref().map_or(Ok(()), |text| parse_date(text).map(drop))?;
        self.tools.iter().try_for_each(|tool| Pattern::parse(tool).map(drop))?;
        let is_bare = self.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        let key = if is_bare { self.name.clone() } else { Value::from(self.name.as_str()).to_string() };
        let mut lines = vec![format!("[tokens.{key}]"), format!("digest = {}", Value::from(self.digest.to_string()))];
        lines.extend(self.expires.iter().map(|text| format!("expires = {}", Value::from(text.as_str()))));
        let list =
            |texts: &BTreeSet<String>| Value::Array(texts.iter().map(|text| Value::from(text.as_str())).collect());
        let lists = [("plugins", &self.plugins), ("tools", &self.tools)];
        lines.extend(
            lists.iter().filter(|(_, texts)| !texts.is_empty()).map(|(key, texts)| format!("{key} = {}", list(texts))),
        );
        Ok(lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_date_or_a_time() {
        let cases = [
            ("2027-01-01", Some(1_798_761_600)),
            ("2027-01-01T00:00:00Z", Some(1_798_761_600)),
            ("2027-01-01T01:00:00+01:00", Some(1_798_761_600)),
            ("1960-01-01", Some(0)),
            ("2027-13-01", None),
            ("tomorrow", None),
            ("", None),
        ];
        for (text, seconds) in cases {
            let expected = seconds.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
            assert_eq!(parse_date(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_to_be_added_is_what_is_read() {
        let new = NewToken {
            name: "alice@example.com".into(),
            digest: Digest::of("0123456789abcdef"),
            expires: Some("2027-01-01".into()),
            plugins: BTreeSet::from(["a".to_owned()]),
            tools: BTreeSet::from(["a__*".to_owned(), "a__\"\\\\x".to_owned()]),
        };
        let lines = new.lines().unwrap();
        let text = format!("[plugins.a]\nsource = 'a'\n{lines}\n");
        let config = crate::Config::parse(&text, "wharf.toml".as_ref()).unwrap();
        let token = &config.tokens[0];
        assert_eq!((token.name(), token.digest()), (new.name.as_str(), &new.digest));
        assert_eq!(token.permissions().unwrap().plugins, Some(new.plugins.clone()));
        let bare =
            NewToken { name: "bob".into(), expires: None, plugins: BTreeSet::new(), tools: BTreeSet::new(), ..new };
        assert_eq!(bare.lines().unwrap().lines().count(), 2);
        assert!(NewToken { name: "b b".into(), ..bare.clone() }.lines().is_err());
        assert!(NewToken { expires: Some("soon".into()), ..bare }.lines().is_err());
    }
}
