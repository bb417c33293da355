//! The smallest grant for what was refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use ::http::Method;
use ipnet::IpNet;
use url::Url;

use super::Grants;
use crate::capability::egress::{self, Kind};
use crate::capability::http::analysis::smallest;
use crate::capability::keyvalue::Operation;
use crate::capability::learner::Wish;
use crate::capability::{http, keyvalue, place};

/// What a plugin turned out to need beyond its grants.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Learned {
    /// How many rules the plugin had.
    granted: usize,
    requests: Vec<(Method, Url)>,
    /// By the rule that was there already.
    networks_of_granted: BTreeMap<usize, BTreeSet<IpAddr>>,
    /// By the host of the rule that was learned.
    networks: BTreeMap<String, BTreeSet<IpAddr>>,
    buckets: BTreeMap<String, keyvalue::Access>,
    /// Addresses that nobody should grant because a program asked for them.
    withheld: BTreeSet<IpAddr>,
}

impl Learned {
    /// Nothing yet, for a plugin with these grants.
    #[must_use]
    pub fn beyond(grants: &Grants) -> Self {
        Self { granted: grants.http.as_ref().map_or(0, Vec::len), ..Self::default() }
    }

    /// Adds a wish, and says whether it is a new one that can be granted.
    pub fn add(&mut self, wish: Wish) -> bool {
        match wish {
            Wish::Request(_, url) if metadata(&url).is_some() => {
                self.withheld.extend(metadata(&url));
                false
            }
            Wish::Request(method, url) => {
                let is_new = !self.requests.contains(&(method.clone(), url.clone()));
                self.requests.push((method, url));
                is_new
            }
            Wish::Address { address, .. } if egress::kind(address) == Some(Kind::Metadata) => {
                self.withheld.insert(address);
                false
            }
            Wish::Address { rule, address, .. } if rule < self.granted => {
                self.networks_of_granted.entry(rule).or_default().insert(address)
            }
            Wish::Address { host, address, .. } => self.networks.entry(host).or_default().insert(address),
            Wish::Bucket(name, operation) => {
                let access = match operation {
                    Operation::Read => keyvalue::Access::Read,
                    Operation::Write => keyvalue::Access::ReadWrite,
                };
                let known = self.buckets.get(&name).copied();
                let is_new = known != Some(access) && known != Some(keyvalue::Access::ReadWrite);
                if is_new {
                    self.buckets.insert(name, access);
                }
                is_new
            }
        }
    }

    /// Whether nothing was missing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.networks_of_granted.is_empty() && self.buckets.is_empty() && self.rules().is_empty()
    }

    /// Addresses that a plugin wanted, and that are not granted by learning: services that hand out a machine's own
    /// credentials.
    pub fn withheld(&self) -> impl Iterator<Item = &IpAddr> {
        self.withheld.iter()
    }

    /// Rules that are there already and have to allow more addresses: where they are in the list, and all the `networks` that
    /// they need then.
    pub fn widened<'a>(&'a self, grants: &'a Grants) -> impl Iterator<Item = (usize, Vec<IpNet>)> + 'a {
        let rules = grants.http.iter().flatten().enumerate();
        rules.filter_map(|(index, rule)| {
            let mut rule = rule.clone();
            widen(&mut rule, self.networks_of_granted.get(&index)?);
            Some((index, rule.networks))
        })
    }

    /// Grants with what was learned. A rule that is there already is widened only in its networks.
    #[must_use]
    pub fn added_to(&self, grants: &Grants) -> Grants {
        let mut grants = grants.clone();
        for (index, networks) in self.widened(&grants.clone()) {
            if let Some(rule) = grants.http.iter_mut().flatten().nth(index) {
                rule.networks = networks;
            }
        }
        let rules = self.rules();
        if !rules.is_empty() {
            grants.http.get_or_insert_default().extend(rules);
        }
        for grant in self.bucket_grants() {
            let buckets = grants.keyvalue.get_or_insert_default();
            match buckets.iter_mut().find(|known| known.bucket == grant.bucket) {
                Some(known) => known.access = grant.access,
                None => buckets.push(grant),
            }
        }
        grants
    }

    /// The rules for the requests, one for each place.
    fn rules(&self) -> Vec<http::Rule> {
        let mut rules = smallest(&self.requests);
        for rule in &mut rules {
            if let Some(addresses) = self.networks.get(&rule.host) {
                widen(rule, addresses);
            }
        }
        rules
    }

    fn bucket_grants(&self) -> impl Iterator<Item = keyvalue::Grant> {
        self.buckets
            .iter()
            .map(|(name, access)| keyvalue::Grant { access: *access, ..keyvalue::Grant::of(name.as_str()) })
    }
}

fn widen(rule: &mut http::Rule, addresses: &BTreeSet<IpAddr>) {
    let networks = addresses.iter().copied().map(network);
    let missing: Vec<IpNet> = networks.filter(|network| !rule.networks.contains(network)).collect();
    rule.networks.extend(missing);
}

/// The network of this address alone, as it is judged.
fn network(address: IpAddr) -> IpNet {
    address.to_canonical().into()
}

/// The service with a machine's own credentials to which a URL leads that has an address for its host.
fn metadata(url: &Url) -> Option<IpAddr> {
    let address = place::address(url)?;
    egress::check(address, &[]).err().filter(|refused| refused.kind == Kind::Metadata).map(|_| address)
}

/// As it is written below the plugin's grants, a line for each thing that is needed.
impl fmt::Display for Learned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<String> = self.rules().iter().map(|rule| format!("    {rule},\n")).collect();
        if !rules.is_empty() {
            writeln!(formatter, "http = [\n{}]", rules.concat())?;
        }
        let line =
            |grant: keyvalue::Grant| format!("    {{ bucket = {:?}, access = \"{}\" }},\n", grant.bucket, grant.access);
        let buckets: Vec<String> = self.bucket_grants().map(line).collect();
        if !buckets.is_empty() {
            writeln!(formatter, "keyvalue = [\n{}]", buckets.concat())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, url: &str) -> Wish {
        Wish::Request(method.parse().unwrap(), url.parse().unwrap())
    }

    fn address(address: &str, rule: usize) -> Wish {
        Wish::Address { host: "api.example.com".into(), rule, address: address.parse().unwrap() }
    }

    #[test]
    fn a_rule_that_is_there_is_widened_in_its_place() {
        let rule = |text: &str| toml::from_str::<http::Rule>(text).unwrap();
        let rules = [rule("host = 'a.test'"), rule("host = '*.example.com'\nnetworks = ['10.0.0.0/30']")];
        let grants = Grants { http: Some(rules.to_vec()), ..Grants::default() };
        let mut learned = Learned::beyond(&grants);
        assert!(learned.add(address("10.0.0.7", 1)) && !learned.add(address("10.0.0.7", 1)));
        let widened: Vec<_> = learned.widened(&grants).collect();
        let networks = ["10.0.0.0/30", "10.0.0.7/32"].map(|network| network.parse::<IpNet>().unwrap());
        assert_eq!(widened, [(1, networks.to_vec())]);
        let rules = learned.added_to(&grants).http.unwrap();
        assert_eq!((rules.len(), rules[1].networks.as_slice()), (2, networks.as_slice()));
        assert!(learned.to_string().is_empty() && !learned.is_empty());
    }

    #[test]
    fn what_was_refused_becomes_the_lines_that_allow_it() {
        let mut learned = Learned::default();
        let wishes = [
            (request("GET", "https://api.example.com/v1/a?key=secret"), true),
            (request("POST", "https://api.example.com/v1/a"), true),
            (request("GET", "https://api.example.com/v1/a?key=secret"), false),
            (address("10.0.0.7", 0), true),
            (address("169.254.169.254", 0), false),
            (request("GET", "http://169.254.169.254/latest"), false),
            (request("GET", "http://[::ffff:169.254.170.2]/"), false),
            (Wish::Bucket("notes".into(), Operation::Read), true),
            (Wish::Bucket("notes".into(), Operation::Write), true),
            (Wish::Bucket("notes".into(), Operation::Read), false),
        ];
        for (wish, is_new) in wishes {
            assert_eq!(learned.add(wish.clone()), is_new, "{wish:?}");
        }
        let expected = "http = [\n    { host = \"api.example.com\", path = \"/v1/a\", methods = [\"GET\", \"POST\"], \
             networks = [\"10.0.0.7/32\"] },\n]\nkeyvalue = [\n    { bucket = \"notes\", access = \"read-write\" },\n]\n";
        assert_eq!(learned.to_string(), expected);
        assert_eq!(learned.withheld().count(), 2);
        assert!(toml::from_str::<toml::Table>(expected).is_ok());
    }
}
