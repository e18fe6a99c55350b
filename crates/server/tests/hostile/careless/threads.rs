//! Servers with blocking reads, one connection after the other or each in a thread.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

/// What each connection has for itself.
const BUFFER: usize = 256 << 10;

/// Answers each request of a connection, to its end.
pub(super) fn serve(stream: TcpStream) -> Option<()> {
    let mut answers = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
        }
        answers.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").ok()?;
    }
}

pub(super) fn one_by_one(listener: &TcpListener) {
    for stream in listener.incoming().map_while(Result::ok) {
        serve(stream);
    }
}

pub(super) fn one_each(listener: &TcpListener) {
    for stream in listener.incoming().map_while(Result::ok) {
        std::thread::spawn(move || {
            let buffer = vec![1_u8; BUFFER];
            serve(stream);
            drop(buffer);
        });
    }
}
