//! `chaveiro lifecycle advance`: moves a clock as far as it was asked to, call after call.
//!
//! Must not stop before it is there, unless something is held up or a call fails; nor print more than
//! one object for scripts, nor lose what the calls before a failure did.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::answer::{Answer, Call};
use super::client::Client;
use super::failure::Failure;
use super::lifecycle::clock;
use super::local::local;
use super::print;
use super::show::words;

/// Most events that are kept for the one object that scripts get.
const HAPPENED_MAX: usize = 1_000;

/// Makes calls to this path until the clock shows the instant, and all is done that was due by then.
pub(super) fn run(
    client: &Client,
    path: &str,
    to: &str,
    json: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let call = Call::post(path.to_owned(), Some(json!({ "to": to })), json, on_the_way);
    let mut whole = Value::Null;
    let outcome = loop {
        let answer = match client.send(&call) {
            Ok(answer) => answer,
            Err(failure) => break Err(failure),
        };
        let arrived = answer.value["arrival"] != "on_the_way";
        if !json {
            print(&call, &answer, out, err)?;
        }
        add(&mut whole, answer.value);
        if arrived {
            break Ok(());
        }
    };
    if whole.is_null() {
        return outcome;
    }
    // What was done before a call failed is done: scripts are told as well as people.
    if outcome.is_ok() || json {
        let call = Call { show: arrived_at, ..call };
        let answer = Answer { text: whole.to_string(), value: whole };
        print(&call, &answer, out, err)?;
    }
    outcome
}

/// Adds an answer to those before it: what happened and was done, of all; how it stands, of the last.
fn add(whole: &mut Value, answer: Value) {
    let before = std::mem::replace(whole, answer);
    if before.is_null() {
        return;
    }
    whole["from"] = before["from"].clone();
    whole["stops"] = sum(&before["stops"], &whole["stops"]);
    if let Some(done) = before["done"].as_object() {
        for (name, count) in done {
            whole["done"][name] = sum(count, &whole["done"][name]);
        }
    }
    let mut happened = before["happened"].as_array().cloned().unwrap_or_default();
    happened.extend(whole["happened"].as_array().cloned().unwrap_or_default());
    let more = before["more"] == true || whole["more"] == true || happened.len() > HAPPENED_MAX;
    happened.truncate(HAPPENED_MAX);
    whole["happened"] = happened.into();
    whole["more"] = more.into();
}

fn sum(one: &Value, other: &Value) -> Value {
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    number(one).saturating_add(number(other)).into()
}

/// Shows what happened on one part of the way, and how far it is.
fn on_the_way(answer: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let happened = answer["happened"].as_array().map_or(&[][..], Vec::as_slice);
    let zone = &answer["clock"]["time_zone"];
    for event in happened {
        let [what, key, name] = ["event", "key_id", "name"].map(|member| words(&event[member]));
        writeln!(out, "{}  {what}  {key}  {name}", local(&event["at"], zone))?;
    }
    if answer["more"] == true {
        writeln!(notes, "More happened than is shown.")?;
    }
    if answer["arrival"] != "on_the_way" {
        return Ok(());
    }
    let waits = match answer["waiting_for"].as_str() {
        Some("events") => ", while events are put up",
        Some("deliveries") => ", while webhooks are told",
        Some("letters") => ", while letters are sent",
        Some(_) | None => "",
    };
    writeln!(notes, "{} so far{waits}", local(&answer["clock"]["now"], zone))
}

/// Shows what all of it came to, and where the clock stands.
fn arrived_at(answer: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let done = |name: &str, what: &str| {
        let count = answer["done"][name].as_u64().unwrap_or(0);
        (count > 0).then(|| format!("{what} {count}"))
    };
    let counts = [
        done("key_steps", "steps of keys"),
        done("delivered", "events delivered"),
        done("failed_attempts", "failed attempts"),
        done("deleted_undelivered", "events deleted undelivered"),
        done("letters_sent", "letters sent"),
        done("letters_given_up", "letters given up"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    if !counts.is_empty() {
        writeln!(out, "{}", counts.join(", "))?;
    }
    if answer["letters_wait"] == true {
        writeln!(
            notes,
            "Letters wait, because the mail server cannot be used: look at the server's log."
        )?;
    }
    if answer["arrival"] == "held_up" {
        writeln!(
            notes,
            "Something that is due is held up, and the clock does not pass it: look at the server's log."
        )?;
    }
    clock(&answer["clock"], out, notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_way_add_up_to_one_answer() {
        let part = |from: &str, arrival: &str, many: u64| {
            json!({
                "from": from, "arrival": arrival, "stops": many, "happened": [many], "more": false,
                "done": { "delivered": many, "letters_sent": 1 },
            })
        };
        let mut whole = Value::Null;
        add(&mut whole, part("a", "on_the_way", 64));
        add(&mut whole, part("b", "there", 3));
        let expected = json!({
            "from": "a", "arrival": "there", "stops": 67, "happened": [64, 3], "more": false,
            "done": { "delivered": 67, "letters_sent": 2 },
        });
        assert_eq!(whole, expected);
    }
}
