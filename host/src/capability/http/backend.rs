//! The only place that opens connections for guests. Which addresses a connection may go to is decided where names
//! become addresses, and what was checked there is what is dialled: nothing is looked up a second time.

pub(super) mod network;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, redirect, retry};
use tokio::sync::Semaphore;

use self::network::{LOOKUPS_OF_ONE, Network};
use super::host::access::Bounds;
use crate::capability::egress;

pub(super) use network::NoAddress;

/// What HTTP/2 counts for each header beside its name and its value, in bytes (RFC 9113, 6.5.2).
const HEADER_OVERHEAD: usize = 32;

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
        bounds: &Bounds,
    ) -> reqwest::Result<Self> {
        let mut clients: Vec<(Arc<[IpNet]>, Client)> = Vec::new();
        let lookups = Arc::new(Semaphore::new(LOOKUPS_OF_ONE));
        for networks in rules {
            if !clients.iter().any(|(known, _)| **known == *networks) {
                let networks: Arc<[IpNet]> = networks.into();
                let checked = Checked {
                    network: network.clone(),
                    networks: Arc::clone(&networks),
                    lookups: Arc::clone(&lookups),
                };
                clients.push((networks, client(checked, bounds)?));
            }
        }
        Ok(Self(clients))
    }

    /// The client for a rule that names these networks.
    pub(super) fn of(&self, networks: &[IpNet]) -> Option<&Client> {
        self.0.iter().find(|(known, _)| **known == *networks).map(|(_, client)| client)
    }
}

fn client(checked: Checked, bounds: &Bounds) -> reqwest::Result<Client> {
    let header_list = bounds.header_bytes.saturating_add(bounds.headers.saturating_mul(HEADER_OVERHEAD));
    Client::builder()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .tls_certs_merge(checked.network.authorities.iter().cloned())
        .dns_resolver(Arc::new(checked))
        .connect_timeout(bounds.connect_time)
        // As many as may be in use at once: a plugin's calls come in bursts, and each connection that isn't kept is made again.
        .pool_max_idle_per_host(bounds.running)
        .pool_idle_timeout(IDLE_TIME)
        .http1_max_headers(bounds.headers)
        .http2_max_header_list_size(u32::try_from(header_list).unwrap_or(u32::MAX))
        .tcp_nodelay(true)
        .build()
}

/// Looks names up, and gives only addresses that may be dialled.
struct Checked {
    network: Network,
    networks: Arc<[IpNet]>,
    lookups: Arc<Semaphore>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (network, networks, lookups) =
            (self.network.clone(), Arc::clone(&self.networks), Arc::clone(&self.lookups));
        Box::pin(async move {
            let found = network.look_up(name.as_str(), &lookups).await?;
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
