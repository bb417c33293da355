//! Whether a plugin may use a bucket: asked for, and granted.

use super::{Access, Grant, Operation, Want, is_name};
use crate::capability::decision::{By, Decision, Refused};
use crate::capability::keyvalue::BUCKET_NAME_BYTES;

/// What one plugin may do, worked out once: asked for ∩ granted.
#[derive(Debug, Clone)]
pub struct Rules {
    plugin: String,
    /// None: the plugin doesn't say, and what is granted counts alone.
    asked: Option<Vec<Want>>,
    granted: Vec<Grant>,
    read_only: bool,
}

impl Rules {
    /// The rules of a plugin. `granted` has been checked.
    #[must_use]
    pub fn new(plugin: &str, asked: Option<Vec<Want>>, granted: Vec<Grant>, read_only: bool) -> Self {
        Self { plugin: plugin.to_owned(), asked, granted, read_only }
    }

    /// What was granted.
    #[must_use]
    pub fn granted(&self) -> &[Grant] {
        &self.granted
    }

    /// Whether the plugin may do this with that bucket, and by which grant.
    ///
    /// # Errors
    /// Who refuses, why, and the line that would allow it.
    pub fn decide(&self, bucket: &str, operation: Operation) -> Decision<&Grant> {
        if !is_name(bucket) {
            return Err(no_name());
        }
        let of_bucket = |want: &&Want| want.bucket == bucket;
        if let Some(asked) = &self.asked
            && !asked.iter().filter(of_bucket).any(|want| want.access.allows(operation))
        {
            return Err(self.not_asked(bucket, operation));
        }
        let Some(grant) = self.granted.iter().find(|grant| grant.bucket == bucket) else {
            return Err(self.not_granted(bucket, operation));
        };
        if !grant.access.allows(operation) {
            return Err(self.only_read(grant));
        }
        if self.read_only && operation == Operation::Write {
            return Err(self.held_to_reading(bucket));
        }
        Ok(grant)
    }

    fn not_asked(&self, bucket: &str, operation: Operation) -> Refused {
        let verb = operation.verb();
        Refused {
            by: By::Plugin,
            why: format!("the plugin does not ask to {verb} the key-value bucket {bucket:?}"),
            hint: format!("its author has to add {{ bucket = {bucket:?} }} to `wants.buckets` of its request"),
        }
    }

    fn not_granted(&self, bucket: &str, operation: Operation) -> Refused {
        let access = match operation {
            Operation::Read => Access::Read,
            Operation::Write => Access::ReadWrite,
        };
        Refused {
            by: By::Operator,
            why: format!("nobody granted the key-value bucket {bucket:?}"),
            hint: self.line(&format!("{{ bucket = {bucket:?}, access = \"{access}\" }}")),
        }
    }

    fn only_read(&self, grant: &Grant) -> Refused {
        Refused {
            by: By::Operator,
            why: format!("the key-value bucket {:?} is granted for reading only", grant.bucket),
            hint: self.line(&Grant { access: Access::ReadWrite, ..grant.clone() }.to_string()),
        }
    }

    fn held_to_reading(&self, bucket: &str) -> Refused {
        Refused {
            by: By::ReadOnly,
            why: format!("the plugin is read-only, and this writes to the key-value bucket {bucket:?}"),
            hint: format!("remove `read-only = true` from [plugins.{}], or from the whole host", self.plugin),
        }
    }

    fn line(&self, grant: &str) -> String {
        format!("write below [plugins.{}.grants]: keyvalue = [{grant}]", self.plugin)
    }
}

/// It may be of any length, so that it isn't repeated.
fn no_name() -> Refused {
    Refused {
        by: By::Operator,
        why: format!("a key-value bucket has a name of 1 to {BUCKET_NAME_BYTES} bytes without control characters"),
        hint: "the plugin has to open one that can be granted, such as `default`".to_owned(),
    }
}

impl Operation {
    fn verb(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write to",
        }
    }
}
