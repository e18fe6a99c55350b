//! Laws of labels that keep accounts apart.
//!
//! Must not rely on luck: callers meet because the store lets them.

use std::sync::Arc;

use domain::account::AccountKind;
use domain::label::Label;
use store::command::{Belongings, CreateAccount, CreateAccountRejection};
use store::fault::Failure;
use tokio::task::JoinSet;

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, rejected, same};
use crate::recorder::Recorder;
use crate::scene::webhooks::{shared, single};
use crate::scene::{Scene, elsewhere, here};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 3] = [
    law!("sixteen callers at once with a label for one make exactly one account", race),
    law!("a label for one that is taken is refused, and the attempt leaves nothing", taken),
    law!("deleted accounts, other places and labels for many leave labels free", free),
];

const CALLERS: usize = 16;

fn labelled(command: CreateAccount, labels: &[Label]) -> CreateAccount {
    let belongings = Belongings { labels: labels.to_vec(), ..Belongings::default() };
    CreateAccount { belongings, ..command }
}

async fn race(bench: &dyn Bench) -> Verdict {
    let label = single("mail", "ana@example.com");
    let taken = CreateAccountRejection::LabelTaken(label.name);
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let store = Arc::clone(&scene.store);
        let command = scene.account(&here(), AccountKind::Subaccount { parent: root.id });
        let command = labelled(command, std::slice::from_ref(&label));
        callers.spawn(async move { store.create_account(command).await });
    }
    let (mut made, mut turned_away) = (0, 0);
    for outcome in callers.join_all().await {
        match outcome {
            Ok(_) => made += 1,
            Err(Failure::Rejected(rejection)) if rejection == taken => turned_away += 1,
            Err(failure) => return Err(format!("a caller got {failure:?}")),
        }
    }
    same("accounts made and callers turned away", &(made, turned_away), &(1, CALLERS - 1))
}

async fn taken(bench: &dyn Bench) -> Verdict {
    let (mail, number) = (single("mail", "ana@example.com"), single("number", "1"));
    let mut scene = Scene::fresh(bench).await;
    let [root, other] = [scene.made_root(&here()).await?, scene.made_root(&here()).await?];
    let command = scene.account(&here(), AccountKind::Subaccount { parent: root.id });
    let command = labelled(command, &[mail.clone(), number.clone()]);
    scene.store.create_account(command).await.or_said("making an account")?;
    let before = Before::of(&scene).await?;
    let recorder = Recorder::watching(&scene.store);
    // The first that is taken is told, whoever is above.
    for (labels, told) in [
        (vec![mail.clone(), number.clone()], &mail),
        (vec![single("mail", "eva@example.com"), number.clone()], &number),
        (vec![number.clone(), mail.clone()], &number),
    ] {
        for parent in [root.id, other.id] {
            let command = scene.account(&here(), AccountKind::Subaccount { parent });
            let refused = command.account.clone();
            let outcome = scene.store.create_account(labelled(command, &labels)).await;
            rejected("the same label", &outcome, &CreateAccountRejection::LabelTaken(told.name))?;
            same("what is left of it", &scene.found_account(&refused).await?, &None)?;
        }
    }
    before.still(&scene).await?;
    same("how often somebody was told", &recorder.count(), &0)
}

async fn free(bench: &dyn Bench) -> Verdict {
    let labels = [single("mail", "ana@example.com"), shared("wallet", "1")];
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let kind = AccountKind::Subaccount { parent: root.id };
    for _ in 0..3 {
        let command = labelled(scene.account(&here(), kind), &labels);
        let made = scene.store.create_account(command).await.or_said("making an account")?;
        // The same value under another name, and a label that many may carry.
        let others = [single("login", "ana@example.com"), shared("wallet", "1")];
        let command = labelled(scene.account(&here(), kind), &others);
        let other = scene.store.create_account(command).await.or_said("making another")?;
        scene.deleted_account(&made, []).await?;
        scene.deleted_account(&other, []).await?;
    }
    let command = labelled(scene.account(&here(), kind), &labels);
    scene.store.create_account(command).await.or_said("making the last")?;
    for place in elsewhere() {
        let command = labelled(scene.account(&place, AccountKind::Root), &labels);
        scene.store.create_account(command).await.or_said("making one elsewhere")?;
    }
    Ok(())
}
