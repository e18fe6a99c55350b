//! Laws of the initial load: everything, once, in order, in one snapshot.
//!
//! Must not expect more of a row than a keyring needs.

use std::sync::Arc;

use domain::account::{Account, AccountKind};
use domain::digest::DigestVersion;
use domain::ids::{AccountId, Place};
use domain::key::{Key, KeyState};
use domain::prefix::Reach;
use domain::secret::{Overlap, Secret, SecretEnd, SecretStanding};
use store::port::{KeyRow, Loaded};
use tokio::task::JoinSet;

use super::keys::STATES;
use super::law;
use crate::checks::{OrSaid, ensure, same};
use crate::scene::{Scene, addresses, digest, elsewhere, here, instant, note_use, permissions};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 5] = [
    law!("loading yields every account and key in its latest state, and the epoch", everything),
    law!("loading yields a deleted project as deleted, and its keys as well", deleted_project),
    law!("loading yields old secrets with their ends, and no erased one", old_secrets),
    law!("loading yields owners before keys, and parents before children", order),
    law!("loading shows one snapshot while others write, and says its epoch truly", snapshot),
];

/// What a load yields, in a form that can be kept and compared.
#[derive(Debug, PartialEq)]
enum Row {
    Account(Account),
    OperatorKey(String),
    Key(String),
    Damaged(String),
}

async fn load(scene: &Scene) -> Result<(Vec<Row>, u64), String> {
    let mut rows = Vec::new();
    let mut visit = |row: Loaded<'_>| {
        rows.push(match row {
            Loaded::Account(account) => Row::Account(account.clone()),
            Loaded::OperatorKey(key) => Row::OperatorKey(format!("{key:?}")),
            Loaded::Key(row) => Row::Key(text_of(&row)),
            Loaded::Damaged { table, id, detail } => Row::Damaged(format!("{table} {id} {detail}")),
        });
    };
    let epoch = scene.store.load(&mut visit).await.or_said("loading")?;
    Ok((rows, epoch))
}

fn text_of(row: &KeyRow<'_>) -> String {
    // The digest shows nothing of itself, so its bytes are written out.
    format!("{row:?} {:?}", row.digest.bytes)
}

fn row_of(key: &Key) -> String {
    row_of_secret(key, &key.secret, SecretStanding::Current)
}

fn row_of_secret(key: &Key, secret: &Secret, standing: SecretStanding) -> String {
    text_of(&KeyRow {
        id: key.id,
        realm: key.place.realm.as_str(),
        environment: key.place.environment.as_str(),
        owner: key.owner,
        reach: key.reach,
        kid: secret.kid,
        digest: secret.digest,
        standing,
        permissions: &key.permissions.to_compact(),
        ip_list: &key.ip_list.to_texts().join(","),
        state: key.state,
        expires_at: key.expires_at,
        last_used_at: secret.last_used_at,
        epoch: key.epoch,
    })
}

async fn everything(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    same("what a new store yields", &load(&scene).await?, &(Vec::new(), 0))?;
    let mut expected = Vec::new();
    let mut keys = Vec::new();
    let [near, far, _] = elsewhere();
    for place in [here(), near, far] {
        let root = scene.made_root(&place).await?;
        let project = scene.account(&place, AccountKind::Project { parent: root.id });
        let project = scene.store.create_account(project).await.or_said("making a project")?;
        for owner in [&root, &project] {
            keys.extend(keys_of(&mut scene, owner).await?);
        }
        expected.extend([Row::Account(root), Row::Account(project)]);
    }
    // The latest state counts, for what was made first, in between and late.
    for number in [0, 22, 40] {
        let command = scene.delete(&keys[number]);
        keys[number] = scene.store.delete_key(command).await.or_said("deleting a key")?;
        note_use(&mut keys[number], 40);
        scene.used(&keys[number], keys[number].secret.kid, &[40]).await?;
    }
    let changes = expected.len() + keys.len() + 3;
    expected.extend(keys.iter().map(|key| Row::Key(row_of(key))));
    let (rows, epoch) = load(&scene).await?;
    for row in &expected {
        let count = rows.iter().filter(|found| *found == row).count();
        ensure(count == 1, || format!("{row:?} came {count} times"))?;
    }
    same("how many rows came", &rows.len(), &expected.len())?;
    same("the epoch", &epoch, &(changes as u64))
}

async fn keys_of(scene: &mut Scene, owner: &Account) -> Result<Vec<Key>, String> {
    let mut keys = Vec::new();
    for state in STATES {
        let mut command = scene.key(owner);
        command.key.state = state;
        if keys.len() % 2 == 0 {
            command.key.reach = Reach::Descendants;
            command.key.secret.digest = digest(DigestVersion::PepperedSha256, keys.len() as u64);
            command.key.permissions = permissions("PAYMENT:RW,TRANSFER:R");
            command.key.ip_list = addresses(&["203.0.113.7", "2001:db8::/32"]);
            command.key.expires_at = Some(instant(1_000));
        }
        keys.push(scene.store.create_key(command).await.or_said("making a key")?);
    }
    Ok(keys)
}

async fn old_secrets(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let waiting = scene.made_key(&root).await?;
    let running = scene.made_key(&root).await?;
    let plain = scene.made_key(&root).await?;
    let mut keys = [scene.rotated(&waiting).await?, scene.rotated(&running).await?, plain];
    scene.used(&waiting, waiting.secret.kid, &[30]).await?;
    scene.used(&running, keys[1].secret.kid, &[20]).await?;
    note_use(&mut keys[1], 20);
    let used = Secret { last_used_at: Some(instant(30)), ..waiting.secret };
    let overlap = Overlap::from_seconds(2).expect("a short overlap");
    let mut expected: Vec<Row> = keys.iter().map(|key| Row::Key(row_of(key))).collect();
    let old = [
        (&keys[0], &used, SecretEnd::AfterFirstUse(overlap)),
        (&keys[1], &running.secret, SecretEnd::At(instant(2_020))),
    ];
    expected.extend(old.map(|(key, secret, end)| {
        Row::Key(row_of_secret(key, secret, SecretStanding::Replaced(end)))
    }));
    let (rows, epoch) = load(&scene).await?;
    for row in &expected {
        ensure(rows.contains(row), || format!("{row:?} did not come; there came {rows:?}"))?;
    }
    same("how many rows came", &rows.len(), &(expected.len() + 1))?;
    same("the epoch", &epoch, &keys[1].epoch)?;
    // The third secret takes the place of the first, once the second was used.
    scene.used(&keys[0], keys[0].secret.kid, &[40]).await?;
    note_use(&mut keys[0], 40);
    let third = scene.rotated(&keys[0]).await?;
    let (rows, _) = load(&scene).await?;
    same("how many rows came", &rows.len(), &(expected.len() + 1))?;
    let waiting = SecretStanding::Replaced(SecretEnd::AfterFirstUse(overlap));
    let second = Row::Key(row_of_secret(&third, &keys[0].secret, waiting));
    ensure(rows.contains(&second), || format!("{second:?} did not come; there came {rows:?}"))
}

async fn deleted_project(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let project = scene.made_project(&root).await?;
    let mut keys = [scene.made_key(&project).await?, scene.made_key(&project).await?];
    let deleted = scene.deleted_account(&project, &keys).await?;
    for key in &mut keys {
        key.state = KeyState::Deleted;
        key.epoch = deleted.epoch;
    }
    let epoch = deleted.epoch;
    let mut expected = vec![Row::Account(root), Row::Account(deleted)];
    expected.extend(keys.iter().map(|key| Row::Key(row_of(key))));
    same("what was loaded", &load(&scene).await?, &(expected, epoch))
}

async fn order(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    for place in [here(), elsewhere()[0].clone(), here()] {
        family(&mut scene, &place).await?;
    }
    let mut seen: Vec<AccountId> = Vec::new();
    let mut verdict = Ok(());
    let mut visit = |row: Loaded<'_>| {
        let needed = match row {
            Loaded::Account(account) => {
                seen.push(account.id);
                account.kind.parent()
            }
            Loaded::Key(row) => Some(row.owner),
            Loaded::OperatorKey(_) | Loaded::Damaged { .. } => None,
        };
        if let Some(needed) = needed.filter(|needed| !seen.contains(needed)) {
            verdict = Err(format!("something of {needed} came before it"));
        }
    };
    scene.store.load(&mut visit).await.or_said("loading")?;
    same("accounts that came", &seen.len(), &9)?;
    verdict
}

/// A key of a root, then its children, then keys of theirs.
async fn family(scene: &mut Scene, place: &Place) -> Verdict {
    let root = scene.made_root(place).await?;
    scene.made_key(&root).await?;
    let parent = root.id;
    for kind in [AccountKind::Subaccount { parent }, AccountKind::Project { parent }] {
        let command = scene.account(place, kind);
        let child = scene.store.create_account(command).await.or_said("making a child")?;
        scene.made_key(&child).await?;
    }
    Ok(())
}

async fn snapshot(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut writers = JoinSet::new();
    for _ in 0..4 {
        let commands: Vec<_> = (0..16).map(|_| scene.key(&owner)).collect();
        let store = Arc::clone(&scene.store);
        writers.spawn(async move {
            for command in commands {
                store.create_key(command).await.or_said("making a key")?;
            }
            Ok::<(), String>(())
        });
    }
    while !writers.is_empty() {
        whole_up_to_its_epoch(&scene).await?;
        if let Some(done) = writers.try_join_next() {
            done.or_said("a writer")??;
        }
        tokio::task::yield_now().await;
    }
    let epoch = whole_up_to_its_epoch(&scene).await?;
    same("the epoch in the end", &epoch, &65)
}

/// Every epoch up to that of the snapshot made one row here, so none may be missing or beyond it.
async fn whole_up_to_its_epoch(scene: &Scene) -> Result<u64, String> {
    let mut epochs = Vec::new();
    let mut visit = |row: Loaded<'_>| match row {
        Loaded::Account(account) => epochs.push(account.epoch),
        Loaded::Key(row) => epochs.push(row.epoch),
        Loaded::OperatorKey(_) | Loaded::Damaged { .. } => {}
    };
    let epoch = scene.store.load(&mut visit).await.or_said("loading")?;
    epochs.sort_unstable();
    same("the epochs of a snapshot", &epochs, &(1..=epoch).collect())?;
    Ok(epoch)
}
