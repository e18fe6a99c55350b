//! What the guard calls public, compared with Python's `ipaddress` over addresses of chance and
//! the edges of every block.
//!
//! Python's program comes with `cargo xtask test`. Must not be the only test of a block that matters.

use std::io::Write as _;
use std::process::{Command, Stdio};

use domain::entropy::Entropy as _;
use testkit::chance::Seeded;

use super::*;

/// Prints for each address whether it is globally reachable by Python's tables.
const ORACLE: &str = "import ipaddress, sys\nfor line in sys.stdin:\n    \
                      print(int(ipaddress.ip_address(line.strip()).is_global))";

/// What Python calls global, by its age, and what is nevertheless no receiver.
const NO_RECEIVERS: [&str; 12] = [
    "192.0.0.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.175.48.0/24",
    "224.0.0.0/4",
    "2001::/23",
    "2002::/16",
    "2620:4f:8000::/48",
    "3ffe::/16",
    "3fff::/20",
    "::ffff:0:0/96",
];

fn asked(addresses: &[IpAddr]) -> Vec<bool> {
    let mut python = Command::new("python3");
    python.args(["-c", ORACLE]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = python.spawn().expect("Python starts");
    let mut stdin = child.stdin.take().expect("piped");
    let lines: String = addresses.iter().map(|address| format!("{address}\n")).collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("it listens");
    String::from_utf8_lossy(&output.stdout).lines().map(|line| line == "1").collect()
}

/// The first and the last address of a block, and those beside it.
fn edges(block: IpNet) -> Vec<IpAddr> {
    let number = |address| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    let (first, last) = (number(block.network()), number(block.broadcast()));
    let all = [first.wrapping_sub(1), first, last, last.wrapping_add(1)];
    let made = |bits: u128| match block {
        IpNet::V4(_) => {
            let bits = u32::try_from(bits & 0xffff_ffff).expect("32 bits");
            IpAddr::from(Ipv4Addr::from(bits))
        }
        IpNet::V6(_) => IpAddr::from(Ipv6Addr::from(bits)),
    };
    all.into_iter().map(made).collect()
}

#[test]
fn nothing_is_called_public_that_python_does_not_call_global_and_nearly_nothing_less() {
    let mut chance = Seeded::new(31);
    let mut addresses: Vec<IpAddr> = Vec::new();
    addresses.extend(NOT_PUBLIC_V4.iter().flat_map(|block| edges((*block).into())));
    addresses.extend(NOT_PUBLIC_V6.iter().flat_map(|block| edges((*block).into())));
    addresses.extend(edges(GLOBAL_V6.into()));
    for _ in 0..20_000 {
        let mut bytes = [0; 16];
        chance.fill(&mut bytes);
        addresses.push(IpAddr::from([bytes[0], bytes[1], bytes[2], bytes[3]]));
        // Half of them where addresses are given out.
        bytes[0] = if bytes[4] < 128 { 0x20 | (bytes[0] & 0x1f) } else { bytes[0] };
        addresses.push(IpAddr::from(bytes));
    }
    let no_receivers: Vec<IpNet> = NO_RECEIVERS.map(|text| text.parse().expect("a block")).into();
    let answers = asked(&addresses);
    assert_eq!(answers.len(), addresses.len());
    for (address, global) in addresses.into_iter().zip(answers) {
        let beyond = matches!(address, IpAddr::V6(v6) if !GLOBAL_V6.contains(&v6));
        let excepted = beyond || no_receivers.iter().any(|block| block.contains(&address));
        assert!(global || !is_public(address), "{address} is not global");
        assert!(!global || excepted || is_public(address), "{address} is global");
    }
}
