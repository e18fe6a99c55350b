//! What the handlers of the API share, and how they run a command of the engine.
//!
//! Must not own a clock or a generator: the server brings both.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::audit::Actor;
use domain::cursor::CursorSecret;
use domain::entropy::Entropy;
use domain::idempotence::{Idempotence, IdempotencyKey};
use domain::ids::{Place, RealmName, RequestId};
use domain::key::Key;
use domain::operator::OperatorRole;
use domain::time::{Reading, Timestamp};
use engine::context::Context;
use engine::dispatch_letters::Writing;
use engine::engine::Engine;
use engine::outcome::{Failure, Fault};
use engine::outgoing::Outgoing;
use engine::place::PlaceRef;
use engine::ports::loops::Loops;
use engine::preview_lifecycle::Audience;

use super::finished::Finished;
use super::problem::Problem;
use super::rejections;

/// Reads the system's clock.
pub type Clock = Arc<dyn Fn() -> Reading + Send + Sync>;

/// Makes a source of unpredictable bytes for one command.
pub type EntropySource = Arc<dyn Fn() -> Box<dyn Entropy + Send> + Send + Sync>;

/// Makes somebody who waits for the loops that send, for one request.
pub type LoopsSource = Arc<dyn Fn() -> Box<dyn Loops> + Send + Sync>;

/// What the API is built from. Each request takes it several times, so that a copy is one count.
#[derive(Clone)]
pub struct ApiState(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    engine: Arc<Engine>,
    clock: Clock,
    entropy: EntropySource,
    dialects: Arc<[(RealmName, &'static str)]>,
    cursors: CursorSecret,
    outgoing: Option<Arc<Outgoing>>,
    writing: Writing,
    loops: Option<LoopsSource>,
}

impl fmt::Debug for ApiState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiState").field("engine", &self.0.engine).finish_non_exhaustive()
    }
}

impl ApiState {
    /// An API over this engine.
    pub fn new(engine: Arc<Engine>, clock: Clock, entropy: EntropySource) -> Self {
        let cursors = CursorSecret::random(&mut *entropy());
        let (dialects, outgoing, writing, loops) = (Arc::default(), None, Writing::Off, None);
        let parts = Parts { engine, clock, entropy, dialects, cursors, outgoing, writing, loops };
        Self(Arc::new(parts))
    }

    /// Says who is told of events, and how. Without it nobody is.
    #[must_use]
    pub fn with_outgoing(mut self, outgoing: Arc<Outgoing>) -> Self {
        Arc::make_mut(&mut self.0).outgoing = Some(outgoing);
        self
    }

    /// Says whether people are written to. Without it they are not.
    #[must_use]
    pub fn with_writing(mut self, writing: Writing) -> Self {
        Arc::make_mut(&mut self.0).writing = writing;
        self
    }

    /// Says how the loops that send are waited for. Without it nobody is waited for.
    #[must_use]
    pub fn with_loops(mut self, loops: LoopsSource) -> Self {
        Arc::make_mut(&mut self.0).loops = Some(loops);
        self
    }

    /// Makes cursors with this secret, so that they hold for whoever else has it. Without one they
    /// hold as long as this API does.
    #[must_use]
    pub fn with_cursors(mut self, cursors: CursorSecret) -> Self {
        Arc::make_mut(&mut self.0).cursors = cursors;
        self
    }

    /// Says which dialect each realm speaks, so that realms can be shown with it.
    #[must_use]
    pub fn with_dialects(
        mut self,
        dialects: impl IntoIterator<Item = (RealmName, &'static str)>,
    ) -> Self {
        Arc::make_mut(&mut self.0).dialects = dialects.into_iter().collect();
        self
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(super) fn outgoing(&self) -> Option<&Outgoing> {
        self.0.outgoing.as_deref()
    }

    /// Who is told of what happens, and how.
    pub(super) fn audience(&self) -> Audience<'_> {
        Audience { outgoing: self.outgoing(), writing: self.0.writing }
    }

    pub(super) fn loops(&self) -> Option<Box<dyn Loops>> {
        self.0.loops.as_ref().map(|source| source())
    }

    pub(super) fn cursors(&self) -> &CursorSecret {
        &self.0.cursors
    }

    /// The system's clock itself, for what takes long.
    pub(super) fn clock(&self) -> Clock {
        Arc::clone(&self.0.clock)
    }

    /// A reading of the system's clock, which is nobody's time yet.
    pub(super) fn reading(&self) -> Reading {
        (self.0.clock)()
    }

    /// The time of this place.
    pub(super) fn time_in(&self, place: &PlaceRef) -> Timestamp {
        place.time(self.reading())
    }

    /// The time of the place with these names, which is served.
    pub(super) fn time_at(&self, place: &Place) -> Timestamp {
        let found = self.engine().place(place.realm.as_str(), place.environment.as_str());
        found.map_or_else(|| self.reading().real(), |found| self.time_in(found))
    }

    /// When this key will expire for lack of use, for the answer to a change of it. The change is
    /// done, and its answer may show a secret: it does not fail for want of this.
    pub(super) async fn projected_after(
        &self,
        caller: Caller,
        key: &Key,
    ) -> (Option<Timestamp>, Timestamp) {
        let now = self.time_at(&key.place);
        let (realm, environment) = (key.place.realm.as_str(), key.place.environment.as_str());
        let Some(place) = self.engine().place(realm, environment) else { return (None, now) };
        let projected = self.engine().projected_expiry(place, key, now).await;
        let projected = projected.unwrap_or_else(|fault| {
            caller.fault(&fault);
            self.engine().projected_expiry_unasked(place, key, now)
        });
        (projected, now)
    }

    pub(super) fn dialect_of(&self, realm: &RealmName) -> Option<&'static str> {
        self.0.dialects.iter().find(|(name, _)| name == realm).map(|(_, dialect)| *dialect)
    }

    pub(super) fn new_request_id(&self) -> RequestId {
        RequestId::random(&mut *(self.0.entropy)())
    }

    /// Runs a command to its end, also when the caller hangs up meanwhile: a change that was begun
    /// is finished, and whoever asks later sees the whole of it. `now` is the time of the place that
    /// it is about.
    pub(super) async fn commit<T, C>(
        &self,
        caller: Caller,
        now: Timestamp,
        command: C,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        C: for<'a> FnOnce(&'a Engine, Context<'a>) -> Running<'a, T> + Send + 'static,
    {
        let engine = Arc::clone(&self.0.engine);
        let mut entropy = (self.0.entropy)();
        let Caller { actor, role: _, request_id, retry: _, once } = caller;
        let asked_at = self.reading().real();
        let work = Finished::new(async move {
            // Whoever asks again does so in real time, wherever that is about.
            let once = once.map(|once| Idempotence { at: asked_at, ..once });
            let context = Context { now, actor, request_id, once, entropy: &mut *entropy };
            command(&engine, context).await
        });
        work.await.map_err(|broke| {
            tracing::error!(%request_id, error = broke.detail(), "a command broke off");
            rejections::broke_off(request_id)
        })
    }
}

/// A command on its way.
pub(super) type Running<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who asks, and in which request. Only the gate makes one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    pub(super) actor: Actor,
    pub(super) role: OperatorRole,
    pub(super) request_id: RequestId,
    /// The idempotency key that came with the request, if one did.
    pub(super) retry: Option<IdempotencyKey>,
    /// By which its command is done once; known when its body is.
    pub(super) once: Option<Idempotence>,
}

impl Caller {
    /// The problem to answer when a command was not done.
    pub(super) fn failed<R>(
        self,
        failure: Failure<R>,
        translate: impl FnOnce(R) -> Problem,
    ) -> Problem {
        match failure {
            Failure::Rejected(rejection) => translate(rejection),
            Failure::Fault(fault) => self.fault(&fault),
        }
    }

    /// The problem to answer to a fault. This is the one place where it is logged.
    pub(super) fn fault(self, fault: &Fault) -> Problem {
        tracing::error!(request_id = %self.request_id, %fault, "a request of the API failed");
        rejections::fault(fault.kind, self.request_id)
    }
}
