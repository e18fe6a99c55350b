//! Verification: may this request pass?
//!
//! Must not touch the store; the keyring answers from memory.

mod decide;
mod limits;
mod permit;
mod request;

pub(crate) use decide::reach_of;
pub(crate) use limits::LimitTaker;
pub use limits::{ShadowTally, Taken, UnderWay};
pub use permit::{Permit, Verdict};
pub use request::{Counting, Credential, ProjectName, Transport, VerifyRequest};
