//! Laws of lists: pages that join without a gap or an overlap.
//!
//! Must not trust a page to end; a list that never does is a broken law.

use domain::account::{Account, AccountKind};
use domain::ids::{AccountId, KeyId};
use domain::key::{Key, KeyState};
use store::command::{ListAccounts, ListKeys, NoSuchCursor, PAGE_MAX};

use super::keys::STATES;
use super::law;
use crate::checks::{OrSaid, ensure, rejected, same, same_key};
use crate::scene::{Scene, here, instant};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 7] = [
    law!("paging visits each key exactly once, in the order of making", every_key),
    law!("paging visits each account exactly once, in the order of making", every_account),
    law!(
        "a page holds no more than was asked for or is allowed, and says whether more follows",
        sizes
    ),
    law!(
        "deleted keys are left out of lists, but a cursor on one still marks its position",
        deleted
    ),
    law!(
        "deleted projects are left out of lists, but a cursor on one still marks its position",
        deleted_projects
    ),
    law!("a list of live keys holds those that work or could be enabled again, and no other", live),
    law!("a cursor on something that does not exist is refused", unknown_cursor),
];

async fn every_key(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owners = [scene.made_root(&here()).await?, scene.made_root(&here()).await?];
    let mut made = Vec::new();
    for step in 0..11_i64 {
        let mut command = scene.key(&owners[usize::from(step % 3 == 0)]);
        // The order is that of making, whatever a clock said.
        command.key.created_at = instant(100 - step / 2);
        made.push(scene.store.create_key(command).await.or_said("making a key")?);
    }
    for owner in [None, Some(owners[0].id), Some(owners[1].id)] {
        let expected: Vec<&Key> =
            made.iter().filter(|key| owner.is_none_or(|owner| owner == key.owner)).collect();
        for limit in [1, 2, 3, 11, 100] {
            let paged = pages_of_keys(&scene, owner, limit).await?;
            let ids: Vec<KeyId> = paged.iter().map(|key| key.id).collect();
            let wanted: Vec<KeyId> = expected.iter().map(|key| key.id).collect();
            same(&format!("keys in pages of {limit}"), &ids, &wanted)?;
            for (found, made) in paged.iter().zip(&expected) {
                same_key("a key on its page", found, made)?;
            }
        }
    }
    Ok(())
}

async fn live(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut wanted = Vec::new();
    for state in STATES {
        for expires_at in [None, Some(instant(49)), Some(instant(50)), Some(instant(51))] {
            let mut command = scene.key(&owner);
            command.key.state = state;
            command.key.expires_at = expires_at;
            let key = scene.store.create_key(command).await.or_said("making a key")?;
            if key.state_at(instant(50)).counts_towards_limit() {
                wanted.push(key.id);
            }
        }
    }
    for owner in [None, Some(owner.id)] {
        for limit in [2, 100] {
            let live_at = Some(instant(50));
            let mut question = ListKeys { place: here(), owner, live_at, after: None, limit };
            let mut found: Vec<KeyId> = Vec::new();
            loop {
                let page = scene.store.list_keys(question.clone()).await.or_said("listing")?;
                found.extend(page.items.iter().map(|key| key.id));
                question.after = found.last().copied();
                if !page.more || found.len() > wanted.len() {
                    break;
                }
            }
            same("the live keys", &found, &wanted)?;
        }
    }
    Ok(())
}

async fn pages_of_keys(
    scene: &Scene,
    owner: Option<AccountId>,
    limit: u32,
) -> Result<Vec<Key>, String> {
    let mut question = ListKeys { place: here(), owner, live_at: None, after: None, limit };
    let mut items: Vec<Key> = Vec::new();
    loop {
        let page = scene.store.list_keys(question.clone()).await.or_said("listing keys")?;
        let stuck = page.items.is_empty() && page.more;
        ensure(!stuck, || "a page without items says that more follow".to_owned())?;
        items.extend(page.items);
        question.after = items.last().map(|key| key.id);
        if !page.more {
            return Ok(items);
        }
        ensure(items.len() < 1_000, || "the pages never end".to_owned())?;
    }
}

async fn every_account(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let parent = root.id;
    let mut made = vec![root];
    for step in 0..10_i64 {
        let kind = match step % 3 {
            0 => AccountKind::Root,
            1 => AccountKind::Subaccount { parent },
            _ => AccountKind::Project { parent },
        };
        let mut command = scene.account(&here(), kind);
        command.account.created_at = instant(100 - step / 2);
        made.push(scene.store.create_account(command).await.or_said("making an account")?);
    }
    for parent in [None, Some(parent)] {
        let expected: Vec<&Account> = made
            .iter()
            .filter(|account| parent.is_none() || account.kind.parent() == parent)
            .collect();
        for limit in [1, 2, 3, 11, 100] {
            let paged = pages_of_accounts(&scene, parent, limit).await?;
            let paged: Vec<&Account> = paged.iter().collect();
            same(&format!("accounts in pages of {limit}"), &paged, &expected)?;
        }
    }
    Ok(())
}

async fn pages_of_accounts(
    scene: &Scene,
    parent: Option<AccountId>,
    limit: u32,
) -> Result<Vec<Account>, String> {
    let mut question = ListAccounts { place: here(), parent, after: None, limit };
    let mut items: Vec<Account> = Vec::new();
    loop {
        let page = scene.store.list_accounts(question.clone()).await.or_said("listing accounts")?;
        let stuck = page.items.is_empty() && page.more;
        ensure(!stuck, || "a page without items says that more follow".to_owned())?;
        items.extend(page.items);
        question.after = items.last().map(|account| account.id);
        if !page.more {
            return Ok(items);
        }
        ensure(items.len() < 1_000, || "the pages never end".to_owned())?;
    }
}

async fn sizes(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    for _ in 0..=PAGE_MAX {
        scene.made_key(&owner).await?;
    }
    for _ in 0..PAGE_MAX {
        scene.made_root(&here()).await?;
    }
    let all = PAGE_MAX as usize;
    for (limit, expected) in [
        (0, (0, true)),
        (1, (1, true)),
        (PAGE_MAX, (all, true)),
        (PAGE_MAX + 1, (all, true)),
        (u32::MAX, (all, true)),
    ] {
        let question = ListKeys { place: here(), owner: None, live_at: None, after: None, limit };
        let page = scene.store.list_keys(question).await.or_said("listing keys")?;
        let what = format!("a page of {limit} keys");
        same(&what, &(page.items.len(), page.more), &expected)?;
        let question = ListAccounts { place: here(), parent: None, after: None, limit };
        let page = scene.store.list_accounts(question).await.or_said("listing accounts")?;
        let what = format!("a page of {limit} accounts");
        same(&what, &(page.items.len(), page.more), &expected)?;
    }
    Ok(())
}

async fn deleted(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut keys = Vec::new();
    for state in STATES.into_iter().filter(|state| *state != KeyState::Deleted) {
        keys.push(scene.made_key_in(&owner, state).await?);
    }
    for number in [1, 3] {
        let command = scene.delete(&keys[number]);
        scene.store.delete_key(command).await.or_said("deleting a key")?;
    }
    let left: Vec<KeyId> = [0, 2, 4, 5].map(|number| keys[number].id).to_vec();
    for owner in [None, Some(owner.id)] {
        for limit in [1, 2, 100] {
            let paged = pages_of_keys(&scene, owner, limit).await?;
            let ids: Vec<KeyId> = paged.iter().map(|key| key.id).collect();
            same("the keys that are left", &ids, &left)?;
        }
        let question =
            ListKeys { place: here(), owner, live_at: None, after: Some(keys[1].id), limit: 100 };
        let page = scene.store.list_keys(question).await.or_said("listing after a deleted key")?;
        let ids: Vec<KeyId> = page.items.iter().map(|key| key.id).collect();
        same("the keys after a deleted one", &ids, &left[1..].to_vec())?;
    }
    Ok(())
}

async fn deleted_projects(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let mut projects = Vec::new();
    for _ in 0..5 {
        projects.push(scene.made_project(&root).await?);
    }
    for number in [1, 3] {
        scene.deleted_project(&projects[number], []).await?;
    }
    let left: Vec<AccountId> = [0, 2, 4].map(|number| projects[number].id).to_vec();
    for parent in [None, Some(root.id)] {
        let mut wanted = left.clone();
        if parent.is_none() {
            wanted.insert(0, root.id);
        }
        for limit in [1, 2, 100] {
            let paged = pages_of_accounts(&scene, parent, limit).await?;
            let ids: Vec<AccountId> = paged.iter().map(|account| account.id).collect();
            same("the accounts that are left", &ids, &wanted)?;
        }
        let after = Some(projects[1].id);
        let question = ListAccounts { place: here(), parent, after, limit: 100 };
        let page = scene.store.list_accounts(question).await;
        let page = page.or_said("listing after a deleted project")?;
        let ids: Vec<AccountId> = page.items.iter().map(|account| account.id).collect();
        same("the accounts after a deleted one", &ids, &left[1..].to_vec())?;
    }
    Ok(())
}

async fn unknown_cursor(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    scene.made_key(&owner).await?;
    for owner in [None, Some(owner.id)] {
        let after = Some(KeyId::from_u128(77));
        let question = ListKeys { place: here(), owner, live_at: None, after, limit: 10 };
        let outcome = scene.store.list_keys(question).await;
        rejected("a key that does not exist", &outcome, &NoSuchCursor)?;
    }
    for parent in [None, Some(owner.id)] {
        for after in [AccountId::Uuid([77; 16]), AccountId::Object([7; 12])] {
            let question = ListAccounts { place: here(), parent, after: Some(after), limit: 10 };
            let outcome = scene.store.list_accounts(question).await;
            rejected("an account that does not exist", &outcome, &NoSuchCursor)?;
        }
    }
    Ok(())
}
