//! What a plugin asks for, capability by capability, in the form of the grants.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::request::{Request, in_short, unfit};
use crate::capability::{files, http, keyvalue, signing};

/// What a plugin asks for. None: it doesn't say, and asks for whatever is granted. An empty list: it asks for nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// Paths, and what is to be done there.
    pub files: Option<Vec<files::Want>>,
    /// Requests.
    pub http: Option<Vec<http::Want>>,
    /// Buckets.
    pub keyvalue: Option<Vec<keyvalue::Want>>,
    /// Keys.
    pub signing: Option<Vec<signing::Want>>,
}

impl Asked {
    /// Reads what the section says. Without a section, the imports say what is asked for, and nothing more precise is known.
    ///
    /// # Errors
    /// What isn't in the form of the grant.
    pub fn of(request: Option<&Request>) -> Result<Self, String> {
        let Some(request) = request else { return Ok(Self::default()) };
        Ok(Self {
            files: wants(request, files::NAME, None)?,
            http: wants(request, http::NAME, Some("rules"))?,
            keyvalue: wants(request, keyvalue::NAME, Some("buckets"))?,
            signing: wants(request, signing::NAME, Some("keys"))?,
        })
    }
}

/// What the section wants of one capability: a list below this key, or else one thing, each time that it asks.
fn wants<W: DeserializeOwned>(
    request: &Request,
    capability: &str,
    key: Option<&str>,
) -> Result<Option<Vec<W>>, String> {
    let mut all = Vec::new();
    for asked in request.requests.iter().filter(|asked| asked.capability == capability) {
        if asked.wants.is_empty() {
            return Ok(None);
        }
        let unfit = |error| format!("what it wants of `{capability}` is not in the grant's form: {}", unfit(error));
        let Some(key) = key else {
            all.push(serde_json::from_value(Value::Object(asked.wants.clone())).map_err(unfit)?);
            continue;
        };
        if let Some(other) = asked.wants.keys().find(|other| *other != key) {
            let other = in_short(other);
            return Err(format!("what it wants of `{capability}` has a key \"{other}\", and only `{key}` is known"));
        }
        let listed = asked.wants.get(key).cloned().unwrap_or_default();
        all.append(&mut serde_json::from_value(listed).map_err(unfit)?);
    }
    Ok(Some(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(requests: &str) -> Result<Asked, String> {
        let request = Request::parse(format!(r#"{{"requests": [{requests}]}}"#).as_bytes())?;
        Asked::of(Some(&request))
    }

    #[test]
    fn what_is_not_asked_for_is_nothing_and_what_is_not_said_is_anything() {
        assert_eq!(Asked::of(None), Ok(Asked::default()));
        assert_eq!(asked("").unwrap().http, Some(Vec::new()));
        let broad = r#"{"capability": "http", "reason": "to ask"}"#;
        assert_eq!(asked(broad).unwrap().http, None);
        let one = r#"{"capability": "http", "reason": "a", "wants": {"rules": [{"host": "a.example"}]}}"#;
        let two = r#"{"capability": "http", "reason": "b", "wants": {"rules": [{"host": "b.example"}]}}"#;
        assert_eq!(asked(&format!("{one}, {two}")).unwrap().http.unwrap().len(), 2);
        assert_eq!(asked(&format!("{one}, {broad}")).unwrap().http, None);
    }

    #[test]
    fn a_wish_in_another_form_is_an_error() {
        let cases = [
            (r#"{"capability": "http", "reason": "", "wants": {"rules": [{"hosts": "a"}]}}"#, "`http`"),
            (r#"{"capability": "http", "reason": "", "wants": {"rule": []}}"#, "\"rule\""),
            (r#"{"capability": "files", "reason": "", "wants": {"path": "/a"}}"#, "`files`"),
            (r#"{"capability": "keyvalue", "reason": "", "wants": {"buckets": {}}}"#, "`keyvalue`"),
        ];
        for (request, expected) in cases {
            let problem = asked(request).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
        }
        let keys = ["{\"rule\\nverified: safe\": []}", "{\"rules\": [{\"host\\nverified: safe\": 1}]}"];
        for wants in keys {
            let problem = asked(&format!(r#"{{"capability": "http", "reason": "", "wants": {wants}}}"#)).unwrap_err();
            assert!(!problem.contains('\n'), "{problem}");
        }
    }
}
