//! Whether an address may be signed for a plugin: asked for, and granted.

use std::collections::BTreeSet;
use std::time::Duration;

use url::Url;

use super::{Checked, Grant, GrantError, Grants, Want, problem_of_methods};
use crate::capability::decision::{By, Decision, Refused, is_reading};
use crate::capability::place::hostname::HostPattern;
use crate::capability::place::path::{PathPattern, narrowest};
use crate::capability::place::{PlaceError, Target};

/// What one plugin may have signed, worked out once: asked for ∩ granted.
#[derive(Debug, Default)]
pub struct Rules {
    /// None: the plugin doesn't say, and what is granted counts alone.
    asked: Option<Vec<Asked>>,
    granted: Grants,
    is_read_only: bool,
}

/// A key that a plugin asks for, compiled. What it doesn't say is as the grant has it.
#[derive(Debug)]
struct Asked {
    name: String,
    host: Option<HostPattern>,
    path: Option<PathPattern>,
    methods: Option<BTreeSet<String>>,
}

impl Rules {
    /// The rules of a plugin. Looks at no secret.
    ///
    /// # Errors
    /// The first key that can't be given, or can't be meant.
    pub fn new(asked: Option<&[Want]>, granted: Vec<Grant>, is_read_only: bool) -> Result<Self, GrantError> {
        let asked = asked.map(|asked| asked.iter().map(Asked::new).collect::<Result<_, _>>()).transpose()?;
        Ok(Self { asked, granted: Grants::new(granted)?, is_read_only })
    }

    /// What was granted.
    #[must_use]
    pub fn granted(&self) -> &Grants {
        &self.granted
    }

    /// Whether the plugin has a key of this name at all: what it wants to do with it comes after that.
    ///
    /// # Errors
    /// Who refuses it, why, and what would allow it.
    pub fn check_name(&self, name: &str) -> Decision<()> {
        if self.asked.as_ref().is_some_and(|asked| !asked.iter().any(|one| one.name == name)) {
            let want = Want { name: name.to_owned(), host: None, path: None, methods: None };
            return Err(not_asked(format!("the plugin doesn't ask for the key {name:?}"), &want));
        }
        self.granted.named(name).map(drop)
    }

    /// Whether a URL may be signed under this name, for this method and so long; and where the grant is in the list.
    ///
    /// # Errors
    /// Who refuses it, why, and what would allow it.
    pub fn decide(&self, name: &str, method: &str, url: &Url, lifetime: Duration) -> Decision<(usize, &Grant)> {
        self.check_name(name)?;
        self.check_asked(name, method, &Target::of(url)?)?;
        let granted = self.granted.decide(name, method, url, lifetime)?;
        if self.is_read_only && !is_reading(method) {
            let hint = "remove `read-only = true`, if the plugin is meant to change things";
            return Err(Refused::new(By::ReadOnly, format!("an address for {method:?} may change something"), hint));
        }
        Ok(granted)
    }

    /// The grants that give more than the plugin asks for.
    #[must_use]
    pub fn wider_than_asked(&self) -> Vec<&Grant> {
        let Some(asked) = &self.asked else { return Vec::new() };
        let is_wider = |granted: &&Checked| !asked.iter().any(|one| one.covers(granted));
        self.granted.0.iter().filter(is_wider).map(|granted| &granted.grant).collect()
    }

    fn check_asked(&self, name: &str, method: &str, target: &Target<'_>) -> Decision<()> {
        let Some(asked) = &self.asked else { return Ok(()) };
        if asked.iter().filter(|one| one.name == name).any(|one| one.holds(method, target)) {
            return Ok(());
        }
        let Target { host, path, .. } = target;
        let want = Want {
            name: name.to_owned(),
            host: Some((*host).to_owned()),
            path: Some(narrowest(path)),
            methods: Some(vec![method.to_owned()]),
        };
        Err(not_asked(format!("the plugin doesn't ask to have {method} of {host}{path} signed with {name:?}"), &want))
    }
}

impl Asked {
    fn new(want: &Want) -> Result<Self, GrantError> {
        let wrong = |key, problem| GrantError::Want { name: want.name.clone(), key, problem };
        let of_place = |key| move |problem: PlaceError| wrong(key, problem.to_string());
        if let Some(problem) = want.methods.as_deref().and_then(problem_of_methods) {
            return Err(wrong("methods", problem));
        }
        let host = want.host.as_deref().map(HostPattern::compile).transpose().map_err(of_place("host"))?;
        let path = want.path.as_deref().map(PathPattern::compile).transpose().map_err(of_place("path"))?;
        let methods = want.methods.as_ref().map(|methods| methods.iter().cloned().collect());
        Ok(Self { name: want.name.clone(), host, path, methods })
    }

    fn holds(&self, method: &str, target: &Target<'_>) -> bool {
        self.host.as_ref().is_none_or(|host| host.matches(target.host, target.is_name))
            && self.path.as_ref().is_none_or(|path| target.is_within(path))
            && self.methods.as_ref().is_none_or(|methods| methods.contains(method))
    }

    fn covers(&self, granted: &Checked) -> bool {
        self.name == granted.grant.name
            && self.host.as_ref().is_none_or(|host| host.covers(&granted.place.host))
            && self.path.as_ref().is_none_or(|path| path.covers(&granted.place.path))
            && self.methods.as_ref().is_none_or(|methods| methods.is_superset(&granted.methods))
    }
}

fn not_asked(why: String, want: &Want) -> Refused {
    let entry = serde_json::to_string(want).unwrap_or_default();
    Refused::new(By::Plugin, why, format!("the plugin's author adds to the keys that it wants of `signing`: {entry}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(name: &str) -> Grant {
        let text = "name = 'a'\nhost = '*.example.com'\npath = '/bucket/**'\nmethods = ['GET', 'PUT']\n\
            aws = { service = 's3', region = 'eu-west-1' }";
        Grant { name: name.into(), ..toml::from_str(text).unwrap() }
    }

    fn wants(text: &str) -> Vec<Want> {
        serde_json::from_str(text).unwrap()
    }

    fn decide(asked: &str, is_read_only: bool, name: &str, method: &str, url: &str) -> Decision<usize> {
        let rules = Rules::new(Some(&wants(asked)), vec![grant("models"), grant("others")], is_read_only).unwrap();
        let decided = rules.decide(name, method, &url.parse().unwrap(), Duration::from_secs(60));
        decided.map(|(index, _)| index)
    }

    #[test]
    fn what_is_signed_was_asked_for_and_granted() {
        let (models, here) = (r#"[{"name": "models"}]"#, "https://s3.example.com/bucket/a");
        let host = r#"[{"name": "models", "host": "s3.example.com"}]"#;
        let path = r#"[{"name": "models", "path": "/bucket/own/**"}]"#;
        let read = r#"[{"name": "models", "methods": ["GET"]}]"#;
        let two = r#"[{"name": "models", "methods": ["GET"]}, {"name": "models", "path": "/bucket/own/*"}]"#;
        let wide = r#"[{"name": "models", "host": "*", "path": "/**", "methods": ["GET", "PUT", "DELETE"]}]"#;
        let cases = [
            ("the grant counts where nothing is said", models, false, "models", "PUT", here, None),
            ("another name", models, false, "others", "GET", here, Some(By::Plugin)),
            ("a name that nobody has", models, false, "none", "GET", here, Some(By::Plugin)),
            ("nothing asked for", "[]", false, "models", "GET", here, Some(By::Plugin)),
            ("the host", host, false, "models", "GET", here, None),
            ("another host", host, false, "models", "GET", "https://b.example.com/bucket/a", Some(By::Plugin)),
            ("the path", path, false, "models", "GET", "https://s3.example.com/bucket/own/a", None),
            ("another path", path, false, "models", "GET", here, Some(By::Plugin)),
            (
                "two readings",
                path,
                false,
                "models",
                "GET",
                "https://s3.example.com/bucket/own/..%2fa",
                Some(By::Plugin),
            ),
            ("the method", read, false, "models", "GET", here, None),
            ("another method", read, false, "models", "PUT", here, Some(By::Plugin)),
            ("the second", two, false, "models", "PUT", "https://s3.example.com/bucket/own/a", None),
            ("neither", two, false, "models", "PUT", here, Some(By::Plugin)),
            ("more than granted", wide, false, "models", "GET", "https://s3.example.com/other", Some(By::Operator)),
            ("a method beyond the grant", wide, false, "models", "DELETE", here, Some(By::Operator)),
            ("no URL for anybody", models, false, "models", "GET", "ftp://s3.example.com/a", Some(By::Malformed)),
            ("the name comes first", models, false, "none", "GET", "ftp://s3.example.com/a", Some(By::Plugin)),
            ("reading, read-only", models, true, "models", "GET", here, None),
            ("writing, read-only", models, true, "models", "PUT", here, Some(By::ReadOnly)),
            ("not granted, read-only", models, true, "models", "DELETE", here, Some(By::Operator)),
        ];
        for (case, asked, is_read_only, name, method, url, by) in cases {
            let refused = decide(asked, is_read_only, name, method, url).err();
            assert_eq!(refused.as_ref().map(|refused| refused.by), by, "{case}: {refused:?}");
            assert!(refused.is_none_or(|refused| !refused.hint().is_empty()), "{case}");
        }
    }

    #[test]
    fn the_entry_of_a_refusal_asks_for_it() {
        let url = "https://s3.example.com/bucket/a*b?x=1";
        for name in ["models", "others"] {
            let hint = decide(r#"[{"name": "models", "methods": ["PUT"]}]"#, false, name, "GET", url).unwrap_err().hint;
            let entry = format!("[{}]", hint.split_once(": ").unwrap().1);
            assert!(decide(&entry, false, name, "GET", "https://s3.example.com/bucket/a*b").is_ok(), "{entry}");
        }
    }

    #[test]
    fn a_wish_that_can_not_be_meant_is_an_error() {
        let cases = [
            (r#"{"name": "a", "host": "https://a.example"}"#, "`host`"),
            (r#"{"name": "a", "path": "a"}"#, "`path`"),
            (r#"{"name": "a", "methods": ["get"]}"#, "`methods`"),
            (r#"{"name": "a", "methods": []}"#, "`methods`"),
        ];
        for (want, expected) in cases {
            let error = Rules::new(Some(&wants(&format!("[{want}]"))), vec![], false).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(error.hint().contains("author"), "{}", error.hint());
        }
    }

    #[test]
    fn a_grant_is_compared_with_what_is_asked_for() {
        let cases = [
            (r#"[{"name": "models"}]"#, false),
            (r#"[{"name": "models", "host": "*.example.com", "path": "/**", "methods": ["GET", "PUT"]}]"#, false),
            (r#"[{"name": "models", "host": "s3.example.com"}]"#, true),
            (r#"[{"name": "models", "path": "/bucket/a"}]"#, true),
            (r#"[{"name": "models", "methods": ["GET"]}]"#, true),
            ("[]", true),
        ];
        for (asked, expected) in cases {
            let rules = Rules::new(Some(&wants(asked)), vec![grant("models")], false).unwrap();
            assert_eq!(rules.wider_than_asked().len() == 1, expected, "{asked}");
        }
        assert_eq!(Rules::new(None, vec![grant("models")], false).unwrap().wider_than_asked(), Vec::<&Grant>::new());
    }
}
