//! The engine: what all use cases share. Each use case is a file of its own beside this one.
//!
//! Must not know concrete stores, clocks or wire formats; wiring brings the first, doors the rest.

use std::sync::{Arc, OnceLock};

use domain::digest::{DigestVersion, Digester, KeyDigest};
use domain::operator::OperatorRole;
use domain::prefix::{KeyPrefix, KeyPrefixes, Reach};
use domain::realm::Realm;
use domain::webhook::WebhookUrl;
use limits::port::Counters;
use store::port::{Observer, Store};

use crate::keyring::{Keyring, LoadError, LoadReport};
use crate::place::{PlaceRef, Places};
use crate::ports::courier::AddressRefusal;
use crate::ports::receivers::Receivers;
use crate::record_use::{UseLog, UseWriter};
use crate::running::Running;
use crate::sends::Sends;
use crate::sightings::Sightings;
use crate::sweeps::Sweeps;
use crate::tally::Tallies;
use crate::verify::LimitTaker;

/// Compared against when no key is known, so that both cases do the same work.
pub(crate) const NO_KEY: KeyDigest = KeyDigest { version: DigestVersion::Sha256, bytes: [0; 32] };

/// Issues, verifies and revokes keys.
pub struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) uses: UseLog,
    pub(crate) digester: Digester,
    pub(crate) operator_prefixes: KeyPrefixes,
    /// Those of operators and of all realms.
    pub(crate) known_prefixes: KeyPrefixes,
    pub(crate) running: Running,
    pub(crate) limits: LimitTaker,
    pub(crate) sweeps: Sweeps,
    pub(crate) sends: Sends,
    pub(crate) tallies: Tallies,
    receivers: OnceLock<Arc<dyn Receivers>>,
    pub(crate) sightings: Sightings,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("keys", &self.keyring.len()).finish_non_exhaustive()
    }
}

/// An engine that is ready, and what came with it.
#[derive(Debug)]
pub struct Started {
    /// The engine.
    pub engine: Arc<Engine>,
    /// The loop that writes uses of keys; without it, first uses of a day are never answered.
    pub use_writer: UseWriter,
    /// What was loaded.
    pub report: LoadReport,
}

impl Engine {
    /// Fills the keyring from the store and starts to follow its changes.
    ///
    /// # Errors
    /// A fault of the store, or keys under a pepper that is not configured.
    ///
    /// # Panics
    /// Never: the prefixes of operator keys are well formed.
    pub async fn start(
        store: Arc<dyn Store>,
        realms: &[Arc<Realm>],
        digester: Digester,
        counters: Arc<dyn Counters>,
    ) -> Result<Started, LoadError> {
        let keyring = Arc::new(Keyring::new(Places::of(realms)));
        // Follow first, then load: a change in between is taken in twice rather than not at all.
        let follower: Arc<dyn Observer> = Arc::<Keyring>::clone(&keyring);
        store.watch(follower);
        let report = keyring.load(&*store, &digester).await?;
        let (uses, use_writer) = UseLog::new(Arc::clone(&store), Arc::clone(&keyring));
        let operator_prefixes = OperatorRole::ALL
            .map(|role| {
                KeyPrefix::new(role.prefix(), None, Reach::Own).expect("a well-formed prefix")
            })
            .to_vec();
        let known_prefixes = known_prefixes(&operator_prefixes, realms);
        let operator_prefixes = KeyPrefixes::new(operator_prefixes, []);
        let running = Running::default();
        let places = keyring.places().all().len();
        let limits = LimitTaker::new(counters, places);
        let engine = Arc::new(Self {
            store,
            keyring,
            uses,
            digester,
            operator_prefixes,
            known_prefixes,
            running,
            limits,
            sweeps: Sweeps::of(places),
            sends: Sends::default(),
            tallies: Tallies::of(places),
            receivers: OnceLock::new(),
            sightings: Sightings::default(),
        });
        Ok(Started { engine, use_writer, report })
    }

    /// Has addresses of webhooks vetted by this from now on, when they are saved. Without it all are
    /// taken, and only those who send say no. Of two the first one stays.
    pub fn know_receivers(&self, receivers: Arc<dyn Receivers>) {
        self.receivers.set(receivers).ok();
    }

    /// Vets an address to which events would be sent; `kept` is the one that stands, which stays
    /// what it is.
    ///
    /// # Errors
    /// Why nothing could ever be sent there.
    pub fn vet_receiver(
        &self,
        url: &WebhookUrl,
        kept: Option<&WebhookUrl>,
    ) -> Result<(), AddressRefusal> {
        match self.receivers.get() {
            Some(receivers) if kept != Some(url) => receivers.vet(url),
            Some(_) | None => Ok(()),
        }
    }

    /// Tells somebody of every change that is committed from now on, before it is answered.
    pub fn watch(&self, observer: Arc<dyn Observer>) {
        self.store.watch(observer);
    }

    /// The places that are served.
    #[must_use]
    pub fn places(&self) -> &[PlaceRef] {
        self.keyring.places().all()
    }

    /// The place with these names.
    #[must_use]
    pub fn place(&self, realm: &str, environment: &str) -> Option<&PlaceRef> {
        self.keyring.places().find(realm, environment)
    }

    /// The epoch of the latest change by which verifications are decided.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.keyring.epoch()
    }

    /// How many keys are in memory, deleted and expired ones included.
    #[must_use]
    pub fn keys_in_memory(&self) -> usize {
        self.keyring.len()
    }

    /// Whether any operator's key exists; without one nobody can manage the server.
    #[must_use]
    pub fn has_operators(&self) -> bool {
        self.keyring.has_operators()
    }
}

fn known_prefixes(of_operators: &[KeyPrefix], realms: &[Arc<Realm>]) -> KeyPrefixes {
    let mut known = of_operators.to_vec();
    for prefix in realms.iter().flat_map(|realm| realm.prefixes.own()) {
        if known.iter().all(|other| other.as_str() != prefix.as_str()) {
            known.push(prefix.clone());
        }
    }
    KeyPrefixes::new(known, [])
}
