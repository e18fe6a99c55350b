//! Whether everybody on the way reads the same request out of a head that hyper has parsed.
//!
//! Must not know the bytes; what hyper dropped was found before, where they came in.

use http::uri::Authority;
use http::{HeaderValue, Request, Version, header};

/// Whether there is one host, which is one, and no coding but that of the pieces (RFC 9112,
/// sections 3.2 and 6.1).
pub(super) fn is_one_request<B>(request: &Request<B>) -> bool {
    let (mut host, mut hosts, mut codings, mut is_plain) = (None, 0_usize, 0_usize, true);
    // One look at each line is less than asking for two of them.
    for (name, value) in request.headers() {
        if *name == header::HOST {
            host = Some(value);
            hosts += 1;
        } else if *name == header::TRANSFER_ENCODING {
            codings += 1;
            is_plain = value.as_bytes().eq_ignore_ascii_case(b"chunked");
        }
    }
    let may_be_absent = match request.version() {
        Version::HTTP_10 => true,
        // There the host is a part of the target.
        Version::HTTP_2 => request.uri().authority().is_some(),
        _ => false,
    };
    let names_host = hosts == 1 || (hosts == 0 && may_be_absent);
    names_host && codings <= 1 && is_plain && is_one_host(host, request.uri().authority())
}

/// Whether the host line is a host, and the same that the target names if that names one.
fn is_one_host(line: Option<&HeaderValue>, target: Option<&Authority>) -> bool {
    // A name and a password in a target are for whoever made it, and for nobody on the way.
    if target.is_some_and(|target| target.as_str().contains('@')) {
        return false;
    }
    let Some(line) = line.map(HeaderValue::as_bytes) else { return true };
    if !line.iter().all(|byte| is_of_host(*byte)) {
        return false;
    }
    let Some(target) = target.map(Authority::as_str) else { return true };
    target.as_bytes().eq_ignore_ascii_case(line)
}

/// Letters, digits and what else a name, an address and a port are made of.
const fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'-' | b'_' | b'~' | b':' | b'[' | b']' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(target: &str, hosts: &[&str], expected: bool) {
        let mut request = Request::get(target);
        for host in hosts {
            request = request.header("host", *host);
        }
        let request = request.body(()).expect("a request");
        assert_eq!(is_one_request(&request), expected, "{target} {hosts:?}");
    }

    #[test]
    fn a_target_and_a_host_line_name_the_same_host() {
        check("/", &["api.example"], true);
        check("/", &["[::1]:8080"], true);
        check("http://api.example/", &["API.example"], true);
        check("http://api.example:80/", &["api.example"], false);
        check("http://api.example/", &["other.example"], false);
        check("http://user@api.example/", &["api.example"], false);
        check("http://api.example/", &[], false);
        check("/", &[], false);
        check("/", &["a", "a"], false);
        for host in ["a b", "a/b", "a@b", "a,b", "a?b", "a#b", "\u{e9}"] {
            check("/", &[host], false);
        }
        check("/", &[""], true);
    }
}
