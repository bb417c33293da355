//! What a function takes and returns.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, FnArg, Ident, PatType, Result, ReturnType, Safety, Signature, Type, TypeReference, parse_quote};

use super::Kind;

/// What is passed to the function.
pub(crate) struct Parameters {
    /// The type of the arguments. None: it takes none.
    pub(crate) arguments: Option<Type>,
    /// It takes the call, too.
    pub(crate) call: bool,
}

/// Refuses what can't be called with plain arguments, at the place where it is said.
pub(crate) fn parameters(kind: Kind, signature: &Signature) -> Result<Parameters> {
    let noun = kind.noun();
    refuse_modifiers(kind, signature)?;
    let mut inputs = signature.inputs.iter().map(|input| typed(kind, input)).collect::<Result<Vec<_>>>()?.into_iter();
    let (arguments, call) = match (inputs.next(), inputs.next()) {
        (None, _) => (None, false),
        (Some(call), None) if is_call(&call.ty)? => (None, true),
        (Some(arguments), None) => (Some(by_value(kind, arguments)?), false),
        (Some(call), Some(second)) if is_call(&call.ty)? => {
            return Err(Error::new_spanned(second, "the arguments come first, then the call"));
        }
        (Some(arguments), Some(call)) if is_call(&call.ty)? => (Some(by_value(kind, arguments)?), true),
        (_, Some(second)) => {
            let why = match kind {
                Kind::Completion | Kind::Cleanup => {
                    format!("a {noun} takes one value; the second parameter can only be `call: &Call`")
                }
                _ => format!("a {noun} takes one struct of arguments; the second parameter can only be `call: &Call`"),
            };
            return Err(Error::new_spanned(second, why));
        }
    };
    match inputs.next() {
        Some(third) => Err(Error::new_spanned(third, format!("a {noun} takes at most its arguments and the call"))),
        None => Ok(Parameters { arguments, call }),
    }
}

/// What the function returns, be it a `Result` or not.
pub(crate) fn returned(kind: Kind, signature: &Signature) -> Result<Type> {
    match &signature.output {
        ReturnType::Default => Ok(parse_quote!(())),
        ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_)) => {
            let why = format!("name the type that the {} returns: it decides what becomes of it", kind.noun());
            Err(Error::new_spanned(ty, why))
        }
        ReturnType::Type(_, ty) => Ok((**ty).clone()),
    }
}

fn refuse_modifiers(kind: Kind, signature: &Signature) -> Result<()> {
    let noun = kind.noun();
    if let Some(asyncness) = &signature.asyncness {
        let wait = if kind == Kind::Tool { ", and returns `Step::Pause` to wait for long" } else { "" };
        let why = format!("a {noun} isn't async: it has its instance to itself{wait}");
        return Err(Error::new_spanned(asyncness, why));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(&signature.generics, format!("a {noun} can't be generic: it has one schema")));
    }
    if let Safety::Unsafe(word) = &signature.safety {
        return Err(Error::new_spanned(word, format!("a {noun} can't be unsafe: its arguments come from outside")));
    }
    match &signature.abi {
        Some(abi) => Err(Error::new_spanned(abi, format!("a {noun} is an ordinary Rust function"))),
        None => Ok(()),
    }
}

fn typed(kind: Kind, input: &FnArg) -> Result<&PatType> {
    match input {
        FnArg::Typed(typed) => Ok(typed),
        FnArg::Receiver(receiver) => {
            Err(Error::new_spanned(receiver, format!("a {} is a free function, not a method", kind.noun())))
        }
    }
}

fn by_value(kind: Kind, parameter: &PatType) -> Result<Type> {
    let noun = kind.noun();
    match &*parameter.ty {
        Type::Reference(_) => Err(Error::new_spanned(
            &parameter.ty,
            format!("a {noun} owns its arguments: take them by value (or, for the call, `&Call`)"),
        )),
        Type::ImplTrait(_) => {
            Err(Error::new_spanned(&parameter.ty, format!("a {noun} can't be generic: it has one schema")))
        }
        ty => Ok(ty.clone()),
    }
}

fn is_call(ty: &Type) -> Result<bool> {
    let named = |ty: &Type| matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Call"));
    match ty {
        Type::Reference(TypeReference { mutability: None, elem, .. }) => Ok(named(elem)),
        Type::Reference(TypeReference { elem, .. }) if named(elem) => {
            Err(Error::new_spanned(ty, "the call is passed as `&Call`"))
        }
        ty if named(ty) => Err(Error::new_spanned(ty, "the call is passed as `&Call`")),
        _ => Ok(false),
    }
}

/// What is handed to the function, where the values are in variables of these names.
pub(crate) fn passed(parameters: &Parameters, arguments: &Ident, call: &Ident) -> TokenStream {
    let arguments = parameters.arguments.is_some().then(|| quote!(#arguments,));
    let call = parameters.call.then(|| quote!(#call,));
    quote!(#arguments #call)
}
