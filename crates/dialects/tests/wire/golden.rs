//! Golden files: a request and the answer it must get, in the format of `goldens/README.md`.
//!
//! Must use the standard library alone, so that a walk over a real server can include this file.

use std::fs;
use std::path::{Path, PathBuf};

/// One golden file.
#[derive(Debug)]
pub(crate) struct Golden {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// The rows that it stands for.
    pub(crate) rows: Vec<String>,
    /// What is asked.
    pub(crate) question: Question,
    /// What must come back.
    pub(crate) answer: Expected,
}

/// What is asked.
#[derive(Debug)]
pub(crate) enum Question {
    /// A request over the network.
    Request(Request),
    /// A refusal or trouble that is rendered without any request, in words.
    Rendering(Vec<String>),
}

/// A request with placeholders.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// What an answer must look like.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, Value)>,
    pub(crate) body: Value,
}

/// What a header or body must be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Absent,
    Any,
    Exactly(String),
    BeginsWith(String),
}

/// An answer that came, to be held against [`Expected`].
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// All golden files below a folder, in order of their paths.
pub(crate) fn read_all(folder: &Path) -> Vec<Golden> {
    let mut goldens = Vec::new();
    let entries = fs::read_dir(folder).expect("the folder of goldens can be read");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            goldens.extend(read_all(&path));
        } else if path.extension().is_some_and(|extension| extension == "golden") {
            goldens.push(read(&path));
        }
    }
    goldens
}

fn read(path: &Path) -> Golden {
    let text = fs::read_to_string(path).expect("a golden file is UTF-8");
    parse(path, &text).unwrap_or_else(|line| panic!("{}: {line}", path.display()))
}

/// Reads the text of a golden file, or returns the line that is wrong.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Golden, String> {
    let (mut rows, mut words, mut asked, mut expected) = (vec![], vec![], vec![], vec![]);
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix('#') {
            rows.extend(comment.trim().strip_prefix("row: ").map(str::to_owned));
        } else if let Some(rendering) = line.strip_prefix("= ") {
            words.extend(rendering.split_whitespace().map(str::to_owned));
        } else if let Some(rest) = line.strip_prefix('>') {
            asked.push(rest.strip_prefix(' ').unwrap_or(rest));
        } else if let Some(rest) = line.strip_prefix('<') {
            expected.push(rest.strip_prefix(' ').unwrap_or(rest));
        } else if !line.is_empty() {
            return Err(line.to_owned());
        }
    }
    let question = match (words.is_empty(), asked.is_empty()) {
        (false, true) => Question::Rendering(words),
        (true, false) => Question::Request(request(&asked)?),
        (true, true) | (false, false) => return Err("neither or both of = and >".to_owned()),
    };
    Ok(Golden { path: path.to_owned(), rows, question, answer: answer(&expected)? })
}

fn request(lines: &[&str]) -> Result<Request, String> {
    let (first, headers, body) = message(lines)?;
    let (method, target) = first.split_once(' ').ok_or(first)?;
    let headers = headers.iter().map(|line| header(line)).collect::<Result<_, _>>()?;
    Ok(Request { method: method.to_owned(), target: target.to_owned(), headers, body })
}

fn answer(lines: &[&str]) -> Result<Expected, String> {
    let (first, lines, body) = message(lines)?;
    let status = first.parse().map_err(|_| first.to_owned())?;
    let mut headers = Vec::new();
    for line in lines {
        if let Some(name) = line.strip_prefix('!') {
            headers.push((name.to_owned(), Value::Absent));
        } else {
            let (name, value) = header(line)?;
            headers.push((name, expectation(&value)));
        }
    }
    let body = if body == "*" { Value::Any } else { Value::Exactly(body) };
    Ok(Expected { status, headers, body })
}

/// The first line, the header lines and the body.
fn message<'a>(lines: &'a [&'a str]) -> Result<(&'a str, &'a [&'a str], String), String> {
    let (first, rest) = lines.split_first().ok_or("an empty message")?;
    let end = rest.iter().position(|line| line.is_empty()).unwrap_or(rest.len());
    let body = rest.get(end + 1..).unwrap_or_default().join("\n");
    Ok((first, &rest[..end], body))
}

fn header(line: &str) -> Result<(String, String), String> {
    let (name, value) = line.split_once(':').ok_or(line)?;
    Ok((name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned()))
}

fn expectation(value: &str) -> Value {
    match value.strip_suffix('…') {
        Some(start) => Value::BeginsWith(start.to_owned()),
        None if value == "*" => Value::Any,
        None => Value::Exactly(value.to_owned()),
    }
}

impl Golden {
    /// Holds an answer against this file.
    pub(crate) fn check(&self, came: &Came) {
        let at = self.path.display();
        let body = String::from_utf8_lossy(&came.body);
        assert_eq!(came.status, self.answer.status, "{at}: the status, with {body}");
        for (name, value) in &self.answer.headers {
            let mut found = came.headers.iter().filter(|(known, _)| known == name);
            let first = found.next().map(|(_, value)| value.as_str());
            assert!(found.next().is_none(), "{at}: {name} comes twice");
            match value {
                Value::Absent => assert_eq!(first, None, "{at}: {name}"),
                Value::Any => assert!(first.is_some(), "{at}: {name} is missing"),
                Value::Exactly(text) => assert_eq!(first, Some(text.as_str()), "{at}: {name}"),
                Value::BeginsWith(start) => {
                    assert!(first.is_some_and(|text| text.starts_with(start)), "{at}: {name}");
                }
            }
        }
        if let Value::Exactly(text) = &self.answer.body {
            assert_eq!(&*body, text, "{at}: the body");
        }
    }
}

/// Puts values in the place of `{{name}}` and `{{name|change}}`.
pub(crate) fn fill(template: &str, value_of: &dyn Fn(&str) -> Option<String>) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inner, behind) = after.split_once("}}").expect("a placeholder is closed");
        let (name, change) = inner.split_once('|').unwrap_or((inner, ""));
        let value = value_of(name).unwrap_or_else(|| panic!("there is no placeholder {name}"));
        text.push_str(before);
        text.push_str(&changed(&value, change));
        rest = behind;
    }
    text + rest
}

/// A key with one thing wrong; the table of changes is in `goldens/README.md`.
fn changed(key: &str, change: &str) -> String {
    let (prefix, body) = key.split_at(key.rfind('_').map_or(0, |at| at + 1));
    let mut letters = key.chars();
    match change {
        "" => key.to_owned(),
        "no_dollar" => key.trim_start_matches('$').to_owned(),
        "percent" => key.replace('$', "%24").replace('_', "%5F"),
        "spaced" => format!("{prefix}{} {}", &body[..20], &body[20..]),
        "full_width" => {
            let twin = letters.next().and_then(|first| char::from_u32(u32::from(first) + 0xFEE0));
            format!("{}{}", twin.expect("an ASCII letter has a twin"), letters.as_str())
        }
        "cyrillic" => {
            let alike = [('a', 'а'), ('A', 'А'), ('e', 'е')];
            let found = alike.into_iter().find(|(latin, _)| prefix.contains(*latin));
            let (from, to) = found.expect("a prefix has one of these letters");
            key.replacen(from, &to.to_string(), 1)
        }
        "recased" => {
            let swap = |letter: char| match letter.is_ascii_lowercase() {
                true => letter.to_ascii_uppercase(),
                false => letter.to_ascii_lowercase(),
            };
            format!("{prefix}{}", body.chars().map(swap).collect::<String>())
        }
        "foreign" => format!("{prefix}{}-", &body[..body.len() - 1]),
        "zeroed" => format!("{prefix}0{body}"),
        "cut" => key[..key.len() - 1].to_owned(),
        "longer" => format!("{key}{}", "0".repeat(8 * 1024)),
        other => panic!("there is no change {other}"),
    }
}

/// The bytes of a header value in which `\xNN` stands for a byte and `\\` for a backslash.
pub(crate) fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        rest = if let Some(hex) = after.strip_prefix('x') {
            bytes.push(u8::from_str_radix(&hex[..2], 16).expect("two hexadecimal digits"));
            &hex[2..]
        } else {
            bytes.push(b'\\');
            after.strip_prefix('\\').expect("a backslash stands before x or another one")
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}
