//! Answers that all paths of this dialect share: the envelope of errors, absence, and what can be
//! said back.
//!
//! Must not say back what may be a key.

use engine::outcome::Fault;
use http::StatusCode;
use serde_json::json;

use super::errors::{self, JSON};
use crate::dialect::{Answer, Trouble};
use crate::office::Desk;

/// A member of a body that is wrong, by its name on the wire, and why.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) field: &'static str,
    pub(super) description: String,
}

/// One error in the contract's envelope.
pub(super) fn error(status: StatusCode, code: &str, description: &str) -> Answer {
    let body = json!({"errors": [{"code": code, "description": description}]});
    Answer::with_json(status, &JSON, &body)
}

/// Not there, or not the caller's: the contract has no body for it.
pub(super) fn absent() -> Answer {
    Answer::empty(StatusCode::NOT_FOUND)
}

/// Members that are wrong, each with a code of the contract's pattern (section 1.1).
pub(super) fn invalid(wrong: &[Wrong]) -> Answer {
    let one = |Wrong { field, description }: &Wrong| json!({"code": format!("invalid_{field}"), "description": description});
    let errors: Vec<_> = wrong.iter().map(one).collect();
    Answer::with_json(StatusCode::BAD_REQUEST, &JSON, &json!({"errors": errors}))
}

/// What business forbids; the code is the contract's (section 1.1).
pub(super) fn invalid_action(description: &str) -> Answer {
    error(StatusCode::BAD_REQUEST, "invalid_action", description)
}

/// The name of a permission or an event, if it may be said back: a key that was pasted into its place may not,
/// nor a part of one.
pub(super) fn shown(name: &str) -> Option<&str> {
    const SHOWN_MAX: usize = 40;
    let plain = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    (plain && name.len() <= SHOWN_MAX).then_some(name)
}

/// Our own trouble: the log says which, the caller is told nothing of it.
pub(super) fn failed(desk: Desk<'_>, fault: &Fault) -> Answer {
    desk.log(fault);
    errors::trouble(Trouble::Internal)
}
