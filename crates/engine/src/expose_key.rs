//! Tells that others saw a key: because somebody reports it, or because it came in the clear.
//!
//! The people of its account are written to by whoever reads events; here nothing is sent. Must not
//! take a key out of force unless somebody says so: it may be all that a shop runs on.

use domain::audit::{Action, Actor, EventKind};
use domain::entropy::Entropy;
use domain::exposure::{Exposure, day_of};
use domain::ids::{KeyId, RequestId};
use domain::key::Key;
use domain::name::DisplayName;
use store::command::{ChangeKeyRejection, ExposeKey, ExposedKey, Telling};
use store::fault::{Failure, Fault, Outcome};

use crate::change_key::KeyRejection;
use crate::context::Context;
use crate::engine::Engine;
use crate::place::PlaceRef;

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

/// A key that others saw, as somebody reported.
#[derive(Clone, Debug)]
pub struct ReportedKey {
    /// As it is now.
    pub key: Key,
    /// Whether its people and webhooks are told of this report; if not, they were told of one before
    /// on that day.
    pub is_told: bool,
}

impl Engine {
    /// Tells that somebody found the text of a key, once for each day, and switches the key off where
    /// that is asked for; the answer says whether it was told before on that day. No verification
    /// that is sent after the answer is granted then.
    ///
    /// # Errors
    /// No such key, one that is over for good, or a fault of the store.
    pub async fn report_exposed(
        &self,
        place: &PlaceRef,
        id: KeyId,
        report: Report,
        context: Context<'_>,
    ) -> Outcome<ReportedKey, KeyRejection> {
        let Report { found_in, then } = report;
        let exposed = self.expose(place, id, Exposure::Reported(found_in), then, context).await;
        let exposed = exposed.map_err(|failure| failure.map_rejection(KeyRejection::from))?;
        let mut key = exposed.key;
        self.keyring.freshen(&mut key);
        let is_told = match exposed.telling {
            Telling::Now => true,
            Telling::Before => false,
        };
        Ok(ReportedKey { key, is_told })
    }

    /// Tells of some keys that came in the clear, each once for each day; says of how many.
    ///
    /// # Errors
    /// A fault of the store. What it was about is told when the key comes again.
    pub async fn tell_of_sightings(
        &self,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<usize, Fault> {
        let mut taking = self.sightings.take().await;
        while let Some(sighting) = taking.next() {
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
        Ok(taking.count())
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
