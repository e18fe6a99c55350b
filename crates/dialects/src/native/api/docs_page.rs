//! The description of the API as one page of HTML, with its style inside.
//!
//! Must not repeat anything unescaped, and must not hold a script.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("docs_page.css");
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// What a browser compares the style with before it applies it.
pub(super) fn style_digest() -> String {
    STANDARD.encode(Sha256::digest(STYLE))
}

/// The whole page.
pub(super) fn render(document: &Value) -> String {
    let info = &document["info"];
    let title = format!("{} {}", escaped(&info["title"]), escaped(&info["version"]));
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>{title}: API</title><style>{STYLE}</style></head>\
         <body><a class=\"skip\" href=\"#api\">To the operations</a><header><h1>{title}</h1><p>{}</p>\
         <p>For programs: <a href=\"/openapi.json\">/openapi.json</a>, OpenAPI {}.</p></header><main id=\"api\">",
        prose(&info["description"]),
        escaped(&document["openapi"]),
    );
    let sections = sections(document);
    navigation(&mut page, &sections);
    for (tag, operations) in &sections {
        push(&mut page, format_args!("<section><h2 id=\"{0}\">{0}</h2>", escape(tag)));
        for operation in operations {
            article(&mut page, operation);
        }
        page.push_str("</section>");
    }
    page.push_str("<section><h2 id=\"shapes\">Shapes</h2>");
    for (name, schema) in members(&document["components"]["schemas"]) {
        let name = escape(name);
        push(&mut page, format_args!("<article id=\"shape-{name}\"><h3>{name}</h3>"));
        shape(&mut page, schema);
        page.push_str("</article>");
    }
    page.push_str("</section></main></body></html>");
    page
}

/// One operation, and where it is.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    about: &'a Value,
}

/// The operations under their headings, both in the order of the description.
fn sections(document: &Value) -> Vec<(&str, Vec<Operation<'_>>)> {
    let mut sections: Vec<(&str, Vec<Operation<'_>>)> = Vec::new();
    for (path, item) in members(&document["paths"]) {
        for method in METHODS {
            let Some(about) = item.get(method) else { continue };
            let tag = about["tags"][0].as_str().unwrap_or("server");
            let operation = Operation { method, path, about };
            match sections.iter_mut().find(|(known, _)| *known == tag) {
                Some((_, operations)) => operations.push(operation),
                None => sections.push((tag, vec![operation])),
            }
        }
    }
    sections
}

fn navigation(page: &mut String, sections: &[(&str, Vec<Operation<'_>>)]) {
    page.push_str("<nav aria-label=\"Operations\">");
    for (tag, operations) in sections {
        push(page, format_args!("<a href=\"#{0}\"><b>{0}</b></a><ul>", escape(tag)));
        for Operation { about, .. } in operations {
            let (id, summary) = (escaped(&about["operationId"]), escaped(&about["summary"]));
            push(page, format_args!("<li><a href=\"#{id}\">{summary}</a></li>"));
        }
        page.push_str("</ul>");
    }
    page.push_str("<a href=\"#shapes\"><b>shapes</b></a></nav>");
}

fn article(page: &mut String, Operation { method, path, about }: &Operation<'_>) {
    push(
        page,
        format_args!(
            "<article id=\"{}\"><h3>{}</h3><p><span class=\"method\">{}</span> <code>{}</code></p>",
            escaped(&about["operationId"]),
            escaped(&about["summary"]),
            method.to_uppercase(),
            escape(path),
        ),
    );
    if about["description"].is_string() {
        push(page, format_args!("<p>{}</p>", prose(&about["description"])));
    }
    let parameters = about["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    if !parameters.is_empty() {
        page.push_str("<h4>Parameters</h4><dl>");
        for parameter in parameters {
            let place = escaped(&parameter["in"]);
            let words = format!("{}, in the {place}", words(&parameter["schema"]));
            let about = parameter.get("description").unwrap_or(&parameter["schema"]["description"]);
            entry(page, &escaped(&parameter["name"]), &words, about);
        }
        page.push_str("</dl>");
    }
    let body = &about["requestBody"]["content"]["application/json"]["schema"];
    if !body.is_null() {
        push(page, format_args!("<h4>Body</h4><p>{}</p>", words(body)));
    }
    let (problems, successes): (Vec<_>, Vec<_>) =
        members(&about["responses"]).partition(|(status, _)| status.starts_with(['4', '5']));
    page.push_str("<h4>Answers</h4>");
    answers(page, &successes);
    page.push_str("<details><summary>Problems</summary>");
    answers(page, &problems);
    page.push_str("</details></article>");
}

fn answers(page: &mut String, answers: &[(&str, &Value)]) {
    page.push_str("<dl>");
    for (status, answer) in answers {
        let content = members(&answer["content"]).next().map(|(_, content)| &content["schema"]);
        let words = content.map_or_else(String::new, words);
        entry(page, &escape(status), &words, &answer["description"]);
    }
    page.push_str("</dl>");
}

fn entry(page: &mut String, name: &str, words: &str, about: &Value) {
    push(
        page,
        format_args!(
            "<div><dt><code>{name}</code> <span class=\"type\">{words}</span></dt><dd>{}</dd></div>",
            prose(about)
        ),
    );
}

fn shape(page: &mut String, schema: &Value) {
    if schema["description"].is_string() {
        push(page, format_args!("<p>{}</p>", prose(&schema["description"])));
    }
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    let mut properties = members(&schema["properties"]).peekable();
    if properties.peek().is_none() {
        push(page, format_args!("<p class=\"type\">{}</p>", words(schema)));
        return;
    }
    page.push_str("<dl>");
    for (name, property) in properties {
        let always = required.iter().any(|known| known == name);
        let words = format!("{}{}", words(property), if always { "" } else { ", optional" });
        entry(page, &escape(name), &words, &property["description"]);
    }
    page.push_str("</dl>");
}

/// The type of a schema in words, with links to those that have a name.
fn words(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        let name = escape(name);
        return format!("<a href=\"#shape-{name}\">{name}</a>");
    }
    for (kind, joint) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")] {
        if let Some(parts) = schema[kind].as_array() {
            return parts.iter().map(words).collect::<Vec<_>>().join(joint);
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        return values
            .iter()
            .map(|value| format!("<code>{}</code>", escaped(value)))
            .collect::<Vec<_>>()
            .join(", ");
    }
    let word = |kind: &Value| match kind.as_str() {
        Some("array") => format!("list of {}", words(&schema["items"])),
        Some("object") => match members(&schema["properties"]).next() {
            None => "object".to_owned(),
            Some(_) => {
                let one = |(name, property): (&str, &Value)| {
                    format!("<code>{}</code>: {}", escape(name), words(property))
                };
                format!(
                    "object of {}",
                    members(&schema["properties"]).map(one).collect::<Vec<_>>().join(", ")
                )
            }
        },
        Some("string") => match schema["format"].as_str() {
            Some("date-time") => "instant".to_owned(),
            Some(_) | None => "text".to_owned(),
        },
        Some("integer") => "whole number".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some(other) => escape(other),
        None => "anything".to_owned(),
    };
    match schema["type"].as_array() {
        Some(kinds) => kinds.iter().map(word).collect::<Vec<_>>().join(" or "),
        None => word(&schema["type"]),
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

/// Escaped, with what stands between back quotes as code.
fn prose(value: &Value) -> String {
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

fn escaped(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

fn escape(text: &str) -> String {
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

fn push(page: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing into a text cannot fail.
    let _ = page.write_fmt(what);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_description_holds_cannot_become_markup() {
        let nasty = "<script>alert(\"1\")</script>&'";
        let page = render(&json!({
            "info": {"title": nasty, "version": nasty, "description": nasty},
            "paths": {nasty: {"get": {"operationId": nasty, "summary": nasty, "description": nasty,
                "tags": [nasty], "parameters": [{"name": nasty, "in": nasty, "description": nasty,
                "schema": {"type": nasty, "enum": [nasty]}}], "responses": {nasty: {"description": nasty}}}}},
            "components": {"schemas": {nasty: {"type": "object", "properties": {nasty: {"$ref": nasty}}}}}
        }));
        assert!(!page.contains("<script"));
        assert!(!page.contains("\"1\""));
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        let page = render(&json!({"info": {"title": "t"}, "paths": {}}));
        for outside in ["http://", "https://", "src=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
