//! The types of the description in words: what a value is, how long it may be, and what is meant
//! where it is left out.
//!
//! Must not repeat anything unescaped.

use serde_json::Value;

use super::docs_html::{escape, escaped, members};
use super::docs_words::Words;

/// The type of a schema, with links to those that have a name.
pub(super) fn of(schema: &Value, words: &Words) -> String {
    let kind = kind(schema, words);
    let details = [bounds(schema, words), usual(schema, words)];
    let details: Vec<String> = details.into_iter().flatten().collect();
    if details.is_empty() { kind } else { format!("{kind} ({})", details.join("; ")) }
}

fn kind(schema: &Value, words: &Words) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        let name = escape(name);
        return format!("<a href=\"#shape-{name}\">{name}</a>");
    }
    for (kind, joint) in [("oneOf", words.or), ("anyOf", words.or), ("allOf", words.and)] {
        if let Some(parts) = schema[kind].as_array() {
            let parts: Vec<String> = parts.iter().map(|part| of(part, words)).collect();
            return parts.join(&format!(" {joint} "));
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(literal).collect::<Vec<_>>().join(", ");
    }
    match schema["type"].as_array() {
        Some(kinds) => {
            let kinds: Vec<String> = kinds.iter().map(|kind| named(kind, schema, words)).collect();
            kinds.join(&format!(" {} ", words.or))
        }
        None => named(&schema["type"], schema, words),
    }
}

fn named(kind: &Value, schema: &Value, words: &Words) -> String {
    let word = match kind.as_str() {
        Some("array") => return format!("{} {}", words.list_of, of(&schema["items"], words)),
        Some("object") => return object(schema, words),
        Some("string") if schema["format"] == "date-time" => words.instant,
        Some("string") => words.text,
        Some("integer") => words.whole_number,
        Some("boolean") => words.truth,
        Some("null") => words.null,
        Some(other) => return escape(other),
        None => words.anything,
    };
    word.to_owned()
}

fn object(schema: &Value, words: &Words) -> String {
    let one = |(name, property): (&str, &Value)| {
        format!("<code>{}</code>: {}", escape(name), of(property, words))
    };
    let inside: Vec<String> = members(&schema["properties"]).map(one).collect();
    if inside.is_empty() {
        words.object.to_owned()
    } else {
        format!("{} {}", words.object_of, inside.join(", "))
    }
}

/// A value as it stands in JSON, but texts without their quotes.
fn literal(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("<code>{}</code>", escape(&text))
}

/// How large, how long or how many.
fn bounds(schema: &Value, words: &Words) -> Option<String> {
    let pairs = [
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", words.letters),
        ("minItems", "maxItems", words.entries),
    ];
    pairs.into_iter().find_map(|(least, most, what)| {
        let number = |name: &str| schema[name].as_f64().map(|number| number.to_string());
        let range = match (number(least), number(most)) {
            // That a text is not empty or a number not negative goes without saying.
            (Some(least), None) if matches!(least.as_str(), "0" | "1") => return None,
            (None, None) => return None,
            (Some(least), Some(most)) => format!("{least} {} {most}", words.to),
            (Some(least), None) => format!("{} {least}", words.at_least),
            (None, Some(most)) => format!("{} {most}", words.at_most),
        };
        Some(format!("{range} {what}").trim_end().to_owned())
    })
}

fn usual(schema: &Value, words: &Words) -> Option<String> {
    let usual = schema.get("default")?;
    Some(format!("{} {}", words.usually, literal(usual)))
}

/// Where a parameter stands.
pub(super) fn place(parameter: &Value, words: &Words) -> String {
    match parameter["in"].as_str() {
        Some("path") => words.in_path.to_owned(),
        Some("query") => words.in_query.to_owned(),
        Some("header") => words.in_header.to_owned(),
        Some(_) | None => escaped(&parameter["in"]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::docs_words::Language;
    use super::*;

    #[track_caller]
    fn check(schema: &Value, english: &str, portuguese: &str) {
        let said = Language::ALL.map(|language| of(schema, language.words()));
        assert_eq!(said, [english, portuguese], "{schema}");
    }

    #[test]
    fn a_type_is_told_with_its_bounds_and_what_is_meant_where_it_is_left_out() {
        check(
            &json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 50}),
            "whole number (1 to 100; default <code>50</code>)",
            "número inteiro (1 a 100; padrão <code>50</code>)",
        );
        check(
            &json!({"type": ["string", "null"], "minLength": 32, "maxLength": 255}),
            "text or null (32 to 255 characters)",
            "texto ou null (32 a 255 caracteres)",
        );
        check(
            &json!({"type": "array", "maxItems": 7, "items": {"$ref": "#/a/Key"}}),
            "list of <a href=\"#shape-Key\">Key</a> (at most 7 entries)",
            "lista de <a href=\"#shape-Key\">Key</a> (no máximo 7 itens)",
        );
        check(&json!({"type": "string", "minLength": 1}), "text", "texto");
        check(
            &json!({"type": "boolean", "enum": [true]}),
            "<code>true</code>",
            "<code>true</code>",
        );
        check(
            &json!({"type": "boolean", "default": false}),
            "true or false (default <code>false</code>)",
            "true ou false (padrão <code>false</code>)",
        );
    }
}
