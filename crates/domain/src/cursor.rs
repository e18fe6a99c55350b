//! Cursors: where a list goes on, in a form that nobody but this server can make.
//!
//! A cursor is a position and a proof, bound to everything that the list was asked with. Must not
//! tell why a text is no cursor: changed, of another list or of another server, it is none.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::entropy::Entropy;

/// Bytes of a position.
const POSITION_LEN: usize = 8;
/// Bytes of a wide position.
const WIDE_LEN: usize = 16;
/// Bytes of a cursor, position and proof: 64 digits, and a proof that cannot be guessed.
const CURSOR_LEN: usize = 32;
/// Stand first in what is proved, so that no other use of a secret can be taken for this one.
const LABEL: &[u8] = b"chaveiro cursor 1";
const WIDE_LABEL: &[u8] = b"chaveiro cursor 2";

/// The text is no cursor of this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor of this list: start from the first page")]
pub struct NotACursor;

/// The secret with which cursors are made; it is wiped when it is dropped, and cannot be printed.
#[derive(Clone)]
pub struct CursorSecret(Zeroizing<[u8; 32]>);

impl CursorSecret {
    /// The secret with these bytes.
    #[must_use]
    pub const fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// A secret of its own: cursors made with it end with it.
    #[must_use]
    pub fn random(entropy: &mut dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(&mut *bytes);
        Self(bytes)
    }

    /// The cursor to this position of the list that was asked for with all of this.
    #[must_use]
    pub fn seal(&self, list: &[&str], position: u64) -> String {
        self.sealed(LABEL, list, &position.to_be_bytes())
    }

    /// The position to which a cursor of this list leads.
    ///
    /// # Errors
    /// Any text but a cursor that was made with this secret for this list.
    pub fn open(&self, list: &[&str], text: &str) -> Result<u64, NotACursor> {
        self.opened::<POSITION_LEN>(LABEL, list, text).map(u64::from_be_bytes)
    }

    /// As [`CursorSecret::seal`], for lists whose positions need so much room.
    #[must_use]
    pub fn seal_wide(&self, list: &[&str], position: u128) -> String {
        self.sealed(WIDE_LABEL, list, &position.to_be_bytes())
    }

    /// As [`CursorSecret::open`], for what [`CursorSecret::seal_wide`] made.
    ///
    /// # Errors
    /// Any other text.
    pub fn open_wide(&self, list: &[&str], text: &str) -> Result<u128, NotACursor> {
        self.opened::<WIDE_LEN>(WIDE_LABEL, list, text).map(u128::from_be_bytes)
    }

    fn sealed(&self, label: &[u8], list: &[&str], position: &[u8]) -> String {
        let proof = self.proof(label, list, position);
        position.iter().chain(&proof).take(CURSOR_LEN).map(|byte| format!("{byte:02x}")).collect()
    }

    fn opened<const N: usize>(
        &self,
        label: &[u8],
        list: &[&str],
        text: &str,
    ) -> Result<[u8; N], NotACursor> {
        let bytes = unhex(text).ok_or(NotACursor)?;
        let (position, proof) = bytes.split_at(N);
        let known = self.proof(label, list, position);
        if bool::from(known[..proof.len()].ct_eq(proof)) {
            position.try_into().map_err(|_| NotACursor)
        } else {
            Err(NotACursor)
        }
    }

    /// Every part comes with its length, so that none can be moved into its neighbour.
    fn proof(&self, label: &[u8], list: &[&str], position: &[u8]) -> [u8; CURSOR_LEN] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.0)
            .expect("a secret of any length is a key of this code");
        let mut add = |part: &[u8]| {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        };
        add(label);
        add(position);
        list.iter().for_each(|part| add(part.as_bytes()));
        mac.finalize().into_bytes().into()
    }
}

/// Reads small digits alone, so that a cursor has one spelling.
fn unhex(text: &str) -> Option<[u8; CURSOR_LEN]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; CURSOR_LEN];
    if text.len() != 2 * bytes.len() {
        return None;
    }
    for (slot, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *slot = (digit(pair[0])? << 4) | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: [&str; 3] = ["keys", "payments", "state enabled"];

    fn secret(byte: u8) -> CursorSecret {
        CursorSecret::new(Zeroizing::new([byte; 32]))
    }

    #[test]
    fn a_cursor_leads_back_to_its_position() {
        for position in [0, 1, 41, u64::MAX] {
            let cursor = secret(1).seal(&LIST, position);
            assert_eq!(secret(1).open(&LIST, &cursor), Ok(position));
        }
        for position in [0, 41, u128::from(u64::MAX) + 1, u128::MAX] {
            let cursor = secret(1).seal_wide(&LIST, position);
            assert_eq!(secret(1).open_wide(&LIST, &cursor), Ok(position));
        }
    }

    #[test]
    fn a_wide_cursor_is_no_other_cursor_and_holds_only_as_it_was_made() {
        let wide = secret(1).seal_wide(&LIST, 41);
        assert_eq!(wide.len(), secret(1).seal(&LIST, 41).len());
        assert_eq!(secret(1).open(&LIST, &wide), Err(NotACursor));
        assert_eq!(secret(1).open_wide(&LIST, &secret(1).seal(&LIST, 41)), Err(NotACursor));
        assert_eq!(secret(2).open_wide(&LIST, &wide), Err(NotACursor));
        assert_eq!(secret(1).open_wide(&LIST[..2], &wide), Err(NotACursor));
        for at in 0..wide.len() {
            let mut bytes = wide.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert_eq!(secret(1).open_wide(&LIST, &text), Err(NotACursor), "{text}");
        }
    }

    #[test]
    fn a_cursor_that_was_changed_anywhere_is_none() {
        let cursor = secret(1).seal(&LIST, 41);
        let check = |text: &str| assert_eq!(secret(1).open(&LIST, text), Err(NotACursor), "{text}");
        for at in 0..cursor.len() {
            for bit in 0..8 {
                let mut bytes = cursor.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                check(&String::from_utf8_lossy(&bytes));
            }
            check(&cursor[..at]);
        }
        check(&cursor.to_uppercase());
        check(&format!("{cursor}0"));
        check(&format!(" {cursor}"));
        check("");
        check("' OR 1=1 --");
        check("41");
    }

    #[test]
    fn a_cursor_holds_for_its_list_and_its_secret_alone() {
        let cursor = secret(1).seal(&LIST, 41);
        assert_eq!(secret(2).open(&LIST, &cursor), Err(NotACursor));
        for list in [
            &["accounts", "payments", "state enabled"][..],
            &["keys", "mail", "state enabled"],
            &["keys", "payments", "state disabled"],
            &["keys", "payments"],
            &["keys", "payments", "state enabled", ""],
            &["keys", "paymentsstate enabled", ""],
            &["keyspayments", "", "state enabled"],
            &[],
        ] {
            assert_eq!(secret(1).open(list, &cursor), Err(NotACursor), "{list:?}");
        }
    }
}
