//! Receivers that do not behave: none of them holds a delivery up, fills memory or leads it away.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use engine::ports::courier::AttemptOutcome::{Answered, BrokenOff, TimedOut};

use crate::receiver::{Conn, OK, Receiver};
use crate::stage::check;

/// Waits until the courier has hung up.
fn wait_for_the_end(conn: &mut dyn Conn) -> io::Result<()> {
    let mut byte = [0];
    while conn.read(&mut byte)? > 0 {}
    Ok(())
}

#[tokio::test]
async fn one_that_never_answers_is_left_in_time() {
    let receiver = Receiver::clear(wait_for_the_end);
    check(receiver.port, TimedOut).await;
}

#[tokio::test]
async fn one_that_drips_its_head_is_left_in_time() {
    let receiver = Receiver::clear(|conn| {
        conn.write_all(b"HTTP/1.1 200 OK\r\nx: ")?;
        drip(conn)
    });
    check(receiver.port, TimedOut).await;
}

#[tokio::test]
async fn one_that_drips_its_body_is_left_in_time_and_what_came_is_kept() {
    let receiver = Receiver::clear(|conn| {
        conn.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\nstart ")?;
        drip(conn)
    });
    let attempt = check(receiver.port, Answered(200)).await;
    assert!(attempt.answer.starts_with(b"start "), "{attempt:?}");
}

/// One byte after the other, each when somebody has had time to ask for it, until nobody does.
fn drip(conn: &mut dyn Conn) -> io::Result<()> {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let pause = std::time::Duration::from_millis(20);
    loop {
        conn.write_all(b"a")?;
        conn.flush()?;
        let _ = receiver.recv_timeout(pause);
        let _ = &sender;
    }
}

#[tokio::test]
async fn of_ten_gigabytes_no_more_is_taken_than_fits_the_buffers() {
    let sent = Arc::new(AtomicU64::new(0));
    let (finished, wait) = std::sync::mpsc::channel();
    let counter = Arc::clone(&sent);
    let receiver = Receiver::clear(move |conn| {
        conn.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n")?;
        let block = [b'a'; 65_536];
        while conn.write_all(&block).is_ok() {
            counter.fetch_add(65_536, Ordering::SeqCst);
        }
        let _ = finished.send(());
        Ok(())
    });
    let attempt = check(receiver.port, Answered(200)).await;
    wait.recv().expect("the receiver heard that nobody listens any more");
    assert_eq!(attempt.answer.len(), 4_096);
    // What the system buffers on both sides is a few megabytes.
    assert!(sent.load(Ordering::SeqCst) < 64_000_000, "{sent:?}");
}

#[tokio::test]
async fn a_packed_answer_is_not_unpacked() {
    let receiver = Receiver::answering(
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00",
    );
    assert_eq!(check(receiver.port, Answered(200)).await.answer, b"\x1f\x8b\x08\x00");
    assert!(receiver.heard()[0].contains("accept-encoding: identity\r\n"));
}

#[tokio::test]
async fn interim_answers_without_end_are_left_in_time() {
    let receiver = Receiver::clear(|conn| {
        while conn.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {}
        Ok(())
    });
    check(receiver.port, TimedOut).await;
}

#[tokio::test]
async fn a_head_without_measure_is_refused() {
    let lines = "x: y\r\n".repeat(1_000);
    let many = Receiver::clear(move |conn| write!(conn, "HTTP/1.1 200 OK\r\n{lines}\r\n"));
    check(many.port, BrokenOff).await;
    let long = "y".repeat(1_000_000);
    let big = Receiver::clear(move |conn| write!(conn, "HTTP/1.1 200 OK\r\nx: {long}\r\n\r\n"));
    check(big.port, BrokenOff).await;
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_a_way() {
    let trap = Receiver::answering(OK);
    for status in ["301", "302", "303", "307", "308"] {
        let port = trap.port;
        let receiver = Receiver::clear(move |conn| {
            write!(conn, "HTTP/1.1 {status} Go\r\nlocation: http://127.0.0.1:{port}/\r\n")?;
            write!(conn, "alt-svc: h2=\"127.0.0.1:{port}\"\r\ncontent-length: 0\r\n\r\n")
        });
        check(receiver.port, Answered(status.parse().expect("a number"))).await;
    }
    assert_eq!(trap.heard(), [""; 0]);
}

#[tokio::test]
async fn one_that_breaks_off_after_its_head_has_answered_and_before_it_has_not() {
    let short = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf";
    let attempt = check(Receiver::answering(short).port, Answered(200)).await;
    assert_eq!(attempt.answer, b"half");
    check(Receiver::answering(b"HTTP/1.1 200 OK\r\ncontent-le").port, BrokenOff).await;
    check(Receiver::answering(b"").port, BrokenOff).await;
    check(Receiver::answering(b"220 mail.example ESMTP\r\n").port, BrokenOff).await;
}

#[tokio::test]
async fn an_answer_with_two_lengths_is_no_answer() {
    let two = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok!";
    check(Receiver::answering(two).port, BrokenOff).await;
}
