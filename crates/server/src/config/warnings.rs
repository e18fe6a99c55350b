//! What a configuration can be run with but probably does not mean, one sentence each.
//!
//! Must not keep a server from starting; whatever should is a fault.

use std::net::IpAddr;

use super::model::{Config, ListenerConfig, RealmConfig, Scheme, Upstream};

/// Everything worth a second look.
pub(super) fn of(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    listener("The control plane", &config.control.listener, &mut warnings);
    listener("The listener for verifiers", &config.verifiers.listener, &mut warnings);
    if let Some(ext_authz) = &config.ext_authz {
        listener("The listener for Envoy", &ext_authz.listener, &mut warnings);
    }
    for realm in &config.realms {
        of_realm(realm, &mut warnings);
    }
    of_addresses(config, &mut warnings);
    warnings
}

/// Behind a balancer that announces callers, all connections come from its address.
fn of_addresses(config: &Config, warnings: &mut Vec<String>) {
    let environments = config.realms.iter().flat_map(|realm| &realm.environments);
    let announced = environments.into_iter().any(|environment| environment.front.proxy_protocol);
    if let Some(most) = config.limits.connections_per_address_max.filter(|_| announced) {
        warnings.push(format!(
            "connections_per_address_max = {most} counts the addresses that connections come from, and with proxy_protocol they all come from the balancer: together its callers have no more. Remove it, or let the balancer count."
        ));
    }
}

fn of_realm(realm: &RealmConfig, warnings: &mut Vec<String>) {
    let name = &realm.realm.name;
    for environment in &realm.environments {
        let whose = format!("Environment {} of realm {name}", environment.name);
        listener(&whose, &environment.listener, warnings);
        for upstream in environment.upstreams.iter().filter(|it| goes_out_in_the_clear(it)) {
            warnings.push(format!(
                "{whose} forwards requests and identities to {upstream} in the clear. Use https:// unless the network between is yours alone."
            ));
        }
    }
    let permissions = realm.realm.catalogue.resources();
    if !permissions.is_empty() && realm.realm.routes.is_empty() {
        warnings.push(format!(
            "Realm {name} has no routes, so every route is for keys with full access. Add [[realm.route]] sections."
        ));
    }
    if realm.routes_without_permission > 0 {
        warnings.push(format!(
            "In realm {name}, {} routes of the dialect {} need permissions that `permissions` leaves out; they are for keys with full access.",
            realm.routes_without_permission,
            realm.dialect.name()
        ));
    }
}

fn listener(whose: &str, listener: &ListenerConfig, warnings: &mut Vec<String>) {
    if listener.refuses_everything() {
        warnings.push(format!(
            "{whose} listens on {} without TLS and requires it, so it refuses every request. Give it `tls`, or set require_tls = false to allow plain HTTP on this loopback address.",
            listener.listen
        ));
    }
}

fn goes_out_in_the_clear(upstream: &Upstream) -> bool {
    let loopback = match upstream.host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => upstream.host == "localhost",
    };
    match upstream.scheme {
        Scheme::Http => !loopback,
        Scheme::Https => false,
    }
}
