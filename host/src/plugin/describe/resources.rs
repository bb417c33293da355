//! Resources and templates of resources, checked.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Kind, check_each, check_icons, check_meta, check_text, check_title};
use crate::plugin::bindings::resources::{About as GuestAbout, Resource as GuestResource, Template as GuestTemplate};
use crate::plugin::bindings::types::{Annotations, Icon};
use crate::plugin::error::LoadError;
use crate::plugin::limits;
use crate::plugin::template::{UriTemplate, scheme};

/// What is said of a resource, or of a family of them.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// For programs; not unique.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// For the model and for people.
    pub description: Option<String>,
    /// Of what is behind it.
    pub mime_type: Option<String>,
    /// Pictures of it.
    pub icons: Vec<Icon>,
    /// Hints for whoever shows it.
    pub annotations: Option<Annotations>,
    /// Metadata for clients.
    pub meta: Option<Map<String, Value>>,
}

/// A thing to read, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// The plugin's own URI for it.
    pub uri: String,
    /// What is said of it.
    pub about: About,
    /// In bytes.
    pub size: Option<u64>,
    /// How often it is read again while somebody is subscribed to it. None: it never changes by itself.
    pub poll: Option<Duration>,
}

/// A family of things to read, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The plugin's own URIs of them.
    pub uri: UriTemplate,
    /// What is said of them.
    pub about: About,
    /// As for a [`Resource`].
    pub poll: Option<Duration>,
}

pub(super) fn check_resources(listed: Vec<GuestResource>) -> Result<Vec<Resource>, LoadError> {
    let kind = Kind { one: "resource", many: "resources", key: "URI" };
    check_each(&kind, limits::RESOURCES, listed, |resource| &resource.uri, check_resource)
}

pub(super) fn check_templates(listed: Vec<GuestTemplate>) -> Result<Vec<Template>, LoadError> {
    let kind = Kind { one: "template", many: "templates", key: "URI" };
    check_each(&kind, limits::TEMPLATES, listed, |template| &template.uri_template, check_template)
}

fn check_resource(resource: GuestResource) -> Result<Resource, String> {
    check_uri(&resource.uri)?;
    let about = check_about(resource.about)?;
    Ok(Resource { uri: resource.uri, about, size: resource.size, poll: resource.poll_ms.map(poll) })
}

fn check_template(template: GuestTemplate) -> Result<Template, String> {
    check_text("URI template", &template.uri_template, limits::URI_BYTES)?;
    let uri = UriTemplate::parse(&template.uri_template)?;
    Ok(Template { uri, about: check_about(template.about)?, poll: template.poll_ms.map(poll) })
}

fn poll(milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds.into()).max(limits::LEAST_POLL)
}

/// A scheme, and something behind it, without white space. What else there is to it is the plugin's business.
fn check_uri(uri: &str) -> Result<(), String> {
    check_text("URI", uri, limits::URI_BYTES)?;
    if scheme(uri).is_none() {
        return Err("a URI begins with a scheme, such as `notes:` in `notes://today`".into());
    }
    if uri.contains(char::is_whitespace) {
        return Err("a URI has no white space".into());
    }
    Ok(())
}

/// There are two roles, and a date is short.
fn check_annotations(annotations: &Annotations) -> Result<(), String> {
    if annotations.audience.len() > 2 {
        return Err(format!("its annotations name {} audiences, and there are two", annotations.audience.len()));
    }
    annotations.last_modified.as_ref().map_or(Ok(()), |date| check_text("date", date, limits::TITLE_BYTES))
}

fn check_about(about: GuestAbout) -> Result<About, String> {
    if about.name.is_empty() {
        return Err("its name is empty".into());
    }
    check_text("name", &about.name, limits::TITLE_BYTES)?;
    check_title(about.title.as_deref())?;
    if let Some(description) = &about.description {
        check_text("description", description, limits::DESCRIPTION_BYTES)?;
    }
    if let Some(mime_type) = &about.mime_type {
        check_text("media type", mime_type, limits::TITLE_BYTES)?;
    }
    check_icons(&about.icons)?;
    about.annotations.as_ref().map_or(Ok(()), check_annotations)?;
    Ok(About {
        meta: check_meta(about.meta.as_deref())?,
        name: about.name,
        title: about.title,
        description: about.description,
        mime_type: about.mime_type,
        icons: about.icons,
        annotations: about.annotations,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(name: &str) -> GuestAbout {
        GuestAbout {
            name: name.into(),
            title: None,
            description: None,
            mime_type: None,
            icons: Vec::new(),
            annotations: None,
            meta: None,
        }
    }

    fn resource(uri: &str) -> GuestResource {
        GuestResource { uri: uri.into(), about: about("a"), size: None, poll_ms: Some(0) }
    }

    fn problem(listed: Vec<GuestResource>) -> String {
        check_resources(listed).map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn a_listed_resource_is_fit_to_be_shown() {
        let cases = [
            (resource("test://static-text"), ""),
            (resource("urn:isbn:1"), ""),
            (resource("ui://widget"), ""),
            (resource("no-scheme"), "scheme"),
            (resource("://x"), "scheme"),
            (resource("1a:x"), "scheme"),
            (resource("a:b c"), "white space"),
            (resource("a:\u{1b}"), "U+001B"),
            (resource(&format!("a:{}", "x".repeat(limits::URI_BYTES))), "bytes"),
            (GuestResource { about: about(""), ..resource("a:b") }, "name is empty"),
            (
                GuestResource { about: GuestAbout { meta: Some("3".into()), ..about("a") }, ..resource("a:b") },
                "metadata",
            ),
        ];
        for (listed, expected) in cases {
            let problem = problem(vec![listed]);
            assert_eq!(problem.is_empty(), expected.is_empty(), "{problem}");
            assert!(problem.contains(expected), "{problem} should contain {expected}");
        }
        assert!(problem(vec![resource("a:b"), resource("a:c"), resource("a:b")]).contains("two resources"));
    }

    #[test]
    fn nobody_is_asked_again_without_a_break() {
        assert_eq!(check_resource(resource("a:b")).unwrap().poll, Some(limits::LEAST_POLL));
    }
}
