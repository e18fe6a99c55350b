//! Keys that nobody issued, as a forger would write them.
//!
//! Must not know a digest: only the public parts of a text are taken over.

/// The same kid with another secret and a right checksum, as a forger would send it. The prefix of the
/// text is so many bytes long.
///
/// # Panics
/// The text is no key's.
pub fn with_other_secret(text: &str, prefix_len: usize) -> String {
    let mut forged = text[..text.len() - 6].to_owned().into_bytes();
    let at = prefix_len + 20;
    forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
    let mut number = u64::from(crc32fast::hash(&forged));
    let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut check = [0_u8; 6];
    for slot in check.iter_mut().rev() {
        *slot = digits[usize::try_from(number % 62).expect("below 62")];
        number /= 62;
    }
    forged.extend_from_slice(&check);
    String::from_utf8(forged).expect("ASCII")
}
