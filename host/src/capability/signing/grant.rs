//! What the operator writes for `signing`, and what it allows.

mod rules;

use std::collections::BTreeSet;
use std::time::Duration;

use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::capability::aws::{Aws, AwsError};
use crate::capability::decision::{By, Decision, Refused};
use crate::capability::place::hostname::HostPattern;
use crate::capability::place::path::PathPattern;
use crate::capability::place::{PlaceError, Target, without_query};

pub use rules::Rules;

/// Longest lifetime of a signed URL, in seconds: what AWS takes, seven days.
pub(super) const LIFETIME_SECONDS: u32 = 7 * 24 * 60 * 60;

/// Longest lifetime where the operator doesn't say: enough to hand a URL on and use it, and little to lose one.
const DEFAULT_SECONDS: u32 = 15 * 60;

/// What a plugin may have signed, under one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Grant {
    /// What the guest calls it.
    pub name: String,
    /// The host of the URLs: a name, or `*.example.com` for all below it.
    pub host: String,
    /// Its port, where it isn't the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Whether the URLs are of `http:` rather than `https:`: for stores on the same machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub plain_http: bool,
    /// The path: `*` stands for anything within one part of it, `**` for any number of parts.
    pub path: String,
    /// The methods for which a URL may be good.
    #[serde(default = "read_only")]
    pub methods: Vec<String>,
    /// Parameters that the query may have, such as `versionId` or `partNumber`. Without it none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
    /// Longest time that a URL may be good for, in seconds: at most seven days [default: 900].
    #[serde(default = "default_seconds")]
    pub longest_seconds: u32,
    /// How it is signed.
    pub aws: Aws,
}

/// A key that a plugin asks for, in its request section. What it leaves out is as the grant has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Want {
    /// What it calls it.
    pub name: String,
    /// The host of the addresses, as in a grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Their path, as in a grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The methods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
}

fn read_only() -> Vec<String> {
    vec![Method::GET.to_string()]
}

fn default_seconds() -> u32 {
    DEFAULT_SECONDS
}

/// Why a grant can't be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// Two grants of one plugin have the same name.
    #[error("two grants of signing are both `name = \"{0}\"`")]
    Twice(String),
    /// A value that can't be meant.
    #[error("the grant of signing `{name}` has a `{key}` that can't be used: {problem}")]
    Value {
        /// The grant's name.
        name: String,
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// What the plugin asks for can't be meant.
    #[error("the plugin asks for the key `{name}` of signing with a `{key}` that can't be used: {problem}")]
    Want {
        /// The key's name.
        name: String,
        /// What of it.
        key: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// How it is signed doesn't hold together, or its secret isn't there.
    #[error("the grant of signing `{name}` can't be used: {problem}")]
    Aws {
        /// The grant's name.
        name: String,
        /// What is wrong.
        problem: AwsError,
    },
}

impl GrantError {
    /// What the operator can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Twice(_) => "give each grant a name of its own: guests choose by it".into(),
            Self::Value { key: "longest-seconds", .. } => format!("write 1 to {LIFETIME_SECONDS}"),
            Self::Value { key: "methods", .. } => "write methods in capitals, such as [\"GET\", \"PUT\"]".into(),
            Self::Value { .. } => {
                "write a host such as `s3.example.com` and a path such as `/bucket/**`, without scheme and query".into()
            }
            Self::Want { .. } => "the plugin's author has to correct its request section".into(),
            Self::Aws { problem, .. } => problem.hint(),
        }
    }
}

/// The grants of one plugin, checked.
#[derive(Debug, Default)]
pub struct Grants(Vec<Checked>);

#[derive(Debug)]
struct Checked {
    grant: Grant,
    methods: BTreeSet<String>,
    place: Place,
}

impl Grants {
    /// Whether the grants hold together. Looks at no secret.
    ///
    /// # Errors
    /// The first grant that doesn't.
    pub fn new(grants: Vec<Grant>) -> Result<Self, GrantError> {
        let mut names = BTreeSet::new();
        if let Some(twice) = grants.iter().find(|grant| !names.insert(grant.name.clone())) {
            return Err(GrantError::Twice(twice.name.clone()));
        }
        grants.into_iter().map(Checked::new).collect::<Result<_, _>>().map(Self)
    }

    /// The grants as they were written, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.0.iter().map(|checked| &checked.grant)
    }

    /// Whether a URL may be signed under this name, for this method and so long; and where the grant is in the list.
    ///
    /// # Errors
    /// Who refuses it, why, and what would allow it.
    pub fn decide(&self, name: &str, method: &str, url: &Url, lifetime: Duration) -> Decision<(usize, &Grant)> {
        let (index, checked) = self.named(name)?;
        checked.decide(method, url, lifetime).map(|()| (index, &checked.grant))
    }

    fn named(&self, name: &str) -> Decision<(usize, &Checked)> {
        let found = self.0.iter().enumerate().find(|(_, checked)| checked.grant.name == name);
        found.ok_or_else(|| {
            let known: Vec<&str> = self.iter().map(|grant| grant.name.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let why = format!("nobody granted signing under the name {name:?}; there is {known}");
            Refused::new(By::Operator, why, "add below [plugins.<id>.grants]: signing = [{ name, host, path, aws }]")
        })
    }
}

impl Checked {
    fn new(grant: Grant) -> Result<Self, GrantError> {
        let wrong = |key, problem: String| GrantError::Value { name: grant.name.clone(), key, problem };
        if !(1..=LIFETIME_SECONDS).contains(&grant.longest_seconds) {
            return Err(wrong("longest-seconds", format!("it is {}", grant.longest_seconds)));
        }
        if let Some(problem) = problem_of_methods(&grant.methods) {
            return Err(wrong("methods", problem));
        }
        let place = Place::new(&grant).map_err(|(key, problem)| wrong(key, problem.to_string()))?;
        grant.aws.check().map_err(|problem| GrantError::Aws { name: grant.name.clone(), problem })?;
        Ok(Self { methods: grant.methods.iter().cloned().collect(), place, grant })
    }

    fn decide(&self, method: &str, url: &Url, lifetime: Duration) -> Decision<()> {
        let Grant { name, .. } = &self.grant;
        let target = Target::of(url)?;
        if url.fragment().is_some() {
            let why = "the URL has a fragment, which is never sent";
            return Err(Refused::new(By::Malformed, why, "write the URL without `#`"));
        }
        let refuse = |what: String, hint: String| Err(Refused::new(By::Operator, what, hint));
        if !self.place.holds(url, &target) {
            // Without the query, in which guests may have anything.
            let place = without_query(url);
            let readings = |problem| format!(" (its path {problem}, so that only `/**` allows it)");
            let readings = target.ambiguity.map_or_else(String::new, readings);
            let why = format!("the grant `{name}` of signing isn't for {place}{readings}");
            return refuse(why, format!("widen `host` or `path` of the grant `{name}`"));
        }
        if !self.methods.contains(method) {
            let why = format!("the grant `{name}` of signing isn't for the method {method:?}");
            return refuse(why, format!("add {method:?} to `methods` of the grant `{name}`"));
        }
        let allowed = |parameter: &str| self.grant.parameters.iter().any(|allowed| allowed == parameter);
        if let Some((parameter, _)) = url.query_pairs().find(|(parameter, _)| !allowed(parameter)) {
            let why = format!("the grant `{name}` of signing has no query parameter {parameter:?}");
            return refuse(why, format!("add {parameter:?} to `parameters` of the grant `{name}`"));
        }
        let longest = Duration::from_secs(self.grant.longest_seconds.into());
        if lifetime.is_zero() || lifetime > longest {
            let (wanted, longest) = (lifetime.as_secs(), longest.as_secs());
            let why = format!("{wanted} seconds are not within the 1 to {longest} of the grant `{name}` of signing");
            return Err(Refused::new(
                By::Bound,
                why,
                format!("ask for less, or set `longest-seconds` of the grant `{name}`"),
            ));
        }
        Ok(())
    }
}

fn problem_of_methods(methods: &[String]) -> Option<String> {
    let is_unusual = |method: &&String| method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase());
    let unusual = methods.iter().find(is_unusual).map(|method| format!("`{method}` is no method"));
    unusual.or_else(|| methods.is_empty().then(|| "it is empty".to_owned()))
}

/// Where URLs may lead.
#[derive(Debug)]
struct Place {
    scheme: &'static str,
    host: HostPattern,
    port: Option<u16>,
    path: PathPattern,
}

impl Place {
    fn new(grant: &Grant) -> Result<Self, (&'static str, PlaceError)> {
        let host = HostPattern::compile(&grant.host).map_err(|problem| ("host", problem))?;
        let path = PathPattern::compile(&grant.path).map_err(|problem| ("path", problem))?;
        let scheme = if grant.plain_http { "http" } else { "https" };
        Ok(Self { scheme, host, port: grant.port, path })
    }

    fn holds(&self, url: &Url, target: &Target<'_>) -> bool {
        let port = self.port.or(if self.scheme == "https" { Some(443) } else { Some(80) });
        url.scheme() == self.scheme
            && url.port_or_known_default() == port
            && self.host.matches(target.host, target.is_name)
            && target.is_within(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(extra: &str) -> Grant {
        let text = format!(
            "name = 'models'\npath = '/bucket/**'\naws = {{ service = 's3', region = 'eu-west-1' }}\n{extra}\n"
        );
        let text = if extra.contains("host =") { text } else { format!("host = 's3.example.com'\n{text}") };
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn only_what_was_granted_is_signed() {
        let wide = "methods = ['GET', 'PUT']\nparameters = ['versionId']\nlongest-seconds = 3600";
        let cases = [
            (wide, "models", "GET", "https://s3.example.com/bucket/a/b", 60, ""),
            (wide, "models", "PUT", "https://s3.example.com:443/bucket/a?versionId=1", 3_600, ""),
            (wide, "model", "GET", "https://s3.example.com/bucket/a", 60, "there is models"),
            (wide, "models", "DELETE", "https://s3.example.com/bucket/a", 60, "the method \"DELETE\""),
            (wide, "models", "get", "https://s3.example.com/bucket/a", 60, "the method \"get\""),
            (wide, "models", "GET", "https://s3.example.com/bucket/a", 0, "0 seconds"),
            (wide, "models", "GET", "https://s3.example.com/bucket/a", 3_601, "3601 seconds"),
            (wide, "models", "GET", "https://s3.example.com/other/a", 60, "isn't for https://s3.example.com/other/a"),
            (wide, "models", "GET", "https://s3.example.com/bucket/../other/a", 60, "isn't for"),
            (wide, "models", "GET", "https://s3.example.com/bucket/%2e%2e/other/a", 60, "isn't for"),
            (wide, "models", "GET", "https://s3.example.com/bucket/..%2Fother/a", 60, "isn't for"),
            (wide, "models", "GET", "https://s3.example.com/bucket/..%5cother", 60, "isn't for"),
            (wide, "models", "GET", "https://s3.example.com.evil.org/bucket/a", 60, "isn't for"),
            (wide, "models", "GET", "https://evil-s3.example.com/bucket/a", 60, "isn't for"),
            (wide, "models", "GET", "https://s3.example.com@evil.org/bucket/a", 60, "user information"),
            (wide, "models", "GET", "https://s3.example.com:8443/bucket/a", 60, "isn't for"),
            (wide, "models", "GET", "http://s3.example.com/bucket/a", 60, "isn't for"),
            (wide, "models", "PUT", "https://s3.example.com/bucket/a?acl", 60, "no query parameter \"acl\""),
            (
                wide,
                "models",
                "GET",
                "https://s3.example.com/bucket/a?X-Amz-Expires=1",
                60,
                "parameter \"X-Amz-Expires\"",
            ),
            (wide, "models", "GET", "https://s3.example.com/bucket/a#b", 60, "a fragment"),
            ("", "models", "GET", "https://s3.example.com/bucket/a", 900, ""),
            ("", "models", "PUT", "https://s3.example.com/bucket/a", 900, "the method"),
            ("", "models", "GET", "https://s3.example.com/bucket/a", 901, "1 to 900"),
            ("host = '*.example.com'", "models", "GET", "https://b.s3.example.com/bucket/a", 60, ""),
            ("host = '*.example.com'", "models", "GET", "https://example.com/bucket/a", 60, "isn't for"),
            ("host = '*.example.com'", "models", "GET", "https://evilexample.com/bucket/a", 60, "isn't for"),
            (
                "host = '127.0.0.1'\nport = 9000\nplain-http = true",
                "models",
                "GET",
                "http://127.0.0.1:9000/bucket/a",
                60,
                "",
            ),
        ];
        for (extra, name, method, url, seconds, expected) in cases {
            let grants = Grants::new(vec![grant(extra)]).unwrap();
            let decision = grants.decide(name, method, &Url::parse(url).unwrap(), Duration::from_secs(seconds));
            let problem = decision.err().map_or_else(String::new, |refused| {
                assert!(!refused.hint().is_empty());
                refused.why
            });
            assert_eq!(problem.is_empty(), expected.is_empty(), "{method} {url}: {problem}");
            assert!(problem.contains(expected), "{method} {url}: {problem}");
        }
    }

    #[test]
    fn a_grant_that_can_not_be_meant_is_an_error() {
        let cases = [
            ("longest-seconds = 0", "`longest-seconds`"),
            ("longest-seconds = 604801", "it is 604801"),
            ("longest-seconds = 604800", ""),
            ("methods = []", "`methods`"),
            ("methods = ['get']", "`get` is no method"),
            ("host = 'https://a.example'", "`host`"),
            ("host = ''", "`host`"),
            ("host = '*.'", "`host`"),
            ("host = '0x7f.1'", "has to be written like that"),
        ];
        for (extra, expected) in cases {
            let problem = Grants::new(vec![grant(extra)]).err().map_or_else(String::new, |error| {
                assert!(!error.hint().is_empty());
                error.to_string()
            });
            assert_eq!(problem.is_empty(), expected.is_empty(), "{extra}: {problem}");
            assert!(problem.contains(expected), "{extra}: {problem}");
        }
        for path in ["/bucket/[ab]", "/bucket/../other", "/bucket/a**", "/bucket/%2e%2e"] {
            let odd = Grant { path: path.into(), ..grant("") };
            assert_eq!(Grants::new(vec![odd]).is_err(), path != "/bucket/[ab]", "{path}");
        }
        let twice = Grants::new(vec![grant(""), grant("")]).err().unwrap();
        assert_eq!(twice, GrantError::Twice("models".into()));
        let relative = Grant { path: "bucket".into(), ..grant("") };
        assert!(Grants::new(vec![relative]).unwrap_err().to_string().contains("doesn't begin with `/`"));
        let unsigned = Grant { aws: Aws { secret: Some("a".into()), ..grant("").aws }, ..grant("") };
        assert!(Grants::new(vec![unsigned]).unwrap_err().to_string().contains("belong together"));
    }
}
