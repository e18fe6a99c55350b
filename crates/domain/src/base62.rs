//! The alphabet of keys: base62 digits without modulo bias, and fixed-width numbers.
//!
//! Must not accept two spellings of one value: widths are fixed, letters are case-sensitive.

use crate::entropy::Entropy;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Bytes at or above this are thrown away, so that every digit is equally likely (248 = 4 × 62).
const FAIR_BELOW: u8 = 248;

/// Stands for "no digit" in [`DIGITS`]; no digit has its highest bit.
const FOREIGN: u8 = 0x80;

/// The value of every byte as a digit. A table, because a branch for each letter of a random text
/// is guessed wrong half of the time.
const DIGITS: [u8; 256] = {
    let mut digits = [FOREIGN; 256];
    let mut value = 0_u8;
    while value < 62 {
        digits[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

/// Digits that surely fit 64 bits.
const CHUNK: usize = 10;

/// Whether every byte is a base62 letter.
#[must_use]
pub(crate) fn is_base62(text: &[u8]) -> bool {
    text.iter().fold(0, |seen, &letter| seen | DIGITS[usize::from(letter)]) < FOREIGN
}

/// Fills `out` with random letters, each of the 62 equally likely.
pub(crate) fn random_letters(out: &mut [u8], entropy: &mut dyn Entropy) {
    let mut pool = [0_u8; 64];
    let mut filled = 0;
    while filled < out.len() {
        entropy.fill(&mut pool);
        for &byte in pool.iter().filter(|&&byte| byte < FAIR_BELOW) {
            if filled == out.len() {
                break;
            }
            out[filled] = ALPHABET[usize::from(byte % 62)];
            filled += 1;
        }
    }
    zeroize::Zeroize::zeroize(&mut pool);
}

/// Writes `value` as exactly `out.len()` digits, most significant first.
///
/// The caller picks a width that holds the value; digits that do not fit would be lost.
pub(crate) fn write_fixed(mut value: u128, out: &mut [u8]) {
    for slot in out.iter_mut().rev() {
        // The remainder is below 62, so it fits an index.
        *slot = ALPHABET[(value % 62) as usize];
        value /= 62;
    }
    debug_assert_eq!(value, 0, "the width must hold the value");
}

/// Reads digits as a number; `None` for a foreign letter or a value beyond 128 bits.
#[must_use]
pub(crate) fn read_number(text: &[u8]) -> Option<u128> {
    if !is_base62(text) {
        return None;
    }
    text.chunks(CHUNK).try_fold(0_u128, |value, chunk| {
        let (weight, number) = chunk.iter().fold((1_u64, 0_u64), |(weight, number), &letter| {
            (weight * 62, number * 62 + u64::from(DIGITS[usize::from(letter)]))
        });
        value.checked_mul(u128::from(weight))?.checked_add(u128::from(number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counter(u8);
    impl Entropy for Counter {
        fn fill(&mut self, buffer: &mut [u8]) {
            for slot in buffer {
                *slot = self.0;
                self.0 = self.0.wrapping_add(1);
            }
        }
    }

    #[test]
    fn every_letter_is_equally_likely() {
        // 256 consecutive bytes give 248 usable ones: each letter exactly four times.
        let mut out = [0_u8; 248];
        random_letters(&mut out, &mut Counter(0));
        for &letter in ALPHABET {
            assert_eq!(out.iter().filter(|&&seen| seen == letter).count(), 4);
        }
    }

    #[test]
    fn a_number_survives_its_digits() {
        let mut out = [0_u8; 17];
        write_fixed(62_u128.pow(17) - 1, &mut out);
        assert_eq!(read_number(&out), Some(62_u128.pow(17) - 1));
        assert_eq!(&out, b"zzzzzzzzzzzzzzzzz");
    }

    #[test]
    fn a_foreign_letter_is_no_digit() {
        for text in [&b"a-b"[..], b"a b", b"a\0", "ａ".as_bytes(), b"+"] {
            assert_eq!(read_number(text), None);
        }
        let digits = (0..=u8::MAX).filter(|&byte| is_base62(&[byte])).collect::<Vec<_>>();
        assert_eq!(digits, ALPHABET);
    }

    #[test]
    fn a_number_beyond_128_bits_is_none() {
        // 2^128 - 1 and 2^128, in base62.
        assert_eq!(read_number(b"7n42DGM5Tflk9n8mt7Fhc7"), Some(u128::MAX));
        assert_eq!(read_number(b"7n42DGM5Tflk9n8mt7Fhc8"), None);
        assert_eq!(read_number(&[b'z'; 40]), None);
    }
}
