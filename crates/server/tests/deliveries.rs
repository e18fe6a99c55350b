//! Events reach real receivers over loopback: in order, once more after a kill, and one that hangs
//! holds up no other.
//!
//! Must not measure time: what has to come is waited for, and what holds is held.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "deliveries/signed.rs"]
mod signed;

use std::io::Read as _;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};
use support::hook::{self, Taken};
use support::{Quickstart, http, ports, wait};

const SANDBOX: &str = "/api/v1/realms/payments/environments/sandbox";
const TOKEN: &str = "a-token-of-more-than-thirty-two-characters";
/// Far longer than anything here takes, even on a busy machine.
const COMES_WITHIN: Duration = Duration::from_secs(120);

/// A receiver on a port of its own; whoever holds it answers.
struct Hook {
    url: String,
    taken: Receiver<Taken>,
}

impl Hook {
    fn open() -> Self {
        let (sender, taken) = channel();
        // Once the test is over nobody takes it.
        let url = hook::open(move |request| drop(sender.send(request)));
        Self { url, taken }
    }

    fn next(&self) -> Taken {
        self.taken.recv_timeout(COMES_WITHIN).expect("something is sent")
    }
}

fn id_of(taken: &Taken) -> String {
    taken.text_at("/id").expect("an id").to_owned()
}

struct Stage {
    server: Quickstart,
    admin: String,
    account: String,
}

impl Stage {
    fn on(server: Quickstart) -> Self {
        let admin = server.text("/control/admin_key");
        let mut stage = Self { server, admin, account: String::new() };
        stage.another_account();
        stage
    }

    fn manage(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = http::json(&self.server.address(0), method, path, &self.admin, body);
        assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.text());
        answer.json()
    }

    fn shown(&self, path: &str) -> Value {
        let bearer = format!("Bearer {}", self.admin);
        let answer =
            http::get(&self.server.address(0), path, &[("authorization", bearer.as_str())]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    fn made(&self, path: &str, body: &Value) -> String {
        self.manage("POST", path, body)["id"].as_str().expect("an id").to_owned()
    }

    /// Goes on with an account of its own.
    fn another_account(&mut self) {
        let wish = json!({ "name": "another", "kind": "root" });
        self.account = self.made(&format!("{SANDBOX}/accounts"), &wish);
        let path = format!("{SANDBOX}/accounts/{}", self.account);
        self.manage("PATCH", &path, &json!({ "keys_max": 1_000 }));
    }

    fn webhook(&self, hook: &Hook) -> String {
        self.webhook_in(hook, "sequential")
    }

    fn free_webhook(&self, hook: &Hook) -> String {
        self.webhook_in(hook, "free")
    }

    fn webhook_in(&self, hook: &Hook, order: &str) -> String {
        let wish = json!({
            "name": "hook", "url": hook.url, "email": "ana@example.com", "token": TOKEN,
            "events": ["ACCESS_TOKEN_CREATED", "ACCESS_TOKEN_DELETED"], "order": order,
        });
        self.made(&format!("{SANDBOX}/accounts/{}/webhooks", self.account), &wish)
    }

    fn key(&self) -> String {
        let path = format!("{SANDBOX}/accounts/{}/keys", self.account);
        self.manage("POST", &path, &json!({ "name": "one" }))["id"].as_str().expect("an id").into()
    }
}

#[test]
fn a_receiver_is_told_of_every_key_in_order_and_knows_who_tells() {
    let (stage, hook) = (Stage::on(Quickstart::fresh()), Hook::open());
    stage.webhook(&hook);
    let keys: Vec<String> = (0..5).map(|_| stage.key()).collect();
    for key in &keys {
        let taken = hook.next();
        assert_eq!(taken.body["event"], "ACCESS_TOKEN_CREATED");
        assert_eq!(taken.body["accessToken"]["id"], **key);
        assert_eq!(taken.body["account"]["id"], *stage.account);
        assert_eq!(taken.header("asaas-access-token"), Some(TOKEN));
        taken.answer(200);
    }
    let log = stage.server.log();
    assert!(!log.contains(TOKEN), "the token is in the log");
}

#[test]
fn why_no_connection_could_be_made_is_in_the_log_once() {
    let stage = Stage::on(Quickstart::fresh());
    let closed = format!("http://127.0.0.1:{}", ports::free_port());
    let (_, taken) = channel();
    let hook = Hook { url: format!("{closed}/private?path=1"), taken };
    let webhook = stage.free_webhook(&hook);
    for _ in 0..3 {
        stage.key();
    }
    let path = format!("{SANDBOX}/webhooks/{webhook}/deliveries?state=waiting");
    wait::within(COMES_WITHIN, "three attempts", || {
        (stage.shown(&path)["items"].as_array().map(Vec::len) == Some(3)).then_some(())
    });
    let log = stage.server.log();
    let said: Vec<&str> = log.lines().filter(|line| line.contains(&webhook)).collect();
    assert_eq!(said.len(), 1, "{log}");
    for part in ["WARN", "payments", "sandbox", &closed, "nobody took the connection"] {
        assert!(said[0].contains(part), "{part}: {log}");
    }
    assert!(!log.contains("private"), "{log}");
}

#[test]
fn an_operator_sees_what_happened_and_each_attempt_and_sends_it_again() {
    let (stage, hook) = (Stage::on(Quickstart::fresh()), Hook::open());
    let webhook = stage.webhook(&hook);
    let key = stage.key();
    let taken = hook.next();
    let id = id_of(&taken);
    taken.answer(200);
    let events = stage.shown(&format!("{SANDBOX}/events?limit=100&key={key}"));
    let event = &events["items"][0];
    assert_eq!(
        (&event["kind"], &event["key"]["state"]),
        (&json!("key.created"), &json!("enabled"))
    );
    let path = format!("{SANDBOX}/webhooks/{webhook}/deliveries");
    let one = format!("{path}/{}", event["id"].as_str().expect("an id"));
    let shown = wait::within(COMES_WITHIN, "the attempt is recorded", || {
        let shown = stage.shown(&one);
        (shown["delivery"]["state"] == "delivered").then_some(shown)
    });
    assert_eq!(shown["attempts"][0]["status"], 200);
    assert_eq!(stage.shown(&path)["items"][0], shown["delivery"]);
    stage.manage("POST", &format!("{one}/resend"), &json!({}));
    let again = hook.next();
    assert_eq!(id_of(&again), id);
    again.answer(200);
}

#[test]
fn what_was_answered_and_not_recorded_before_a_kill_is_sent_again_under_the_same_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, base) = (folder.path().join("data"), ports::free_base());
    let mut stage = Stage::on(Quickstart::start(&data, base));
    let hook = Hook::open();
    stage.webhook(&hook);
    stage.key();
    let taken = hook.next();
    let id = id_of(&taken);
    stage.server.kill();
    taken.answer(200);
    let mut again = Quickstart::start(&data, base);
    let taken = hook.next();
    assert_eq!(id_of(&taken), id);
    taken.answer(200);
    assert_eq!(again.stop(), Some(0));
}

/// How many attempts of one webhook are under way at once, where it needs no order.
const SHARE: usize = 8;
/// How many webhooks fill what is under way at once, of all webhooks together, but for one share.
const HANGING: usize = 31;

#[test]
fn receivers_that_hang_hold_up_no_other() {
    let mut stage = Stage::on(Quickstart::fresh());
    let (hanging, working) = (Hook::open(), Hook::open());
    for number in 0..HANGING {
        if number % 8 == 0 {
            stage.another_account();
        }
        stage.free_webhook(&hanging);
        // More than its share, so that it would take all there is.
        if number % 8 == 7 || number + 1 == HANGING {
            (0..SHARE + 4).for_each(|_| drop(stage.key()));
        }
    }
    let held: Vec<Taken> = (0..HANGING * SHARE).map(|_| hanging.next()).collect();
    stage.another_account();
    stage.webhook(&working);
    let keys: Vec<String> = (0..20).map(|_| stage.key()).collect();
    let told: Vec<Value> = keys
        .iter()
        .map(|_| {
            let taken = working.next();
            let key = taken.body["accessToken"]["id"].clone();
            taken.answer(204);
            key
        })
        .collect();
    assert_eq!(told, keys.iter().map(|key| json!(key)).collect::<Vec<_>>());
    drop(held);
}

#[test]
fn nothing_goes_to_a_deleted_webhook_once_that_was_answered() {
    let (stage, hook, other) = (Stage::on(Quickstart::fresh()), Hook::open(), Hook::open());
    let webhook = stage.webhook(&hook);
    stage.webhook(&other);
    stage.key();
    let held = hook.next();
    other.next().answer(200);
    let path = format!("{SANDBOX}/webhooks/{webhook}");
    let bearer = format!("Bearer {}", stage.admin);
    let headers = [("authorization", bearer.as_str())];
    let answer = http::send(&stage.server.address(0), "DELETE", &path, &headers, b"");
    assert_eq!(answer.status, 200, "{}", answer.text());
    // What was on its way is broken off before the answer.
    let ended = Arc::new(Mutex::new(held.stream));
    wait::within(COMES_WITHIN, "the sender is gone", || {
        let mut stream = ended.lock().expect("the stream");
        stream.set_read_timeout(Some(Duration::from_millis(1))).expect("a time-out");
        matches!(stream.read(&mut [0]), Ok(0)).then_some(())
    });
    // Once the other was told of two more, what would have gone to this one has gone.
    for _ in 0..2 {
        stage.key();
        other.next().answer(200);
    }
    assert!(hook.taken.try_recv().is_err());
}

#[test]
fn an_account_that_cannot_be_read_keeps_no_other_from_being_told() {
    let (broken, hook) = (Stage::on(Quickstart::fresh()), Hook::open());
    broken.webhook(&hook);
    let key = broken.key();
    hook.next().answer(200);
    let database = Connection::open(broken.server.data().join("chaveiro.db"));
    let database = database.expect("the database");
    database.busy_timeout(COMES_WITHIN).expect("a time-out");
    let id = broken.account.replace('-', "");
    database.pragma_update(None, "ignore_check_constraints", "ON").expect("no checks");
    let sql = "UPDATE account SET kind = 2 WHERE lower(hex(id)) = ?1";
    assert_eq!(database.execute(sql, [id]).expect("damage"), 1);
    broken.manage("POST", &format!("{SANDBOX}/keys/{key}/disable"), &json!({}));

    let told = Stage::on(broken.server);
    let hook = Hook::open();
    told.webhook(&hook);
    told.key();
    hook.next().answer(200);
}
