//! The layer: each request to a service is asked about before the service sees it.
//!
//! | the server says | the service behind | the caller gets |
//! |---|---|---|
//! | granted | is called: credential and `Chaveiro-*` lines gone, [`Identity`](crate::Identity) among the extensions | its answer, and where the limits stand |
//! | refused | is not called | the realm's own status, lines and body |
//! | nothing ([`Fault`](crate::Fault)) | is not called | 503, or 431 for a head that is too large, and the fault among the extensions of the answer |
//!
//! Must not call the service without a grant, and must not touch a body.

mod answer;
mod body;
mod service;

use std::fmt;
use std::sync::Arc;

use http::request::Parts;
use tower_layer::Layer;

use crate::client::Client;
use crate::judge::Caller;
use crate::place::Place;

pub use body::VerifyBody;
pub use service::{VerifyFuture, VerifyService};

/// Puts a service behind the verdict of a Chaveiro server.
///
/// Put it around everything that serves requests, and behind nothing that changes their paths: what
/// it asks about is the path that it sees.
#[derive(Clone)]
pub struct VerifyLayer(Arc<Asking>);

/// Who is asked, and about what.
struct Asking {
    client: Client,
    place: Place,
    caller: Box<CallerOf>,
}

/// Reads of a request what the service knows of its caller.
type CallerOf = dyn Fn(&Parts) -> Caller + Send + Sync;

impl VerifyLayer {
    /// Asks this client whether a key of this place may do what a request wants. `caller` says what
    /// is known of who sent it, such as the address in axum's `ConnectInfo`; it has to be quick.
    pub fn new(
        client: Client,
        place: Place,
        caller: impl Fn(&Parts) -> Caller + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Asking { client, place, caller: Box::new(caller) }))
    }
}

impl fmt::Debug for VerifyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Asking { client, place, .. } = &*self.0;
        f.debug_tuple("VerifyLayer").field(client).field(place).finish()
    }
}

impl<S> Layer<S> for VerifyLayer {
    type Service = VerifyService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        VerifyService::new(inner, Arc::clone(&self.0))
    }
}
