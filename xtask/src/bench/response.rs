//! Reads as much of an HTTP response as a load generator needs: its status and where it ends.
//!
//! Must not look at bodies, and must not guess: a framing that it does not read is an error.

use anyhow::{Context, Result, bail, ensure};

/// What the bytes that have come so far hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// The response goes on.
    Incomplete,
    /// The whole response is there.
    Complete(Response),
}

/// A response that is there as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: u16,
    /// Where the body begins.
    pub(super) body_at: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// The peer will close the connection after it.
    pub(super) closes: bool,
}

/// Reads the response at the beginning of these bytes.
pub(super) fn read(bytes: &[u8]) -> Result<Progress> {
    let Some(head_len) = find(bytes, b"\r\n\r\n") else { return Ok(Progress::Incomplete) };
    let head = std::str::from_utf8(&bytes[..head_len]).context("A response's head is no text.")?;
    let mut lines = head.split("\r\n");
    let status = status(lines.next().unwrap_or_default())?;
    let mut length = None;
    let mut closes = false;
    for line in lines {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        if name.eq_ignore_ascii_case("content-length") {
            let number = value.trim().parse::<usize>();
            length = Some(number.context("A response's Content-Length is no number.")?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            bail!("The peer answers in chunks, which the load generator does not read.");
        } else if name.eq_ignore_ascii_case("connection") {
            closes = value.trim().eq_ignore_ascii_case("close");
        }
    }
    let bodiless = matches!(status, 204 | 304);
    let body_len = if bodiless { Some(0) } else { length };
    let body_len = body_len.context("A response does not say how long it is.")?;
    let body_at = head_len + 4;
    let end = body_at + body_len;
    if bytes.len() < end {
        return Ok(Progress::Incomplete);
    }
    Ok(Progress::Complete(Response { status, body_at, end, closes }))
}

fn status(line: &str) -> Result<u16> {
    let mut words = line.split(' ');
    let version = words.next().unwrap_or_default();
    ensure!(version == "HTTP/1.1", "The peer answers `{line}`, which is not HTTP/1.1.");
    let code = words.next().unwrap_or_default();
    code.parse().with_context(|| format!("The peer answers `{line}`, which has no status."))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(text: &str) -> Response {
        match read(text.as_bytes()).expect("a well-formed response") {
            Progress::Complete(response) => response,
            Progress::Incomplete => panic!("the response is whole: {text}"),
        }
    }

    #[test]
    fn a_response_is_complete_with_the_last_byte_of_its_body_and_not_before() {
        let text = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
        for cut in 0..text.len() {
            let progress = read(&text.as_bytes()[..cut]).expect("a well-formed beginning");
            assert_eq!(progress, Progress::Incomplete, "cut at {cut}");
        }
        let response = complete(text);
        assert_eq!((response.status, response.end), (200, text.len()));
        assert_eq!(&text[response.body_at..], "{\"a\":1}");
    }

    #[test]
    fn what_follows_a_response_is_left_alone() {
        let first = "HTTP/1.1 403 Forbidden\r\nCONTENT-LENGTH: 0\r\n\r\n";
        let response = complete(&format!("{first}HTTP/1.1 200 OK\r\n"));
        assert_eq!((response.status, response.end), (403, first.len()));
    }

    #[test]
    fn a_response_without_a_body_needs_no_length() {
        let text = "HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(complete(text).end, text.len());
    }

    #[test]
    fn a_peer_that_will_close_is_noticed() {
        assert!(
            complete("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").closes
        );
        assert!(
            !complete("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")
                .closes
        );
    }

    #[test]
    fn other_framings_and_versions_are_errors() {
        for text in [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: seven\r\n\r\n",
            "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 fine\r\nContent-Length: 0\r\n\r\n",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
