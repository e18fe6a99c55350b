//! Short texts for header lines, written without the machinery of formatting where it counts.
//!
//! Must not be used for text that somebody else chose: what is written here is plain ASCII.

use domain::ids::RequestId;
use http::HeaderValue;

/// The identifier of a request, as its header line carries it.
pub(crate) fn request_id(id: RequestId) -> HeaderValue {
    ascii(&uuid(id.as_u128()))
}

/// A header value from ASCII that we wrote ourselves.
pub(crate) fn ascii(text: &[u8]) -> HeaderValue {
    // Visible ASCII is always a value; an empty one would only say less.
    HeaderValue::from_bytes(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// 32 hexadecimal digits in five groups: once for each request, so without formatting.
pub(crate) fn uuid(bits: u128) -> [u8; 36] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; 36];
    let mut at = 0;
    for byte in bits.to_be_bytes() {
        if matches!(at, 8 | 13 | 18 | 23) {
            at += 1;
        }
        text[at] = DIGITS[usize::from(byte >> 4)];
        text[at + 1] = DIGITS[usize::from(byte & 0x0f)];
        at += 2;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_spelled_as_everywhere() {
        for bits in [0, 1, u128::MAX, 0xb6bf_f0c5_38c6_496a_a3a8_105b_31d5_bcfe] {
            let id = RequestId::from_u128(bits);
            assert_eq!(request_id(id).to_str().ok(), Some(&*id.to_string()));
        }
    }
}
