//! Laws of accounts that begin with a key and webhooks, and of white-label accounts.
//!
//! Must not be content with an answer: all that belongs to the account is looked for.

use domain::account::{Account, AccountKind, Branding};
use domain::key::Key;
use domain::webhook::Webhook;
use store::command::{
    AccountChange, Belongings, CreateAccount, CreateAccountRejection, UpdateAccountRejection,
};
use store::port::Change;

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, refused, rejected, same, same_found, same_key};
use crate::recorder::Recorder;
use crate::scene::webhooks::single;
use crate::scene::{Scene, here};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 4] = [
    law!("an account comes with its key and its webhooks, all in one epoch", together),
    law!("observers are told of an account and its key at once", told_together),
    law!("an account that is refused leaves neither key nor webhook", nothing_left),
    law!("a sub-account is white-label or not, and no other account is", branding),
];

/// A command that makes a sub-account with a key and this many webhooks, of which it may have two.
fn opening(scene: &mut Scene, root: &Account, webhooks: usize) -> CreateAccount {
    let command = scene.account(&here(), AccountKind::Subaccount { parent: root.id });
    let key = scene.key(&command.account).key;
    let webhooks = (0..webhooks).map(|_| scene.webhook_of(&command.account)).collect();
    let labels = vec![single("mail", &command.account.id.to_string())];
    let belongings = Belongings { labels, key: Some(Box::new(key)), webhooks, webhooks_max: 2 };
    CreateAccount { belongings, ..command }
}

async fn together(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    for count in [0, 1, 2] {
        let command = opening(&mut scene, &root, count);
        let Belongings { key, webhooks, .. } = command.belongings.clone();
        let epoch = scene.epoch().await? + 1;
        let trail = scene.trail_count().await?;
        let made = scene.store.create_account(command).await.or_said("making an account")?;
        same("the epoch of the account", &made.epoch, &epoch)?;
        let key = Key { epoch, ..*key.ok_or("a key")? };
        same_found("its key", scene.found(&key).await?.as_ref(), &key)?;
        let webhooks: Vec<_> =
            webhooks.into_iter().map(|webhook| Webhook { epoch, ..webhook }).collect();
        same("its webhooks", &scene.listed_webhooks(&made).await?, &webhooks)?;
        same("the audit entries", &scene.trail_count().await?.audit, &(trail.audit + 1))?;
    }
    Ok(())
}

async fn told_together(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let recorder = Recorder::watching(&scene.store);
    let command = opening(&mut scene, &root, 1);
    let key = command.belongings.key.clone().ok_or("a key")?;
    let made = scene.store.create_account(command).await.or_said("making an account")?;
    let told = recorder.told();
    match told.as_slice() {
        [Change::AccountWithKey(both)] => {
            same("the account told of", &both.0, &made)?;
            same_key("the key told of", &both.1, &Key { epoch: made.epoch, ..*key })
        }
        _ => Err(format!("expected to be told once of both, was told {told:?}")),
    }
}

async fn nothing_left(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let first = opening(&mut scene, &root, 2);
    scene.store.create_account(first.clone()).await.or_said("making an account")?;
    let before = Before::of(&scene).await?;
    let recorder = Recorder::watching(&scene.store);

    let too_many = opening(&mut scene, &root, 3);
    let mut same_label = opening(&mut scene, &root, 1);
    same_label.belongings.labels.clone_from(&first.belongings.labels);
    let taken = CreateAccountRejection::LabelTaken(first.belongings.labels[0].name);
    for (command, told) in
        [(too_many, CreateAccountRejection::TooManyWebhooks { limit: 2 }), (same_label, taken)]
    {
        let outcome = scene.store.create_account(command.clone()).await;
        rejected("an account that may not be", &outcome, &told)?;
        is_absent(&scene, &command).await?;
    }
    // Identities that are taken: of the webhook, and of the key.
    let mut webhook = opening(&mut scene, &root, 2);
    webhook.belongings.webhooks[1].id = first.belongings.webhooks[0].id;
    let mut twice = opening(&mut scene, &root, 2);
    twice.belongings.webhooks[1].id = twice.belongings.webhooks[0].id;
    let mut kid = opening(&mut scene, &root, 1);
    let old = first.belongings.key.as_ref().ok_or("a key")?.secret.kid;
    kid.belongings.key.as_mut().ok_or("a key")?.secret.kid = old;
    for command in [webhook, twice, kid] {
        let outcome = scene.store.create_account(command.clone()).await;
        refused("an identity that is taken", &outcome)?;
        same("the account", &scene.found_account(&command.account).await?, &None)?;
    }
    before.still(&scene).await?;
    same("how often somebody was told", &recorder.count(), &0)
}

/// Nothing of what the command wanted is there.
async fn is_absent(scene: &Scene, command: &CreateAccount) -> Verdict {
    same("the account", &scene.found_account(&command.account).await?, &None)?;
    let key = command.belongings.key.as_ref().ok_or("a key")?;
    same("its key", &scene.found(key).await?.map(|key| key.id), &None)?;
    for webhook in &command.belongings.webhooks {
        same("a webhook", &scene.found_webhook(webhook).await?, &None)?;
    }
    Ok(())
}

async fn branding(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let mut command = scene.account(&here(), AccountKind::Subaccount { parent: root.id });
    command.account.branding = Branding::WhiteLabel;
    let mut sub = scene.store.create_account(command).await.or_said("making a sub-account")?;
    for branding in [Branding::WhiteLabel, Branding::Ours, Branding::WhiteLabel] {
        let change = AccountChange { branding: Some(branding), ..AccountChange::default() };
        let command = scene.update_account(&sub, change);
        sub = scene.store.update_account(command).await.or_said("branding it")?;
        same("its branding", &sub.branding, &branding)?;
        same("the sub-account", &scene.found_account(&sub).await?.as_ref(), &Some(&sub))?;
    }
    let project = scene.made_project(&root).await?;
    let before = Before::of(&scene).await?;
    for account in [&root, &project] {
        let mut command = scene.account(&here(), account.kind);
        command.account.branding = Branding::WhiteLabel;
        let outcome = scene.store.create_account(command).await;
        rejected("making one", &outcome, &CreateAccountRejection::NotASubaccount)?;
        let change =
            AccountChange { branding: Some(Branding::WhiteLabel), ..AccountChange::default() };
        let command = scene.update_account(account, change);
        let outcome = scene.store.update_account(command).await;
        rejected("branding one", &outcome, &UpdateAccountRejection::NotASubaccount)?;
    }
    before.still(&scene).await
}
