//! SIGTERM: what is under way is finished, and the end is a good one at any moment.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use crate::place::{Place, ask};
use crate::support::http::read_answer;
use crate::support::{Quickstart, wait};

const SOON: Duration = Duration::from_secs(30);

#[test]
fn requests_under_way_are_finished_and_the_end_is_a_good_one() {
    let upstream = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", upstream.local_addr().expect("its address"));
    let place = Place::fresh();
    let variable = "CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM";
    let mut server = Quickstart::start_with(&place.data(), place.base, &[(variable, &url)]);

    let mut waiting = TcpStream::connect(server.address(1)).expect("a connection");
    let key = server.text("/realms/payments/sandbox/key");
    let head = format!("GET /v3/customers HTTP/1.1\r\nhost: a\r\naccess_token: {key}\r\n\r\n");
    waiting.write_all(head.as_bytes()).expect("sent");
    let (mut behind, _) = upstream.accept().expect("a connection");
    read_head(&mut behind);

    let body = r#"{"name":"made at the end"}"#;
    let mut sending = TcpStream::connect(server.address(0)).expect("a connection");
    sending.write_all(create_head(&server, body.len()).as_bytes()).expect("sent");
    // The server asks for the body only once it has begun with the request.
    read_head(&mut sending);

    let told = Command::new("kill").arg(server.pid().to_string()).status().expect("it runs");
    assert!(told.success());
    for listener in [0, 1, 4] {
        let address = server.address(listener);
        wait::within(SOON, "nobody is let in any more", || TcpStream::connect(&address).err());
    }
    behind.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone").expect("answered");
    let answer = read_answer(&mut waiting);
    assert_eq!((answer.status, answer.text().as_str()), (200, "done"));
    sending.write_all(body.as_bytes()).expect("sent");
    let answer = read_answer(&mut sending);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.json()["key"].as_str().expect("a key").to_owned();
    assert_eq!(server.stop(), Some(0), "{}", server.log());

    let server = Quickstart::start(&place.data(), place.base);
    assert_eq!(ask(&server.address(1), &made).status, 200, "it was kept");
}

#[test]
fn a_server_that_is_stopped_as_soon_as_it_runs_ends_well() {
    let place = Place::fresh();
    for _ in 0..20 {
        let mut server = Quickstart::start(&place.data(), place.base);
        assert_eq!(server.stop(), Some(0), "{}", server.log());
        let log = place.file("chaveiro.db-wal");
        assert!(!log.exists(), "the database is closed");
    }
}

/// The head of a request that makes a key, and waits to be asked for its body.
fn create_head(server: &Quickstart, body_len: usize) -> String {
    let account = server.text("/realms/payments/sandbox/account_id");
    let path = format!("/api/v1/realms/payments/environments/sandbox/accounts/{account}/keys");
    let admin = server.text("/control/admin_key");
    format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {admin}\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {body_len}\r\n\r\n"
    )
}

/// Reads to the end of a head.
fn read_head(stream: &mut TcpStream) {
    stream.set_read_timeout(Some(SOON)).expect("a time-out");
    let mut read = Vec::new();
    let mut byte = [0_u8];
    while !read.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("a head");
        read.extend(byte);
    }
}
