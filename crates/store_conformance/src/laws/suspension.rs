//! Laws of accounts that are suspended: they are out of force, and still there.
//!
//! Must not ask whether their keys work: a store does not know.

use std::sync::Arc;

use domain::account::{Account, AccountKind, AccountState, AccountSwitch};
use store::command::{AccountChange, ListAccounts};
use store::port::{Change, Loaded};
use tokio::task::JoinSet;

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, ensure, same, same_found};
use crate::recorder::Recorder;
use crate::scene::{Scene, here};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 3] = [
    law!("a suspended account differs in its state alone, and is found, listed and loaded", shown),
    law!("a suspended account is given keys and accounts, and switching twice is once", in_use),
    law!("an account that callers switch at once ends as it was told of last", race),
];

async fn shown(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let below = scene.made_subaccount(&root).await?;
    let key = scene.made_key(&below).await?;
    let suspended = scene.switched(&root, AccountSwitch::Suspend).await?;
    let expected = Account { state: AccountState::Suspended, epoch: key.epoch + 1, ..root.clone() };
    same("the answer", &suspended, &expected)?;
    same("what is found", &scene.found_account(&root).await?, &Some(expected.clone()))?;
    let expected = vec![expected, below];
    let question = ListAccounts::of(here());
    let page = scene.store.list_accounts(question).await.or_said("listing accounts")?;
    same("what is listed", &page.items, &expected)?;
    let mut loaded = Vec::new();
    let mut visit = |row: Loaded<'_>| match row {
        Loaded::Account(account) => loaded.push(account.clone()),
        Loaded::Key(_) | Loaded::OperatorKey(_) | Loaded::Damaged { .. } => {}
    };
    scene.store.load(&mut visit).await.or_said("loading")?;
    same("what is loaded", &loaded, &expected)?;
    same_found("a key below it", scene.found(&key).await?.as_ref(), &key)?;
    let resumed = scene.switched(&root, AccountSwitch::Resume).await?;
    same("the resumed account", &resumed, &Account { epoch: suspended.epoch + 1, ..root })
}

async fn in_use(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let suspended = scene.switched(&root, AccountSwitch::Suspend).await?;
    let before = Before::of(&scene).await?;
    let recorder = Recorder::watching(&scene.store);
    same("the second answer", &scene.switched(&root, AccountSwitch::Suspend).await?, &suspended)?;
    before.still(&scene).await?;
    same("how often somebody was told", &recorder.count(), &0)?;
    scene.made_key(&root).await?;
    let parent = root.id;
    for kind in [AccountKind::Subaccount { parent }, AccountKind::Project { parent }] {
        let command = scene.account(&here(), kind);
        scene.store.create_account(command).await.or_said("making an account below it")?;
    }
    Ok(())
}

async fn race(bench: &dyn Bench) -> Verdict {
    const CALLERS: usize = 16;
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let recorder = Recorder::watching(&scene.store);
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let switch = if caller % 2 == 0 { AccountSwitch::Suspend } else { AccountSwitch::Resume };
        let change = AccountChange { switch: Some(switch), ..AccountChange::default() };
        let command = scene.update_account(&root, change);
        let store = Arc::clone(&scene.store);
        callers.spawn(async move {
            let answer = store.update_account(command).await.or_said("switching")?;
            same("what was answered", &answer.state, &AccountState::Active.after(switch))
        });
    }
    callers.join_all().await.into_iter().collect::<Verdict>()?;
    let told = recorder.told();
    let last = told.last().and_then(|change| match change {
        Change::Account(account) => Some(account.clone()),
        Change::AccountWithKey(_)
        | Change::Key(_)
        | Change::Keys(_)
        | Change::Reissued { .. }
        | Change::OperatorKey(_)
        | Change::Clock(_) => None,
    });
    ensure(last.is_some(), || "nobody was told of a suspension".to_owned())?;
    same("the account at the end", &scene.found_account(&root).await?, &last)
}
