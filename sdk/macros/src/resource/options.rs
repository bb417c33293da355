//! The options of `#[resource(…)]`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitFloat, LitInt, LitStr, Result};

use crate::function::options::{self, Looks, flag, optional, value};

const KNOWN: &str = "uri, name, title, mime_type, size, poll_ms, fresh_ms, public, audience, priority, last_modified, \
                     icons, meta";

/// As written; None: left out.
#[derive(Default)]
pub(super) struct Options {
    uri: Option<LitStr>,
    pub(super) name: Option<LitStr>,
    /// In bytes.
    pub(super) size: Option<LitInt>,
    mime_type: Option<LitStr>,
    poll_ms: Option<LitInt>,
    fresh_ms: Option<LitInt>,
    public: bool,
    audience: Option<&'static str>,
    priority: Option<LitFloat>,
    last_modified: Option<LitStr>,
    looks: Looks,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut read = Self::default();
        options::parse(input, KNOWN, |key, input| read.read(key, input))?;
        Ok(read)
    }
}

impl Options {
    pub(super) fn uri(&self) -> Result<&LitStr> {
        let why = "a resource needs its URI, or a template: `uri = \"notes://today\"`, `uri = \"notes://{id}\"`";
        self.uri.as_ref().ok_or_else(|| Error::new(Span::call_site(), why))
    }

    fn read(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<bool> {
        match key.to_string().as_str() {
            "uri" => self.uri = Some(value(key, input)?),
            "name" => self.name = Some(value(key, input)?),
            "mime_type" => self.mime_type = Some(value(key, input)?),
            "size" => self.size = Some(value(key, input)?),
            "poll_ms" => self.poll_ms = Some(value(key, input)?),
            "fresh_ms" => self.fresh_ms = Some(value(key, input)?),
            "public" => self.public = flag(input)?,
            "audience" => self.audience = Some(audience(&value(key, input)?)?),
            "priority" => self.priority = Some(priority(value(key, input)?)?),
            "last_modified" => self.last_modified = Some(value(key, input)?),
            _ => return self.looks.read(key, input),
        }
        Ok(true)
    }

    /// The fields of a `Definition` that the options decide.
    pub(super) fn fields(&self) -> TokenStream {
        let mime_type = optional(self.mime_type.as_ref());
        let [size, poll_ms, fresh_ms] = [&self.size, &self.poll_ms, &self.fresh_ms].map(|it| optional(it.as_ref()));
        let (priority, last_modified) = (optional(self.priority.as_ref()), optional(self.last_modified.as_ref()));
        let audience = match self.audience {
            None => quote!(),
            Some("user") => quote!(::wharf_sdk::Role::User),
            Some(_) => quote!(::wharf_sdk::Role::Assistant),
        };
        let (public, looks) = (self.public, self.looks.fields());
        quote! {
            mime_type: #mime_type,
            size: #size,
            poll_ms: #poll_ms,
            fresh_ms: #fresh_ms,
            public: #public,
            audience: &[#audience],
            priority: #priority,
            last_modified: #last_modified,
            #looks
        }
    }
}

fn audience(value: &LitStr) -> Result<&'static str> {
    match value.value().as_str() {
        "user" => Ok("user"),
        "assistant" => Ok("assistant"),
        _ => Err(Error::new(value.span(), "`audience` is \"user\" or \"assistant\"; left out, it is both")),
    }
}

fn priority(value: LitFloat) -> Result<LitFloat> {
    if (0.0..=1.0).contains(&value.base10_parse::<f64>()?) {
        return Ok(value);
    }
    Err(Error::new(value.span(), "`priority` goes from 0.0 (could be left out) to 1.0 (needed)"))
}
