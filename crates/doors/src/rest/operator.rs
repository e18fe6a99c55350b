//! Who may ask: operators, with a key for verifiers or for administrators.
//!
//! Must not tell how a key is wrong beyond its shape.

use domain::policy::{OperatorAct, operator_may};
use engine::engine::Engine;
use engine::operator_access::{NotAnOperator, Operator};
use http::{HeaderMap, header};

use super::problem::{Problem, ProblemCode};

/// Recognizes the operator by the one key in `Authorization`.
pub(super) fn recognize(engine: &Engine, headers: &HeaderMap) -> Result<Operator, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Err(Problem::of(ProblemCode::NoCredential)) };
    if values.next().is_some() {
        return Err(Problem::of(ProblemCode::Ambiguous));
    }
    let token = bearer(value.as_bytes()).ok_or(Problem::of(ProblemCode::NoCredential))?;
    match engine.operator(token) {
        Ok(operator) if operator_may(operator.role, OperatorAct::Verify) => Ok(operator),
        Ok(_) => Err(Problem::of(ProblemCode::RoleNotEnough)),
        Err(NotAnOperator::Malformed(diagnosis)) => {
            Err(Problem::saying(ProblemCode::Malformed, diagnosis.advice()))
        }
        Err(NotAnOperator::Unknown) => Err(Problem::of(ProblemCode::Unknown)),
    }
}

/// What follows the word `Bearer`, in any case, and at least one space.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(6)?;
    let token = rest.trim_ascii();
    let shaped = scheme.eq_ignore_ascii_case(b"bearer") && rest.starts_with(b" ");
    (shaped && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_may_be_in_any_case_and_any_spaces_may_follow() {
        for text in ["Bearer k", "bEaReR k", "bearer   k ", "BEARER k"] {
            assert_eq!(bearer(text.as_bytes()), Some(&b"k"[..]), "{text}");
        }
        for text in ["", "Bearer", "Bearer ", "Basic k", "Bearerk", "k"] {
            assert_eq!(bearer(text.as_bytes()), None, "{text}");
        }
    }
}
