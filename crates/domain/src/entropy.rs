//! Where chance enters the house: as an argument.
//!
//! Must not ask the system for randomness; the edge implements [`Entropy`] over the system's
//! generator, and tests over a seed.

/// A source of unpredictable bytes.
pub trait Entropy {
    /// Fills the whole buffer.
    fn fill(&mut self, buffer: &mut [u8]);
}

impl<E: Entropy + ?Sized> Entropy for &mut E {
    fn fill(&mut self, buffer: &mut [u8]) {
        (**self).fill(buffer);
    }
}
