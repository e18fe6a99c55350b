//! Reads the head of an upstream's answer.
//!
//! Must not pass on a head that could be read in two ways, nor the lines of the connection.

use std::mem::MaybeUninit;

use bytes::{Buf as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use httparse::{ParserConfig, Status};

use super::body::Framing;
use super::request::{belongs_to_connection, listed};

/// Most bytes of a head: as many as a place can tell.
const HEAD_MAX: usize = u16::MAX as usize;
/// Most lines of a head.
const LINES_MAX: usize = 100;

/// What comes is no answer that could be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Whether the connection can be used again after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// It can.
    Open,
    /// It will be closed.
    Closed,
}

/// The head of an answer; its lines are in the header that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    pub(crate) framing: Framing,
    pub(crate) after: After,
}

/// Where a line is in the head. Small, because a hundred of them are made for each answer.
#[derive(Clone, Copy, Default)]
struct Place {
    name: (u16, u16),
    value: (u16, u16),
}

/// What an upstream says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// That the body is wanted.
    Continue,
    /// That there will be an answer; nothing of this is passed on.
    Announcement,
    /// The answer.
    Answer(Head),
}

/// Reads a head, if all of it is there. One that only announces an answer is for whoever asks to count.
pub(crate) fn read(
    buf: &mut BytesMut,
    method: &Method,
    headers: &mut HeaderMap,
) -> Result<Option<Reply>, Malformed> {
    // Asked for each time that something was to be read, and nothing has come yet.
    if buf.is_empty() {
        return Ok(None);
    }
    let mut places = [Place::default(); LINES_MAX];
    let Some(raw) = parse(buf, &mut places)? else { return Ok(None) };
    let places = &places[..raw.lines];
    // 101 is an answer, though not one that can be passed on; the others announce one.
    if raw.status.is_informational() && raw.status != StatusCode::SWITCHING_PROTOCOLS {
        buf.advance(raw.bytes);
        let wants_body = raw.status == StatusCode::CONTINUE;
        return Ok(Some(if wants_body { Reply::Continue } else { Reply::Announcement }));
    }
    let bytes = buf.split_to(raw.bytes).freeze();
    let head = sort(&raw, &bytes, places, method, headers)?;
    Ok(Some(Reply::Answer(head)))
}

struct Raw {
    status: StatusCode,
    is_http_11: bool,
    bytes: usize,
    lines: usize,
}

/// Finds the lines.
fn parse(buf: &[u8], places: &mut [Place; LINES_MAX]) -> Result<Option<Raw>, Malformed> {
    if buf.is_empty() {
        return Ok(None);
    }
    let mut lines = [const { MaybeUninit::uninit() }; LINES_MAX];
    let mut response = httparse::Response::new(&mut []);
    let parsed =
        ParserConfig::default().parse_response_with_uninit_headers(&mut response, buf, &mut lines);
    let bytes = match parsed {
        Ok(Status::Complete(bytes)) if bytes <= HEAD_MAX => bytes,
        Ok(Status::Partial) if buf.len() < HEAD_MAX => return Ok(None),
        Ok(Status::Complete(_) | Status::Partial) | Err(_) => return Err(Malformed),
    };
    let base = buf.as_ptr().addr();
    let place = |part: &[u8]| -> Option<(u16, u16)> {
        let begin = part.as_ptr().addr() - base;
        Some((u16::try_from(begin).ok()?, u16::try_from(begin + part.len()).ok()?))
    };
    for (slot, line) in places.iter_mut().zip(&*response.headers) {
        let name = place(line.name.as_bytes()).ok_or(Malformed)?;
        *slot = Place { name, value: place(line.value).ok_or(Malformed)? };
    }
    let status = response.code.ok_or(Malformed)?;
    Ok(Some(Raw {
        status: StatusCode::from_u16(status).map_err(|_| Malformed)?,
        is_http_11: response.version == Some(1),
        bytes,
        lines: response.headers.len(),
    }))
}

/// What the lines say about the body and the connection.
#[derive(Default)]
struct Said {
    length: Option<u64>,
    is_chunked: bool,
    closes: bool,
    lists_lines: bool,
}

/// Sorts the lines: those that pass on go into the header.
fn sort(
    raw: &Raw,
    bytes: &Bytes,
    places: &[Place],
    method: &Method,
    headers: &mut HeaderMap,
) -> Result<Head, Malformed> {
    headers.clear();
    headers.reserve(places.len());
    let mut said = Said::default();
    for place in places {
        let range = |(begin, end): (u16, u16)| usize::from(begin)..usize::from(end);
        let name = HeaderName::from_bytes(&bytes[range(place.name)]);
        let name = name.map_err(|_| Malformed)?;
        if said.hear(&name, &bytes[range(place.value)])? {
            let value = HeaderValue::from_maybe_shared(bytes.slice(range(place.value)));
            headers.append(name, value.map_err(|_| Malformed)?);
        }
    }
    if said.lists_lines {
        for name in listed(headers) {
            headers.remove(name);
        }
        headers.remove(header::CONNECTION);
    }
    said.conclude(raw, method, headers)
}

impl Said {
    /// Takes in a line. Whether it passes on.
    fn hear(&mut self, name: &HeaderName, value: &[u8]) -> Result<bool, Malformed> {
        if *name == header::CONTENT_LENGTH {
            let length = number(value)?;
            let first = self.length.is_none();
            if self.length.is_some_and(|other| other != length) {
                return Err(Malformed);
            }
            self.length = Some(length);
            return Ok(first);
        }
        if *name == header::TRANSFER_ENCODING {
            // One coding, once: what else there may be could not be told to the client.
            if self.is_chunked || !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                return Err(Malformed);
            }
            self.is_chunked = true;
            return Ok(false);
        }
        if *name == header::CONNECTION {
            for token in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                if token.eq_ignore_ascii_case(b"close") {
                    self.closes = true;
                } else if !token.eq_ignore_ascii_case(b"keep-alive") {
                    self.lists_lines = true;
                }
            }
            // One that lists lines is kept until those have been taken out.
            return Ok(self.lists_lines);
        }
        Ok(!belongs_to_connection(name.as_str()))
    }

    /// The framing of the body (RFC 9112, section 6.3).
    fn conclude(
        self,
        raw: &Raw,
        method: &Method,
        headers: &mut HeaderMap,
    ) -> Result<Head, Malformed> {
        let mut closed = self.closes || !raw.is_http_11;
        if self.is_chunked {
            if !raw.is_http_11 {
                return Err(Malformed);
            }
            // Somebody on the way may have believed the length: this connection is not trusted
            // with another request.
            closed |= headers.remove(header::CONTENT_LENGTH).is_some();
        }
        let bodiless = method == Method::HEAD
            || matches!(raw.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let framing = match self.length {
            _ if bodiless => Framing::None,
            _ if self.is_chunked => Framing::chunked(),
            Some(0) => Framing::None,
            Some(length) => Framing::Length(length),
            None => {
                closed = true;
                Framing::UntilClosed
            }
        };
        let after = if closed { After::Closed } else { After::Open };
        Ok(Head { status: raw.status, framing, after })
    }
}

/// Digits alone: no sign, no list.
fn number(value: &[u8]) -> Result<u64, Malformed> {
    let digits = value.trim_ascii();
    if digits.is_empty() {
        return Err(Malformed);
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit <= 9).ok_or(Malformed)?;
        let shifted = number.checked_mul(10).and_then(|ten| ten.checked_add(u64::from(digit)));
        shifted.ok_or(Malformed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str, method: &Method) -> Result<Option<(Head, HeaderMap)>, Malformed> {
        let (mut buf, mut headers) = (BytesMut::from(text), HeaderMap::new());
        // What an earlier message left must not shine through.
        headers.insert("left", HeaderValue::from_static("over"));
        loop {
            match read(&mut buf, method, &mut headers)? {
                Some(Reply::Continue | Reply::Announcement) => {}
                Some(Reply::Answer(head)) => return Ok(Some((head, headers))),
                None => return Ok(None),
            }
        }
    }

    #[track_caller]
    fn check(text: &str, framing: Framing, after: After) {
        let (head, headers) = answer(text, &Method::GET).expect("well formed").expect("whole");
        assert_eq!((head.framing, head.after), (framing, after), "{text}");
        for gone in ["connection", "transfer-encoding", "keep-alive", "left", "x-listed"] {
            assert!(!headers.contains_key(gone), "{gone} in {text}");
        }
        if framing == Framing::chunked() {
            assert!(!headers.contains_key("content-length"), "{text}");
        }
    }

    #[test]
    fn the_framing_follows_from_the_lines() {
        let ok = |lines: &str| format!("HTTP/1.1 200 OK\r\n{lines}\r\n");
        check(&ok("content-length: 5\r\n"), Framing::Length(5), After::Open);
        check(&ok("content-length: 0\r\n"), Framing::None, After::Open);
        check(&ok("Content-Length: 5\r\ncontent-length: 5\r\n"), Framing::Length(5), After::Open);
        check(&ok("transfer-encoding: Chunked\r\n"), Framing::chunked(), After::Open);
        check(&ok(""), Framing::UntilClosed, After::Closed);
        let both = "content-length: 5\r\ntransfer-encoding: chunked\r\n";
        check(&ok(both), Framing::chunked(), After::Closed);
        check(&ok("connection: close\r\ncontent-length: 5\r\n"), Framing::Length(5), After::Closed);
        let kept = "connection: keep-alive\r\nkeep-alive: timeout=5\r\ncontent-length: 5\r\n";
        check(&ok(kept), Framing::Length(5), After::Open);
        let listing = "connection: X-Listed, close\r\nx-listed: 1\r\ncontent-length: 5\r\n";
        check(&ok(listing), Framing::Length(5), After::Closed);
        check("HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\n", Framing::Length(5), After::Closed);
        check("HTTP/1.1 204 No Content\r\n\r\n", Framing::None, After::Open);
        check("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", Framing::None, After::Open);
        let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n";
        let whole = format!("{interim}{}", ok("content-length: 5\r\n"));
        check(&whole, Framing::Length(5), After::Open);
    }

    #[test]
    fn an_answer_to_head_keeps_its_length_and_has_no_body() {
        let text = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
        let (head, headers) = answer(text, &Method::HEAD).expect("well formed").expect("whole");
        assert_eq!((head.framing, head.after), (Framing::None, After::Open));
        assert_eq!(headers.get("content-length"), Some(&HeaderValue::from_static("5")));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_not_passed_on() {
        for lines in [
            "content-length: 5\r\ncontent-length: 6",
            "content-length: 5, 5",
            "content-length: +5",
            "content-length: ",
            "content-length: 18446744073709551616",
            "transfer-encoding: gzip, chunked",
            "transfer-encoding: identity",
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
            "x: a\r\n folded",
            "x : a",
            "no colon",
            "x: a\0b",
        ] {
            let text = format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n");
            assert_eq!(answer(&text, &Method::GET).err(), Some(Malformed), "{lines:?}");
        }
        for text in [
            "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "HTTP/2.0 200 OK\r\n\r\n",
            "HTTP/1.1 99 Low\r\n\r\n",
            "ICY 200 OK\r\n\r\n",
            "hello",
        ] {
            assert_eq!(answer(text, &Method::GET).err(), Some(Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_head_that_is_not_whole_is_waited_for_up_to_its_limit() {
        let whole = "HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 0\r\n\r\n";
        for end in 0..whole.len() {
            let part = &whole[..end];
            assert!(matches!(answer(part, &Method::GET), Ok(None)), "{part:?}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(HEAD_MAX));
        assert_eq!(answer(&endless, &Method::GET).err(), Some(Malformed));
        let lines = |count| format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(count));
        assert!(matches!(answer(&lines(100), &Method::GET), Ok(Some(_))));
        assert_eq!(answer(&lines(101), &Method::GET).err(), Some(Malformed));
    }

    #[test]
    fn what_follows_the_head_is_left_alone() {
        let mut buf = BytesMut::from("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody");
        let mut headers = HeaderMap::new();
        read(&mut buf, &Method::GET, &mut headers).expect("well formed").expect("whole");
        assert_eq!(&buf[..], b"body");
    }
}
