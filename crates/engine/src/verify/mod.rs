//! Verification: may this request pass?
//!
//! Must not touch the store; the keyring answers from memory.

mod decide;
mod permit;
mod request;

pub(crate) use decide::reach_of;
pub use permit::{Permit, Verdict};
pub use request::{Credential, ProjectName, Transport, VerifyRequest};
