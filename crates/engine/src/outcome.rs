//! The words in which use cases answer, so that callers need not know the store.
//!
//! Must not define anything: these are the port's own types under the engine's roof.

pub use store::command::{
    AccountChange, KeyChange, PAGE_MAX, Page, Position, UpdateAccountRejection,
};
pub use store::fault::{Failure, Fault, FaultKind, Outcome};
