//! What the formats share: the way from one entry of a file to one server, with everything noted that went wrong.

use serde_json::Value;

use super::{
    document::{Entries, Items, MAX_ENTRIES},
    fields::{Fields, Notes, kind},
};
use crate::{
    model::{EnvVar, Server, Transport},
    report::{Report, cut},
};

/// How long a name may be, in bytes: what the official registry allows.
const MAX_NAME: usize = 200;

/// Words for [`Transport`] in every format.
pub(super) const TRANSPORTS: [(&str, Transport); 3] =
    [("stdio", Transport::Stdio), ("sse", Transport::Sse), ("streamable-http", Transport::StreamableHttp)];

pub(super) const NAMELESS_VARIABLE: &str = "an environment variable has no name: left out";

/// One file on its way into the catalogue.
pub(super) struct Import<'r> {
    /// Name of the file, for notices and as the origin of its servers.
    pub(super) file: String,
    /// What has been read so far, in the order of the file.
    pub(super) servers: Vec<Server>,
    pub(super) report: &'r mut Report,
}

/// Turns the fields of an entry into a server.
pub(super) type Read = fn(name: &str, fields: &mut Fields, notes: &mut Notes) -> Result<Server, Rejected>;

/// Why an entry is left out. The texts complete "left out: …".
pub(super) enum Rejected {
    /// The entry can't be a server.
    Faulty(String),
    /// The entry is in order, but shall not be listed.
    Unwanted(&'static str),
}

impl From<&str> for Rejected {
    fn from(fault: &str) -> Self {
        Self::Faulty(fault.to_owned())
    }
}

impl Import<'_> {
    /// Reads each of `entries`. The name of an entry without one is its place, as in `servers[3]`.
    pub(super) fn add_all(&mut self, key: &str, entries: Option<Entries>, read: Read) {
        let Some(entries) = entries else { return };
        if entries.beyond > 0 {
            let reason = format!("`{key}` holds more than {MAX_ENTRIES} servers: the last {} left out", entries.beyond);
            self.report.warn(&self.file, None, reason);
        }
        match entries.items {
            Items::Named(named) => named.into_iter().for_each(|(name, value)| self.add(&name, value, read)),
            Items::Listed(listed) => {
                for (index, value) in listed.into_iter().enumerate() {
                    self.add(&format!("{key}[{index}]"), value, read);
                }
            }
        }
    }

    /// Reads one entry.
    pub(super) fn add(&mut self, name: &str, value: Value, read: Read) {
        let Value::Object(object) = value else {
            let reason = format!("left out: an entry should be an object, but there is {}", kind(&value));
            return self.report.warn(&self.file, Some(name), reason);
        };
        let mut fields = Fields::of_entry(object);
        let mut notes = Notes::default();
        let outcome = read(name, &mut fields, &mut notes).and_then(checked);
        fields.finish(&mut notes);
        let label = outcome.as_ref().map_or(name, |server| server.identity()).to_owned();
        self.note(&label, &notes);
        match outcome {
            Ok(mut server) => {
                server.origin.clone_from(&self.file);
                server.extensions = notes.extensions;
                self.servers.push(server);
            }
            Err(Rejected::Faulty(fault)) => self.report.warn(&self.file, Some(name), format!("left out: {fault}")),
            Err(Rejected::Unwanted(reason)) => self.report.info(&self.file, Some(name), format!("left out: {reason}")),
        }
    }

    fn note(&mut self, entry: &str, notes: &Notes) {
        for warning in &notes.warnings {
            self.report.warn(&self.file, Some(entry), warning.as_str());
        }
        for path in &notes.unmapped {
            let reason = format!("`{path}` has no place in the server model: kept under `extensions`");
            self.report.info(&self.file, Some(entry), reason);
        }
    }
}

/// Takes the transport; where there is none that is known, assumes `usual`, and says so.
pub(super) fn transport(key: &str, usual: Transport, fields: &mut Fields, notes: &mut Notes) -> Transport {
    fields.word(key, &TRANSPORTS, notes).unwrap_or_else(|| {
        let assumed = TRANSPORTS.iter().find(|(_, transport)| *transport == usual).map_or("", |(word, _)| word);
        notes.warn(format!("no transport that is known: {assumed} assumed"));
        usual
    })
}

/// Adds `variables` to those that are there, each name once.
pub(super) fn add_variables(variables: Vec<EnvVar>, to: &mut Vec<EnvVar>) {
    for variable in variables {
        if !to.iter().any(|known| known.name == variable.name) {
            to.push(variable);
        }
    }
}

/// The account that a repository belongs to: `octo` for `https://host/octo/repo`.
pub(super) fn account(repository: &str) -> Option<String> {
    let path = repository.split_once("://")?.1;
    path.split('/').nth(1).filter(|account| !account.is_empty()).map(str::to_owned)
}

fn checked(server: Server) -> Result<Server, Rejected> {
    let identity = server.identity();
    if server.name.is_empty() || identity.len() > MAX_NAME || identity.contains(char::is_control) {
        let shown = cut(identity, 40).escape_default();
        let fault = format!("`{shown}` can't be a name: 1 to {MAX_NAME} bytes without control characters are allowed");
        return Err(Rejected::Faulty(fault));
    }
    if !server.is_usable() {
        return Err("it names no image, no package and no address".into());
    }
    Ok(server)
}
