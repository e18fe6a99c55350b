//! What is wrong with a key's text, judged by its shape alone.
//!
//! Must not know which keys exist, and must not repeat the text: its sentences go to whoever
//! sent it, to pages and to logs.

use crate::base62;
use crate::key_text::{BODY_LEN, KEY_TEXT_MAX, PresentedKey};
use crate::prefix::KeyPrefixes;

/// Declares the cases once: name, stable code, and what to tell whoever sent it.
macro_rules! cases {
    ($($(#[$doc:meta])* $case:ident, $code:literal, $advice:literal;)*) => {
        /// One way in which a credential is missing or misshapen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Diagnosis {
            $($(#[$doc])* $case,)*
        }

        impl Diagnosis {
            /// Every diagnosis, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$case,)*];

            /// A stable name in snake case.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$case => $code,)*
                }
            }

            /// What happened and what to do next, in one or two sentences of printable ASCII.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self {
                    $(Self::$case => $advice,)*
                }
            }
        }
    };
}

cases! {
    /// A backslash of some quoting came along: `\$…`.
    BackslashIncluded, "backslash_included",
    "The value begins with a backslash. Send the key without it: the quoting of your shell or file left it behind.";
    /// The word `Bearer` is part of the value.
    BearerIncluded, "bearer_included",
    "The word Bearer is part of the value. Send the key alone, or put both into the Authorization header if this API reads it.";
    /// The prefix has its letters in the wrong case.
    CaseChanged, "case_changed",
    "The prefix is in the wrong case. Keys are case-sensitive: copy the key again as it was shown.";
    /// The leading `$` is there twice, as some files need it.
    DollarDoubled, "dollar_doubled",
    "The key begins with two dollar signs. Doubling is for files that expand variables, such as compose files; here send one.";
    /// The leading `$` is gone.
    DollarLost, "dollar_lost",
    "The leading dollar sign is gone. It is part of the key: write the key in single quotes, so that nothing expands it.";
    /// No header, and the request came through a proxy that may drop names with underscores.
    DroppedByProxy, "dropped_by_proxy",
    "No key arrived, and the request came through a proxy. Some proxies drop header names with underscores; nginx keeps them with underscores_in_headers on.";
    /// The value is empty, as when a variable expanded to nothing.
    Empty, "empty",
    "The key is empty. A dollar sign in double quotes, or a variable that is not set, expands to nothing: use single quotes and check the variable.";
    /// A letter that no key contains.
    ForeignLetter, "foreign_letter",
    "The key holds a character that no key contains. Copy it again as it was shown: letters and digits only after the prefix.";
    /// A key in the address, where logs and histories would keep it.
    InUrl, "in_url",
    "A key in the address is never read, and logs may have kept it. Send it in the header, and replace this key.";
    /// No header where an API reads a bare key: clients leave out one that is empty.
    LeftOut, "left_out",
    "No key was sent. Send it in the header that this API reads. Many clients leave out a header that is empty: write a key with a dollar sign in single quotes, and check that a variable is set.";
    /// Shape and letters are right, the checksum is not: a letter was changed or swapped.
    LettersSwapped, "letters_swapped",
    "The checksum does not fit: a letter was changed, swapped or changed case. Copy the key again.";
    /// A line break inside or around the key.
    LineBreakIncluded, "line_break_included",
    "A line break is part of the value. Remove it: a file often ends in one.";
    /// No credential at all.
    Missing, "missing",
    "No key was sent. Send it in the header that this API reads.";
    /// Not the beginning of any key that is issued here.
    NotAKey, "not_a_key",
    "This does not begin like a key of this API. Check that the right value is sent.";
    /// Letters outside ASCII that may look like the right ones.
    NotAscii, "not_ascii",
    "The value holds letters outside ASCII, perhaps look-alikes from a document. Copy the key from where it was shown.";
    /// A key of another API of this server.
    OtherRealm, "other_realm",
    "This is the shape of a key for another API of this server. Use a key of this one.";
    /// Percent-encoded, as in an address.
    PercentEncoded, "percent_encoded",
    "The value is percent-encoded. Send the key as it was shown, without encoding it.";
    /// The placeholder of an example.
    Placeholder, "placeholder",
    "This is the placeholder of an example. Put your own key in its place.";
    /// Quotation marks are part of the value.
    QuotesIncluded, "quotes_included",
    "Quotation marks are part of the value. Send the key without them.";
    /// More letters than a key has.
    TooLong, "too_long",
    "The key has too many letters. Perhaps it was pasted twice, or something follows it.";
    /// The key stands where the word `Bearer` should, or behind another scheme.
    SchemeMissing, "scheme_missing",
    "The key came without the word Bearer before it. Send: Authorization: Bearer, a space, and the key.";
    /// Fewer letters than a key has.
    Truncated, "truncated",
    "The key has too few letters: its end was cut off. Copy the whole key.";
    /// The name of a variable, not its value.
    VariableUnexpanded, "variable_unexpanded",
    "This is the name of a variable, not its value. Single quotes or a missing loader keep it from being replaced.";
    /// White space inside the key.
    WhitespaceIncluded, "whitespace_included",
    "White space is inside the key. Remove it: the key is one word.";
    /// A key of this server in a header that is not the one this API reads.
    WrongHeader, "wrong_header",
    "A key was sent in a header that this API does not read. Send it in the header that it documents.";
}

/// Says what is wrong with a text that is not a well-formed key of these prefixes.
///
/// Pure, bounded by the length of the text, and silent about whether any key exists.
#[must_use]
pub fn diagnose(text: &[u8], prefixes: &KeyPrefixes) -> Diagnosis {
    if text.is_empty() {
        return Diagnosis::Empty;
    }
    if text.len() > 4 * KEY_TEXT_MAX {
        return Diagnosis::TooLong;
    }
    let Ok(text) = std::str::from_utf8(text) else { return Diagnosis::NotAscii };
    if text.trim().is_empty() {
        return Diagnosis::Empty;
    }
    wrapping(text, prefixes)
        .or_else(|| variable(text, prefixes))
        .unwrap_or_else(|| shape(text, prefixes))
}

/// Something came along with the key: quotes, a scheme, white space, an encoding.
fn wrapping(text: &str, prefixes: &KeyPrefixes) -> Option<Diagnosis> {
    const QUOTES: [char; 7] = ['"', '\'', '`', '“', '”', '‘', '’'];
    if text.starts_with(QUOTES) || text.ends_with(QUOTES) {
        return Some(Diagnosis::QuotesIncluded);
    }
    let bearer = text.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("bearer "));
    if bearer || text.eq_ignore_ascii_case("bearer") {
        return Some(Diagnosis::BearerIncluded);
    }
    if text.contains(['\n', '\r']) || text.ends_with("\\n") {
        return Some(Diagnosis::LineBreakIncluded);
    }
    if text.contains(char::is_whitespace) {
        return Some(Diagnosis::WhitespaceIncluded);
    }
    if text.starts_with('\\') {
        return Some(Diagnosis::BackslashIncluded);
    }
    let encoded_dollar = text.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("%24"));
    if encoded_dollar && text.len() > 3 {
        return Some(Diagnosis::PercentEncoded);
    }
    let doubled = text.strip_prefix('$').is_some_and(|rest| {
        rest.starts_with('$') && prefixes.all_texts().any(|prefix| rest.starts_with(prefix))
    });
    doubled.then_some(Diagnosis::DollarDoubled)
}

/// The name of a variable or an example's placeholder stands where the key should.
fn variable(text: &str, prefixes: &KeyPrefixes) -> Option<Diagnosis> {
    let braces = (text.starts_with("${") && text.ends_with('}'))
        || (text.starts_with("{{") && text.ends_with("}}"))
        || (text.starts_with("$(") && text.ends_with(')'))
        || (text.len() > 2 && text.starts_with('%') && text.ends_with('%'));
    if braces {
        return Some(Diagnosis::VariableUnexpanded);
    }
    if text.len() > 2 && text.starts_with('<') && text.ends_with('>') {
        return Some(Diagnosis::Placeholder);
    }
    let begins_a_key = prefixes.all_texts().find(|prefix| text.starts_with(prefix));
    if let Some(prefix) = begins_a_key {
        let body = &text[prefix.len()..];
        let example = body.contains('…')
            || body.contains("...")
            || (body.len() >= 3 && body.bytes().all(|b| matches!(b, b'x' | b'X' | b'*')))
            || body.starts_with("your_");
        return example.then_some(Diagnosis::Placeholder);
    }
    let name = text.strip_prefix('$')?;
    let shouting = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let a_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let a_name = (shouting && name.len() < BODY_LEN) || (a_name && name.len() < 32);
    a_name.then_some(Diagnosis::VariableUnexpanded)
}

/// The key itself is misshapen.
fn shape(text: &str, prefixes: &KeyPrefixes) -> Diagnosis {
    let with_dollar = |prefix: &&str| prefix.strip_prefix('$').is_some_and(|p| text.starts_with(p));
    if let Some(prefix) = prefixes.own_prefix_of(text.as_bytes()) {
        return body_shape(&text[prefix.as_str().len()..]);
    }
    if prefixes.all_texts().any(|prefix| with_dollar(&prefix)) {
        return Diagnosis::DollarLost;
    }
    if prefixes.is_foreign(text.as_bytes()) {
        return Diagnosis::OtherRealm;
    }
    if !text.is_ascii() {
        return Diagnosis::NotAscii;
    }
    let in_other_case = |prefix: &str| {
        text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    if text.len() >= BODY_LEN && prefixes.all_texts().any(in_other_case) {
        return Diagnosis::CaseChanged;
    }
    if text.len() > KEY_TEXT_MAX { Diagnosis::TooLong } else { Diagnosis::NotAKey }
}

fn body_shape(body: &str) -> Diagnosis {
    if !body.is_ascii() {
        return Diagnosis::NotAscii;
    }
    if !base62::is_base62(body.as_bytes()) {
        return Diagnosis::ForeignLetter;
    }
    match body.len().cmp(&BODY_LEN) {
        std::cmp::Ordering::Less => Diagnosis::Truncated,
        std::cmp::Ordering::Greater => Diagnosis::TooLong,
        std::cmp::Ordering::Equal => Diagnosis::LettersSwapped,
    }
}

/// Whether a text is a well-formed key of one of these prefixes.
#[must_use]
pub fn is_well_formed(text: &[u8], prefixes: &KeyPrefixes) -> bool {
    PresentedKey::read(text, prefixes).is_some()
}
