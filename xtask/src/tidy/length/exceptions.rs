//! The list of files and functions that may be longer for now, each with its length and its reason.
//!
//! Must not let the list grow in silence: an entry states the length of today, and more or less fails.

use super::super::{Tree, Violation};
use super::Overlong;
use serde::Deserialize;
use toml::Spanned;

/// Where the list lives.
pub(super) const PATH: &str = "xtask/tidy-exceptions.toml";

/// The usable entries, and what is wrong with the others.
#[derive(Default)]
pub(super) struct Exceptions {
    pub(super) list: Vec<Exception>,
    pub(super) violations: Vec<Violation>,
}

/// One usable entry.
pub(super) struct Exception {
    entry: Entry,
    /// Its line in the list.
    line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    exception: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    function: Option<String>,
    lines: usize,
    reason: String,
}

/// Reads the list; a tree without one has no exceptions.
pub(super) fn read(tree: &Tree) -> Exceptions {
    let mut exceptions = Exceptions::default();
    let Some(file) = tree.get(PATH) else { return exceptions };
    let line_at = |offset: usize| file.text[..offset].matches('\n').count() + 1;
    let mut reject = |line, what: String, fix: &str| {
        exceptions.violations.push(Violation::new(
            PATH,
            line,
            what,
            "the list has to be readable",
            fix.into(),
        ));
    };
    match toml::from_str::<Document>(&file.text) {
        Err(error) => {
            let line = error.span().map_or(1, |span| line_at(span.start));
            reject(line, format!("can't be read: {}", error.message()), "follow its heading");
        }
        Ok(document) => {
            for entry in document.exception {
                let line = line_at(entry.span().start);
                let entry = entry.into_inner();
                if entry.reason.trim().len() < REASON {
                    reject(
                        line,
                        "has no real reason".into(),
                        "say in a sentence why it can't be split yet",
                    );
                }
                exceptions.list.push(Exception { entry, line });
            }
        }
    }
    exceptions
}

impl Exception {
    /// Whether this entry allows that length.
    pub(super) fn covers(&self, found: &Overlong) -> bool {
        self.is_about(found) && found.lines <= self.entry.lines
    }

    /// What is wrong with an entry that allows more than is there.
    pub(super) fn stale(&self, overlong: &[Overlong]) -> Option<Violation> {
        let longest =
            overlong.iter().filter(|found| self.is_about(found)).map(|found| found.lines).max();
        let fix = match longest {
            Some(lines) if lines >= self.entry.lines => return None,
            Some(lines) => format!("lower `lines` to {lines}"),
            None => "delete the entry".into(),
        };
        Some(Violation::new(
            PATH,
            self.line,
            format!(
                "allows {} {} lines, which are no longer there",
                self.entry.path, self.entry.lines
            ),
            "exceptions only shrink",
            fix,
        ))
    }

    fn is_about(&self, found: &Overlong) -> bool {
        self.entry.path == found.path && self.entry.function == found.function
    }
}

const REASON: usize = 20;
