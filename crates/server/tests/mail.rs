//! `chaveiro mail test` against a real mail server, aiosmtpd, which `cargo xtask test` installs.
//!
//! Must not test how letters are written and which troubles there are: `delivery` does.

mod support;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use support::binary;
use support::finished::{Finished, run};

const PLAIN: &str = include_str!("fixtures/plain.toml");

/// A mail server, and a configuration that uses it.
struct Stage {
    child: Child,
    lines: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
    port: u16,
}

impl Stage {
    /// A server that speaks `clear`, `tls` or `starttls`, and asks for a `login` or for `none`.
    fn open(speaks: &str, asks: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]);
        let pair = pair.expect("a certificate");
        let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
        std::fs::write(&certificate, pair.cert.pem()).expect("written");
        std::fs::write(&key, pair.signing_key.serialize_pem()).expect("written");
        let clients = std::env::var_os("CHAVEIRO_TEST_CLIENTS");
        let clients =
            clients.expect("CHAVEIRO_TEST_CLIENTS: run the tests with `cargo xtask test`");
        let server = include_str!("../../delivery/tests/postman/server.py");
        let mut command = Command::new(Path::new(&clients).join("python/bin/python"));
        command.args(["-c", server, speaks]).arg(certificate).arg(key).arg(asks);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("Python starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("it says its port");
        let port = line.trim().parse().expect("a port");
        Self { child, lines, folder, port }
    }

    /// Sends a letter to somebody, with these lines of `[mail]`.
    fn send(&self, to: &str, lines: &str) -> Finished {
        self.send_with(to, lines, &[])
    }

    fn send_with(&self, to: &str, lines: &str, flags: &[&str]) -> Finished {
        let file = self.folder.path().join("f.toml");
        let mail = format!(
            "{PLAIN}\n[mail]\nhost = \"localhost\"\nport = {}\nfrom = \"keys@chaveiro.example\"\n\
             from_name = \"Acme\"\nkeys_page = \"https://example.com/{{environment}}/keys\"\n{lines}\n",
            self.port
        );
        std::fs::write(&file, mail).expect("written");
        run(binary().args(["mail", "test", "--to", to, "--config"]).arg(file).args(flags))
    }

    fn letter(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("it speaks");
        serde_json::from_str(&line).expect("a letter")
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_letter_goes_out_by_the_configuration_and_is_said_to_be_taken() {
    let login = "user = \"keys\"\npassword = \"right\"\nca_file = \"c.pem\"";
    for (speaks, asks, lines) in [
        ("clear", "none", "tls = \"none\"".to_owned()),
        ("starttls", "login", format!("tls = \"starttls\"\n{login}")),
        ("tls", "login", login.to_owned()),
    ] {
        let mut stage = Stage::open(speaks, asks);
        let said = stage.send("ana@example.com", &lines);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{speaks}");
        let taken = format!("localhost:{} took the letter to ana@example.com", stage.port);
        assert!(said.out.starts_with(&taken), "{}", said.out);
        let letter = stage.letter();
        assert_eq!(
            (&letter["to"][0], &letter["login"]),
            (&"ana@example.com".into(), &(asks == "login").into())
        );
        let text = letter["text"].as_str().expect("a text");
        assert!(text.contains("From: Acme <keys@chaveiro.example>"), "{text}");
    }
}

#[test]
fn a_letter_that_was_taken_is_one_object_for_scripts() {
    let stage = Stage::open("clear", "none");
    let said = stage.send_with("ana@example.com", "tls = \"none\"", &["--json"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    let object: Value = serde_json::from_str(&said.out).expect("one object");
    let server = format!("localhost:{}", stage.port);
    assert_eq!(object, serde_json::json!({ "taken_by": server, "to": "ana@example.com" }));
}

#[test]
fn what_the_mail_server_answered_is_said() {
    let stage = Stage::open("clear", "none");
    for (to, words) in [
        ("refuse@example.com", "refused the letter for good (550 5.1.1 nobody here)"),
        ("defer@example.com", "put the letter off (451 "),
    ] {
        stage.send(to, "tls = \"none\"").assert_one_sentence(1, &[to, words]);
    }
    let said = stage.send("ana@example.com", "tls = \"starttls\"");
    said.assert_one_sentence(1, &["no TLS could be spoken"]);
}

#[test]
fn a_wrong_password_is_told_and_not_repeated() {
    let stage = Stage::open("tls", "login");
    let lines = "user = \"keys\"\npassword = \"open-sesame\"\nca_file = \"c.pem\"";
    let said = stage.send("ana@example.com", lines);
    said.assert_one_sentence(1, &["turned us away", "the user, the password"]);
    assert!(!said.err.contains("open-sesame"), "{}", said.err);
}

#[test]
fn without_a_mail_server_the_section_to_add_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("f.toml");
    std::fs::write(&file, PLAIN).expect("written");
    let send = |to: &str| run(binary().args(["mail", "test", "--to", to, "--config"]).arg(&file));
    send("ana@example.com").assert_one_sentence(2, &["has no [mail]"]);
    assert_eq!(send("ana").code, Some(2));
}

#[test]
fn the_examples_of_the_page_about_mail_are_in_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/operating/mail.md")).expect("the page");
    let blocks: Vec<&str> = page.split("```toml\n").skip(1).collect();
    assert!(blocks.len() >= 2, "examples went missing");
    for block in blocks {
        let (block, _) = block.split_once("```").expect("an end");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("smtp-password.txt"), "open-sesame\n").expect("written");
        let file = folder.path().join("f.toml");
        std::fs::write(&file, format!("{PLAIN}\n{block}")).expect("written");
        let said = run(binary().arg("check").arg("--config").arg(&file));
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{block}");
        assert!(said.out.contains("\nMail: through "), "{}", said.out);
        assert!(!said.out.contains("open-sesame"), "{}", said.out);
    }
}
