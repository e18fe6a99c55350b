//! A refusal out of the one line in which the server packs it: an HTTP answer in base64url.
//!
//! Must not unpack anything that is no refusal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::names;
use crate::verdict::Refusal;

/// Most lines of an answer.
const LINES_MAX: usize = 64;

/// The refusal that was packed; nothing where it is none.
pub(crate) fn unpack(line: &HeaderValue) -> Option<Refusal> {
    let plain = URL_SAFE_NO_PAD.decode(line).ok()?;
    let mut lines = [httparse::EMPTY_HEADER; LINES_MAX];
    let mut head = httparse::Response::new(&mut lines);
    let httparse::Status::Complete(end) = head.parse(&plain).ok()? else { return None };
    let status = StatusCode::from_u16(head.code?).ok()?;
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let mut headers = HeaderMap::new();
    for line in head.headers.iter() {
        let name = HeaderName::from_bytes(line.name.as_bytes()).ok()?;
        if !names::is_of_the_connection(&name) {
            headers.append(name, HeaderValue::from_bytes(line.value).ok()?);
        }
    }
    Some(Refusal { status, headers, body: Bytes::copy_from_slice(&plain[end..]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(plain: &str) -> Option<Refusal> {
        unpack(&HeaderValue::from_str(&URL_SAFE_NO_PAD.encode(plain)).expect("a value"))
    }

    #[test]
    fn a_refusal_comes_out_whole_and_without_what_frames_it() {
        let plain = "HTTP/1.1 429 \r\nretry-after: 7\r\na: b\r\na: c\r\ncontent-length: 9\r\nconnection: close\r\n\r\n{\"\r\n\r\n\"}";
        let refusal = unpacked(plain).expect("a refusal");
        assert_eq!(refusal.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refusal.headers.len(), 3, "{:?}", refusal.headers);
        assert_eq!(refusal.body, "{\"\r\n\r\n\"}");
    }

    #[test]
    fn what_is_no_refusal_is_not_unpacked() {
        for plain in [
            "",
            "HTTP/1.1 403 ",
            "HTTP/1.1 200 \r\n\r\n",
            "HTTP/1.1 302 \r\nlocation: http://a\r\n\r\n",
            "HTTP/1.1 403 \r\na b: c\r\n\r\n",
            &format!("HTTP/1.1 403 \r\n{}\r\n", "a: b\r\n".repeat(LINES_MAX + 1)),
        ] {
            assert_eq!(unpacked(plain), None, "{plain}");
        }
        assert_eq!(unpack(&HeaderValue::from_static("no base64!")), None);
    }
}
