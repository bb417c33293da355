//! The options of `#[tool(…)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Ident, LitBool, LitStr, Result, Token};

/// As written; None: left out.
#[derive(Default)]
pub(super) struct Options {
    pub(super) name: Option<LitStr>,
    title: Option<LitStr>,
    read_only: Option<bool>,
    destructive: Option<bool>,
    idempotent: Option<bool>,
    open_world: Option<bool>,
    long_running: Option<bool>,
    tasks: Option<Tasks>,
    icons: Option<Expr>,
    meta: Option<Expr>,
}

enum Tasks {
    Optional,
    Required,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut options = Self::default();
        let mut seen: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            if seen.contains(&key) {
                return Err(Error::new(key.span(), format!("`{key}` is given twice")));
            }
            options.read(&key, input)?;
            seen.push(key);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

impl Options {
    fn read(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        match key.to_string().as_str() {
            "name" => self.name = Some(value(key, input)?),
            "title" => self.title = Some(value(key, input)?),
            "read_only" => self.read_only = Some(flag(input)?),
            "destructive" => self.destructive = Some(flag(input)?),
            "idempotent" => self.idempotent = Some(flag(input)?),
            "open_world" => self.open_world = Some(flag(input)?),
            "long_running" => self.long_running = Some(flag(input)?),
            "tasks" => self.tasks = Some(tasks(&value(key, input)?)?),
            "icons" => self.icons = Some(value(key, input)?),
            "meta" => self.meta = Some(value(key, input)?),
            _ => return Err(unknown(key)),
        }
        Ok(())
    }

    /// The fields of a `Definition` that the options decide.
    pub(super) fn fields(&self) -> TokenStream {
        let title = optional(self.title.as_ref());
        let [read_only, destructive, idempotent, open_world] =
            [self.read_only, self.destructive, self.idempotent, self.open_world].map(|hint| optional(hint.as_ref()));
        let tasks = match self.tasks {
            None => quote!(Forbidden),
            Some(Tasks::Optional) => quote!(Optional),
            Some(Tasks::Required) => quote!(Required),
        };
        let long_running = self.long_running.unwrap_or(false);
        let icons = self.icons.as_ref().map_or_else(|| quote!(::std::vec::Vec::new), |icons| quote!(|| #icons));
        let meta = optional(self.meta.as_ref());
        quote! {
            title: #title,
            hints: ::wharf_sdk::tool::Hints {
                read_only: #read_only,
                destructive: #destructive,
                idempotent: #idempotent,
                open_world: #open_world,
            },
            tasks: ::wharf_sdk::tool::TaskSupport::#tasks,
            long_running: #long_running,
            icons: #icons,
            meta: || #meta,
        }
    }
}

fn optional(value: Option<&impl quote::ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(::core::option::Option::None), |value| quote!(::core::option::Option::Some(#value)))
}

fn value<T: Parse>(key: &Ident, input: ParseStream<'_>) -> Result<T> {
    if !input.peek(Token![=]) {
        return Err(Error::new(key.span(), format!("`{key}` needs a value: `{key} = …`")));
    }
    input.parse::<Token![=]>()?;
    input.parse()
}

/// Alone, it is true.
fn flag(input: ParseStream<'_>) -> Result<bool> {
    if !input.peek(Token![=]) {
        return Ok(true);
    }
    input.parse::<Token![=]>()?;
    Ok(input.parse::<LitBool>()?.value)
}

fn tasks(value: &LitStr) -> Result<Tasks> {
    match value.value().as_str() {
        "optional" => Ok(Tasks::Optional),
        "required" => Ok(Tasks::Required),
        _ => Err(Error::new(value.span(), "`tasks` is \"optional\" or \"required\"")),
    }
}

fn unknown(key: &Ident) -> Error {
    let known = "name, title, read_only, destructive, idempotent, open_world, long_running, tasks, icons, meta";
    Error::new(key.span(), format!("unknown option `{key}`; there are: {known}"))
}
