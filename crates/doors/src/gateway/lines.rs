//! The header on its way through: takes out what belongs to one connection, and what only we may
//! say; puts in where the request came from.
//!
//! Must not look for credentials; the dialect knows where they are.

use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use super::upstream::Upstream;
use crate::arrival::{Arrival, Scheme};
use crate::names;
use crate::text::{self, Short};

static HTTP: HeaderValue = HeaderValue::from_static("http");
static HTTPS: HeaderValue = HeaderValue::from_static("https");

/// Takes out of a request what must not reach the upstream.
pub(super) fn strip_request(headers: &mut HeaderMap) {
    strip_listed(headers);
    // `Expect` was answered by the listener, and only we may speak in our own name.
    remove_all(headers, |name| {
        belongs_to_connection(name) || name == header::EXPECT || claims_our_name(name.as_str())
    });
}

/// Takes out of an answer what belongs to the connection to the upstream.
pub(super) fn strip_answer(headers: &mut HeaderMap) {
    strip_listed(headers);
    remove_all(headers, belongs_to_connection);
}

/// Says where the request came from, and names the upstream as the host.
pub(super) fn set_forwarded(
    headers: &mut HeaderMap,
    uri: &Uri,
    arrival: &Arrival,
    upstream: &Upstream,
) {
    let came_from = forwarded_for(headers, arrival);
    headers.insert(&names::FORWARDED_FOR, came_from);
    let scheme = match arrival.scheme {
        Scheme::Http => HTTP.clone(),
        Scheme::Https => HTTPS.clone(),
    };
    headers.insert(&names::FORWARDED_PROTO, scheme);
    let host = headers.insert(header::HOST, upstream.host_header().clone());
    // An absolute target overrules the host line (RFC 9112, section 3.2.2).
    let asked = uri.authority().and_then(host_of).or(host);
    match asked {
        Some(asked) => headers.insert(&names::FORWARDED_HOST, asked),
        None => headers.remove(&names::FORWARDED_HOST),
    };
}

/// Host and port of an absolute target, without a name and password.
fn host_of(authority: &Authority) -> Option<HeaderValue> {
    let host = authority.as_str().rsplit('@').next()?;
    HeaderValue::from_str(host).ok()
}

/// The addresses that were there already, in order, and that of the peer.
fn forwarded_for(headers: &HeaderMap, arrival: &Arrival) -> HeaderValue {
    let peer = Short::address(arrival.client);
    let mut earlier = headers.get_all(&names::FORWARDED_FOR).iter().peekable();
    if earlier.peek().is_none() {
        return text::ascii(peer.as_bytes());
    }
    let mut all = Vec::with_capacity(64);
    for value in earlier {
        all.extend_from_slice(value.as_bytes());
        all.extend_from_slice(b", ");
    }
    all.extend_from_slice(peer.as_bytes());
    HeaderValue::from_maybe_shared(bytes::Bytes::from(all))
        .unwrap_or_else(|_| text::ascii(peer.as_bytes()))
}

/// Takes out every line that a `Connection` line names.
fn strip_listed(headers: &mut HeaderMap) {
    let mut listed: Vec<HeaderName> = Vec::new();
    for value in headers.get_all(header::CONNECTION) {
        for name in value.as_bytes().split(|byte| *byte == b',') {
            let name = name.trim_ascii();
            // These two are no lines, and nearly always the only ones.
            if name.eq_ignore_ascii_case(b"close") || name.eq_ignore_ascii_case(b"keep-alive") {
                continue;
            }
            listed.extend(HeaderName::from_bytes(name));
        }
    }
    for name in listed {
        headers.remove(name);
    }
}

/// Removes the names that match. Seldom more than one does, so the names are looked at again
/// rather than gathered.
fn remove_all(headers: &mut HeaderMap, matches: impl Fn(&HeaderName) -> bool) {
    while let Some(name) = headers.keys().find(|name| matches(name)).cloned() {
        headers.remove(name);
    }
}

/// The lines that every connection has for itself (RFC 9110, section 7.6.1).
fn belongs_to_connection(name: &HeaderName) -> bool {
    match name.as_str() {
        "connection" | "keep-alive" | "te" | "trailer" | "transfer-encoding" | "upgrade" => true,
        other => other.starts_with("proxy-"),
    }
}

/// Whether the upstream could take the line for one of ours. Servers that hand headers on as
/// variables do not tell `_` from `-`.
fn claims_our_name(name: &str) -> bool {
    let same = |left: u8, right: u8| left == right || (left == b'_' && right == b'-');
    let begins = |prefix: &str| {
        name.len() >= prefix.len() && name.bytes().zip(prefix.bytes()).all(|(l, r)| same(l, r))
    };
    if begins("chaveiro-") {
        return true;
    }
    name.contains('_')
        && ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]
            .into_iter()
            .any(|ours| name.len() == ours.len() && begins(ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            headers.append(name, HeaderValue::from_str(value).expect("a value"));
        }
        headers
    }

    #[track_caller]
    fn check(lines: &[(&str, &str)], left: &[&str]) {
        let mut headers = headers(lines);
        strip_request(&mut headers);
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, left);
    }

    #[test]
    fn lines_of_the_connection_are_taken_out_and_those_it_names() {
        check(
            &[
                ("connection", "keep-alive, X-Private"),
                ("connection", "close,x-other , "),
                ("keep-alive", "timeout=5"),
                ("proxy-authorization", "Basic x"),
                ("proxy-connection", "close"),
                ("te", "trailers"),
                ("trailer", "x"),
                ("transfer-encoding", "chunked"),
                ("upgrade", "websocket"),
                ("expect", "100-continue"),
                ("x-private", "1"),
                ("x-private", "2"),
                ("x-other", "3"),
                ("x-kept", "4"),
                ("accept", "*/*"),
            ],
            &["accept", "x-kept"],
        );
    }

    #[test]
    fn nobody_else_speaks_in_our_name() {
        check(
            &[
                ("chaveiro-account", "spoofed"),
                ("Chaveiro_Key", "spoofed"),
                ("chaveiro_realm", "spoofed"),
                ("chaveiro-anything", "spoofed"),
                ("x_forwarded_for", "127.0.0.1"),
                ("x-forwarded_proto", "https"),
                ("chaveiros", "kept"),
                ("x_forwarded_fort", "kept"),
            ],
            &["chaveiros", "x_forwarded_fort"],
        );
    }
}
