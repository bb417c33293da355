//! A store in the manner of AWS that takes no request without a good signature.

use std::process::Command;

use serde_json::Value;

use crate::process::Process;
use crate::{Part, bounds, find, package_folder};

/// A store that runs until it is dropped. Everything in it belongs to one account, with two keys that may do the same.
pub struct SigningStore {
    _process: Process,
    port: u16,
    keys: Value,
}

/// An access key.
#[derive(Debug)]
pub struct AccessKey {
    /// What requests name.
    pub id: String,
    /// What they are signed with.
    pub secret: String,
    /// What they carry besides; empty where the key is for good.
    pub token: String,
}

impl SigningStore {
    /// Where its bucket is, which is called `store`.
    pub const REGION: &str = "eu-west-1";

    /// None: it isn't installed, which was said.
    ///
    /// # Panics
    /// When it is missing in continuous integration, or doesn't begin.
    #[must_use]
    pub fn start() -> Option<Self> {
        let mut command = Command::new(find(Part::StorePython)?);
        // Nothing of the tester's own AWS, and nothing is left beside the script.
        command.env_clear().env("PYTHONDONTWRITEBYTECODE", "1").arg(package_folder().join("store/server.py"));
        let process = Process::start(&mut command);
        let told = process.stdout.find(0, bounds::START, |line| serde_json::from_str::<Value>(line).ok());
        let Some(mut told) = told else { panic!("the store doesn't say where it listens") };
        let port = told["port"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap();
        Some(Self { _process: process, port, keys: told["keys"].take() })
    }

    /// Where it listens, on loopback.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The key of a user, which is for good.
    #[must_use]
    pub fn lasting(&self) -> AccessKey {
        self.key("lasting")
    }

    /// The key of a role, with a token.
    #[must_use]
    pub fn temporary(&self) -> AccessKey {
        self.key("temporary")
    }

    fn key(&self, which: &str) -> AccessKey {
        let text = |name: &str| self.keys[which][name].as_str().unwrap_or_default().to_owned();
        AccessKey { id: text("id"), secret: text("secret"), token: text("token") }
    }
}
