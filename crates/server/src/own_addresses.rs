//! Under which addresses this server is reached, so that no event is sent to the server itself.
//!
//! Asked for once, at the start. Must not ask the system for more than listeners are open to: one
//! that names its address has no other.

use std::net::IpAddr;

use crate::config::Config;

/// The addresses of all listeners; of one that is open to every address, those of the machine.
pub(crate) fn own_addresses(config: &Config) -> Vec<IpAddr> {
    let environments = config.realms.iter().flat_map(|realm| &realm.environments);
    let listeners = environments
        .map(|environment| &environment.listener)
        .chain([&config.verifiers.listener, &config.control.listener])
        .chain(config.ext_authz.iter().map(|envoy| &envoy.listener));
    reached(listeners.map(|listener| listener.listen.ip()), of_the_machine)
}

fn reached(
    listens: impl Iterator<Item = IpAddr>,
    machine: impl FnOnce() -> Vec<IpAddr>,
) -> Vec<IpAddr> {
    let (open, mut own): (Vec<IpAddr>, Vec<IpAddr>) =
        listens.map(|address| address.to_canonical()).partition(IpAddr::is_unspecified);
    if !open.is_empty() {
        own.extend(machine());
    }
    own.sort_unstable();
    own.dedup();
    own
}

fn of_the_machine() -> Vec<IpAddr> {
    match if_addrs::get_if_addrs() {
        Ok(interfaces) => interfaces.iter().map(if_addrs::Interface::ip).collect(),
        Err(fault) => {
            tracing::warn!(%fault, "the machine's addresses could not be read, so webhooks may name a public one of them: let listeners name their addresses");
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_reached_where_it_listens_and_an_open_one_everywhere() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let machine = || vec![ip("127.0.0.1"), ip("8.8.4.4"), ip("2606:4700::7")];
        for (listens, own) in [
            (vec!["8.8.8.8", "127.0.0.1", "8.8.8.8"], vec!["8.8.8.8", "127.0.0.1"]),
            (vec!["::ffff:8.8.8.8"], vec!["8.8.8.8"]),
            (vec!["0.0.0.0"], vec!["8.8.4.4", "127.0.0.1", "2606:4700::7"]),
            (vec!["::", "9.9.9.9"], vec!["8.8.4.4", "9.9.9.9", "127.0.0.1", "2606:4700::7"]),
        ] {
            let own: Vec<IpAddr> = own.into_iter().map(ip).collect();
            assert_eq!(reached(listens.iter().map(|text| ip(text)), machine), own, "{listens:?}");
        }
    }

    #[test]
    fn the_machine_knows_its_addresses() {
        assert!(of_the_machine().iter().any(IpAddr::is_loopback));
    }
}
