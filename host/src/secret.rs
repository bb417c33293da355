//! The operator's secrets: where they come from, and the only type that holds one.
//!
//! A secret has a name and one source. It is read when it is first used and again when it may have changed, so that a
//! rotated one needs no restart. Who holds a [`Secret`] can attach it to a request; nobody can print it by accident.
//! The operator writes:
//!
//! ```toml
//! [secrets.catapult]
//! env = "CATAPULT_KEY"
//!
//! [secrets.models]
//! file = "/run/secrets/models"
//!
//! [secrets.tickets]
//! keyring = { service = "tickets", user = "wharf" }
//! ```

mod env;
mod file;
mod keyring;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::Instant;
use zeroize::Zeroizing;

pub use keyring::Item;

/// Shortest secret, in bytes. A shorter one can be guessed, and looking for it in answers would eat ordinary text.
pub const LEAST_BYTES: usize = 8;

/// Longest secret, in bytes. A key or a token fits many times; the looking in answers takes memory in proportion.
pub const MOST_BYTES: usize = 64 << 10;

/// How long a failure of the keyring stands before it is asked again: it may want a person to unlock it, and must not
/// ask at each call.
const KEYRING_RETRY: Duration = Duration::from_secs(10);

/// Where one secret comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// An environment variable of wharf's, read once: nobody else can change it while wharf runs.
    Env(String),
    /// A file with nothing else in it, read again when it changes. A line end at its end isn't part of the secret. A
    /// relative path starts at the configuration file's folder.
    File(PathBuf),
    /// An item of the desktop's keyring, over the Secret Service, read again after a minute.
    Keyring(Item),
}

impl Source {
    /// The same source, with a relative path put below this folder.
    #[must_use]
    pub fn below(self, folder: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(folder.join(path)),
            other => other,
        }
    }

    /// How long what was read stands without another look; none for ever.
    fn period(&self, failed: bool) -> Option<Duration> {
        match self {
            Self::Env(_) => None,
            Self::File(_) => Some(file::PERIOD),
            Self::Keyring(_) if failed => Some(KEYRING_RETRY),
            Self::Keyring(_) => Some(keyring::PERIOD),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(variable) => write!(formatter, "the environment variable {variable}"),
            Self::File(path) => write!(formatter, "the file {}", path.display()),
            Self::Keyring(item) => write!(formatter, "the keyring's item {item}"),
        }
    }
}

/// A secret's value, overwritten when it is dropped. It has a name to speak of it, and nothing prints its bytes.
pub struct Secret {
    name: String,
    bytes: Zeroizing<Vec<u8>>,
}

impl Secret {
    /// A secret of these bytes.
    ///
    /// # Errors
    /// When they are too few or too many.
    pub fn new(name: impl Into<String>, bytes: Zeroizing<Vec<u8>>) -> Result<Self, SecretError> {
        let name = name.into();
        match bytes.len() {
            ..LEAST_BYTES => Err(SecretError::Short { name }),
            LEAST_BYTES..=MOST_BYTES => Ok(Self { name, bytes }),
            _ => Err(SecretError::Long { name }),
        }
    }

    /// A secret that was made of others, such as a user's name and a password: longer than both, so that the bounds on
    /// what operators write don't apply.
    pub(crate) fn derived(name: impl Into<String>, bytes: Zeroizing<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes }
    }

    /// What the operator calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes themselves. Whoever asks for them keeps them out of guests, logs, audit and errors.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secret({})", self.name)
    }
}

/// Why there is no secret. Never holds a part of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nobody configured a secret of this name.
    #[error("no secret is named `{name}`; there is {}", known(found))]
    Unknown {
        /// As the rule names it.
        name: String,
        /// Those that are configured.
        found: Vec<String>,
    },
    /// Its source doesn't give it.
    #[error("can't read the secret `{name}` from {origin}: {problem}")]
    Read {
        /// Its name.
        name: String,
        /// Its source.
        origin: Source,
        /// What went wrong there.
        problem: String,
    },
    /// It is too short.
    #[error(
        "the secret `{name}` has less than {LEAST_BYTES} bytes: it can be guessed, and can't be kept out of answers"
    )]
    Short {
        /// Its name.
        name: String,
    },
    /// It is too long.
    #[error("the secret `{name}` has more than {MOST_BYTES} bytes")]
    Long {
        /// Its name.
        name: String,
    },
}

impl SecretError {
    /// What the operator can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { name, .. } => format!("add [secrets.{name}] with `env`, `file` or `keyring`"),
            Self::Read { origin: Source::Env(variable), .. } => {
                format!("set {variable} in the environment that wharf starts in, and start wharf again")
            }
            Self::Read { origin: Source::File(path), .. } => {
                format!("put the secret alone into {}, readable by the user that wharf runs as", path.display())
            }
            Self::Read { origin: Source::Keyring(Item { service, user }), .. } => format!(
                "unlock the keyring, and store the item: secret-tool store --label={service} service {service} username {user}"
            ),
            Self::Short { .. } => "use a longer secret: those made by machines have 16 bytes or more".into(),
            Self::Long { .. } => "check its source: it probably names something else".into(),
        }
    }
}

fn known(found: &[String]) -> String {
    if found.is_empty() { "none".into() } else { found.join(", ") }
}

/// All secrets of the configuration, by name. Clones share what was read.
#[derive(Clone, Default)]
pub struct Secrets(Arc<BTreeMap<String, Entry>>);

struct Entry {
    source: Source,
    /// Held while the source is read, so that many calls at once read it once.
    held: Mutex<Held>,
}

/// What is known of one secret.
#[derive(Default)]
struct Held {
    outcome: Option<Result<Arc<Secret>, SecretError>>,
    /// Until when it stands; none for ever.
    until: Option<Instant>,
    /// What the file looked like that it was read from.
    mark: Option<file::Mark>,
    /// Whether the operator was told that others can read the file.
    warned: bool,
}

impl Secrets {
    /// The secrets that come from these sources. Reads none of them.
    #[must_use]
    pub fn new(sources: BTreeMap<String, Source>) -> Self {
        let entry = |(name, source)| (name, Entry { source, held: Mutex::default() });
        Self(Arc::new(sources.into_iter().map(entry).collect()))
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The secret of this name as it is now. What was read stands for a while; a source that no longer gives the secret
    /// takes it away, since removing it is how one revokes it.
    ///
    /// # Errors
    /// When there is none of this name, its source doesn't give it, or it is too short or too long.
    pub async fn get(&self, name: &str) -> Result<Arc<Secret>, SecretError> {
        let Some(entry) = self.0.get(name) else {
            let found = self.names().map(str::to_owned).collect();
            return Err(SecretError::Unknown { name: name.to_owned(), found });
        };
        let mut held = entry.held.lock().await;
        if let Some(outcome) = held.standing() {
            return outcome.clone();
        }
        let outcome = entry.source.read(name, &mut held).await;
        let period = entry.source.period(outcome.is_err());
        held.until = period.map(|period| Instant::now() + period);
        held.outcome.insert(outcome).clone()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl Held {
    fn standing(&self) -> Option<&Result<Arc<Secret>, SecretError>> {
        let expired = self.until.is_some_and(|until| Instant::now() >= until);
        self.outcome.as_ref().filter(|_| !expired)
    }
}

impl Source {
    async fn read(&self, name: &str, held: &mut Held) -> Result<Arc<Secret>, SecretError> {
        let failed = |problem: String| SecretError::Read { name: name.to_owned(), origin: self.clone(), problem };
        let bytes = match self {
            Self::Env(variable) => env::read(variable).map_err(failed)?,
            Self::Keyring(item) => keyring::read(item).await.map_err(failed)?,
            Self::File(path) => match file::read(path.clone(), held.unchanged_mark()).await.map_err(failed)? {
                file::Reading::Unchanged => {
                    return held.outcome.clone().ok_or_else(|| failed("it was not read".into()))?;
                }
                file::Reading::Changed { bytes, mark, exposure } => {
                    held.mark = Some(mark);
                    held.warn(name, path, exposure);
                    bytes
                }
            },
        };
        Secret::new(name, bytes).map(Arc::new)
    }
}

impl Held {
    /// The mark of the file that the secret at hand came from; none where there is no secret at hand.
    fn unchanged_mark(&self) -> Option<file::Mark> {
        self.mark.filter(|_| matches!(self.outcome, Some(Ok(_))))
    }

    fn warn(&mut self, name: &str, path: &Path, exposure: Option<file::Exposure>) {
        let Some(exposure) = exposure.filter(|_| !self.warned) else { return };
        self.warned = true;
        let path = path.display();
        tracing::warn!("the file {path} of the secret `{name}` {exposure}; run: chmod 600 {path}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &Path) -> Secrets {
        Secrets::new([("a".to_owned(), Source::File(path.to_owned()))].into())
    }

    #[test]
    fn a_source_is_exactly_one() {
        let cases = [
            ("env = 'X'", ""),
            ("file = '/x'", ""),
            ("keyring = { service = 's', user = 'u' }", ""),
            ("", "wanted exactly 1 element"),
            ("env = 'X'\nfile = '/x'", "wanted exactly 1 element"),
            ("fiel = '/x'", "expected one of `env`, `file`, `keyring`"),
            ("keyring = { service = 's' }", "missing field `user`"),
            ("keyring = { service = 's', user = 'u', usr = '' }", "unknown field `usr`"),
        ];
        for (text, expected) in cases {
            let problem = toml::from_str::<Source>(text).err().map_or_else(String::new, |error| error.to_string());
            assert_eq!(problem.is_empty(), expected.is_empty(), "{text}: {problem}");
            assert!(problem.contains(expected), "{text}: {problem}");
        }
    }

    #[tokio::test]
    async fn a_secret_has_a_length_within_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let many = "x".repeat(MOST_BYTES);
        let cases = [
            ("12345678", Ok("12345678")),
            ("12345678\n", Ok("12345678")),
            ("12345678\r\n", Ok("12345678")),
            ("12345678\n\n", Ok("12345678\n")),
            ("1234567", Err("less than 8 bytes")),
            ("1234567\n", Err("less than 8 bytes")),
            ("", Err("less than 8 bytes")),
            (&many, Ok(&many)),
            (&format!("{many}\n"), Ok(&many)),
            (&format!("{many}y"), Err("more than 65536 bytes")),
            (&format!("{many}{many}"), Err("more than 65536 bytes")),
        ];
        for (text, expected) in cases {
            std::fs::write(&path, text).unwrap();
            match (file(&path).get("a").await, expected) {
                (Ok(secret), Ok(expected)) => assert_eq!(secret.expose(), expected.as_bytes()),
                (Err(error), Err(part)) => {
                    assert!(error.to_string().contains(part), "{error}");
                    assert!(!error.hint().is_empty() && !error.to_string().contains("1234567"));
                }
                (outcome, expected) => panic!("{} bytes: {outcome:?} is not {expected:?}", text.len()),
            }
        }
    }

    #[tokio::test]
    async fn what_is_missing_is_named_with_what_to_do() {
        let item = Item { service: "s".into(), user: "u".into() };
        let sources = [
            ("env", Source::Env("WHARF_TEST_NO_SUCH_VARIABLE".into())),
            ("file", Source::File("/nonexistent/secret".into())),
            ("folder", Source::File("/".into())),
            ("device", Source::File("/dev/zero".into())),
        ];
        let secrets = Secrets::new(sources.map(|(name, source)| (name.to_owned(), source)).into());
        let cases = [
            ("env", "WHARF_TEST_NO_SUCH_VARIABLE", "set WHARF_TEST"),
            ("file", "No such file", "put the secret alone into /nonexistent/secret"),
            ("folder", "not a regular file", "put the secret"),
            ("device", "not a regular file", "put the secret"),
            ("katapult", "there is device, env, file, folder", "add [secrets.katapult]"),
        ];
        for (name, problem, hint) in cases {
            let error = secrets.get(name).await.unwrap_err();
            assert!(error.to_string().contains(problem), "{error}");
            assert!(error.hint().contains(hint), "{}", error.hint());
        }
        let error = SecretError::Read { name: "a".into(), origin: Source::Keyring(item), problem: "locked".into() };
        assert!(error.hint().contains("secret-tool store"), "{}", error.hint());
    }

    #[tokio::test]
    async fn a_file_is_read_again_when_it_changes_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "first secret").unwrap();
        let secrets = file(&path);
        let first = secrets.get("a").await.unwrap();
        assert_eq!(first.expose(), b"first secret");

        tokio::time::sleep(file::PERIOD).await;
        assert!(Arc::ptr_eq(&first, &secrets.get("a").await.unwrap()), "an unchanged file isn't read again");

        std::fs::write(folder.path().join("new"), "other secret").unwrap();
        std::fs::rename(folder.path().join("new"), &path).unwrap();
        tokio::time::sleep(file::PERIOD).await;
        assert_eq!(secrets.get("a").await.unwrap().expose(), b"other secret");

        std::fs::remove_file(&path).unwrap();
        tokio::time::sleep(file::PERIOD).await;
        secrets.get("a").await.unwrap_err();
        std::fs::write(&path, "third secret").unwrap();
        tokio::time::sleep(file::PERIOD).await;
        assert_eq!(secrets.get("a").await.unwrap().expose(), b"third secret");
    }

    #[tokio::test]
    async fn the_environment_gives_a_secret() {
        let secrets = Secrets::new([("a".to_owned(), Source::Env("PATH".into()))].into());
        let secret = secrets.get("a").await.unwrap();
        assert_eq!(secret.expose(), std::env::var("PATH").unwrap().as_bytes());
        assert!(Arc::ptr_eq(&secret, &secrets.get("a").await.unwrap()));
    }

    #[test]
    fn nothing_prints_a_secret() {
        let secret = Secret::new("catapult", Zeroizing::new(b"correct horse".to_vec())).unwrap();
        assert_eq!(format!("{secret:?} {:#?}", &secret), "Secret(catapult) Secret(catapult)");
        let secrets = Secrets::new([("a".to_owned(), Source::Env("X".into()))].into());
        assert_eq!(format!("{secrets:?}"), r#"{"a"}"#);
    }
}
