//! Room that grows and never moves: values are found by a number, and read without waiting while more
//! are made.
//!
//! Must not give a value back; what is kept here is kept as long as the keyring.

use std::sync::OnceLock;

/// The first chunk has so many values; each further one as many as all before it together, up to the
/// largest.
const SMALLEST: usize = 1 << SMALLEST_BITS;
const SMALLEST_BITS: u32 = 10;
const LARGEST: usize = 1 << LARGEST_BITS;
const LARGEST_BITS: u32 = 17;
/// Chunks that are smaller than the largest.
const SMALLER: usize = (LARGEST_BITS - SMALLEST_BITS) as usize;

/// Room for values.
#[derive(Debug)]
pub(super) struct Chunks<T>(Box<[OnceLock<Box<[T]>>]>);

impl<T: Default> Chunks<T> {
    /// Room for so many values at most.
    pub(super) fn with_room(values: usize) -> Self {
        Self((0..SMALLER + values.div_ceil(LARGEST)).map(|_| OnceLock::new()).collect())
    }

    /// The value with this number, if it was made.
    pub(super) fn get(&self, number: u32) -> Option<&T> {
        let (chunk, at) = place(number);
        self.0.get(chunk)?.get()?.get(at)
    }

    /// The value with this number, which is made if need be; `None` when there is no room.
    pub(super) fn get_or_make(&self, number: u32) -> Option<&T> {
        let (chunk, at) = place(number);
        self.0.get(chunk)?.get_or_init(|| made(chunk)).get(at)
    }
}

/// A chunk of default values, in pages that are as large as may be.
fn made<T: Default>(chunk: usize) -> Box<[T]> {
    let len = SMALLEST << chunk.saturating_sub(1).min(SMALLER);
    let mut values = Vec::with_capacity(len);
    memory::expect_reads_everywhere(values.spare_capacity_mut());
    values.resize_with(len, T::default);
    values.into_boxed_slice()
}

/// The chunk of this number, and the place in it.
const fn place(number: u32) -> (usize, usize) {
    let number = number as usize;
    if number < SMALLEST {
        return (0, number);
    }
    if number < LARGEST {
        let chunk = number.ilog2();
        return ((chunk - SMALLEST_BITS + 1) as usize, number - (1 << chunk));
    }
    (SMALLER + number / LARGEST, number % LARGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_place_of_its_own_in_a_chunk_that_is_filled() {
        let mut next = (0, 0);
        for number in 0..5 * LARGEST {
            let here = place(u32::try_from(number).expect("small"));
            assert_eq!(here, next, "{number}");
            let len = SMALLEST << here.0.saturating_sub(1).min(SMALLER);
            next = if here.1 + 1 == len { (here.0 + 1, 0) } else { (here.0, here.1 + 1) };
        }
    }

    #[test]
    fn what_was_made_is_there_and_nothing_else() {
        let room: Chunks<u8> = Chunks::with_room(LARGEST);
        assert_eq!(room.get(0), None);
        assert_eq!(
            (room.get_or_make(0), room.get(1_023), room.get(1_024)),
            (Some(&0), Some(&0), None)
        );
        assert_eq!(room.get_or_make(u32::MAX), None);
    }
}
