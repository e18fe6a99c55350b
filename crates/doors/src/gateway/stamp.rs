//! The header lines that tell an upstream who asks, remembered as text for each key so that they
//! are seldom made.
//!
//! Must not be asked without a permit: what is written here is believed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::{Display, Write as _};
use std::hash::{BuildHasher, Hasher};

use domain::ids::Place;
use domain::time::Timestamp;
use engine::verify::Permit;
use http::{HeaderName, HeaderValue};

use super::token::{self, Bearer};
use crate::arrival::Arrival;
use crate::identity::IdentitySigner;
use crate::names;

/// A token older than this is made anew.
const REMINT_MS: i64 = 30_000;
/// Most stamps of one generation; a thread remembers two generations.
const GENERATION_MAX: usize = 2_048;

#[derive(Debug)]
struct Stamp {
    /// Whole lines, each with its end.
    lines: Box<[u8]>,
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

/// Tells upstreams who asks.
#[derive(Debug, Default)]
pub(crate) struct Stamps {
    remembered: RefCell<Remembered>,
}

impl Stamps {
    /// Gives the lines for this permit to `write`.
    pub(crate) fn with(
        &self,
        permit: &Permit<'_>,
        signer: &dyn IdentitySigner,
        arrival: &Arrival,
        write: impl FnOnce(&[u8]),
    ) {
        let bearer =
            Bearer { key: permit.key(), account: permit.account(), project: permit.project() };
        // An upstream compares with its own clock, which is no simulated one.
        let now = arrival.now.real();
        let fresh = |stamp: &Stamp| {
            // A stamp from the future is one from before the clock was set back.
            stamp.minted_at <= now && now.millis_since(stamp.minted_at) < REMINT_MS
        };
        let make = || Stamp::new(permit.place(), bearer, signer, now);
        write(&self.remembered.borrow_mut().get(bearer, fresh, make).lines);
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
        let mut lines = String::with_capacity(1_024);
        let mut line = |name: &HeaderName, value: &dyn Display| {
            // Memory takes all that is written.
            let _ = write!(lines, "{name}: {value}\r\n");
        };
        line(&names::REALM, &place.realm);
        line(&names::ENVIRONMENT, &place.environment);
        line(&names::ACCOUNT, &bearer.account);
        if let Some(project) = &bearer.project {
            line(&names::PROJECT, project);
        }
        line(&names::KEY, &bearer.key);
        line(&names::IDENTITY, &token::mint(signer, place, bearer, now));
        Self { lines: lines.into_bytes().into(), minted_at: now }
    }
}

/// The names and values of lines that a stamp has written.
pub(crate) fn lines(stamp: &[u8]) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let lines = std::str::from_utf8(stamp).unwrap_or_default().lines();
    lines.filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        Some((name.parse().ok()?, value.parse().ok()?))
    })
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
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u128(&mut self, bits: u128) {
        // Either half of an identifier is random.
        self.write_u64(u64::try_from(bits >> 64).unwrap_or(0));
    }

    fn write_isize(&mut self, variant: isize) {
        self.0 = self.0.wrapping_add(variant.unsigned_abs() as u64);
    }
}
