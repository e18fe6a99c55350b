//! What arrives at a mail server: over which security, from whom, and in which form.
//!
//! Must not look at what keeps a letter; the troubles do.

use delivery::MailSecurity;
use engine::ports::postman::Postman as _;

use crate::server::{Asks, MailServer, letter_to, login};

/// A letter arrives over a server of this kind, by TLS or not, and with a login or not.
async fn check(security: MailSecurity, asks: Asks, encrypted: bool) {
    let mut server = MailServer::start(security, asks);
    let mut settings = server.settings();
    settings.login = (asks == Asks::Everybody).then(|| login("right"));
    let postman = delivery::SmtpPostman::new(settings).expect("a postman");
    postman.send(&letter_to("ana")).await.expect("it is taken");
    let taken = server.letter();
    assert_eq!(taken["tls"], encrypted);
    assert_eq!(taken["login"], asks == Asks::Everybody);
    assert_eq!(taken["to"], serde_json::json!(["ana@example.com"]));
}

#[tokio::test]
async fn a_letter_arrives_over_tls_from_the_first_byte() {
    check(MailSecurity::Tls, Asks::Everybody, true).await;
}

#[tokio::test]
async fn a_letter_arrives_over_starttls() {
    check(MailSecurity::StartTls, Asks::Everybody, true).await;
    check(MailSecurity::StartTls, Asks::Nobody, true).await;
}

#[tokio::test]
async fn a_letter_arrives_in_the_clear_on_this_machine() {
    check(MailSecurity::Clear, Asks::Nobody, false).await;
}

#[tokio::test]
async fn a_letter_says_who_wrote_when_what_and_in_both_forms() {
    let mut server = MailServer::start(MailSecurity::Clear, Asks::Nobody);
    server.postman().send(&letter_to("ana")).await.expect("it is taken");
    let taken = server.letter();
    let text = taken["text"].as_str().expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    for line in [
        "Message-ID: <0198c5b8-1111-7000-8000-000000000001@chaveiro.example>",
        "Date: Thu, 01 Jan 2026 00:00:00 +0000",
        "To: ana@example.com",
        "Reply-To: help@chaveiro.example",
        "Content-Language: pt-BR",
        "Auto-Submitted: auto-generated",
    ] {
        assert!(head.lines().any(|have| have == line), "{line}\n{head}");
    }
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    assert_eq!(taken["from"], "keys@chaveiro.example");
    let (plain, html) = (body.find("text/plain"), body.find("text/html"));
    assert!(plain.is_some() && plain < html, "the best form comes last\n{body}");
    // Quoted-printable, so that no server on the way has to understand more than ASCII.
    assert!(body.contains("Ol=C3=A1,") && body.contains("<p>Ol=C3=A1</p>"), "{body}");
    assert!(body.contains("\r\n.\r\nFim"), "a full stop alone does not end the letter\n{body}");
}

#[tokio::test]
async fn a_letter_that_is_sent_again_has_the_same_identity() {
    let mut server = MailServer::start(MailSecurity::Clear, Asks::Nobody);
    let postman = server.postman();
    let identity = |taken: &serde_json::Value| {
        let text = taken["text"].as_str().expect("text").to_owned();
        text.lines().find(|line| line.starts_with("Message-ID")).map(str::to_owned)
    };
    // The server takes the first one, and breaks off before it says so.
    postman.send(&letter_to("dropped")).await.expect_err("nobody said so");
    let first = identity(&server.letter());
    postman.send(&letter_to("ana")).await.expect("it is taken");
    assert_eq!(first, identity(&server.letter()));
    assert!(first.is_some());
}
