//! Reads what `[[realm.environment]]` says of the servers behind it and of the hops before it.
//!
//! Must not open a connection: whether a server is there is seen when it is asked.

use std::time::Duration;

use domain::ip_list::IpList;
use doors::gateway::{BackendRules, HealthCheck, Protocol, UpstreamLimits};

use super::fault::{FaultList, quoted};
use super::listeners;
use super::model::{Front, Http2, Scheme, Upstream, UpstreamRules};
use super::section::{Section, Spotted};
use super::values;

const PROTOCOLS: [(&str, Protocol); 3] =
    [("http1", Protocol::Http1), ("http2", Protocol::Http2), ("auto", Protocol::Negotiated)];
const HTTP2: [(&str, Http2); 3] =
    [("off", Http2::Off), ("tls", Http2::Tls), ("prior_knowledge", Http2::PriorKnowledge)];
/// More servers than this are a load balancer's business.
const SERVERS_MAX: usize = 64;

/// Reads `upstream`: one server or several.
pub(super) fn servers(section: &mut Section, faults: &mut FaultList) -> Vec<Spotted<Upstream>> {
    let Some(texts) = section.text_or_texts("upstream", faults) else { return Vec::new() };
    if texts.value.is_empty() || texts.value.len() > SERVERS_MAX {
        faults.add(&texts.place, format!("`upstream` names from 1 to {SERVERS_MAX} servers, such as [\"http://10.0.0.1:9000\", \"http://10.0.0.2:9000\"]."));
    }
    let mut servers: Vec<Spotted<Upstream>> = Vec::new();
    for text in &texts.value {
        match values::upstream(text) {
            Ok(value) if servers.iter().any(|known| known.value == value) => {
                faults.add(
                    &text.place,
                    format!("`upstream` names {value} twice. Name each server once."),
                );
            }
            Ok(value) => servers.push(Spotted { value, place: text.place.clone() }),
            Err(sentence) => faults.add(&text.place, sentence),
        }
    }
    if let Some(other) = servers.iter().find(|other| other.scheme != servers[0].scheme) {
        let scheme = |scheme: Scheme| scheme.as_str();
        faults.add(
            &other.place,
            format!(
                "The servers of `upstream` are spoken to by {} and by {}. Use one of them for all.",
                scheme(servers[0].scheme),
                scheme(other.scheme)
            ),
        );
    }
    servers
}

/// Reads how the servers are treated.
pub(super) fn rules(section: &mut Section, faults: &mut FaultList) -> UpstreamRules {
    let protocol = section.choice("upstream_protocol", &PROTOCOLS, faults);
    let connect = section.number("upstream_connect_ms", 10..=60_000, faults);
    let response = section.number("upstream_response_ms", 100..=600_000, faults);
    let tunnel = section.number("upstream_tunnel_idle_ms", 100..=86_400_000, faults);
    let requests = section.number("upstream_requests_max", 1..=1_000_000, faults);
    let failures = section.number("upstream_failures_max", 1..=1_000, faults);
    let pause = section.number("upstream_pause_ms", 100..=600_000, faults);
    let path = section.parsed("upstream_health_path", health_path, faults);
    let every = section.number("upstream_health_interval_ms", 100..=600_000, faults);
    if let (Some(every), None) = (&every, &path) {
        faults.add(&every.place, "`upstream_health_interval_ms` says how often, and nothing says what is asked. Add upstream_health_path = \"/health\", or remove it.");
    }
    let millis = |read: Option<Spotted<u64>>, default: Duration| {
        read.map_or(default, |ms| Duration::from_millis(ms.value))
    };
    let every = millis(every, UpstreamRules::LOOK);
    UpstreamRules {
        protocol: protocol.unwrap_or(Protocol::Http1),
        connect: millis(connect, UpstreamRules::CONNECT),
        response: millis(response, UpstreamRules::RESPONSE),
        tunnel_idle: millis(tunnel, UpstreamLimits::TUNNEL_SILENCE_MAX),
        backends: BackendRules {
            requests_max: requests.map_or(BackendRules::REQUESTS_MAX, |most| {
                usize::try_from(most.value).unwrap_or(usize::MAX)
            }),
            failures_max: failures.map_or(BackendRules::FAILURES_MAX, |most| {
                u32::try_from(most.value).unwrap_or(u32::MAX)
            }),
            pause: millis(pause, BackendRules::PAUSE),
        },
        health: path.map(|path| HealthCheck { path: path.value, every }),
    }
}

/// Reads how clients come.
pub(super) fn front(section: &mut Section, faults: &mut FaultList) -> Front {
    let http2 = section.choice("http2", &HTTP2, faults);
    let proxy_protocol = section.boolean("proxy_protocol", faults);
    let hops = listeners::addresses(
        section,
        "or remove it, and nobody's word is taken for where a request came from",
        faults,
    );
    if let (Some(demanded), None) =
        (proxy_protocol.as_ref().filter(|demanded| demanded.value), &hops)
    {
        faults.add(&demanded.place, "`proxy_protocol = true` believes whoever connects, so it has to be said who may. List your balancers in `trusted_proxies`, such as [\"10.0.0.0/8\"].");
    }
    Front {
        http2: http2.unwrap_or(Http2::Tls),
        proxy_protocol: proxy_protocol.is_some_and(|demanded| demanded.value),
        trusted_hops: hops.filter(|hops| matches!(hops, IpList::Only(_))),
    }
}

fn health_path(text: &str) -> Result<String, String> {
    let is_path = text.starts_with('/') && text.len() <= 1_024;
    if is_path && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        return Ok(text.to_owned());
    }
    Err(format!(
        "`upstream_health_path` cannot be {}. It has to be a path such as /health.",
        quoted(text)
    ))
}
