//! Operator keys as they stand on the wire, and how one is asked for.
//!
//! Must not show a secret outside the one answer that issues it.

use domain::name::DisplayName;
use domain::operator::{OperatorKey, OperatorRole};
use engine::create_operator_key::IssuedOperatorKey;
use serde::Serialize;
use utoipa::ToSchema;

use super::object::{self, Wrong};
use super::problem::Problem;
use super::{describe_values, values};

/// An operator's key, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = OperatorKey)]
pub(super) struct OperatorKeyDto<'a> {
    id: String,
    name: &'a str,
    #[schema(value_type = RoleBody)]
    role: &'static str,
    /// What may be shown of its text: prefix, four letters, the last four
    hint: &'a str,
    #[schema(format = DateTime)]
    created_at: String,
}

impl<'a> OperatorKeyDto<'a> {
    pub(super) fn of(key: &'a OperatorKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.as_str(),
            role: key.role.name(),
            hint: key.hint.as_str(),
            created_at: key.created_at.to_rfc3339(),
        }
    }
}

/// An operator's key that was just made, with its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedOperatorKey)]
pub(super) struct IssuedOperatorKeyDto<'a> {
    id: String,
    name: &'a str,
    #[schema(value_type = RoleBody)]
    role: &'static str,
    hint: &'a str,
    #[schema(format = DateTime)]
    created_at: String,
    /// The whole text. It is shown in this answer and never again
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

/// What an operator's key opens: everything, what only shows, or the verify call.
#[derive(ToSchema)]
#[schema(as = Role)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the names of the roles")]
pub(super) enum RoleBody {
    Admin,
    Support,
    Verifier,
}

/// The body that asks for an operator's key.
#[derive(ToSchema)]
#[schema(as = NewOperatorKey)]
#[expect(dead_code, reason = "describes what the reader below takes")]
pub(super) struct NewOperatorKeyBody {
    /// What people call it
    #[schema(schema_with = describe_values::name)]
    name: String,
    role: RoleBody,
}

/// Reads the body that asks for an operator's key.
pub(super) fn read(body: &str) -> Result<(OperatorRole, DisplayName), Problem> {
    object::body(body, |mut object| {
        let name = object.required("name", values::name);
        let role = object.required("role", |raw| {
            let role = OperatorRole::parse(&values::text(raw)?);
            role.ok_or_else(|| Wrong::here("must be admin, support or verifier"))
        });
        object.finish(role.zip(name))
    })
}
