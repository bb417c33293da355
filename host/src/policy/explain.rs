//! What an operator may ask of the policy: whether a plugin could do something, by which rule, and why not.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use ::http::Method;
use url::Url;

use super::{Asked, Grants};
use crate::capability::decision::Refused;
use crate::capability::{egress, files, http, keyvalue, place, signing};

/// Something that a plugin could do.
#[derive(Debug, Clone, PartialEq)]
pub enum Use {
    /// Send a request.
    Request(Method, Url),
    /// Use a file.
    File(files::Access, String),
    /// Use a bucket.
    Bucket(keyvalue::Operation, String),
    /// Have an address signed.
    Sign {
        /// Under this name.
        key: String,
        /// For this method.
        method: String,
        /// The address.
        url: Url,
        /// For so long.
        lifetime: Duration,
    },
}

/// How uses are written.
pub const FORMS: &str = "`GET https://host/path`, `read file /path`, `write file /path`, `read bucket NAME`, \
     `write bucket NAME` or `sign PUT https://host/path with KEY for SECONDS`";

impl FromStr for Use {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let url = |text: &str| text.parse::<Url>().map_err(|error| format!("`{text}` is no address: {error}"));
        match *words.as_slice() {
            ["read", "file", path] => Ok(Self::File(files::Access::Read, path.to_owned())),
            ["write", "file", path] => Ok(Self::File(files::Access::ReadWrite, path.to_owned())),
            ["read", "bucket", name] => Ok(Self::Bucket(keyvalue::Operation::Read, name.to_owned())),
            ["write", "bucket", name] => Ok(Self::Bucket(keyvalue::Operation::Write, name.to_owned())),
            ["sign", method, address, "with", key, "for", seconds] => {
                let seconds = seconds.parse().map_err(|_| format!("`{seconds}` is no number of seconds"))?;
                let lifetime = Duration::from_secs(seconds);
                Ok(Self::Sign { key: key.to_owned(), method: method.to_owned(), url: url(address)?, lifetime })
            }
            [method, address] if address.contains("://") => {
                let method = method.parse().map_err(|_| format!("`{method}` is no method"))?;
                Ok(Self::Request(method, url(address)?))
            }
            _ => Err(format!("`{text}` is none of {FORMS}")),
        }
    }
}

/// What the policy says of a use.
#[derive(Debug)]
pub struct Answer {
    /// The rule that allows it, or who refuses.
    pub decision: Result<String, Refused>,
    /// Rules that are near, and in which of their keys they differ.
    pub near: Vec<String>,
    /// What is only known when it is done.
    pub note: Option<&'static str>,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.decision {
            Ok(rule) => write!(formatter, "allowed by {rule}")?,
            Err(refused) => write!(formatter, "denied: {refused}\n  help: {}", refused.hint())?,
        }
        self.near.iter().try_for_each(|near| write!(formatter, "\n  near: {near}"))?;
        self.note.iter().try_for_each(|note| write!(formatter, "\n  note: {note}"))
    }
}

/// Whether a plugin with these grants, which asks for this, could do something. Nothing is sent, opened or looked up.
///
/// # Errors
/// When a grant holds no water.
pub fn explain(plugin: &str, grants: &Grants, asked: &Asked, is_read_only: bool, what: &Use) -> Result<Answer, String> {
    let plain = |decision| Answer { decision, near: Vec::new(), note: None };
    match what {
        Use::Request(method, url) => request(grants, asked, is_read_only, method, url),
        Use::File(access, path) => {
            let rules = files::Rules::new(asked.files.clone(), grants.files.clone(), is_read_only);
            Ok(plain(rules.decide(path, *access).map(|grant| format!("files at {} ({})", grant.at, grant.access))))
        }
        Use::Bucket(operation, bucket) => {
            let granted = grants.keyvalue.clone().unwrap_or_default();
            let rules = keyvalue::Rules::new(plugin, asked.keyvalue.clone(), granted, is_read_only);
            Ok(plain(rules.decide(bucket, *operation).map(|grant| format!("keyvalue {grant}"))))
        }
        Use::Sign { key, method, url, lifetime } => {
            let granted = grants.signing.clone().unwrap_or_default();
            let rules = signing::Rules::new(asked.signing.as_deref(), granted, is_read_only);
            let rules = rules.map_err(|error| error.to_string())?;
            let decided = rules.decide(key, method, url, *lifetime);
            Ok(plain(decided.map(|(index, grant)| format!("signing[{index}], named {}", grant.name))))
        }
    }
}

const DIALLED: &str =
    "the addresses of the name are checked when it is dialled: only public ones, and `networks` of the rule";

fn request(grants: &Grants, asked: &Asked, is_read_only: bool, method: &Method, url: &Url) -> Result<Answer, String> {
    let granted = grants.http.clone().unwrap_or_default();
    let rules = http::Rules::new(asked.http.as_deref(), &granted).map_err(|error| error.to_string())?;
    let rules = rules.read_only(is_read_only);
    let explained = rules.explain(method, url);
    let near = explained.near.iter().map(|near| {
        let keys: Vec<&str> = near.differences.iter().map(|difference| difference.key()).collect();
        format!("http[{}] {} differs in {}", near.index, near.rule, keys.join(", "))
    });
    let near = near.collect();
    let literal = place::address(url);
    let decision = explained.decision.and_then(|granted| {
        literal.map_or(Ok(()), |address| egress::check(address, &granted.rule.networks))?;
        Ok(format!("{granted} {}", granted.rule))
    });
    let note = (decision.is_ok() && literal.is_none()).then_some(DIALLED);
    Ok(Answer { decision, near, note })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(host: &str) -> http::Rule {
        http::Want::of(host).into()
    }

    #[test]
    fn uses_are_read_as_they_are_written() {
        let good = [
            "GET https://a.example/x",
            "read file /a",
            "write file /a",
            "read bucket b",
            "write bucket b",
            "sign PUT https://a.example/x with k for 60",
        ];
        for text in good {
            assert!(text.parse::<Use>().is_ok(), "{text}");
        }
        for text in ["", "GET", "GET /x", "read", "sign PUT https://a.example with k for ever", "read file a b"] {
            assert!(text.parse::<Use>().is_err(), "{text}");
        }
    }

    /// For each capability: not asked, not granted, granted, beyond the grant.
    #[test]
    fn an_answer_says_who_refuses() {
        let granted = Grants {
            files: vec![files::Grant { directory: "/srv".into(), at: "/data".into(), access: files::Access::Read }],
            http: Some(vec![rule("api.example.com")]),
            keyvalue: Some(vec![keyvalue::Grant::of("default")]),
            signing: None,
        };
        let asked_nothing =
            Asked { files: Some(vec![]), http: Some(vec![]), keyvalue: Some(vec![]), signing: Some(vec![]) };
        let (any, none) = (Asked::default(), Grants::default());
        let key = "name = 'models'\nhost = 's3.example.com'\npath = '/**'\nmethods = ['GET', 'PUT']\n\
            aws = { service = 's3', region = 'eu-west-1' }";
        let keys = Grants { signing: Some(vec![toml::from_str(key).unwrap()]), ..Grants::default() };
        let write = files::Grant { access: files::Access::ReadWrite, ..granted.files[0].clone() };
        let writing = Grants { files: vec![write], ..Grants::default() };
        let want = serde_json::from_str(r#"[{"name": "models", "methods": ["PUT"]}]"#).unwrap();
        let read = files::Want { at: "/data".into(), access: files::Access::Read };
        let asked_some = Asked { signing: Some(want), files: Some(vec![read]), ..Asked::default() };
        let cases = [
            ("GET https://api.example.com/", &granted, &any, "allowed"),
            ("GET https://api.example.com/", &granted, &asked_nothing, "not asked for"),
            ("GET https://api.example.com/", &none, &any, "not granted"),
            ("POST https://api.example.com/", &granted, &any, "not granted"),
            ("read bucket default", &granted, &any, "allowed"),
            ("read bucket default", &granted, &asked_nothing, "not asked for"),
            ("read bucket default", &none, &any, "not granted"),
            ("write bucket other", &granted, &any, "not granted"),
            ("read file /data/x", &granted, &any, "allowed"),
            ("read file /data/x", &granted, &asked_nothing, "not asked for"),
            ("read file /data/x", &none, &any, "not granted"),
            ("write file /data/x", &granted, &any, "not granted"),
            ("sign GET https://a.example/ with k for 60", &granted, &any, "not granted"),
            ("sign GET https://a.example/ with k for 60", &granted, &asked_nothing, "not asked for"),
            ("sign GET https://s3.example.com/a with models for 60", &keys, &any, "allowed by signing[0]"),
            ("sign PUT https://s3.example.com/a with models for 60", &keys, &asked_some, "allowed by signing[0]"),
            ("sign GET https://s3.example.com/a with models for 60", &keys, &asked_some, "not asked for"),
            ("write file /data/x", &writing, &any, "allowed"),
            ("write file /data/x", &writing, &asked_some, "not asked for"),
            ("read file /data/x", &writing, &asked_some, "allowed by files at /data (read)"),
        ];
        for (text, grants, asked, expected) in cases {
            let answer = explain("p", grants, asked, false, &text.parse().unwrap()).unwrap().to_string();
            assert!(answer.contains(expected), "{text}: {answer}");
            assert!(answer.starts_with("allowed") || answer.contains("help: "), "{text}: {answer}");
        }
    }

    #[test]
    fn who_holds_a_plugin_to_reading_is_named() {
        let grant = files::Grant { directory: "/srv".into(), at: "/data".into(), access: files::Access::ReadWrite };
        let grants = Grants { files: vec![grant], ..Grants::default() };
        let what: Use = "write file /data/x".parse().unwrap();
        let answer = explain("p", &grants, &Asked::default(), true, &what).unwrap().to_string();
        assert!(
            answer.contains("refused because it is read-only") && answer.contains("`read-only = true`"),
            "{answer}"
        );
    }
}
