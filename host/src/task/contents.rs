//! What a store's file holds: its tables, the form of its records, and whether an old file has it.

use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

use super::RECORD_BYTES;
use super::error::{Bound, StoreError};
use super::ledger::Ledger;
use super::record::{ID_BYTES, Task};

pub(super) const RECORDS: TableDefinition<'_, &[u8; ID_BYTES], &[u8]> = TableDefinition::new("tasks");
pub(super) const FORMAT: TableDefinition<'_, &str, u32> = TableDefinition::new("format");

/// The form of the records. A file of another one is moved aside.
pub(super) const FORMAT_KEY: &str = "records";
const FORMAT_NUMBER: u32 = 1;

/// Marks an empty file as ours, and looks for the mark in another one, which isn't written to.
pub(super) fn prepare(database: &Database) -> Result<(), String> {
    let reading = database.begin_read().map_err(|error| error.to_string())?;
    if reading.list_tables().map_err(|error| error.to_string())?.next().is_none() {
        return mark(database).map_err(|error| error.to_string());
    }
    let format = reading.open_table(FORMAT).map_err(|error| error.to_string())?;
    let found = format.get(FORMAT_KEY).map_err(|error| error.to_string())?.map(|number| number.value());
    if found == Some(FORMAT_NUMBER) {
        return Ok(());
    }
    let found = found.map_or("none".to_owned(), |number| number.to_string());
    Err(format!("the form of its records is {found}, and this host reads {FORMAT_NUMBER}"))
}

fn mark(database: &Database) -> Result<(), redb::Error> {
    let writing = database.begin_write()?;
    writing.open_table(FORMAT)?.insert(FORMAT_KEY, FORMAT_NUMBER)?;
    writing.open_table(RECORDS)?;
    Ok(writing.commit()?)
}

/// Reads every record once. An error says why it is none of ours.
pub(super) fn read_all(database: &Database) -> Result<Ledger, String> {
    let reading = database.begin_read().map_err(|error| error.to_string())?;
    let table = reading.open_table(RECORDS).map_err(|error| error.to_string())?;
    let mut ledger = Ledger::default();
    for entry in table.iter().map_err(|error| error.to_string())? {
        let (key, value) = entry.map_err(|error| error.to_string())?;
        let task = decode(value.value()).map_err(|error| error.to_string())?;
        if task.id.0 != *key.value() {
            return Err("a record is under another one's key".to_owned());
        }
        ledger.put(&task, u64::try_from(value.value().len()).unwrap_or(u64::MAX));
    }
    Ok(ledger)
}

pub(super) fn encode(task: &Task) -> Result<Vec<u8>, StoreError> {
    let bytes = postcard::to_allocvec(task).map_err(|error| StoreError::Storage(error.to_string()))?;
    if bytes.len() > RECORD_BYTES {
        return Err(StoreError::Beyond(Bound::Record { bytes: bytes.len() }));
    }
    Ok(bytes)
}

pub(super) fn decode(bytes: &[u8]) -> Result<Task, StoreError> {
    postcard::from_bytes(bytes).map_err(|error| StoreError::Storage(format!("a record cannot be read: {error}")))
}
