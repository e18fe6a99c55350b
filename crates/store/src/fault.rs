//! What can go wrong that is the store's own trouble, and how it differs from a rejection.
//!
//! A rejection says that a command cannot be done; a fault says that we could not do it.
//! Must not carry a secret: details go to logs.

use std::fmt;

/// Which trouble the store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// What is stored cannot be read as what it should be.
    Damaged,
    /// There is no room left.
    Full,
    /// Nobody knows whether the command was done; only reading again can tell.
    OutcomeUnknown,
    /// The store does not answer; nothing was done, and trying again is safe.
    Unavailable,
}

/// Trouble of the store, for the log; clients see a fixed sentence.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Which trouble.
    pub kind: FaultKind,
    /// What the engine below said.
    pub detail: String,
}

impl Fault {
    /// A fault of this kind.
    pub fn new(kind: FaultKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            FaultKind::Damaged => "the store holds something unreadable",
            FaultKind::Full => "the store has no room left",
            FaultKind::OutcomeUnknown => "the store did not say whether the change was made",
            FaultKind::Unavailable => "the store does not answer",
        };
        write!(f, "{what}: {}", self.detail)
    }
}

impl std::error::Error for Fault {}

/// Why a command was not done: it cannot be (`Rejected`), or we could not (`Fault`).
#[derive(Clone, Debug)]
pub enum Failure<R> {
    /// The command cannot be done; trying again will not help.
    Rejected(R),
    /// Our trouble.
    Fault(Fault),
}

impl<R> From<Fault> for Failure<R> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<R> Failure<R> {
    /// The same failure with its rejection translated.
    pub fn map_rejection<S>(self, translate: impl FnOnce(R) -> S) -> Failure<S> {
        match self {
            Self::Rejected(rejection) => Failure::Rejected(translate(rejection)),
            Self::Fault(fault) => Failure::Fault(fault),
        }
    }
}

/// What a command answers.
pub type Outcome<T, R> = Result<T, Failure<R>>;
