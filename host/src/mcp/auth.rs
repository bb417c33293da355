//! Who may connect: a bearer token, compared in constant time.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::caller::Caller;

/// Shortest token, in bytes. A shorter one can be guessed.
const TOKEN_BYTES: usize = 16;

/// A bearer token, kept as its digest only: it can't be printed, and comparing doesn't tell its length.
#[derive(Clone)]
pub struct Token([u8; 32]);

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
        Ok(Self(Sha256::digest(text).into()))
    }

    fn is(&self, presented: &str) -> bool {
        let presented: [u8; 32] = Sha256::digest(presented).into();
        self.0.ct_eq(&presented).into()
    }
}

/// Lets a request through with the identity that it proved, or refuses it.
pub(super) async fn authenticate(State(token): State<Option<Token>>, mut request: Request, next: Next) -> Response {
    let caller = match &token {
        None => Caller::default(),
        Some(token) if bearer(request.headers()).is_some_and(|presented| token.is(presented)) => {
            Caller { subject: Some("bearer".into()), ..Caller::default() }
        }
        Some(_) => return refusal(),
    };
    request.extensions_mut().insert(caller);
    next.run(request).await
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn refusal() -> Response {
    let text = "this server needs a bearer token: send it as `Authorization: Bearer <token>`\n";
    let mut response = (StatusCode::UNAUTHORIZED, text).into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
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
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            assert_eq!(bearer(&headers), expected, "{value:?}");
        }
    }
}
