//! A secret of a key in memory, with what a verification needs of the key: as words of the table, and
//! read from them.
//!
//! A key that is being given a new secret has two records, and the older one bears its end. A
//! record is replaced whole by every change; only the marks of use change in place. Must not
//! hold names, hints or anything else that a verification does not read.

use domain::digest::{DigestVersion, KeyDigest};
use domain::ids::KeyId;
use domain::key::{DisabledCause, ExpiredCause, KeyState};
use domain::prefix::Reach;
use domain::refusal::Ending;
use domain::secret::{End, SecretStanding};
use domain::time::Timestamp;

use super::slab::At;
use super::slot::{Uses, Words};

/// One secret of a key in memory, and the key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) id: KeyId,
    pub(crate) digest: KeyDigest,
    pub(crate) state: KeyState,
    pub(crate) reach: Reach,
    /// What ends first: the key by its date, or the secret because it was replaced.
    pub(crate) end: Option<End>,
    pub(super) owner: At,
    pub(super) rights: At,
    pub(super) epoch: u64,
}

/// What a row of the store says of a secret and its key, its owner and rights aside.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordParts {
    pub(super) id: KeyId,
    pub(super) digest: KeyDigest,
    pub(super) epoch: u64,
    pub(super) state: KeyState,
    pub(super) reach: Reach,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) standing: SecretStanding,
    pub(super) last_used_at: Option<Timestamp>,
}

/// Every state, in the order of the numbers that stand for them.
const STATES: [KeyState; 7] = [
    KeyState::Deleted,
    KeyState::Enabled,
    KeyState::Disabled(DisabledCause::Manual),
    KeyState::Disabled(DisabledCause::LackOfUse),
    KeyState::Disabled(DisabledCause::OwnerArrangementChanged),
    KeyState::Expired(ExpiredCause::Date),
    KeyState::Expired(ExpiredCause::LackOfUse),
];
const REACHES: [Reach; 2] = [Reach::Own, Reach::Descendants];
const ENDINGS: [Ending; 3] = [Ending::Date, Ending::LackOfUse, Ending::Replaced];
const VERSIONS: [DigestVersion; 2] = [DigestVersion::Sha256, DigestVersion::PepperedSha256];

impl RecordParts {
    pub(super) fn record(&self, owner: At, rights: At) -> Record {
        let Self { id, digest, epoch, state, reach, expires_at, standing, .. } = *self;
        let end = End::first(expires_at, standing);
        Record { id, digest, state, reach, end, owner, rights, epoch }
    }
}

impl Record {
    pub(super) fn to_words(self) -> Words {
        let [id_high, id_low] = halves(self.id.as_u128());
        let [one, two, three, four] = quarters(&self.digest.bytes);
        let owned = (u64::from(self.owner.number()) << 32) | u64::from(self.rights.number());
        let end_ms = self.end.map_or(0, |end| in_word(end.at).saturating_add(1));
        let of = [
            number(&STATES, &self.state),
            number(&REACHES, &self.reach),
            self.end.map_or(0, |end| number(&ENDINGS, &end.cause)),
            number(&VERSIONS, &self.digest.version),
        ];
        let kinds = of.into_iter().fold(0, |word, kind| (word << 8) | kind);
        [id_high, id_low, one, two, three, four, owned, self.epoch, end_ms, kinds]
    }

    pub(super) fn from_words(words: &Words) -> Self {
        let [id_high, id_low, one, two, three, four, owned, epoch, end_ms, kinds] = *words;
        let end_at = end_ms.checked_sub(1).map(instant);
        Self {
            id: KeyId::from_u128((u128::from(id_high) << 64) | u128::from(id_low)),
            digest: KeyDigest {
                version: named(&VERSIONS, kinds),
                bytes: bytes([one, two, three, four]),
            },
            state: named(&STATES, kinds >> 24),
            reach: named(&REACHES, kinds >> 16),
            end: end_at.map(|at| End { at, cause: named(&ENDINGS, kinds >> 8) }),
            owner: At::from_number(low(owned >> 32)),
            rights: At::from_number(low(owned)),
            epoch,
        }
    }
}

/// The later of what is known in memory and what the store says.
pub(super) fn later(known: Option<Uses>, stored: Option<Timestamp>) -> Uses {
    let stored = stored.map(in_word);
    let Uses { used_ms, stored_ms } = known.unwrap_or_default();
    Uses { used_ms: used_ms.max(stored), stored_ms: stored_ms.max(stored) }
}

/// The position of a value in the list of its kind, where each is.
fn number<T: PartialEq>(all: &[T], value: &T) -> u64 {
    all.iter().position(|listed| listed == value).map_or(0, |at| at as u64)
}

/// The value whose number is in the lowest eight bits. What no writer writes is read as the first.
fn named<T: Copy>(all: &[T], word: u64) -> T {
    let at = (word & 0xff) as usize;
    all.get(at).copied().unwrap_or(all[0])
}

#[expect(clippy::cast_possible_truncation, reason = "each half is kept")]
const fn halves(number: u128) -> [u64; 2] {
    [(number >> 64) as u64, number as u64]
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
const fn low(word: u64) -> u32 {
    word as u32
}

fn quarters(digest: &[u8; 32]) -> [u64; 4] {
    let (words, _) = digest.as_chunks::<8>();
    std::array::from_fn(|at| u64::from_ne_bytes(words[at]))
}

fn bytes(words: [u64; 4]) -> [u8; 32] {
    let mut bytes = [0; 32];
    let (places, _) = bytes.as_chunks_mut::<8>();
    for (place, word) in places.iter_mut().zip(words) {
        *place = word.to_ne_bytes();
    }
    bytes
}

/// An instant as the words have it.
pub(super) fn in_word(at: Timestamp) -> u64 {
    u64::try_from(at.as_millis()).unwrap_or(0)
}

/// The instant that a word names.
pub(super) fn instant(ms: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn record(state: KeyState, end: Option<End>, reach: Reach) -> Record {
        Record {
            id: KeyId::from_u128(u128::MAX / 3),
            digest: KeyDigest {
                version: DigestVersion::PepperedSha256,
                bytes: *b"0123456789abcdef0123456789ABCDEF",
            },
            state,
            reach,
            end,
            owner: At::from_number(u32::MAX),
            rights: At::from_number(1),
            epoch: u64::MAX,
        }
    }

    fn shown(record: &Record) -> String {
        format!("{record:?} {:?}", record.digest.bytes)
    }

    #[test]
    fn every_state_reach_and_end_is_read_as_it_was_written() {
        let at = |ms| Timestamp::from_millis(ms);
        let instants = [at(0), at(1), at(i64::MAX)];
        let ends = instants.iter().flat_map(|at| ENDINGS.map(|cause| End { at: *at, cause }));
        let ends: Vec<Option<End>> = ends.map(Some).chain([None]).collect();
        for end in ends {
            for (state, reach) in
                STATES.iter().flat_map(|state| REACHES.map(|reach| (*state, reach)))
            {
                let written = record(state, end, reach);
                let read = Record::from_words(&written.to_words());
                assert_eq!(shown(&read), shown(&written));
            }
        }
    }

    #[test]
    fn the_lists_name_every_value_once() {
        // A value that is added makes these matches incomplete, which asks for its place in a list.
        let state = |state: &KeyState| match state {
            KeyState::Deleted => 0,
            KeyState::Enabled => 1,
            KeyState::Disabled(DisabledCause::Manual) => 2,
            KeyState::Disabled(DisabledCause::LackOfUse) => 3,
            KeyState::Disabled(DisabledCause::OwnerArrangementChanged) => 4,
            KeyState::Expired(ExpiredCause::Date) => 5,
            KeyState::Expired(ExpiredCause::LackOfUse) => 6,
        };
        let ending = |ending: &Ending| match ending {
            Ending::Date => 0,
            Ending::LackOfUse => 1,
            Ending::Replaced => 2,
        };
        let version = |version: &DigestVersion| match version {
            DigestVersion::Sha256 => 0,
            DigestVersion::PepperedSha256 => 1,
        };
        let reach = |reach: &Reach| match reach {
            Reach::Own => 0,
            Reach::Descendants => 1,
        };
        assert!(STATES.iter().map(state).eq(0..7));
        assert!(ENDINGS.iter().map(ending).eq(0..3));
        assert!(VERSIONS.iter().map(version).eq(0..2));
        assert!(REACHES.iter().map(reach).eq(0..2));
    }

    #[test]
    fn of_a_use_in_memory_and_one_in_the_store_the_later_stands() {
        let known = Uses { used_ms: Some(9), stored_ms: Some(3) };
        let stored = |ms| Some(Timestamp::from_millis(ms));
        assert_eq!(later(Some(known), stored(5)), Uses { used_ms: Some(9), stored_ms: Some(5) });
        assert_eq!(later(Some(known), None), known);
        assert_eq!(later(None, stored(0)), Uses { used_ms: Some(0), stored_ms: Some(0) });
    }
}
