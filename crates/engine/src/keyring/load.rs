//! Fills the keyring from the store when the server starts.
//!
//! A row that cannot be read costs the key it describes, and nothing else. Must not serve while
//! it runs: doors open after it, and nothing writes before.

use std::collections::VecDeque;
use std::sync::PoisonError;

use domain::clock::{ClockKind, PlaceClock};
use domain::digest::{DigestVersion, Digester};
use domain::ids::{AccountId, EnvironmentName, Place, RealmName};
use domain::key_text::Kid;
use domain::secret::SecretStanding;
use store::fault::Fault;
use store::port::{KeyRow, Loaded, Store};

use super::record::RecordParts;
use super::slab::At;
use super::writer::Writer;
use super::{Keyring, Unplaced};
use crate::place::PlaceRef;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// What came of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Accounts taken in.
    pub accounts: u64,
    /// Keys taken in.
    pub keys: u64,
    /// Rows that cannot be read; each is in the log.
    pub damaged: u64,
    /// Rows of realms or environments that the configuration does not name.
    pub unplaced: u64,
}

/// Why the keyring could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A place whose clock ran ahead is to follow the system's clock.
    #[error(
        "the clock of environment {environment} of realm {realm} was moved forward and runs {days} days ahead, and the configuration says that it is real: set clock = \"simulated\" for it again, or serve the API under another environment's name, with new keys"
    )]
    ClockWasMoved {
        /// The realm.
        realm: RealmName,
        /// The environment.
        environment: EnvironmentName,
        /// How far ahead, in whole days.
        days: i64,
    },
    /// Keys were stored under a pepper, and none is configured.
    #[error(
        "{keys} keys are stored under a pepper, and the configuration names none: set secrets.pepper_file to the pepper they were made with"
    )]
    PepperMissing {
        /// How many.
        keys: u64,
    },
    /// The secrets of the store were made under another pepper.
    #[error(
        "the keys of this store were made under another pepper than the configuration names: set secrets.pepper_file to the one they were made with; a pepper cannot be changed while keys depend on it"
    )]
    OtherPepper,
}

impl Keyring {
    /// Takes in everything that the store holds.
    pub(crate) async fn load(
        &self,
        store: &dyn Store,
        digester: &Digester,
    ) -> Result<LoadReport, LoadError> {
        if let Some(mark) = digester.mark()
            && store.settle_pepper(mark).await? != mark
        {
            return Err(LoadError::OtherPepper);
        }
        for clock in store.place_clocks().await? {
            self.load_clock(clock)?;
        }
        let mut load = Load {
            keyring: self,
            writer: Writer::default(),
            report: LoadReport::default(),
            recent: RecentOwners::new(),
            coming: VecDeque::with_capacity(COMING + 1),
            peppered: 0,
        };
        let can_pepper = digester.can_make(DigestVersion::PepperedSha256);
        let epoch = store.load(&mut |row| load.take(row, can_pepper)).await?;
        load.finish();
        if load.peppered > 0 {
            return Err(LoadError::PepperMissing { keys: load.peppered });
        }
        *self.writer.lock().unwrap_or_else(PoisonError::into_inner) = load.writer;
        self.advance(epoch);
        Ok(load.report)
    }
}

impl Keyring {
    /// A clock of a place that is not served is left alone, like its keys.
    fn load_clock(&self, clock: PlaceClock) -> Result<(), LoadError> {
        let Place { realm, environment } = &clock.place;
        let kind = self.places.find(realm.as_str(), environment.as_str());
        match kind.map(PlaceRef::clock_kind) {
            None => Ok(()),
            Some(ClockKind::Simulated) => {
                // It was found just now.
                let _ = self.put_clock(&clock);
                Ok(())
            }
            Some(ClockKind::Real) => {
                let days = clock.offset.as_millis() / DAY_MS;
                let Place { realm, environment } = clock.place;
                Err(LoadError::ClockWasMoved { realm, environment, days })
            }
        }
    }
}

struct Load<'k> {
    keyring: &'k Keyring,
    /// Becomes that of the keyring: no lock is taken for each row.
    writer: Writer,
    report: LoadReport,
    recent: RecentOwners,
    /// Keys of which the table was told that they come, the oldest first.
    coming: VecDeque<Coming>,
    peppered: u64,
}

/// A key on its way into the table.
struct Coming {
    kid: Kid,
    parts: RecordParts,
    owner: At,
    rights: At,
}

/// So many keys later the processor has what a key's place is found by.
const COMING: usize = 8;

/// Owners whose keys came lately: most keys are made a few at a time, and by many owners at once. Each
/// owner has one place here, which the end of its identity names.
struct RecentOwners(Box<[Option<(AccountId, At)>]>);

/// Places of recent owners.
const RECENT: usize = 4_096;

impl RecentOwners {
    fn new() -> Self {
        Self(vec![None; RECENT].into_boxed_slice())
    }

    fn place(&mut self, id: AccountId) -> &mut Option<(AccountId, At)> {
        let (AccountId::Uuid([.., high, low]) | AccountId::Object([.., high, low])) = id;
        &mut self.0[usize::from(u16::from_be_bytes([high, low])) % RECENT]
    }
}

impl Load<'_> {
    fn take(&mut self, row: Loaded<'_>, can_pepper: bool) {
        let taken = match row {
            Loaded::Account(account) => {
                self.report.accounts += 1;
                self.keyring.put_account(account, &mut self.writer)
            }
            Loaded::OperatorKey(key) => {
                self.count_peppered(key.digest.version, can_pepper);
                self.keyring.put_operator(key);
                Ok(())
            }
            Loaded::Key(row) => {
                self.count_peppered(row.digest.version, can_pepper);
                self.report.keys += counted(row.standing);
                self.take_key(&row)
            }
            Loaded::Damaged { table, id, detail } => {
                self.damaged(table, &id, &detail);
                Ok(())
            }
        };
        if taken.is_err() {
            self.report.unplaced += 1;
        }
    }

    fn count_peppered(&mut self, version: DigestVersion, can_pepper: bool) {
        if version == DigestVersion::PepperedSha256 && !can_pepper {
            self.peppered += 1;
        }
    }

    fn take_key(&mut self, row: &KeyRow<'_>) -> Result<(), Unplaced> {
        self.keyring.place_index(row.realm, row.environment)?;
        let owner = self.owner(row.owner)?;
        let held = self.keyring.rights.hold(&mut self.writer.rights, row.permissions, row.ip_list);
        let Some(rights) = held else {
            self.report.keys -= counted(row.standing);
            self.damaged("key", &row.id.to_string(), "permissions or address list");
            return Ok(());
        };
        let parts = RecordParts {
            id: row.id,
            digest: row.digest,
            epoch: row.epoch,
            state: row.state,
            reach: row.reach,
            expires_at: row.expires_at,
            standing: row.standing,
            last_used_at: row.last_used_at,
        };
        self.writer.note_loaded(row.id, row.kid, row.standing);
        self.keyring.keys.approach(row.kid);
        self.coming.push_back(Coming { kid: row.kid, parts, owner, rights });
        if self.coming.len() > COMING { self.put_next() } else { Ok(()) }
    }

    /// Puts the key into the table that has been coming for longest.
    fn put_next(&mut self) -> Result<(), Unplaced> {
        let Some(Coming { kid, parts, owner, rights }) = self.coming.pop_front() else {
            return Ok(());
        };
        self.keyring.put_record(kid, &parts, owner, rights, &mut self.writer)
    }

    /// Puts all of them.
    fn finish(&mut self) {
        while !self.coming.is_empty() {
            self.report.unplaced += u64::from(self.put_next().is_err());
        }
    }

    fn owner(&mut self, id: AccountId) -> Result<At, Unplaced> {
        let place = self.recent.place(id);
        if let Some((_, at)) = place.filter(|(recent, _)| *recent == id) {
            return Ok(at);
        }
        let at = self.keyring.owner_at(id).ok_or(Unplaced)?;
        *place = Some((id, at));
        Ok(at)
    }

    fn damaged(&mut self, table: &str, id: &str, detail: &str) {
        self.report.damaged += 1;
        tracing::error!(table, id, detail, "a stored row cannot be read and was passed over");
    }
}

/// A key counts once, whichever secrets it has.
const fn counted(standing: SecretStanding) -> u64 {
    match standing {
        SecretStanding::Current => 1,
        SecretStanding::Replaced(_) => 0,
    }
}
