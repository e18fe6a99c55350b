//! A gateway that speaks HTTP/2 to its upstream by the letter: it waits for a head as long as one comes,
//! keeps all of it, and takes the end of a connection for the end of an answer.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::frames::{
    self, ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, SETTINGS, frame,
};

pub(super) fn serve(listener: &TcpListener, upstream: &str) {
    for stream in listener.incoming().map_while(Result::ok) {
        let upstream = upstream.to_owned();
        std::thread::spawn(move || pass(stream, &upstream));
    }
}

/// Passes on one request after the other.
fn pass(mut client: TcpStream, upstream: &str) -> Option<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let body = answer(upstream, head.starts_with(b"POST"))?;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        client.write_all(head.as_bytes()).ok()?;
        client.write_all(&body).ok()?;
    }
}

/// What the upstream answers, or what there is of it.
fn answer(upstream: &str, is_post: bool) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(upstream).ok()?;
    // The method, `http` and `/`, as the table of the protocol names them.
    let lines = [if is_post { 0x83 } else { 0x82 }, 0x86, 0x84];
    let asked = frame(HEADERS, END_HEADERS | END_STREAM, 1, &lines);
    stream.write_all(&[frames::PREFACE, &asked].concat()).ok()?;
    let (mut lines, mut body) = (Vec::new(), Vec::new());
    while let Some((kind, flags, _, payload)) = frames::read(&mut stream) {
        match kind {
            SETTINGS if flags & ACK == 0 => stream.write_all(&frame(SETTINGS, ACK, 0, b"")).ok()?,
            PING if flags & ACK == 0 => stream.write_all(&frame(PING, ACK, 0, &payload)).ok()?,
            HEADERS | CONTINUATION => lines.extend_from_slice(&payload),
            DATA => body.extend_from_slice(&payload),
            _ => {}
        }
        if matches!(kind, HEADERS | DATA) && flags & END_STREAM != 0 {
            break;
        }
    }
    Some(body)
}
