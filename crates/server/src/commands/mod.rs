//! The commands of the binary, one file each, and what they share: how they end.
//!
//! Must not print a secret, whichever way a command ends.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod init;
pub(crate) mod mail;
pub(crate) mod manage;
pub(crate) mod presented;
pub(crate) mod quickstart;
pub(crate) mod serve;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::{config, logging};

/// Longest word of a command line that is repeated. Every key is longer, however it is encoded.
const WORD_MAX: usize = 40;
/// What stands in place of a longer one.
const REMOVED: &str = "[removed]";
/// More letters and digits than this do not stand in a row in any text of ours.
const RUN_MAX: usize = 15;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Refused or not found.
    Refused,
    /// The command line or the configuration is wrong.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Refused => Self::from(1),
            Exit::Usage => Self::from(2),
        }
    }
}

/// How a command line ends that cannot be read, or that asks for help. A wrong word is repeated
/// without what could be a key in the wrong place.
pub(crate) fn misread(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        // Nobody is left to be told when standard output is gone.
        let _ = error.print();
        return Exit::Done;
    }
    let text = error.render().to_string();
    let _ = io::stderr().lock().write_all(&logging::scrub(shortened(&text).as_bytes()));
    Exit::Usage
}

/// The text without words that may be a key, however encoded: long ones with a digit or with many
/// letters in a row. Our own lists of options are long as well, but have neither, and pass.
fn shortened(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let mut runs = word.split(|c: char| !c.is_ascii_alphanumeric());
        let digit = word.bytes().any(|byte| byte.is_ascii_digit());
        if word.len() > WORD_MAX && (digit || runs.any(|run| run.len() > RUN_MAX)) {
            short.push_str(REMOVED);
            short.extend(word.chars().next_back().filter(|c| c.is_whitespace()));
        } else {
            short.push_str(word);
        }
    }
    short
}

/// How a command that may fail in many ways ends: faults of the configuration line by line, any
/// other trouble in one sentence.
pub(crate) fn ended(outcome: anyhow::Result<()>) -> Exit {
    let Err(trouble) = outcome else { return Exit::Done };
    let mut err = io::stderr().lock();
    let (text, exit) = if let Some(faults) = trouble.downcast_ref::<config::Faults>() {
        (faults.to_string(), Exit::Usage)
    } else if trouble.is::<config::NotFound>() {
        (trouble.to_string(), Exit::Usage)
    } else {
        (format!("{trouble:#}"), Exit::Refused)
    };
    // Nobody is left to be told when standard error is gone.
    let _ = writeln!(err, "{}", text.trim_end());
    exit
}

/// Writes to standard output, at once.
pub(crate) fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The variables of the environment that are text; whatever is not text configures nothing, and
/// in a name or value of ours it shows up as a fault.
pub(crate) fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .map(|(name, value)| {
            (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_error_keeps_its_own_words_and_loses_what_may_be_a_key() {
        let usage =
            "Usage: a <--name <NAME>|--ip <RULE>|--any-ip|--require-user-agent[=<BOOL>]>\n\nend";
        assert_eq!(shortened(usage), usage);
        let key = format!("$aact_prod_{}", "aZ3".repeat(18));
        let encoded: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let letters = "xYz".repeat(18);
        for word in [key.clone(), key[11..].to_owned(), format!("--name={key}"), encoded, letters] {
            assert_eq!(shortened(&format!("no '{word}'\nend")), "no [removed]\nend");
        }
    }
}
