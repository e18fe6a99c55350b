//! Short texts for header lines, written without the machinery of formatting where it counts.
//!
//! Must not be used for text that somebody else chose: what is written here is plain ASCII.

use std::fmt::{self, Write};
use std::net::IpAddr;

use domain::ids::RequestId;
use http::HeaderValue;

/// Room for the longest address, `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`.
const SHORT_MAX: usize = 46;

/// A text of at most [`SHORT_MAX`] bytes, on the stack.
pub(crate) struct Short {
    bytes: [u8; SHORT_MAX],
    len: usize,
}

impl Short {
    /// The address as text.
    pub(crate) fn address(address: IpAddr) -> Self {
        let mut text = Self { bytes: [0; SHORT_MAX], len: 0 };
        // No address is longer than the room.
        let _ = write!(text, "{address}");
        text
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        if end > SHORT_MAX {
            return Err(fmt::Error);
        }
        self.bytes[self.len..end].copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

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
fn uuid(bits: u128) -> [u8; 36] {
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

    #[test]
    fn the_longest_address_fits() {
        for text in
            ["203.0.113.9", "::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:1.2.3.4"]
        {
            let address: IpAddr = text.parse().expect("an address");
            assert_eq!(Short::address(address).as_bytes(), address.to_string().as_bytes());
        }
    }
}
