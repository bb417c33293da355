//! Named texts, as the variables of a URI or the arguments of a prompt, read into a struct.

use std::fmt;

use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::{de::DeserializeOwned, forward_to_deserialize_any};

/// Names and values, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables(pub(crate) Vec<(String, Given)>);

/// What stands for one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    One(String),
    Many(Vec<String>),
}

impl From<Vec<(String, String)>> for Variables {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name, Given::One(value))).collect())
    }
}

impl Variables {
    /// The struct with a field for each of them.
    ///
    /// # Errors
    /// When they aren't of this type. The text says which one, and why.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, String> {
        let fields = self.0.into_iter().map(|(name, given)| (name.clone(), Field { name, given }));
        T::deserialize(MapDeserializer::new(fields)).map_err(|error: Error| error.to_string())
    }
}

/// A value that knows where it stands, for the text of an error.
struct Field {
    name: String,
    given: Given,
}

impl Field {
    fn place(&self, error: impl fmt::Display) -> Error {
        Error::custom(format!("in `{}`: {error}", self.name))
    }

    fn text(&self) -> Result<&str, Error> {
        match &self.given {
            Given::One(text) => Ok(text),
            Given::Many(_) => Err(self.place("one value is expected, not several")),
        }
    }

    fn parsed<T: std::str::FromStr>(&self, expected: &str) -> Result<T, Error> {
        let text = self.text()?;
        text.parse().map_err(|_| self.place(format!("`{text}` isn't {expected}")))
    }
}

impl<'de> IntoDeserializer<'de> for Field {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! parsed {
    ($($deserialize:ident $visit:ident $expected:literal),*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let value = self.parsed($expected)?;
            visitor.$visit::<Error>(value).map_err(|error| self.place(error))
        }
    )*};
}

impl<'de> Deserializer<'de> for Field {
    type Error = Error;

    parsed! {
        deserialize_bool visit_bool "`true` or `false`",
        deserialize_i8 visit_i64 "a whole number", deserialize_i16 visit_i64 "a whole number",
        deserialize_i32 visit_i64 "a whole number", deserialize_i64 visit_i64 "a whole number",
        deserialize_u8 visit_u64 "a whole number from 0", deserialize_u16 visit_u64 "a whole number from 0",
        deserialize_u32 visit_u64 "a whole number from 0", deserialize_u64 visit_u64 "a whole number from 0",
        deserialize_f32 visit_f64 "a number", deserialize_f64 visit_f64 "a number"
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.given {
            Given::One(text) => visitor.visit_str(text),
            Given::Many(texts) => visitor.visit_seq(SeqDeserializer::new(texts.iter().map(String::as_str))),
        }
        .map_err(|error: Error| self.place(error))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let texts = match &self.given {
            Given::One(text) => vec![text.clone()],
            Given::Many(texts) => texts.clone(),
        };
        visitor.visit_seq(SeqDeserializer::new(texts.into_iter())).map_err(|error: Error| self.place(error))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let text: <&str as IntoDeserializer<'_, Error>>::Deserializer = self.text()?.into_deserializer();
        text.deserialize_enum(name, variants, visitor).map_err(|error| self.place(error))
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests;
