//! The only place that opens connections for guests. Which addresses a connection may go to is decided where names
//! become addresses, and what was checked there is what is dialled: nothing is looked up a second time.

pub(super) mod network;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, redirect, retry};

use self::network::Network;
use crate::capability::egress;

pub(super) use network::NoAddress;

/// Largest header section of an answer over HTTP/2, in bytes, as its frames count them; what is passed on to the guest
/// is bounded apart.
const HEADER_LIST_BYTES: u32 = 64 << 10;

/// Most headers of an answer over HTTP/1.
const HEADERS: usize = 128;

/// Connections to one host that are kept when idle: a plugin's calls come in bursts.
const IDLE_PER_HOST: usize = 16;

/// How long a connection is kept when idle: shorter than servers usually keep theirs.
const IDLE_TIME: Duration = Duration::from_secs(30);

/// The clients of one plugin: one for each set of networks that its rules name, so that no connection which one rule
/// permits serves another.
pub(super) struct Clients(Vec<(Arc<[IpNet]>, Client)>);

impl Clients {
    /// Clients for rules that name these networks.
    ///
    /// # Errors
    /// When the certificates that this machine trusts can't be read.
    pub(super) fn new<'a>(
        network: &Network,
        rules: impl Iterator<Item = &'a [IpNet]>,
        connect_time: Duration,
    ) -> reqwest::Result<Self> {
        let mut clients: Vec<(Arc<[IpNet]>, Client)> = Vec::new();
        for networks in rules {
            if !clients.iter().any(|(known, _)| **known == *networks) {
                let networks: Arc<[IpNet]> = networks.into();
                clients.push((Arc::clone(&networks), client(network, networks, connect_time)?));
            }
        }
        Ok(Self(clients))
    }

    /// The client for a rule that names these networks.
    pub(super) fn of(&self, networks: &[IpNet]) -> Option<&Client> {
        self.0.iter().find(|(known, _)| **known == *networks).map(|(_, client)| client)
    }
}

fn client(network: &Network, networks: Arc<[IpNet]>, connect_time: Duration) -> reqwest::Result<Client> {
    Client::builder()
        .dns_resolver(Arc::new(Checked { network: network.clone(), networks }))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .tls_certs_merge(network.authorities.iter().cloned())
        .connect_timeout(connect_time)
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .pool_idle_timeout(IDLE_TIME)
        .http1_max_headers(HEADERS)
        .http2_max_header_list_size(HEADER_LIST_BYTES)
        .tcp_nodelay(true)
        .build()
}

/// Looks names up, and gives only addresses that may be dialled.
struct Checked {
    network: Network,
    networks: Arc<[IpNet]>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (network, networks) = (self.network.clone(), Arc::clone(&self.networks));
        Box::pin(async move {
            let found = network.look_up(name.as_str()).await?;
            let (mut permitted, mut refused) = (Vec::new(), None);
            for address in found {
                match egress::check(address, &networks) {
                    Ok(()) => permitted.push(SocketAddr::new(address, 0)),
                    Err(refusal) => refused = Some(refusal),
                }
            }
            match refused {
                Some(refusal) if permitted.is_empty() => Err(refusal.into()),
                _ => Ok(Box::new(permitted.into_iter()) as Addrs),
            }
        })
    }
}
