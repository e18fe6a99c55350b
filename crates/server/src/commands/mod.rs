//! The commands of the binary, one file each, and what they share: how they end.
//!
//! Must not print a secret, whichever way a command ends.

pub(crate) mod check;
pub(crate) mod explain;
pub(crate) mod manage;

use std::collections::BTreeMap;
use std::process::ExitCode;

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

/// The variables of the environment that are text; whatever is not text configures nothing, and
/// in a name or value of ours it shows up as a fault.
pub(crate) fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .map(|(name, value)| {
            (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
        })
        .collect()
}
