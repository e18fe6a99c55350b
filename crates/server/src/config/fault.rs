//! What is wrong with a configuration: the place, and one sentence about it.
//!
//! Must not repeat a secret: sentences are made from names and from values that are not secret.

use std::fmt;
use std::path::{Path, PathBuf};

/// Longest part of a value that a sentence repeats.
const QUOTED_MAX: usize = 60;

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The file as a whole, such as one that is not there.
    File,
    /// A line of the file, counted from 1.
    Line(usize),
    /// A variable of the environment.
    Variable(String),
}

impl Place {
    /// How another fault's sentence points here.
    pub(super) fn mention(&self) -> String {
        match self {
            Self::File => "in the file".to_owned(),
            Self::Line(line) => format!("on line {line}"),
            Self::Variable(name) => format!("in {name}"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// Where.
    pub(crate) place: Place,
    /// What happened, what was expected, what to do next.
    pub(crate) sentence: String,
}

/// Everything that is wrong with one configuration, in the order of the file.
#[derive(Debug)]
pub(crate) struct Faults {
    path: PathBuf,
    list: Vec<Fault>,
}

impl Faults {
    /// The faults, in the order of the file; those of variables come last.
    pub(crate) fn list(&self) -> &[Fault] {
        &self.list
    }

    /// One line for each fault, without a line break.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        self.list.iter().map(|Fault { place, sentence }| match place {
            Place::File => format!("{}: {sentence}", self.path.display()),
            Place::Line(line) => format!("{}:{line}: {sentence}", self.path.display()),
            Place::Variable(name) => format!("{name}: {sentence}"),
        })
    }

    /// A single fault that concerns the whole file.
    pub(super) fn whole(path: &Path, sentence: String) -> Self {
        Self { path: path.to_owned(), list: vec![Fault { place: Place::File, sentence }] }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().enumerate().try_for_each(|(at, line)| {
            let separator = if at == 0 { "" } else { "\n" };
            write!(f, "{separator}{line}")
        })
    }
}

impl std::error::Error for Faults {}

/// Gathers faults while the whole file is read, so that one run shows them all.
#[derive(Debug, Default)]
pub(super) struct FaultList(Vec<Fault>);

impl FaultList {
    /// Notes a fault.
    pub(super) fn add(&mut self, place: &Place, sentence: impl Into<String>) {
        self.0.push(Fault { place: place.clone(), sentence: sentence.into() });
    }

    /// How many were noted.
    pub(super) const fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was noted.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults of this file, in order, each once.
    pub(super) fn into_faults(mut self, path: &Path) -> Faults {
        // Stable: faults of one line keep the order in which they were found.
        self.0.sort_by(|one, other| one.place.cmp(&other.place));
        self.0.dedup();
        Faults { path: path.to_owned(), list: self.0 }
    }
}

/// A value between backticks: on one line, cut when it is long.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("`");
    for (at, letter) in text.chars().enumerate() {
        if at == QUOTED_MAX {
            quoted.push('…');
            break;
        }
        match letter {
            '\'' | '"' => quoted.push(letter),
            other => quoted.extend(other.escape_debug()),
        }
    }
    quoted.push('`');
    quoted
}

/// Words as the beginning of a sentence.
pub(super) fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Names in a row: `a`, `b` and `c`.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>, last_word: &str) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} {last_word} {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_value_stays_on_one_line_and_short() {
        assert_eq!(quoted("a\nb\u{202e}"), "`a\\nb\\u{202e}`");
        assert_eq!(quoted(&"x".repeat(100)).chars().count(), QUOTED_MAX + 3);
    }

    #[test]
    fn names_are_listed_as_a_person_would() {
        assert_eq!(listed(["a"], "or"), "`a`");
        assert_eq!(listed(["a", "b", "c"], "or"), "`a`, `b` or `c`");
    }
}
