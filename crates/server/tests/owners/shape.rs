//! The shape of an answer: the names of its members, and of what type each value is.
//!
//! Must not look at what the values say: that is for the tests beside it.

use serde_json::{Map, Value};

/// Forms of text that are known by their signs; a letter stands for itself, 0 for any digit.
const WRITTEN: [(&str, &str); 3] = [
    ("0000-00-00 00:00:00", "a local date"),
    ("0000-00-00", "a local day"),
    ("0000-00-00T00:00:00.000Z", "an instant"),
];

/// The value with every scalar replaced by its type; a list shows each shape in it once.
pub(crate) fn shape(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => "a boolean".into(),
        Value::Number(_) => "a number".into(),
        Value::String(text) => text_shape(text).into(),
        Value::Array(items) => {
            let mut shapes: Vec<Value> = Vec::new();
            for item in items.iter().map(shape) {
                if !shapes.contains(&item) {
                    shapes.push(item);
                }
            }
            Value::Array(shapes)
        }
        Value::Object(members) => {
            let pair = |(name, value): (&String, &Value)| (name.clone(), shape(value));
            Value::Object(members.iter().map(pair).collect::<Map<_, _>>())
        }
    }
}

fn text_shape(text: &str) -> &'static str {
    let signs = text.replace(|c: char| c.is_ascii_digit(), "0");
    let hexadecimal = |part: &str| part.bytes().all(|b| b"0123456789abcdef".contains(&b));
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    if let Some((_, name)) = WRITTEN.iter().find(|(form, _)| *form == signs) {
        name
    } else if lengths == [8, 4, 4, 4, 12] && text.split('-').all(hexadecimal) {
        "a UUID"
    } else if text.len() == 24 && hexadecimal(text) {
        "an object id"
    } else if text.len() == "$aact_hmlg_".len() + 55 && text.starts_with("$aact_hmlg_") {
        "a key"
    } else {
        "a text"
    }
}
