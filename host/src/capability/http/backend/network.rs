//! What all plugins' requests have in common: how names become addresses, and which certificates are trusted. Neither
//! the environment's proxies nor its variables play a part.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use reqwest::Certificate;

/// Largest file of certificates, in bytes. The whole set that operating systems come with has a third of that.
const ROOTS_BYTES: u64 = 1 << 20;

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
    System,
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
            [] => Lookup::System,
            servers => Lookup::NameServers(Box::new(resolver(servers)?)),
        };
        Ok(Self { lookup: Arc::new(lookup), authorities: read.into_iter().flatten().collect() })
    }

    /// All addresses of a name, unchecked.
    pub(in crate::capability::http) async fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, NoAddress> {
        match &*self.lookup {
            Lookup::System => {
                let found = tokio::net::lookup_host((name, 0)).await.map_err(|error| NoAddress(error.to_string()))?;
                Ok(found.map(|address| address.ip()).collect())
            }
            Lookup::NameServers(resolver) => {
                // A name that ends in a dot is taken as it is: no search list makes another one of it.
                let found = resolver.lookup_ip(format!("{}.", name.trim_end_matches('.'))).await;
                Ok(found.map_err(|error| NoAddress(error.to_string()))?.iter().collect())
            }
        }
    }
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
