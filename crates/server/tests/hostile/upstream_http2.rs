//! The upstream, spoken to over HTTP/2: it answers GET well, and whatever else in one of the ways in
//! which upstreams fail.
//!
//! Must not need to understand a request: what it is to do is said beside it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use crate::frames::{
    self, ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, SETTINGS, frame,
};
use crate::upstream::drip;

/// `:status: 200`, as the table of the protocol names it.
const OK: &[u8] = &[0x88];
/// `:status: 103`, spelled out.
const EARLY_HINTS: &[u8] = b"\x08\x03103";
/// `:method: GET`, with which every client begins.
const GET: u8 = 0x82;

/// Answers request after request; the first that is no GET is treated like this.
pub(crate) fn serve(mut stream: TcpStream, act: impl FnOnce(TcpStream, u32)) -> Option<()> {
    stream.read_exact(&mut [0; 24]).ok()?;
    stream.write_all(&frame(SETTINGS, 0, 0, b"")).ok()?;
    loop {
        let (kind, flags, number, payload) = frames::read(&mut stream)?;
        let due = match kind {
            SETTINGS if flags & ACK == 0 => frame(SETTINGS, ACK, 0, b""),
            PING if flags & ACK == 0 => frame(PING, ACK, 0, &payload),
            HEADERS if payload.first() == Some(&GET) => {
                frame(HEADERS, END_HEADERS | END_STREAM, number, OK)
            }
            HEADERS => {
                act(stream, number);
                return Some(());
            }
            _ => continue,
        };
        stream.write_all(&due).ok()?;
    }
}

/// Fails on this stream, until nobody takes it any more.
pub(crate) fn fail(mut stream: TcpStream, number: u32, act: &str) -> Option<()> {
    let ping = frame(PING, 0, 0, &[0; 8]);
    let settings = frame(SETTINGS, 0, 0, b"");
    let begin = frame(HEADERS, 0, number, OK);
    // A line of its own, without a place in the table of the connection.
    let small = frame(CONTINUATION, 0, number, b"\0\x01x\x01y");
    let large = [&[0, 1, b'x', 127, 0x80, 0x70][..], &[b'y'; 14_463]].concat();
    match act {
        "dies" => {
            stream.write_all(&frame(HEADERS, END_HEADERS, number, OK)).ok()?;
            stream.write_all(&frame(DATA, 0, number, b"half of it")).ok()?;
            stream.shutdown(Shutdown::Both).ok()
        }
        "dies-in-its-head" => {
            stream.write_all(&begin).ok()?;
            stream.shutdown(Shutdown::Both).ok()
        }
        "drips-a-head" => {
            stream.write_all(&begin).ok()?;
            drip(&mut stream, &small)
        }
        "endless-head" => flood(stream, &begin, &frame(CONTINUATION, 0, number, &large)),
        "announces" => flood(stream, b"", &frame(HEADERS, END_HEADERS, number, EARLY_HINTS)),
        "pings" => flood(stream, b"", &ping),
        "settings" => flood(stream, b"", &settings),
        other => panic!("{other} is no act"),
    }
}

/// Sends this again and again; what comes meanwhile is thrown away.
fn flood(mut stream: TcpStream, begin: &[u8], one: &[u8]) -> Option<()> {
    let mut answers = stream.try_clone().ok()?;
    std::thread::spawn(move || std::io::copy(&mut answers, &mut std::io::sink()));
    stream.write_all(begin).ok()?;
    let wave = one.repeat(1 + 65_536 / one.len());
    loop {
        stream.write_all(&wave).ok()?;
    }
}
