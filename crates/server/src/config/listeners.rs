//! Reads where a listener listens and whether it speaks TLS, and finds two that are in each
//! other's way.
//!
//! Must not open a port: two processes may read one configuration.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use domain::ip_list::{IpList, IpListError, IpRule};
use doors::asker::Askers;

use super::fault::{FaultList, Place, capitalized};
use super::model::{ListenerConfig, TlsFiles};
use super::section::{Section, Spotted};
use super::values;

/// Reads `listen`, `tls` and `require_tls` of a section.
pub(super) fn read(
    section: &mut Section,
    base: &Path,
    faults: &mut FaultList,
) -> Option<Spotted<ListenerConfig>> {
    section.require("listen", "listen = \"127.0.0.1:8800\"", faults);
    let listen = section.parsed("listen", values::listen, faults);
    let has_tls = section.has("tls");
    let tls = section.section("tls", faults).and_then(|tls| read_tls(tls, base, faults));
    let require_tls = section.boolean("require_tls", faults);
    let Spotted { value: listen, place } = listen?;

    let loopback = listen.ip().to_canonical().is_loopback();
    match &require_tls {
        Some(required) if !required.value && !loopback => faults.add(
            &required.place,
            format!("`require_tls = false` is for loopback addresses only, and {listen} can be reached from elsewhere. Remove it and give {} a certificate, or listen on 127.0.0.1.", section.title()),
        ),
        Some(required) if !required.value && has_tls => faults.add(
            &required.place,
            "`require_tls = false` and `tls` contradict each other: with a certificate the listener speaks TLS alone. Remove one of them.",
        ),
        Some(_) | None if !loopback && !has_tls => faults.add(
            &place,
            format!("{listen} can be reached from elsewhere and has no certificate. Add tls = {{ certificate_file = \"…\", key_file = \"…\" }} to {}, or listen on 127.0.0.1.", section.title()),
        ),
        Some(_) | None => {}
    }
    // On loopback nobody can listen in; a certificate there says that TLS is wanted all the same.
    let wanted = !loopback || has_tls;
    let require_tls = require_tls.map_or(wanted, |required| required.value);
    Some(Spotted { value: ListenerConfig { listen, tls, require_tls }, place })
}

/// Reads `trusted_proxies` of a section that verifiers ask.
pub(super) fn askers(section: &mut Section, faults: &mut FaultList) -> Askers {
    match addresses(section, "or remove it and have them show a verifier's key", faults) {
        Some(addresses @ IpList::Only(_)) => Askers::WithKeyOrFrom(addresses),
        Some(IpList::Any) | None => Askers::WithKey,
    }
}

/// Reads `trusted_proxies`; says what else could be done where that is wrong.
pub(super) fn addresses(
    section: &mut Section,
    otherwise: &str,
    faults: &mut FaultList,
) -> Option<IpList> {
    let texts = section.texts("trusted_proxies", faults)?;
    for text in &texts.value {
        if let Err(error) = IpRule::parse(text) {
            // What that says of empty lists is about the lists of keys.
            let wrong = match error {
                IpListError::Everything(rule) => format!("`{rule}` covers every address"),
                error @ (IpListError::Unreadable(_)
                | IpListError::Backwards(_)
                | IpListError::TooMany) => error.to_string(),
            };
            faults.add(
                &text.place,
                format!("`trusted_proxies`: {wrong}. List the addresses of your own proxies, {otherwise}."),
            );
        }
    }
    // An empty list would allow anybody, and here it is meant to allow nobody.
    match IpList::parse(texts.value.iter().map(|text| text.as_str())) {
        Ok(addresses @ IpList::Only(_)) => Some(addresses),
        Ok(IpList::Any) => None,
        Err(error) => {
            if error == IpListError::TooMany {
                faults.add(
                    &texts.place,
                    format!("`trusted_proxies`: {error}. Use blocks such as 203.0.113.0/24."),
                );
            }
            None
        }
    }
}

fn read_tls(mut section: Section, base: &Path, faults: &mut FaultList) -> Option<TlsFiles> {
    section.require("certificate_file", "certificate_file = \"tls/fullchain.pem\"", faults);
    section.require("key_file", "key_file = \"tls/key.pem\"", faults);
    let certificate = section.parsed("certificate_file", |text| values::file(text, base), faults);
    let key = section.parsed("key_file", |text| values::file(text, base), faults);
    section.finish(faults);
    Some(TlsFiles { certificate: certificate?.value, key: key?.value })
}

/// Every listener of the configuration, to be compared with each other.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    taken: Vec<(SocketAddr, String, Place)>,
}

impl Listeners {
    /// Adds a listener, and notes a fault when its address is taken.
    pub(super) fn add(
        &mut self,
        listener: &Spotted<ListenerConfig>,
        whose: &str,
        faults: &mut FaultList,
    ) {
        let listen = listener.listen;
        if let Some((other, theirs, place)) =
            self.taken.iter().find(|(other, ..)| clash(*other, listen))
        {
            let place = place.mention();
            faults.add(
                &listener.place,
                format!("{} cannot listen on {listen}: {theirs} already listens on {other} ({place}). Give each its own port.", capitalized(whose)),
            );
        }
        self.taken.push((listen, whose.to_owned(), listener.place.clone()));
    }

    /// Who listens at `host` and `port`, if it is certainly one of ours.
    pub(super) fn at(&self, host: &str, port: u16) -> Option<&str> {
        let host: IpAddr = match host {
            "localhost" => IpAddr::from([127, 0, 0, 1]),
            address => address.parse().ok()?,
        };
        let wanted = SocketAddr::new(host, port);
        // A listener for all addresses is at every loopback address; other machines have the rest.
        let is_ours = |taken: SocketAddr| {
            taken == wanted || (host.to_canonical().is_loopback() && clash(taken, wanted))
        };
        let found = self.taken.iter().find(|(taken, ..)| is_ours(*taken));
        found.map(|(_, whose, _)| whose.as_str())
    }
}

/// Whether two listeners would take each other's connections. An unspecified address takes those
/// for all of its family, and `::` usually those for IPv4 too.
fn clash(one: SocketAddr, other: SocketAddr) -> bool {
    let (a, b) = (one.ip().to_canonical(), other.ip().to_canonical());
    let covers =
        |all: IpAddr, single: IpAddr| all.is_unspecified() && (all.is_ipv6() || single.is_ipv4());
    one.port() == other.port() && (a == b || covers(a, b) || covers(b, a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_clash_where_one_would_take_the_others_connections() {
        let clash = |one: &str, other: &str| {
            clash(one.parse().expect("address"), other.parse().expect("address"))
        };
        assert!(clash("127.0.0.1:1", "127.0.0.1:1"));
        assert!(clash("0.0.0.0:1", "10.0.0.1:1"));
        assert!(clash("[::]:1", "10.0.0.1:1"));
        assert!(clash("[::ffff:10.0.0.1]:1", "10.0.0.1:1"));
        assert!(!clash("127.0.0.1:1", "127.0.0.1:2"));
        assert!(!clash("127.0.0.1:1", "127.0.0.2:1"));
        assert!(!clash("0.0.0.0:1", "[::1]:1"));
    }
}
