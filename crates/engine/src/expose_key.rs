//! Tells that others saw a key: because somebody reports it, or because it came in the clear.
//!
//! The people of its account are written to by whoever reads events; here nothing is sent. Must not
//! take a key out of force unless somebody says so: it may be all that a shop runs on.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::audit::{Action, Actor, EventKind};
use domain::entropy::Entropy;
use domain::exposure::{Exposure, day_of};
use domain::ids::{KeyId, RequestId};
use domain::key::Key;
use domain::name::DisplayName;
use domain::time::Timestamp;
use store::command::{ChangeKeyRejection, ExposeKey, ExposedKey};
use store::fault::{Failure, Fault, Outcome};
use tokio::sync::{Mutex, mpsc};

use crate::change_key::KeyRejection;
use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

/// Most keys that came in the clear and are not told of yet; others are when they come again.
const WAITING_MAX: usize = 1_024;

/// Most keys that are told of in one step.
const TOLD_AT_ONCE: usize = 64;

/// In how many slots it is remembered which keys came lately.
const SLOTS: u64 = 64;

/// What somebody knows of a key that others saw.
#[derive(Clone, Debug)]
pub struct Report {
    /// Where it was found.
    pub found_in: Option<DisplayName>,
    /// What becomes of the key.
    pub then: Then,
}

/// What becomes of a key that others saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It stays as it is.
    Leave,
    /// It is switched off, as by hand.
    SwitchOff,
}

/// A key that came in the clear.
#[derive(Clone, Copy, Debug)]
struct Sighting {
    place: usize,
    key: KeyId,
    at: Timestamp,
}

/// The keys that came in the clear lately. Noting one never waits, and one that comes over and over
/// takes the place of no other.
#[derive(Debug)]
pub(crate) struct Sightings {
    noted: mpsc::Sender<Sighting>,
    waiting: Mutex<mpsc::Receiver<Sighting>>,
    lately: [AtomicU64; SLOTS as usize],
}

impl Default for Sightings {
    fn default() -> Self {
        let (noted, waiting) = mpsc::channel(WAITING_MAX);
        let lately = std::array::from_fn(|_| AtomicU64::new(0));
        Self { noted, waiting: Mutex::new(waiting), lately }
    }
}

impl Sightings {
    /// Notes that this key of the place came in the clear.
    pub(crate) fn note(&self, place: &PlaceRef, key: KeyId, at: Timestamp) {
        let (slot, mark) = self.slot(key, at);
        if slot.swap(mark, Ordering::Relaxed) == mark {
            return;
        }
        let sighting = Sighting { place: usize::from(place.index.0), key, at };
        if self.noted.try_send(sighting).is_err() {
            slot.store(0, Ordering::Relaxed);
        }
    }

    /// It is told of when it comes again.
    fn forget(&self, sighting: &Sighting) {
        self.slot(sighting.key, sighting.at).0.store(0, Ordering::Relaxed);
    }

    /// Where it is remembered that a key came on a day, and as what. Ids are random enough.
    fn slot(&self, key: KeyId, at: Timestamp) -> (&AtomicU64, u64) {
        let bits = key.as_u128();
        let folded = (bits as u64) ^ ((bits >> 64) as u64);
        let slot = &self.lately[(folded % SLOTS) as usize];
        (slot, folded.rotate_left(17) ^ day_of(at).cast_unsigned() ^ 1 << 63)
    }
}

impl Engine {
    /// Tells that somebody found the text of a key, once for each day, and switches the key off where
    /// that is asked for. No verification sent after the answer is granted then.
    ///
    /// # Errors
    /// No such key, one that is over for good, or a fault of the store.
    pub async fn report_exposed(
        &self,
        place: &PlaceRef,
        id: KeyId,
        report: Report,
        context: Context<'_>,
    ) -> Outcome<Key, KeyRejection> {
        let Report { found_in, then } = report;
        let exposed = self.expose(place, id, Exposure::Reported(found_in), then, context).await;
        let mut key = exposed.map_err(|failure| failure.map_rejection(KeyRejection::from))?.key;
        self.keyring.freshen(&mut key);
        Ok(key)
    }

    /// Tells of some keys that came in the clear, each once for each day; says whether more wait.
    ///
    /// # Errors
    /// A fault of the store. What it was about is told when the key comes again.
    pub async fn tell_of_sightings(
        &self,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<usize, Fault> {
        let mut waiting = self.sightings.waiting.lock().await;
        let mut told = 0;
        while told < TOLD_AT_ONCE
            && let Ok(sighting) = waiting.try_recv()
        {
            told += 1;
            let Some(place) = self.places().get(sighting.place) else { continue };
            let context = Context {
                now: sighting.at,
                actor: Actor::System,
                request_id: RequestId::random(entropy),
                once: None,
                entropy,
            };
            let exposure = Exposure::InTheClear;
            match self.expose(place, sighting.key, exposure, Then::Leave, context).await {
                // A key that is over for good, or gone, is nobody's danger.
                Ok(_) | Err(Failure::Rejected(_)) => {}
                Err(Failure::Fault(fault)) => {
                    self.sightings.forget(&sighting);
                    return Err(fault);
                }
            }
        }
        Ok(told)
    }

    async fn expose(
        &self,
        place: &PlaceRef,
        id: KeyId,
        exposure: Exposure,
        then: Then,
        mut context: Context<'_>,
    ) -> Outcome<ExposedKey, ChangeKeyRejection> {
        let found = self.store.find_key(place.place().clone(), id).await?;
        let found = found.ok_or(Failure::Rejected(ChangeKeyRejection::NoSuchKey))?;
        let owner = found.owner;
        let cause = exposure.cause();
        let event = Some((EventKind::Exposed, owner));
        let mut told = context.key_trail(Action::ExposeKey, place.place(), id, event);
        for event in &mut told.events {
            event.exposure = Some(exposure.clone());
        }
        let switched_off = (then == Then::SwitchOff).then(|| {
            let event = Some((EventKind::Disabled, owner));
            context.key_trail(Action::DisableKey, place.place(), id, event)
        });
        let (at, place) = (context.now, place.place().clone());
        let day = day_of(at);
        let command = ExposeKey { place, key: id, cause, day, at, told, switched_off };
        self.store.expose_key(command).await
    }
}
