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
        ("expires", own_end(key)),
    ];
    lines.extend(unused_end(key).map(|end| ("if unused", end)));
    lines.extend([
        ("created", words(&key["created_at"])),
        ("enabled", words(&key["enabled_at"])),
        ("last used", or(&key["last_used_at"], "never")),
    ]);
    if let Some(old) = key["secrets"].get(1) {
        lines.push(("old secret", old_secret(old)));
    }
    record(&lines, out)
}

/// A key that others saw, and whether anybody is told of this report.
pub(super) fn reported(key: &Value, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
    show(key, out, &mut io::sink())?;
    if key["told"] == false {
        writeln!(notes, "A report was told already today: nobody is told of this one.")?;
    }
    Ok(())
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

/// Whether lack of use has ended the key. When that was is not told of a key, only of its event.
fn has_lapsed(key: &Value) -> bool {
    key["state"] == "expired" && key["cause"] == "lack_of_use"
}

/// When the key ends: by its own date, or for lack of use.
fn end(key: &Value) -> String {
    match key["projected_expiration_at"].as_str() {
        _ if has_lapsed(key) => "expired".to_owned(),
        Some(at) => format!("{} if unused", plain(at)),
        None => or(&key["expires_at"], "never"),
    }
}

/// When the key ends if it is used.
fn own_end(key: &Value) -> String {
    if has_lapsed(key) {
        return "has expired, for lack of use".to_owned();
    }
    or(&key["expires_at"], "never")
}

/// When lack of use is going to end a key that has not ended.
fn unused_end(key: &Value) -> Option<String> {
    let has_ended = key["state"] == "expired" || key["state"] == "deleted";
    (!has_ended).then(|| match key["projected_expiration_at"].as_str() {
        Some(at) => format!("expires {}", plain(at)),
        None if key["expires_at"].is_null() => "does not expire".to_owned(),
        None => "does not expire before that date".to_owned(),
    })
}

fn permissions(value: &Value) -> String {
    let Some(list) = value.as_array() else { return words(value) };
    let one = |grant: &Value| format!("{}:{}", words(&grant["name"]), words(&grant["scope"]));
    list.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a list says of the end of a key, and what the key itself says of it.
    fn check(key: &Value, listed: &str, expires: &str, unused: Option<&str>) {
        let page = json!({"items": [key], "next": null});
        let written = |shown: fn(&Value, &mut dyn Write, &mut dyn Write) -> io::Result<()>,
                       what| {
            let (mut out, mut notes) = (Vec::new(), Vec::new());
            shown(what, &mut out, &mut notes).expect("written");
            String::from_utf8(out).expect("text")
        };
        let list = written(list, &page);
        let column = list.find("EXPIRES").expect("a title");
        let row = list.lines().nth(1).expect("a row");
        assert!(row[column..].starts_with(&format!("{listed} ")), "{list}");
        let shown = written(show, key);
        let line =
            |name: &str| shown.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        assert_eq!(line("expires"), Some(expires), "{shown}");
        assert_eq!(line("if unused"), unused, "{shown}");
    }

    #[test]
    fn the_end_of_a_key_is_said_as_it_is() {
        const DATE: &str = "2027-01-01T00:00:00Z";
        let key = |state: &str, cause: Option<&str>, date: Option<&str>, unused: Option<&str>| json!({"state": state, "cause": cause, "expires_at": date, "projected_expiration_at": unused});
        let working = |date, unused| key("enabled", None, date, unused);
        check(&working(None, None), "never", "never", Some("does not expire"));
        let if_unused = format!("{DATE} if unused");
        check(&working(None, Some(DATE)), &if_unused, "never", Some(&format!("expires {DATE}")));
        check(&working(Some(DATE), None), DATE, DATE, Some("does not expire before that date"));
        let idle = |date| key("expired", Some("lack_of_use"), date, None);
        check(&idle(None), "expired", "has expired, for lack of use", None);
        check(&idle(Some(DATE)), "expired", "has expired, for lack of use", None);
        check(&key("expired", Some("date"), Some(DATE), None), DATE, DATE, None);
    }
}
