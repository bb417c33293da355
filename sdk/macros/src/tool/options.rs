//! The options of `#[tool(…)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Ident, LitStr, Result};

use crate::function::options::{self, Looks, flag, optional, value};

const KNOWN: &str =
    "name, title, read_only, destructive, idempotent, open_world, long_running, tasks, input_schema, icons, meta";

/// As written; None: left out.
#[derive(Default)]
pub(super) struct Options {
    pub(super) name: Option<LitStr>,
    /// The schema of the arguments, where the type's own won't do.
    pub(super) input_schema: Option<Expr>,
    looks: Looks,
    read_only: Option<bool>,
    destructive: Option<bool>,
    idempotent: Option<bool>,
    open_world: Option<bool>,
    long_running: Option<bool>,
    tasks: Option<Tasks>,
}

enum Tasks {
    Optional,
    Required,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut read = Self::default();
        options::parse(input, KNOWN, |key, input| read.read(key, input))?;
        Ok(read)
    }
}

impl Options {
    fn read(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<bool> {
        match key.to_string().as_str() {
            "name" => self.name = Some(value(key, input)?),
            "input_schema" => self.input_schema = Some(value(key, input)?),
            "read_only" => self.read_only = Some(flag(input)?),
            "destructive" => self.destructive = Some(flag(input)?),
            "idempotent" => self.idempotent = Some(flag(input)?),
            "open_world" => self.open_world = Some(flag(input)?),
            "long_running" => self.long_running = Some(flag(input)?),
            "tasks" => self.tasks = Some(tasks(&value(key, input)?)?),
            _ => return self.looks.read(key, input),
        }
        Ok(true)
    }

    /// The fields of a `Definition` that the options decide.
    pub(super) fn fields(&self) -> TokenStream {
        let [read_only, destructive, idempotent, open_world] =
            [self.read_only, self.destructive, self.idempotent, self.open_world].map(|hint| optional(hint.as_ref()));
        let tasks = match self.tasks {
            None => quote!(Forbidden),
            Some(Tasks::Optional) => quote!(Optional),
            Some(Tasks::Required) => quote!(Required),
        };
        let long_running = self.long_running.unwrap_or(false);
        let looks = self.looks.fields();
        quote! {
            hints: ::wharf_sdk::tool::Hints {
                read_only: #read_only,
                destructive: #destructive,
                idempotent: #idempotent,
                open_world: #open_world,
            },
            tasks: ::wharf_sdk::tool::TaskSupport::#tasks,
            long_running: #long_running,
            #looks
        }
    }
}

fn tasks(value: &LitStr) -> Result<Tasks> {
    match value.value().as_str() {
        "optional" => Ok(Tasks::Optional),
        "required" => Ok(Tasks::Required),
        _ => Err(Error::new(value.span(), "`tasks` is \"optional\" or \"required\"")),
    }
}
