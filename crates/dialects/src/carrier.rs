//! Where keys travel in a request: the headers that a dialect reads, and the places into which
//! people put keys by mistake.
//!
//! Must not allocate, must not look at any text twice as two spellings, and must not read cookies
//! or bodies.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use domain::diagnosis::Diagnosis;
use domain::prefix::KeyPrefixes;
use engine::verify::Credential;
use http::header::{AUTHORIZATION, FORWARDED, VIA};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use zeroize::Zeroizing;

use crate::dialect::RequestHead;

/// Longest prefix that a key can have; a longer beginning need not be looked at.
const PREFIX_MAX: usize = 32;
/// Most letters that are looked at of a pair of user and password; a key needs far fewer.
const PAIR_MAX: usize = 512;
/// Reads a pair of user and password. What is not written quite right is looked at all the same.
const PAIRS: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Headers into which clients put keys out of habit, whatever the API reads. The last is the one in
/// which webhooks bring their token to a receiver, so the two get mixed up.
static HABITS: [HeaderName; 6] = [
    AUTHORIZATION,
    HeaderName::from_static("access_token"),
    HeaderName::from_static("access-token"),
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("api-key"),
    HeaderName::from_static("asaas-access-token"),
];

/// Headers that tell of a proxy on the way.
static PROXY_SIGNS: [HeaderName; 4] = [
    FORWARDED,
    VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-real-ip"),
];

/// How the value of a header holds a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The key alone.
    Bare,
    /// Behind the scheme `Bearer` and one or more spaces (RFC 9110, section 11.4).
    Bearer,
}

/// A header that a dialect reads keys from.
#[derive(Clone, Debug)]
pub(crate) struct Carrier {
    /// Its name.
    pub(crate) name: HeaderName,
    /// How its value holds the key.
    pub(crate) form: Form,
}

/// All headers that a dialect reads keys from. A request may use one of them, once.
#[derive(Clone, Debug)]
pub(crate) struct Carriers(Vec<Carrier>);

impl Carriers {
    /// Reads these headers.
    pub(crate) const fn new(own: Vec<Carrier>) -> Self {
        Self(own)
    }

    /// Finds the one credential of a request, or says what seems to have happened to it.
    pub(crate) fn extract<'a>(
        &self,
        head: &RequestHead<'a>,
        prefixes: &'a KeyPrefixes,
    ) -> Credential<'a> {
        let mut sent: Option<(Form, &'a HeaderValue)> = None;
        let mut astray = false;
        // Once through all lines: a look-up for each name would cost more than most heads are long.
        for (name, value) in head.headers {
            match self.0.iter().find(|carrier| carrier.name == *name) {
                Some(carrier) => {
                    if sent.replace((carrier.form, value)).is_some() {
                        return Credential::Ambiguous;
                    }
                }
                None => {
                    astray |= self.reads(name) && holds_a_key(value.as_bytes(), prefixes);
                }
            }
        }
        match (sent, astray) {
            (Some(_), true) => Credential::Ambiguous,
            (Some((form, value)), false) => read(form, value.as_bytes(), prefixes),
            (None, true) => Credential::Absent(Diagnosis::WrongHeader),
            (None, false) => Credential::Absent(self.absence(head, prefixes)),
        }
    }

    /// Takes away every header that [`Carriers::extract`] reads, and every other one that holds a
    /// key of this server.
    pub(crate) fn strip(&self, headers: &mut HeaderMap, prefixes: &KeyPrefixes) {
        for carrier in &self.0 {
            headers.remove(&carrier.name);
        }
        while let Some(name) = self.astray(headers, prefixes) {
            headers.remove(&name);
        }
    }

    /// Whether a key may be in this header, its own place or another.
    pub(crate) fn reads(&self, name: &HeaderName) -> bool {
        let mut known = self.0.iter().map(|carrier| &carrier.name).chain(&HABITS);
        known.any(|known| is_same(known, name))
    }

    /// A header that is not ours to read and nevertheless holds a key of this server: one into which
    /// keys are put out of habit, or another spelling of ours.
    fn astray(&self, headers: &HeaderMap, prefixes: &KeyPrefixes) -> Option<HeaderName> {
        let holds = |(name, value): &(&HeaderName, &HeaderValue)| {
            self.reads(name) && holds_a_key(value.as_bytes(), prefixes)
        };
        headers.iter().find(holds).map(|(name, _)| name.clone())
    }

    /// Why no header of ours came, as far as the head shows it.
    fn absence(&self, head: &RequestHead<'_>, prefixes: &KeyPrefixes) -> Diagnosis {
        if key_in_address(head.uri, prefixes) {
            return Diagnosis::InUrl;
        }
        // Proxies drop names with underscores by default, and only those.
        let droppable = self.0.iter().any(|carrier| carrier.name.as_str().contains('_'));
        if droppable && PROXY_SIGNS.iter().any(|name| head.headers.contains_key(name)) {
            return Diagnosis::DroppedByProxy;
        }
        // A key that expanded to nothing leaves a scheme behind, or an empty header, and libcurl
        // sends no such header at all.
        if self.0.iter().all(|carrier| carrier.form == Form::Bare) {
            return Diagnosis::LeftOut;
        }
        Diagnosis::Missing
    }
}

/// Whether two names are one to a server that hands headers on as variables.
pub(crate) fn is_same(left: &HeaderName, right: &HeaderName) -> bool {
    let letter = |byte: u8| if byte == b'_' { b'-' } else { byte };
    let (left, right) = (left.as_str(), right.as_str());
    left.len() == right.len() && left.bytes().map(letter).eq(right.bytes().map(letter))
}

fn read<'a>(form: Form, value: &'a [u8], prefixes: &'a KeyPrefixes) -> Credential<'a> {
    let text = without_blanks(value);
    if text.is_empty() {
        return Credential::Absent(Diagnosis::Empty);
    }
    match form {
        Form::Bare => Credential::read(text, prefixes),
        Form::Bearer => {
            let (scheme, key) = split_scheme(text);
            if scheme.eq_ignore_ascii_case(b"bearer") {
                Credential::read(key, prefixes)
            } else if holds_a_key(text, prefixes) {
                Credential::Absent(Diagnosis::SchemeMissing)
            } else {
                Credential::Absent(Diagnosis::Missing)
            }
        }
    }
}

/// Whether a value begins with a prefix that is issued here, behind any scheme or none, or as user or
/// password.
fn holds_a_key(value: &[u8], prefixes: &KeyPrefixes) -> bool {
    let text = without_blanks(value);
    let (scheme, rest) = split_scheme(text);
    prefixes.is_issued_here(text)
        || prefixes.is_issued_here(rest)
        || (scheme.eq_ignore_ascii_case(b"basic") && pair_holds_a_key(rest, prefixes))
}

/// Whether a key is the user or the password of such a pair (RFC 7617).
fn pair_holds_a_key(encoded: &[u8], prefixes: &KeyPrefixes) -> bool {
    let encoded = &encoded[..encoded.len().min(PAIR_MAX)];
    let mut pair = Zeroizing::new([0; PAIR_MAX / 4 * 3]);
    let Ok(len) = PAIRS.decode_slice(encoded, &mut *pair) else { return false };
    let user = &pair[..len];
    let colon = user.iter().position(|&byte| byte == b':');
    let password = colon.map(|at| &user[at + 1..]);
    prefixes.is_issued_here(user) || password.is_some_and(|text| prefixes.is_issued_here(text))
}

/// Spaces and tabs around a value are no part of it (RFC 9110, section 5.5).
fn without_blanks(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// The first word, and what follows the spaces behind it.
fn split_scheme(text: &[u8]) -> (&[u8], &[u8]) {
    let at = text.iter().position(|&byte| byte == b' ').unwrap_or(text.len());
    let (scheme, mut rest) = text.split_at(at);
    while let [b' ', tail @ ..] = rest {
        rest = tail;
    }
    (scheme, rest)
}

/// Whether the query or the path holds a key, percent-encoded or not.
fn key_in_address(uri: &Uri, prefixes: &KeyPrefixes) -> bool {
    let in_pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let named = matches!(name, "access_token" | "api_key") && !value.is_empty();
        named || begins_like_a_key(value, prefixes)
    };
    uri.query().is_some_and(|query| query.split('&').any(in_pair))
        || uri.path().split('/').any(|segment| begins_like_a_key(segment, prefixes))
}

fn begins_like_a_key(text: &str, prefixes: &KeyPrefixes) -> bool {
    let mut head = [0_u8; PREFIX_MAX];
    let mut len = 0;
    for (slot, byte) in head.iter_mut().zip(percent_decoded(text.as_bytes())) {
        *slot = byte;
        len += 1;
    }
    prefixes.is_issued_here(&head[..len])
}

fn percent_decoded(mut rest: &[u8]) -> impl Iterator<Item = u8> {
    let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    std::iter::from_fn(move || {
        let (byte, tail) = match rest {
            [b'%', high, low, tail @ ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, tail),
                (Some(_) | None, _) => (b'%', &rest[1..]),
            },
            [byte, tail @ ..] => (*byte, tail),
            [] => return None,
        };
        rest = tail;
        Some(byte)
    })
}
