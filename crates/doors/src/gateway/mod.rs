//! The gateway: stands in front of an API, lets granted requests through and answers the others.
//!
//! One [`Gateway`] serves one environment on one thread; all of them share its
//! [`GatewaySettings`]. A request goes through `front`, the dialect, the engine, and then to
//! `answer`, to `office` where the dialect answers itself, or to `forward`; the last two take the
//! permit, so nothing reaches an upstream or a use case without one. Must not decide anything
//! itself, and must not gather bodies that are passed on.

mod answer;
mod backend;
mod connect;
mod forward;
mod forward_h2;
mod front;
mod h1;
mod h2;
mod health;
mod heard;
mod lane;
mod office;
mod outbox;
mod pool;
mod settings;
mod shared;
mod stamp;
mod token;
mod trouble_log;
mod tunnel;
mod upgrade;
mod upstream;
mod upstream_body;
mod upstream_io;
mod vigil;
mod way;
mod wire;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dialects::dialect::RequestHead;
use domain::method::Method;
use domain::time::Tick;
use engine::verify::{Counting, Verdict, VerifyRequest};
use http::request::Parts;
use http::{HeaderMap, Request, Response, header};
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::task::JoinSet;

use crate::arrival::Arrival;
use crate::body::DoorBody;
use crate::inbound::{BodyLimits, RequestBody};
use crate::limit_lines::LimitLines;
pub use backend::{Backend, BackendRules};
use h1::forwarded::{Chain, believe};
pub(crate) use h1::request::claims_our_name;
pub use h2::StreamBody;
pub use health::HealthCheck;
use lane::Lanes;
pub use office::BackOffice;
pub use settings::{GatewaySettings, Hints, UpstreamLimits};
pub(crate) use stamp::{Stamps, lines};
use trouble_log::TroubleLog;
pub use upstream::{Protocol, Upstream, UpstreamError};
pub use upstream_body::{UpstreamBody, UpstreamBroke};

/// The gateway of one environment on one thread.
#[derive(Debug)]
pub struct Gateway {
    /// Requests under way keep the one that they began with.
    setup: RefCell<Rc<Setup>>,
}

/// One request, as it goes to wherever it is answered.
struct Asking {
    parts: Parts,
    body: RequestBody,
    chain: Chain,
}

/// The gateway as it is set up for now.
#[derive(Debug)]
struct Setup {
    settings: Arc<GatewaySettings>,
    lanes: Lanes,
    stamps: Stamps,
    trouble_log: TroubleLog,
}

impl Gateway {
    /// A gateway without connections.
    #[must_use]
    pub fn new(settings: Arc<GatewaySettings>) -> Self {
        Self { setup: RefCell::new(Rc::new(Setup::new(settings))) }
    }

    /// Serves requests by these settings from here on; those under way go on as they began.
    pub fn set_up(&self, settings: Arc<GatewaySettings>) {
        self.setup.replace(Rc::new(Setup::new(settings)));
    }

    /// Serves one request.
    pub fn serve(
        &self,
        request: Request<Incoming>,
        arrival: Arrival,
    ) -> impl Future<Output = Response<DoorBody>> + use<> {
        self.now().serve(request, arrival)
    }

    /// Closes connections to the upstream that were not used for too long. To be called now and
    /// then, because a gateway without requests notices nothing.
    pub fn tidy(&self, now: Tick) {
        self.now().lanes.tidy(now);
    }

    /// Begins a look at every server, where that is wanted, each in a task of its own among these;
    /// how long to wait until the next time. To be called on one thread alone.
    pub fn look_after(&self, looks: &mut JoinSet<()>) -> Option<Duration> {
        let setup = self.now();
        let check = setup.settings.health.as_ref()?;
        // Those of before are over by now, or will be as soon as they are asked.
        while looks.try_join_next().is_some() {}
        for at in 0..setup.settings.upstreams.len() {
            let setup = Rc::clone(&setup);
            looks.spawn_local(async move { setup.look_at(at).await });
        }
        Some(check.every)
    }

    fn now(&self) -> Rc<Setup> {
        Rc::clone(&self.setup.borrow())
    }
}

impl Setup {
    fn new(settings: Arc<GatewaySettings>) -> Self {
        let lanes = Lanes::new(&settings.upstreams, &settings.limits);
        Self { settings, lanes, stamps: Stamps::default(), trouble_log: TroubleLog::default() }
    }

    /// Serves one request.
    async fn serve(
        self: Rc<Self>,
        request: Request<Incoming>,
        mut arrival: Arrival,
    ) -> Response<DoorBody> {
        let settings = &*self.settings;
        let (parts, incoming) = request.into_parts();
        let chain = match &settings.trusted_hops {
            None => Chain::Fresh,
            Some(trusted) => believe(&parts.headers, trusted, &mut arrival),
        };
        let own = settings.dialect.serves(parts.uri.path());
        let bytes_max =
            if own { settings.back_office.body_bytes_max } else { settings.limits.body_bytes_max };
        let limits = BodyLimits { bytes_max, silence_max: settings.limits.body_silence_max };
        let body = RequestBody::new(incoming, limits);
        // In a box, because a future is copied whole from hand to hand before it first runs.
        let asking = Box::new(Asking { parts, body, chain });
        if let Err(trouble) = front::check(&asking.parts, &asking.body, &*settings.dialect) {
            return answer::trouble(settings, trouble, &arrival);
        }
        // A first permit for what is answered here is worth the waiting for the body, and no more.
        let waits = own && !asking.body.is_end_stream();
        let counting = if waits { Counting::NotYet } else { Counting::ToTheEnd };
        let permit = match self.verify(&asking.parts, &arrival, counting).await {
            Verdict::Refused(refusal) => return answer::refuse(settings, &refusal, &arrival),
            Verdict::Granted(_) if waits => {
                return Box::pin(self.answer_here(asking, arrival)).await;
            }
            Verdict::Granted(permit) => Box::new(permit),
        };
        let lines = LimitLines::of(&*settings.dialect, permit.taken(), arrival.now.real());
        let mut response = if own {
            Box::pin(office::serve(settings, &permit, asking.parts, Bytes::new(), &arrival)).await
        } else {
            let forwarded = self.forward(permit, asking, &arrival).await;
            forwarded.unwrap_or_else(|failure| self.failed(failure, &arrival))
        };
        lines.put(response.headers_mut());
        response
    }

    /// Has the dialect answer. Its body may have taken long, and the key may be gone by now, so
    /// the request is verified again, at the instant at which it is whole.
    async fn answer_here(&self, asking: Box<Asking>, arrival: Arrival) -> Response<DoorBody> {
        let settings = &*self.settings;
        let Asking { parts, body, .. } = *asking;
        let (body, arrival) = match office::gathered(body, arrival).await {
            Ok(whole) => whole,
            Err(failure) => return office::ungathered(settings, &failure, &arrival),
        };
        match self.verify(&parts, &arrival, Counting::ToTheEnd).await {
            Verdict::Refused(refusal) => answer::refuse(settings, &refusal, &arrival),
            Verdict::Granted(permit) => {
                let lines = LimitLines::of(&*settings.dialect, permit.taken(), arrival.now.real());
                let mut response = office::serve(settings, &permit, parts, body, &arrival).await;
                lines.put(response.headers_mut());
                response
            }
        }
    }

    /// Asks the engine. The verdict borrows from the settings alone, so the head is free again.
    async fn verify(&self, parts: &Parts, arrival: &Arrival, counting: Counting) -> Verdict<'_> {
        let GatewaySettings { engine, place, dialect, .. } = &*self.settings;
        let head = RequestHead { method: &parts.method, uri: &parts.uri, headers: &parts.headers };
        let extraction = dialect.extract(&head, &place.realm().prefixes);
        let request = VerifyRequest {
            now: arrival.now,
            tick: arrival.tick,
            counting,
            transport: arrival.transport,
            credential: extraction.credential,
            method: Method::parse(parts.method.as_str()),
            path: parts.uri.path(),
            client: Some(arrival.client),
            names_its_program: names_its_program(&parts.headers),
            project: extraction.project,
        };
        engine.verify(place, &request).await
    }
}

/// Whether there is a `User-Agent` that says something.
pub(crate) fn names_its_program(headers: &HeaderMap) -> bool {
    headers
        .get(header::USER_AGENT)
        .is_some_and(|value| value.as_bytes().iter().any(|byte| !byte.is_ascii_whitespace()))
}
