//! The names of Chaveiro's own header lines.
//!
//! Must not hold a name of a dialect: the server reads credentials and words refusals.

use http::HeaderName;

pub(crate) static ACCOUNT: HeaderName = HeaderName::from_static("chaveiro-account");
pub(crate) static ENVIRONMENT: HeaderName = HeaderName::from_static("chaveiro-environment");
pub(crate) static IDENTITY: HeaderName = HeaderName::from_static("chaveiro-identity");
pub(crate) static KEY: HeaderName = HeaderName::from_static("chaveiro-key");
pub(crate) static PROJECT: HeaderName = HeaderName::from_static("chaveiro-project");
pub(crate) static REALM: HeaderName = HeaderName::from_static("chaveiro-realm");
pub(crate) static REQUEST_ID: HeaderName = HeaderName::from_static("chaveiro-request-id");

pub(crate) static ASKED_CLIENT: HeaderName = HeaderName::from_static("chaveiro-asked-client");
pub(crate) static ASKED_METHOD: HeaderName = HeaderName::from_static("chaveiro-asked-method");
pub(crate) static ASKED_SCHEME: HeaderName = HeaderName::from_static("chaveiro-asked-scheme");
pub(crate) static ASKED_TARGET: HeaderName = HeaderName::from_static("chaveiro-asked-target");
pub(crate) static REFUSAL: HeaderName = HeaderName::from_static("chaveiro-refusal");
pub(crate) static REMOVE: HeaderName = HeaderName::from_static("chaveiro-remove");
pub(crate) static VERIFIER: HeaderName = HeaderName::from_static("chaveiro-verifier");

/// Whether somebody could take the line for one of ours. Many programs read `_` as `-`.
pub(crate) fn is_ours(name: &HeaderName) -> bool {
    let begins = name.as_str().bytes().zip(*b"chaveiro-");
    let mut same = begins.map(|(left, right)| left == right || (left == b'_' && right == b'-'));
    name.as_str().len() > 8 && same.all(|same| same)
}

/// Whether the line tells where a limit stands, which callers are told too.
pub(crate) fn is_of_limits(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.starts_with("ratelimit") || name.starts_with("x-ratelimit-")
}

/// Whether the line is about the connection or frames a body, and so ends where it came to.
pub(crate) fn is_of_the_connection(name: &HeaderName) -> bool {
    const NAMES: [&str; 10] = [
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    NAMES.contains(&name.as_str())
}

/// Whether the line describes a request to Chaveiro in the way of proxies. A caller of a service
/// may send it, and it would be read as the service's own.
pub(crate) fn describes_a_request(name: &HeaderName) -> bool {
    const NAMES: [&str; 4] =
        ["x-forwarded-method", "x-forwarded-uri", "x-original-method", "x-original-uri"];
    NAMES.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_names_are_known_in_every_spelling() {
        for name in ["chaveiro-key", "Chaveiro_Key", "CHAVEIRO-", "chaveiro_request-id"] {
            assert!(is_ours(&name.parse().expect("a name")), "{name}");
        }
        for name in ["chaveiro", "chaveiros-key", "x-chaveiro-key", "c", "chave"] {
            assert!(!is_ours(&name.parse().expect("a name")), "{name}");
        }
    }
}
