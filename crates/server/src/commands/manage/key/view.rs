//! Keys as text for people: a row of a list, a whole key, and one that was just made.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::super::show::{or, plain, record, table, words};

/// A page of keys.
pub(super) fn list(page: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let row = |key: &Value| {
        vec![
            words(&key["id"]),
            words(&key["hint"]),
            state(key),
            end(key),
            or(&key["last_used_at"], "never"),
            words(&key["name"]),
        ]
    };
    table(page, &["ID", "HINT", "STATE", "EXPIRES", "LAST USED", "NAME"], row, out, notes)
}

/// What became of many keys, or would: the first of them, and how many.
pub(super) fn many(done: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let page = json!({"items": done["keys"], "next": null});
    let row = |key: &Value| {
        vec![words(&key["id"]), words(&key["hint"]), words(&key["account_id"]), words(&key["name"])]
    };
    let (matched, changed) = (&done["matched"], &done["changed"]);
    if done["keys"].as_array().is_some_and(|keys| !keys.is_empty()) {
        table(&page, &["ID", "HINT", "ACCOUNT", "NAME"], row, out, notes)?;
    }
    let shown = done["keys"].as_array().map_or(0, Vec::len) as u64;
    if changed.as_u64().is_some_and(|changed| changed > shown) {
        writeln!(notes, "These are the first {shown}.")?;
    }
    if done["dry_run"] == true {
        writeln!(notes, "Of {matched} keys found, {changed} would be changed.")?;
    } else {
        writeln!(notes, "Of {matched} keys found, {changed} were changed.")?;
    }
    if let Some(next) = done["next"].as_str() {
        writeln!(notes, "There may be more: go on with --after {}", plain(next))?;
    }
    Ok(())
}

/// One key.
pub(super) fn show(key: &Value, out: &mut dyn Write, _: &mut dyn Write) -> io::Result<()> {
    let mut lines = vec![
        ("id", words(&key["id"])),
        ("account", words(&key["account_id"])),
        ("name", words(&key["name"])),
        ("hint", words(&key["hint"])),
        ("state", state(key)),
        ("reach", words(&key["reach"])),
        ("permissions", permissions(&key["permissions"])),
        ("addresses", or(&key["ip_list"], "any")),
        ("expires", or(&key["expires_at"], "never")),
        ("if unused", unused_end(key)),
        ("created", words(&key["created_at"])),
        ("enabled", words(&key["enabled_at"])),
        ("last used", or(&key["last_used_at"], "never")),
    ];
    if let Some(old) = key["secrets"].get(1) {
        lines.push(("old secret", old_secret(old)));
    }
    record(&lines, out)
}

/// A key that was just made: the secret alone on standard output, so that it can be caught there,
/// and what it is beside it.
pub(super) fn issued(key: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", plain(key["key"].as_str().unwrap_or_default()))?;
    show(key, notes, &mut io::sink())?;
    writeln!(notes, "The key is shown this once: store it now, in single quotes if in a shell.")
}

/// The hint of an old secret, and how long it works.
fn old_secret(old: &Value) -> String {
    let hint = words(&old["hint"]);
    match old["overlap_seconds"].as_u64() {
        Some(seconds) => format!("{hint}, for {seconds} s once the new one was used"),
        None => format!("{hint}, until {}", words(&old["ends_at"])),
    }
}

/// Whose key a text is.
pub(super) fn owner(told: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    if told["kind"] == "operator_key" {
        let role = format!("an operator, {}", words(&told["role"]));
        return record(&[("key of", role), ("id", words(&told["id"]))], out);
    }
    let account = &told["account"];
    let lines = [
        ("key of", format!("{} ({})", words(&account["name"]), words(&account["kind"]))),
        ("account is", words(&account["state"])),
        ("realm", format!("{}, {}", words(&told["realm"]), words(&told["environment"]))),
        ("secret", words(&told["secret"])),
    ];
    record(&lines, out)?;
    show(&told["key"], out, notes)
}

fn state(key: &Value) -> String {
    match key["cause"].as_str() {
        Some(cause) => format!("{} ({})", words(&key["state"]), plain(&cause.replace('_', " "))),
        None => words(&key["state"]),
    }
}

/// When the key ends: by its own date, or for lack of use.
fn end(key: &Value) -> String {
    match key["projected_expiration_at"].as_str() {
        Some(at) => format!("{} if unused", plain(at)),
        None => or(&key["expires_at"], "never"),
    }
}

/// When lack of use is going to end the key.
fn unused_end(key: &Value) -> String {
    match key["projected_expiration_at"].as_str() {
        Some(at) => format!("expires {}", plain(at)),
        None => "does not expire".to_owned(),
    }
}

fn permissions(value: &Value) -> String {
    let Some(list) = value.as_array() else { return words(value) };
    let one = |grant: &Value| format!("{}:{}", words(&grant["name"]), words(&grant["scope"]));
    list.iter().map(one).collect::<Vec<_>>().join(", ")
}
