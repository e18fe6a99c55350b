//! Puts requests together as bytes, once, before anything is measured.
//!
//! Must not know what the peers make of them.

use std::net::SocketAddr;

/// A request; peers that are compared get the same bytes.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// Whom it is for; named in the `Host` header.
    pub(super) host: SocketAddr,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: Option<&'a str>,
}

impl Request<'_> {
    /// The request as it goes over the wire, like a plain client would write it.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let Self { method, path, host, headers, body } = self;
        let mut text = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {AGENT}\r\nAccept: application/json\r\n"
        );
        for (name, value) in *headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = body {
            let length = body.len();
            text.push_str(&format!(
                "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
            ));
        } else {
            text.push_str("\r\n");
        }
        text.into_bytes()
    }
}

const AGENT: &str = "chaveiro-bench/1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_with_a_body_says_how_long_it_is() {
        let request = Request {
            method: "POST",
            path: "/a",
            host: ([127, 0, 0, 1], 80).into(),
            headers: &[("X-A", "b")],
            body: Some("{}"),
        };
        let bytes = request.to_bytes();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("POST /a HTTP/1.1\r\nHost: 127.0.0.1:80\r\n"), "{text}");
        assert!(text.contains("\r\nX-A: b\r\n"), "{text}");
        assert!(text.ends_with("\r\nContent-Length: 2\r\n\r\n{}"), "{text}");
    }

    #[test]
    fn a_request_without_a_body_ends_with_its_head() {
        let request = Request {
            method: "GET",
            path: "/",
            host: ([127, 0, 0, 1], 80).into(),
            headers: &[],
            body: None,
        };
        let bytes = request.to_bytes();
        assert!(bytes.ends_with(b"\r\n\r\n") && !bytes.ends_with(b"\r\n\r\n\r\n"));
    }
}
