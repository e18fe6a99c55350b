//! A whole answer in one header line, and out of it again.
//!
//! For proxies that pass on nothing of a refusal: they carry the line to the path that unpacks it.
//! Must not unpack anything that is not a refusal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use dialects::dialect::Answer;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use super::NO_STORE;
use crate::body::DoorBody;
use crate::rest::problem::{Problem, ProblemCode};
use crate::{names, text};

/// Most header lines of an answer.
const LINES_MAX: usize = 32;

/// The answer to a proxy that can tell its client this one status.
pub(super) fn packed(answer: &Answer) -> Response<DoorBody> {
    let mut response = Response::new(DoorBody::Empty);
    *response.status_mut() = StatusCode::FORBIDDEN;
    let headers = response.headers_mut();
    headers.insert(&names::REFUSAL, text::ascii(pack(answer).as_bytes()));
    headers.insert(CACHE_CONTROL, NO_STORE.clone());
    response
}

fn pack(answer: &Answer) -> String {
    let mut plain = format!("HTTP/1.1 {} \r\n", answer.status.as_str()).into_bytes();
    for (name, value) in &answer.headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            plain.extend_from_slice(part);
        }
    }
    plain.extend_from_slice(b"\r\n");
    plain.extend_from_slice(&answer.body);
    URL_SAFE_NO_PAD.encode(plain)
}

/// The answer that was packed.
pub(super) fn unpack(headers: &HeaderMap) -> Result<Answer, Problem> {
    let mut values = headers.get_all(&names::REFUSAL).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(mistake()) };
    read(value.as_bytes()).ok_or_else(mistake)
}

fn read(packed: &[u8]) -> Option<Answer> {
    let plain = URL_SAFE_NO_PAD.decode(packed).ok()?;
    let mut lines = [httparse::EMPTY_HEADER; LINES_MAX];
    let mut head = httparse::Response::new(&mut lines);
    let httparse::Status::Complete(end) = head.parse(&plain).ok()? else { return None };
    let status = StatusCode::from_u16(head.code?).ok()?;
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let line = |line: &httparse::Header<'_>| {
        let name = HeaderName::from_bytes(line.name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(line.value).ok()?))
    };
    let headers = head.headers.iter().map(line).collect::<Option<Vec<_>>>()?;
    Some(Answer { status, headers, body: Bytes::copy_from_slice(&plain[end..]) })
}

fn mistake() -> Problem {
    let detail = "Chaveiro-Refusal has to hold what an answer to nginx had in it, once.";
    Problem::saying(ProblemCode::InvalidRequest, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(plain: &str, is_refusal: bool) {
        let packed = URL_SAFE_NO_PAD.encode(plain);
        assert_eq!(read(packed.as_bytes()).is_some(), is_refusal, "{plain:?}");
    }

    #[test]
    fn an_answer_comes_out_as_it_went_in() {
        let answer = Answer {
            status: StatusCode::TOO_MANY_REQUESTS,
            headers: vec![
                (http::header::RETRY_AFTER, HeaderValue::from_static("7")),
                (names::HINT.clone(), HeaderValue::from_static("Wait.")),
                (names::HINT.clone(), HeaderValue::from_static("")),
            ],
            body: Bytes::from_static("{\"não\":\"\r\n\r\n\"}".as_bytes()),
        };
        let back = read(pack(&answer).as_bytes()).expect("an answer");
        assert_eq!((back.status, &back.headers), (answer.status, &answer.headers));
        assert_eq!(back.body, answer.body);
    }

    #[test]
    fn only_refusals_are_unpacked() {
        check("HTTP/1.1 403 \r\n\r\n", true);
        check("HTTP/1.1 503 \r\na: b\r\n\r\n{}", true);
        for plain in [
            "",
            "HTTP/1.1 403 ",
            "HTTP/1.1 200 \r\n\r\n",
            "HTTP/1.1 101 \r\n\r\n",
            "HTTP/1.1 302 \r\nlocation: http://a\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "HTTP/1.1 403 \r\na b: c\r\n\r\n",
        ] {
            check(plain, false);
        }
        check(&format!("HTTP/1.1 403 \r\n{}\r\n", "a: b\r\n".repeat(33)), false);
        assert!(read(b"not base64!").is_none());
    }
}
