//! The first look at a request: can it be served at all?
//!
//! Must not look for a credential; what is judged here concerns everybody.

use dialects::dialect::{Dialect, Trouble};
use domain::route::path_is_plain;
use http::Method;
use http::request::Parts;
use http_body::Body;

use crate::inbound::RequestBody;

/// Checks method, path and body.
pub(super) fn check(
    parts: &Parts,
    body: &RequestBody,
    dialect: &dyn Dialect,
) -> Result<(), Trouble> {
    // Neither can be forwarded: the one asks for a tunnel, the other for an echo of its secrets.
    if parts.method == Method::CONNECT || parts.method == Method::TRACE {
        return Err(Trouble::MethodNotAllowed);
    }
    if !path_is_plain(parts.uri.path()) {
        return Err(Trouble::AmbiguousPath);
    }
    if !body.is_end_stream() {
        if !dialect.allows_body(&parts.method) {
            return Err(Trouble::UnexpectedBody);
        }
        if body.is_announced_too_large() {
            return Err(Trouble::BodyTooLarge);
        }
    }
    Ok(())
}
