//! How a command ends when it was not done: one sentence that says what to do next.
//!
//! Must not repeat what was typed: it may be a key in the wrong place.

use http::StatusCode;
use serde_json::Value;

use super::settings::{KEY, KEY_FILE, URL};
use super::show::plain;
use crate::commands::Exit;

/// Why a command was not done.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) sentence: String,
}

impl Failure {
    /// It cannot be done, or was not.
    pub(super) fn refused(sentence: impl Into<String>) -> Self {
        Self { exit: Exit::Refused, sentence: sentence.into() }
    }

    /// The command line or the environment is wrong.
    pub(super) fn usage(sentence: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, sentence: sentence.into() }
    }

    /// The server answered that it was not done.
    pub(super) fn answered(status: StatusCode, text: &str) -> Self {
        let problem: Value = serde_json::from_str(text).unwrap_or_default();
        let Some(detail) = problem["detail"].as_str().map(plain) else {
            return Self::not_ours(status);
        };
        let next = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                format!(" Check the variable {KEY}, or the file that {KEY_FILE} names.")
            }
            _ => request(&problem),
        };
        Self::refused(format!("{}{next}", every_error(&problem).unwrap_or(detail)))
    }

    /// Whoever answered does not speak the native API.
    pub(super) fn not_ours(status: StatusCode) -> Self {
        Self::refused(format!(
            "The answer (status {}) is not one of Chaveiro's API: check that {URL} is the address of the control plane.",
            status.as_u16()
        ))
    }
}

/// All members that are wrong, where there are several.
fn every_error(problem: &Value) -> Option<String> {
    let errors = problem["errors"].as_array().filter(|errors| errors.len() > 1)?;
    let one = |error: &Value| {
        let (field, detail) = (error["field"].as_str()?, error["detail"].as_str()?);
        Some(format!("{}: {}", plain(field), plain(detail)))
    };
    Some(errors.iter().map(one).collect::<Option<Vec<_>>>()?.join("; "))
}

fn request(problem: &Value) -> String {
    let id = problem["request_id"].as_str();
    id.map_or_else(String::new, |id| format!(" The request was {}.", plain(id)))
}
