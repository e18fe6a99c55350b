//! Answers as text for people: aligned tables, and lists of what a thing is.
//!
//! Must not let a name take over the terminal: what could is written as an escape.

use std::io::{self, Write};

use serde_json::Value;

/// A text that stays where it is put: controls, and marks that turn or hide what is beside them,
/// are escaped.
pub(super) fn plain(text: &str) -> String {
    let moves = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if moves(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A value in words.
pub(super) fn words(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => plain(text),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Number(_) | Value::Object(_) => plain(&value.to_string()),
    }
}

/// A text member, or what stands for its absence.
pub(super) fn or(value: &Value, absent: &str) -> String {
    match value {
        Value::Null => absent.to_owned(),
        Value::Array(items) if items.is_empty() => absent.to_owned(),
        Value::Array(_)
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Object(_)
        | Value::String(_) => words(value),
    }
}

/// Prints a page of items as a table, and how to go on where it is not the last.
pub(super) fn table(
    page: &Value,
    columns: &[&str],
    row: fn(&Value) -> Vec<String>,
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> io::Result<()> {
    let items = page["items"].as_array().map_or(&[][..], Vec::as_slice);
    let next = page["next"].as_str();
    if items.is_empty() {
        let where_looked =
            if next.is_some() { "There are none so far." } else { "There are none." };
        writeln!(notes, "{where_looked}")?;
    } else {
        let titles = columns.iter().map(ToString::to_string).collect();
        let rows: Vec<Vec<String>> = std::iter::once(titles).chain(items.iter().map(row)).collect();
        print_aligned(&rows, out)?;
    }
    if let Some(next) = next {
        writeln!(notes, "There are more: add --after {}", plain(next))?;
    }
    Ok(())
}

/// Prints what a thing is, one line for each of its properties.
pub(super) fn record(lines: &[(&str, String)], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<Vec<String>> =
        lines.iter().map(|(name, value)| vec![(*name).to_owned(), value.clone()]).collect();
    print_aligned(&rows, out)
}

fn print_aligned(rows: &[Vec<String>], out: &mut dyn Write) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| {
        rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_take_over_the_terminal() {
        let check = |text: &str, shown: &str| assert_eq!(plain(text), shown);
        check("Loja do João 🔑", "Loja do João 🔑");
        check("\u{1b}[31mred", "\\u{1b}[31mred");
        check("a\nb", "a\\u{a}b");
        check("gpj\u{202e}exe\u{200d}", "gpj\\u{202e}exe\\u{200d}");
    }

    #[test]
    fn columns_stand_under_their_titles() {
        let page = serde_json::json!({
            "items": [{"a": "long one", "b": null}, {"a": "é", "b": "x"}],
            "next": "c",
        });
        let (mut out, mut notes) = (Vec::new(), Vec::new());
        let row = |item: &Value| vec![words(&item["a"]), words(&item["b"])];
        table(&page, &["A", "B"], row, &mut out, &mut notes).expect("written");
        let lines = "A         B\nlong one  -\né         x\n";
        assert_eq!(String::from_utf8_lossy(&out), lines);
        assert_eq!(notes, b"There are more: add --after c\n");
    }
}
