//! One server for many cases: what came back is compared, and after each case all must be well.
//!
//! Faults are collected, so that one run shows all of them.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::request::{End, Exchange, Request};
use super::upstream::Upstream;
use crate::support::{Quickstart, ports};

/// The native API of the environment in which keys are made.
pub(crate) const OFFICE: &str = "/api/v1/realms/payments/environments/sandbox";
/// What a good request asks for.
pub(crate) const GOOD: &str = "GET /v3/payments";

/// The listeners, by their distance from the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Control = 0,
    Sandbox = 1,
    Production = 2,
    Mail = 3,
    Verify = 4,
}

/// A running server, and the upstream of its sandbox and of its mail.
pub(crate) struct Stage {
    server: Quickstart,
    pub(crate) upstream: Upstream,
    secrets: RefCell<Vec<String>>,
    faults: RefCell<Vec<String>>,
    cases: Cell<u32>,
    _dir: TempDir,
}

impl Stage {
    pub(crate) fn open() -> Self {
        Self::with(&[])
    }

    /// One with these variables in its environment.
    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        let upstream = Upstream::start();
        let dir = tempfile::tempdir().expect("a folder");
        let url = upstream.url();
        let upstreams = [
            ("CHAVEIRO__REALM__PAYMENTS__ENVIRONMENT__SANDBOX__UPSTREAM", url.as_str()),
            ("CHAVEIRO__REALM__MAIL__ENVIRONMENT__PRODUCTION__UPSTREAM", url.as_str()),
        ];
        let variables = [&upstreams[..], variables].concat();
        let data = dir.path().join("data");
        let server = Quickstart::start_with(&data, ports::free_base(), &variables);
        let stage = Self {
            server,
            upstream,
            secrets: RefCell::default(),
            faults: RefCell::default(),
            cases: Cell::default(),
            _dir: dir,
        };
        for pointer in [
            "/control/admin_key",
            "/verifier/key",
            "/realms/payments/sandbox/key",
            "/realms/payments/production/key",
            "/realms/mail/production/account_key",
            "/realms/mail/production/project_key",
        ] {
            stage.guard(&stage.text(pointer));
        }
        stage.serves("at the start");
        stage
    }

    /// A text of the line that the server printed.
    pub(crate) fn text(&self, pointer: &str) -> String {
        self.server.text(pointer)
    }

    pub(crate) fn address(&self, door: Door) -> String {
        self.server.address(door as u16)
    }

    /// A key of the sandbox, unrestricted.
    pub(crate) fn key(&self) -> String {
        self.text("/realms/payments/sandbox/key")
    }

    /// The header line of a good credential at a door.
    pub(crate) fn credential(&self, door: Door) -> String {
        let bearer = |pointer| format!("authorization: Bearer {}", self.text(pointer));
        match door {
            Door::Control => bearer("/control/admin_key"),
            Door::Sandbox => format!("access_token: {}", self.key()),
            Door::Production => {
                format!("access_token: {}", self.text("/realms/payments/production/key"))
            }
            // Few requests go on one key of this realm, so each has its own.
            Door::Mail => format!("authorization: Bearer {}", self.mail_key()),
            Door::Verify => bearer("/verifier/key"),
        }
    }

    /// From now on this key must be in no log.
    pub(crate) fn guard(&self, key: &str) {
        let secret = &key[key.len() - 38..key.len() - 6];
        self.secrets.borrow_mut().extend([secret[..16].to_owned(), secret[16..].to_owned()]);
    }

    /// Says something over the native API.
    pub(crate) fn office(&self, line: &str, body: &Value) -> Exchange {
        let request = Request::last(line).line(self.credential(Door::Control));
        let request = if body.is_null() { request.end() } else { request.json(body.to_string()) };
        Exchange::with(&self.address(Door::Control), &request)
    }

    /// Makes something over the native API of the sandbox.
    pub(crate) fn make(&self, path: &str, body: &Value) -> Value {
        let made = self.office(&format!("POST {OFFICE}{path}"), body);
        assert_eq!(made.status(), 201, "{}", made.text);
        if let Some(key) = made.json()["key"].as_str() {
            self.guard(key);
        }
        made.json()
    }

    /// A new key of the first account, with these members; its id and its text.
    pub(crate) fn new_key(&self, members: &Value) -> (String, String) {
        let account = self.text("/realms/payments/sandbox/account_id");
        let mut body = json!({"name": "case"});
        for (name, value) in members.as_object().expect("members") {
            body[name] = value.clone();
        }
        let made = self.make(&format!("/accounts/{account}/keys"), &body);
        let text = |member: &str| made[member].as_str().expect("a text").to_owned();
        (text("id"), text("key"))
    }

    fn mail_key(&self) -> String {
        let project = self.text("/realms/mail/production/project_id");
        let place = "/api/v1/realms/mail/environments/production";
        let line = format!("POST {place}/accounts/{project}/keys");
        let made = self.office(&line, &json!({"name": "case"})).json();
        let key = made["key"].as_str().unwrap_or_else(|| panic!("{made}"));
        self.guard(key);
        key.to_owned()
    }

    /// A key of the sandbox as the native API shows it.
    pub(crate) fn shown(&self, id: &str) -> Value {
        self.office(&format!("GET {OFFICE}/keys/{id}"), &Value::Null).json()
    }

    /// Notes a fault unless it is so.
    pub(crate) fn note(&self, case: impl Debug, so: bool, detail: impl Debug) {
        if !so {
            self.faults.borrow_mut().push(format!("{case:.300?}: {detail:.1500?}"));
        }
    }

    /// Sends this; the answer must have this status, and all must be well afterwards.
    pub(crate) fn check(
        &self,
        case: impl Debug,
        door: Door,
        request: &[u8],
        status: u16,
    ) -> Exchange {
        let exchange = Exchange::with(&self.address(door), request);
        let case = format!("{door:?} {case:?}");
        self.note(&case, exchange.status() == status, (status, &exchange));
        self.note(&case, exchange.answers() <= 1, ("one answer at most", &exchange));
        self.serves(&case);
        exchange
    }

    /// As [`Stage::check`], and the connection must be closed although nobody asked for it.
    pub(crate) fn check_closed(&self, case: impl Debug, door: Door, request: &[u8], status: u16) {
        let exchange = self.check(&case, door, request, status);
        self.note((door, case), exchange.end == End::Closed, ("not closed", &exchange));
    }

    /// A good request is served, and the log holds no key.
    pub(crate) fn serves(&self, case: &str) {
        self.cases.set(self.cases.get() + 1);
        let good = Request::last(GOOD).line(self.credential(Door::Sandbox)).end();
        let exchange = Exchange::with(&self.address(Door::Sandbox), &good);
        self.note(case, exchange.status() == 200, ("a good request", exchange));
        self.tells_nothing(case, &self.server.log());
    }

    fn tells_nothing(&self, case: &str, log: &str) {
        for secret in &*self.secrets.borrow() {
            let line = log.lines().find(|line| line.contains(secret.as_str()));
            self.note(case, line.is_none(), ("a key in the log", line));
        }
        let panicked = log.lines().find(|line| line.contains("panicked"));
        self.note(case, panicked.is_none(), ("a panic in the log", panicked));
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let log = self.server.kill();
        self.tells_nothing("at the end", &log);
        let faults = self.faults.take();
        assert!(self.cases.get() > 1, "no case was tried");
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    }
}
