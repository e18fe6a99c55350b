//! A damaged row costs what it describes, and nothing else.

use domain::account::AccountState;
use domain::ids::WebhookId;
use domain::key::{Key, KeyState};
use store::command::{ExpireDeliveries, Expired, ListAudit, ListKeys};
use store::fault::{Failure, FaultKind};
use store::port::Loaded;
use store_conformance::scene::{Scene, here, instant};

use crate::{family, place, raw, scene};

/// What a load yields: the names of keys, and the tables and identities of damaged rows.
async fn load(scene: &Scene) -> (Vec<String>, Vec<(String, String)>) {
    let (mut keys, mut damaged) = (Vec::new(), Vec::new());
    let mut visit = |row: Loaded<'_>| match row {
        Loaded::Key(row) => keys.push(row.id.to_string()),
        Loaded::Damaged { table, id, detail } => {
            assert!(!detail.is_empty());
            damaged.push((table.to_owned(), id));
        }
        Loaded::Account(_) | Loaded::OperatorKey(_) => {}
    };
    scene.store.load(&mut visit).await.unwrap();
    (keys, damaged)
}

fn ids<'k>(keys: impl IntoIterator<Item = &'k Key>) -> Vec<String> {
    keys.into_iter().map(|key| key.id.to_string()).collect()
}

/// Damages the middle one of three keys and sees what it costs.
async fn check(damage: &str, in_the_load: bool) {
    let (_folder, path) = place();
    let (owner, keys) = family(&mut scene(&path), 3).await;
    let victim = keys[1].id.as_u128().to_be_bytes();
    let sql = format!("UPDATE key SET {damage} WHERE id = ?1");
    assert_eq!(raw(&path).execute(&sql, [victim]).unwrap(), 1, "{damage}");

    let mut scene = scene(&path);
    let (loaded, damaged) = load(&scene).await;
    if in_the_load {
        assert_eq!(loaded, ids([&keys[0], &keys[2]]), "{damage}");
        let hex = keys[1].id.to_string().replace('-', "");
        assert_eq!(damaged, [("key".to_owned(), hex)], "{damage}");
    } else {
        // The keyring reads these texts itself.
        assert_eq!(loaded.len(), 3, "{damage}");
    }
    let outcome = scene.store.find_key(here(), keys[1].id).await;
    let fault = outcome.expect_err("a damaged key is not guessed at");
    assert_eq!(fault.kind, FaultKind::Damaged, "{damage}");
    let command = scene.disable(&keys[1]);
    let outcome = scene.store.disable_key(command).await;
    assert!(matches!(outcome, Err(Failure::Fault(fault)) if fault.kind == FaultKind::Damaged));

    // The others go on, beside it and on the same page.
    let question = ListKeys { owner: Some(owner.id), ..ListKeys::of(here()) };
    let page = scene.store.list_keys(question).await.unwrap();
    assert_eq!(ids(&page.items), ids([&keys[0], &keys[2]]), "{damage}");
    let command = scene.disable(&keys[2]);
    scene.store.disable_key(command).await.unwrap();
    scene.made_key(&owner).await.unwrap();
}

#[tokio::test]
async fn a_damaged_key_costs_that_key_alone() {
    for damage in [
        "state = 5",
        "reach = 7",
        "digest = x'00'",
        "digest_version = 9",
        "owner = x'0102'",
        "kid = zeroblob(15)",
        // A number that no 17 letters spell.
        "kid = x'ffffffffffffffffffffffffffffffff'",
        "expires_at = -1",
        "last_used_at = 9223372036854775807",
        "epoch = -1",
        "permissions = CAST(x'ff' AS TEXT)",
    ] {
        check(damage, true).await;
    }
    for damage in ["permissions = 'PAYMENT:X'", "ip_list = 'everywhere'", "name = ''"] {
        check(damage, false).await;
    }
}

#[tokio::test]
async fn a_key_whose_place_is_damaged_is_nowhere() {
    let (_folder, path) = place();
    let (_, keys) = family(&mut scene(&path), 3).await;
    let victim = keys[1].id.as_u128().to_be_bytes();
    let sql = "UPDATE key SET realm = CAST(x'ff' AS TEXT) WHERE id = ?1";
    raw(&path).execute(sql, [victim]).unwrap();
    let scene = scene(&path);
    let (loaded, damaged) = load(&scene).await;
    assert_eq!((loaded, damaged.len()), (ids([&keys[0], &keys[2]]), 1));
    assert!(scene.found(&keys[1]).await.unwrap().is_none());
}

/// A project ends with the keys that can be read; one that cannot is left as it is.
async fn check_project(damage: &str) {
    let (_folder, path) = place();
    let mut writing = scene(&path);
    let root = writing.made_root(&here()).await.unwrap();
    let project = writing.made_project(&root).await.unwrap();
    let mut keys = Vec::new();
    for _ in 0..3 {
        keys.push(writing.made_key(&project).await.unwrap());
    }
    drop(writing);
    let victim = keys[1].id.as_u128().to_be_bytes();
    let sql = format!("UPDATE key SET {damage} WHERE id = ?1");
    assert_eq!(raw(&path).execute(&sql, [victim]).unwrap(), 1, "{damage}");

    let mut scene = scene(&path);
    let question = ListKeys { owner: Some(project.id), ..ListKeys::of(here()) };
    let listed = scene.store.list_keys(question).await.unwrap().items;
    assert_eq!(ids(&listed), ids([&keys[0], &keys[2]]), "{damage}");
    let deleted = scene.deleted_account(&project, &listed).await.unwrap();
    assert_eq!(deleted.state, AccountState::Deleted, "{damage}");
    for key in [&keys[0], &keys[2]] {
        let found = scene.found(key).await.unwrap().expect("the key");
        assert_eq!(found.state, KeyState::Deleted, "{damage}");
    }
    let fault = scene.store.find_key(here(), keys[1].id).await.expect_err("not guessed at");
    assert_eq!(fault.kind, FaultKind::Damaged, "{damage}");
}

#[tokio::test]
async fn a_damaged_key_does_not_keep_its_project_from_being_deleted() {
    for damage in ["state = 5", "digest = x'00'", "epoch = -1", "name = CAST(x'ff' AS TEXT)"] {
        check_project(damage).await;
    }
}

#[tokio::test]
async fn a_damaged_account_leaves_its_keys_readable() {
    let (_folder, path) = place();
    let (owner, keys) = family(&mut scene(&path), 2).await;
    raw(&path).execute("UPDATE account SET kind = 2", []).unwrap();
    let scene = scene(&path);
    let (loaded, damaged) = load(&scene).await;
    assert_eq!(loaded, ids(&keys));
    let hex = owner.id.to_string().replace('-', "");
    assert_eq!(damaged, [("account".to_owned(), hex)]);
    let fault = scene.store.find_account(here(), owner.id).await.expect_err("not guessed at");
    assert_eq!(fault.kind, FaultKind::Damaged);
}

/// Damages the middle one of three webhooks and sees what it costs.
async fn check_webhook(damage: &str) {
    let (_folder, path) = place();
    let mut writing = scene(&path);
    let root = writing.made_root(&here()).await.unwrap();
    let sub = writing.made_subaccount(&root).await.unwrap();
    let mut webhooks = Vec::new();
    for _ in 0..3 {
        webhooks.push(writing.made_webhook(&sub).await.unwrap());
    }
    drop(writing);
    let victim = webhooks[1].id.as_u128().to_be_bytes();
    let sql = format!("UPDATE webhook SET {damage} WHERE id = ?1");
    assert_eq!(raw(&path).execute(&sql, [victim]).unwrap(), 1, "{damage}");

    let mut scene = scene(&path);
    let outcome = scene.store.find_webhook(here(), Some(sub.id), webhooks[1].id).await;
    assert_eq!(outcome.expect_err("not guessed at").kind, FaultKind::Damaged, "{damage}");
    let listed = scene.listed_webhooks(&sub).await.unwrap();
    assert_eq!(listed, [webhooks[0].clone(), webhooks[2].clone()], "{damage}");
    // A scene counts from the start; what the first one counted is taken.
    for _ in 0..100 {
        scene.webhook_of(&sub);
    }
    scene.made_webhook(&sub).await.unwrap();
    scene.deleted_account(&sub, []).await.unwrap();
    let sql = "SELECT count(*) FROM webhook WHERE state <> 30 OR token IS NOT NULL";
    let left: i64 = raw(&path).query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "{damage}");
}

#[tokio::test]
async fn a_damaged_webhook_costs_that_webhook_alone_and_ends_with_its_account() {
    for damage in ["url = 'nowhere'", "events = ''", "token = 'short'", "mail = 'x'", "queue = 9"] {
        check_webhook(damage).await;
    }
}

#[tokio::test]
async fn what_was_for_a_damaged_webhook_keeps_nothing_else_from_being_sent_or_deleted() {
    let (_folder, path) = place();
    let mut writing = scene(&path);
    let root = writing.made_root(&here()).await.unwrap();
    let webhooks =
        [writing.made_webhook(&root).await.unwrap(), writing.made_webhook(&root).await.unwrap()];
    writing.put_up(&root, &[&webhooks[0], &webhooks[1]], 1).await.unwrap();
    drop(writing);
    let victim = webhooks[0].id.as_u128().to_be_bytes();
    raw(&path).execute("UPDATE webhook SET url = 'nowhere' WHERE id = ?1", [victim]).unwrap();

    let mut scene = scene(&path);
    let claimed = scene.claimed(0, 100).await.unwrap();
    let claimed: Vec<_> = claimed.iter().map(|one| one.webhook.id).collect();
    assert_eq!(claimed, [webhooks[1].id]);
    let mut gone = 0;
    for _ in 0..2 {
        let expiring = scene.store.list_expiring(here(), instant(0), 1).await.unwrap();
        for webhook in expiring {
            gone += expired(&mut scene, webhook, 10).await.deleted;
        }
    }
    assert_eq!(gone, 1, "what was for the other one");
}

/// Deletes some of what waited for a webhook, which is told its people.
async fn expired(scene: &mut Scene, webhook: WebhookId, limit: u32) -> Expired {
    let (made_until, at) = (instant(0), instant(1));
    let trail = scene.trail(&here(), 0);
    let command = ExpireDeliveries { webhook, made_until, at, limit, trail };
    scene.store.expire_deliveries(command).await.unwrap()
}

#[tokio::test]
async fn an_alert_that_cannot_be_read_hides_none_behind_it() {
    for damage in ["kind = 9", "ending = 70000"] {
        let (_folder, path) = place();
        let mut writing = scene(&path);
        let root = writing.made_root(&here()).await.unwrap();
        let webhook = writing.made_webhook(&root).await.unwrap();
        writing.put_up(&root, &[&webhook], 2).await.unwrap();
        for _ in 0..2 {
            expired(&mut writing, webhook.id, 1).await;
        }
        drop(writing);
        let sql = format!(
            "UPDATE webhook_alert SET {damage} WHERE epoch = (SELECT min(epoch) FROM webhook_alert)"
        );
        assert_eq!(raw(&path).execute(&sql, []).unwrap(), 1, "{damage}");
        let scene = scene(&path);
        let of_one = scene.store.list_alerts_of(webhook.id, 0, 1).await.unwrap();
        let of_all = scene.store.list_alerts(0, 1).await.unwrap();
        assert_eq!((of_one.len(), of_all.len()), (1, 1), "{damage}");
    }
}

#[tokio::test]
async fn a_letter_whose_copy_is_damaged_keeps_no_other_from_being_sent() {
    let (_folder, path) = place();
    let mut writing = scene(&path);
    for _ in 0..2 {
        let root = writing.made_root(&here()).await.unwrap();
        writing.told(&root, 0).await.unwrap();
    }
    drop(writing);
    let sql = "UPDATE letter_copy SET address = 'nobody'
               WHERE letter = (SELECT min(letter) FROM letter_copy)";
    assert_eq!(raw(&path).execute(sql, []).unwrap(), 1);
    assert_eq!(scene(&path).copies(999_999).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_audit_entry_hides_none_of_the_others() {
    for damage in ["action = 'key.gone'", "actor = 'nobody'", "realm = 'No Realm'", "at = 1 << 60"]
    {
        let (_folder, path) = place();
        family(&mut scene(&path), 3).await;
        let epochs = async |scene: Scene| {
            let page = scene.store.list_audit(ListAudit::before(None)).await.unwrap();
            page.items.iter().map(|row| row.epoch).collect::<Vec<_>>()
        };
        let mut expected = epochs(scene(&path)).await;
        let sql = format!("UPDATE audit SET {damage} WHERE epoch = ?1");
        assert_eq!(
            raw(&path).execute(&sql, [expected.remove(1).cast_signed()]).unwrap(),
            1,
            "{damage}"
        );
        assert_eq!(epochs(scene(&path)).await, expected, "{damage}");
    }
}
