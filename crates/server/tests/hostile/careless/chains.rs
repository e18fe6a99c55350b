//! A server that keeps the ids of all keys that it is asked for, whoever made them, in a table whose
//! places anybody can compute.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use domain::key_text::Kid;

use super::KEY;
use crate::crafted::fold;

/// More places than a test fills.
const PLACES: u64 = 1 << 16;

type Table = Mutex<Vec<Vec<u128>>>;

pub(super) fn serve(listener: &TcpListener) {
    let table: Arc<Table> = Arc::new(Mutex::new(vec![Vec::new(); 1 << 16]));
    for stream in listener.incoming().map_while(Result::ok) {
        let table = Arc::clone(&table);
        std::thread::spawn(move || answer_all(stream, &table));
    }
}

/// Answers each request of a connection, to its end.
fn answer_all(stream: TcpStream, table: &Table) -> Option<()> {
    let mut answers = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let (mut line, mut is_known) = (String::new(), false);
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(key) = line.strip_prefix("access_token: ") {
                is_known = key.trim_end() == KEY;
                remember(table, key.trim_end());
            }
        }
        let status = if is_known { "200 OK" } else { "401 Unauthorized" };
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok");
        answers.write_all(answer.as_bytes()).ok()?;
    }
}

/// Looks for the id among all that fall into its place, and adds it where it is not there.
fn remember(table: &Table, key: &str) -> Option<()> {
    let begin = key.len().checked_sub(32 + 6 + 17)?;
    let kid = Kid::parse(&key.as_bytes()[begin..begin + 17])?.as_u128();
    let place = usize::try_from(fold(kid) % PLACES).ok()?;
    let mut table = table.lock().ok()?;
    let chain = &mut table[place];
    if !chain.contains(&kid) {
        chain.push(kid);
    }
    Some(())
}
