//! Operator keys as they stand on the wire, and how one is asked for.
//!
//! Must not show a secret outside the one answer that issues it.

use domain::name::DisplayName;
use domain::operator::OperatorRole;
use engine::create_operator_key::IssuedOperatorKey;
use serde::Serialize;

use super::object::{self, Wrong};
use super::problem::Problem;
use super::values;

/// An operator's key that was just made, with its secret.
#[derive(Serialize)]
pub(super) struct IssuedOperatorKeyDto<'a> {
    id: String,
    name: &'a str,
    role: &'static str,
    hint: &'a str,
    created_at: String,
    key: &'a str,
}

impl<'a> IssuedOperatorKeyDto<'a> {
    /// The key and its secret, to be shown once.
    pub(super) fn of(issued: &'a IssuedOperatorKey) -> Self {
        Self {
            id: issued.key.id.to_string(),
            name: issued.key.name.as_str(),
            role: issued.key.role.name(),
            hint: issued.key.hint.as_str(),
            created_at: issued.key.created_at.to_rfc3339(),
            key: issued.text.expose(),
        }
    }
}

/// Reads the body that asks for an operator's key.
pub(super) fn read(body: &str) -> Result<(OperatorRole, DisplayName), Problem> {
    object::body(body, |mut object| {
        let name = object.required("name", values::name);
        let role = object.required("role", |raw| {
            let role = OperatorRole::parse(&values::text(raw)?);
            role.ok_or_else(|| Wrong::here("must be admin or verifier"))
        });
        object.finish(role.zip(name))
    })
}
