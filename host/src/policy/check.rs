//! What an operator may want to correct in grants that hold together: rules that never match, and those that give more
//! than anybody asks for.

use super::{Asked, Grants};
use crate::capability::credential::Credentials;
use crate::capability::decision::{READING, is_reading};
use crate::capability::{files, http, keyvalue, signing};

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is odd.
    pub problem: String,
    /// What to do about it.
    pub help: String,
}

impl Finding {
    fn new(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self { problem: problem.into(), help: help.into() }
    }
}

/// Looks at what one plugin was granted.
///
/// # Errors
/// A grant that doesn't hold together.
pub fn findings(grants: &Grants, asked: &Asked, is_read_only: bool) -> Result<Vec<Finding>, String> {
    let mut found = Vec::new();
    if let Some(rules) = &grants.http {
        found.append(&mut requests(rules, asked, is_read_only)?);
    }
    found.extend(grants.files.iter().filter_map(|grant| directory(grant, asked, is_read_only)));
    found.extend(grants.keyvalue.iter().flatten().filter_map(|grant| bucket(grant, asked, is_read_only)));
    if let Some(keys) = &grants.signing {
        found.append(&mut signed(keys, asked, is_read_only)?);
    }
    Ok(found)
}

fn requests(rules: &[http::Rule], asked: &Asked, is_read_only: bool) -> Result<Vec<Finding>, String> {
    let compiled = http::Rules::new(asked.http.as_deref(), rules).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    for shadowed in compiled.shadowed() {
        let by: Vec<String> = shadowed.by.iter().map(|index| format!("http[{index}]")).collect();
        let problem = format!("http[{}] can never match: {} take all that it would", shadowed.index, by.join(" and "));
        found.push(Finding::new(problem, "remove it, or put it before them: the first rule that matches counts"));
    }
    for index in compiled.wider_than_asked() {
        let problem = format!("http[{index}] gives more than the plugin asks for");
        found.push(Finding::new(problem, NARROW));
    }
    for (index, rule) in rules.iter().enumerate() {
        // As when the plugin is loaded; whether the secrets are there, only that can tell.
        let credentials = Credentials::new(&rule.headers, rule.sign.as_ref());
        credentials.map_err(|problem| format!("http[{index}] of the grants: {problem}"))?;
        let attaches = !rule.headers.is_empty() || rule.sign.is_some();
        if attaches && rule.scheme == http::Scheme::Http {
            let problem = format!("http[{index}] attaches credentials to requests that travel unencrypted");
            found.push(Finding::new(problem, "let the rule have `scheme = \"https\"`"));
        }
        if is_read_only {
            found.extend(writing(&format!("http[{index}]"), &rule.methods));
        }
    }
    Ok(found)
}

/// What of the methods is granted in vain to a plugin that is held to reading.
fn writing(grant: &str, methods: &[String]) -> Option<Finding> {
    let (reading, writing): (Vec<&str>, Vec<&str>) =
        methods.iter().map(String::as_str).partition(|method| is_reading(method));
    if writing.is_empty() {
        return None;
    }
    if reading.is_empty() && writing != ["*"] {
        let problem = format!("{grant} can never match: the plugin is held to reading, and the rule only writes");
        return Some(Finding::new(problem, "remove it"));
    }
    let reading = if reading.is_empty() { READING.to_vec() } else { reading };
    let problem = format!("{grant} is granted for writing ({}), and the plugin is held to reading", writing.join(", "));
    Some(Finding::new(problem, format!("write `methods = {reading:?}`")))
}

fn signed(keys: &[signing::Grant], asked: &Asked, is_read_only: bool) -> Result<Vec<Finding>, String> {
    let rules = signing::Rules::new(asked.signing.as_deref(), keys.to_vec(), is_read_only);
    let rules = rules.map_err(|error| error.to_string())?;
    let is_asked = |name: &str| asked.signing.iter().flatten().any(|want| want.name == name);
    let mut found = Vec::new();
    for grant in rules.wider_than_asked() {
        let name = &grant.name;
        found.push(match is_asked(name) {
            false => {
                Finding::new(format!("the plugin doesn't ask for the key `{name}` of signing"), "remove the grant")
            }
            true => Finding::new(format!("the key `{name}` of signing gives more than the plugin asks for"), NARROW),
        });
    }
    if is_read_only {
        let writing = |grant: &signing::Grant| writing(&format!("the key `{}` of signing", grant.name), &grant.methods);
        found.extend(keys.iter().filter_map(writing));
    }
    Ok(found)
}

const NARROW: &str = "narrow it to what `wharf plugin inspect` shows, or leave it: what isn't asked for is refused";

fn directory(grant: &files::Grant, asked: &Asked, is_read_only: bool) -> Option<Finding> {
    let at = &grant.at;
    if is_read_only && grant.access == files::Access::ReadWrite {
        let problem = format!("the directory at {at} is granted for writing, and the plugin is held to reading");
        return Some(Finding::new(problem, "remove `access = \"read-write\"`"));
    }
    let wanted = asked.files.as_ref()?.iter().filter(|want| want.at == *at).map(|want| want.access).max();
    match wanted {
        None => {
            Some(Finding::new(format!("the plugin doesn't ask for files at {at}"), "remove the grant: it isn't given"))
        }
        Some(wanted) if wanted < grant.access => {
            Some(Finding::new(format!("the plugin asks for files at {at} only to {wanted}"), "remove `access`"))
        }
        Some(_) => None,
    }
}

fn bucket(grant: &keyvalue::Grant, asked: &Asked, is_read_only: bool) -> Option<Finding> {
    let name = &grant.bucket;
    let reads = |access| access == keyvalue::Access::Read;
    if is_read_only && !reads(grant.access) {
        let problem = format!("the bucket `{name}` is granted for writing, and the plugin is held to reading");
        return Some(Finding::new(problem, "add `access = \"read\"`"));
    }
    let mut asked = asked.keyvalue.as_ref()?.iter().filter(|want| want.bucket == *name).peekable();
    if asked.peek().is_none() {
        return Some(Finding::new(format!("the plugin doesn't ask for the bucket `{name}`"), "remove the grant"));
    }
    let is_wider = !reads(grant.access) && asked.all(|want| reads(want.access));
    is_wider.then(|| {
        Finding::new(format!("the plugin asks for the bucket `{name}` only to read"), "add `access = \"read\"`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_matches_or_gives_too_much_is_found() {
        let rule = |host: &str, path: &str| http::Rule { path: path.into(), ..http::Want::of(host).into() };
        let rules = |rules: Vec<http::Rule>| Grants { http: Some(rules), ..Grants::default() };
        let asked = Asked { http: Some(vec![http::Want::of("a.example")]), files: Some(vec![]), ..Asked::default() };
        let writing = http::Rule { methods: vec!["POST".into()], ..rule("a.example", "/**") };
        let plain = http::Rule { scheme: http::Scheme::Http, ..rule("a.example", "/**") };
        let files = files::Grant { directory: "/srv".into(), at: "/data".into(), access: files::Access::ReadWrite };
        let files = Grants { files: vec![files], ..Grants::default() };
        let read = keyvalue::Want { bucket: "b".into(), access: keyvalue::Access::Read };
        let reading = Asked { keyvalue: Some(vec![read]), ..Asked::default() };
        let bucket = |grant| Grants { keyvalue: Some(vec![grant]), ..Grants::default() };
        let read = keyvalue::Grant { access: keyvalue::Access::Read, ..keyvalue::Grant::of("b") };
        let some = http::Rule { methods: vec!["GET".into(), "POST".into()], ..rule("a.example", "/**") };
        let all = http::Rule { methods: vec!["*".into()], ..rule("a.example", "/**") };
        let cases = [
            (bucket(keyvalue::Grant::of("b")), &reading, false, "only to read"),
            (bucket(keyvalue::Grant::of("b")), &Asked::default(), false, ""),
            (bucket(keyvalue::Grant::of("b")), &Asked::default(), true, "held to reading"),
            (bucket(read.clone()), &Asked::default(), true, ""),
            (bucket(read), &reading, false, ""),
            (rules(vec![some.clone()]), &Asked::default(), false, ""),
            (rules(vec![some]), &Asked::default(), true, "http[0] is granted for writing (POST)"),
            (rules(vec![all]), &Asked::default(), true, "http[0] is granted for writing (*)"),
            (rules(vec![rule("a.example", "/**")]), &Asked::default(), true, ""),
            (bucket(keyvalue::Grant::of("c")), &reading, false, "doesn't ask for the bucket `c`"),
            (rules(vec![rule("a.example", "/**")]), &asked, false, ""),
            (rules(vec![rule("a.example", "/**"), rule("a.example", "/x")]), &asked, false, "http[1] can never match"),
            (rules(vec![rule("*.example", "/**")]), &asked, false, "more than the plugin asks"),
            (rules(vec![writing]), &Asked::default(), true, "only writes"),
            (rules(vec![plain]), &Asked::default(), false, ""),
            (files.clone(), &asked, false, "doesn't ask for files"),
            (files, &Asked::default(), true, "held to reading"),
        ];
        for (grants, asked, is_read_only, expected) in cases {
            let found = findings(&grants, asked, is_read_only).unwrap();
            let text: Vec<&str> = found.iter().map(|finding| finding.problem.as_str()).collect();
            assert_eq!(found.is_empty(), expected.is_empty(), "{text:?}");
            assert!(text.join("\n").contains(expected), "{text:?}");
        }
    }

    #[test]
    fn what_can_not_be_loaded_is_an_error_here_as_well() {
        let http = |lines: &str| {
            let rule: http::Rule = toml::from_str(&format!("host = 'a.example'\n{lines}")).unwrap();
            Grants { http: Some(vec![rule]), ..Grants::default() }
        };
        let signing = |aws: &str| {
            let text =
                format!("name = 'k'\nhost = 'a.example'\npath = '/**'\naws = {{ service = 's3', region = 'r'{aws} }}");
            Grants { signing: Some(vec![toml::from_str(&text).unwrap()]), ..Grants::default() }
        };
        let cases = [
            (http("headers.X-A = { secret = 'a' }"), None),
            (http("headers.'X A' = { secret = 'a' }"), Some("http[0]")),
            (http("headers.Host = 'b.example'"), Some("http[0]")),
            (http("headers.X-A = { basic = { user = 'a:b', secret = 'a' } }"), Some("http[0] of the grants")),
            (http("sign = { aws = { service = 's3', region = 'r', secret = 'a' } }"), Some("http[0] of the grants")),
            (signing(", access-key = 'A', secret = 'a'"), None),
            (signing(", secret = 'a'"), Some("`k`")),
        ];
        for (grants, expected) in cases {
            match (findings(&grants, &Asked::default(), false), expected) {
                (Ok(_), None) => {}
                (Err(problem), Some(part)) => assert!(problem.contains(part), "{problem}"),
                (found, expected) => panic!("{found:?} is not {expected:?}"),
            }
        }
    }

    #[test]
    fn keys_that_sign_too_much_are_found() {
        let text = "name = 'k'\nhost = '*.example.com'\npath = '/**'\naws = { service = 's3', region = 'eu-west-1' }";
        let key: signing::Grant = toml::from_str(text).unwrap();
        let with = |methods: &[&str]| {
            let methods = methods.iter().map(|method| (*method).to_owned()).collect();
            Grants { signing: Some(vec![signing::Grant { methods, ..key.clone() }]), ..Grants::default() }
        };
        let cases = [
            (None, with(&["GET", "PUT"]), false, ""),
            (Some("[]"), with(&["GET"]), false, "doesn't ask for the key `k`"),
            (Some(r#"[{"name": "k"}]"#), with(&["GET", "PUT"]), false, ""),
            (Some(r#"[{"name": "k", "methods": ["GET"]}]"#), with(&["GET", "PUT"]), false, "`k` of signing gives more"),
            (Some(r#"[{"name": "k", "host": "a.example.com"}]"#), with(&["GET"]), false, "`k` of signing gives more"),
            (None, with(&["GET", "PUT"]), true, "`k` of signing is granted for writing (PUT)"),
            (None, with(&["PUT"]), true, "only writes"),
            (None, with(&["GET"]), true, ""),
        ];
        for (asked, grants, is_read_only, expected) in cases {
            let asked = Asked { signing: asked.map(|asked| serde_json::from_str(asked).unwrap()), ..Asked::default() };
            let found = findings(&grants, &asked, is_read_only).unwrap();
            let text: Vec<&str> = found.iter().map(|finding| finding.problem.as_str()).collect();
            assert_eq!(found.is_empty(), expected.is_empty(), "{text:?}");
            assert!(text.join("\n").contains(expected), "{text:?}");
        }
    }
}
