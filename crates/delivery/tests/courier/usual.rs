//! Receivers that behave: what they are sent, and what is made of their answers.

use std::process::Command;

use engine::ports::courier::AttemptOutcome::{
    self, Answered, BrokenOff, NotConnected, NotResolved,
};
use engine::ports::courier::{Courier as _, HeaderLine, Secrecy};

use crate::receiver::{OK, Receiver};
use crate::stage::{Names, check, courier, parcel, post_to};

#[tokio::test]
async fn a_parcel_arrives_with_its_lines_and_its_very_bytes() {
    let receiver = Receiver::answering(OK);
    let mut parcel = parcel(&format!("http://127.0.0.1:{}/a/hook?b=%20c", receiver.port));
    let line = HeaderLine::new("Asaas-Access-Token", "hidden", Secrecy::Secret);
    parcel.lines.push(line.expect("a line"));
    let attempt = courier(&["127.0.0.1"], &Names::leading(&[])).post(&parcel).await;
    assert_eq!((attempt.outcome, &*attempt.answer), (Answered(200), &b"ok"[..]));
    assert_eq!(attempt.took_ms, 7);
    let heard = receiver.heard().join("");
    let (head, body) = heard.split_once("\r\n\r\n").expect("a request");
    let expected = format!(
        "POST /a/hook?b=%20c HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-type: application/json\r\n\
         user-agent: Chaveiro/{}\r\naccept: */*\r\naccept-encoding: identity\r\n\
         connection: close\r\nasaas-access-token: hidden\r\ncontent-length: 13",
        receiver.port,
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!((head, body), (&*expected, r#"{"event":"x"}"#));
}

async fn check_status(line: &'static [u8], expected: AttemptOutcome) {
    check(Receiver::answering(line).port, expected).await;
}

#[tokio::test]
async fn every_status_is_told_as_it_came() {
    check_status(b"HTTP/1.1 204 No Content\r\n\r\n", Answered(204)).await;
    check_status(b"HTTP/1.0 500 Oh\r\n\r\n", Answered(500)).await;
    check_status(b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 404 No\r\n\r\n", Answered(404)).await;
    check_status(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", BrokenOff).await;
    check_status(b"HTTP/1.1 999 Odd\r\n\r\n", BrokenOff).await;
}

#[tokio::test]
async fn of_an_answer_the_first_four_kibibytes_are_kept() {
    let receiver = Receiver::clear(|conn| {
        let body = [b'a'; 5_000];
        conn.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n")?;
        conn.write_all(&body)
    });
    assert_eq!(check(receiver.port, Answered(200)).await.answer, [b'a'; 4_096]);
}

#[tokio::test]
async fn who_is_not_there_is_told_from_who_has_no_address() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = gone.local_addr().expect("an address").port();
    drop(gone);
    check(port, NotConnected).await;
    let nowhere = courier(&["127.0.0.1"], &Names::leading(&[&[]]));
    let attempt = nowhere.post(&parcel("https://receiver.example/")).await;
    assert_eq!(attempt.outcome, NotResolved);
}

#[tokio::test]
async fn the_next_address_of_a_name_is_tried() {
    let receiver = Receiver::answering(OK);
    let names = Names::leading(&[&["127.0.0.9", "127.0.0.1"]]);
    let url = format!("http://receiver.example:{}/", receiver.port);
    let attempt = courier(&["127.0.0.0/8"], &names).post(&parcel(&url)).await;
    assert_eq!(attempt.outcome, Answered(200));
}

/// Set for the test below when it is the child of [`no_proxy_of_the_environment_is_used`].
const RECEIVER: &str = "CHAVEIRO_TEST_RECEIVER";

#[tokio::test]
async fn a_parcel_goes_to_the_port_that_the_environment_names() {
    let Some(port) = std::env::var_os(RECEIVER) else { return };
    let port = port.to_str().and_then(|text| text.parse().ok()).expect("a port");
    assert_eq!(post_to(port).await.outcome, Answered(200));
}

#[test]
fn no_proxy_of_the_environment_is_used() {
    let (receiver, proxy) = (Receiver::answering(OK), Receiver::answering(OK));
    let address = format!("http://127.0.0.1:{}", proxy.port);
    let mut child = Command::new(std::env::current_exe().expect("this test"));
    child.arg("a_parcel_goes_to_the_port_that_the_environment_names");
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, &address);
    }
    let status = child.env(RECEIVER, receiver.port.to_string()).status().expect("it runs");
    assert!(status.success());
    assert_eq!((receiver.heard().len(), proxy.heard().len()), (1, 0));
}
