//! Webhooks from the shell: made, changed, seen at their work, and helped.

use std::collections::HashMap;
use std::sync::Arc;

use domain::audit::EventKind;
use domain::delivery::{SuccessRule, wait_ms};
use domain::ids::EventId;
use domain::time::Timestamp;
use domain::webhook::Webhook;
use engine::dispatch::More;
use engine::outgoing::{Outgoing, Wording};
use engine::ports::courier::{Attempt, AttemptOutcome, Parcel};
use engine::ports::herald::{Herald, Told};
use serde_json::{Value, json};
use testkit::senders::KeepingCourier;

use super::office::{MAIL, Office, SANDBOX};

const TOKEN: &str = "a-token-of-more-than-thirty-two-characters";

/// Words the making of keys.
#[derive(Debug)]
struct Plain;

impl Herald for Plain {
    fn event_name(&self, kind: EventKind) -> Option<&'static str> {
        (kind == EventKind::Created).then_some("KEY_CREATED")
    }

    fn body(&self, told: &Told<'_>) -> Box<str> {
        told.row.event.id.to_string().into()
    }

    fn parcel(&self, webhook: &Webhook, _: EventId, body: &str, _: Timestamp) -> Parcel {
        let (url, body) = (webhook.url.clone(), body.as_bytes().into());
        let (place, webhook) = (webhook.place.clone(), webhook.id);
        Parcel { place, webhook, url, lines: Vec::new(), body, seal: None }
    }
}

impl Office {
    /// Runs a command about a webhook.
    fn webhook(&self, what: &[&str]) -> Value {
        self.json(&[&["webhook"], what, &SANDBOX[..]].concat())
    }

    fn said(&self, what: &[&str]) -> String {
        self.text(&[&["webhook"], what, &SANDBOX[..]].concat())
    }

    /// A webhook of the account; its id.
    fn made(&self, more: &[&str]) -> String {
        let account = ["--account", &self.account, "--name", "Shop"];
        let url = ["--url", "https://shop.example.com/events", "--email", "ana@example.com"];
        let made = self.webhook(
            &[&["create"], &account[..], &url, &["--event", "KEY_CREATED"], more].concat(),
        );
        made["id"].as_str().expect("an id").to_owned()
    }

    /// Puts up what happened, and sends what is due; each receiver answers so.
    fn sends(&self, outcome: AttemptOutcome, answer: &'static [u8]) {
        let attempt = move |_: &Parcel| Attempt { outcome, took_ms: 7, answer: answer.to_vec() };
        let wording = Wording { herald: Arc::new(Plain), rule: SuccessRule::Any2xx };
        let (world, place) = (&self.world, self.world.sandbox());
        let places = HashMap::from([(place.place().clone(), wording)]);
        let outgoing = Outgoing::new(Arc::new(KeepingCourier::new(attempt)), places);
        self.runtime.block_on(async {
            let (engine, reading) = (&world.engine, world.reading());
            while engine.dispatch_events(&outgoing, reading).await.expect("a store")
                == More::Perhaps
            {}
            for one in engine.claim_deliveries(place, reading, 100).await.expect("a store") {
                let mut chance = world.chance();
                let sent = engine.send_claimed(place, &outgoing, &one, reading, &mut chance);
                sent.await.expect("a store");
            }
        });
    }
}

#[test]
fn a_webhook_is_made_changed_and_deleted_and_its_token_comes_from_a_file() {
    let office = Office::open();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).expect("a file");
    let file = file.to_str().expect("a text");
    let id = office.made(&["--token-file", file, "--free"]);
    let shown = office.said(&["show", &id]);
    for line in ["\nstate    running\n", "\norder    free\n", "\ntoken    yes\n"] {
        assert!(shown.contains(line), "{shown}");
    }
    assert!(!shown.contains(TOKEN));
    let listed = office.said(&["list", "--account", &office.account]);
    assert!(listed.contains(&id) && listed.contains("https://shop.example.com/events"), "{listed}");
    let check = |flags: &[&str], member: &str, expected: Value| {
        let changed = office.webhook(&[&["update", &id], flags].concat());
        assert_eq!(changed[member], expected, "{flags:?}");
    };
    check(&["--enabled", "false"], "enabled", json!(false));
    check(&["--order", "sequential"], "order", json!("sequential"));
    check(&["--url", "https://new.example.com/"], "url", json!("https://new.example.com/"));
    check(&["--event", "KEY_DELETED"], "events", json!(["KEY_DELETED"]));
    check(&["--no-token"], "has_token", json!(false));
    check(&["--token-file", file], "has_token", json!(true));
    assert!(office.said(&["show", &id]).contains("\nstate    switched off\n"));
    let run = |args: &[&str]| office.run(&[&["webhook"], args, &SANDBOX[..]].concat());
    assert_eq!(run(&["delete", &id]).code, 2, "nobody is there to be asked");
    assert_eq!(office.webhook(&["delete", &id, "--yes"])["state"], "deleted");
    let gone = run(&["show", &id]);
    assert_eq!((gone.code, gone.out.as_str()), (1, ""));
    let missing = run(&["update", &id, "--token-file", "/nowhere/token"]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(missing.err.contains("--token-file"), "{}", missing.err);
    assert_eq!(run(&["update", &id]).code, 2);
}

#[test]
fn a_webhook_is_given_a_new_secret_that_is_printed_alone() {
    let office = Office::open();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret");
    let own = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    std::fs::write(&file, format!("{own}\n")).expect("a file");
    let file = file.to_str().expect("a text");
    let run = |args: &[&str]| office.run(&[&["webhook"], args, &MAIL[..]].concat());
    let account =
        office.json(&[&["account", "create", "--name", "shop"], &MAIL[..]].concat())["id"].clone();
    let account = account.as_str().expect("an id");
    let flags = ["--account", account, "--name", "Shop", "--url", "https://shop.example.com/"];
    let more = ["--email", "ana@example.com", "--event", "key.created", "--token-file", file];
    let made = run(&[&["create", "--json"], &flags[..], &more].concat());
    let made: Value = serde_json::from_str(&made.out).expect("an answer");
    let id = made["id"].as_str().expect("an id");
    let rotated = run(&["rotate-secret", id, "--overlap", "2h"]);
    assert_eq!(rotated.code, 0, "{}", rotated.err);
    assert!(rotated.out.starts_with("whsec_") && rotated.out.lines().count() == 1, "{rotated:?}");
    assert!(!rotated.err.contains(rotated.out.trim()), "{}", rotated.err);
    let until = "old secret  signs as well until 2026-01-14T14:00:00.000Z\n";
    assert!(rotated.err.contains(until), "{}", rotated.err);
    assert!(run(&["show", id]).out.contains(until));
    let back = run(&["rotate-secret", id, "--secret-file", file, "--overlap", "0", "--json"]);
    let back: Value = serde_json::from_str(&back.out).expect("an answer");
    assert_eq!((&back["secret"], &back["former_secret_ends_at"]), (&json!(own), &Value::Null));
    for (bytes, said) in [(&b"\n"[..], "is empty"), (b"\xff", "cannot be read")] {
        std::fs::write(file, bytes).expect("a file");
        let refused = run(&["rotate-secret", id, "--secret-file", file]);
        assert_eq!((refused.code, refused.out.as_str()), (2, ""));
        let words = [said, "--secret-file", "put the signing secret alone into it"];
        assert!(words.iter().all(|word| refused.err.contains(word)), "{}", refused.err);
    }
    let signs_nothing = office.made(&[]);
    let args = [&["webhook", "rotate-secret", &signs_nothing], &SANDBOX[..]].concat();
    let refused = office.run(&args);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("PATCH the webhook"), "{}", refused.err);
    assert_eq!(run(&["rotate-secret", id, "--overlap", "2w"]).code, 2);
}

#[test]
fn what_was_sent_is_seen_attempt_by_attempt_and_sent_again() {
    let office = Office::open();
    let id = office.made(&[]);
    office.sends(AttemptOutcome::Answered(500), b"\x1b[2Jnot today");
    office.world.clock.advance_ms(wait_ms(1) + 8);
    office.sends(AttemptOutcome::TimedOut, b"");
    let list = office.webhook(&["deliveries", &id, "--state", "waiting", "--all"]);
    let event = list["items"][0]["event_id"].as_str().expect("an id");
    let table = office.said(&["deliveries", &id]);
    assert!(
        table.contains(event) && table.contains("waiting until 2026-01-14T12:01:30"),
        "{table}"
    );
    let shown = office.said(&["attempts", &id, event]);
    assert!(shown.contains("  500        \\u{1b}[2Jnot today\n"), "{shown}");
    assert!(shown.contains("  7 ms  timed out\n") && !shown.contains('\u{1b}'), "{shown}");
    assert_eq!(office.webhook(&["attempts", &id, event])["attempts"][0]["status"], 500);
    assert_eq!(office.said(&["remove-backoff", &id]), "Events that waited: 1\n");
    office.sends(AttemptOutcome::Answered(204), b"");
    assert!(office.said(&["resend", &id, event]).contains("\nstate     pending\n"));
    office.sends(AttemptOutcome::Answered(204), b"");
    let shown = office.webhook(&["attempts", &id, event]);
    assert_eq!(shown["delivery"]["state"], "delivered");
    assert_eq!(shown["attempts"].as_array().map(Vec::len), Some(4));
    let unknown = office.run(&[&["webhook", "resend", &id, &id], &SANDBOX[..]].concat());
    assert_eq!((unknown.code, unknown.out.as_str()), (1, ""));
}

#[test]
fn an_interrupted_webhook_is_told_of_and_resumed() {
    let office = Office::open();
    let id = office.made(&[]);
    for failures in 0..15 {
        office.world.clock.advance_ms(wait_ms(failures) + 8);
        office.sends(AttemptOutcome::BrokenOff, b"");
    }
    let told = office.said(&["alerts", &id]);
    for line in ["5 attempts in a row failed\n", "interrupted after 15 failures in a row\n"] {
        assert!(told.contains(line), "{told}");
    }
    let shown = office.said(&["show", &id]);
    let queue = "\nqueue    failures in a row: 15; events that wait because they failed: 1, deleted undelivered: 0\n";
    for line in ["\nstate    interrupted\n", queue] {
        assert!(shown.contains(line), "{shown}");
    }
    let queue = json!({
        "failures_in_a_row": 15, "events_waiting": 1, "events_deleted": 0, "last_deleted_at": null,
    });
    assert_eq!(office.webhook(&["show", &id])["queue"], queue);
    let table = office.said(&["deliveries", &id]);
    assert!(table.contains("  held: the webhook is interrupted  "), "{table}");
    let event = office.webhook(&["deliveries", &id])["items"][0]["event_id"].clone();
    let event = event.as_str().expect("an id");
    let held = "\nstate     held: the webhook is interrupted\n";
    assert!(office.said(&["attempts", &id, event]).contains(held));
    assert!(office.said(&["resend", &id, event]).contains(held));
    assert!(office.said(&["resume", &id]).contains("\nstate    running\n"));
    assert!(!office.said(&["deliveries", &id]).contains("held"));
    office.sends(AttemptOutcome::Answered(200), b"");
    let list = office.webhook(&["deliveries", &id, "--state", "delivered"]);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn events_are_listed_by_kind_account_and_key() {
    let office = Office::open();
    let key = office.key.1.as_str();
    office.text(&[&["key", "disable", key], &SANDBOX[..]].concat());
    let events = |flags: &[&str]| {
        let list = office.json(&[&["events"], flags, &SANDBOX[..]].concat());
        list["items"].as_array().expect("a list").clone()
    };
    assert_eq!(events(&[]).len(), 2);
    assert_eq!(events(&["--kind", "key.disabled"])[0]["key_id"], key);
    assert_eq!(events(&["--account", &office.account, "--key", key, "--all"]).len(), 2);
    let table = office.text(&[&["events"], &SANDBOX[..]].concat());
    assert!(table.starts_with("AT ") && table.contains("key.disabled"), "{table}");
    let none = office.run(&[&["events"], &MAIL[..]].concat());
    assert_eq!((none.code, none.out.as_str(), none.err.as_str()), (0, "", "There are none.\n"));
    let wrong = office.run(&[&["events", "--kind", "key.gone"], &SANDBOX[..]].concat());
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
}
