//! Tests of the guard alone; `tests/` shows it at work.

use super::*;

fn allowed(texts: &[&str]) -> Vec<AllowedReceiver> {
    texts.iter().map(|text| AllowedReceiver::parse(text).expect("a receiver")).collect()
}

fn vet(guard: &Guard, host: &str, addresses: &[&str]) -> Result<(), AddressRefusal> {
    let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().expect("one")).collect();
    guard.vet(host, &addresses, Transport::Tls)
}

#[test]
fn no_address_inside_is_public() {
    for text in [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2620:4f:8000::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!is_public(text.parse().expect("an address")), "{text}");
    }
}

#[test]
fn an_address_that_everybody_reaches_is_public() {
    for text in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"] {
        assert!(is_public(text.parse().expect("an address")), "{text}");
        assert_eq!(vet(&Guard::default(), "x.example", &[text]), Ok(()), "{text}");
    }
}

#[test]
fn one_address_inside_spoils_all_of_a_name() {
    let guard = Guard::default();
    for inside in ["127.0.0.1", "::1", "fd00::1"] {
        for addresses in [["8.8.8.8", inside], [inside, "8.8.8.8"]] {
            let refused = Err(AddressRefusal::NotPublic);
            assert_eq!(vet(&guard, "x.example", &addresses), refused, "{addresses:?}");
        }
    }
    let many = vec!["8.8.8.8"; ADDRESSES_MAX + 1];
    assert_eq!(vet(&guard, "x.example", &many), Err(AddressRefusal::TooMany));
    assert_eq!(vet(&guard, "x.example", &many[1..]), Ok(()));
}

#[test]
fn our_own_address_is_sent_to_only_where_it_is_listed() {
    let own = || vec!["8.8.4.4".parse().expect("an address")];
    let guard = Guard::new(Vec::new(), own());
    assert_eq!(vet(&guard, "x.example", &["8.8.4.4"]), Err(AddressRefusal::NotPublic));
    let guard = Guard::new(allowed(&["8.8.4.4"]), own());
    assert_eq!(vet(&guard, "x.example", &["8.8.4.4"]), Ok(()));
}

#[test]
fn the_operator_opens_blocks_and_names_and_nothing_beside_them() {
    let guard = Guard::new(allowed(&["10.1.0.0/16", "fd00:1::/32", "Hooks.Internal."]), Vec::new());
    for (host, address, open) in [
        ("a.example", "10.1.2.3", true),
        ("a.example", "10.2.2.3", false),
        ("a.example", "fd00:1::5", true),
        ("a.example", "fd00:2::5", false),
        ("hooks.internal", "192.168.7.7", true),
        ("HOOKS.internal.", "192.168.7.7", true),
        ("xhooks.internal", "192.168.7.7", false),
        ("hooks.internal.evil.example", "192.168.7.7", false),
    ] {
        assert_eq!(vet(&guard, host, &[address]).is_ok(), open, "{host} {address}");
    }
}

#[test]
fn no_list_opens_what_tells_a_machine_who_it_is() {
    let wide = allowed(&["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1", "meta.internal"]);
    let guard = Guard::new(wide, Vec::new());
    assert_eq!(vet(&guard, "meta.internal", &["10.0.0.1"]), Ok(()));
    for address in [
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "fd00:ec2::254",
        "fe80::1",
        "::ffff:169.254.169.254",
        "::ffff:0.0.0.0",
        "64:ff9b::",
        "::169.254.169.254",
        "::ffff:0:169.254.169.254",
        "64:ff9b::169.254.169.254",
        "64:ff9b::100.100.100.200",
        "64:ff9b:1::169.254.169.254",
        "64:ff9b:1:a9fe:a9:fe00::",
        "64:ff9b:1:77a9:fe:a9fe::",
        "64:ff9b:1:7777:a9:fea9:fe00:0",
        "2002:a9fe:a9fe::1",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "255.255.255.255",
        "ff02::1",
    ] {
        let refused = Err(AddressRefusal::NotPublic);
        assert_eq!(vet(&guard, "meta.internal", &[address]), refused, "{address}");
    }
    for listed in ["64:ff9b::10.0.0.1", "64:ff9b:1::10.0.0.1", "2002:a00:1::1", "::1"] {
        assert_eq!(vet(&guard, "meta.internal", &[listed]), Ok(()), "{listed}");
    }
}

#[test]
fn in_the_clear_only_listed_receivers_are_sent_to() {
    let guard = Guard::new(allowed(&["10.0.0.0/8"]), Vec::new());
    let clear = |addresses: &[IpAddr]| guard.vet("x.example", addresses, Transport::Clear);
    let (inside, outside) = ([10, 0, 0, 1].into(), [8, 8, 8, 8].into());
    assert_eq!(clear(&[inside]), Ok(()));
    assert_eq!(clear(&[outside]), Err(AddressRefusal::Scheme));
    assert_eq!(clear(&[inside, outside]), Err(AddressRefusal::Scheme));
}

#[test]
fn ports_of_other_services_are_refused() {
    assert!(SERVICES.is_sorted(), "they are searched by halves");
    for port in [0, 1, 22, 25, 53, 79, 81, 110, 143, 445, 465, 587, 1_023, 6_379, 11_211, 2_375] {
        assert_eq!(Guard::vet_port(port), Err(AddressRefusal::Port), "{port}");
    }
    for port in [80, 443, 1_024, 8_000, 8_080, 8_443, 65_535] {
        assert_eq!(Guard::vet_port(port), Ok(()), "{port}");
    }
}

#[test]
fn a_list_names_receivers_and_not_everything() {
    for text in ["0.0.0.0/0", "::/0"] {
        let refused = Err(NotAReceiver::Everything(text.into()));
        assert_eq!(AllowedReceiver::parse(text), refused);
    }
    for text in ["", ".", "a b", "10.0.0.0/33", "10.0.0", "127.1", "0x7f.1", "é.example", "*.x"] {
        let read = AllowedReceiver::parse(text);
        assert!(matches!(read, Err(NotAReceiver::Unreadable(_))), "{text}: {read:?}");
    }
}
