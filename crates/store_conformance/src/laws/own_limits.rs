//! Laws of limits that an account has of its own.
//!
//! Must not look at what counts towards a limit: those of the realm have laws for that.

use domain::account::{Account, AccountKind, LimitRule};
use store::command::{AccountChange, CreateAccountRejection, CreateKeyRejection};

use super::law;
use crate::checks::{OrSaid, rejected};
use crate::scene::{Scene, here};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 2] = [
    law!("an account's own limit of keys stands in place of the realm's, for it alone", keys),
    law!("an account's own limit of projects stands in place of the realm's", projects),
];

/// What the realm says in these laws.
const OF_REALM: u32 = 2;

async fn keys(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let (one, other) = (scene.made_root(&here()).await?, scene.made_root(&here()).await?);
    for (rule, limit) in [
        (LimitRule::Own(0), 0),
        (LimitRule::Own(3), 3),
        (LimitRule::Own(1), 1),
        (LimitRule::OfRealm, 2),
    ] {
        limited(&mut scene, &one, rule).await?;
        // What was there before a limit was moved down stays.
        let there = if limit == 3 { 0 } else { 3 };
        for _ in there..limit {
            let mut command = scene.key(&one);
            command.keys_max = OF_REALM;
            scene.store.create_key(command).await.or_said("making a key below the limit")?;
        }
        let mut command = scene.key(&one);
        command.keys_max = OF_REALM;
        let outcome = scene.store.create_key(command).await;
        rejected("a key too many", &outcome, &CreateKeyRejection::LimitReached { limit })?;
    }
    let mut command = scene.key(&other);
    command.keys_max = 1;
    scene.store.create_key(command).await.map(drop).or_said("making a key of another account")
}

async fn projects(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    for (rule, limit) in [(LimitRule::Own(0), 0), (LimitRule::Own(3), 3), (LimitRule::OfRealm, 2)] {
        limited(&mut scene, &root, rule).await?;
        let there = if limit == 3 { 0 } else { 3 };
        for _ in there..limit {
            let mut command = scene.account(&here(), AccountKind::Project { parent: root.id });
            command.projects_max = Some(OF_REALM);
            scene.store.create_account(command).await.or_said("making a project")?;
        }
        let mut command = scene.account(&here(), AccountKind::Project { parent: root.id });
        command.projects_max = Some(OF_REALM);
        let outcome = scene.store.create_account(command).await;
        rejected("a project too many", &outcome, &CreateAccountRejection::LimitReached { limit })?;
    }
    Ok(())
}

async fn limited(scene: &mut Scene, account: &Account, rule: LimitRule) -> Verdict {
    let change = AccountChange {
        keys_max: Some(rule),
        projects_max: Some(rule),
        ..AccountChange::default()
    };
    let command = scene.update_account(account, change);
    scene.store.update_account(command).await.map(drop).or_said("moving a limit")
}
