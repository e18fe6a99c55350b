//! The command that tells of keys which others saw, as plain data.
//!
//! Must not hold any of a key's text.

use domain::exposure::ExposureCause;
use domain::ids::{KeyId, Place};
use domain::key::Key;
use domain::time::Timestamp;

use super::Trail;

/// Tells that others saw a key which is not over for good, and switches it off where that is wanted.
///
/// It is told once for each cause and day, however often the command comes; a key that is off stays
/// as it is.
#[derive(Clone, Debug)]
pub struct ExposeKey {
    /// Where the key is.
    pub place: Place,
    /// Which key.
    pub key: KeyId,
    /// How it came to be seen.
    pub cause: ExposureCause,
    /// On which day that is told, as a number that rises with the days. What was told on this day or
    /// the next, as where it was seen before midnight, is not told again; what was told on a later
    /// one is, since a clock was ahead then.
    pub day: i64,
    /// When.
    pub at: Timestamp,
    /// What tells of it, and shows the key as this command leaves it.
    pub told: Trail,
    /// What tells that it was switched off; `None` where it is left on.
    pub switched_off: Option<Trail>,
}

/// A key that others saw.
#[derive(Clone, Debug)]
pub struct ExposedKey {
    /// The key as it now stands.
    pub key: Key,
    /// Whether it was told of.
    pub telling: Telling,
}

/// Whether a command told of what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// It did.
    Now,
    /// It was told before.
    Before,
}
