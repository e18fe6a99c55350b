//! The words in which use cases answer, so that callers need not know the store.
//!
//! Must not define anything: these are the port's own types under the engine's roof.

pub use store::command::{
    AccountChange, DeleteAccountRejection, DeleteOperatorKeyRejection, EventRow, KeyChange,
    NoSuchWebhook, PAGE_MAX, Page, Position, Slice, UpdateAccountRejection, WebhookChange,
};
pub use store::fault::{Failure, Fault, FaultKind, Outcome};
