//! Who may connect: a bearer token, compared in constant time.

use http::{HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::http::content::{self, Answer};
use crate::caller::Caller;

/// Shortest token, in bytes. A shorter one can be guessed.
const TOKEN_BYTES: usize = 16;

/// A bearer token, kept as its digest only: it can't be printed, and comparing doesn't tell its length.
#[derive(Clone)]
pub struct Token {
    digest: [u8; 32],
    /// Whoever presents it: a name made of its digest, so that holders of different tokens are different callers.
    subject: String,
}

/// Bytes of the digest in a holder's name: enough to tell tokens apart, and far too few to guess one by.
const NAME_BYTES: usize = 6;

impl Token {
    /// Takes a token's text, without the white space around it.
    ///
    /// # Errors
    /// When it is too short, or has characters that no header can carry.
    pub fn new(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() < TOKEN_BYTES {
            return Err(format!("the token has {} characters, and needs at least {TOKEN_BYTES}", text.len()));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("the token has characters other than visible ASCII".into());
        }
        let digest: [u8; 32] = Sha256::digest(text).into();
        let shown = digest.iter().take(NAME_BYTES).map(|byte| format!("{byte:02x}"));
        Ok(Self { subject: format!("bearer-{}", shown.collect::<String>()), digest })
    }

    fn is(&self, presented: &str) -> bool {
        let presented: [u8; 32] = Sha256::digest(presented).into();
        self.digest.ct_eq(&presented).into()
    }
}

/// The identity that a request proves; none if it proves none, and has to.
/// `authorization` is the text of that header.
pub(super) fn caller(token: Option<&Token>, authorization: Option<&str>) -> Option<Caller> {
    let Some(token) = token else {
        return Some(Caller::default());
    };
    let is_known = authorization.and_then(bearer).is_some_and(|presented| token.is(presented));
    is_known.then(|| Caller { subject: Some(token.subject.clone()), ..Caller::default() })
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// What who proved nothing is told.
pub(super) fn refusal() -> Answer {
    let text = "this server needs a bearer token: send it as `Authorization: Bearer <token>`\n";
    let mut answer = content::text(StatusCode::UNAUTHORIZED, text);
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_enough_and_is_only_itself() {
        assert!(Token::new("short").is_err());
        assert!(Token::new("0123456789 abcdef").is_err());
        let token = Token::new("0123456789abcdef\n").unwrap();
        let cases =
            [("0123456789abcdef", true), ("0123456789abcdeF", false), ("", false), ("0123456789abcdef0", false)];
        for (presented, same) in cases {
            assert_eq!(token.is(presented), same, "{presented:?}");
        }
    }

    #[test]
    fn only_the_bearer_scheme_carries_a_token() {
        let cases = [
            ("Bearer abc", Some("abc")),
            ("bearer  abc", Some("abc")),
            ("Basic abc", None),
            ("abc", None),
            ("Bearer", None),
        ];
        for (value, expected) in cases {
            assert_eq!(bearer(value), expected, "{value:?}");
        }
    }
}
