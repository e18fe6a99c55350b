//! What a dialect needs to answer a request itself, on the paths that are its own.
//!
//! A request comes here only after it was granted like any other. Must not decide who may do what
//! below that: the use cases of the engine and the rules beside them do.

use std::pin::Pin;

use bytes::Bytes;
use domain::ids::{AccountId, KeyId, RequestId};
use domain::key::Key;
use domain::key_text::Kid;
use domain::time::Timestamp;
use engine::context::Context;
use engine::engine::Engine;
use engine::outcome::Fault;
use engine::place::PlaceRef;
use http::{Method, Uri};

use crate::dialect::Answer;

/// Most bytes of the body of a request that a dialect answers itself.
pub const BODY_MAX: u64 = 65_536;

/// A request that was granted, with its whole body.
#[derive(Debug)]
pub struct GrantedRequest {
    /// Its method.
    pub method: Method,
    /// Its target.
    pub uri: Uri,
    /// Its body.
    pub body: Bytes,
    /// The key that it came with.
    pub key: KeyId,
    /// The public id of the secret that was shown.
    pub kid: Kid,
    /// The account that the key acts for.
    pub account: AccountId,
}

/// With what a dialect answers.
#[derive(Debug)]
pub struct Office<'a> {
    /// The use cases.
    pub engine: &'a Engine,
    /// Where the request came in.
    pub place: &'a PlaceRef,
    /// Who acts, when, in which request, and chance.
    pub context: Context<'a>,
}

/// An answer on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// The part of an office with which a dialect looks around; one command takes the whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) place: &'a PlaceRef,
    pub(crate) now: Timestamp,
    request_id: RequestId,
}

impl<'a> Office<'a> {
    pub(crate) const fn desk(&self) -> Desk<'a> {
        let Self { engine, place, context } = self;
        Desk { engine, place, now: context.now, request_id: context.request_id }
    }
}

impl Desk<'_> {
    /// When this key will expire for lack of use. Where the store does not say, it is worked out
    /// from the key alone: an answer to a change is not given up for want of this.
    pub(crate) async fn projected(self, key: &Key) -> Option<Timestamp> {
        let projected = self.engine.projected_expiry(self.place, key, self.now).await;
        projected.unwrap_or_else(|fault| {
            self.log(&fault);
            self.engine.projected_expiry_unasked(self.place, key, self.now)
        })
    }

    /// Notes a fault in the log: the caller is told nothing of its details.
    pub(crate) fn log(self, fault: &Fault) {
        let request_id = self.request_id;
        tracing::error!(%request_id, %fault, "a request that the dialect answers itself failed");
    }
}
