//! `wasi:keyvalue` as the guest sees it.
//!
//! A refusal is one of the errors that the standard names, so that guests written for any host know them; who refused,
//! and what would allow it, is on record. A bound is told to the guest in words, since it can act upon it.

use std::sync::Arc;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable, ResourceTableError};

use self::generated::wasi::keyvalue::{atomics, batch, store};
use super::backend::bucket::Bucket;
use super::backend::stores::Buckets;
use super::backend::{Bound, StoreError};
use super::grant::Operation;
use super::{BUCKET_NAME_BYTES, NAME};
use crate::capability::decision::{By, Refused};
use crate::capability::learner::Wish;
use crate::capability::record::Record;

mod generated {
    wasmtime::component::bindgen!({
        path: "../wit/deps/wasi-keyvalue-0.2.0-draft",
        world: "wasi:keyvalue/imports",
        imports: { default: async | trappable },
        with: { "wasi:keyvalue/store.bucket": super::Handle },
        trappable_error_type: { "wasi:keyvalue/store.error" => super::Failure },
    });
}

/// What one instance's calls need.
pub(crate) struct KeyValue<'a> {
    /// What its plugin was granted, if anything.
    pub(crate) buckets: Option<&'a Buckets>,
    /// Is told of every use.
    pub(crate) record: &'a dyn Record,
    /// Where its handles are. It bounds their number.
    pub(crate) table: &'a mut ResourceTable,
}

/// What a guest's handle stands for.
#[expect(unreachable_pub, reason = "the generated code exports it again")]
pub struct Handle(Arc<Bucket>);

/// Why a call failed.
#[expect(unreachable_pub, reason = "the generated code exports it again")]
pub enum Failure {
    /// There is no bucket of this name for the plugin.
    NoSuchStore,
    /// The plugin may not do this with the bucket.
    AccessDenied,
    /// Anything else, in words.
    Other(String),
    /// Something that no correct guest meets: it is stopped.
    Trap(wasmtime::Error),
}

impl From<ResourceTableError> for Failure {
    fn from(error: ResourceTableError) -> Self {
        Self::Trap(error.into())
    }
}

/// Adds the imports.
///
/// # Errors
/// When the linker has them already.
pub(crate) fn link<T: Send + 'static>(
    linker: &mut Linker<T>,
    state: fn(&mut T) -> KeyValue<'_>,
) -> wasmtime::Result<()> {
    store::add_to_linker::<_, HasKeyValue>(linker, state)?;
    atomics::add_to_linker::<_, HasKeyValue>(linker, state)?;
    batch::add_to_linker::<_, HasKeyValue>(linker, state)
}

struct HasKeyValue;

impl HasData for HasKeyValue {
    type Data<'a> = KeyValue<'a>;
}

impl<'a> KeyValue<'a> {
    /// The bucket behind a handle, if the plugin may do this with it; what is done is on record from here on.
    fn begin(&self, handle: &Resource<Handle>, what: &str, keys: usize, operation: Operation) -> Begun<'a> {
        let bucket = Arc::clone(&self.table.get(handle)?.0);
        let what = match keys {
            1 => format!("{what} {:?}", bucket.space.bucket),
            keys => format!("{what} {:?} ({keys} keys)", bucket.space.bucket),
        };
        match self.granted(&what)?.rules.decide(&bucket.space.bucket, operation) {
            Ok(_) => Ok(Use { record: self.record, what, bucket, refused: None }),
            Err(refused) => {
                self.learn(&refused, &bucket.space.bucket, operation);
                self.record.used(NAME, &what, Some(&bucket.rule), Err(&refused));
                Err(Failure::AccessDenied)
            }
        }
    }

    /// Opening changes and shows nothing: only a refusal is on record.
    fn find(&self, name: &str) -> Result<Handle, Failure> {
        let what = opening(name);
        let granted = self.granted(&what)?;
        let refused = match granted.rules.decide(name, Operation::Read) {
            Ok(grant) => return handle(granted, &grant.bucket),
            Err(refused) => refused,
        };
        self.learn(&refused, name, Operation::Read);
        self.record.used(NAME, &what, None, Err(&refused));
        Err(if refused.by == By::Operator { Failure::NoSuchStore } else { Failure::AccessDenied })
    }

    fn learn(&self, refused: &Refused, bucket: &str, operation: Operation) {
        if let (By::Operator, Some(buckets)) = (refused.by, self.buckets) {
            buckets.learner.note(|| Wish::Bucket(bucket.to_owned(), operation));
        }
    }

    /// What was granted, if anything: or else this is refused.
    fn granted(&self, what: &str) -> Result<&'a Buckets, Failure> {
        self.buckets.ok_or_else(|| {
            let hint = "write buckets for `keyvalue` below the plugin's grants";
            self.record.used(NAME, what, None, Err(&Refused::new(By::Operator, "no bucket was granted", hint)));
            Failure::NoSuchStore
        })
    }
}

fn handle(granted: &Buckets, bucket: &str) -> Result<Handle, Failure> {
    granted.buckets.get(bucket).map(|bucket| Handle(Arc::clone(bucket))).ok_or(Failure::NoSuchStore)
}

/// As it is put on record. A guest's name for a bucket may be of any length, and one that is too long is shown as such.
fn opening(name: &str) -> String {
    let shown = name.get(..name.floor_char_boundary(BUCKET_NAME_BYTES)).unwrap_or_default();
    let rest = if shown.len() < name.len() { "…" } else { "" };
    format!("open {shown:?}{rest}")
}

type Begun<'a> = Result<Use<'a>, Failure>;

/// One use of a bucket. It is on record when it is over, also when its guest was stopped meanwhile.
struct Use<'a> {
    record: &'a dyn Record,
    what: String,
    bucket: Arc<Bucket>,
    refused: Option<Refused>,
}

impl Use<'_> {
    /// What the guest gets.
    fn end<R>(mut self, outcome: Result<R, StoreError>) -> Result<R, Failure> {
        outcome.map_err(|error| match error {
            StoreError::Beyond(bound) => {
                self.refused = Some(refused(bound));
                Failure::Other(bound.to_string())
            }
            StoreError::NoNumber | StoreError::Overflow => Failure::Other(error.to_string()),
            StoreError::Failed(why) => {
                self.bucket.store.complain(&self.bucket.space.plugin, &why);
                Failure::Other("the key-value store is not available: try again later".to_owned())
            }
        })
    }
}

impl Drop for Use<'_> {
    fn drop(&mut self) {
        let outcome = self.refused.as_ref().map_or(Ok(()), Err);
        self.record.used(NAME, &self.what, Some(&self.bucket.rule), outcome);
    }
}

fn refused(bound: Bound) -> Refused {
    let hint = bound.key().map_or_else(
        || "this bound is fixed: the plugin has to keep to it".to_owned(),
        |key| format!("raise `{key}` in the bucket's grant, if the plugin should have more"),
    );
    Refused { by: By::Bound, why: bound.to_string(), hint }
}

impl store::Host for KeyValue<'_> {
    async fn open(&mut self, identifier: String) -> Result<Resource<Handle>, Failure> {
        let handle = self.find(&identifier)?;
        Ok(self.table.push(handle)?)
    }

    fn convert_error(&mut self, failure: Failure) -> wasmtime::Result<store::Error> {
        match failure {
            Failure::NoSuchStore => Ok(store::Error::NoSuchStore),
            Failure::AccessDenied => Ok(store::Error::AccessDenied),
            Failure::Other(why) => Ok(store::Error::Other(why)),
            Failure::Trap(error) => Err(error),
        }
    }
}

impl store::HostBucket for KeyValue<'_> {
    async fn get(&mut self, handle: Resource<Handle>, key: String) -> Result<Option<Vec<u8>>, Failure> {
        let begun = self.begin(&handle, "get", 1, Operation::Read)?;
        let found = begun.bucket.get(&[key]).await;
        Ok(begun.end(found)?.pop().flatten())
    }

    async fn set(&mut self, handle: Resource<Handle>, key: String, value: Vec<u8>) -> Result<(), Failure> {
        let begun = self.begin(&handle, "set", 1, Operation::Write)?;
        let written = begun.bucket.write(vec![(key, Some(value))]).await;
        begun.end(written)
    }

    async fn delete(&mut self, handle: Resource<Handle>, key: String) -> Result<(), Failure> {
        let begun = self.begin(&handle, "delete", 1, Operation::Write)?;
        let written = begun.bucket.write(vec![(key, None)]).await;
        begun.end(written)
    }

    async fn exists(&mut self, handle: Resource<Handle>, key: String) -> Result<bool, Failure> {
        let begun = self.begin(&handle, "exists", 1, Operation::Read)?;
        let found = begun.bucket.exists(&key).await;
        begun.end(found)
    }

    async fn list_keys(
        &mut self,
        handle: Resource<Handle>,
        cursor: Option<u64>,
    ) -> Result<store::KeyResponse, Failure> {
        let begun = self.begin(&handle, "list-keys", 1, Operation::Read)?;
        let listed = begun.bucket.list_keys(cursor).await;
        begun.end(listed).map(|page| store::KeyResponse { keys: page.keys, cursor: page.next })
    }

    async fn drop(&mut self, handle: Resource<Handle>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}

impl atomics::Host for KeyValue<'_> {
    async fn increment(&mut self, handle: Resource<Handle>, key: String, delta: u64) -> Result<u64, Failure> {
        let begun = self.begin(&handle, "increment", 1, Operation::Write)?;
        let counted = begun.bucket.increment(key, delta).await;
        begun.end(counted)
    }
}

/// As the interface has it: each key with its value, or neither.
type Found = Vec<Option<(String, Vec<u8>)>>;

impl batch::Host for KeyValue<'_> {
    async fn get_many(&mut self, handle: Resource<Handle>, keys: Vec<String>) -> Result<Found, Failure> {
        let begun = self.begin(&handle, "get-many", keys.len(), Operation::Read)?;
        let found = begun.bucket.get(&keys).await;
        let values = begun.end(found)?;
        Ok(keys.into_iter().zip(values).map(|(key, value)| value.map(|value| (key, value))).collect())
    }

    async fn set_many(&mut self, handle: Resource<Handle>, pairs: Vec<(String, Vec<u8>)>) -> Result<(), Failure> {
        let begun = self.begin(&handle, "set-many", pairs.len(), Operation::Write)?;
        let written = begun.bucket.write(pairs.into_iter().map(|(key, value)| (key, Some(value))).collect()).await;
        begun.end(written)
    }

    async fn delete_many(&mut self, handle: Resource<Handle>, keys: Vec<String>) -> Result<(), Failure> {
        let begun = self.begin(&handle, "delete-many", keys.len(), Operation::Write)?;
        let written = begun.bucket.write(keys.into_iter().map(|key| (key, None)).collect()).await;
        begun.end(written)
    }
}

#[cfg(test)]
mod tests;
