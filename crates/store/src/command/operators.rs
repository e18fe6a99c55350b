//! Commands and questions about operators' keys.
//!
//! Must not hold anything that a store would have to make up.

use domain::idempotence::Idempotence;
use domain::ids::OperatorKeyId;
use domain::operator::OperatorKey;

use super::{Position, Trail};

/// Makes a key for an operator.
#[derive(Clone, Debug)]
pub struct CreateOperatorKey {
    /// The key.
    pub key: OperatorKey,
    /// By which it is done once.
    pub once: Option<Idempotence>,
    /// What tells of it.
    pub trail: Trail,
}

/// Why a key was not made for an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateOperatorKeyRejection {
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request")]
    OtherRequest,
    /// The key was made before. Nobody can tell whether its text is in use.
    #[error("the operator's key {made} was made before")]
    AlreadyMade {
        /// The key.
        made: OperatorKeyId,
    },
}

/// Deletes an operator's key for good. A deleted key stays as it is.
#[derive(Clone, Debug)]
pub struct DeleteOperatorKey {
    /// Which key.
    pub key: OperatorKeyId,
    /// What tells of it.
    pub trail: Trail,
}

/// Why an operator's key was not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeleteOperatorKeyRejection {
    /// No other admin's key is left, and without one nobody could manage the server.
    #[error("this is the last admin key: make another one first")]
    LastAdmin,
    /// There is no such key.
    #[error("there is no such operator's key")]
    NoSuchOperatorKey,
}

/// Asks for operators' keys, in the order of their making. Deleted ones are left out.
#[derive(Clone, Copy, Debug)]
pub struct ListOperatorKeys {
    /// Where to go on.
    pub after: Position,
    /// How many, from one to [`PAGE_MAX`].
    pub limit: u32,
}
