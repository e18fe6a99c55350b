//! Frames of HTTP/2 as bytes (RFC 9113), so that a client can send what no library would.

use std::io::Read;
use std::net::TcpStream;

use crate::target::Target;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 0b1;
pub(crate) const ACK: u8 = 0b1;
pub(crate) const END_HEADERS: u8 = 0b100;

/// What a client says first, with empty settings.
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// One frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The lines of a good request, without compression.
pub(crate) fn lines(target: &Target, method: &str, act: &str) -> Vec<u8> {
    let path = format!("/v3/customers?act={act}");
    let mut lines = Vec::new();
    for (name, value) in [
        (":method", method),
        (":scheme", "http"),
        (":authority", "a"),
        (":path", &path),
        ("access_token", &target.key),
    ] {
        lines.push(0);
        for text in [name, value] {
            lines.push(u8::try_from(text.len()).expect("short"));
            lines.extend_from_slice(text.as_bytes());
        }
    }
    lines
}

/// The next frame: its kind, its flags, its stream, and what it carries. `None` at the end.
pub(crate) fn read(stream: &mut TcpStream) -> Option<(u8, u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(length).expect("short")];
    stream.read_exact(&mut payload).ok()?;
    let number = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
    Some((head[3], head[4], number, payload))
}
