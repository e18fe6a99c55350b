//! The file as a tree whose every value knows its place.
//!
//! Must not know any setting by name; it turns TOML into values and lines, nothing more.

use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use super::fault::{FaultList, Place};

/// A value and its place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// A value of the file or of a variable.
#[derive(Debug)]
pub(super) enum Value {
    /// Text from the file; any text may turn out to be a secret, so all of it is wiped.
    Text(Zeroizing<String>),
    /// Text from a variable, still to be read as whatever the setting is.
    Given(Zeroizing<String>),
    /// A whole number; `None` is one that no setting could take.
    Integer(Option<i128>),
    /// A number with a fraction.
    Float,
    /// True or false.
    Boolean(bool),
    /// A date or a time.
    Datetime,
    /// A list.
    List(Vec<Node>),
    /// A section.
    Table(Table),
}

impl Value {
    /// Whether this is a section, or a list with one in it.
    pub(super) fn has_sections(&self) -> bool {
        match self {
            Self::Table(_) => true,
            Self::List(items) => items.iter().any(|item| matches!(item.value, Self::Table(_))),
            Self::Text(_) | Self::Given(_) | Self::Integer(_) | Self::Float => false,
            Self::Boolean(_) | Self::Datetime => false,
        }
    }

    /// What this is, for a sentence that expected something else.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Given(_) => "text",
            Self::Integer(_) => "a whole number",
            Self::Float => "a number with a fraction",
            Self::Boolean(_) => "true or false",
            Self::Datetime => "a date or time",
            Self::List(_) => "a list",
            Self::Table(_) => "a section",
        }
    }
}

/// The settings of a section, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) entries: Vec<Entry>,
}

impl Table {
    /// The entry with this name.
    pub(super) fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}

/// A setting: a name and its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) node: Node,
}

/// Reads TOML, or notes what keeps it from being read.
pub(super) fn parse(text: &str, faults: &mut FaultList) -> Option<Table> {
    let lines = Lines::of(text);
    let (table, mut errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Some(lines.table(table.get_ref()));
    }
    // One slip often makes several errors on its line; the first of a line is the telling one.
    errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
    let mut noted = None;
    for error in errors {
        let line = lines.at(error.span().map_or(0, |span| span.start));
        if noted != Some(line) {
            noted = Some(line);
            faults.add(&Place::Line(line), sentence(error.message()));
        }
    }
    None
}

/// The parser's message as a sentence. The message alone: the whole error would repeat the line,
/// which may hold a secret.
fn sentence(message: &str) -> String {
    if message == "duplicate key" {
        return "The same name is here a second time. Remove one; sections that can be there several times have double brackets, as in [[realm]].".to_owned();
    }
    // These two say what the parser looked for, not what a person could write.
    let message = message.strip_suffix(", expected nothing").unwrap_or(message);
    let message = message.strip_suffix(", expected literal string").unwrap_or(message);
    let message = message.replace('\n', " ");
    format!("This is not TOML: {message}. Check the quotes, brackets and equal signs of the line.")
}

/// Where the lines of a text begin.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { starts: after_breaks.map(|(at, _)| at + 1).collect() }
    }

    /// The line of this byte, counted from 1.
    fn at(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte) + 1
    }

    fn table(&self, table: &DeTable<'_>) -> Table {
        let mut entries: Vec<(usize, Entry)> = table
            .iter()
            .map(|(name, value)| {
                let node = self.node(value.get_ref(), name.span().start);
                (name.span().start, Entry { name: name.get_ref().to_string(), node })
            })
            .collect();
        // The parser sorts by name; people read by line.
        entries.sort_by_key(|(start, _)| *start);
        Table { entries: entries.into_iter().map(|(_, entry)| entry).collect() }
    }

    // The parser bounds how deep values nest, and so this recursion.
    fn node(&self, value: &DeValue<'_>, byte: usize) -> Node {
        let value = match value {
            DeValue::String(text) => Value::Text(Zeroizing::new(text.to_string())),
            DeValue::Integer(number) => {
                Value::Integer(i128::from_str_radix(number.as_str(), number.radix()).ok())
            }
            DeValue::Float(_) => Value::Float,
            DeValue::Boolean(value) => Value::Boolean(*value),
            DeValue::Datetime(_) => Value::Datetime,
            DeValue::Array(items) => {
                let item = |item: &toml::Spanned<DeValue<'_>>| {
                    self.node(item.get_ref(), item.span().start)
                };
                Value::List(items.iter().map(item).collect())
            }
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Node { place: Place::Line(self.at(byte)), value }
    }
}
