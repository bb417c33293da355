//! What plugins may reach, at the border: the real program, a guest that tries everything, real sockets on loopback and a
//! name server of our own. No test needs a network.

mod attack;
mod bounds;
mod credential;
mod foreign;
mod memory;
mod plain;
mod reach;
mod record;
mod signature;
mod store;
mod table;
mod tls;
