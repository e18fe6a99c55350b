//! Writes the head of a forwarded request: the caller's lines without those that must not pass,
//! then ours.
//!
//! Must not pass on any framing of the caller's; there is one framing, and it is ours.

use std::io::Write as _;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use super::forwarded::{self, Chain};
use crate::arrival::Arrival;
use crate::text;

/// How the body of a request is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upload {
    /// There is none.
    None,
    /// It has this many bytes.
    Length(u64),
    /// It comes in chunks.
    Chunked,
}

/// What a request asks of the connection to the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// To carry it.
    Plain,
    /// To say whether its body is wanted before that is sent.
    Leave,
    /// To become a tunnel for this protocol.
    Tunnel(&'static str),
}

/// What the upstream is told besides what the caller says.
pub(crate) struct Told<'a> {
    /// What the request asks of the connection.
    pub(crate) wish: Wish,
    /// The name of the upstream.
    pub(crate) host: &'a HeaderValue,
    /// Whole lines that say who asks.
    pub(crate) identity: &'a [u8],
    /// Whether what the caller says of its way is believed.
    pub(crate) chain: Chain,
    /// How the request came.
    pub(crate) arrival: &'a Arrival,
}

/// Writes the whole head.
pub(crate) fn write(out: &mut Vec<u8>, parts: &Parts, upload: Upload, told: &Told<'_>) {
    out.reserve(1_024 + told.identity.len());
    write_target(out, &parts.method, &parts.uri);
    line(out, b"host", told.host.as_bytes());
    write_passed_on(out, &parts.headers);
    write_told(out, parts, told);
    match told.wish {
        Wish::Plain => {}
        Wish::Leave => out.extend_from_slice(b"expect: 100-continue\r\n"),
        Wish::Tunnel(protocol) => {
            out.extend_from_slice(b"connection: upgrade\r\n");
            line(out, b"upgrade", protocol.as_bytes());
        }
    }
    match upload {
        Upload::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        Upload::Length(length) => write_length(out, length),
        Upload::None if means_a_body(parts) => write_length(out, 0),
        Upload::None => {}
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes what the upstream is told of the caller.
pub(crate) fn write_told(out: &mut Vec<u8>, parts: &Parts, told: &Told<'_>) {
    forwarded::write(out, parts, told.arrival, told.chain);
    out.extend_from_slice(told.identity);
    out.extend_from_slice(b"chaveiro-request-id: ");
    out.extend_from_slice(&text::uuid(told.arrival.request_id.as_u128()));
    out.extend_from_slice(b"\r\n");
}

/// Writes a request of our own, which asks how a server is.
pub(crate) fn write_check(out: &mut Vec<u8>, path: &str, host: &HeaderValue) {
    out.extend_from_slice(b"GET ");
    out.extend_from_slice(path.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    line(out, b"host", host.as_bytes());
    out.extend_from_slice(b"user-agent: chaveiro\r\nconnection: close\r\n\r\n");
}

/// Names another upstream in a head that was written.
pub(crate) fn readdress(head: &mut Vec<u8>, host: &HeaderValue) {
    let mut breaks = memchr::memmem::find_iter(head, b"\r\n");
    let (Some(first), Some(second)) = (breaks.next(), breaks.next()) else { return };
    drop(breaks);
    let mut named = Vec::with_capacity(head.len() + host.len());
    named.extend_from_slice(&head[..first + 2]);
    line(&mut named, b"host", host.as_bytes());
    named.extend_from_slice(&head[second + 2..]);
    *head = named;
}

/// Whether the absence of a body has to be said (RFC 9110, section 8.6).
fn means_a_body(parts: &Parts) -> bool {
    matches!(parts.method, Method::POST | Method::PUT | Method::PATCH)
        || parts.headers.contains_key(header::CONTENT_LENGTH)
}

/// Path and query alone, also of an absolute target.
fn write_target(out: &mut Vec<u8>, method: &Method, uri: &Uri) {
    out.extend_from_slice(method.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(uri.path().as_bytes());
    if let Some(query) = uri.query() {
        out.push(b'?');
        out.extend_from_slice(query.as_bytes());
    }
    out.extend_from_slice(b" HTTP/1.1\r\n");
}

fn write_passed_on(out: &mut Vec<u8>, headers: &HeaderMap) {
    let listed = listed(headers);
    for (name, value) in headers {
        if passes(name) && !listed.contains(name) {
            line(out, name.as_str().as_bytes(), value.as_bytes());
        } else if *name == header::TE && takes_trailers(value) {
            // Said for our own connection, since what comes behind a body is passed on.
            out.extend_from_slice(b"connection: te\r\nte: trailers\r\n");
        }
    }
}

/// Gives those of the caller's lines that pass to another head.
pub(crate) fn pass_on(headers: &HeaderMap, passed: &mut HeaderMap) {
    let listed = listed(headers);
    passed.reserve(headers.len() + 16);
    for (name, value) in headers {
        if passes(name) && !listed.contains(name) {
            passed.append(name, value.clone());
        }
    }
}

/// Whether trailers are among what is taken.
pub(crate) fn takes_trailers(value: &HeaderValue) -> bool {
    let mut codings = value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    codings.any(|coding| coding.eq_ignore_ascii_case(b"trailers"))
}

fn write_length(out: &mut Vec<u8>, length: u64) {
    out.extend_from_slice(b"content-length: ");
    write_number(out, length);
    out.extend_from_slice(b"\r\n");
}

pub(super) fn write_number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// The size line of a chunk.
pub(crate) fn write_chunk_size(out: &mut Vec<u8>, size: usize) {
    // Memory takes all that is written.
    drop(write!(out, "{size:x}\r\n"));
}

pub(super) fn line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// The names that `Connection` lines list. Those that are no header lines, `close` and
/// `keep-alive`, are left out, and nearly always there is nothing else.
pub(super) fn listed(headers: &HeaderMap) -> Vec<HeaderName> {
    let mut listed = Vec::new();
    for value in headers.get_all(header::CONNECTION) {
        for name in value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            if !name.eq_ignore_ascii_case(b"close") && !name.eq_ignore_ascii_case(b"keep-alive") {
                listed.extend(HeaderName::from_bytes(name));
            }
        }
    }
    listed
}

/// The lines that every connection has for itself (RFC 9110, section 7.6.1).
pub(crate) fn belongs_to_connection(name: &str) -> bool {
    match name {
        "connection" | "keep-alive" | "te" | "transfer-encoding" | "upgrade" => true,
        other => other.starts_with("proxy-"),
    }
}

/// Whether a line of the caller's may pass. `Expect` is said anew where it is meant; the length and
/// where the request came from are said by us.
pub(super) fn passes(name: &HeaderName) -> bool {
    match name.as_str() {
        "host" | "content-length" | "expect" | "forwarded" | "x-forwarded-for"
        | "x-forwarded-host" | "x-forwarded-proto" => false,
        name => {
            !belongs_to_connection(name) && !claims_our_name(name) && !names_another_request(name)
        }
    }
}

/// Whether the upstream could take the line for the method or path that is meant instead of those that
/// were judged. Some frameworks do, and then a key could do what it was not granted.
fn names_another_request(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "x-envoy-original-path",
        "x-forwarded-method",
        "x-forwarded-path",
        "x-forwarded-prefix",
        "x-forwarded-uri",
        "x-http-method",
        "x-http-method-override",
        "x-method-override",
        "x-original-method",
        "x-original-uri",
        "x-original-url",
        "x-rewrite-url",
    ];
    name.starts_with('x') && is_one_of(name, &NAMES)
}

/// Whether the upstream could take the line for one of ours.
pub(crate) fn claims_our_name(name: &str) -> bool {
    const OURS: [&str; 5] = [
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        // Nor of what frames a body.
        "content-length",
        "transfer-encoding",
    ];
    begins(name, "chaveiro-") || (name.len() > 13 && is_one_of(name, &OURS))
}

/// Whether a name is one of these to the upstream.
fn is_one_of(name: &str, known: &[&str]) -> bool {
    known.iter().any(|known| name.len() == known.len() && begins(name, known))
}

/// Whether a name begins so. Servers that hand headers on as variables do not tell `_` from `-`.
fn begins(name: &str, beginning: &str) -> bool {
    let same = |(left, right): (u8, u8)| left == right || (left == b'_' && right == b'-');
    name.len() >= beginning.len() && name.bytes().zip(beginning.bytes()).all(same)
}

#[cfg(test)]
mod tests {
    use crate::arrival::Scheme;
    use domain::ids::RequestId;
    use domain::time::{Reading, Tick, Timestamp};
    use engine::verify::Transport;
    use http::Request;

    use super::*;

    /// What is written of a request with these lines, line by line, without ours.
    fn written(target: &str, method: &str, lines: &[(&str, &str)], upload: Upload) -> Vec<String> {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        let arrival = Arrival {
            now: Reading::of(Timestamp::EPOCH),
            tick: Tick::default(),
            request_id: RequestId::from_u128(7),
            peer: "2001:db8::1".parse().expect("an address"),
            client: "2001:db8::1".parse().expect("an address"),
            scheme: Scheme::Http,
            transport: Transport::Allowed,
        };
        let host = HeaderValue::from_static("upstream:9000");
        let chain = Chain::Fresh;
        let told = Told {
            chain,
            wish: Wish::Plain,
            host: &host,
            identity: b"chaveiro-key: k\r\n",
            arrival: &arrival,
        };
        let mut out = Vec::new();
        write(&mut out, &parts, upload, &told);
        let text = String::from_utf8(out).expect("text");
        let head = text.strip_suffix("\r\n\r\n").expect("the end of a head");
        let ours = [
            "host: upstream:9000",
            "x-forwarded-for: 2001:db8::1",
            "x-forwarded-proto: http",
            "chaveiro-key: k",
            "chaveiro-request-id: 00000000-0000-0000-0000-000000000007",
        ];
        for line in ours {
            assert_eq!(head.split("\r\n").filter(|other| *other == line).count(), 1, "{head}");
        }
        let rest = head.split("\r\n").filter(|line| !ours.contains(line));
        let rest = rest.filter(|line| !line.starts_with("forwarded: for=\"[2001:db8::1]\""));
        rest.map(str::to_owned).collect()
    }

    #[test]
    fn lines_of_the_connection_do_not_pass_nor_those_it_names() {
        let lines = [
            ("connection", "keep-alive, X-Private"),
            ("connection", "close,x-other , "),
            ("keep-alive", "timeout=5"),
            ("proxy-authorization", "Basic x"),
            ("proxy-connection", "close"),
            ("te", "gzip"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "websocket"),
            ("expect", "100-continue"),
            ("x-private", "1"),
            ("x-private", "2"),
            ("x-other", "3"),
            ("x-kept", "4"),
            ("x-kept", "5"),
        ];
        let expected = ["GET / HTTP/1.1", "x-kept: 4", "x-kept: 5"];
        assert_eq!(written("/", "GET", &lines, Upload::None), expected);
    }

    #[test]
    fn nobody_else_speaks_in_our_name() {
        let lines = [
            ("chaveiro-account", "spoofed"),
            ("Chaveiro_Key", "spoofed"),
            ("chaveiro_realm", "spoofed"),
            ("chaveiro-anything", "spoofed"),
            ("x_forwarded_for", "127.0.0.1"),
            ("x-forwarded_proto", "https"),
            ("x-forwarded-proto", "https"),
            ("x_forwarded-host", "evil"),
            ("chaveiros", "kept"),
            ("x_forwarded_fort", "kept"),
        ];
        let expected = ["GET / HTTP/1.1", "chaveiros: kept", "x_forwarded_fort: kept"];
        assert_eq!(written("/", "GET", &lines, Upload::None), expected);
    }

    #[test]
    fn there_is_one_framing_and_it_is_ours() {
        let claimed = [("content-length", "9"), ("transfer-encoding", "gzip")];
        for (method, upload, framing) in [
            (
                "POST",
                Upload::Length(18_446_744_073_709_551_615),
                "content-length: 18446744073709551615",
            ),
            ("GET", Upload::Length(10), "content-length: 10"),
            ("GET", Upload::Chunked, "transfer-encoding: chunked"),
            ("POST", Upload::None, "content-length: 0"),
            ("DELETE", Upload::None, "content-length: 0"),
        ] {
            let head = written("/", method, &claimed, upload);
            assert_eq!(head[1..], [framing], "{method}");
        }
        assert_eq!(written("/", "POST", &[], Upload::None)[1..], ["content-length: 0"]);
        assert!(written("/", "DELETE", &[], Upload::None)[1..].is_empty());
    }

    #[test]
    fn a_target_is_path_and_query_and_tells_the_host_that_was_asked() {
        for (target, first, host) in [
            ("/a/b?c=d&e", "GET /a/b?c=d&e HTTP/1.1", None),
            ("/a?", "GET /a? HTTP/1.1", None),
            ("http://real:81/a?x", "GET /a?x HTTP/1.1", Some("x-forwarded-host: real:81")),
            ("http://user:pass@real", "GET / HTTP/1.1", Some("x-forwarded-host: real")),
            ("http://real?x=1", "GET /?x=1 HTTP/1.1", Some("x-forwarded-host: real")),
        ] {
            let head = written(target, "GET", &[], Upload::None);
            assert_eq!(head[0], first, "{target}");
            assert_eq!(head.get(1).map(String::as_str), host, "{target}");
        }
        let head = written("/", "GET", &[("host", "asked.example")], Upload::None);
        assert_eq!(head[1..], ["x-forwarded-host: asked.example"]);
    }
}
