//! Finds keys inside of texts that are kept and shown again, such as addresses and tokens.
//!
//! Must not repeat what it finds.

use domain::name::{DisplayName, NotAName};
use domain::prefix::KeyPrefix;
use domain::realm::Realm;

/// Whether the text holds a key, or the most of one: something behind a prefix of this realm, also
/// where the `$` was lost, or a whole key of a neighbour.
pub(crate) fn holds_a_key(text: &str, realm: &Realm) -> bool {
    let lower = text.to_ascii_lowercase();
    let own = |prefix: &KeyPrefix| {
        lower.contains(&prefix.as_str().trim_start_matches('$').to_ascii_lowercase())
    };
    let whole = |rest: &str| {
        let issued = realm.prefixes.is_issued_here(rest.as_bytes());
        issued && DisplayName::parse(rest) == Err(NotAName::HoldsKey)
    };
    let ends = (0..text.len()).filter_map(|at| text.get(at..));
    realm.prefixes.own().iter().any(own) || ends.into_iter().any(whole)
}
