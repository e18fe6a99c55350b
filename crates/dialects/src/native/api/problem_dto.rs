//! Problem details as they stand on the wire (RFC 9457).

use serde::Serialize;

/// The body of a problem, in the order in which people read it.
#[derive(Serialize)]
pub(super) struct ProblemDto<'a> {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) title: &'static str,
    pub(super) status: u16,
    pub(super) detail: &'a str,
    #[serde(skip_serializing_if = "<[FieldErrorDto]>::is_empty")]
    pub(super) errors: &'a [FieldErrorDto],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<String>,
}

/// What is wrong with one member of the body, or one parameter of the query.
#[derive(Clone, Debug, Serialize)]
pub(super) struct FieldErrorDto {
    pub(super) field: String,
    pub(super) detail: String,
}
