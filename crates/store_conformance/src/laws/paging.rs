//! Laws of lists: pages that join without a gap or an overlap.
//!
//! Must not trust a page to end; a list that never does is a broken law.

use domain::account::{Account, AccountKind};
use domain::ids::{AccountId, KeyId};
use domain::key::{Key, KeyState};
use store::command::{ListAccounts, ListKeys, PAGE_MAX, Page, Position};

use super::keys::STATES;
use super::law;
use crate::checks::{OrSaid, ensure, same, same_key};
use crate::scene::{Scene, here, instant};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 6] = [
    law!("paging visits each key exactly once, in the order of making", every_key),
    law!("paging visits each account exactly once, in the order of making", every_account),
    law!(
        "a page holds no more than was asked for or is allowed, and says whether more follows",
        sizes
    ),
    law!(
        "deleted keys are left out of lists, but a position at one is still where it was",
        deleted
    ),
    law!(
        "deleted projects are left out of lists, but a position at one is still where it was",
        deleted_projects
    ),
    law!("behind the last item there is nothing, however far behind", behind_the_end),
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

async fn pages_of_keys(
    scene: &Scene,
    owner: Option<AccountId>,
    limit: u32,
) -> Result<Vec<Key>, String> {
    let mut question = ListKeys { owner, limit, ..ListKeys::of(here()) };
    let mut items: Vec<Key> = Vec::new();
    loop {
        let page = scene.store.list_keys(question.clone()).await.or_said("listing keys")?;
        match joined(&mut items, page)? {
            Some(next) => question.after = next,
            None => return Ok(items),
        }
    }
}

/// Adds the page to those before it; says where the list goes on.
fn joined<T>(items: &mut Vec<T>, page: Page<T>) -> Result<Option<Position>, String> {
    let stuck = page.items.is_empty() && page.next.is_some();
    ensure(!stuck, || "a page without items says that more follow".to_owned())?;
    items.extend(page.items);
    ensure(items.len() < 1_000, || "the pages never end".to_owned())?;
    Ok(page.next)
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
    let mut question = ListAccounts { parent, limit, ..ListAccounts::of(here()) };
    let mut items: Vec<Account> = Vec::new();
    loop {
        let page = scene.store.list_accounts(question.clone()).await.or_said("listing accounts")?;
        match joined(&mut items, page)? {
            Some(next) => question.after = next,
            None => return Ok(items),
        }
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
        (0, (1, true)),
        (1, (1, true)),
        (PAGE_MAX, (all, true)),
        (PAGE_MAX + 1, (all, true)),
        (u32::MAX, (all, true)),
    ] {
        let question = ListKeys { limit, ..ListKeys::of(here()) };
        let page = scene.store.list_keys(question).await.or_said("listing keys")?;
        let what = format!("a page of {limit} keys");
        same(&what, &(page.items.len(), page.next.is_some()), &expected)?;
        let question = ListAccounts { limit, ..ListAccounts::of(here()) };
        let page = scene.store.list_accounts(question).await.or_said("listing accounts")?;
        let what = format!("a page of {limit} accounts");
        same(&what, &(page.items.len(), page.next.is_some()), &expected)?;
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
    let first_two = ListKeys { limit: 2, ..ListKeys::of(here()) };
    let page = scene.store.list_keys(first_two).await.or_said("listing two keys")?;
    let after = page.next.ok_or("a page of two of six keys is the last")?;
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
        let question = ListKeys { owner, after, ..ListKeys::of(here()) };
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
    let first_two = ListAccounts { parent: Some(root.id), limit: 2, ..ListAccounts::of(here()) };
    let page = scene.store.list_accounts(first_two).await.or_said("listing two projects")?;
    let after = page.next.ok_or("a page of two of five projects is the last")?;
    for number in [1, 3] {
        scene.deleted_account(&projects[number], []).await?;
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
        let question = ListAccounts { parent, after, ..ListAccounts::of(here()) };
        let page = scene.store.list_accounts(question).await;
        let page = page.or_said("listing after a deleted project")?;
        let ids: Vec<AccountId> = page.items.iter().map(|account| account.id).collect();
        same("the accounts after a deleted one", &ids, &left[1..].to_vec())?;
    }
    Ok(())
}

async fn behind_the_end(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    scene.made_key(&owner).await?;
    for after in [1_000, u64::MAX / 2, u64::MAX].map(Position) {
        for owner in [None, Some(owner.id)] {
            let question = ListKeys { owner, after, ..ListKeys::of(here()) };
            let page = scene.store.list_keys(question).await.or_said("listing keys")?;
            same("the keys behind the end", &(page.items.len(), page.next), &(0, None))?;
        }
        for parent in [None, Some(owner.id)] {
            let question = ListAccounts { parent, after, ..ListAccounts::of(here()) };
            let page = scene.store.list_accounts(question).await.or_said("listing accounts")?;
            same("the accounts behind the end", &(page.items.len(), page.next), &(0, None))?;
        }
    }
    Ok(())
}
