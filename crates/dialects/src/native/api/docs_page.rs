//! The description of the API as one page of HTML, with its style inside.
//!
//! Must not repeat anything unescaped, and must not hold a script.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::docs_html::{escape, escaped, members, prose, push};
use super::docs_type;
use super::docs_words::{Language, Words};

const STYLE: &str = include_str!("docs_page.css");
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// What a browser compares the style with before it applies it.
pub(super) fn style_digest() -> String {
    STANDARD.encode(Sha256::digest(STYLE))
}

/// The whole page, its own words in this language.
pub(super) fn render(document: &Value, language: Language) -> String {
    let own = language.words();
    let info = &document["info"];
    let title = format!("{} {}", escaped(&info["title"]), escaped(&info["version"]));
    let (query, code, name) = own.other;
    let mut page = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>{title}: API</title><style>{STYLE}</style></head>\
         <body><a class=\"skip\" href=\"#api\">{}</a><header><p class=\"other\"><a href=\"{query}\" \
         hreflang=\"{code}\" lang=\"{code}\">{name}</a></p><h1>{title}</h1><p lang=\"en\">{}</p>\
         <p>{}: <a href=\"/openapi.json\">/openapi.json</a>, OpenAPI {}.</p></header><main id=\"api\">",
        own.code,
        own.skip,
        prose(&info["description"]),
        own.for_programs,
        escaped(&document["openapi"]),
    );
    let sections = sections(document);
    navigation(&mut page, &sections, own);
    for (tag, operations) in &sections {
        push(&mut page, format_args!("<section><h2 id=\"{0}\">{0}</h2>", escape(tag)));
        for operation in operations {
            article(&mut page, operation, own);
        }
        page.push_str("</section>");
    }
    push(&mut page, format_args!("<section><h2 id=\"shapes\">{}</h2>", own.shapes));
    for (name, schema) in members(&document["components"]["schemas"]) {
        let name = escape(name);
        push(&mut page, format_args!("<article id=\"shape-{name}\"><h3>{name}</h3>"));
        shape(&mut page, schema, own);
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

fn navigation(page: &mut String, sections: &[(&str, Vec<Operation<'_>>)], own: &Words) {
    push(page, format_args!("<nav aria-label=\"{}\">", own.operations));
    for (tag, operations) in sections {
        push(page, format_args!("<a href=\"#{0}\"><b>{0}</b></a><ul>", escape(tag)));
        for Operation { about, .. } in operations {
            let (id, summary) = (escaped(&about["operationId"]), escaped(&about["summary"]));
            push(page, format_args!("<li><a href=\"#{id}\" lang=\"en\">{summary}</a></li>"));
        }
        page.push_str("</ul>");
    }
    push(page, format_args!("<a href=\"#shapes\"><b>{}</b></a></nav>", own.shapes.to_lowercase()));
}

fn article(page: &mut String, operation: &Operation<'_>, own: &Words) {
    let Operation { method, path, about } = operation;
    push(
        page,
        format_args!(
            "<article id=\"{}\"><h3 lang=\"en\">{}</h3><p><span class=\"method\">{}</span> <code>{}</code></p>",
            escaped(&about["operationId"]),
            escaped(&about["summary"]),
            method.to_uppercase(),
            escape(path),
        ),
    );
    elsewhere(page, &about["servers"][0], own);
    if about["description"].is_string() {
        push(page, format_args!("<p lang=\"en\">{}</p>", prose(&about["description"])));
    }
    let parameters = about["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    if !parameters.is_empty() {
        push(page, format_args!("<h4>{}</h4><dl>", own.parameters));
        for parameter in parameters {
            let (kind, place) =
                (docs_type::of(&parameter["schema"], own), docs_type::place(parameter, own));
            let needed = parameter["required"] == true;
            let optional = if needed { String::new() } else { format!(", {}", own.optional) };
            let about = parameter.get("description").unwrap_or(&parameter["schema"]["description"]);
            let words = format!("{kind}, {place}{optional}");
            entry(page, &escaped(&parameter["name"]), &words, about);
        }
        page.push_str("</dl>");
    }
    let body = &about["requestBody"]["content"]["application/json"]["schema"];
    if !body.is_null() {
        push(page, format_args!("<h4>{}</h4><p>{}</p>", own.body, docs_type::of(body, own)));
    }
    let (problems, successes): (Vec<_>, Vec<_>) =
        members(&about["responses"]).partition(|(status, _)| status.starts_with(['4', '5']));
    push(page, format_args!("<h4>{}</h4>", own.answers));
    answers(page, &successes, own);
    push(page, format_args!("<details><summary>{}</summary>", own.problems));
    answers(page, &problems, own);
    page.push_str("</details></article>");
}

/// That another listener serves an operation, and where. Addresses stand without their scheme: the
/// page leads nowhere.
fn elsewhere(page: &mut String, server: &Value, own: &Words) {
    let Some(url) = server["url"].as_str() else { return };
    let place = url.split_once("//").map_or(url, |(_, place)| place);
    push(
        page,
        format_args!(
            "<p><b>{}</b>, <code>{}</code>. <span lang=\"en\">{}.</span></p>",
            own.elsewhere,
            escape(place),
            prose(&server["description"])
        ),
    );
}

fn answers(page: &mut String, answers: &[(&str, &Value)], own: &Words) {
    page.push_str("<dl>");
    for (status, answer) in answers {
        let content = members(&answer["content"]).next().map(|(_, content)| &content["schema"]);
        let words = content.map_or_else(String::new, |schema| docs_type::of(schema, own));
        entry(page, &escape(status), &words, &answer["description"]);
    }
    page.push_str("</dl>");
}

fn entry(page: &mut String, name: &str, words: &str, about: &Value) {
    push(
        page,
        format_args!(
            "<div><dt><code>{name}</code> <span class=\"type\">{words}</span></dt><dd lang=\"en\">{}</dd></div>",
            prose(about)
        ),
    );
}

fn shape(page: &mut String, schema: &Value, own: &Words) {
    if schema["description"].is_string() {
        push(page, format_args!("<p lang=\"en\">{}</p>", prose(&schema["description"])));
    }
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    let mut properties = members(&schema["properties"]).peekable();
    if properties.peek().is_none() {
        push(page, format_args!("<p class=\"type\">{}</p>", docs_type::of(schema, own)));
        return;
    }
    page.push_str("<dl>");
    for (name, property) in properties {
        let always = required.iter().any(|known| known == name);
        let optional = if always { String::new() } else { format!(", {}", own.optional) };
        let words = format!("{}{optional}", docs_type::of(property, own));
        entry(page, &escape(name), &words, &property["description"]);
    }
    page.push_str("</dl>");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_description_holds_cannot_become_markup() {
        let nasty = "<script>alert(\"1\")</script>&'";
        let document = json!({
            "info": {"title": nasty, "version": nasty, "description": nasty},
            "paths": {nasty: {"get": {"operationId": nasty, "summary": nasty, "description": nasty,
                "tags": [nasty], "servers": [{"url": nasty, "description": nasty}], "parameters": [{"name": nasty, "in": nasty, "description": nasty,
                "schema": {"type": nasty, "enum": [nasty], "default": nasty}}], "responses": {nasty: {"description": nasty}}}}},
            "components": {"schemas": {nasty: {"type": "object", "properties": {nasty: {"$ref": nasty}}}}}
        });
        for page in Language::ALL.map(|language| render(&document, language)) {
            assert!(!page.contains("<script"));
            assert!(!page.contains("\"1\""));
        }
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        let page = render(&json!({"info": {"title": "t"}, "paths": {}}), Language::English);
        for outside in ["http://", "https://", "src=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
