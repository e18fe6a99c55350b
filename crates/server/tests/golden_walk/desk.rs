//! Whoever manages the server: makes accounts and keys over the native API, webhooks over that of
//! their dialect, and asks the verify call.
//!
//! Must not reach around these APIs.

use std::io::Write;
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::places::Environment;
use crate::server::Server;
use crate::support::http;

/// Verify calls until a key must have expired; each takes a fraction of a millisecond.
const CALLS: usize = 1_000_000;

/// An admin and a verifier of a running server.
#[derive(Debug)]
pub(crate) struct Desk<'s> {
    server: &'s Server,
}

/// A key that was made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) text: String,
}

impl<'s> Desk<'s> {
    pub(crate) const fn new(server: &'s Server) -> Self {
        Self { server }
    }

    /// Makes an account with these members; its id and the instant of its making.
    pub(crate) fn account(&self, environment: Environment, members: Value) -> (String, String) {
        let made = self.send("POST", environment, "/accounts", &with_name(members));
        (text(&made, "id"), text(&made, "created_at"))
    }

    /// Makes a key of this account with these members; it is unrestricted unless they say.
    pub(crate) fn key(&self, environment: Environment, account: &str, members: Value) -> Made {
        let mut members = with_name(members);
        let object = members.as_object_mut().expect("an object");
        object.entry("permissions").or_insert_with(|| "unrestricted".into());
        let made = self.send("POST", environment, &format!("/accounts/{account}/keys"), &members);
        Made { id: text(&made, "id"), text: text(&made, "key") }
    }

    /// Opens the release of this account.
    pub(crate) fn open_release(&self, environment: Environment, account: &str) {
        self.send("POST", environment, &format!("/accounts/{account}/release"), &json!({}));
    }

    /// Makes a webhook as the owner of this key does; its id.
    pub(crate) fn webhook(&self, environment: Environment, key: &str) -> String {
        let body = json!({
            "url": "https://example.com", "email": "a@example.com", "events": ["BILL_PAID"],
        });
        let head = [("access_token", key), ("content-type", "application/json")];
        let address = self.server.gateway(environment);
        let body = body.to_string();
        let answer = http::send(&address, "POST", "/v3/webhooks", &head, body.as_bytes());
        text(&answer.json(), "id")
    }

    /// Suspends this account.
    pub(crate) fn suspend(&self, environment: Environment, account: &str) {
        self.send("POST", environment, &format!("/accounts/{account}/suspend"), &json!({}));
    }

    pub(crate) fn disable(&self, environment: Environment, key: &str) {
        self.send("POST", environment, &format!("/keys/{key}/disable"), &json!({}));
    }

    pub(crate) fn rotate(&self, environment: Environment, key: &str) {
        self.send("POST", environment, &format!("/keys/{key}/rotate"), &json!({}));
    }

    pub(crate) fn delete(&self, environment: Environment, key: &str) {
        self.send("DELETE", environment, &format!("/keys/{key}"), &json!({}));
    }

    /// Asks about the key until it has expired.
    pub(crate) fn wait_until_expired(&self, environment: Environment, key: &str) {
        let address = self.server.verifiers();
        let question = json!({
            "realm": environment.realm, "environment": environment.name, "key": key,
            "method": "GET", "path": "/", "ip": "127.0.0.1",
        });
        let question = question.to_string();
        let head = format!(
            "POST /api/v1/verify HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.server.verifier_key,
            question.len()
        );
        let request = [head, question].concat();
        let mut stream = TcpStream::connect(&address).expect("the verifiers");
        for _ in 0..CALLS {
            stream.write_all(request.as_bytes()).expect("it reads");
            let answer = http::read_answer(&mut stream);
            assert_eq!(answer.status, 200, "{}", answer.text());
            if answer.json()["reason"] == "expired" {
                return;
            }
        }
        panic!("the key does not expire");
    }

    fn send(&self, method: &str, at: Environment, path: &str, body: &Value) -> Value {
        let Environment { realm, name, .. } = at;
        let path = format!("/api/v1/realms/{realm}/environments/{name}{path}");
        let server = self.server;
        let answer = http::json(&server.control(), method, &path, &server.admin_key, body);
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text());
        answer.json()
    }
}

/// The members and a name, which everything needs and nothing depends on.
fn with_name(mut members: Value) -> Value {
    members["name"] = "of the walk".into();
    members
}

fn text(value: &Value, name: &str) -> String {
    let found = value[name].as_str();
    found.unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}
