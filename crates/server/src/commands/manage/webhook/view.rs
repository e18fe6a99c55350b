//! Webhooks, deliveries, attempts and alerts as text for people.
//!
//! Must not let an answer of a receiver take over the terminal.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::super::show::{plain, record, table, words};

/// Letters of an answer that are shown in a table.
const ANSWER_SHOWN: usize = 60;

/// The webhooks of an account.
pub(super) fn list(page: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let row = |webhook: &Value| {
        vec![
            words(&webhook["id"]),
            state(webhook).to_owned(),
            words(&webhook["order"]),
            words(&webhook["url"]),
            words(&webhook["name"]),
        ]
    };
    table(page, &["ID", "STATE", "ORDER", "URL", "NAME"], row, out, notes)
}

/// One webhook.
pub(super) fn show(webhook: &Value, out: &mut dyn Write, _: &mut dyn Write) -> io::Result<()> {
    let mut lines = vec![
        ("id", words(&webhook["id"])),
        ("account", words(&webhook["account_id"])),
        ("name", words(&webhook["name"])),
        ("url", words(&webhook["url"])),
        ("email", words(&webhook["email"])),
        ("events", words(&webhook["events"])),
        ("order", words(&webhook["order"])),
        ("state", state(webhook).to_owned()),
        ("token", words(&webhook["has_token"])),
        ("created", words(&webhook["created_at"])),
    ];
    if let Some(end) = webhook["former_secret_ends_at"].as_str() {
        lines.push(("old secret", format!("signs as well until {}", plain(end))));
    }
    if webhook["queue"].is_object() {
        lines.push(("queue", queue(&webhook["queue"])));
    }
    record(&lines, out)
}

/// How a queue stands.
fn queue(queue: &Value) -> String {
    let row = words(&queue["failures_in_a_row"]);
    let (waiting, deleted) = (words(&queue["events_waiting"]), words(&queue["events_deleted"]));
    let last = queue["last_deleted_at"].as_str();
    let last = last.map(|at| format!(", the last at {}", plain(at))).unwrap_or_default();
    format!(
        "failures in a row: {row}; events that wait because they failed: {waiting}, deleted undelivered: {deleted}{last}"
    )
}

/// A webhook that was given a new secret: the secret, for programs, and the rest for people.
pub(super) fn rotated(
    webhook: &Value,
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}", plain(webhook["secret"].as_str().unwrap_or_default()))?;
    show(webhook, notes, &mut io::sink())?;
    writeln!(notes, "The secret is shown this once: bring it to the receiver now.")
}

fn state(webhook: &Value) -> &'static str {
    if webhook["state"] == "deleted" {
        "deleted"
    } else if webhook["enabled"] == false {
        "switched off"
    } else if webhook["interrupted"] == true {
        "interrupted"
    } else {
        "running"
    }
}

/// How many waits were lifted.
pub(super) fn lifted(done: &Value, out: &mut dyn Write, _: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Events that waited: {}", words(&done["lifted"]))
}

/// What is sent to a webhook.
pub(super) fn deliveries(
    page: &Value,
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> io::Result<()> {
    let row = |delivery: &Value| {
        vec![
            words(&delivery["event_id"]),
            words(&delivery["kind"]),
            standing(delivery),
            words(&delivery["attempts"]),
            words(&delivery["made_at"]),
        ]
    };
    let mut page = page.clone();
    let about = page["about"].take();
    for delivery in page["items"].as_array_mut().into_iter().flatten() {
        delivery["about"] = about.clone();
    }
    table(&page, &["EVENT", "KIND", "STATE", "ATTEMPTS", "PUT UP"], row, out, notes)
}

/// One delivery.
pub(super) fn delivery(delivery: &Value, out: &mut dyn Write, _: &mut dyn Write) -> io::Result<()> {
    let lines = [
        ("event", words(&delivery["event_id"])),
        ("kind", words(&delivery["kind"])),
        ("state", standing(delivery)),
        ("attempts", words(&delivery["attempts"])),
        ("put up", words(&delivery["made_at"])),
        ("body", words(&delivery["body"])),
    ];
    record(&lines, out)
}

/// How it stands, and where its webhook is known, what holds it.
fn standing(delivery: &Value) -> String {
    let state = words(&delivery["state"]);
    let holding = match self::state(&delivery["about"]) {
        held @ ("interrupted" | "switched off") => Some(held),
        _ => None,
    };
    if let Some(held) = holding.filter(|_| delivery["delivered_at"].is_null()) {
        return format!("held: the webhook is {held}");
    }
    match (delivery["next_at"].as_str(), delivery["delivered_at"].as_str()) {
        (Some(next_at), _) => format!("{state} until {}", plain(next_at)),
        (None, Some(at)) => format!("{state} {}", plain(at)),
        (None, None) => state,
    }
}

/// A delivery and its attempts.
pub(super) fn attempts(
    shown: &Value,
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> io::Result<()> {
    let mut sent = shown["delivery"].clone();
    sent["about"] = shown["about"].clone();
    delivery(&sent, out, notes)?;
    writeln!(out)?;
    let page = json!({"items": shown["attempts"], "next": null});
    let row = |attempt: &Value| {
        let ending = if attempt["status"].is_null() { "failure" } else { "status" };
        let took = format!("{} ms", words(&attempt["took_ms"]));
        let answer: String =
            attempt["answer"].as_str().unwrap_or_default().chars().take(ANSWER_SHOWN).collect();
        let ending = words(&attempt[ending]).replace('_', " ");
        vec![words(&attempt["number"]), words(&attempt["at"]), took, ending, plain(&answer)]
    };
    table(&page, &["NO", "AT", "TOOK", "ENDED", "ANSWER"], row, out, notes)
}

/// What the people of a webhook are told.
pub(super) fn alerts(page: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let row = |alert: &Value| {
        let count = words(&alert["count"]);
        let told = match alert["kind"].as_str() {
            Some("failing") => format!("{count} attempts in a row failed"),
            Some("interrupted") => format!("interrupted after {count} failures in a row"),
            Some("events_deleted") if alert["count"] == 1 => {
                "1 event was deleted undelivered".to_owned()
            }
            Some("events_deleted") => format!("{count} events were deleted undelivered"),
            _ => format!("{} {count}", words(&alert["kind"])),
        };
        vec![words(&alert["at"]), told]
    };
    table(page, &["AT", "TOLD"], row, out, notes)
}
