//! Laws of accounts: what is kept of them, and how deep their tree may grow.
//!
//! Must not touch keys: they have their own laws.

use domain::account::{Account, AccountKind, UserAgentRule};
use store::command::CreateAccountRejection;

use super::law;
use crate::checks::{OrSaid, rejected, same};
use crate::scene::{Scene, addresses, elsewhere, here, instant, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 3] = [
    law!("an account comes back as it was made, whatever its kind", comes_back),
    law!("a parent has to exist, in the same place", parent_exists),
    law!("nothing is made below a sub-account or a project", two_levels),
];

async fn comes_back(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    same("the first epoch", &root.epoch, &1)?;
    let parent = root.id;
    let kinds =
        [AccountKind::Root, AccountKind::Subaccount { parent }, AccountKind::Project { parent }];
    for kind in kinds {
        let mut command = scene.account(&here(), kind);
        command.account.name = name("Açaí & Söhne 株式会社 🔑 o'Neil \u{202e}\"%_\\");
        command.account.ip_list = addresses(&["10.0.0.0/8", "2001:db8::1", "10.9.8.1-10.9.8.7"]);
        command.account.user_agent = UserAgentRule::Required;
        command.account.release_until = Some(instant(9));
        command.account.created_at = instant(7);
        let given = command.account.clone();
        let made = scene.store.create_account(command).await.or_said("making an account")?;
        same("the answer", &Account { epoch: 0, ..made.clone() }, &given)?;
        let found = scene.store.find_account(here(), made.id).await.or_said("finding it")?;
        same("the account that was found", &found, &Some(made))?;
    }
    Ok(())
}

async fn parent_exists(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let absent = scene.account(&here(), AccountKind::Root).account.id;
    let foreign = scene.made_root(&elsewhere()[0]).await?.id;
    for parent in [absent, foreign] {
        for kind in [AccountKind::Subaccount { parent }, AccountKind::Project { parent }] {
            let command = scene.account(&here(), kind);
            let id = command.account.id;
            let outcome = scene.store.create_account(command).await;
            rejected("a parent that is not here", &outcome, &CreateAccountRejection::NoSuchParent)?;
            let found = scene.store.find_account(here(), id).await.or_said("finding it")?;
            same("what was left of it", &found, &None)?;
        }
    }
    Ok(())
}

async fn two_levels(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let parent = scene.made_root(&here()).await?.id;
    for kind in [AccountKind::Subaccount { parent }, AccountKind::Project { parent }] {
        let command = scene.account(&here(), kind);
        let parent = scene.store.create_account(command).await.or_said("making a child")?.id;
        for kind in [AccountKind::Subaccount { parent }, AccountKind::Project { parent }] {
            let command = scene.account(&here(), kind);
            let outcome = scene.store.create_account(command).await;
            rejected("a third level", &outcome, &CreateAccountRejection::ParentNotRoot)?;
        }
    }
    Ok(())
}
