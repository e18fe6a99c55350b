//! Vets an address when it is saved, by the same rules as when it is sent to.
//!
//! Must not refuse what could be sent to one day, nor ask where a name leads.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::webhook::WebhookUrl;
use engine::ports::courier::AddressRefusal;
use engine::ports::receivers::Receivers;
use url::Host;

use super::{AllowedReceiver, Guard, Transport, without_root};
use crate::connect::Target;

/// The machine itself, as every system has it.
const LOCALHOST: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

impl Receivers for Guard {
    fn vet(&self, url: &WebhookUrl) -> Result<(), AddressRefusal> {
        let target = Target::of(url)?;
        Self::vet_port(target.port)?;
        let name = target.name();
        let over = target.transport;
        match &target.host {
            Host::Ipv4(address) => self.vet(&name, &[IpAddr::V4(*address)], over),
            Host::Ipv6(address) => self.vet(&name, &[IpAddr::V6(*address)], over),
            Host::Domain(_) if is_localhost(&name) => {
                // Which of them the system says is known to the system alone.
                let [v4, v6] = LOCALHOST.map(|address| self.vet(&name, &[address], over));
                v4.or(v6)
            }
            Host::Domain(_) if over == Transport::Clear && !self.may_list(&name) => {
                Err(AddressRefusal::Scheme)
            }
            Host::Domain(_) => Ok(()),
        }
    }
}

impl Guard {
    /// Whether the list could hold this name, or an address that it leads to.
    fn may_list(&self, host: &str) -> bool {
        let name = without_root(host);
        self.allowed.iter().any(|allowed| match allowed {
            AllowedReceiver::Block(_) => true,
            AllowedReceiver::Host(listed) => **listed == *name,
        })
    }
}

/// Whether a name is the machine's own, whoever looks it up (RFC 6761).
fn is_localhost(name: &str) -> bool {
    let name = without_root(name);
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allowed: &[&str], own: &[&str]) -> Guard {
        let listed = |text: &&str| AllowedReceiver::parse(text).expect("a receiver");
        let own = own.iter().map(|text| text.parse().expect("an address"));
        Guard::new(allowed.iter().map(listed).collect(), own.collect())
    }

    fn check(guard: &Guard, url: &str, expected: Result<(), AddressRefusal>) {
        let address = WebhookUrl::parse(url).expect("a well-formed address");
        assert_eq!(Receivers::vet(guard, &address), expected, "{url}");
    }

    #[test]
    fn an_address_that_no_attempt_would_be_made_to_is_refused() {
        let guard = guard(&[], &["8.8.4.4"]);
        // How else an address inside may be spelled is tried beside sending, in `tests/courier`.
        for host in
            ["127.0.0.1", "[::1]", "8.8.4.4", "localhost", "LOCALHOST", "localhost.", "a.localhost"]
        {
            check(&guard, &format!("https://{host}/hook"), Err(AddressRefusal::NotPublic));
        }
        for port in [22, 25, 1_023, 5_432, 6_379] {
            check(&guard, &format!("https://example.com:{port}/"), Err(AddressRefusal::Port));
        }
        check(&guard, "http://example.com/", Err(AddressRefusal::Scheme));
        check(&guard, "http://8.8.8.8/", Err(AddressRefusal::Scheme));
    }

    #[test]
    fn an_address_that_may_be_sent_to_is_taken_and_names_are_not_looked_up() {
        let open = guard(&[], &[]);
        for url in [
            "https://example.com",
            "https://example.com:8443/a?b=c",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://no-such-name.invalid/",
            "https://localhost.example.com/",
        ] {
            check(&open, url, Ok(()));
        }
    }

    #[test]
    fn what_the_operator_lists_is_taken() {
        let blocks = guard(&["127.0.0.1", "10.1.0.0/16"], &["127.0.0.1"]);
        for url in [
            "http://127.0.0.1:8080/hook",
            "http://localhost:8080/",
            "https://10.1.2.3/",
            "http://hooks.internal/",
        ] {
            check(&blocks, url, Ok(()));
        }
        check(&blocks, "https://10.2.0.1/", Err(AddressRefusal::NotPublic));
        check(&blocks, "http://10.1.2.3:22/", Err(AddressRefusal::Port));
        let named = guard(&["hooks.internal"], &[]);
        check(&named, "http://Hooks.Internal./", Ok(()));
        check(&named, "http://other.internal/", Err(AddressRefusal::Scheme));
        check(&named, "http://localhost/", Err(AddressRefusal::NotPublic));
        check(&guard(&["localhost"], &[]), "http://localhost:3000/", Ok(()));
    }
}
