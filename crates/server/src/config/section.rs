//! Reads the settings of one section, by name and type, and finds the ones nobody asked for.
//!
//! The names that are asked for are the names that exist: there is no second list to keep in step.
//! Must not interpret a setting beyond its type.

use std::ops::{Deref, RangeInclusive};

use zeroize::Zeroizing;

use domain::nearest::nearest;

use super::fault::{FaultList, Place, listed, quoted};
use super::overlay;
use super::tree::{Node, Table, Value};

/// A value that was read, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Spotted<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

impl<T> Spotted<T> {
    /// The same place with another value.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Spotted<U> {
        Spotted { value: change(self.value), place: self.place }
    }
}

impl<T> Deref for Spotted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// One section of the file, while it is read.
#[derive(Debug)]
pub(super) struct Section {
    /// Where its header stands.
    pub(super) place: Place,
    /// How sentences name it, such as `[control]`.
    pub(super) title: String,
    /// The way to it in variables.
    pub(super) way: String,
    /// The names to it in the file, joined by dots.
    pub(super) path: String,
    pub(super) table: Table,
    pub(super) known: Vec<&'static str>,
}

impl Section {
    /// The file itself.
    pub(super) fn root(table: Table) -> Self {
        Self {
            place: Place::Line(1),
            title: "the file".to_owned(),
            way: overlay::ROOT.to_owned(),
            path: String::new(),
            table,
            known: Vec::new(),
        }
    }

    /// How sentences name it, such as `[control]`.
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// Whether the setting is there, of whatever type.
    pub(super) fn has(&self, name: &str) -> bool {
        self.table.get(name).is_some()
    }

    /// Notes that a setting is missing, unless it is there.
    pub(super) fn require(&mut self, name: &'static str, example: &str, faults: &mut FaultList) {
        self.known.push(name);
        if !self.has(name) {
            let title = &self.title;
            faults.add(
                &self.place,
                format!("`{name}` is missing from {title}. Add it, as in {example}."),
            );
        }
    }

    /// A text.
    pub(super) fn text(
        &mut self,
        name: &'static str,
        faults: &mut FaultList,
    ) -> Option<Spotted<Zeroizing<String>>> {
        text_of(&format!("`{name}`"), self.take(name)?, faults)
    }

    /// A text that is read as something else; an error is the sentence to note.
    pub(super) fn parsed<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
        faults: &mut FaultList,
    ) -> Option<Spotted<T>> {
        let Spotted { value, place } = self.text(name, faults)?;
        match parse(&value) {
            Ok(value) => Some(Spotted { value, place }),
            Err(sentence) => {
                faults.add(&place, sentence);
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&str, T)],
        faults: &mut FaultList,
    ) -> Option<T> {
        let parse = |text: &str| {
            let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
            found.ok_or_else(|| unknown_word(name, text, words.iter().map(|(word, _)| *word)))
        };
        self.parsed(name, parse, faults).map(|spotted| spotted.value)
    }

    /// True or false.
    pub(super) fn boolean(
        &mut self,
        name: &'static str,
        faults: &mut FaultList,
    ) -> Option<Spotted<bool>> {
        let node = self.take(name)?;
        let value = match &node.value {
            Value::Boolean(value) => Some(*value),
            Value::Given(text) => match text.as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            Value::Text(_)
            | Value::Integer(_)
            | Value::Float
            | Value::Datetime
            | Value::List(_)
            | Value::Table(_) => None,
        };
        match value {
            Some(value) => Some(Spotted { value, place: node.place }),
            None => {
                wrong_type(&format!("`{name}`"), "true or false", &node, faults);
                None
            }
        }
    }

    /// A whole number in a range.
    pub(super) fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
        faults: &mut FaultList,
    ) -> Option<Spotted<u64>> {
        let node = self.take(name)?;
        let value = match &node.value {
            Value::Integer(value) => *value,
            Value::Given(text) if is_whole(text) => text.parse().ok(),
            Value::Given(_)
            | Value::Text(_)
            | Value::Float
            | Value::Boolean(_)
            | Value::Datetime
            | Value::List(_)
            | Value::Table(_) => {
                wrong_type(&format!("`{name}`"), "a whole number", &node, faults);
                return None;
            }
        };
        let fitting = value.and_then(|value| u64::try_from(value).ok());
        if let Some(value) = fitting.filter(|value| range.contains(value)) {
            return Some(Spotted { value, place: node.place });
        }
        let found = value.map_or_else(|| "a larger number".to_owned(), |value| value.to_string());
        let (from, to) = (range.start(), range.end());
        faults.add(&node.place, format!("`{name}` has to be from {from} to {to}, and is {found}."));
        None
    }

    /// One text, or a list of them.
    pub(super) fn text_or_texts(
        &mut self,
        name: &'static str,
        faults: &mut FaultList,
    ) -> Option<Spotted<Vec<Spotted<Zeroizing<String>>>>> {
        let node = self.table.get(name).map(|entry| &entry.node.value);
        if !matches!(node, Some(Value::Text(_))) {
            return self.texts(name, faults);
        }
        let text = self.text(name, faults)?;
        Some(Spotted { place: text.place.clone(), value: vec![text] })
    }

    /// A list of texts; in a variable, with commas between them.
    pub(super) fn texts(
        &mut self,
        name: &'static str,
        faults: &mut FaultList,
    ) -> Option<Spotted<Vec<Spotted<Zeroizing<String>>>>> {
        let Node { place, value } = self.take(name)?;
        let value = match value {
            Value::List(items) => {
                let each = format!("Each of `{name}`");
                items.into_iter().filter_map(|item| text_of(&each, item, faults)).collect()
            }
            Value::Given(text) => text
                .split(',')
                .map(|part| Zeroizing::new(part.trim().to_owned()))
                .filter(|part| !part.is_empty())
                .map(|value| Spotted { value, place: place.clone() })
                .collect(),
            other @ (Value::Text(_)
            | Value::Integer(_)
            | Value::Float
            | Value::Boolean(_)
            | Value::Datetime
            | Value::Table(_)) => {
                let node = Node { place, value: other };
                wrong_type(&format!("`{name}`"), LIST, &node, faults);
                return None;
            }
        };
        Some(Spotted { value, place })
    }

    /// Notes the settings that nobody asked for.
    pub(super) fn finish(self, faults: &mut FaultList) {
        for entry in &self.table.entries {
            let Place::Variable(variable) = &entry.node.place else {
                faults.add(&entry.node.place, self.unknown(&entry.name));
                continue;
            };
            let sentence = match nearest(&entry.name, self.known.iter().copied()) {
                Some(name) => {
                    let way = overlay::join(&self.way, &overlay::step(name));
                    let rest = self.way.len() + "__".len() + entry.name.len();
                    let rest = variable.get(rest..).unwrap_or_default();
                    format!("There is no such setting. Did you mean {way}{rest}?")
                }
                None => {
                    let steps: Vec<String> =
                        self.known.iter().map(|name| overlay::step(name)).collect();
                    let steps = listed(steps.iter().map(String::as_str), "or");
                    let way = overlay::join(&self.way, "");
                    format!("There is no such setting. {way} can go on with {steps}.")
                }
            };
            faults.add(&entry.node.place, sentence);
        }
    }

    fn unknown(&self, name: &str) -> String {
        let title = &self.title;
        match nearest(name, self.known.iter().copied()) {
            Some(near) => {
                format!("There is no {} in {title}. Did you mean `{near}`?", quoted(name))
            }
            None => {
                let known = listed(self.known.iter().copied(), "and");
                format!("There is no {} in {title}. It can have {known}.", quoted(name))
            }
        }
    }

    /// Takes the setting out of the section; what is left at the end is unknown.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Node> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        let at = self.table.entries.iter().position(|entry| entry.name == name)?;
        Some(self.table.entries.remove(at).node)
    }
}

/// The sentence for a word that is none of those there are.
pub(super) fn unknown_word<'a>(
    name: &str,
    word: &str,
    words: impl Iterator<Item = &'a str> + Clone,
) -> String {
    let known = listed(words.clone(), "or");
    match nearest(word, words) {
        Some(near) => format!(
            "`{name}` cannot be {}. It has to be {known}. Did you mean `{near}`?",
            quoted(word)
        ),
        None => format!("`{name}` cannot be {}. It has to be {known}.", quoted(word)),
    }
}

fn text_of(
    subject: &str,
    node: Node,
    faults: &mut FaultList,
) -> Option<Spotted<Zeroizing<String>>> {
    match node.value {
        Value::Text(value) | Value::Given(value) => Some(Spotted { value, place: node.place }),
        Value::Integer(_)
        | Value::Float
        | Value::Boolean(_)
        | Value::Datetime
        | Value::List(_)
        | Value::Table(_) => {
            wrong_type(subject, TEXT, &node, faults);
            None
        }
    }
}

/// What a text is called where something else stands in its place.
const TEXT: &str = "text";
/// What a list is called.
const LIST: &str = "a list such as [\"ONE\", \"TWO\"]";

/// Notes a value of the wrong type. A value is repeated only where it should be a number or a
/// word and comes from a variable: what should be text may be a secret.
fn wrong_type(subject: &str, expected: &str, node: &Node, faults: &mut FaultList) {
    let (found, advice) = match &node.value {
        Value::Given(text) => (quoted(text), ""),
        Value::Text(_) if expected == LIST => (node.value.kind().to_owned(), ""),
        Value::Text(_) => (node.value.kind().to_owned(), " Write it without quotes."),
        Value::Integer(_) | Value::Float | Value::Boolean(_) | Value::Datetime
            if expected == TEXT =>
        {
            (node.value.kind().to_owned(), " Put it in quotes.")
        }
        Value::Integer(_)
        | Value::Float
        | Value::Boolean(_)
        | Value::Datetime
        | Value::List(_)
        | Value::Table(_) => (node.value.kind().to_owned(), ""),
    };
    faults.add(&node.place, format!("{subject} has to be {expected}, and is {found}.{advice}"));
}

/// Digits alone: what `parse` would take besides, such as `+1`, no file could say.
fn is_whole(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
