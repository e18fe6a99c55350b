//! The places, instants, names and other values of which laws speak.
//!
//! Must not count: two calls with the same words give the same value.

use domain::contacts::Contacts;
use domain::digest::{DigestVersion, KeyDigest};
use domain::ids::{EnvironmentName, Place, RealmName};
use domain::ip_list::IpList;
use domain::key::Key;
use domain::mail::MailAddress;
use domain::name::DisplayName;
use domain::permission::PermissionSet;
use domain::time::Timestamp;

/// Where most laws take place.
pub fn here() -> Place {
    place("pay", "live")
}

/// Other places, among them those whose names begin alike.
pub fn elsewhere() -> [Place; 3] {
    [place("pay", "live-2"), place("pay", "sandbox"), place("pay-2", "live")]
}

fn place(realm: &str, environment: &str) -> Place {
    let realm = RealmName::parse(realm).expect("the laws name their realms in plain letters");
    let environment = EnvironmentName::parse(environment)
        .expect("the laws name their environments in plain letters");
    Place { realm, environment }
}

/// An instant some milliseconds into the scene; no whole second.
pub fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_123 + ms)
}

/// Notes in what a law expects that the secret in use was used last at this instant.
pub fn note_use(key: &mut Key, ms: i64) {
    key.last_used_at = Some(instant(ms));
    key.secret.last_used_at = Some(instant(ms));
}

/// A name.
pub fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).expect("the laws use names that keep the rules of names")
}

/// Permissions in their compact text.
pub fn permissions(compact: &str) -> PermissionSet {
    PermissionSet::from_compact(compact).expect("the laws use well-formed permissions")
}

/// A list of addresses.
pub fn addresses(entries: &[&str]) -> IpList {
    IpList::parse(entries.iter().copied()).expect("the laws use well-formed addresses")
}

/// A digest that no other number has.
pub fn digest(version: DigestVersion, number: u64) -> KeyDigest {
    let mut bytes = [0xa5; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    KeyDigest { version, bytes }
}

/// People who are written to.
pub fn contacts(texts: &[&str]) -> Contacts {
    let address = |text: &&str| MailAddress::parse(text).expect("the laws use plain addresses");
    Contacts::new(texts.iter().map(address).collect()).expect("the laws name few, each once")
}
