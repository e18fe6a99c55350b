//! The few comparisons that laws are made of.
//!
//! Must not panic: a broken law is a value, so that lies can be counted.

use std::fmt::Debug;

use domain::key::Key;
use domain::operator::OperatorKey;
use store::fault::{Failure, Fault, FaultKind};

use crate::Verdict;

/// Says that something is so, or returns what was seen instead.
pub(crate) fn ensure(so: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if so { Ok(()) } else { Err(otherwise()) }
}

/// Compares by value and shows both where they differ.
pub(crate) fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Verdict {
    ensure(found == expected, || format!("{what}: expected {expected:?}, found {found:?}"))
}

/// Compares records that have no equality of their own by what they show, and their digests.
pub(crate) fn same_key(what: &str, found: &Key, expected: &Key) -> Verdict {
    same(what, &format!("{found:?}"), &format!("{expected:?}"))?;
    let digests = |key: &Key| {
        let old = key.previous.as_ref().map(|old| old.secret.digest);
        (key.secret.digest.bytes, old.map(|digest| digest.bytes))
    };
    ensure(digests(found) == digests(expected), || format!("{what}: a digest changed"))
}

/// As [`same_key`], for a key that has to be there.
pub(crate) fn same_found(what: &str, found: Option<&Key>, expected: &Key) -> Verdict {
    match found {
        Some(found) => same_key(what, found, expected),
        None => Err(format!("{what}: expected {expected:?}, found nothing")),
    }
}

/// As [`same_key`], for keys of operators.
pub(crate) fn same_operator_key(found: &OperatorKey, expected: &OperatorKey) -> Verdict {
    let what = "operator key";
    same(what, &format!("{found:?}"), &format!("{expected:?}"))?;
    ensure(found.digest.same(&expected.digest), || format!("{what}: the digest changed"))
}

/// Makes a failure of a step readable.
pub(crate) trait OrSaid<T> {
    /// The value, or a sentence that says which step failed how.
    fn or_said(self, step: &str) -> Result<T, String>;
}

impl<T, E: Debug> OrSaid<T> for Result<T, E> {
    fn or_said(self, step: &str) -> Result<T, String> {
        self.map_err(|error| format!("{step} failed: {error:?}"))
    }
}

/// Expects this very rejection.
pub(crate) fn rejected<T: Debug, R: PartialEq + Debug>(
    step: &str,
    outcome: &Result<T, Failure<R>>,
    expected: &R,
) -> Verdict {
    match outcome {
        Err(Failure::Rejected(rejection)) => same(step, rejection, expected),
        Err(Failure::Fault(_)) | Ok(_) => {
            Err(format!("{step}: expected the rejection {expected:?}, got {outcome:?}"))
        }
    }
}

/// Expects a fault of which it is certain that nothing was done.
pub(crate) fn refused<T: Debug, R: Debug>(step: &str, outcome: &Result<T, Failure<R>>) -> Verdict {
    match outcome {
        Err(Failure::Fault(fault)) => refused_safely(step, fault),
        Err(Failure::Rejected(_)) | Ok(_) => {
            Err(format!("{step}: expected a fault, got {outcome:?}"))
        }
    }
}

/// Expects a fault that allows trying again.
pub(crate) fn refused_safely(step: &str, fault: &Fault) -> Verdict {
    same(step, &fault.kind, &FaultKind::Unavailable)
}
