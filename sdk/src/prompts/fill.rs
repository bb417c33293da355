//! What the function of a prompt may return.

use std::fmt::Display;

use super::{Filled, Message};
use crate::{Content, Failure, Role, Step, error};

/// What the function of a prompt may return, alone or as the `Ok` of a `Result`. The error of such a `Result` has a text
/// (`Display`); a [`Failure`] reaches the client as it is.
///
/// | type | messages |
/// | --- | --- |
/// | `String`, `&'static str`, [`Content`] | one of the user |
/// | [`Message`], `Vec<Message>` | as they are |
/// | [`Filled`] | as it is, with a description of its own |
/// | [`Step<T>`] | as for `T`, or questions |
pub trait Fill: Sized {
    /// # Errors
    /// When there are no messages.
    fn into_step(self) -> Result<Step<Filled>, Failure>;
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl Message {
    /// What the person says.
    pub fn user(content: impl Into<Content>) -> Self {
        Self { role: Role::User, content: content.into() }
    }

    /// What the model says.
    pub fn assistant(content: impl Into<Content>) -> Self {
        Self { role: Role::Assistant, content: content.into() }
    }
}

impl From<Vec<Message>> for Filled {
    fn from(messages: Vec<Message>) -> Self {
        Self { description: None, messages, meta: None }
    }
}

impl Filled {
    /// Begins with what the person says: a text, or any other content.
    pub fn user(content: impl Into<Content>) -> Self {
        vec![Message::user(content)].into()
    }

    /// Goes on with what the person says.
    #[must_use]
    pub fn and_user(mut self, content: impl Into<Content>) -> Self {
        self.messages.push(Message::user(content));
        self
    }

    /// Goes on with what the model says.
    #[must_use]
    pub fn and_assistant(mut self, content: impl Into<Content>) -> Self {
        self.messages.push(Message::assistant(content));
        self
    }

    /// What these messages are, in place of what the prompt says of itself.
    #[must_use]
    pub fn described(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }
}

macro_rules! fill {
    ($($ty:ty, $value:ident => $filled:expr);*) => {$(
        impl Fill for $ty {
            fn into_step(self) -> Result<Step<Filled>, Failure> {
                let $value = self;
                Ok(Step::Done($filled))
            }
        }
    )*};
}

fill! {
    String, text => Filled::user(text);
    &'static str, text => Filled::user(text);
    Content, content => Filled::user(content);
    Message, message => vec![message].into();
    Vec<Message>, messages => messages.into();
    Filled, filled => filled
}

impl<T: Fill> Fill for Step<T> {
    fn into_step(self) -> Result<Step<Filled>, Failure> {
        match self {
            Self::Done(value) => value.into_step(),
            Self::Ask(asking) => Ok(Step::Ask(asking)),
            Self::Pause(pause) => Ok(Step::Pause(pause)),
        }
    }
}

impl<T: Fill, E: Display + 'static> Fill for Result<T, E> {
    fn into_step(self) -> Result<Step<Filled>, Failure> {
        self.map_err(error::into_failure)?.into_step()
    }
}
