//! Signs a delivery by Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`.
//!
//! Must not let a secret be printed, nor sign anything but what goes out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::ports::courier::Seal;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderName, HeaderValue};
use sha2::Sha256;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// The header lines that seal a body. While one secret replaces another there are two signatures,
/// and a receiver is content with either.
///
/// # Errors
/// An identity that cannot stand in a header.
pub(crate) fn lines(
    seal: &Seal,
    body: &[u8],
) -> Result<[(HeaderName, HeaderValue); 3], http::header::InvalidHeaderValue> {
    let seconds = seal.at.as_millis().div_euclid(1_000).to_string();
    let sign = |secret: &domain::signing_secret::SigningSecret| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose())
            .expect("a MAC of this kind takes a key of any length");
        for part in [seal.id.as_bytes(), b".", seconds.as_bytes(), b".", body] {
            mac.update(part);
        }
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    };
    let signatures: Vec<String> = seal.secrets.iter().map(sign).collect();
    Ok([
        (ID, HeaderValue::from_str(&seal.id)?),
        (TIMESTAMP, HeaderValue::from_str(&seconds)?),
        (SIGNATURE, HeaderValue::from_str(&signatures.join(" "))?),
    ])
}
