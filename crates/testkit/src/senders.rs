//! A courier and a postman that keep what they are given, and answer as a test says.
//!
//! Must not be used where the real ones are tested: those meet real receivers.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::audit::EventKind;
use domain::delivery::SuccessRule;
use domain::ids::EventId;
use domain::time::Timestamp;
use domain::webhook::Webhook;
use engine::outgoing::{Outgoing, Wording};
use engine::place::PlaceRef;
use engine::ports::courier::{Attempt, AttemptOutcome, Courier, Parcel};
use engine::ports::herald::{Herald, Told};
use engine::ports::postman::{Letter, MailTrouble, Postman};

/// What is answered to what is sent.
type Answers<T, A> = Box<dyn FnMut(&T) -> A + Send>;

/// Takes things over and keeps them in their order.
struct Kept<T, A> {
    answers: Mutex<Answers<T, A>>,
    taken: Mutex<Vec<T>>,
}

impl<T: Clone, A> Kept<T, A> {
    fn new(answers: impl FnMut(&T) -> A + Send + 'static) -> Self {
        Self { answers: Mutex::new(Box::new(answers)), taken: Mutex::default() }
    }

    fn take(&self, thing: &T) -> A {
        locked(&self.taken).push(thing.clone());
        locked(&self.answers)(thing)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A courier that sends nothing.
pub struct KeepingCourier(Kept<Parcel, Attempt>);

impl KeepingCourier {
    /// One that answers so.
    pub fn new(answers: impl FnMut(&Parcel) -> Attempt + Send + 'static) -> Self {
        Self(Kept::new(answers))
    }

    /// One whose receivers all answer with this status.
    #[must_use]
    pub fn answering(status: u16) -> Self {
        Self::new(move |_| answered(status))
    }

    /// What it was given so far.
    #[must_use]
    pub fn parcels(&self) -> Vec<Parcel> {
        locked(&self.0.taken).clone()
    }
}

/// The attempt of a receiver that answers at once, without a body.
#[must_use]
pub const fn answered(status: u16) -> Attempt {
    Attempt { outcome: AttemptOutcome::Answered(status), took_ms: 1, answer: Vec::new() }
}

impl fmt::Debug for KeepingCourier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeepingCourier")
    }
}

#[async_trait::async_trait]
impl Courier for KeepingCourier {
    async fn post(&self, parcel: &Parcel) -> Attempt {
        self.0.take(parcel)
    }
}

/// Words every event as its identity, under the name that it has in this house; but a key that was
/// disabled under a name of the world's realm.
#[derive(Clone, Copy, Debug)]
pub struct PlainHerald;

impl Herald for PlainHerald {
    fn event_name(&self, kind: EventKind) -> Option<&'static str> {
        Some(if kind == EventKind::Disabled { "KEY_DISABLED" } else { kind.name() })
    }

    fn body(&self, told: &Told<'_>) -> Box<str> {
        told.row.event.id.to_string().into()
    }

    fn parcel(&self, webhook: &Webhook, _: EventId, body: &str, _: Timestamp) -> Parcel {
        let (url, body) = (webhook.url.clone(), body.as_bytes().into());
        let (place, webhook) = (webhook.place.clone(), webhook.id);
        Parcel { place, webhook, url, lines: Vec::new(), body, seal: None }
    }
}

/// What goes out from these places by this courier, worded plainly.
pub fn plainly<'p>(
    courier: Arc<dyn Courier>,
    places: impl IntoIterator<Item = &'p PlaceRef>,
) -> Outgoing {
    let herald: Arc<dyn Herald> = Arc::new(PlainHerald);
    let wording = Wording { herald, rule: SuccessRule::Any2xx };
    let named = places.into_iter().map(|place| (place.place().clone(), wording.clone()));
    Outgoing::new(courier, named.collect())
}

/// A postman who hands over nothing.
pub struct KeepingPostman(Kept<Letter, Result<(), MailTrouble>>);

impl KeepingPostman {
    /// One who answers so.
    pub fn new(answers: impl FnMut(&Letter) -> Result<(), MailTrouble> + Send + 'static) -> Self {
        Self(Kept::new(answers))
    }

    /// One whose server takes everything.
    #[must_use]
    pub fn accepting() -> Self {
        Self::new(|_| Ok(()))
    }

    /// What was handed over so far, also what was not taken.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        locked(&self.0.taken).clone()
    }
}

impl fmt::Debug for KeepingPostman {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeepingPostman")
    }
}

#[async_trait::async_trait]
impl Postman for KeepingPostman {
    async fn send(&self, letter: &Letter) -> Result<(), MailTrouble> {
        self.0.take(letter)
    }
}
