//! Reads along where each request of an HTTP/1 connection begins and ends, and marks the head that
//! another server on the way could read otherwise.
//!
//! hyper forgives what the standard lets it forgive: a length beside an encoding, a line without
//! its carriage return. Whoever stands before or behind us may have chosen otherwise, and what lies
//! between the two readings is a request that nobody checked. hyper drops the length before anybody
//! else sees it, so the bytes themselves have to be read. Must not change a byte, nor keep more
//! than one unfinished line.

use memchr::memchr;

/// Longest line that is read; hyper has refused a head long before.
const LINE_MAX: usize = 128 * 1_024;

/// Where in the connection the next byte belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before a request; empty lines are passed over.
    Before,
    /// In the lines of a head.
    Head(Said),
    /// In a body of which this much is left.
    Body(u64),
    /// In a chunked body.
    Chunked(Chunk),
    /// Nowhere that anybody could tell.
    Lost,
}

/// Where in a chunked body the next byte belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chunk {
    /// To a size line.
    Size,
    /// To data and the line break behind it, of which this much is left.
    Data(u64),
    /// To the trailer.
    Trailer,
}

/// What the lines of a head have said about its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Said {
    length: Option<u64>,
    is_encoded: bool,
    is_doubtful: bool,
}

/// Reads along.
#[derive(Debug)]
pub(super) struct Framing {
    place: Place,
    /// The beginning of a line whose end has not come.
    held: Vec<u8>,
    heads: u64,
}

impl Framing {
    pub(super) const fn new() -> Self {
        Self { place: Place::Before, held: Vec::new(), heads: 0 }
    }

    /// Takes in what came. The number of the head in it that could be read in two ways, counted
    /// from 1, if there is one; nothing behind such a head is read.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Option<u64> {
        while !bytes.is_empty() {
            match &mut self.place {
                Place::Lost => return None,
                Place::Body(left) => {
                    bytes = skip(left, bytes);
                    if *left == 0 {
                        self.place = Place::Before;
                    }
                }
                Place::Chunked(Chunk::Data(left)) => {
                    bytes = skip(left, bytes);
                    if *left == 0 {
                        self.place = Place::Chunked(Chunk::Size);
                    }
                }
                Place::Before | Place::Head(_) | Place::Chunked(Chunk::Size | Chunk::Trailer) => {
                    let Some(end) = memchr(b'\n', bytes) else {
                        return self.hold(bytes);
                    };
                    let (line, rest) = bytes.split_at(end + 1);
                    bytes = rest;
                    if self.held.is_empty() {
                        self.line(line);
                    } else {
                        let mut whole = std::mem::take(&mut self.held);
                        whole.extend_from_slice(line);
                        self.line(&whole);
                        whole.clear();
                        self.held = whole;
                    }
                    if let Place::Head(Said { is_doubtful: true, .. }) = self.place {
                        self.place = Place::Lost;
                        return Some(self.heads);
                    }
                    // Where a body has no end that all agree on, nothing behind it is a request.
                    if self.place == Place::Lost {
                        return Some(self.heads + 1);
                    }
                }
            }
        }
        None
    }

    fn hold(&mut self, bytes: &[u8]) -> Option<u64> {
        if self.held.len() + bytes.len() > LINE_MAX {
            self.place = Place::Lost;
            return Some(self.heads.max(1));
        }
        self.held.extend_from_slice(bytes);
        None
    }

    /// A whole line with its end.
    fn line(&mut self, line: &[u8]) {
        let text = line.strip_suffix(b"\r\n");
        self.place = match self.place {
            Place::Before => match text {
                Some([]) => Place::Before,
                _ => {
                    self.heads += 1;
                    Place::Head(Said { is_doubtful: text.is_none(), ..Said::default() })
                }
            },
            Place::Head(said) => match text {
                Some([]) => said.conclude(),
                Some(text) => Place::Head(said.hear(text)),
                None => Place::Head(Said { is_doubtful: true, ..said }),
            },
            Place::Chunked(Chunk::Size) => text.and_then(size).map_or(Place::Lost, |size| {
                // A size that has no room for its line break is none.
                match (size, size.checked_add(2)) {
                    (0, _) => Place::Chunked(Chunk::Trailer),
                    (_, Some(size)) => Place::Chunked(Chunk::Data(size)),
                    (_, None) => Place::Lost,
                }
            }),
            Place::Chunked(Chunk::Trailer) => match text {
                Some([]) => Place::Before,
                Some(_) => Place::Chunked(Chunk::Trailer),
                None => Place::Lost,
            },
            other @ (Place::Body(_) | Place::Chunked(Chunk::Data(_)) | Place::Lost) => other,
        };
    }
}

impl Said {
    /// Takes in a line without its end.
    fn hear(self, line: &[u8]) -> Self {
        // Nearly every line is about something else, and is told apart by its first letter.
        let Some(b'c' | b'C' | b't' | b'T') = line.first() else { return self };
        let Some(colon) = memchr(b':', line) else { return self };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            // One length is enough; a second would have to be compared by everybody.
            let is_doubtful = length.is_none() || self.length.is_some() || self.is_encoded;
            return Self { length, is_doubtful, ..self };
        }
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let is_doubtful = self.length.is_some() || self.is_encoded;
            return Self { is_encoded: true, is_doubtful, ..self };
        }
        self
    }

    const fn conclude(self) -> Place {
        match self.length {
            _ if self.is_encoded => Place::Chunked(Chunk::Size),
            None | Some(0) => Place::Before,
            Some(length) => Place::Body(length),
        }
    }
}

/// What is left of the bytes behind as many as are to be passed over.
fn skip<'a>(left: &mut u64, bytes: &'a [u8]) -> &'a [u8] {
    let count = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
    *left -= count as u64;
    &bytes[count..]
}

/// The size of a chunk, with or without extensions behind it.
fn size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let text = std::str::from_utf8(&line[..digits]).ok()?;
    u64::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found when the bytes come in pieces of this size.
    fn found(text: &str, size: usize) -> Option<u64> {
        let mut framing = Framing::new();
        text.as_bytes().chunks(size).find_map(|piece| framing.read(piece))
    }

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        for size in 1..=text.len() {
            assert_eq!(found(text, size), expected, "{text:?} by {size}");
        }
    }

    const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

    #[test]
    fn a_head_with_two_readings_is_found_wherever_it_stands() {
        let both = "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n";
        let turned = "Transfer-Encoding:chunked\r\nContent-Length:4\r\n\r\n";
        let twice = "content-length: 4\r\ncontent-length: 4\r\n\r\n";
        let bare = "host: a\n\r\n";
        for lines in [both, turned, twice, bare, "content-length: x\r\n\r\n"] {
            let bad = format!("POST / HTTP/1.1\r\nhost: a\r\n{lines}");
            check(&bad, Some(1));
            check(&format!("\r\n{GET}{bad}"), Some(2));
            check(&format!("POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello{bad}"), Some(2));
            let chunked = "transfer-encoding: chunked\r\n\r\n5;x=y\r\nhel\nl\r\n0\r\nt: r\r\n\r\n";
            check(&format!("POST / HTTP/1.1\r\n{chunked}{GET}{bad}"), Some(3));
        }
        check("GET / HTTP/1.1\nhost: a\r\n\r\n", Some(1));
    }

    #[test]
    fn behind_a_body_without_a_certain_end_nothing_is_a_request() {
        let head = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
        for body in ["5\nhello\r\n0\r\n\r\n", "x\r\n\r\n", "0\r\nt: r\n\r\n", "0\r\n\n"] {
            check(&format!("{head}{body}{GET}"), Some(2));
        }
    }

    #[test]
    fn what_stands_in_a_body_is_no_head() {
        let planted = "POST / HTTP/1.1\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n";
        let length = planted.len();
        check(&format!("POST / HTTP/1.1\r\ncontent-length: {length}\r\n\r\n{planted}{GET}"), None);
        let chunk = format!("{length:x}\r\n{planted}\r\n0\r\n\r\n");
        check(&format!("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{GET}"), None);
        check(&format!("{GET}{GET}x: content-length: 4\r\n\r\n"), None);
    }
}
