//! Laws of the limit of projects that an account may have.
//!
//! Must not rely on luck: callers meet because the store lets them.

use std::sync::Arc;

use domain::account::{Account, AccountKind};
use store::command::{CreateAccount, CreateAccountRejection, ListAccounts};
use store::fault::Failure;
use tokio::task::JoinSet;

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, ensure, rejected, same};
use crate::recorder::Recorder;
use crate::scene::{Scene, here};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 3] = [
    law!("sixteen callers at once fill an account capped at ten with exactly ten projects", race),
    law!("a full account gets no further project, and the attempt leaves nothing", full),
    law!("deleted projects, sub-accounts and projects of others leave room for projects", room),
];

const CALLERS: usize = 16;
const LIMIT: u32 = 10;

/// A command that makes a project of this account, if it has less than so many.
fn project(scene: &mut Scene, root: &Account, limit: u32) -> CreateAccount {
    let command = scene.account(&root.place, AccountKind::Project { parent: root.id });
    CreateAccount { projects_max: Some(limit), ..command }
}

async fn race(bench: &dyn Bench) -> Verdict {
    const REACHED: CreateAccountRejection = CreateAccountRejection::LimitReached { limit: LIMIT };
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let store = Arc::clone(&scene.store);
        let command = project(&mut scene, &root, LIMIT);
        callers.spawn(async move { store.create_account(command).await });
    }
    let (mut made, mut turned_away) = (0, 0);
    for outcome in callers.join_all().await {
        match outcome {
            Ok(_) => made += 1,
            Err(Failure::Rejected(rejection)) if rejection == REACHED => turned_away += 1,
            Err(failure) => return Err(format!("a caller got {failure:?}")),
        }
    }
    same("projects made and callers turned away", &(made, turned_away), &(10, 6))?;
    let question = ListAccounts { parent: Some(root.id), ..ListAccounts::of(here()) };
    let page = scene.store.list_accounts(question).await.or_said("listing the projects")?;
    same("projects that are there", &page.items.len(), &10)
}

async fn full(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    for limit in [0, 1, 2] {
        let before = Before::of(&scene).await?;
        let recorder = Recorder::watching(&scene.store);
        let command = project(&mut scene, &root, limit);
        let refused = command.account.clone();
        let outcome = scene.store.create_account(command).await;
        rejected("one too many", &outcome, &CreateAccountRejection::LimitReached { limit })?;
        same("what is left of it", &scene.found_account(&refused).await?, &None)?;
        before.still(&scene).await?;
        same("how often somebody was told", &recorder.count(), &0)?;
        // One more is allowed one more.
        let command = project(&mut scene, &root, limit + 1);
        scene.store.create_account(command).await.or_said("making a project")?;
    }
    Ok(())
}

async fn room(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let (root, other) = (scene.made_root(&here()).await?, scene.made_root(&here()).await?);
    for _ in 0..2 {
        scene.made_subaccount(&root).await?;
        scene.made_project(&other).await?;
        let deleted = scene.made_project(&root).await?;
        scene.deleted_account(&deleted, []).await?;
    }
    let command = project(&mut scene, &root, 1);
    let outcome = scene.store.create_account(command).await;
    ensure(outcome.is_ok(), || format!("something else took up the limit: {outcome:?}"))?;
    // Nor does the limit keep a sub-account out.
    let command = scene.account(&here(), AccountKind::Subaccount { parent: root.id });
    let command = CreateAccount { projects_max: Some(1), ..command };
    let outcome = scene.store.create_account(command).await;
    ensure(outcome.is_ok(), || format!("the limit kept a sub-account out: {outcome:?}"))
}
