//! The bounds that an operator can set for each plugin.

use std::time::Duration;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

#[allow(clippy::wildcard_imports, reason = "each of the bounds has a constant of its name")]
use super::*;
use crate::capability::http::Bounds;

/// The bounds of one plugin. The default is the constants of [`limits`](super); times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Limits {
    /// Largest component file; see [`COMPONENT_BYTES`].
    pub component_bytes: u64,
    /// Linear memory of one instance; see [`MEMORY_BYTES`].
    pub memory_bytes: usize,
    /// Linear memories of one instance; see [`MEMORIES`].
    pub memories: usize,
    /// Tables of one instance; see [`TABLES`].
    pub tables: usize,
    /// Elements of one table, and no more than [`TABLE_ELEMENTS`], which is what the pool has room for.
    #[serde(deserialize_with = "table_elements")]
    pub table_elements: usize,
    /// Core instances of one instance; see [`CORE_INSTANCES`].
    pub core_instances: usize,
    /// Handles to resources; see [`HANDLES`].
    pub handles: usize,
    /// Time for compiling the component; see [`COMPILE_TIME`].
    pub compile_time_ms: u64,
    /// Address space for compiling the component; see [`COMPILE_MEMORY_BYTES`].
    pub compile_memory_bytes: u64,
    /// Time for listing what the plugin offers; see [`LIST_TIME`].
    pub list_time_ms: u64,
    /// Wall-clock time of one call; see [`CALL_TIME`].
    pub call_time_ms: u64,
    /// CPU time of one call; see [`CPU_TIME`].
    pub cpu_time_ms: u64,
    /// Arguments of one call; see [`ARGUMENT_BYTES`].
    pub argument_bytes: usize,
    /// Result of one call; see [`RESULT_BYTES`].
    pub result_bytes: usize,
    /// What one call may carry into the host's memory; see [`HOSTCALL_BYTES`].
    pub hostcall_bytes: usize,
    /// Lines of output that are logged for one call; see [`LOG_LINES`].
    pub log_lines: usize,
    /// Lines in a second, over all calls; see [`LOG_LINES_PER_SECOND`].
    pub log_lines_per_second: u32,
    /// Events of one call that wait to be sent; see [`EVENTS_WAITING`].
    pub events_waiting: usize,
    /// Text of one event; see [`EVENT_BYTES`].
    pub event_bytes: usize,
    /// Calls that may run at once; see [`PLUGIN_CALLS_RUNNING`].
    pub calls_running: usize,
    /// Calls that may wait for a place; see [`PLUGIN_CALLS_WAITING`].
    pub calls_waiting: usize,
    /// Time for connecting to another machine; see [`HTTP_CONNECT_TIME`].
    pub http_connect_time_ms: u64,
    /// Time until the answer to a request begins; see [`HTTP_FIRST_BYTE_TIME`].
    pub http_first_byte_time_ms: u64,
    /// Time until the answer to a request has ended; see [`HTTP_TOTAL_TIME`].
    pub http_total_time_ms: u64,
    /// Body of one request; see [`HTTP_REQUEST_BYTES`].
    pub http_request_bytes: u64,
    /// Body of one answer; see [`HTTP_RESPONSE_BYTES`].
    pub http_response_bytes: u64,
    /// Headers of one request or answer; see [`HTTP_HEADERS`].
    pub http_headers: usize,
    /// Bytes of these headers; see [`HTTP_HEADER_BYTES`].
    pub http_header_bytes: usize,
    /// Requests in progress at once; see [`HTTP_RUNNING`].
    pub http_running: usize,
    /// Requests that wait for others to end; see [`HTTP_WAITING`].
    pub http_waiting: usize,
    /// Requests begun in one second; see [`HTTP_PER_SECOND`].
    pub http_per_second: u32,
}

fn table_elements<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let elements = usize::deserialize(deserializer)?;
    if elements <= TABLE_ELEMENTS {
        return Ok(elements);
    }
    Err(D::Error::custom(format!(
        "a table has at most {TABLE_ELEMENTS} elements: the pool has no room for larger ones"
    )))
}

impl Limits {
    /// Wall-clock and CPU time for compiling the component.
    #[must_use]
    pub const fn compile_time(&self) -> Duration {
        Duration::from_millis(self.compile_time_ms)
    }

    /// Wall-clock and CPU time for listing what the plugin offers.
    #[must_use]
    pub const fn list_time(&self) -> Duration {
        Duration::from_millis(self.list_time_ms)
    }

    /// Wall-clock time of one call.
    #[must_use]
    pub const fn call_time(&self) -> Duration {
        Duration::from_millis(self.call_time_ms)
    }

    /// The bounds on requests to other machines.
    #[must_use]
    pub const fn http(&self) -> Bounds {
        Bounds {
            connect_time: Duration::from_millis(self.http_connect_time_ms),
            first_byte_time: Duration::from_millis(self.http_first_byte_time_ms),
            total_time: Duration::from_millis(self.http_total_time_ms),
            request_bytes: self.http_request_bytes,
            response_bytes: self.http_response_bytes,
            headers: self.http_headers,
            header_bytes: self.http_header_bytes,
            running: self.http_running,
            waiting: self.http_waiting,
            per_second: self.http_per_second,
        }
    }

    /// CPU time of one call.
    #[must_use]
    pub const fn cpu_time(&self) -> Duration {
        Duration::from_millis(self.cpu_time_ms)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            component_bytes: COMPONENT_BYTES,
            memory_bytes: MEMORY_BYTES,
            memories: MEMORIES,
            tables: TABLES,
            table_elements: TABLE_ELEMENTS,
            core_instances: CORE_INSTANCES,
            handles: HANDLES,
            compile_time_ms: COMPILE_TIME.as_secs() * 1_000,
            compile_memory_bytes: COMPILE_MEMORY_BYTES,
            list_time_ms: LIST_TIME.as_secs() * 1_000,
            call_time_ms: CALL_TIME.as_secs() * 1_000,
            cpu_time_ms: CPU_TIME.as_secs() * 1_000,
            argument_bytes: ARGUMENT_BYTES,
            result_bytes: RESULT_BYTES,
            hostcall_bytes: HOSTCALL_BYTES,
            log_lines: LOG_LINES,
            log_lines_per_second: LOG_LINES_PER_SECOND,
            events_waiting: EVENTS_WAITING,
            event_bytes: EVENT_BYTES,
            calls_running: PLUGIN_CALLS_RUNNING,
            calls_waiting: PLUGIN_CALLS_WAITING,
            http_connect_time_ms: HTTP_CONNECT_TIME.as_secs() * 1_000,
            http_first_byte_time_ms: HTTP_FIRST_BYTE_TIME.as_secs() * 1_000,
            http_total_time_ms: HTTP_TOTAL_TIME.as_secs() * 1_000,
            http_request_bytes: HTTP_REQUEST_BYTES,
            http_response_bytes: HTTP_RESPONSE_BYTES,
            http_headers: HTTP_HEADERS,
            http_header_bytes: HTTP_HEADER_BYTES,
            http_running: HTTP_RUNNING,
            http_waiting: HTTP_WAITING,
            http_per_second: HTTP_PER_SECOND,
        }
    }
}
