//! Plain HTTP/1.1 over a socket: bytes in, bytes out, so that malformed requests can be sent too.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// An answer, read to the end of the connection or of its body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status; 0 where the connection ended without an answer.
    pub(crate) status: u16,
    /// The header lines, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Whether all of it came that its head announced.
    pub(crate) fn is_whole(&self) -> bool {
        let announced = self.header("content-length").and_then(|length| length.parse().ok());
        self.status != 0 && announced.is_none_or(|length: usize| self.body.len() == length)
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }
}

/// Sends these bytes and reads one answer.
pub(crate) fn raw(address: &str, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap_or_else(|e| panic!("{address}: {e}"));
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time-out");
    // The server may answer and close before it has read everything; that is no fault here.
    let _ = stream.write_all(request);
    read_answer(&mut stream)
}

/// Sends a request with these header lines and body.
pub(crate) fn send(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH") {
        request.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    let mut bytes = request.into_bytes();
    bytes.extend_from_slice(body);
    raw(address, &bytes)
}

/// Sends a GET with these header lines.
pub(crate) fn get(address: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    send(address, "GET", path, headers, b"")
}

/// Sends JSON with a bearer key.
pub(crate) fn json(address: &str, method: &str, path: &str, key: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    send(address, method, path, &headers, body.to_string().as_bytes())
}

/// Reads one answer: by its length, its chunks, or to the end of the connection.
pub(crate) fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 16_384];
    loop {
        if let Some(answer) = parse(&bytes, false) {
            return answer;
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => {
                let nothing = Answer { status: 0, headers: Vec::new(), body: Vec::new() };
                return parse(&bytes, true).unwrap_or(nothing);
            }
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

/// The answer in these bytes, if it is whole.
pub(crate) fn complete(bytes: &[u8]) -> Option<Answer> {
    parse(bytes, false)
}

fn parse(bytes: &[u8], ended: bool) -> Option<Answer> {
    let head_end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let rest = &bytes[head_end + 4..];
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    if (100..200).contains(&status) {
        return parse(rest, ended);
    }
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let find = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, v)| v.clone());
    let body = if find("transfer-encoding").is_some_and(|v| v.contains("chunked")) {
        unchunk(rest)?
    } else if let Some(length) = find("content-length").and_then(|v| v.parse::<usize>().ok()) {
        if rest.len() < length && !ended {
            return None;
        }
        rest[..length.min(rest.len())].to_vec()
    } else if status == 204 || status == 304 {
        Vec::new()
    } else if ended {
        rest.to_vec()
    } else {
        return None;
    };
    Some(Answer { status, headers, body })
}

/// The body that chunks make up, when they are all there.
pub(crate) fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line_end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..line_end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = &rest[line_end + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}
