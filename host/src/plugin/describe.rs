//! What a plugin offers, asked for at load and whenever it says that something changed, and checked before anyone sees
//! it.

mod prompts;
mod resources;
mod tools;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value};

pub use self::prompts::{Argument, Prompt};
pub use self::resources::{About, Resource, Template};
pub use self::tools::Tool;
use super::bindings::prompts::Prompt as GuestPrompt;
use super::bindings::resources::{Resource as GuestResource, Template as GuestTemplate};
use super::bindings::tools::Tool as GuestTool;
use super::bindings::types::Icon;
use super::error::LoadError;
use super::limits;
use crate::text::forbidden_character;

/// Longest name of a tool or a prompt, before the plugin's prefix: what the strictest model interfaces take.
const NAME_BYTES: usize = 64;

/// Schemes that an icon may have: clients must not fetch others.
const ICON_SCHEMES: [&str; 2] = ["https:", "data:"];

/// All that a plugin offers, under its own names and URIs, each list in its own order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offers {
    /// Actions that the model chooses to take.
    pub tools: Vec<Tool>,
    /// Things to read.
    pub resources: Vec<Resource>,
    /// Families of things to read.
    pub templates: Vec<Template>,
    /// Ready messages that a person chooses to start from.
    pub prompts: Vec<Prompt>,
}

/// What a plugin listed, as it said it.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) tools: Vec<GuestTool>,
    pub(super) resources: Vec<GuestResource>,
    pub(super) templates: Vec<GuestTemplate>,
    pub(super) prompts: Vec<GuestPrompt>,
}

impl Offers {
    /// Checks what a plugin listed.
    ///
    /// # Errors
    /// The first item that is refused, and why; or that all of them take longer than this.
    pub(super) fn check(listed: Listed, time: Duration) -> Result<Self, LoadError> {
        Ok(Self {
            tools: tools::check_tools(listed.tools, time)?,
            resources: resources::check_resources(listed.resources)?,
            templates: resources::check_templates(listed.templates)?,
            prompts: prompts::check_prompts(listed.prompts)?,
        })
    }
}

fn refused(item: String, problem: String) -> LoadError {
    LoadError::Refused { item, problem }
}

/// What a list is of, in words.
struct Kind {
    one: &'static str,
    many: &'static str,
    /// What no two of them may share.
    key: &'static str,
}

/// Checks each item of a list; that there aren't too many; and that each has a key of its own.
fn check_each<Listed, Checked>(
    kind: &Kind,
    most: usize,
    listed: Vec<Listed>,
    key: impl Fn(&Listed) -> &str,
    check: impl Fn(Listed) -> Result<Checked, String>,
) -> Result<Vec<Checked>, LoadError> {
    let Kind { one, many, key: what } = kind;
    if listed.len() > most {
        let problem = format!("it has {} {many}, and {most} are allowed", listed.len());
        return Err(refused("the list".into(), problem));
    }
    let mut keys = BTreeSet::new();
    let mut checked = Vec::with_capacity(listed.len());
    for item in listed {
        let (name, key) = (format!("{one} {:?}", key(&item)), key(&item).to_owned());
        if !keys.insert(key) {
            return Err(refused(name, format!("the plugin lists two {many} of this {what}")));
        }
        checked.push(check(item).map_err(|problem| refused(name, problem))?);
    }
    Ok(checked)
}

fn check_title(title: Option<&str>) -> Result<(), String> {
    title.map_or(Ok(()), |title| check_text("title", title, limits::TITLE_BYTES))
}

fn check_icons(icons: &[Icon]) -> Result<(), String> {
    if icons.len() > limits::ICONS {
        return Err(format!("it has {} icons, and {} are allowed", icons.len(), limits::ICONS));
    }
    icons.iter().try_for_each(check_icon)
}

/// Reads metadata, within its bound.
fn check_meta(meta: Option<&str>) -> Result<Option<Map<String, Value>>, String> {
    let Some(meta) = meta else { return Ok(None) };
    check_text("metadata", meta, limits::META_BYTES)?;
    parse_meta(meta).map(Some)
}

fn check_name(name: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if name.is_empty() || name.len() > NAME_BYTES || !name.bytes().all(allowed) {
        return Err(format!("a name has 1 to {NAME_BYTES} characters of A-Z a-z 0-9 _ -"));
    }
    Ok(())
}

fn check_text(what: &str, text: &str, bytes: usize) -> Result<(), String> {
    if text.len() > bytes {
        return Err(format!("its {what} has {} bytes, and {bytes} are allowed", text.len()));
    }
    match forbidden_character(text) {
        None => Ok(()),
        Some(character) => {
            Err(format!("its {what} has the hidden or control character U+{:04X}", u32::from(character)))
        }
    }
}

fn check_icon(icon: &Icon) -> Result<(), String> {
    check_text("icon", &icon.src, limits::ICON_BYTES)?;
    for detail in icon.mime_type.iter().chain(&icon.sizes).chain(&icon.theme) {
        check_text("icon", detail, limits::TITLE_BYTES)?;
    }
    if ICON_SCHEMES.iter().any(|scheme| icon.src.starts_with(scheme)) {
        return Ok(());
    }
    Err(format!("an icon's source must begin with https: or data:, and this one is {:?}", icon.src))
}

/// Reads a `_meta` object.
pub(super) fn parse_meta(json: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(json).map_err(|error| format!("its metadata is not a JSON object: {error}"))
}
