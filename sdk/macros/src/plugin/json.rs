//! JSON with bare keys, as the requests of a plugin are written.

use proc_macro2::Span;
use serde_json::{Map, Number, Value};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Error, Ident, Lit, LitStr, Result, Token, braced, bracketed, token};

/// An identifier, or a string where it isn't one.
pub(super) fn key(input: ParseStream<'_>) -> Result<(String, Span)> {
    if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        return Ok((literal.value(), literal.span()));
    }
    let ident = Ident::parse_any(input)?;
    Ok((ident.unraw().to_string(), ident.span()))
}

/// `{ key: value, … }`.
pub(super) fn object(input: ParseStream<'_>) -> Result<Map<String, Value>> {
    let content;
    braced!(content in input);
    let mut object = Map::new();
    while !content.is_empty() {
        let (key, span) = key(&content)?;
        content.parse::<Token![:]>()?;
        let value = value(&content)?;
        if object.contains_key(&key) {
            return Err(Error::new(span, format!("`{key}` is given twice")));
        }
        object.insert(key, value);
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(object)
}

fn value(input: ParseStream<'_>) -> Result<Value> {
    if input.peek(token::Brace) {
        return object(input).map(Value::Object);
    }
    if input.peek(token::Bracket) {
        let content;
        bracketed!(content in input);
        return Ok(Punctuated::<Value, Token![,]>::parse_terminated_with(&content, value)?.into_iter().collect());
    }
    literal(input)
}

fn literal(input: ParseStream<'_>) -> Result<Value> {
    let negative = input.parse::<Option<Token![-]>>()?.is_some();
    let literal: Lit = input.parse()?;
    match &literal {
        Lit::Str(text) if !negative => Ok(text.value().into()),
        Lit::Bool(truth) if !negative => Ok(truth.value.into()),
        Lit::Int(number) => {
            let number: i64 = number.base10_parse()?;
            Ok(if negative { number.wrapping_neg() } else { number }.into())
        }
        Lit::Float(number) => {
            let number: f64 = number.base10_parse()?;
            let number = Number::from_f64(if negative { -number } else { number });
            number.map(Value::Number).ok_or_else(|| Error::new(literal.span(), "JSON has no such number"))
        }
        _ => Err(Error::new(literal.span(), "a value is a string, a number, a boolean, a list or an object")),
    }
}
