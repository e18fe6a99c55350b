//! What may be said about memory to the processor and the system, so that it is near when it is read.
//!
//! A decision reads three places that a large keyring has not in any cache, each found through the
//! one before. Asked for early, they come while a digest is computed; but on small pages the
//! processor first looks for each page itself, which takes as long again. Both ways to say so are
//! behind `unsafe` because they take pointers: that is why this crate exists. Must not hold anything
//! that could change what a program computes.

use std::mem::MaybeUninit;

/// Asks for the line of the cache at the beginning of this value. It has no effect that a program
/// could see but time; where the processor has no such instruction, it does nothing.
///
/// The standard library's own way, `core::hint::prefetch_read`, is not stable yet.
#[inline]
pub fn prefetch<T>(value: &T) {
    let place = std::ptr::from_ref(value);
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the instruction belongs to SSE, which every processor of this architecture has, and
        // it reads nothing that a program can see, whatever the pointer.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
    }
    #[cfg(target_arch = "aarch64")]
    {
        // SAFETY: the instruction changes neither memory nor registers nor flags, whatever the pointer.
        unsafe {
            std::arch::asm!("prfm pldl1keep, [{0}]", in(reg) place, options(nostack, readonly, preserves_flags));
        }
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = place;
}

/// Pages of this size, in bytes, are asked for.
const HUGE_PAGE: usize = 2 << 20;

/// Tells the system that this room will be read everywhere and at random, before it is first written
/// to: where it has huge pages (Linux, `transparent_hugepage` on `madvise` or `always`), it takes them
/// for the part of the room that consists of whole ones. Room for less than one stays as it is.
pub fn expect_reads_everywhere<T>(room: &mut [MaybeUninit<T>]) {
    let begin = room.as_mut_ptr().addr().next_multiple_of(HUGE_PAGE);
    let end = (room.as_mut_ptr().addr() + size_of_val(room)) / HUGE_PAGE * HUGE_PAGE;
    if begin >= end {
        return;
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::mm::{Advice, madvise};
        let place = room.as_mut_ptr().with_addr(begin).cast();
        // SAFETY: the range lies inside the room, and this advice changes no content, only by which
        // pages it is kept.
        let advised = unsafe { madvise(place, end - begin, Advice::LinuxHugepage) };
        // A system without huge pages says so here; small ones hold the same.
        let _ = advised;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_for_a_line_changes_nothing() {
        let values = [7_u64; 64];
        values.iter().for_each(prefetch);
        assert_eq!(values, [7; 64]);
    }

    #[test]
    fn room_of_any_size_is_as_it_was() {
        for len in [0, 1, 100_000, 3 * HUGE_PAGE + 5] {
            let mut bytes: Vec<u8> = Vec::with_capacity(len);
            expect_reads_everywhere(bytes.spare_capacity_mut());
            bytes.resize(len, 9);
            assert!(bytes.iter().all(|byte| *byte == 9));
        }
    }

    #[test]
    fn room_that_was_written_to_keeps_what_it_holds() {
        let mut bytes: Vec<MaybeUninit<u8>> = vec![MaybeUninit::new(9); 3 * HUGE_PAGE];
        expect_reads_everywhere(&mut bytes);
        // SAFETY: all of them were written above.
        assert!(bytes.iter().all(|byte| unsafe { byte.assume_init() } == 9));
    }
}
