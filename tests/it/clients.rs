//! Clients that nobody here wrote, over both transports and in both eras: against the catalogue with a real registry, and
//! against a guest that has something of everything.
//!
//! | client | modes | what it can't show |
//! | --- | --- | --- |
//! | Python SDK, `mcp` | auto, legacy, 2026-07-28 | |
//! | FastMCP | auto, legacy | a change of the tools in the stateless era: it opens no stream for it |
//! | TypeScript SDK, `@modelcontextprotocol/client` | auto, legacy, 2026-07-28 | |
//! | MCP Inspector, as a command | modern, legacy | progress and changes: it makes one request, and prints the result |

mod catalog;
mod drive;
mod everything;
