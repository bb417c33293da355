//! What a function takes and returns.

use syn::{Error, FnArg, PatType, Result, ReturnType, Safety, Signature, Type, TypeReference, parse_quote};

/// What is passed to the function.
pub(super) struct Parameters {
    /// The type of the arguments. None: it takes none.
    pub(super) arguments: Option<Type>,
    /// It takes the call, too.
    pub(super) call: bool,
}

/// Refuses what can't be called with plain arguments, at the place where it is said.
pub(super) fn parameters(signature: &Signature) -> Result<Parameters> {
    refuse_modifiers(signature)?;
    let mut inputs = signature.inputs.iter().map(typed).collect::<Result<Vec<_>>>()?.into_iter();
    let (arguments, call) = match (inputs.next(), inputs.next()) {
        (None, _) => (None, false),
        (Some(call), None) if is_call(&call.ty)? => (None, true),
        (Some(arguments), None) => (Some(by_value(arguments)?), false),
        (Some(call), Some(second)) if is_call(&call.ty)? => {
            return Err(Error::new_spanned(second, "the arguments come first, then the call"));
        }
        (Some(arguments), Some(call)) if is_call(&call.ty)? => (Some(by_value(arguments)?), true),
        (_, Some(second)) => {
            let why = "a tool takes one struct of arguments; the second parameter can only be `call: &Call`";
            return Err(Error::new_spanned(second, why));
        }
    };
    match inputs.next() {
        Some(third) => Err(Error::new_spanned(third, "a tool takes at most its arguments and the call")),
        None => Ok(Parameters { arguments, call }),
    }
}

/// What the function returns, be it a `Result` or not.
pub(super) fn returned(signature: &Signature) -> Result<Type> {
    match &signature.output {
        ReturnType::Default => Ok(parse_quote!(())),
        ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_)) => {
            Err(Error::new_spanned(ty, "name the type that the tool returns: its schema is the output schema"))
        }
        ReturnType::Type(_, ty) => Ok((**ty).clone()),
    }
}

fn refuse_modifiers(signature: &Signature) -> Result<()> {
    if let Some(asyncness) = &signature.asyncness {
        let why = "a tool isn't async: it has its instance to itself, and returns `Step::Pause` to wait for long";
        return Err(Error::new_spanned(asyncness, why));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(&signature.generics, "a tool can't be generic: it has one schema"));
    }
    if let Safety::Unsafe(word) = &signature.safety {
        return Err(Error::new_spanned(word, "a tool can't be unsafe: its arguments come from a model"));
    }
    match &signature.abi {
        Some(abi) => Err(Error::new_spanned(abi, "a tool is an ordinary Rust function")),
        None => Ok(()),
    }
}

fn typed(input: &FnArg) -> Result<&PatType> {
    match input {
        FnArg::Typed(typed) => Ok(typed),
        FnArg::Receiver(receiver) => Err(Error::new_spanned(receiver, "a tool is a free function, not a method")),
    }
}

fn by_value(parameter: &PatType) -> Result<Type> {
    match &*parameter.ty {
        Type::Reference(_) => Err(Error::new_spanned(
            &parameter.ty,
            "a tool owns its arguments: take them by value (or, for the call, `&Call`)",
        )),
        Type::ImplTrait(_) => Err(Error::new_spanned(&parameter.ty, "a tool can't be generic: it has one schema")),
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
