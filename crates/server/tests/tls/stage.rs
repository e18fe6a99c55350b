//! A server whose listeners all have a certificate, and something behind its gateways.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::version::TLS13;
use serde_json::{Value, json};

use crate::client;
use crate::support::finished::run;
use crate::support::serve::Serve;
use crate::support::{binary, ports};

/// The server and what is needed to ask it.
pub(crate) struct Stage {
    server: Serve,
    base: u16,
    folder: tempfile::TempDir,
    pub(crate) admin: String,
    pub(crate) verifier: String,
    /// A key of the gateway.
    pub(crate) key: String,
    heard: Arc<AtomicUsize>,
}

impl Stage {
    /// A fresh one.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let base = ports::free_base();
        write_certificate(&folder);
        let (upstream, heard) = answer_behind();
        let path = folder.path().join("serve.toml");
        std::fs::write(&path, config(base, upstream)).expect("written");
        let made = run(binary().args(["init", "--json", "--config"]).arg(&path));
        assert_eq!(made.code, Some(0), "{}", made.err);
        let made: Value = serde_json::from_str(&made.out).expect("a line of JSON");
        let server = Serve::start(&path, &[]);
        let (admin, verifier) = (text(&made["admin_key"]), text(&made["verifier_key"]));
        let mut stage = Self { server, base, folder, admin, verifier, key: String::new(), heard };
        stage.key = stage.another_key();
        stage
    }

    /// A key of the gateway, of an account of its own.
    pub(crate) fn another_key(&self) -> String {
        let accounts = "/api/v1/realms/payments/environments/sandbox/accounts";
        let account = text(&self.make(accounts)["id"]);
        text(&self.make(&format!("{accounts}/{account}/keys"))["key"])
    }

    /// Where a listener is.
    pub(crate) fn address(&self, offset: u16) -> String {
        format!("127.0.0.1:{}", self.base + offset)
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        self.server.log()
    }

    /// Stops it; its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        self.server.stop()
    }

    /// The certificate in the file.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.file("chain.pem")).expect("a certificate")
    }

    /// The text of its file.
    pub(crate) fn certificate_text(&self) -> Vec<u8> {
        std::fs::read(self.file("chain.pem")).expect("a file")
    }

    /// Puts something else into the file of the certificate.
    pub(crate) fn break_certificate(&self) {
        std::fs::write(self.file("chain.pem"), "-----BEGIN CERTIFICATE-----\n").expect("written");
    }

    /// Makes a new certificate.
    pub(crate) fn renew_certificate(&self) -> CertificateDer<'static> {
        write_certificate(&self.folder);
        self.certificate()
    }

    /// Whether the gateway's key may pass, as a question.
    pub(crate) fn question(&self) -> String {
        let question = json!({
            "realm": "payments",
            "environment": "sandbox",
            "key": self.key,
            "method": "GET",
            "path": "/v3/customers",
        });
        question.to_string()
    }

    /// How many requests went on to what is behind the gateways.
    pub(crate) fn heard_behind(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }

    fn make(&self, path: &str) -> Value {
        let connected = client::connect(&self.address(0), &[self.certificate()], &TLS13);
        let mut api = connected.expect("let in");
        let line = format!("authorization: Bearer {}", self.admin);
        let answer = client::ask(&mut api, "POST", path, &line, r#"{"name":"over TLS"}"#);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Writes a new certificate over the old one, the key after it: in between they do not fit.
fn write_certificate(folder: &tempfile::TempDir) {
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a pair");
    let write = |name: &str, text: String| {
        std::fs::write(folder.path().join(name), text).expect("written");
    };
    write("chain.pem", pair.cert.pem());
    write("key.pem", pair.signing_key.serialize_pem());
}

/// Answers everything in the same words, and counts.
fn answer_behind() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let heard = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&heard);
    std::thread::spawn(move || {
        // One connection after the other is enough: each is closed with its answer.
        for mut stream in listener.incoming().flatten() {
            let mut read = Vec::new();
            let mut chunk = [0_u8; 1_024];
            while !read.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut chunk) {
                    Ok(count) if count > 0 => read.extend_from_slice(&chunk[..count]),
                    Ok(_) | Err(_) => break,
                }
            }
            counted.fetch_add(1, Ordering::SeqCst);
            let answer =
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 11\r\n\r\nfrom behind";
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (port, heard)
}

fn config(base: u16, upstream: u16) -> String {
    let tls = r#"tls = { certificate_file = "chain.pem", key_file = "key.pem" }"#;
    let (verifiers, gateway, mail) = (base + 4, base + 1, base + 3);
    format!(
        r#"
data = "sqlite://./chaveiro.db"
[control]
listen = "127.0.0.1:{base}"
{tls}
[verifiers]
listen = "127.0.0.1:{verifiers}"
{tls}
[[realm]]
name = "payments"
dialect = "asaas"
[[realm.environment]]
name = "sandbox"
listen = "127.0.0.1:{gateway}"
{tls}
upstream = "http://127.0.0.1:{upstream}"
[[realm]]
name = "mail"
dialect = "autosend"
[[realm.environment]]
name = "production"
listen = "127.0.0.1:{mail}"
{tls}
upstream = "http://127.0.0.1:{upstream}"
"#
    )
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
