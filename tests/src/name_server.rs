//! A name server on loopback whose answers a test writes, one for each time that it is asked.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

use hickory_proto::op::{Message, OpCode, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};

/// Largest question that is read: what fits into one packet everywhere.
const PACKET_BYTES: usize = 1232;

/// A name server that runs until the test program ends.
#[derive(Clone)]
pub struct NameServer {
    address: SocketAddr,
    names: Arc<BTreeMap<String, Script>>,
    asked: Arc<Mutex<BTreeMap<(String, RecordType), usize>>>,
}

/// The answers for a name, one after the other; the last one stays. Each is a list of addresses.
type Script = Vec<Vec<IpAddr>>;

impl NameServer {
    /// Answers for these names, with a lifetime of zero. `*` is every other name; without it, they aren't there.
    ///
    /// # Panics
    /// When there is no free port, or an address in the script is none.
    #[must_use]
    pub fn start(names: &[(&str, &[&[&str]])]) -> Self {
        let parsed = |times: &[&[&str]]| -> Script {
            times.iter().map(|list| list.iter().map(|address| address.parse().unwrap()).collect()).collect()
        };
        let names = names.iter().map(|(name, times)| ((*name).to_owned(), parsed(times))).collect();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = Self { address: socket.local_addr().unwrap(), names: Arc::new(names), asked: Arc::default() };
        let own = server.clone();
        thread::spawn(move || own.serve(&socket));
        server
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client hears that asks for both kinds of addresses, and counts as one that does.
    ///
    /// # Panics
    /// When its thread panicked.
    #[must_use]
    pub fn look_up(&self, name: &str) -> Vec<IpAddr> {
        let times = [RecordType::A, RecordType::AAAA].map(|kind| self.count(name, kind));
        self.script(name).and_then(|script| script.get(times[0]).or(script.last())).cloned().unwrap_or_default()
    }

    /// How often it was asked for the IPv4 addresses of a name.
    ///
    /// # Panics
    /// When its thread panicked.
    #[must_use]
    pub fn asked(&self, name: &str) -> usize {
        self.asked.lock().unwrap().get(&(name.to_owned(), RecordType::A)).copied().unwrap_or_default()
    }

    fn serve(&self, socket: &UdpSocket) {
        let mut packet = [0; PACKET_BYTES];
        while let Ok((read, from)) = socket.recv_from(&mut packet) {
            let Ok(question) = Message::from_vec(&packet[..read]) else { continue };
            let _ = socket.send_to(&self.answer(question).to_vec().unwrap(), from);
        }
    }

    fn answer(&self, question: Message) -> Message {
        let mut answer = Message::response(question.metadata.id, OpCode::Query);
        answer.metadata.recursion_available = true;
        for query in question.queries {
            let name = query.name().to_ascii().trim_end_matches('.').to_ascii_lowercase();
            let Some(script) = self.script(&name) else {
                answer.metadata.response_code = ResponseCode::NXDomain;
                continue;
            };
            let time = self.count(&name, query.query_type());
            let addresses = script.get(time).or(script.last()).into_iter().flatten();
            answer.add_answers(addresses.filter_map(|address| record(query.name(), query.query_type(), *address)));
            answer.add_query(query);
        }
        answer
    }

    fn script(&self, name: &str) -> Option<&Script> {
        self.names.get(name).or_else(|| self.names.get("*"))
    }

    /// How often it was asked for this before.
    fn count(&self, name: &str, kind: RecordType) -> usize {
        let mut asked = self.asked.lock().unwrap();
        let times = asked.entry((name.to_owned(), kind)).or_default();
        *times += 1;
        *times - 1
    }
}

/// The record, if it is of the kind that is asked for.
fn record(name: &Name, kind: RecordType, address: IpAddr) -> Option<Record> {
    let data = match (kind, address) {
        (RecordType::A, IpAddr::V4(address)) => RData::A(address.into()),
        (RecordType::AAAA, IpAddr::V6(address)) => RData::AAAA(address.into()),
        _ => return None,
    };
    Some(Record::from_rdata(name.clone(), 0, data))
}
