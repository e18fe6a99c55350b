//! A server with a receiver and a mail server, and the command that moves its clock.
//!
//! Must not judge.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::mail::MailServer;
use crate::support::hook::{self, Taken};
use crate::support::{Quickstart, binary, http, ports};

const SANDBOX: &str = "/api/v1/realms/payments/environments/sandbox";
/// The address that the webhook names.
pub(crate) const HOOKS_OWN: &str = "hooks@example.com";
/// What a receiver does that takes something and does not answer, once.
const HANGS_ONCE: u16 = 0;

/// A receiver that answers as it was told last.
pub(crate) struct Receiver {
    url: String,
    status: Arc<AtomicU16>,
    taken: Arc<Mutex<Vec<String>>>,
}

/// Everything on stage.
pub(crate) struct Stage {
    server: Quickstart,
    admin: String,
    account: String,
    webhook: String,
    pub(crate) receiver: Receiver,
    pub(crate) inbox: MailServer,
    _folder: tempfile::TempDir,
}

impl Receiver {
    fn open() -> Self {
        let (status, taken) = (Arc::new(AtomicU16::new(200)), Arc::default());
        let (answered, noted) = (Arc::clone(&status), Arc::clone(&taken));
        let url = hook::open(move |request| take(request, &answered, &noted));
        Self { url, status, taken }
    }

    /// Answers so from here on.
    pub(crate) fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Does not answer the next one, and all others as usual.
    pub(crate) fn hangs_once(&self) {
        self.answers(HANGS_ONCE);
    }

    /// The events that came, in their order, whatever was answered.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.taken.lock().expect("a list").clone()
    }
}

/// Notes which key one request tells of, and answers it.
fn take(taken: Taken, status: &AtomicU16, keys: &Mutex<Vec<String>>) {
    let Some(key) = taken.text_at("/accessToken/id").map(str::to_owned) else { return };
    keys.lock().expect("a list").push(key);
    match status.compare_exchange(HANGS_ONCE, 200, Ordering::SeqCst, Ordering::SeqCst) {
        Ok(_) => taken.hang(),
        Err(status) => taken.answer(status),
    }
}

impl Stage {
    pub(crate) fn set() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let inbox_port = ports::free_base();
        let inbox = MailServer::start(inbox_port);
        let data = folder.path().join("data");
        let server = Quickstart::writing(&data, ports::free_base(), inbox_port);
        let admin = server.text("/control/admin_key");
        let (account, webhook) = (String::new(), String::new());
        let (receiver, _folder) = (Receiver::open(), folder);
        let mut stage = Self { server, admin, account, webhook, receiver, inbox, _folder };
        let wish = json!({ "name": "root", "kind": "root" });
        stage.account =
            stage.manage("POST", "/accounts", &wish)["id"].as_str().expect("an id").into();
        let wish = json!({
            "name": "hook", "url": stage.receiver.url, "email": HOOKS_OWN,
            "token": "a-token-of-more-than-thirty-two-characters",
            "events": ["ACCESS_TOKEN_CREATED"],
        });
        let made = stage.manage("POST", &format!("/accounts/{}/webhooks", stage.account), &wish);
        stage.webhook = made["id"].as_str().expect("an id").to_owned();
        stage
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        self.server.log()
    }

    fn manage(&self, method: &str, path: &str, body: &Value) -> Value {
        let path = format!("{SANDBOX}{path}");
        let answer = http::json(&self.server.address(0), method, &path, &self.admin, body);
        assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.text());
        answer.json()
    }

    fn shown(&self, path: &str) -> Value {
        let bearer = format!("Bearer {}", self.admin);
        let lines = [("authorization", bearer.as_str())];
        let answer = http::get(&self.server.address(0), &format!("{SANDBOX}{path}"), &lines);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Makes a key, which is an event; returns the key's id.
    pub(crate) fn key(&self) -> String {
        let path = format!("/accounts/{}/keys", self.account);
        self.manage("POST", &path, &json!({ "name": "one" }))["id"].as_str().expect("an id").into()
    }

    /// What the clock shows.
    pub(crate) fn now_ms(&self) -> i64 {
        at_ms(&self.shown("/clock")["now"])
    }

    /// Lets the webhook go on.
    pub(crate) fn resume(&self) {
        self.command(&["webhook", "resume", &self.webhook]);
    }

    /// Moves the clock by so much in one command, and says what that printed.
    pub(crate) fn advance(&self, by: &str) -> Value {
        let printed = self.command(&["lifecycle", "advance", "--by", by, "--json"]);
        serde_json::from_str(&printed).unwrap_or_else(|fault| panic!("{fault}: {printed}"))
    }

    fn command(&self, args: &[&str]) -> String {
        let mut command = binary();
        command.args(args).args(["--realm", "payments", "--environment", "sandbox"]);
        command.env("CHAVEIRO_URL", format!("http://{}", self.server.address(0)));
        command.env("CHAVEIRO_ADMIN_KEY", &self.admin);
        let output = command.output().expect("the command runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// When each attempt began to tell of this key.
    pub(crate) fn attempts(&self, key: &str) -> Vec<i64> {
        let events = self.shown(&format!("/events?limit=100&key={key}"));
        let event = events["items"][0]["id"].as_str().expect("an event");
        let shown = self.shown(&format!("/webhooks/{}/deliveries/{event}", self.webhook));
        let attempts = shown["attempts"].as_array().expect("attempts");
        attempts.iter().map(|attempt| at_ms(&attempt["at"])).collect()
    }

    /// What the people of the webhook are told, in its order.
    pub(crate) fn alerts(&self) -> Vec<Value> {
        let shown = self.shown(&format!("/webhooks/{}/alerts", self.webhook));
        shown["items"].as_array().expect("alerts").clone()
    }
}

/// An instant as the API shows it, in milliseconds.
pub(crate) fn at_ms(value: &Value) -> i64 {
    let text = value.as_str().unwrap_or_else(|| panic!("no instant but {value}"));
    Timestamp::parse_rfc3339(text).expect("an instant").as_millis()
}
