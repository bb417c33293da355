//! Which addresses the host connects to on behalf of plugins: public ones, and those in networks that a rule names.
//!
//! Names are the plugin's or a stranger's to choose, and a name can lead anywhere: to the host's own loopback, to the
//! network behind it, to the service that hands out the machine's credentials. So each address is judged after the name
//! was looked up, and the one that was judged is the one that is connected to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::decision::{By, Refused};

/// An address that may not be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{address}{} is {kind}", Inside { address, judged })]
pub struct AddressRefused {
    /// The address, as it was looked up.
    pub address: IpAddr,
    /// The one that was refused: itself, or an IPv4 address that it carries.
    pub judged: IpAddr,
    /// Why it was.
    pub kind: Kind,
}

impl AddressRefused {
    /// The key that would allow it.
    #[must_use]
    pub fn hint(&self) -> String {
        let network = IpNet::from(self.judged);
        if self.kind == Kind::Metadata {
            return format!(
                "whoever reaches it gets the machine's credentials; if the plugin is meant to, add to the rule: \
                 networks = [\"{network}\"], since no wider network opens it"
            );
        }
        format!("if it is meant, add to the rule that matched: networks = [\"{network}\"]")
    }
}

impl From<AddressRefused> for Refused {
    fn from(refused: AddressRefused) -> Self {
        Self::new(By::Address, refused.to_string(), refused.hint())
    }
}

/// Shows which address was judged, when it isn't the one that was looked up.
struct Inside<'a> {
    address: &'a IpAddr,
    judged: &'a IpAddr,
}

impl fmt::Display for Inside<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.address == self.judged {
            return Ok(());
        }
        write!(formatter, " leads to {}, which", self.judged)
    }
}

/// What an address is, when it isn't public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `0.0.0.0` and `::`, which many systems take for their own.
    Unspecified,
    /// `0.0.0.0/8`.
    ThisNetwork,
    /// The machine itself.
    Loopback,
    /// RFC 1918.
    Private,
    /// Between a provider and its customers, RFC 6598.
    Shared,
    /// One cable.
    LinkLocal,
    /// IPv6's private addresses.
    UniqueLocal,
    /// What came before unique-local ones, and still works.
    SiteLocal,
    /// To many at once.
    Multicast,
    /// To all on a cable.
    Broadcast,
    /// For examples in texts.
    Documentation,
    /// For measuring devices.
    Benchmarking,
    /// Addresses that a translator of this network gives its own meaning, RFC 8215.
    LocalTranslation,
    /// For protocols and for the future: whatever answers there isn't of the internet.
    Reserved,
    /// A cloud's service that hands out credentials, or configures the machine.
    Metadata,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unspecified => "the unspecified address",
            Self::ThisNetwork => "in \"this network\"",
            Self::Loopback => "a loopback address",
            Self::Private => "a private address",
            Self::Shared => "a shared address of a provider (CGNAT)",
            Self::LinkLocal => "a link-local address",
            Self::UniqueLocal => "a unique-local address",
            Self::SiteLocal => "a site-local address",
            Self::Multicast => "a multicast address",
            Self::Broadcast => "the broadcast address",
            Self::Documentation => "an address for documentation",
            Self::Benchmarking => "an address for benchmarks",
            Self::LocalTranslation => "an address for local translation (NAT64)",
            Self::Reserved => "a reserved address",
            Self::Metadata => "the metadata service of a cloud",
        })
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(first: u16, second: u16, third: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0), prefix)
}

/// IANA's registry of special addresses, IPv4, of what isn't reachable from everywhere. The first that fits counts.
const CLASSES_V4: &[(Ipv4Net, Kind)] = &[
    (v4(0, 0, 0, 0, 32), Kind::Unspecified),
    (v4(0, 0, 0, 0, 8), Kind::ThisNetwork),
    (v4(10, 0, 0, 0, 8), Kind::Private),
    (v4(100, 64, 0, 0, 10), Kind::Shared),
    (v4(127, 0, 0, 0, 8), Kind::Loopback),
    (v4(169, 254, 0, 0, 16), Kind::LinkLocal),
    (v4(172, 16, 0, 0, 12), Kind::Private),
    (v4(192, 0, 0, 0, 24), Kind::Reserved),
    (v4(192, 0, 2, 0, 24), Kind::Documentation),
    // 6to4's relays, given up by RFC 7526.
    (v4(192, 88, 99, 0, 24), Kind::Reserved),
    (v4(192, 168, 0, 0, 16), Kind::Private),
    (v4(198, 18, 0, 0, 15), Kind::Benchmarking),
    (v4(198, 51, 100, 0, 24), Kind::Documentation),
    (v4(203, 0, 113, 0, 24), Kind::Documentation),
    (v4(224, 0, 0, 0, 4), Kind::Multicast),
    (v4(255, 255, 255, 255, 32), Kind::Broadcast),
    (v4(240, 0, 0, 0, 4), Kind::Reserved),
];

/// As for IPv4. Beyond these, only [`GLOBAL_UNICAST`] is public.
const CLASSES_V6: &[(Ipv6Net, Kind)] = &[
    (v6(0, 0, 0, 128), Kind::Unspecified),
    (Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128), Kind::Loopback),
    (v6(0x64, 0xff9b, 1, 48), Kind::LocalTranslation),
    (v6(0x2001, 2, 0, 48), Kind::Benchmarking),
    (v6(0x2001, 0xdb8, 0, 32), Kind::Documentation),
    (v6(0x3fff, 0, 0, 20), Kind::Documentation),
    (v6(0xfc00, 0, 0, 7), Kind::UniqueLocal),
    (v6(0xfe80, 0, 0, 10), Kind::LinkLocal),
    (v6(0xfec0, 0, 0, 10), Kind::SiteLocal),
    (v6(0xff00, 0, 0, 8), Kind::Multicast),
];

/// Where public IPv6 addresses are. IANA gives out no others.
const GLOBAL_UNICAST: Ipv6Net = v6(0x2000, 0, 0, 3);

/// For protocols. What is public of it (Teredo, relays of multicast, AS112) serves no HTTP, but for Teredo, which is
/// judged by what it carries.
const PROTOCOLS: Ipv6Net = v6(0x2001, 0, 0, 23);

/// The forms that lead to an IPv4 address somewhere.
const COMPATIBLE: Ipv6Net = v6(0, 0, 0, 96);
const TRANSLATED: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96);
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 0, 96);
const SIX_TO_FOUR: Ipv6Net = v6(0x2002, 0, 0, 16);
const TEREDO: Ipv6Net = v6(0x2001, 0, 0, 32);

/// What clouds answer at, with credentials or with the machine's configuration.
const METADATA_V4: &[Ipv4Addr] = &[
    // AWS, Azure, Google, Oracle, DigitalOcean, OpenStack, and most others.
    Ipv4Addr::new(169, 254, 169, 254),
    // AWS: credentials of tasks (ECS) and of pods (EKS).
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    // Tencent.
    Ipv4Addr::new(169, 254, 0, 23),
    // Scaleway.
    Ipv4Addr::new(169, 254, 42, 42),
    // Alibaba, within the shared addresses.
    Ipv4Addr::new(100, 100, 100, 200),
    // Azure's fabric: a public address that only its own machines reach.
    Ipv4Addr::new(168, 63, 129, 16),
    // Oracle, older.
    Ipv4Addr::new(192, 0, 0, 192),
];

/// As for IPv4.
const METADATA_V6: &[Ipv6Addr] = &[
    // AWS: the machine's, and those of pods.
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    // Google.
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    // Scaleway.
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
    // OpenStack.
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe),
];

/// Whether the host may connect to this address, for a rule that names these networks.
///
/// An address that leads to an IPv4 address (mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP) is judged as
/// that one too, and needs to be allowed as each.
///
/// # Errors
/// When the address isn't public, and no network contains it. A metadata service has to be named by itself.
pub fn check(address: IpAddr, networks: &[IpNet]) -> Result<(), AddressRefused> {
    let canonical = address.to_canonical();
    let embedded = match canonical {
        IpAddr::V4(_) => [None; 2],
        IpAddr::V6(canonical) => embedded(canonical),
    };
    let judged = std::iter::once(canonical).chain(embedded.into_iter().flatten().map(IpAddr::V4));
    for judged in judged {
        match kind(judged) {
            Some(kind) if !is_opened(judged, kind, networks) => return Err(AddressRefused { address, judged, kind }),
            _ => {}
        }
    }
    Ok(())
}

/// What kind of address it is, unless it is a public one. Looks at the address itself, not at one that it carries.
#[must_use]
pub fn kind(address: IpAddr) -> Option<Kind> {
    match address.to_canonical() {
        IpAddr::V4(address) => kind_v4(address),
        IpAddr::V6(address) => kind_v6(address),
    }
}

fn is_opened(address: IpAddr, kind: Kind, networks: &[IpNet]) -> bool {
    networks.iter().any(|network| match kind {
        Kind::Metadata => *network == IpNet::from(address),
        _ => network.contains(&address),
    })
}

fn kind_v4(address: Ipv4Addr) -> Option<Kind> {
    if METADATA_V4.contains(&address) {
        return Some(Kind::Metadata);
    }
    CLASSES_V4.iter().find(|(network, _)| network.contains(&address)).map(|(_, kind)| *kind)
}

fn kind_v6(address: Ipv6Addr) -> Option<Kind> {
    if METADATA_V6.contains(&address) {
        return Some(Kind::Metadata);
    }
    if let Some((_, kind)) = CLASSES_V6.iter().find(|(network, _)| network.contains(&address)) {
        return Some(*kind);
    }
    let is_public = GLOBAL_UNICAST.contains(&address) && !PROTOCOLS.contains(&address);
    let is_judged_by_what_it_carries = NAT64.contains(&address) || TEREDO.contains(&address);
    (!is_public && !is_judged_by_what_it_carries).then_some(Kind::Reserved)
}

/// The IPv4 addresses that an IPv6 address leads to; a mapped one is an IPv4 address already.
fn embedded(address: Ipv6Addr) -> [Option<Ipv4Addr>; 2] {
    let [.., high, low] = address.segments();
    let last = from_segments(high, low);
    let [_, second, third, fourth, fifth, sixth, ..] = address.segments();
    if TEREDO.contains(&address) {
        // Its server in plain, and its client with all bits turned over.
        return [Some(from_segments(third, fourth)), Some(from_segments(!high, !low))];
    }
    if SIX_TO_FOUR.contains(&address) {
        return [Some(from_segments(second, third)), isatap(fifth, sixth, last)];
    }
    let is_whole = NAT64.contains(&address) || TRANSLATED.contains(&address) || is_compatible(address);
    let carried = if is_whole { Some(last) } else { isatap(fifth, sixth, last) };
    [carried, None]
}

/// `::a.b.c.d`; `::` and `::1` are addresses of their own.
fn is_compatible(address: Ipv6Addr) -> bool {
    COMPATIBLE.contains(&address) && !address.is_unspecified() && !address.is_loopback()
}

/// Tunnels within a site, RFC 5214: the address of the interface carries the IPv4 address, whatever comes before it.
fn isatap(fifth: u16, sixth: u16, last: Ipv4Addr) -> Option<Ipv4Addr> {
    (matches!(fifth, 0 | 0x200) && sixth == 0x5efe).then_some(last)
}

fn from_segments(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low))
}

#[cfg(test)]
mod tests;
