//! The mail server, and a postman for it.
//!
//! Must not know what should come of a letter.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use delivery::{Login, MailRoute, MailSecurity, PostmanSettings, SmtpPostman};
use domain::language::Language;
use domain::mail::MailAddress;
use domain::time::Timestamp;
use engine::ports::postman::Letter;
use rustls::pki_types::CertificateDer;
use serde_json::Value;

/// A server that takes letters until the test is over.
pub(crate) struct MailServer {
    child: Child,
    lines: BufReader<ChildStdout>,
    port: u16,
    security: MailSecurity,
    root: Option<CertificateDer<'static>>,
    _files: tempfile::TempDir,
}

/// Whether the server asks who one is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    Nobody,
    Everybody,
}

impl MailServer {
    pub(crate) fn start(security: MailSecurity, asks: Asks) -> Self {
        let files = tempfile::tempdir().expect("a folder");
        let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]);
        let pair = pair.expect("a certificate");
        let (certificate, key) = (files.path().join("c.pem"), files.path().join("k.pem"));
        std::fs::write(&certificate, pair.cert.pem()).expect("written");
        std::fs::write(&key, pair.signing_key.serialize_pem()).expect("written");
        let folder = std::env::var_os("CHAVEIRO_TEST_CLIENTS");
        let folder = folder.expect("CHAVEIRO_TEST_CLIENTS: run the tests with `cargo xtask test`");
        let mode = match security {
            MailSecurity::Tls => "tls",
            MailSecurity::StartTls => "starttls",
            MailSecurity::Clear => "clear",
        };
        let login = if asks == Asks::Everybody { "login" } else { "none" };
        let mut command = Command::new(Path::new(&folder).join("python/bin/python"));
        command.args(["-c", include_str!("server.py"), mode]).arg(certificate).arg(key).arg(login);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("Python starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("it says its port");
        let port = line.trim().parse().expect("a port");
        let root = Some(pair.cert.der().clone());
        Self { child, lines, port, security, root, _files: files }
    }

    /// A postman for it who waits long.
    pub(crate) fn settings(&self) -> PostmanSettings {
        PostmanSettings {
            route: MailRoute {
                host: "localhost".to_owned(),
                port: self.port,
                security: self.security,
            },
            login: None,
            from_name: "Chaves da Ação".to_owned(),
            from: mail("keys@chaveiro.example"),
            reply_to: Some(mail("help@chaveiro.example")),
            further_roots: self.root.iter().cloned().collect(),
            deadline: Duration::from_secs(60),
        }
    }

    pub(crate) fn postman(&self) -> SmtpPostman {
        SmtpPostman::new(self.settings()).expect("a postman")
    }

    /// The next letter that it took.
    pub(crate) fn letter(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("it speaks");
        serde_json::from_str(&line).expect("a letter")
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn login(password: &str) -> Login {
    Login { user: "keys".to_owned(), password: password.to_owned().into() }
}

pub(crate) fn mail(text: &str) -> MailAddress {
    MailAddress::parse(text).expect("an address")
}

/// A letter to somebody, of whom the server has its own idea.
pub(crate) fn letter_to(name: &str) -> Letter {
    Letter {
        id: "0198c5b8-1111-7000-8000-000000000001".into(),
        at: Timestamp::from_millis(1_767_225_600_000),
        to: mail(&format!("{name}@example.com")),
        subject: "Chave «Loja» será desativada\r\nBcc: x@example.com".to_owned(),
        text: "Olá,\na chave expira.\n.\nFim".to_owned(),
        html: "<p>Olá</p>".to_owned(),
        language: Language::Portuguese,
    }
}
