//! Places as the engine knows them: one environment of one realm, resolved once at start.
//!
//! Must not be made from text at request time: doors hold a [`PlaceRef`] from wiring.

use std::sync::Arc;

use domain::ids::{EnvironmentName, Place, RealmName};
use domain::realm::Realm;

/// The position of a place in the engine's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PlaceIndex(pub(crate) u16);

/// One environment of one realm, ready for use.
#[derive(Clone, Debug)]
pub struct PlaceRef {
    realm: Arc<Realm>,
    place: Place,
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
            place: Place { realm: realm.name.clone(), environment: environment.clone() },
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
