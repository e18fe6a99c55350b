//! An answer that is lost on its way is asked for again, once, where the server does it once.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use super::office::{Office, SANDBOX, finish};

/// Stands before the office: loses so many answers after they came, and hands on the rest.
fn losing(office: &Office, lost: usize) -> String {
    let upstream = office.url.strip_prefix("http://").expect("plain HTTP").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for (number, client) in listener.incoming().enumerate() {
            let mut client = client.expect("a connection");
            let mut server = TcpStream::connect(&upstream).expect("the office");
            let (mut from, mut to) = (client.try_clone().expect("a clone"), server.try_clone());
            thread::spawn(move || {
                let _ = std::io::copy(&mut from, to.as_mut().expect("a clone"));
            });
            let mut first = [0_u8; 1];
            // The office has done it once it begins to answer.
            let _ = server.read_exact(&mut first);
            if number < lost {
                let _ = client.shutdown(Shutdown::Both);
            } else {
                let _ = client.write_all(&first);
                let _ = std::io::copy(&mut server, &mut client);
            }
        }
    });
    format!("http://{address}")
}

#[test]
fn a_key_whose_answer_was_lost_is_made_once_and_its_last_text_works() {
    let office = Office::open();
    let args = ["key", "create", "--account", &office.account, "--name", "till"];
    let mut command = office.command(&[&args[..], &SANDBOX].concat());
    command.env("CHAVEIRO_URL", losing(&office, 1));
    let done = finish(command);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(office.verify(done.out.trim()), "granted");
    let list = office.json(&[&["key", "list"], &SANDBOX[..]].concat());
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_is_lost_twice_is_said_to_be_lost() {
    let office = Office::open();
    let args = ["key", "create", "--account", &office.account, "--name", "till"];
    let mut command = office.command(&[&args[..], &SANDBOX].concat());
    command.env("CHAVEIRO_URL", losing(&office, 2));
    let done = finish(command);
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.contains("look at what it holds now"), "{}", done.err);
}

#[test]
fn what_the_server_would_do_twice_is_not_sent_twice() {
    let office = Office::open();
    let mut command =
        office.command(&["operator-key", "create", "--name", "a", "--role", "verifier"]);
    command.env("CHAVEIRO_URL", losing(&office, 1));
    assert_eq!(finish(command).code, 1);
    let list = office.json(&["operator-key", "list"]);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(3));
}
