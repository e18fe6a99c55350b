//! The words in which use cases answer, so that callers need not know the store.
//!
//! Must not define anything: these are the port's own types under the engine's roof.

pub use store::command::{
    AccountChange, AlertRow, Approval, AuditPage, AuditRow, Claimed, DeleteAccountRejection,
    DeleteOperatorKeyRejection, Delivery, DeliveryPage, DeliveryState, DuePosition, EventPage,
    EventPosition, EventRow, KeptAttempt, KeyChange, MarkNotAhead, NoSuchWebhook, PAGE_MAX, Page,
    Position, QueueStanding, ReplacedToken, ResendDeliveryRejection, Slice, UpdateAccountRejection,
    WebhookChange, WebhookRef,
};
pub use store::fault::{Failure, Fault, FaultKind, Outcome};
pub use store::port::{Change, Observer};
