//! Which receivers are sent to: public addresses, and what the operator lists.
//!
//! The only place that knows which addresses are public. Must not resolve names: whoever connects
//! asks about each address that a name led to, and connects to one of those and no other.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use engine::ports::courier::AddressRefusal;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Most addresses of one name. Big services have a dozen; a list of hundreds is an attempt to have
/// one of them looked over.
pub(crate) const ADDRESSES_MAX: usize = 32;

/// Vets receivers. What it knows is fixed at the start.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Vec<AllowedReceiver>,
    own: Vec<IpAddr>,
}

/// A receiver in the operator's own network that may be sent to, also in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedReceiver {
    /// Any address of this block.
    Block(IpNet),
    /// This name, wherever it leads; in small letters.
    Host(Box<str>),
}

/// The text names no receiver.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAReceiver {
    /// Neither a block nor a name.
    #[error(
        "`{0}` is neither an address or block such as 10.1.2.0/24 nor a host's name such as hooks.internal"
    )]
    Unreadable(String),
    /// A block that switches the guard off.
    #[error(
        "`{0}` covers every address, which would open this machine and its network to webhooks: list the receivers alone"
    )]
    Everything(String),
}

impl AllowedReceiver {
    /// Reads an address, a block or a name.
    ///
    /// # Errors
    /// Any other text, and a block that covers everything.
    pub fn parse(text: &str) -> Result<Self, NotAReceiver> {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
        let block = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        match block {
            Ok(block) if block.prefix_len() == 0 => Err(NotAReceiver::Everything(shown)),
            Ok(block) => Ok(Self::Block(block.trunc())),
            Err(_) if is_name(text) => Ok(Self::Host(without_root(text).into())),
            Err(_) => Err(NotAReceiver::Unreadable(shown)),
        }
    }
}

impl std::fmt::Display for AllowedReceiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Block(block) => block.fmt(f),
            Self::Host(name) => name.fmt(f),
        }
    }
}

/// Whether a text is the name of a host, and not something that a system might take for an
/// address.
fn is_name(text: &str) -> bool {
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    let last = name.rsplit('.').next().unwrap_or(name);
    name.len() <= 253
        && name.split('.').all(label)
        && last.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// A name in small letters, without the full stop of the root.
fn without_root(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

impl Guard {
    /// A guard that lets through public addresses other than `own`, and what is allowed.
    #[must_use]
    pub const fn new(allowed: Vec<AllowedReceiver>, own: Vec<IpAddr>) -> Self {
        Self { allowed, own }
    }

    /// Vets what can be known without asking anybody: the port.
    ///
    /// # Errors
    /// A port that no receiver listens on.
    pub(crate) fn vet_port(port: u16) -> Result<(), AddressRefusal> {
        let usual = matches!(port, 80 | 443);
        let taken = SERVICES.binary_search(&port).is_ok();
        if usual || (port >= 1_024 && !taken) { Ok(()) } else { Err(AddressRefusal::Port) }
    }

    /// Vets all addresses that a name led to (or the one that was written), over TLS or in the
    /// clear. One that may not be sent to spoils them all: whoever controls the name chose it.
    ///
    /// # Errors
    /// The first reason not to send.
    pub(crate) fn vet(
        &self,
        host: &str,
        addresses: &[IpAddr],
        over: Transport,
    ) -> Result<(), AddressRefusal> {
        if addresses.len() > ADDRESSES_MAX {
            return Err(AddressRefusal::TooMany);
        }
        let name = without_root(host);
        let named = self
            .allowed
            .iter()
            .any(|allowed| matches!(allowed, AllowedReceiver::Host(allowed) if **allowed == *name));
        let mut listed = true;
        for address in addresses {
            let on_list = named || self.lists(*address);
            if is_never(*address) || !(on_list || self.is_open(*address)) {
                return Err(AddressRefusal::NotPublic);
            }
            listed &= on_list;
        }
        match over {
            Transport::Tls => Ok(()),
            Transport::Clear if listed => Ok(()),
            Transport::Clear => Err(AddressRefusal::Scheme),
        }
    }

    fn lists(&self, address: IpAddr) -> bool {
        let covers = |allowed: &AllowedReceiver| matches!(allowed, AllowedReceiver::Block(block) if block.contains(&address));
        self.allowed.iter().any(covers)
    }

    fn is_open(&self, address: IpAddr) -> bool {
        is_public(address) && !self.own.contains(&address)
    }
}

/// How a receiver is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// In the clear: to listed receivers alone, because a token goes along.
    Clear,
    /// Over TLS.
    Tls,
}

/// Whether everybody reaches the same under this address, whoever asks.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|block| block.contains(&address)),
        // An IPv4 address inside IPv6 (mapped, NAT64) is outside of 2000::/3, however it is meant.
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address)
                && !NOT_PUBLIC_V6.iter().any(|block| block.contains(&address))
        }
    }
}

/// Whether nothing opens this address, no list either: what tells a machine who it is, and what
/// is no single machine.
fn is_never(address: IpAddr) -> bool {
    let v4 = |address: Ipv4Addr| {
        address.is_link_local()
            || address.is_multicast()
            || address.is_unspecified()
            || address.is_broadcast()
            || address == Ipv4Addr::new(100, 100, 100, 200)
    };
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || address.is_multicast()
                || address.is_unspecified()
                || address == METADATA_V6
                || v4_inside(address).any(v4)
        }
    }
}

/// The IPv4 addresses that somebody on the way may take out of an IPv6 address.
fn v4_inside(address: Ipv6Addr) -> impl Iterator<Item = Ipv4Addr> {
    let octets = address.octets();
    let held = V4_INSIDE_V6.iter().filter(move |(block, _)| block.contains(&address));
    let read = held.map(move |(block, at)| (block, Ipv4Addr::from(at.map(|at| octets[at]))));
    // Where a prefix may be longer than its block, an octet of it reads as one of an address: there
    // nothing that begins with zero is meant.
    let meant = read.filter(|(block, inside)| {
        NAT64_PREFIX_BITS != block.prefix_len() || inside.octets()[0] != 0
    });
    meant.map(|(_, inside)| inside)
}

/// How many bits of a network's own NAT64 prefix are known; it has as many or more.
const NAT64_PREFIX_BITS: u8 = 48;

/// Blocks of IPv6 addresses that hold an IPv4 address, and where its octets stand.
const V4_INSIDE_V6: [(Ipv6Net, [usize; 4]); 9] = [
    (v6_long([0, 0, 0, 0, 0, 0], 96), [12, 13, 14, 15]), // compatible
    (v6_long([0, 0, 0, 0, 0, 0xffff], 96), [12, 13, 14, 15]), // mapped
    (v6_long([0, 0, 0, 0, 0xffff, 0], 96), [12, 13, 14, 15]), // translated
    (v6_long([0x64, 0xff9b, 0, 0, 0, 0], 96), [12, 13, 14, 15]), // NAT64
    // NAT64 of a network's own, with prefixes of 48, 56, 64 or 96 bits (RFC 6052).
    (v6_long([0x64, 0xff9b, 1, 0, 0, 0], NAT64_PREFIX_BITS), [6, 7, 9, 10]),
    (v6_long([0x64, 0xff9b, 1, 0, 0, 0], NAT64_PREFIX_BITS), [7, 9, 10, 11]),
    (v6_long([0x64, 0xff9b, 1, 0, 0, 0], NAT64_PREFIX_BITS), [9, 10, 11, 12]),
    (v6_long([0x64, 0xff9b, 1, 0, 0, 0], NAT64_PREFIX_BITS), [12, 13, 14, 15]),
    (v6(0x2002, 0, 0, 16), [2, 3, 4, 5]), // 6to4
];

const fn v6_long([a, b, c, d, e, f]: [u16; 6], bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, 0, 0), bits)
}

/// Where machines of one provider are told who they are.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

/// The registry of special IPv4 addresses (IANA), all that is not globally reachable or no single
/// machine.
const NOT_PUBLIC_V4: [Ipv4Net; 18] = [
    v4(0, 0, 0, 0, 8),       // this network
    v4(10, 0, 0, 0, 8),      // private
    v4(100, 64, 0, 0, 10),   // shared by carriers
    v4(127, 0, 0, 0, 8),     // loopback
    v4(169, 254, 0, 0, 16),  // link-local, metadata
    v4(172, 16, 0, 0, 12),   // private
    v4(192, 0, 0, 0, 24),    // protocol assignments
    v4(192, 0, 2, 0, 24),    // documentation
    v4(192, 31, 196, 0, 24), // AS112
    v4(192, 52, 193, 0, 24), // AMT
    v4(192, 88, 99, 0, 24),  // 6to4 relays
    v4(192, 168, 0, 0, 16),  // private
    v4(192, 175, 48, 0, 24), // AS112
    v4(198, 18, 0, 0, 15),   // benchmarks
    v4(198, 51, 100, 0, 24), // documentation
    v4(203, 0, 113, 0, 24),  // documentation
    v4(224, 0, 0, 0, 4),     // multicast
    v4(240, 0, 0, 0, 4),     // reserved, broadcast
];

/// All that was ever given out.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

const fn v6(a: u16, b: u16, c: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), bits)
}

/// Of what was given out, what is special (IANA).
const NOT_PUBLIC_V6: [Ipv6Net; 6] = [
    v6(0x2001, 0, 0, 23),         // protocol assignments: Teredo, benchmarks, ORCHID
    v6(0x2001, 0xdb8, 0, 32),     // documentation
    v6(0x2002, 0, 0, 16),         // 6to4: an IPv4 address inside
    v6(0x2620, 0x4f, 0x8000, 48), // AS112
    v6(0x3ffe, 0, 0, 16),         // the old experiment, given back
    v6(0x3fff, 0, 0, 20),         // documentation
];

/// Ports from 1024 on that belong to services which take a request for a command, or answer one
/// with what they keep. In order.
const SERVICES: [u16; 26] = [
    1_433, 1_521, 1_883, 2_049, 2_181, 2_375, 2_376, 2_379, 2_380, 3_306, 3_389, 4_369, 5_432,
    5_672, 5_900, 5_984, 6_000, 6_379, 6_380, 8_500, 9_042, 9_200, 9_300, 10_250, 11_211, 27_017,
];

mod saving;

#[cfg(test)]
mod differential;
#[cfg(test)]
mod tests;
