//! What is erased is gone from the file, not only from its tables.
//!
//! Must not look while the database is open: pages may be elsewhere by then.

use std::path::Path;

use domain::secret::Overlap;
use domain::webhook::{AuthToken, Webhook};
use store::command::{EraseSecrets, ErasedWhere, ReplacedToken, RotateWebhook, WebhookRef};
use store_conformance::scene::webhooks::token;
use store_conformance::scene::{here, instant};

use crate::{place, scene};

/// Whether the closed database holds these bytes anywhere.
fn holds(path: &Path, searched: &[u8]) -> bool {
    let bytes = std::fs::read(path).expect("the database");
    bytes.windows(searched.len()).any(|window| window == searched)
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

#[tokio::test]
async fn the_replaced_token_of_a_webhook_is_nowhere_in_the_file_once_it_has_ended() {
    let (_folder, path) = place();
    let mut first = scene(&path);
    let owner = first.made_root(&here()).await.unwrap();
    let webhook = first.made_webhook(&owner).await.unwrap();
    let new = token("the-token-that-takes-the-place-of-it");
    let Webhook { place, account, id, .. } = webhook.clone();
    let trail = first.trail(&place, 0);
    let command = RotateWebhook {
        webhook: WebhookRef { place, account, webhook: id },
        replaces: ReplacedToken::Seen(webhook.token.clone().expect("a token")),
        token: new.clone(),
        overlap: Overlap::from_seconds(2).expect("a lawful overlap"),
        at: instant(10),
        once: None,
        trail,
    };
    first.store.rotate_webhook(command).await.unwrap();
    drop(first);
    let old = webhook.token.expect("a token");
    let held = |token: &AuthToken| holds(&path, token.expose().as_bytes());
    assert!(held(&old) && held(&new));

    let second = scene(&path);
    let command = EraseSecrets { place: ErasedWhere::Everywhere, at: instant(2_010), limit: 10 };
    assert_eq!(second.store.erase_secrets(command).await.unwrap(), 1);
    drop(second);
    assert!(!held(&old) && held(&new));
}
