//! Says where a request came from: `X-Forwarded-For`, `-Proto`, `-Host`, and `Forwarded` (RFC 7239).
//!
//! What somebody says who is not trusted is replaced; what a trusted hop says is continued. Must
//! not believe a line that nobody vouches for.

use std::io::Write as _;
use std::net::IpAddr;

use domain::ip_list::IpList;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::request::{line, write_number};
use crate::arrival::{Arrival, Scheme};
use crate::names;

/// Most hops of a chain that are looked through.
const HOPS_MAX: usize = 32;

/// Whose words these lines continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chain {
    /// Nobody's: they begin with us.
    Fresh,
    /// Those of a trusted hop.
    Continued,
}

/// Who is believed about a request, and what follows about its client: the last address of the
/// chain that is no trusted hop.
pub(crate) fn believe(headers: &HeaderMap, trusted: &IpList, arrival: &mut Arrival) -> Chain {
    if !trusted.allows(Some(arrival.peer)) {
        return Chain::Fresh;
    }
    // Lines of one name are one list, and the nearest hop stands at its end.
    let values: Vec<&HeaderValue> = headers.get_all(&names::FORWARDED_FOR).iter().collect();
    let hops = values.iter().rev().flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
    for hop in hops.take(HOPS_MAX) {
        let Some(address) = address(hop) else { break };
        arrival.client = address;
        if !trusted.allows(Some(address)) {
            break;
        }
    }
    Chain::Continued
}

/// An address with or without a port, as it stands in `X-Forwarded-For`.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    bare().or_else(with_port).or_else(bracketed).map(|address| address.to_canonical())
}

/// Writes the lines.
pub(super) fn write(out: &mut Vec<u8>, parts: &Parts, arrival: &Arrival, chain: Chain) {
    let said = |name: &HeaderName| match chain {
        Chain::Fresh => None,
        Chain::Continued => parts.headers.get(name),
    };
    let earlier = |out: &mut Vec<u8>, name: &HeaderName| match chain {
        Chain::Fresh => {}
        Chain::Continued => {
            for value in parts.headers.get_all(name) {
                out.extend_from_slice(value.as_bytes());
                out.extend_from_slice(b", ");
            }
        }
    };
    out.extend_from_slice(b"x-forwarded-for: ");
    earlier(out, &names::FORWARDED_FOR);
    write_address(out, arrival.peer);
    let ours = match arrival.scheme {
        Scheme::Http => b"http".as_slice(),
        Scheme::Https => b"https".as_slice(),
    };
    let known = |value: &&HeaderValue| matches!(value.as_bytes(), b"http" | b"https");
    let proto = said(&names::FORWARDED_PROTO).filter(known);
    out.extend_from_slice(b"\r\nx-forwarded-proto: ");
    out.extend_from_slice(proto.map_or(ours, HeaderValue::as_bytes));
    out.extend_from_slice(b"\r\n");
    // An absolute target overrules the host line (RFC 9112, section 3.2.2).
    let absolute = parts.uri.authority().map(host_of);
    let asked = absolute.or_else(|| parts.headers.get(header::HOST).map(HeaderValue::as_bytes));
    let host = said(&names::FORWARDED_HOST).map(HeaderValue::as_bytes).or(asked);
    if let Some(host) = host {
        line(out, b"x-forwarded-host", host);
    }
    out.extend_from_slice(b"forwarded: ");
    earlier(out, &header::FORWARDED);
    write_element(out, arrival.peer, asked, ours);
}

/// One element of `Forwarded`, with what this hop saw itself.
fn write_element(out: &mut Vec<u8>, peer: IpAddr, asked: Option<&[u8]>, proto: &[u8]) {
    out.extend_from_slice(b"for=");
    match peer {
        IpAddr::V4(_) => write_address(out, peer),
        IpAddr::V6(_) => {
            out.extend_from_slice(b"\"[");
            write_address(out, peer);
            out.extend_from_slice(b"]\"");
        }
    }
    let quotable = |host: &&[u8]| !host.iter().any(|byte| matches!(byte, b'"' | b'\\'));
    if let Some(host) = asked.filter(quotable) {
        out.extend_from_slice(b";host=\"");
        out.extend_from_slice(host);
        out.push(b'"');
    }
    out.extend_from_slice(b";proto=");
    out.extend_from_slice(proto);
    out.extend_from_slice(b"\r\n");
}

/// Host and port of an absolute target, without a name and password.
fn host_of(authority: &Authority) -> &[u8] {
    let whole = authority.as_str();
    whole.rsplit_once('@').map_or(whole, |(_, host)| host).as_bytes()
}

fn write_address(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            for (at, octet) in address.octets().into_iter().enumerate() {
                if at > 0 {
                    out.push(b'.');
                }
                write_number(out, u64::from(octet));
            }
        }
        // Memory takes all that is written.
        IpAddr::V6(address) => drop(write!(out, "{address}")),
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::RequestId;
    use domain::time::{Reading, Tick, Timestamp};
    use engine::verify::Transport;
    use http::Request;

    use super::*;

    fn arrival(peer: &str) -> Arrival {
        let peer = peer.parse().expect("an address");
        Arrival {
            now: Reading::of(Timestamp::EPOCH),
            tick: Tick::default(),
            request_id: RequestId::from_u128(7),
            peer,
            client: peer,
            scheme: Scheme::Http,
            transport: Transport::Allowed,
        }
    }

    fn parts(lines: &[(&str, &str)]) -> Parts {
        let mut request = Request::get("/").header("host", "api.example:81");
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        request.body(()).expect("a request").into_parts().0
    }

    fn trusted() -> IpList {
        IpList::parse(["10.0.0.0/8", "2001:db8::/32"]).expect("a list")
    }

    #[track_caller]
    fn check(peer: &str, lines: &[&str], client: &str, chain: Chain) {
        let lines: Vec<_> = lines.iter().map(|value| ("x-forwarded-for", *value)).collect();
        let mut arrival = arrival(peer);
        assert_eq!(believe(&parts(&lines).headers, &trusted(), &mut arrival), chain, "{lines:?}");
        assert_eq!(arrival.client, client.parse::<IpAddr>().expect("an address"), "{lines:?}");
    }

    #[test]
    fn the_client_is_the_last_address_that_is_no_trusted_hop() {
        check("203.0.113.9", &["1.1.1.1"], "203.0.113.9", Chain::Fresh);
        check("10.0.0.1", &[], "10.0.0.1", Chain::Continued);
        check("10.0.0.1", &["1.1.1.1"], "1.1.1.1", Chain::Continued);
        check("10.0.0.1", &["9.9.9.9, 1.1.1.1"], "1.1.1.1", Chain::Continued);
        check("10.0.0.1", &["9.9.9.9", "1.1.1.1 ,10.0.0.2"], "1.1.1.1", Chain::Continued);
        check("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3", Chain::Continued);
        check("10.0.0.1", &["1.1.1.1:4711"], "1.1.1.1", Chain::Continued);
        check("2001:db8::1", &["[2a00::1]:80"], "2a00::1", Chain::Continued);
        check("10.0.0.1", &["::ffff:1.1.1.1"], "1.1.1.1", Chain::Continued);
        // What cannot be read hides what stands before it, and is nobody's address.
        check("10.0.0.1", &["1.1.1.1, unknown, 10.0.0.2"], "10.0.0.2", Chain::Continued);
        check("10.0.0.1", &["1.1.1.1,"], "10.0.0.1", Chain::Continued);
        let long = vec!["10.0.0.2"; 40].join(",");
        check("10.0.0.1", &[&format!("1.1.1.1,{long}")], "10.0.0.2", Chain::Continued);
    }

    fn written(peer: &str, chain: Chain, lines: &[(&str, &str)]) -> String {
        let mut out = Vec::new();
        write(&mut out, &parts(lines), &arrival(peer), chain);
        String::from_utf8(out).expect("text")
    }

    const SPOOFED: [(&str, &str); 4] = [
        ("x-forwarded-for", "1.1.1.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "asked.example"),
        ("forwarded", "for=1.1.1.1;proto=https"),
    ];

    #[test]
    fn what_nobody_vouches_for_is_replaced_and_what_a_hop_says_is_continued() {
        assert_eq!(
            written("203.0.113.9", Chain::Fresh, &SPOOFED),
            "x-forwarded-for: 203.0.113.9\r\nx-forwarded-proto: http\r\n\
             x-forwarded-host: api.example:81\r\n\
             forwarded: for=203.0.113.9;host=\"api.example:81\";proto=http\r\n"
        );
        assert_eq!(
            written("2001:db8::1", Chain::Continued, &SPOOFED),
            "x-forwarded-for: 1.1.1.1, 2001:db8::1\r\nx-forwarded-proto: https\r\n\
             x-forwarded-host: asked.example\r\n\
             forwarded: for=1.1.1.1;proto=https, \
             for=\"[2001:db8::1]\";host=\"api.example:81\";proto=http\r\n"
        );
        assert!(
            written("10.0.0.1", Chain::Continued, &[("x-forwarded-proto", "gopher")])
                .contains("x-forwarded-proto: http\r\n")
        );
    }
}
