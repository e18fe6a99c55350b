//! How a command ends when it was not done: one sentence that says what to do next.
//!
//! Must not repeat what was typed: it may be a key in the wrong place.

use http::StatusCode;
use serde_json::Value;

use super::settings::{KEY, KEY_FILE, URL};
use super::show::plain;
use crate::commands::Exit;

/// The options that give what the API calls by another name. In every command they mean the same.
const OPTIONS: [(&str, &str); 17] = [
    ("contacts", "--contact"),
    ("email", "--email"),
    ("events", "--event"),
    ("expires_at", "--expires-at"),
    ("ip_list", "--ip"),
    ("keys_max", "--keys-max"),
    ("language", "--language"),
    ("name", "--name"),
    ("overlap_seconds", "--overlap"),
    ("permissions", "--permission"),
    ("projects_max", "--projects-max"),
    ("require_user_agent", "--require-user-agent"),
    ("secret", "--secret-file"),
    ("token", "--token-file"),
    ("url", "--url"),
    ("where", "--where"),
    ("white_label", "--white-label"),
];
/// What the API says of a value that has an option of its own.
const ADVICE: [(&str, &str); 1] = [("say \"unrestricted\"", "give --unrestricted")];

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
                format!(
                    " Check the variable {KEY}, or the file that {KEY_FILE} names, and that {URL} is the address of the control plane."
                )
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

/// All members that are wrong, where there are any, in the words of the command line.
fn every_error(problem: &Value) -> Option<String> {
    let errors = problem["errors"].as_array().filter(|errors| !errors.is_empty())?;
    let one = |error: &Value| {
        let (field, detail) = (error["field"].as_str()?, error["detail"].as_str()?);
        let (option, advice) = (option(&plain(field)), advice(&plain(detail)));
        Some(if option.is_empty() { advice } else { format!("{option}: {advice}") })
    };
    Some(errors.iter().map(one).collect::<Option<Vec<_>>>()?.join("; "))
}

/// The option of a member; what is below it, such as `[0]`, follows.
fn option(field: &str) -> String {
    let end = field.find(['[', '.']).unwrap_or(field.len());
    let (member, below) = field.split_at(end);
    let known = OPTIONS.iter().find(|(name, _)| *name == member);
    format!("{}{below}", known.map_or(member, |(_, option)| option))
}

fn advice(detail: &str) -> String {
    ADVICE.iter().fold(detail.to_owned(), |said, (api, shell)| said.replace(api, shell))
}

fn request(problem: &Value) -> String {
    let id = problem["request_id"].as_str();
    id.map_or_else(String::new, |id| format!(" The request was {}.", plain(id)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_is_said_in_the_words_of_the_command_line() {
        let check = |field: &str, detail: &str, said: &str| {
            let errors = json!([{"field": field, "detail": detail}]);
            let problem = json!({"detail": "one", "errors": errors}).to_string();
            assert_eq!(Failure::answered(StatusCode::BAD_REQUEST, &problem).sentence, said);
        };
        check("overlap_seconds", "is too long", "--overlap: is too long");
        check("events[1]", "is no event", "--event[1]: is no event");
        check("kind", "is unknown", "kind: is unknown");
        check("", "must be an object", "must be an object");
        let said = "--permission: list them, or give --unrestricted";
        check("permissions", "list them, or say \"unrestricted\"", said);
    }
}
