//! Addresses, and what they are.

use super::*;

fn refused(address: &str, networks: &[&str]) -> Option<Kind> {
    let networks: Vec<IpNet> = networks.iter().map(|network| network.parse().unwrap()).collect();
    check(address.parse().unwrap(), &networks).err().map(|refused| refused.kind)
}

#[test]
fn public_addresses_need_no_network() {
    let cases = [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
        // Teredo: server 65.54.227.120, client 8.8.8.8.
        "2001:0:4136:e378:8000:63bf:f7f7:f7f7",
    ];
    for address in cases {
        assert_eq!(refused(address, &[]), None, "{address}");
    }
}

#[test]
fn other_addresses_are_refused_as_what_they_are() {
    let cases = [
        ("0.0.0.0", Kind::Unspecified),
        ("0.1.2.3", Kind::ThisNetwork),
        ("10.0.0.1", Kind::Private),
        ("100.64.0.1", Kind::Shared),
        ("127.0.0.1", Kind::Loopback),
        ("127.255.255.254", Kind::Loopback),
        ("169.254.1.1", Kind::LinkLocal),
        ("172.16.0.1", Kind::Private),
        ("172.31.255.255", Kind::Private),
        ("192.0.0.1", Kind::Reserved),
        ("192.0.2.1", Kind::Documentation),
        ("192.88.99.1", Kind::Reserved),
        ("192.168.1.1", Kind::Private),
        ("198.18.0.1", Kind::Benchmarking),
        ("198.19.255.255", Kind::Benchmarking),
        ("198.51.100.1", Kind::Documentation),
        ("203.0.113.1", Kind::Documentation),
        ("224.0.0.1", Kind::Multicast),
        ("239.255.255.255", Kind::Multicast),
        ("240.0.0.1", Kind::Reserved),
        ("255.255.255.255", Kind::Broadcast),
        ("::", Kind::Unspecified),
        ("::1", Kind::Loopback),
        ("::2", Kind::Reserved),
        ("100::1", Kind::Reserved),
        ("64:ff9b:1::1", Kind::LocalTranslation),
        ("2001:2::1", Kind::Benchmarking),
        ("2001:10::1", Kind::Reserved),
        ("2001:20::1", Kind::Reserved),
        ("2001:db8::1", Kind::Documentation),
        ("3fff::1", Kind::Documentation),
        ("4000::1", Kind::Reserved),
        ("5f00::1", Kind::Reserved),
        ("fc00::1", Kind::UniqueLocal),
        ("fdff::1", Kind::UniqueLocal),
        ("fe80::1", Kind::LinkLocal),
        ("fec0::1", Kind::SiteLocal),
        ("ff02::1", Kind::Multicast),
        ("169.254.169.254", Kind::Metadata),
        ("169.254.170.2", Kind::Metadata),
        ("100.100.100.200", Kind::Metadata),
        ("168.63.129.16", Kind::Metadata),
        ("192.0.0.192", Kind::Metadata),
        ("fd00:ec2::254", Kind::Metadata),
        ("fd20:ce::254", Kind::Metadata),
        ("fe80::a9fe:a9fe", Kind::Metadata),
    ];
    for (address, expected) in cases {
        assert_eq!(refused(address, &[]), Some(expected), "{address}");
    }
}

#[test]
fn an_address_that_carries_another_is_judged_as_that_one_too() {
    let cases = [
        ("::ffff:127.0.0.1", Kind::Loopback),
        ("::ffff:169.254.169.254", Kind::Metadata),
        ("64:ff9b::10.0.0.1", Kind::Private),
        ("64:ff9b::a9fe:a9fe", Kind::Metadata),
        ("2002:7f00:1::", Kind::Loopback),
        ("2002:a9fe:a9fe::1", Kind::Metadata),
        // Teredo with the client 127.0.0.1, and with the server 10.0.0.1.
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", Kind::Loopback),
        ("2001:0:a00:1:8000:63bf:f7f7:f7f7", Kind::Private),
        ("2606:4700::5efe:10.0.0.1", Kind::Private),
        ("2606:4700::200:5efe:192.168.0.1", Kind::Private),
        // These two forms aren't public either way.
        ("::127.0.0.1", Kind::Reserved),
        ("::ffff:0:127.0.0.1", Kind::Reserved),
    ];
    for (address, expected) in cases {
        assert_eq!(refused(address, &[]), Some(expected), "{address}");
    }
}

#[test]
fn a_network_opens_what_it_contains_and_a_metadata_service_only_by_itself() {
    let cases = [
        ("10.1.2.3", &["10.0.0.0/8"][..], None),
        ("10.1.2.3", &["10.1.2.4/32", "10.2.0.0/16"], Some(Kind::Private)),
        ("::ffff:10.1.2.3", &["10.0.0.0/8"], None),
        ("::1", &["127.0.0.0/8"], Some(Kind::Loopback)),
        ("::1", &["::1/128"], None),
        ("64:ff9b::10.0.0.1", &["10.0.0.0/8"], None),
        ("64:ff9b::10.0.0.1", &["64:ff9b::/96"], Some(Kind::Private)),
        ("::10.0.0.1", &["::/96"], Some(Kind::Private)),
        ("::10.0.0.1", &["::/96", "10.0.0.0/8"], None),
        ("169.254.169.254", &["169.254.0.0/16", "169.254.169.254/31", "0.0.0.0/0"], Some(Kind::Metadata)),
        ("169.254.169.254", &["169.254.169.254/32"], None),
        ("::ffff:169.254.169.254", &["169.254.169.254/32"], None),
        ("fd00:ec2::254", &["fd00::/8"], Some(Kind::Metadata)),
        ("fd00:ec2::254", &["fd00:ec2::254/128"], None),
        ("168.63.129.16", &["168.63.0.0/16"], Some(Kind::Metadata)),
        ("8.8.8.8", &["10.0.0.0/8"], None),
    ];
    for (address, networks, expected) in cases {
        assert_eq!(refused(address, networks), expected, "{address} {networks:?}");
    }
}

#[test]
fn a_refusal_names_the_address_its_kind_and_the_key() {
    let cases = [
        ("10.0.0.1", "10.0.0.1 is a private address", "networks = [\"10.0.0.1/32\"]"),
        ("fe80::1", "fe80::1 is a link-local address", "networks = [\"fe80::1/128\"]"),
        (
            "64:ff9b::a00:1",
            "64:ff9b::a00:1 leads to 10.0.0.1, which is a private address",
            "networks = [\"10.0.0.1/32\"]",
        ),
        ("169.254.169.254", "169.254.169.254 is the metadata service of a cloud", "no wider network opens it"),
    ];
    for (address, text, hint) in cases {
        let refused = check(address.parse().unwrap(), &[]).unwrap_err();
        assert_eq!(refused.to_string(), text);
        assert!(refused.hint().contains(hint), "{}", refused.hint());
        let refused = Refused::from(refused);
        assert_eq!((refused.by, refused.why.as_str()), (By::Address, text));
    }
}
