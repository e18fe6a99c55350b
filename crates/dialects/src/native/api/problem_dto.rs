//! Problem details as they stand on the wire (RFC 9457).

use serde::Serialize;
use utoipa::ToSchema;

/// The body of a problem, in the order in which people read it.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemDto<'a> {
    /// Which problem: a path that never changes
    #[serde(rename = "type")]
    #[schema(pattern = "^/problems/[a-z_]+$")]
    pub(super) kind: String,
    /// The problem in a few words
    pub(super) title: &'static str,
    /// The status of the answer
    #[schema(minimum = 400, maximum = 599)]
    pub(super) status: u16,
    /// What to do about it
    pub(super) detail: &'a str,
    /// What is wrong with each member of the body or parameter of the query
    #[schema(value_type = Vec<FieldErrorDto>)]
    #[serde(skip_serializing_if = "<[FieldErrorDto]>::is_empty")]
    pub(super) errors: &'a [FieldErrorDto],
    /// Under which id the log tells more
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<String>,
}

/// What is wrong with one member of the body, or one parameter of the query.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FieldError)]
pub(super) struct FieldErrorDto {
    /// Its name, with a path where it is nested
    pub(super) field: String,
    /// What is wrong with it
    pub(super) detail: String,
}
