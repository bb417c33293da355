//! The syntax of `plugin! { … }`.

use proc_macro2::Span;
use serde_json::{Map, Value};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitStr, Path, Result, Token, Type, bracketed};

use super::json;
use super::section::Section;

/// The custom section with what a plugin asks for.
const REQUEST_SECTION: &str = "wharf:request";

/// As written.
#[derive(Default)]
pub(super) struct Input {
    pub(super) tools: Option<Vec<Path>>,
    /// The other interfaces of the contract.
    pub(super) others: Vec<(Ident, Offer)>,
    requests: Option<Vec<Value>>,
    state_version: Option<String>,
}

/// What an interface is made of.
pub(super) enum Offer {
    /// Functions that have the interface's attribute.
    Functions(Vec<Path>),
    /// A type that implements the interface's trait.
    ByHand(Box<Type>),
}

impl Parse for Offer {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(syn::token::Bracket) {
            return list(input, Path::parse_mod_style).map(Self::Functions);
        }
        input.parse().map(|ty| Self::ByHand(Box::new(ty)))
    }
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut plugin = Self::default();
        let mut seen: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            if seen.contains(&key) {
                return Err(Error::new(key.span(), format!("`{key}` is given twice")));
            }
            input.parse::<Token![:]>()?;
            plugin.read(&key, input)?;
            seen.push(key);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if plugin.tools.is_none() && plugin.others.is_empty() {
            return Err(Error::new(
                Span::call_site(),
                "a plugin exports something: begin with `tools: [name_of_function]`",
            ));
        }
        Ok(plugin)
    }
}

impl Input {
    fn read(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        match key.to_string().as_str() {
            "tools" => self.tools = Some(list(input, Path::parse_mod_style)?),
            "resources" | "prompts" | "completion" | "cleanup" => self.others.push((key.clone(), input.parse()?)),
            "requests" => self.requests = Some(list(input, request)?),
            "state_version" => self.state_version = Some(input.parse::<LitStr>()?.value()),
            _ => {
                let known = "tools, resources, prompts, completion, cleanup, requests, state_version";
                return Err(Error::new(key.span(), format!("unknown key `{key}`; there are: {known}")));
            }
        }
        Ok(())
    }

    /// None: the plugin says nothing of the kind.
    pub(super) fn request_section(&self) -> Option<Section> {
        if self.requests.is_none() && self.state_version.is_none() {
            return None;
        }
        let mut content = Map::new();
        content.insert("requests".into(), self.requests.clone().unwrap_or_default().into());
        if let Some(version) = &self.state_version {
            content.insert("stateVersion".into(), version.as_str().into());
        }
        Some(Section { name: REQUEST_SECTION, content: Value::Object(content).to_string().into_bytes() })
    }
}

fn list<T>(input: ParseStream<'_>, item: fn(ParseStream<'_>) -> Result<T>) -> Result<Vec<T>> {
    let content;
    bracketed!(content in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated_with(&content, item)?.into_iter().collect())
}

/// `files { at: "/registries", reason: "…" }`: reason and `optional` are ours, the rest is the capability's.
fn request(input: ParseStream<'_>) -> Result<Value> {
    let (capability, span) = json::key(input)?;
    let mut wants = json::object(input)?;
    let reason = match wants.remove("reason") {
        Some(Value::String(reason)) if !reason.trim().is_empty() => reason,
        _ => {
            return Err(Error::new(
                span,
                format!("say why: `{capability} {{ reason: \"…\" }}` is what the operator decides by"),
            ));
        }
    };
    let optional = match wants.remove("optional") {
        None => false,
        Some(Value::Bool(optional)) => optional,
        Some(_) => return Err(Error::new(span, "`optional` is true or false")),
    };
    let wants = Value::Object(wants);
    Ok(serde_json::json!({ "capability": capability, "reason": reason, "optional": optional, "wants": wants }))
}
