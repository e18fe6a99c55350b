//! What is erased is gone from the file, not only from its tables.
//!
//! Must not look while the database is open: pages may be elsewhere by then.

use std::path::Path;

use store::command::{EraseSecrets, ErasedWhere};
use store_conformance::scene::{here, instant};

use crate::{place, scene};

/// Whether the closed database holds these bytes anywhere.
fn holds(path: &Path, digest: &[u8; 32]) -> bool {
    let bytes = std::fs::read(path).expect("the database");
    bytes.windows(digest.len()).any(|window| window == digest)
}

#[tokio::test]
async fn the_digest_of_an_erased_secret_is_nowhere_in_the_file() {
    let (_folder, path) = place();
    let mut first = scene(&path);
    let owner = first.made_root(&here()).await.unwrap();
    let key = first.made_key(&owner).await.unwrap();
    let rotated = first.rotated(&key).await.unwrap();
    first.used(&rotated, rotated.secret.kid, &[20]).await.unwrap();
    drop(first);
    let (old, new) = (key.secret.digest.bytes, rotated.secret.digest.bytes);
    assert!(holds(&path, &old) && holds(&path, &new));

    let second = scene(&path);
    let command = EraseSecrets { place: ErasedWhere::Everywhere, at: instant(9_999), limit: 10 };
    assert_eq!(second.store.erase_secrets(command).await.unwrap(), 1);
    drop(second);
    assert!(!holds(&path, &old) && holds(&path, &new));
}
