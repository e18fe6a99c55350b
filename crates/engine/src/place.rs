//! Places as the engine knows them: one environment of one realm, resolved once at start.
//!
//! Must not be made from text at request time: doors hold a [`PlaceRef`] from wiring.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::clock::{ClockKind, ClockOffset};
use domain::ids::{EnvironmentName, Place, RealmName};
use domain::realm::Realm;
use domain::time::{Reading, Timestamp};

/// The position of a place in the engine's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PlaceIndex(pub(crate) u16);

/// The clock of a place, shared by everybody who holds the place.
#[derive(Clone, Debug)]
enum Clock {
    Real,
    /// Runs ahead by so many milliseconds.
    Simulated(Arc<AtomicI64>),
}

/// One environment of one realm, ready for use.
#[derive(Clone, Debug)]
pub struct PlaceRef {
    realm: Arc<Realm>,
    place: Place,
    clock: Clock,
    pub(crate) index: PlaceIndex,
}

impl PlaceRef {
    /// The realm.
    #[must_use]
    pub const fn realm(&self) -> &Arc<Realm> {
        &self.realm
    }

    /// The name of the environment.
    #[must_use]
    pub const fn environment(&self) -> &EnvironmentName {
        &self.place.environment
    }

    /// Both names.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// The time of this place. Whatever happens in it is told no other.
    #[must_use]
    pub fn time(&self, reading: Reading) -> Timestamp {
        self.clock_offset().time(reading)
    }

    /// What its clock follows.
    #[must_use]
    pub const fn clock_kind(&self) -> ClockKind {
        match self.clock {
            Clock::Real => ClockKind::Real,
            Clock::Simulated(_) => ClockKind::Simulated,
        }
    }

    /// How far its clock runs ahead.
    #[must_use]
    pub fn clock_offset(&self) -> ClockOffset {
        match &self.clock {
            Clock::Real => ClockOffset::NONE,
            Clock::Simulated(ahead_ms) => {
                ClockOffset::from_millis(ahead_ms.load(Ordering::Acquire)).unwrap_or_default()
            }
        }
    }

    /// Moves its clock forward to this offset, if it is simulated. Nobody moves one back.
    pub(crate) fn move_clock(&self, offset: ClockOffset) {
        if let Clock::Simulated(ahead_ms) = &self.clock {
            ahead_ms.fetch_max(offset.as_millis(), Ordering::Release);
        }
    }
}

/// All places of the server, in the order of the configuration.
#[derive(Clone, Debug, Default)]
pub struct Places(Vec<PlaceRef>);

impl Places {
    /// The places of these realms.
    ///
    /// # Panics
    /// Never in practice: configuration holds fewer than 65,536 environments.
    #[must_use]
    pub fn of(realms: &[Arc<Realm>]) -> Self {
        let named = realms.iter().flat_map(|realm| {
            realm.environments.iter().map(move |environment| (realm, environment))
        });
        let place_refs = named.enumerate().map(|(at, (realm, environment))| PlaceRef {
            realm: Arc::clone(realm),
            place: Place { realm: realm.name.clone(), environment: environment.name.clone() },
            clock: match environment.clock {
                ClockKind::Real => Clock::Real,
                ClockKind::Simulated => Clock::Simulated(Arc::default()),
            },
            index: PlaceIndex(u16::try_from(at).expect("fewer than 65,536 environments")),
        });
        Self(place_refs.collect())
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[PlaceRef] {
        &self.0
    }

    /// The place with these names.
    #[must_use]
    pub fn find(&self, realm: &str, environment: &str) -> Option<&PlaceRef> {
        self.0.iter().find(|found| {
            found.place.realm.as_str() == realm && found.place.environment.as_str() == environment
        })
    }

    /// Whether a realm has this name.
    #[must_use]
    pub fn realm(&self, name: &RealmName) -> Option<&Arc<Realm>> {
        self.0.iter().find(|found| found.place.realm == *name).map(PlaceRef::realm)
    }
}
