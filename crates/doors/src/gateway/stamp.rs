//! The lines that tell an upstream who asks, remembered for each key so that they are seldom made.
//!
//! Must not be asked without a permit: what is written here is believed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Display;
use std::hash::{BuildHasher, Hasher};

use domain::ids::Place;
use domain::time::Timestamp;
use engine::verify::Permit;
use http::{HeaderMap, HeaderValue};

use super::token::{self, Bearer};
use crate::arrival::Arrival;
use crate::identity::IdentitySigner;
use crate::{names, text};

/// A token older than this is made anew.
const REMINT_MS: i64 = 30_000;
/// Most stamps of one generation; a thread remembers two generations.
const GENERATION_MAX: usize = 2_048;

#[derive(Clone, Debug)]
struct Stamp {
    account: HeaderValue,
    key: HeaderValue,
    project: Option<HeaderValue>,
    identity: HeaderValue,
    minted_at: Timestamp,
}

type Generation = HashMap<Bearer, Stamp, FoldIds>;

/// The stamps of one thread: those of this generation, and those of the one before. When this
/// one is full it becomes the one before, so that what is in use stays and the rest goes.
#[derive(Debug, Default)]
struct Remembered {
    young: Generation,
    old: Generation,
}

/// Writes the lines that tell an upstream who asks.
#[derive(Debug)]
pub(super) struct Stamps {
    realm: HeaderValue,
    environment: HeaderValue,
    remembered: RefCell<Remembered>,
}

impl Stamps {
    pub(super) fn new(place: &Place) -> Self {
        Self {
            realm: text::ascii(place.realm.as_str().as_bytes()),
            environment: text::ascii(place.environment.as_str().as_bytes()),
            remembered: RefCell::default(),
        }
    }

    /// Writes the lines for this permit. Lines of the same names have been taken out before.
    pub(super) fn write(
        &self,
        headers: &mut HeaderMap,
        permit: &Permit<'_>,
        signer: &dyn IdentitySigner,
        arrival: &Arrival,
    ) {
        let bearer =
            Bearer { key: permit.key(), account: permit.account(), project: permit.project() };
        let mut remembered = self.remembered.borrow_mut();
        let fresh = |stamp: &Stamp| {
            // A stamp from the future is one from before the clock was set back.
            stamp.minted_at <= arrival.now && arrival.now.millis_since(stamp.minted_at) < REMINT_MS
        };
        let make = || Stamp::new(permit.place(), bearer, signer, arrival.now);
        let stamp = remembered.get(bearer, fresh, make);
        headers.reserve(7);
        headers.insert(&names::REALM, self.realm.clone());
        headers.insert(&names::ENVIRONMENT, self.environment.clone());
        headers.insert(&names::ACCOUNT, stamp.account.clone());
        if let Some(project) = &stamp.project {
            headers.insert(&names::PROJECT, project.clone());
        }
        headers.insert(&names::KEY, stamp.key.clone());
        headers.insert(&names::REQUEST_ID, text::request_id(arrival.request_id));
        headers.insert(&names::IDENTITY, stamp.identity.clone());
    }
}

impl Remembered {
    fn get(
        &mut self,
        bearer: Bearer,
        fresh: impl Fn(&Stamp) -> bool,
        make: impl FnOnce() -> Stamp,
    ) -> &Stamp {
        if !self.young.get(&bearer).is_some_and(&fresh) {
            let stamp = self.old.remove(&bearer).filter(fresh).unwrap_or_else(make);
            if self.young.len() >= GENERATION_MAX {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(bearer, stamp);
        }
        &self.young[&bearer]
    }
}

impl Stamp {
    fn new(place: &Place, bearer: Bearer, signer: &dyn IdentitySigner, now: Timestamp) -> Self {
        Self {
            account: shown(bearer.account),
            key: shown(bearer.key),
            project: bearer.project.map(shown),
            identity: token::mint(signer, place, bearer, now),
            minted_at: now,
        }
    }
}

fn shown(id: impl Display) -> HeaderValue {
    text::ascii(id.to_string().as_bytes())
}

/// Hashes identifiers, which are random already and chosen by nobody outside.
#[derive(Clone, Copy, Debug, Default)]
struct FoldIds;

struct Fold(u64);

impl BuildHasher for FoldIds {
    type Hasher = Fold;

    fn build_hasher(&self) -> Fold {
        Fold(0)
    }
}

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(23) ^ u64::from_le_bytes(word))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }
}
