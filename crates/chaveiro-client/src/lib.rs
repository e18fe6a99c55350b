//! Asks a Chaveiro server, from inside a service, whether a request may pass.
//!
//! - [`Client::judge`] asks with the head of a request as it came, and is told who calls or what the
//!   caller is to be answered: the realm's own status, lines and body.
//! - [`Client::verify`] and [`Client::verify_batch`] ask with a key, and are told the verdict.
//! - [`VerifyLayer`] (feature `tower`, on by default) does the first for each request of a service.
//!
//! A refusal is a value and a fault is an error: whoever meets a [`Fault`] knows nothing of the key
//! and must not go on. Must not keep an answer: a key that was revoked is refused at once because
//! the server is asked for each request. Knows nothing of the server but the wire.

mod ask;
mod client;
mod connect;
mod decision;
mod fault;
mod judge;
mod key;
mod names;
mod packed;
mod place;
mod question;
#[cfg(feature = "tower")]
mod tower;
mod verdict;

pub use client::{ClearText, Client, NotAClient, Settings, Trust};
pub use decision::{Decision, Denial, Grant, LimitStanding, Mistake};
pub use fault::Fault;
pub use judge::{Caller, Head, Scheme};
pub use key::{NotAKey, VerifierKey};
pub use place::{NotAPlace, Place};
pub use question::Question;
#[cfg(feature = "tower")]
pub use tower::{VerifyBody, VerifyFuture, VerifyLayer, VerifyService};
pub use verdict::{Admission, Identity, Refusal, Verdict};
