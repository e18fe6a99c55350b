//! Finds a secret in bytes, whole or in part, plain or encoded.
//!
//! A part counts from sixteen letters in a row, of thirty-two that a secret has.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Letters of a key behind its prefix; in front of the secret among them; of the secret.
const BODY: usize = 55;
const KID: usize = 17;
const SECRET: usize = 32;
/// Letters that give a secret away.
const WINDOW: usize = 16;
/// Letters of Base64 that hold fifteen whole letters, and at every cut.
const BASE64_WINDOW: usize = 20;

/// The secret in a key's text.
pub(crate) fn secret_of(key: &str) -> &str {
    let body = &key[key.len() - BODY..];
    &body[KID..KID + SECRET]
}

/// All needles of one encoding; they have one length.
struct Needles {
    encoding: &'static str,
    len: usize,
    /// Whether letters are compared without regard to case.
    folded: bool,
    begins: Vec<bool>,
    all: HashSet<Vec<u8>>,
}

impl Needles {
    fn new(encoding: &'static str, folded: bool, all: HashSet<Vec<u8>>) -> Self {
        let len = all.iter().next().map_or(0, Vec::len);
        let mut begins = vec![false; 1 << 16];
        for needle in &all {
            assert_eq!(needle.len(), len, "{encoding}");
            begins[pair(needle)] = true;
        }
        Self { encoding, len, folded, begins, all }
    }

    fn is_in(&self, plain: &[u8], folded: &[u8]) -> bool {
        let haystack = if self.folded { folded } else { plain };
        haystack
            .windows(self.len.max(2))
            .any(|window| self.begins[pair(window)] && self.all.contains(window))
    }
}

fn pair(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// Looks for the secrets that it was made with.
pub(crate) struct Finder(Vec<Needles>);

impl Finder {
    /// A finder of these secrets: the letters themselves, without what may be shown.
    pub(crate) fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let secrets: Vec<&[u8]> = secrets.into_iter().map(str::as_bytes).collect();
        let windows: HashSet<&[u8]> =
            secrets.iter().flat_map(|secret| secret.windows(WINDOW)).collect();
        let each = |encode: &dyn Fn(u8) -> Vec<u8>| -> HashSet<Vec<u8>> {
            let encoded = windows.iter().map(|window| window.iter().flat_map(|b| encode(*b)));
            encoded.map(|letters| letters.collect::<Vec<u8>>().to_ascii_lowercase()).collect()
        };
        let base64 = secrets.iter().flat_map(|secret| base64_windows(secret)).collect();
        Self(vec![
            Needles::new("plain", true, each(&|byte| vec![byte])),
            Needles::new("hexadecimal", true, each(&|byte| format!("{byte:02x}").into())),
            Needles::new("percent-encoded", true, each(&|byte| format!("%{byte:02x}").into())),
            Needles::new("escaped as in JSON", true, each(&|b| format!("\\u{b:04x}").into())),
            Needles::new("UTF-16", true, each(&|byte| vec![byte, 0])),
            Needles::new("Base64", false, base64),
        ])
    }

    /// The encodings in which a secret is in these bytes.
    pub(crate) fn find(&self, bytes: &[u8]) -> Vec<&'static str> {
        let folded = bytes.to_ascii_lowercase();
        let found = self.0.iter().filter(|needles| needles.is_in(bytes, &folded));
        found.map(|needles| needles.encoding).collect()
    }
}

/// Base64 has three cuts, by what stands before; letters at the edges depend on what is around.
fn base64_windows(secret: &[u8]) -> HashSet<Vec<u8>> {
    let mut found = HashSet::new();
    for before in 0..3 {
        let padded = [&b"   "[..before], secret].concat();
        let text = STANDARD_NO_PAD.encode(&padded);
        let from = (before * 8).div_ceil(6);
        let to = padded.len() * 8 / 6;
        let inner = &text.as_bytes()[from..to];
        // Letters and digits never need the two signs in which the alphabets differ.
        assert!(inner.iter().all(u8::is_ascii_alphanumeric));
        found.extend(inner.windows(BASE64_WINDOW).map(<[u8]>::to_vec));
    }
    found
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE;

    use super::*;

    const KEY: &str = "$aact_hmlg_0123456789ABCDEFGqWeRtYuIoPaSdFgHjKlZxCvBnMq1w2e3123456";

    #[track_caller]
    fn check(sample: &[u8], encodings: &[&str]) {
        let finder = Finder::new([secret_of(KEY), secret_of(&KEY.replace('q', "z"))]);
        assert_eq!(finder.find(sample), encodings, "{}", String::from_utf8_lossy(sample));
    }

    #[test]
    fn a_canary_is_found_in_every_encoding_at_every_cut() {
        let secret = secret_of(KEY);
        assert_eq!(secret, "qWeRtYuIoPaSdFgHjKlZxCvBnMq1w2e3");
        for from in 0..=SECRET - WINDOW {
            let part = &secret[from..from + WINDOW];
            check(part.as_bytes(), &["plain"]);
            check(format!("\u{1}key: {part}\0 refused").as_bytes(), &["plain"]);
            check(part.to_uppercase().as_bytes(), &["plain"]);
            let each = |encode: &dyn Fn(u8) -> String| part.bytes().map(encode).collect::<String>();
            check(each(&|byte| format!("{byte:02x}")).as_bytes(), &["hexadecimal"]);
            check(each(&|byte| format!("{byte:02X}")).as_bytes(), &["hexadecimal"]);
            check(each(&|byte| format!("%{byte:02X}")).as_bytes(), &["percent-encoded"]);
            check(each(&|byte| format!("\\u{byte:04X}")).as_bytes(), &["escaped as in JSON"]);
            let wide: Vec<u8> = part.bytes().flat_map(|byte| [byte, 0]).collect();
            check(&wide, &["UTF-16"]);
        }
        for before in 0..9 {
            let text = format!("{}{KEY} and more", "x".repeat(before));
            check(STANDARD_NO_PAD.encode(&text).as_bytes(), &["Base64"]);
            check(URL_SAFE.encode(&text).as_bytes(), &["Base64"]);
        }
        check(
            &[KEY.as_bytes(), b"\n", STANDARD_NO_PAD.encode(KEY).as_bytes()].concat(),
            &["plain", "Base64"],
        );
    }

    #[test]
    fn what_may_be_shown_is_not_taken_for_a_secret() {
        check(b"", &[]);
        check(b"$aact_hmlg_0123456789ABCDEFG", &[]);
        check(b"$aact_hmlg_0123\xe2\x80\xa63456", &[]);
        check(&secret_of(KEY).as_bytes()[..WINDOW - 1], &[]);
        check(STANDARD_NO_PAD.encode(&KEY[..11 + KID]).as_bytes(), &[]);
    }
}
