//! What keeps a letter, and whether it is the letter's fault or ours.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use delivery::{MailRoute, MailSecurity, PostmanSetupError, SmtpPostman};
use engine::ports::postman::{MailFault, MailTrouble, Postman as _};

use crate::server::{Asks, MailServer, letter_to, login, mail};

/// What is said of a letter to this name.
async fn trouble(name: &str) -> MailTrouble {
    let server = MailServer::start(MailSecurity::Clear, Asks::Nobody);
    server.postman().send(&letter_to(name)).await.expect_err("it is not taken")
}

#[tokio::test]
async fn a_letter_that_is_put_off_is_to_be_tried_again() {
    for (name, code) in [("defer", 451), ("later", 452)] {
        let kept = trouble(name).await;
        assert!(matches!(&kept, MailTrouble::Deferred(said) if said.code == code), "{kept:?}");
    }
}

#[tokio::test]
async fn a_letter_that_is_refused_is_not_to_be_tried_again() {
    for (name, code, words) in [("refuse", 550, "nobody here"), ("spam", 554, "like spam")] {
        let kept = trouble(name).await;
        let MailTrouble::Refused(said) = &kept else { panic!("{kept:?}") };
        assert!(said.code == code && said.words.contains(words), "{kept:?}");
    }
}

#[tokio::test]
async fn a_server_that_breaks_off_or_closes_says_nothing_about_the_letter() {
    let kept = trouble("dropped").await;
    assert_eq!(kept, MailTrouble::Fault(MailFault::Unreachable));
    let kept = trouble("closing").await;
    assert!(matches!(kept, MailTrouble::Fault(MailFault::TurnedAway(_))), "{kept:?}");
}

#[tokio::test]
async fn a_sender_who_is_unwanted_costs_no_letter() {
    let server = MailServer::start(MailSecurity::Clear, Asks::Nobody);
    let mut settings = server.settings();
    settings.from = mail("unwanted@chaveiro.example");
    let postman = SmtpPostman::new(settings).expect("a postman");
    let kept = postman.send(&letter_to("ana")).await.expect_err("it is not taken");
    assert!(matches!(kept, MailTrouble::Fault(MailFault::TurnedAway(_))), "{kept:?}");
}

#[tokio::test]
async fn a_wrong_password_costs_no_letter_and_is_never_printed() {
    let server = MailServer::start(MailSecurity::Tls, Asks::Everybody);
    for given in [Some(login("wrong")), None] {
        let mut settings = server.settings();
        settings.login = given;
        assert!(!format!("{settings:?}").contains("wrong"));
        let postman = SmtpPostman::new(settings).expect("a postman");
        let kept = postman.send(&letter_to("ana")).await.expect_err("it is not taken");
        assert!(matches!(kept, MailTrouble::Fault(MailFault::TurnedAway(_))), "{kept:?}");
        assert!(!format!("{kept:?} {kept} {postman:?}").contains("wrong"));
    }
}

#[tokio::test]
async fn without_tls_nothing_is_said() {
    for (speaks, expects) in
        [(MailSecurity::Clear, MailSecurity::StartTls), (MailSecurity::Clear, MailSecurity::Tls)]
    {
        let server = MailServer::start(speaks, Asks::Nobody);
        let mut settings = server.settings();
        settings.route.security = expects;
        let postman = SmtpPostman::new(settings).expect("a postman");
        let kept = postman.send(&letter_to("ana")).await.expect_err("it is not taken");
        assert_eq!(kept, MailTrouble::Fault(MailFault::Tls), "{expects:?}");
    }
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_hears_nothing() {
    for security in [MailSecurity::Tls, MailSecurity::StartTls] {
        let server = MailServer::start(security, Asks::Nobody);
        let mut settings = server.settings();
        settings.further_roots.clear();
        let postman = SmtpPostman::new(settings).expect("a postman");
        let kept = postman.send(&letter_to("ana")).await.expect_err("it is not taken");
        assert_eq!(kept, MailTrouble::Fault(MailFault::Tls), "{security:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_or_silent_is_left_in_time() {
    let server = MailServer::start(MailSecurity::Clear, Asks::Nobody);
    let mut settings = server.settings();
    settings.deadline = Duration::from_secs(2);
    let postman = SmtpPostman::new(settings.clone()).expect("a postman");
    let kept = postman.send(&letter_to("silent")).await.expect_err("it is not taken");
    assert_eq!(kept, MailTrouble::Fault(MailFault::TimedOut));
    drop(server);
    let kept = postman.send(&letter_to("ana")).await.expect_err("nobody is there");
    assert_eq!(kept, MailTrouble::Fault(MailFault::Unreachable));
}

#[test]
fn mail_in_the_clear_does_not_leave_this_machine() {
    let server = MailServer::start(MailSecurity::Clear, Asks::Nobody);
    let mut settings = server.settings();
    for (host, fits) in [("127.0.0.1", true), ("::1", true), ("mail.example", false)] {
        let security = MailSecurity::Clear;
        settings.route = MailRoute { host: host.to_owned(), port: 25, security };
        let refused = PostmanSetupError::ClearBeyondThisMachine(host.to_owned());
        assert_eq!(SmtpPostman::new(settings.clone()).err(), (!fits).then_some(refused));
    }
}

/// A server that offers STARTTLS, and sends this behind its leave to begin.
fn meddled_with(behind: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept()?;
        let mut said = [0; 512];
        stream.write_all(b"220 mail.example\r\n")?;
        let _ = stream.read(&mut said)?;
        stream.write_all(b"250-mail.example\r\n250 STARTTLS\r\n")?;
        let _ = stream.read(&mut said)?;
        stream.write_all(&[&b"220 go\r\n"[..], behind].concat())?;
        while stream.read(&mut said)? > 0 {}
        std::io::Result::Ok(())
    });
    port
}

#[tokio::test]
async fn what_was_said_in_the_clear_is_no_answer_under_tls() {
    let server = MailServer::start(MailSecurity::StartTls, Asks::Nobody);
    let mut settings = server.settings();
    // Who answers every step beforehand would have the letter taken for delivered.
    settings.route.port = meddled_with(b"250 a\r\n250 b\r\n250 c\r\n354 d\r\n250 e\r\n");
    let postman = SmtpPostman::new(settings).expect("a postman");
    let kept = postman.send(&letter_to("ana")).await.expect_err("it is not taken");
    assert_eq!(kept, MailTrouble::Fault(MailFault::Tls));
}
