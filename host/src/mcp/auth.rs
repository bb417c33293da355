//! Who may connect: bearer tokens, kept as digests and compared in constant time.

mod token;

use std::time::{Duration, SystemTime};

use http::{HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};

pub use self::token::{Digest, Token, TokenError, random_token};

use super::http::content::{self, Answer};
use crate::caller::Caller;

/// How long before its end a token is worth a warning: time to hand out another one.
pub const EXPIRES_SOON: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The tokens that clients may present. None at all: nobody has to prove anything.
#[derive(Clone, Default)]
pub struct Tokens(Vec<Token>);

/// Why nobody is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stranger {
    /// Nothing was proven.
    Unknown,
    /// The token was good once.
    Expired,
}

impl Tokens {
    /// Any of these.
    #[must_use]
    pub const fn new(tokens: Vec<Token>) -> Self {
        Self(tokens)
    }

    /// Whether nobody has to prove anything.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What an operator should know of them: which have expired, or will soon.
    #[must_use]
    pub fn remarks(&self, now: SystemTime) -> Vec<String> {
        self.0.iter().filter_map(|token| token.remark(now)).collect()
    }

    /// The identity that a request proves, by the text of its `Authorization` header.
    ///
    /// # Errors
    /// When it proves none, and has to.
    pub(super) fn caller(&self, authorization: Option<&str>) -> Result<Caller, Stranger> {
        if self.is_empty() {
            return Ok(Caller::default());
        }
        let presented = authorization.and_then(bearer).ok_or(Stranger::Unknown)?;
        let token = self.find(presented).ok_or(Stranger::Unknown)?;
        if token.has_expired(SystemTime::now()) {
            token.note_expired();
            return Err(Stranger::Expired);
        }
        Ok(token.caller())
    }

    /// The token that was presented. Each is compared, whole and whichever it is: how long that takes says neither
    /// which one it was nor how near a wrong one came.
    fn find(&self, presented: &str) -> Option<&Token> {
        let presented: [u8; 32] = Sha256::digest(presented).into();
        let mut found = 0;
        for (place, token) in (1_u64..).zip(&self.0) {
            found.conditional_assign(&place, token.digest().bytes().ct_eq(&presented));
        }
        self.0.get(usize::try_from(found).ok()?.checked_sub(1)?)
    }
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Stranger {
    /// What who isn't served is told. That a token has expired is told only to who has it.
    pub(super) fn answer(self) -> Answer {
        let (text, challenge) = match self {
            Self::Unknown => {
                ("this server needs a bearer token: send it as `Authorization: Bearer <token>`\n", "Bearer")
            }
            Self::Expired => (
                "this bearer token has expired: ask the operator of this server for another one\n",
                "Bearer error=\"invalid_token\", error_description=\"the token has expired\"",
            ),
        };
        let mut answer = content::text(StatusCode::UNAUTHORIZED, text);
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::Permissions;

    const ALICE: &str = "wharf_alice-0123456789";
    const BOB: &str = "wharf_bob-0123456789";

    fn named(name: &str, text: &str, expires: Option<SystemTime>) -> Token {
        Token::named(name, Digest::of(text), expires, Permissions::default())
    }

    #[test]
    fn a_caller_is_who_the_token_says_and_nobody_else_is_served() {
        let past = SystemTime::UNIX_EPOCH;
        let tokens = Tokens::new(vec![
            named("alice", ALICE, None),
            named("bob", BOB, None),
            named("old", "wharf_old", Some(past)),
        ]);
        let cases = [
            ("Bearer wharf_alice-0123456789", Ok("alice")),
            ("bearer  wharf_bob-0123456789 ", Ok("bob")),
            ("Bearer wharf_ALICE-0123456789", Err(Stranger::Unknown)),
            ("Bearer wharf_alice-0123456789 wharf_bob-0123456789", Err(Stranger::Unknown)),
            ("Bearer wharf_alice-012345678", Err(Stranger::Unknown)),
            ("Basic wharf_alice-0123456789", Err(Stranger::Unknown)),
            ("wharf_alice-0123456789", Err(Stranger::Unknown)),
            ("Bearer ", Err(Stranger::Unknown)),
            ("Bearer", Err(Stranger::Unknown)),
            ("Bearer wharf_old", Err(Stranger::Expired)),
        ];
        for (authorization, expected) in cases {
            let found = tokens.caller(Some(authorization)).map(|caller| caller.subject.unwrap());
            assert_eq!(found.as_deref().map_err(|stranger| *stranger), expected, "{authorization:?}");
        }
        assert_eq!(tokens.caller(None), Err(Stranger::Unknown));
        assert_eq!(Tokens::default().caller(Some("Bearer x")), Ok(Caller::default()));
    }

    #[test]
    fn an_end_that_is_near_is_remarked() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let day = Duration::from_secs(24 * 60 * 60);
        let cases = [
            (None, ""),
            (Some(now + 8 * day), ""),
            (Some(now + 6 * day), "expires on 2023-11-20T22:13:20Z"),
            (Some(now), "has expired"),
        ];
        for (expires, expected) in cases {
            let remarks = Tokens::new(vec![named("alice", ALICE, expires)]).remarks(now);
            assert_eq!(remarks.is_empty(), expected.is_empty(), "{remarks:?}");
            assert!(
                remarks.iter().all(|remark| remark.contains("`alice`") && remark.contains(expected)),
                "{remarks:?}"
            );
        }
    }
}
