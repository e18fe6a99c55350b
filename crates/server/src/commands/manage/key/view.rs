//! Keys as text for people: a row of a list, a whole key, and one that was just made.

use std::io::{self, Write};

use serde_json::Value;

use super::super::show::{or, plain, record, table, words};

/// A page of keys.
pub(super) fn list(page: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    let row = |key: &Value| {
        vec![
            words(&key["id"]),
            words(&key["hint"]),
            state(key),
            or(&key["expires_at"], "never"),
            or(&key["last_used_at"], "never"),
            words(&key["name"]),
        ]
    };
    table(page, &["ID", "HINT", "STATE", "EXPIRES", "LAST USED", "NAME"], row, out, notes)
}

/// One key.
pub(super) fn show(key: &Value, out: &mut dyn Write, _: &mut dyn Write) -> io::Result<()> {
    let lines = [
        ("id", words(&key["id"])),
        ("account", words(&key["account_id"])),
        ("name", words(&key["name"])),
        ("hint", words(&key["hint"])),
        ("state", state(key)),
        ("reach", words(&key["reach"])),
        ("permissions", permissions(&key["permissions"])),
        ("addresses", or(&key["ip_list"], "any")),
        ("expires", or(&key["expires_at"], "never")),
        ("created", words(&key["created_at"])),
        ("enabled", words(&key["enabled_at"])),
        ("last used", or(&key["last_used_at"], "never")),
    ];
    record(&lines, out)
}

/// A key that was just made: the secret alone on standard output, so that it can be caught there,
/// and what it is beside it.
pub(super) fn issued(key: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", plain(key["key"].as_str().unwrap_or_default()))?;
    show(key, notes, &mut io::sink())?;
    writeln!(notes, "The key is shown this once: store it now, in single quotes if in a shell.")
}

fn state(key: &Value) -> String {
    match key["cause"].as_str() {
        Some(cause) => format!("{} ({})", words(&key["state"]), plain(&cause.replace('_', " "))),
        None => words(&key["state"]),
    }
}

fn permissions(value: &Value) -> String {
    let Some(list) = value.as_array() else { return words(value) };
    let one = |grant: &Value| format!("{}:{}", words(&grant["name"]), words(&grant["scope"]));
    list.iter().map(one).collect::<Vec<_>>().join(", ")
}
