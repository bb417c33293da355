//! What all plugins' requests have in common: how names become addresses, and which certificates are trusted. Neither
//! the environment's proxies nor its variables play a part.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use reqwest::Certificate;
use tokio::sync::Semaphore;

/// Largest file of certificates, in bytes. The whole set that operating systems come with has a third of that.
const ROOTS_BYTES: u64 = 1 << 20;

/// Look-ups by the operating system at once, over all plugins: an eighth of the threads that may block.
const LOOKUPS: usize = 64;

/// Look-ups by the operating system at once of one plugin: with names that nobody answers for, it holds up itself alone.
pub(in crate::capability::http) const LOOKUPS_OF_ONE: usize = 8;

/// Where names are looked up, and who is trusted beside those whom the operating system trusts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkOptions {
    /// Name servers, asked in this order; none: as the operating system does it.
    pub nameservers: Vec<SocketAddr>,
    /// Files with certificates of authorities, in PEM.
    pub authorities: Vec<PathBuf>,
}

/// The host's way to other machines. Cheap to clone.
#[derive(Clone)]
pub struct Network {
    lookup: Arc<Lookup>,
    pub(in crate::capability::http) authorities: Arc<[Certificate]>,
}

enum Lookup {
    /// So many at once. A look-up holds a thread of the operating system's until it ends, which takes a while where no name
    /// server answers, and the threads are those that state and files are read on too.
    System(Arc<Semaphore>),
    NameServers(Box<TokioResolver>),
}

/// Why the network can't be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A file of certificates.
    #[error("the certificates in {} can't be used: {problem}", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The name servers.
    #[error("the name servers can't be used: {0}")]
    NameServers(String),
}

impl Network {
    /// Reads the certificates. Blocks on the disk.
    ///
    /// # Errors
    /// A file that can't be read, or has no certificates.
    pub fn new(options: &NetworkOptions) -> Result<Self, NetworkError> {
        let read = options.authorities.iter().map(|path| read_authorities(path)).collect::<Result<Vec<_>, _>>()?;
        let lookup = match options.nameservers.as_slice() {
            [] => Lookup::System(Arc::new(Semaphore::new(LOOKUPS))),
            servers => Lookup::NameServers(Box::new(resolver(servers)?)),
        };
        Ok(Self { lookup: Arc::new(lookup), authorities: read.into_iter().flatten().collect() })
    }

    /// All addresses of a name, unchecked. `own` is the share of whoever asks in the look-ups at once.
    pub(in crate::capability::http) async fn look_up(
        &self,
        name: &str,
        own: &Arc<Semaphore>,
    ) -> Result<Vec<IpAddr>, NoAddress> {
        match &*self.lookup {
            Lookup::System(all) => ask_system(name, [own, all]).await,
            Lookup::NameServers(resolver) => {
                // A name that ends in a dot is taken as it is: no search list makes another one of it.
                let found = resolver.lookup_ip(format!("{}.", name.trim_end_matches('.'))).await;
                Ok(found.map_err(|error| NoAddress(error.to_string()))?.iter().collect())
            }
        }
    }
}

async fn ask_system(name: &str, places: [&Arc<Semaphore>; 2]) -> Result<Vec<IpAddr>, NoAddress> {
    let name = name.to_owned();
    let found = in_places(places, move || (name.as_str(), 0).to_socket_addrs()).await?;
    Ok(found.map_err(|error| NoAddress(error.to_string()))?.map(|address| address.ip()).collect())
}

/// Does what blocks, once all these places are free. Whoever gives up waiting leaves the work running, and so the places stay
/// taken until it ends.
async fn in_places<R: Send + 'static>(
    places: [&Arc<Semaphore>; 2],
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<R, NoAddress> {
    let mut taken = Vec::with_capacity(places.len());
    for place in places {
        taken.push(Arc::clone(place).acquire_owned().await.map_err(|error| NoAddress(error.to_string()))?);
    }
    let working = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(taken);
        done
    });
    working.await.map_err(|error| NoAddress(error.to_string()))
}

/// A name that can't be looked up, with the reason.
#[derive(Debug, thiserror::Error)]
#[error("the name has no address: {0}")]
pub(in crate::capability::http) struct NoAddress(String);

fn read_authorities(path: &Path) -> Result<Vec<Certificate>, NetworkError> {
    let unusable = |problem: String| NetworkError::Authority { path: path.to_owned(), problem };
    let text = crate::source::read_text(path, ROOTS_BYTES).map_err(|error| unusable(error.to_string()))?;
    let found = Certificate::from_pem_bundle(text.as_bytes()).map_err(|error| unusable(error.to_string()))?;
    if found.is_empty() {
        return Err(unusable("there is no certificate in it; it must be PEM".into()));
    }
    Ok(found)
}

fn resolver(servers: &[SocketAddr]) -> Result<TokioResolver, NetworkError> {
    let at = |server: &SocketAddr| {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
            connection.port = server.port();
            connection
        });
        NameServerConfig::new(server.ip(), true, connections.into())
    };
    let config = ResolverConfig::from_name_servers(servers.iter().map(at).collect());
    let built = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build();
    built.map_err(|error| NetworkError::NameServers(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_look_up_that_nobody_waits_for_keeps_its_places_until_it_ends() {
        let (own, all) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(2)));
        let (answer, answered) = mpsc::channel::<()>();
        let look_up = in_places([&own, &all], move || answered.recv());
        assert!(tokio::time::timeout(Duration::from_millis(20), look_up).await.is_err());
        assert_eq!((own.available_permits(), all.available_permits()), (0, 1));
        answer.send(()).unwrap();
        // Another one waits for its place, and no longer.
        assert!(in_places([&own, &all], || ()).await.is_ok());
        assert_eq!((own.available_permits(), all.available_permits()), (1, 2));
    }

    #[tokio::test]
    async fn the_operating_system_knows_its_own_name() {
        let (own, all) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(1)));
        let found = ask_system("localhost", [&own, &all]).await.unwrap();
        assert!(found.iter().all(IpAddr::is_loopback) && !found.is_empty(), "{found:?}");
        assert!(ask_system("not a name", [&own, &all]).await.is_err());
    }
}
