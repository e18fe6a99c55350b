//! People get letters from a running server by a real mail server: each step of their keys once, whatever
//! happens to either server.
//!
//! The mail server is aiosmtpd; `cargo xtask test` installs it. Must not measure time: what has to
//! come is waited for.

#![allow(clippy::panic, reason = "a test fails by panicking")]

#[path = "letters/server.rs"]
mod server;
mod support;

use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};
use server::{Mail, MailServer};
use support::{Quickstart, binary, http, ports};
use tempfile::TempDir;

const SANDBOX: &str = "/api/v1/realms/payments/environments/sandbox";

/// A server on data of its own, and the port where it looks for its mail server.
struct Stage {
    server: Quickstart,
    admin: String,
    root: String,
    port: u16,
    ports: u16,
    folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (ports, port) = (ports::free_base(), ports::free_base());
        let server = Quickstart::writing(&folder.path().join("data"), ports, port);
        let admin = server.text("/control/admin_key");
        let mut stage = Self { server, admin, root: String::new(), port, ports, folder };
        stage.root = stage.account(&json!({ "kind": "root", "contacts": ["ana@example.com"] }));
        stage
    }

    /// Starts it again on its data.
    fn again(&mut self) {
        self.server = Quickstart::writing(&self.folder.path().join("data"), self.ports, self.port);
    }

    fn manage(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = http::json(&self.server.address(0), method, path, &self.admin, body);
        assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.text());
        answer.json()
    }

    fn made(&self, path: &str, body: &Value) -> Value {
        self.manage("POST", &format!("{SANDBOX}{path}"), body)
    }

    fn account(&self, wish: &Value) -> String {
        let mut wish = wish.clone();
        wish["name"] = json!("one");
        wish["language"] = json!("en");
        self.made("/accounts", &wish)["id"].as_str().expect("an id").to_owned()
    }

    /// Makes a key; its text.
    fn key(&self, account: &str, name: &str) -> String {
        let made = self.made(&format!("/accounts/{account}/keys"), &json!({ "name": name }));
        made["key"].as_str().expect("its text").to_owned()
    }

    /// Makes an account of whom this person reads, and a key of it that is reported as exposed.
    fn exposed_key_of(&self, address: &str) {
        let account = self.account(&json!({ "kind": "root", "contacts": [address] }));
        let made = self.made(&format!("/accounts/{account}/keys"), &json!({ "name": "till" }));
        let key = made["id"].as_str().expect("an id");
        self.made(&format!("/keys/{key}/report_exposed"), &json!({ "where": "a gist" }));
    }

    /// Moves the clock of the sandbox so many days forward.
    fn days_pass(&self, days: i64) {
        let to = self.in_days(days);
        while self.towards(&to)["arrival"] == "on_the_way" {}
    }

    /// What the clock of the sandbox will show then.
    fn in_days(&self, days: i64) -> String {
        let now = self.manage("GET", &format!("{SANDBOX}/clock"), &Value::Null)["now"].clone();
        let now: jiff::Timestamp = now.as_str().expect("an instant").parse().expect("an instant");
        (now + jiff::SignedDuration::from_hours(days * 24)).to_string()
    }

    /// Moves the clock of the sandbox towards an instant, as far as one request does.
    fn towards(&self, to: &str) -> Value {
        self.manage("POST", &format!("{SANDBOX}/clock"), &json!({ "to": to }))
    }
}

fn subjects(letters: &[Mail]) -> Vec<&str> {
    letters.iter().map(|letter| letter.subject.as_str()).collect()
}

#[test]
fn a_preview_counts_the_people_who_would_be_written_to() {
    let stage = Stage::new();
    stage.key(&stage.root, "till");
    let mut command = binary();
    command.args(["lifecycle", "preview", "--realm", "payments", "--environment", "sandbox"]);
    command.env("CHAVEIRO_URL", format!("http://{}", stage.server.address(0)));
    let output = command.env("CHAVEIRO_ADMIN_KEY", &stage.admin).output().expect("it runs");
    let table = String::from_utf8(output.stdout).expect("text");
    let people = |line: &str| line.split_whitespace().rev().nth(1).map(str::to_owned);
    assert_eq!(table.lines().next().and_then(people), Some("PEOPLE".to_owned()), "{table}");
    let told: Vec<_> = table.lines().filter(|line| line.ends_with(" till")).map(people).collect();
    assert!(!told.is_empty(), "{table}");
    assert!(told.iter().all(|people| people.as_deref() == Some("1")), "{table}");
}

#[test]
fn a_year_of_idle_keys_is_told_once_and_holds_no_secret() {
    let mut stage = Stage::new();
    let inbox = MailServer::start(stage.port);
    let white = json!({ "kind": "subaccount", "parent": stage.root, "white_label": true,
                        "contacts": ["shop@example.com"] });
    let white = stage.account(&white);
    let secrets = [stage.key(&stage.root, "till"), stage.key(&white, "shop")];
    stage.days_pass(366);
    let letters: Vec<Mail> = (0..5).map(|_| inbox.next()).collect();
    assert_eq!(letters[0].subject, "The key “till” was disabled because nobody used it");
    for warning in &letters[1..4] {
        assert!(warning.subject.starts_with("The key “till” expires on "), "{}", warning.subject);
    }
    assert_eq!(letters[4].subject, "The key “till” expired because nobody used it");
    assert_eq!(stage.server.stop(), Some(0));
    assert_eq!(inbox.rest(), [], "{:?}", subjects(&letters));
    let log = stage.server.log();
    assert!(!log.contains("ana@example.com"), "addresses are not logged");
    for letter in &letters {
        assert_eq!(letter.to, "ana@example.com");
        assert!(letter.plain.contains("payments (sandbox)") && letter.plain.contains('…'));
        let link = format!("https://keys.example.com/sandbox/{}", stage.root);
        assert!(letter.plain.contains(&link), "{}", letter.plain);
        for secret in &secrets {
            let (_, body) = secret.rsplit_once('_').expect("a prefix");
            for at in (0..=body.len() - 8).step_by(4) {
                let part = &body[at..at + 8];
                assert!(!letter.text.contains(part) && !letter.plain.contains(part));
                assert!(!log.contains(part));
            }
        }
    }
}

#[test]
fn letters_wait_for_a_mail_server_that_is_down_and_each_comes() {
    let mut stage = Stage::new();
    let people: Vec<String> = (0..3).map(|number| format!("p{number}@example.com")).collect();
    for address in &people {
        let account = stage.account(&json!({ "kind": "root", "contacts": [address] }));
        stage.key(&account, "till");
    }
    stage.days_pass(93);
    support::wait::within(Duration::from_secs(60), "it says that letters wait", || {
        stage.server.log().contains("letters wait").then_some(())
    });
    // The end of either server loses none.
    stage.server.kill();
    stage.again();
    let inbox = MailServer::start(stage.port);
    let letters: Vec<Mail> = people.iter().map(|_| inbox.next()).collect();
    assert_eq!(stage.server.stop(), Some(0));
    assert_eq!(inbox.rest(), []);
    let mut written_to: Vec<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
    written_to.sort_unstable();
    assert_eq!(written_to, people, "{:?}", subjects(&letters));
}

#[test]
fn a_letter_that_was_taken_and_not_recorded_before_a_kill_comes_again_as_the_same() {
    let mut stage = Stage::new();
    // To this name the mail server takes a letter, and never says so.
    let silent = stage.account(&json!({ "kind": "root", "contacts": ["silent@example.com"] }));
    let inbox = MailServer::start(stage.port);
    stage.key(&silent, "till");
    stage.days_pass(95);
    let first = inbox.next();
    stage.server.kill();
    stage.again();
    let again = inbox.next();
    assert_eq!(again.id, first.id);
    assert_eq!((again.subject, again.plain, again.date), (first.subject, first.plain, first.date));
}

#[test]
fn a_mail_server_that_does_not_answer_keeps_no_letter_from_being_written() {
    let stage = Stage::new();
    let inbox = MailServer::start(stage.port);
    // To this name the mail server takes a letter, and never says so.
    stage.exposed_key_of("silent@example.com");
    thread::scope(|scope| {
        // It waits for that letter for a while.
        scope.spawn(|| stage.towards(&stage.in_days(1)));
        inbox.next();
        stage.exposed_key_of("rui@example.com");
        let database = stage.server.data().join("chaveiro.db");
        let database = Connection::open(database).expect("the database");
        let sql = "SELECT count(*) FROM letter_copy WHERE address = 'rui@example.com'";
        support::wait::within(Duration::from_secs(180), "the second letter is written", || {
            let written: i64 = database.query_row(sql, [], |row| row.get(0)).expect("a count");
            (written == 1).then_some(())
        });
        let log = stage.server.log();
        assert!(!log.contains("mail server"), "the first letter is under way still: {log}");
    });
}

#[test]
fn a_clock_does_not_wait_for_letters_that_nobody_sends_any_more() {
    let mut stage = Stage::new();
    stage.exposed_key_of("ana@example.com");
    let database = Connection::open(stage.server.data().join("chaveiro.db")).expect("the database");
    support::wait::within(Duration::from_secs(60), "the letter is written", || {
        let sql = "SELECT count(*) FROM letter_copy WHERE next_at IS NOT NULL";
        let waits: i64 = database.query_row(sql, [], |row| row.get(0)).expect("a count");
        (waits == 1).then_some(())
    });
    assert_eq!(stage.server.stop(), Some(0));
    let (data, ports) = (stage.folder.path().join("data"), stage.ports);
    stage.server = Quickstart::start(&data, ports);
    let moved = stage.towards(&stage.in_days(1));
    assert_eq!((&moved["arrival"], &moved["letters_wait"]), (&json!("there"), &json!(false)));
}

#[test]
fn nobody_is_told_that_letters_wait_once_the_last_of_them_was_given_up() {
    let stage = Stage::new();
    stage.exposed_key_of("ana@example.com");
    stage.days_pass(1);
    // Not so far that there is news to be written of.
    let letters_wait = |days| {
        let moved = stage.towards(&stage.in_days(days));
        moved["letters_wait"].as_bool().expect("a switch")
    };
    assert!(letters_wait(6), "the mail server is down");
    support::wait::within(Duration::from_secs(180), "it is given up", || {
        stage.server.log().contains("given up after five days").then_some(())
    });
    support::wait::within(Duration::from_secs(180), "no letter waits", || {
        (!letters_wait(0)).then_some(())
    });
}

#[test]
fn an_account_that_cannot_be_read_keeps_no_other_from_being_written_to() {
    let mut stage = Stage::new();
    let other = stage.account(&json!({ "kind": "root", "contacts": ["rui@example.com"] }));
    // The damaged one comes first.
    stage.key(&stage.root, "till");
    stage.key(&other, "till");
    let database = Connection::open(stage.server.data().join("chaveiro.db")).expect("the database");
    database.busy_timeout(Duration::from_secs(60)).expect("a time-out");
    database.pragma_update(None, "ignore_check_constraints", "ON").expect("no checks");
    let sql = "UPDATE account SET kind = 2 WHERE lower(hex(id)) = ?1";
    assert_eq!(database.execute(sql, [stage.root.replace('-', "")]).expect("damage"), 1);
    let inbox = MailServer::start(stage.port);
    stage.days_pass(95);
    assert_eq!(inbox.next().to, "rui@example.com");
    assert_eq!(stage.server.stop(), Some(0));
}
