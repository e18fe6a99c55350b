//! Takes the body of an answer out of the bytes that came.
//!
//! Must not hold data back: what has come is handed on.

use bytes::{Buf as _, Bytes, BytesMut};

use http::HeaderMap;

use super::answer::Malformed;
use super::trailers;

/// Longest size line of a chunk, its extensions included.
const SIZE_LINE_MAX: usize = 1_024;

/// How the body of an answer is framed, and how much of it is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Nothing is to come.
    None,
    /// This many bytes.
    Length(u64),
    /// Chunks.
    Chunked(Chunk),
    /// Whatever comes until the connection is closed.
    UntilClosed,
}

/// Where in a chunked body the next byte belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chunk {
    /// To a size line.
    Size,
    /// To data, of which this much is left.
    Data(u64),
    /// To the line break after data.
    DataEnd,
    /// To the trailer.
    Trailer,
}

/// What the bytes that came hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Data.
    Data(Bytes),
    /// The end, and what is said behind it.
    Trailers(Box<HeaderMap>),
    /// The end.
    End,
    /// Nothing yet.
    Nothing,
}

impl Framing {
    /// Chunks, from the first.
    pub(crate) const fn chunked() -> Self {
        Self::Chunked(Chunk::Size)
    }

    /// Takes the next piece out of the bytes that came.
    pub(crate) fn take(&mut self, buf: &mut BytesMut) -> Result<Taken, Malformed> {
        match self {
            Self::None => Ok(Taken::End),
            Self::UntilClosed => Ok(piece(buf, u64::MAX).map_or(Taken::Nothing, Taken::Data)),
            Self::Length(left) => {
                let Some(data) = piece(buf, *left) else { return Ok(Taken::Nothing) };
                *left -= data.len() as u64;
                if *left == 0 {
                    *self = Self::None;
                }
                Ok(Taken::Data(data))
            }
            Self::Chunked(chunk) => {
                let taken = take_chunked(chunk, buf)?;
                if matches!(taken, Taken::End | Taken::Trailers(_)) {
                    *self = Self::None;
                }
                Ok(taken)
            }
        }
    }

    /// How many bytes are still to come, if that is known.
    pub(crate) const fn left(self) -> Option<u64> {
        match self {
            Self::None => Some(0),
            Self::Length(left) => Some(left),
            Self::Chunked(_) | Self::UntilClosed => None,
        }
    }
}

fn piece(buf: &mut BytesMut, most: u64) -> Option<Bytes> {
    let size = buf.len().min(usize::try_from(most).unwrap_or(usize::MAX));
    (size > 0).then(|| buf.split_to(size).freeze())
}

fn take_chunked(chunk: &mut Chunk, buf: &mut BytesMut) -> Result<Taken, Malformed> {
    loop {
        match chunk {
            Chunk::Size => {
                let Some(size) = take_size(buf)? else { return Ok(Taken::Nothing) };
                *chunk = if size == 0 { Chunk::Trailer } else { Chunk::Data(size) };
            }
            Chunk::Data(left) => {
                let Some(data) = piece(buf, *left) else { return Ok(Taken::Nothing) };
                *left -= data.len() as u64;
                if *left == 0 {
                    *chunk = Chunk::DataEnd;
                }
                return Ok(Taken::Data(data));
            }
            Chunk::DataEnd => match buf[..] {
                [b'\r', b'\n', ..] => {
                    buf.advance(2);
                    *chunk = Chunk::Size;
                }
                [] | [b'\r'] => return Ok(Taken::Nothing),
                [..] => return Err(Malformed),
            },
            Chunk::Trailer => {
                return Ok(match trailers::take(buf)? {
                    None => Taken::Nothing,
                    Some(trailers) if trailers.is_empty() => Taken::End,
                    Some(trailers) => Taken::Trailers(Box::new(trailers)),
                });
            }
        }
    }
}

fn take_size(buf: &mut BytesMut) -> Result<Option<u64>, Malformed> {
    // The parser takes a line without digits for a zero, which would be the end of the body.
    if buf.first().is_some_and(|byte| !byte.is_ascii_hexdigit()) {
        return Err(Malformed);
    }
    match httparse::parse_chunk_size(buf) {
        Ok(httparse::Status::Complete((line, size))) if line <= SIZE_LINE_MAX => {
            buf.advance(line);
            Ok(Some(size))
        }
        Ok(httparse::Status::Partial) if buf.len() < SIZE_LINE_MAX => Ok(None),
        Ok(httparse::Status::Complete(_) | httparse::Status::Partial) | Err(_) => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the text in pieces of this size; what was taken out, and what was left over.
    fn feed(
        mut framing: Framing,
        text: &str,
        size: usize,
    ) -> Result<(String, bool, String), Malformed> {
        let (mut buf, mut body) = (BytesMut::new(), String::new());
        let mut pieces = text.as_bytes().chunks(size);
        loop {
            match framing.take(&mut buf)? {
                Taken::Data(data) => {
                    assert!(!data.is_empty());
                    body.push_str(std::str::from_utf8(&data).expect("text"));
                }
                Taken::End | Taken::Trailers(_) => {
                    buf.extend(pieces.flatten());
                    let rest = String::from_utf8(buf.to_vec()).expect("text");
                    return Ok((body, true, rest));
                }
                Taken::Nothing => match pieces.next() {
                    Some(piece) => buf.extend_from_slice(piece),
                    None => return Ok((body, false, String::new())),
                },
            }
        }
    }

    #[test]
    fn a_body_is_the_same_however_its_bytes_come() {
        for (framing, text, body, ended, rest) in [
            (Framing::Length(5), "hello, and more", "hello", true, ", and more"),
            (Framing::Length(5), "hel", "hel", false, ""),
            (Framing::UntilClosed, "hello", "hello", false, ""),
            (Framing::None, "rest", "", true, "rest"),
            (Framing::chunked(), "5\r\nhello\r\n0\r\n\r\nrest", "hello", true, "rest"),
            (
                Framing::chunked(),
                "3;ext=\"a\"\r\nhel\r\n002\r\nlo\r\n0;x\r\nt: r\r\nu: v\r\n\r\nrest",
                "hello",
                true,
                "rest",
            ),
            (Framing::chunked(), "A\r\n0123456789\r\n", "0123456789", false, ""),
        ] {
            for size in 1..=text.len() {
                let fed = feed(framing, text, size).expect("well formed");
                assert_eq!(fed, (body.to_owned(), ended, rest.to_owned()), "{text:?} by {size}");
            }
        }
    }

    #[test]
    fn a_body_that_could_end_elsewhere_is_malformed() {
        for text in [
            "\r\n\r\n",
            ";x\r\n\r\n",
            " 5\r\nhello\r\n",
            "-5\r\nhello\r\n",
            "0x5\r\nhello\r\n",
            "5\nhello\r\n0\r\n\r\n",
            "5\r\nhelloX\r\n0\r\n\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "10000000000000000\r\n",
        ] {
            for size in 1..=text.len() {
                assert_eq!(feed(Framing::chunked(), text, size), Err(Malformed), "{text:?}");
            }
        }
        let floods =
            [format!("5;{}", "x".repeat(2_000)), format!("0\r\n{}", "x: y\r\n".repeat(9_999))];
        for flood in floods {
            assert_eq!(feed(Framing::chunked(), &flood, 100), Err(Malformed));
        }
    }
}
