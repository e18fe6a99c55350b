//! A request that asks for a tunnel, and the answer that grants it.
//!
//! Must not grant anything itself: the upstream does, after the request was let through.

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Version, header};
use hyper::upgrade::OnUpgrade;

use super::h1::request::Upload;
use super::tunnel;
use crate::arrival::Presence;

/// What was asked for.
pub(super) struct Asked {
    pub(super) protocol: &'static str,
    pub(super) client: OnUpgrade,
    pub(super) presence: Option<Presence>,
}

/// Takes the wish for a tunnel out of a request, if there is one that can be granted.
pub(super) fn asked(parts: &mut Parts, upload: Upload) -> Option<Asked> {
    let value = parts.headers.get(header::UPGRADE)?;
    let is_fit = parts.version == Version::HTTP_11
        && parts.method == Method::GET
        && upload == Upload::None
        && names_upgrade(&parts.headers);
    let protocol = tunnel::protocol(value.as_bytes()).filter(|_| is_fit)?;
    let client = parts.extensions.remove::<OnUpgrade>()?;
    Some(Asked { protocol, client, presence: parts.extensions.remove::<Presence>() })
}

/// Says in the head of an answer that from here on another protocol is spoken.
pub(super) fn announce(headers: &mut HeaderMap, protocol: &'static str) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static(protocol));
}

/// Whether the line was meant for us (RFC 9110, section 7.8).
fn names_upgrade(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CONNECTION).iter();
    let mut names = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    names.any(|name| name.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
}
