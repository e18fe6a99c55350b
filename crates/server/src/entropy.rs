//! The system's generator of random bytes, asked in larger pieces than it is used.
//!
//! Keys are made from these bytes, so each is wiped as it is handed out. Must not be shared
//! between threads without a lock, nor copied: two copies would hand out the same bytes.

use domain::entropy::Entropy;
use zeroize::Zeroize;

/// Bytes of one call to the system: 256 request identifiers.
const PIECE: usize = 4_096;

/// Bytes of one call for a source that serves one command: a key with its trail takes fewer.
const SMALL_PIECE: usize = 128;

/// Random bytes of the system.
pub(crate) struct SystemEntropy {
    piece: Box<[u8]>,
    /// Everything before this was handed out and wiped.
    used: usize,
}

impl SystemEntropy {
    /// A source that has asked for nothing yet.
    pub(crate) fn new() -> Self {
        Self::in_pieces_of(PIECE)
    }

    /// The same for one command, which needs few bytes: making more than are used is most of what
    /// they cost.
    pub(crate) fn for_one_command() -> Self {
        Self::in_pieces_of(SMALL_PIECE)
    }

    fn in_pieces_of(size: usize) -> Self {
        Self { piece: vec![0; size].into_boxed_slice(), used: size }
    }

    /// # Panics
    /// When the system has no randomness to give: without it no key and no identifier is safe.
    #[expect(clippy::disallowed_methods, reason = "this is the chance of the edge")]
    fn refill(&mut self) {
        getrandom::fill(&mut self.piece).expect("the system's generator always answers");
        self.used = 0;
    }
}

impl std::fmt::Debug for SystemEntropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SystemEntropy(…)")
    }
}

impl Entropy for SystemEntropy {
    fn fill(&mut self, mut buffer: &mut [u8]) {
        while !buffer.is_empty() {
            if self.used == self.piece.len() {
                self.refill();
            }
            let taken = buffer.len().min(self.piece.len() - self.used);
            let (now, later) = buffer.split_at_mut(taken);
            let source = &mut self.piece[self.used..self.used + taken];
            now.copy_from_slice(source);
            source.zeroize();
            self.used += taken;
            buffer = later;
        }
    }
}

impl Drop for SystemEntropy {
    fn drop(&mut self) {
        self.piece[self.used..].zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_is_handed_out_twice() {
        let mut pieces = std::collections::HashSet::new();
        for mut entropy in [SystemEntropy::new(), SystemEntropy::for_one_command()] {
            for _ in 0..1_000 {
                let mut bytes = [0; 16];
                entropy.fill(&mut bytes);
                assert!(pieces.insert(bytes));
            }
            let wiped = entropy.piece[..entropy.used].iter().all(|byte| *byte == 0);
            assert!(wiped, "what was handed out is wiped");
        }
    }

    #[test]
    fn more_than_one_piece_can_be_asked_for() {
        let mut bytes = vec![0; 3 * PIECE + 1];
        SystemEntropy::new().fill(&mut bytes);
        for piece in bytes.chunks(64).filter(|piece| piece.len() == 64) {
            assert!(piece.iter().any(|byte| *byte != 0));
        }
    }
}
