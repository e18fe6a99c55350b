//! The call by which other gateways and services ask: `POST /api/v1/verify`, one question or many.
//! Proxies that ask in their own way come to the same listener and are sent on to forward-auth.
//!
//! A decision is always answered with 200, whatever it says; every other status tells of the
//! caller's own mistake. Must not take a verifier's word for who the caller of an API is: it is
//! asked with the key itself.

mod answer;
mod ask;
mod batch;
mod body;
mod describe;
mod operator;
pub(crate) mod problem;
mod question;

pub(crate) use ask::find;
pub use describe::description;
pub(crate) use describe::{by_status, details};

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dialects::dialect::Dialect;
use engine::engine::Engine;
use engine::place::PlaceRef;
use engine::verify::Transport;
use http::{HeaderValue, Method, Request, Response, header};
use hyper::body::Incoming;

use crate::arrival::Arrival;
use crate::asker::Askers;
use crate::body::DoorBody;
use crate::forward_auth::{self, ForwardAuth};
use crate::gateway::Hints;
use crate::identity::IdentitySigner;
use crate::inbound::{BodyLimits, RequestBody};
use problem::{Problem, ProblemCode};

static JSON: HeaderValue = HeaderValue::from_static("application/json");
static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// An environment that can be asked about.
#[derive(Debug)]
pub struct VerifyPlace {
    /// The environment.
    pub place: PlaceRef,
    /// How its realm speaks; it knows with which status a refusal is answered.
    pub dialect: Arc<dyn Dialect>,
    /// Whether refusals say what to do.
    pub hints: Hints,
    /// What a request is that came to a proxy in the clear.
    pub in_the_clear: Transport,
}

/// What the verify call is told at its start.
#[derive(Debug)]
pub struct VerifySettings {
    /// Who decides.
    pub engine: Arc<Engine>,
    /// The environments, in the order of the configuration.
    pub places: Vec<VerifyPlace>,
    /// Which proxies may ask about the requests of others.
    pub askers: Askers,
    /// Who signs what upstreams are told through proxies.
    pub signer: Arc<dyn IdentitySigner>,
    /// Most bytes of one question.
    pub body_bytes_max: u64,
    /// Most bytes of a batch.
    pub batch_body_bytes_max: u64,
    /// Time for a body to arrive.
    pub body_deadline: Duration,
}

/// The door for verifiers.
#[derive(Debug)]
pub struct VerifyDoor {
    settings: Arc<VerifySettings>,
    forward_auth: ForwardAuth,
}

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    One,
    Batch,
}

impl Call {
    fn of(path: &str) -> Option<Self> {
        match path {
            "/api/v1/verify" => Some(Self::One),
            "/api/v1/verify/batch" => Some(Self::Batch),
            _ => None,
        }
    }
}

impl VerifyDoor {
    /// A door with these settings.
    #[must_use]
    pub fn new(settings: Arc<VerifySettings>) -> Self {
        let forward_auth = ForwardAuth::new(Arc::clone(&settings));
        Self { settings, forward_auth }
    }

    /// Serves one request.
    pub async fn serve(&self, request: Request<Incoming>, arrival: Arrival) -> Response<DoorBody> {
        if request.uri().path().starts_with(forward_auth::BASE) {
            // Its body is not for us.
            return self.forward_auth.serve(&request.into_parts().0, &arrival).await;
        }
        match self.call(request, &arrival).await {
            Ok(json) => {
                let mut response = Response::new(DoorBody::from(Bytes::from(json)));
                let headers = response.headers_mut();
                headers.insert(header::CONTENT_TYPE, JSON.clone());
                headers.insert(header::CACHE_CONTROL, NO_STORE.clone());
                response
            }
            Err(problem) => problem.into_response(&arrival),
        }
    }

    /// Everything that costs something comes after the key.
    async fn call(
        &self,
        request: Request<Incoming>,
        arrival: &Arrival,
    ) -> Result<Vec<u8>, Problem> {
        let settings = &*self.settings;
        let (parts, incoming) = request.into_parts();
        match arrival.transport {
            Transport::Allowed => {}
            Transport::Insecure => return Err(Problem::of(ProblemCode::InsecureTransport)),
        }
        let call = Call::of(parts.uri.path()).ok_or(Problem::of(ProblemCode::NoSuchPath))?;
        if parts.method != Method::POST {
            return Err(Problem::of(ProblemCode::MethodNotAllowed));
        }
        operator::recognize(&settings.engine, &parts.headers)?;
        body::check_type(&parts.headers)?;
        let bytes_max = match call {
            Call::One => settings.body_bytes_max,
            Call::Batch => settings.batch_body_bytes_max,
        };
        let limits = BodyLimits { bytes_max, silence_max: settings.body_deadline };
        let incoming = RequestBody::new(incoming, limits);
        let bytes = body::read(incoming, settings.body_deadline).await?;
        match call {
            Call::One => ask::one(settings, &bytes, arrival).await,
            Call::Batch => batch::many(settings, &bytes, arrival).await,
        }
    }
}
