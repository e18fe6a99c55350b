//! HTTP/2 by the letter (RFC 9113): each frame gets what the protocol asks for, and nothing is
//! counted, neither what is owed nor what was sent.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use super::threads;
use crate::frames::{self, ACK, CONTINUATION, DATA, END_HEADERS, HEADERS, PING, SETTINGS, frame};

/// What is done with the pieces of a head before it is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pieces {
    /// They are kept.
    Kept,
    /// All of them are looked through anew for each that comes.
    ReadAnew,
}

pub(super) fn serve(listener: &TcpListener, pieces: Pieces) {
    for stream in listener.incoming().map_while(Result::ok) {
        thread::spawn(move || {
            let mut first = [0; 3];
            match stream.peek(&mut first) {
                Ok(3) if &first == b"PRI" => serve_http2(stream, pieces),
                Ok(_) | Err(_) => threads::serve(stream),
            }
        });
    }
}

fn serve_http2(mut stream: TcpStream, pieces: Pieces) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let (owed, owing) = mpsc::channel::<Vec<u8>>();
    thread::spawn(move || {
        for frame in owing {
            writer.write_all(&frame).ok()?;
        }
        Some(())
    });
    stream.read_exact(&mut [0; 24]).ok()?;
    owed.send(frame(SETTINGS, 0, 0, &[])).ok()?;
    let mut gathered = Vec::new();
    loop {
        let (kind, flags, number, payload) = frames::read(&mut stream)?;
        match kind {
            SETTINGS if flags & ACK == 0 => owed.send(frame(SETTINGS, ACK, 0, &[])).ok()?,
            PING if flags & ACK == 0 => owed.send(frame(PING, ACK, 0, &payload)).ok()?,
            HEADERS | CONTINUATION | DATA => {
                gathered.extend_from_slice(&payload);
                if pieces == Pieces::ReadAnew {
                    std::hint::black_box(gathered.clone());
                }
                if kind != DATA && flags & END_HEADERS != 0 {
                    // The status 200, and no end to it.
                    owed.send(frame(HEADERS, END_HEADERS, number, &[0x88])).ok()?;
                }
            }
            _ => {}
        }
    }
}
