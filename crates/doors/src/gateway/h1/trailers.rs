//! The lines behind a body: how they are read, written, and which of them may pass.
//!
//! A trailer comes when everything was decided, so it must not say anything that decides: no
//! framing, no routing, no credential, none of our own names.

use std::sync::Arc;

use bytes::{Buf as _, BytesMut};
use engine::place::PlaceRef;
use http::{HeaderMap, HeaderName, HeaderValue};
use httparse::Status;

use super::answer::Malformed;
use super::request::{line, passes};
use crate::gateway::settings::GatewaySettings;
use crate::inbound::TrailerRule;

/// Most bytes of a trailer.
const BYTES_MAX: usize = 16 * 1_024;
/// Most lines of a trailer.
const LINES_MAX: usize = 64;

/// Takes the trailer out of the bytes that came, if all of it is there.
pub(super) fn take(buf: &mut BytesMut) -> Result<Option<HeaderMap>, Malformed> {
    let mut lines = [httparse::EMPTY_HEADER; LINES_MAX];
    let (bytes, trailers) = match httparse::parse_headers(buf, &mut lines) {
        Ok(Status::Complete((bytes, lines))) if bytes <= BYTES_MAX => {
            let mut trailers = HeaderMap::new();
            for line in lines {
                let name = HeaderName::from_bytes(line.name.as_bytes()).map_err(|_| Malformed)?;
                if may_pass(&name) {
                    let value = HeaderValue::from_bytes(line.value).map_err(|_| Malformed)?;
                    trailers.append(name, value);
                }
            }
            (bytes, trailers)
        }
        Ok(Status::Partial) if buf.len() < BYTES_MAX => return Ok(None),
        Ok(Status::Complete(_) | Status::Partial) | Err(_) => return Err(Malformed),
    };
    buf.advance(bytes);
    Ok(Some(trailers))
}

/// Writes the end of a chunked body with this trailer.
pub(crate) fn write(out: &mut Vec<u8>, trailers: &HeaderMap) {
    out.extend_from_slice(b"0\r\n");
    for (name, value) in trailers {
        line(out, name.as_str().as_bytes(), value.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

/// Whether a trailer may pass at all (RFC 9110, section 6.5.1). Those that are barred frame, route,
/// condition or describe what was said before, or say who asks. `_` counts as `-`, as it does to
/// servers that hand lines on as variables.
pub(crate) fn may_pass(name: &HeaderName) -> bool {
    let spelled = name.as_str().replace('_', "-");
    let decides = matches!(
        &*spelled,
        "authorization"
            | "cookie"
            | "set-cookie"
            | "trailer"
            | "cache-control"
            | "pragma"
            | "content-encoding"
            | "content-range"
            | "content-type"
            | "host"
            | "max-forwards"
            | "range"
            | "age"
            | "expires"
            | "location"
            | "retry-after"
            | "vary"
            | "www-authenticate"
            | "user-agent"
            | "origin"
            | "via"
            | "x-real-ip"
            | "x-client-ip"
            | "true-client-ip"
    );
    let families = ["if-", "x-forwarded-", "x-original-", "x-http-method"];
    let is_of_family = families.iter().any(|family| spelled.starts_with(family));
    !decides && !is_of_family && passes(name)
}

/// Sorts the trailers of requests to one environment.
pub(crate) struct RequestTrailers(pub(crate) Arc<GatewaySettings>);

impl TrailerRule for RequestTrailers {
    fn sort(&self, trailers: &mut HeaderMap) {
        let GatewaySettings { dialect, place, .. } = &*self.0;
        let place: &PlaceRef = place;
        dialect.strip_credential(trailers, &place.realm().prefixes);
        let barred: Vec<HeaderName> = trailers
            .keys()
            .filter(|name| dialect.reads(name) || !may_pass(name))
            .cloned()
            .collect();
        for name in barred {
            trailers.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> Result<Option<Vec<String>>, Malformed> {
        let names = |map: HeaderMap| map.keys().map(ToString::to_string).collect();
        Ok(take(&mut BytesMut::from(text))?.map(names))
    }

    #[test]
    fn a_trailer_says_nothing_that_decides() {
        let lines = "x-sum: 1\r\nContent-Length: 5\r\ntransfer-encoding: chunked\r\nhost: b\r\n\
            authorization: x\r\nChaveiro-Key: k\r\nset-cookie: a=b\r\n\r\n";
        assert_eq!(taken(lines), Ok(Some(vec!["x-sum".to_owned()])));
        assert_eq!(taken("\r\n"), Ok(Some(Vec::new())));
        assert_eq!(taken("x-sum: 1\r\n"), Ok(None));
    }

    #[test]
    fn a_trailer_has_an_end() {
        for text in ["x\r\n\r\n", "x : y\r\n\r\n", " x: y\r\n\r\n"] {
            assert_eq!(taken(text), Err(Malformed), "{text:?}");
        }
        assert_eq!(taken(&"x: y\r\n".repeat(65)), Err(Malformed));
        assert_eq!(taken(&format!("x: {}", "y".repeat(BYTES_MAX))), Err(Malformed));
    }
}
