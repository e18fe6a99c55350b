//! Text of the description as HTML.
//!
//! Must not repeat anything unescaped.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// The members of an object, in their order.
pub(super) fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

/// Escaped, with what stands between back quotes as code.
pub(super) fn prose(value: &Value) -> String {
    let text = escaped(value);
    let mut html = String::with_capacity(text.len());
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            push(&mut html, format_args!("<code>{part}</code>"));
        } else {
            html.push_str(part);
        }
    }
    html
}

/// A text of the description, escaped.
pub(super) fn escaped(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

/// A text, escaped.
pub(super) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            plain => html.push(plain),
        }
    }
    html
}

/// Adds to the page.
pub(super) fn push(page: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing into a text cannot fail.
    let _ = page.write_fmt(what);
}
