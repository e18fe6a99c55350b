//! What the text of a key promises: one spelling, rejected offline when a single letter is wrong,
//! and never printed. Speaks of the public functions alone.

use domain::digest::Digester;
use domain::entropy::Entropy;
use domain::key_text::{BODY_LEN, MintedKey, PresentedKey, mint};
use domain::prefix::{KeyPrefix, KeyPrefixes, Reach};
use proptest::prelude::*;

/// SplitMix64: enough chance for tests, the same for one seed.
struct Seeded(u64);

impl Entropy for Seeded {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
    }
}

const PREFIXES: [&str; 5] = ["$aact_prod_", "$aact_hmlg_", "ASA_", "AS_", "acme_live_"];

fn prefix(text: &str) -> KeyPrefix {
    KeyPrefix::new(text, None, Reach::Own).expect("a prefix")
}

fn prefixes() -> KeyPrefixes {
    KeyPrefixes::new(PREFIXES.iter().map(|text| prefix(text)).collect(), [])
}

fn minted(text: &str, seed: u64) -> MintedKey {
    mint(&prefix(text), &mut Seeded(seed))
}

fn is_accepted(text: &[u8]) -> bool {
    PresentedKey::parse(text, &prefixes()).is_ok()
}

#[test]
fn a_minted_key_reads_back_as_itself() {
    for text in PREFIXES {
        let key = minted(text, 7);
        let known = prefixes();
        let read = PresentedKey::parse(key.text.expose().as_bytes(), &known).expect("well formed");
        assert_eq!(read.kid(), key.kid);
        assert_eq!(read.prefix().as_str(), text);
        assert_eq!(key.text.expose().len(), text.len() + BODY_LEN);
    }
}

#[test]
fn a_key_has_the_published_layout() {
    // A fixed example, so that the layout cannot change unnoticed: old keys must stay readable.
    let key = minted("AS_", 1);
    let text = key.text.expose();
    let check = &text[text.len() - 6..];
    let crc = crc32fast::hash(&text.as_bytes()[..text.len() - 6]);
    assert_eq!(number_of(check), u64::from(crc));
    assert_eq!(key.kid.to_string(), text[3..20]);
    assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
}

fn number_of(letters: &str) -> u64 {
    const DIGITS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    letters.chars().fold(0, |number, letter| {
        number * 62 + DIGITS.find(letter).expect("a base62 letter") as u64
    })
}

#[test]
fn every_single_character_change_of_a_key_is_rejected_offline() {
    for text in PREFIXES {
        let key = minted(text, 42);
        let original = key.text.expose().as_bytes();
        for at in 0..original.len() {
            for byte in 0..=255_u8 {
                let mut changed = original.to_vec();
                changed[at] = byte;
                assert_eq!(is_accepted(&changed), byte == original[at], "{text} at {at}: {byte}");
            }
        }
    }
}

#[test]
fn a_key_never_prints_its_secret() {
    let key = minted("AS_", 3);
    let secret = &key.text.expose()[20..52];
    let known = prefixes();
    let read = PresentedKey::parse(key.text.expose().as_bytes(), &known).expect("well formed");
    let digest = Digester::plain().digest(key.text.expose().as_bytes());
    for printed in [format!("{key:?}"), format!("{read:?}"), format!("{digest:?}")] {
        for window in secret.as_bytes().windows(5) {
            let part = std::str::from_utf8(window).expect("ASCII");
            assert!(!printed.contains(part), "{printed}");
        }
    }
}

#[test]
fn the_hint_shows_four_letters_at_either_end() {
    let key = minted("$aact_hmlg_", 9);
    let text = key.text.expose();
    let shown = format!("$aact_hmlg_{}…{}", &text[11..15], &text[text.len() - 4..]);
    assert_eq!(key.hint.as_str(), shown);
}

proptest! {
    #[test]
    fn no_insertion_deletion_or_swap_leaves_a_second_spelling(
        seed in any::<u64>(), at in 0_usize..66, byte in any::<u8>(), kind in 0_u8..3,
    ) {
        let key = minted("$aact_prod_", seed);
        let original = key.text.expose().as_bytes().to_vec();
        let mut changed = original.clone();
        let at = at.min(original.len() - 2);
        match kind {
            0 => changed.insert(at, byte),
            1 => { changed.remove(at); }
            _ => changed.swap(at, at + 1),
        }
        prop_assert_eq!(is_accepted(&changed), changed == original);
    }

    #[test]
    fn arbitrary_bytes_are_never_accepted_and_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        prop_assert!(!is_accepted(&bytes));
    }

    #[test]
    fn arbitrary_bodies_behind_a_prefix_are_never_accepted(
        body in "[0-9A-Za-z]{50,60}", which in 0_usize..PREFIXES.len(),
    ) {
        // One in 2^32 would be, by its checksum.
        let text = format!("{}{body}", PREFIXES[which]);
        prop_assert!(!is_accepted(text.as_bytes()));
    }

    #[test]
    fn keys_never_repeat(one in any::<u64>(), two in any::<u64>()) {
        prop_assume!(one != two);
        let (one, two) = (minted("AS_", one), minted("AS_", two));
        prop_assert_ne!(one.text.expose(), two.text.expose());
        prop_assert_ne!(one.kid, two.kid);
    }
}
