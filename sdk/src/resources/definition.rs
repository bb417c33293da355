//! Resources as `#[resource]` describes them, and the interface `resources` of the contract made of them.

use serde_json::{Map, Value};

use super::{About, CacheScope, Outcome, Place, Reading, Resource, Resources, Template};
use crate::completion::Of;
use crate::template::{self, Part};
use crate::variables::Variables;
use crate::{Annotations, Call, Failure, Icon, Resumption, Role, Step};

/// What `#[resource]` makes of a function: `rules::definition()` for a function `rules`.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "each is the option of `#[resource]` of the same name")]
pub struct Definition {
    /// A URI or a template.
    pub uri: &'static str,
    /// The same, taken apart.
    #[doc(hidden)]
    pub parts: &'static [Part],
    pub name: &'static str,
    pub title: Option<&'static str>,
    /// The doc comment.
    pub description: Option<&'static str>,
    pub mime_type: Option<&'static str>,
    pub size: Option<u64>,
    pub poll_ms: Option<u32>,
    pub fresh_ms: Option<u32>,
    pub public: bool,
    pub audience: &'static [Role],
    pub priority: Option<f64>,
    pub last_modified: Option<&'static str>,
    pub icons: fn() -> Vec<Icon>,
    pub meta: fn() -> Option<Map<String, Value>>,
    /// Reads it, with the variables of its template.
    #[doc(hidden)]
    pub run: fn(&Call, &Place<'_>, Variables) -> Result<Step<Reading>, Failure>,
}

impl Definition {
    /// Whether there are many of it, with the variables of a template.
    pub fn is_template(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Expression(..)))
    }

    /// What `#[completion(of = …)]` completes.
    #[doc(hidden)]
    pub const fn reference(&self) -> Of {
        Of::Template(self.uri)
    }

    /// The resource as the host lists it. None: it is a template.
    pub fn describe(&self) -> Option<Resource> {
        let about = || self.about();
        (!self.is_template()).then(|| Resource {
            uri: self.uri.into(),
            about: about(),
            size: self.size,
            poll_ms: self.poll_ms,
        })
    }

    /// The template as the host lists it. None: it is a resource.
    pub fn describe_template(&self) -> Option<Template> {
        let about = || self.about();
        self.is_template().then(|| Template { uri_template: self.uri.into(), about: about(), poll_ms: self.poll_ms })
    }

    /// Reads it as the host does.
    ///
    /// # Errors
    /// When nothing of this resource is behind the URI, or it can't be read.
    pub fn read(&self, call: &Call, uri: &str) -> Result<Outcome, Failure> {
        let place = Place { uri, mime_type: self.mime_type };
        let variables = template::variables(self.parts, uri).ok_or_else(|| place.nothing())?;
        match (self.run)(call, &place, variables)? {
            Step::Done(reading) => Ok(Outcome::Done(self.kept(reading))),
            Step::Ask(asking) => Ok(Outcome::Ask(asking)),
            Step::Pause(_) => {
                Err(Failure::Internal(format!("resource `{}`: it pauses, but only tools can", self.name)))
            }
        }
    }

    /// What the function itself said comes first.
    fn kept(&self, reading: Reading) -> Reading {
        let scope = if self.public { CacheScope::Public } else { reading.scope };
        Reading { fresh_ms: reading.fresh_ms.or(self.fresh_ms), scope, ..reading }
    }

    fn about(&self) -> About {
        let plain = self.audience.is_empty() && self.priority.is_none() && self.last_modified.is_none();
        let annotations = (!plain).then(|| Annotations {
            audience: self.audience.to_vec(),
            priority: self.priority,
            last_modified: self.last_modified.map(String::from),
        });
        About {
            name: self.name.into(),
            title: self.title.map(String::from),
            description: self.description.map(String::from),
            mime_type: self.mime_type.map(String::from),
            icons: (self.icons)(),
            annotations,
            meta: (self.meta)().map(|meta| Value::Object(meta).to_string()),
        }
    }
}

/// What `plugin!` gives the list of a plugin's resources by.
#[doc(hidden)]
pub trait Defined {
    /// In the order in which they are listed.
    const ALL: &'static [Definition];
}

impl<T: Defined> Resources for T {
    fn list_resources() -> Result<Vec<Resource>, Failure> {
        Ok(T::ALL.iter().filter_map(Definition::describe).collect())
    }

    fn list_templates() -> Result<Vec<Template>, Failure> {
        Ok(T::ALL.iter().filter_map(Definition::describe_template).collect())
    }

    /// A resource of exactly this URI comes before a template that has it too, and templates come in their order.
    fn read(uri: String, resumed: Option<Resumption>) -> Result<Outcome, Failure> {
        let exact = T::ALL.iter().find(|one| one.uri == uri);
        let matching = || T::ALL.iter().find(|one| one.is_template() && template::variables(one.parts, &uri).is_some());
        match exact.or_else(matching) {
            Some(definition) => definition.read(&Call::current(resumed), &uri),
            None => Err(Failure::NotFound(uri)),
        }
    }
}
