//! Lists of addresses from which a key may be used.
//!
//! A rule is a single address, a CIDR block, an interval `from-to`, or the old form with trailing
//! wildcards (`192.168.1.x`). Must not resolve names, and an IPv4 address inside IPv6 is IPv4.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Most rules in one list.
pub const IP_RULES_MAX: usize = 200;

/// An interval of addresses of one family, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpRule {
    first: IpAddr,
    last: IpAddr,
}

/// Which addresses may use a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IpList {
    /// Any address.
    Any,
    /// Addresses that one of these rules covers; never empty.
    Only(Box<[IpRule]>),
}

/// The text is not a list of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IpListError {
    /// One entry cannot be read.
    #[error(
        "`{0}` is not an address, a block such as 203.0.113.0/24, or an interval such as 203.0.113.1-203.0.113.9"
    )]
    Unreadable(String),
    /// An interval whose end lies before its beginning.
    #[error("the interval `{0}` ends before it begins")]
    Backwards(String),
    /// A rule that covers every address.
    #[error("`{0}` covers every address: leave the list empty to allow any")]
    Everything(String),
    /// More than [`IP_RULES_MAX`].
    #[error("a list has at most {IP_RULES_MAX} rules")]
    TooMany,
}

impl IpRule {
    /// Reads one rule.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, IpListError> {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(64).collect();
        let unreadable = || IpListError::Unreadable(shown.clone());
        let rule = if let Some((from, to)) = text.split_once('-') {
            let first = address(from.trim()).ok_or_else(unreadable)?;
            let last = address(to.trim()).ok_or_else(unreadable)?;
            if first.is_ipv4() != last.is_ipv4() {
                return Err(unreadable());
            }
            if last < first {
                return Err(IpListError::Backwards(shown));
            }
            Self { first, last }
        } else if text.contains('/') {
            let block: ipnet::IpNet = text.trim().parse().map_err(|_| unreadable())?;
            // A block of IPv4 addresses inside IPv6 is a block of IPv4.
            match (block.network().to_canonical(), block.broadcast().to_canonical()) {
                (IpAddr::V6(_), IpAddr::V4(_)) | (IpAddr::V4(_), IpAddr::V6(_)) => {
                    Self { first: block.network(), last: block.broadcast() }
                }
                (first, last) => Self { first, last },
            }
        } else if text.contains('x') {
            wildcard(text.trim()).ok_or_else(unreadable)?
        } else {
            let single = address(text.trim()).ok_or_else(unreadable)?;
            Self { first: single, last: single }
        };
        if rule.covers_its_family() {
            return Err(IpListError::Everything(shown));
        }
        Ok(rule)
    }

    fn covers_its_family(&self) -> bool {
        let (first, last): (IpAddr, IpAddr) = if self.first.is_ipv4() {
            (Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::BROADCAST.into())
        } else {
            (Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::from_bits(u128::MAX).into())
        };
        (self.first, self.last) == (first, last)
    }

    fn covers(&self, address: IpAddr) -> bool {
        // Intervals hold one family; the order of IpAddr keeps families apart.
        self.first <= address && address <= self.last
    }
}

impl fmt::Display for IpRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return write!(f, "{}", self.first);
        }
        let block = (1..=if self.first.is_ipv4() { 32 } else { 128 })
            .filter_map(|len| ipnet::IpNet::new(self.first, len).ok())
            .find(|block| block.network() == self.first && block.broadcast() == self.last);
        match block {
            Some(block) => write!(f, "{block}"),
            None => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

impl IpList {
    /// Reads a list; an empty one allows any address.
    ///
    /// # Errors
    /// Names the first entry that cannot be read, or says that there are too many.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, IpListError> {
        let mut rules = Vec::new();
        for entry in entries {
            if rules.len() == IP_RULES_MAX {
                return Err(IpListError::TooMany);
            }
            rules.push(IpRule::parse(entry)?);
        }
        rules.sort_unstable();
        rules.dedup();
        Ok(if rules.is_empty() { Self::Any } else { Self::Only(rules.into()) })
    }

    /// Whether this address may use the key. An unknown address passes only where any does.
    #[must_use]
    pub fn allows(&self, address: Option<IpAddr>) -> bool {
        match (self, address) {
            (Self::Any, _) => true,
            (Self::Only(_), None) => false,
            (Self::Only(rules), Some(address)) => {
                let address = address.to_canonical();
                rules.iter().any(|rule| rule.covers(address))
            }
        }
    }

    /// The rules in their one spelling; empty where any address is allowed.
    #[must_use]
    pub fn to_texts(&self) -> Vec<String> {
        match self {
            Self::Any => Vec::new(),
            Self::Only(rules) => rules.iter().map(IpRule::to_string).collect(),
        }
    }
}

fn address(text: &str) -> Option<IpAddr> {
    // The standard library refuses leading zeros, hexadecimal parts and zones.
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// `192.168.x.x`: numbers, then only `x`.
fn wildcard(text: &str) -> Option<IpRule> {
    let parts: Vec<&str> = text.split('.').collect();
    let known = parts.iter().take_while(|part| **part != "x").count();
    if parts.len() != 4 || known == 0 || parts[known..].iter().any(|part| *part != "x") {
        return None;
    }
    let fill = |with: &str| {
        let full: Vec<&str> =
            parts.iter().map(|part| if *part == "x" { with } else { *part }).collect();
        full.join(".").parse::<Ipv4Addr>().ok().map(IpAddr::V4)
    };
    Some(IpRule { first: fill("0")?, last: fill("255")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> IpList {
        IpList::parse(entries.iter().copied()).expect("a list")
    }

    #[track_caller]
    fn check(entries: &[&str], address: &str, allowed: bool) {
        let address = address.parse().expect("an address");
        assert_eq!(list(entries).allows(Some(address)), allowed, "{entries:?} {address}");
    }

    #[test]
    fn every_form_of_rule_covers_what_it_says() {
        check(&["192.168.1.x"], "192.168.1.0", true);
        check(&["192.168.1.x"], "192.168.2.0", false);
        check(&["192.168.1.1-192.168.1.51"], "192.168.1.51", true);
        check(&["192.168.1.1-192.168.1.51"], "192.168.1.52", false);
        check(&["10.0.0.0/8"], "10.255.0.1", true);
        check(&["2001:db8::/32"], "2001:db8:1::1", true);
        check(&["2001:db8::1"], "2001:db8::2", false);
        check(&["::ffff:10.0.0.1"], "10.0.0.1", true);
        check(&["::ffff:10.0.0.0/104"], "10.0.0.1", true);
        check(&["::ffff:10.0.0.0/104"], "11.0.0.1", false);
        check(&["10.0.0.1"], "::ffff:10.0.0.1", true);
    }

    #[test]
    fn families_do_not_mix() {
        check(&["1.0.0.0-255.0.0.0"], "2001:db8::1", false);
        check(&["2001:db8::/32"], "10.0.0.1", false);
    }

    #[test]
    fn an_unknown_address_passes_only_where_any_does() {
        assert!(IpList::Any.allows(None));
        assert!(!list(&["10.0.0.1"]).allows(None));
    }

    #[test]
    fn forms_that_mislead_are_refused() {
        for text in [
            "192.168.x.1",
            "x.x.x.x",
            "1.2.3.4/33",
            "010.0.0.1",
            "0x7f.1",
            "fe80::1%eth0",
            "localhost",
            "",
            "1.2.3.4-::1",
        ] {
            assert!(matches!(IpRule::parse(text), Err(IpListError::Unreadable(_))), "{text}");
        }
        for text in ["0.0.0.0/0", "::/0", "0.0.0.0-255.255.255.255", "::ffff:0.0.0.0/96"] {
            assert!(matches!(IpRule::parse(text), Err(IpListError::Everything(_))), "{text}");
        }
        assert!(matches!(IpRule::parse("1.1.1.2-1.1.1.1"), Err(IpListError::Backwards(_))));
        let many = vec!["10.0.0.1"; IP_RULES_MAX + 1];
        assert_eq!(IpList::parse(many), Err(IpListError::TooMany));
    }

    #[test]
    fn a_list_has_one_spelling_and_survives_it() {
        let rules = ["10.0.0.7", "192.168.1.x", "10.1.0.0/16", "10.0.0.1-10.0.0.5"];
        let texts = list(&rules).to_texts();
        assert_eq!(texts, ["10.0.0.1-10.0.0.5", "10.0.0.7", "10.1.0.0/16", "192.168.1.0/24"]);
        assert_eq!(list(&texts.iter().map(String::as_str).collect::<Vec<_>>()), list(&rules));
    }
}
