//! Laws of keeping: what was answered is there after the store was closed and opened.
//!
//! Must not be asked of a store that keeps nothing by design.

use domain::account::{AccountKind, AccountSwitch, Branding, LimitRule, UserAgentRule};
use domain::key::KeyState;
use domain::language::{Language, LanguageRule};
use domain::operator::OperatorRole;
use store::command::{
    AccountChange, Belongings, BrowseSubaccounts, CreateAccount, CreateAccountRejection, KeyChange,
    ListAccounts, ListKeys,
};
use store::port::Loaded;

use super::law;
use crate::checks::{OrSaid, rejected, same, same_found, same_operator_key};
use crate::recorder::Recorder;
use crate::scene::webhooks::single;
use crate::scene::{Scene, addresses, contacts, here, instant, name, note_use};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 3] = [
    law!("what was answered is kept when the store is closed and opened again", kept),
    law!("accounts are kept as they were changed, and deleted projects with their keys", accounts),
    law!("labels, brandings and webhooks are kept, and the tokens of deleted ones are not", hooks),
];

async fn kept(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let project = scene.account(&here(), AccountKind::Project { parent: root.id });
    let project = scene.store.create_account(project).await.or_said("making a project")?;
    let command = scene.operator_key(OperatorRole::Admin);
    let operator_key = scene.store.create_operator_key(command).await.or_said("making a key")?;
    let mut keys = Vec::new();
    for _ in 0..4 {
        keys.push(scene.made_key(&project).await?);
    }
    let change = KeyChange { name: Some(name("renamed")), ..KeyChange::default() };
    let command = scene.update(&keys[1], change);
    keys[1] = scene.store.update_key(command).await.or_said("updating")?;
    let command = scene.disable(&keys[2]);
    keys[2] = scene.store.disable_key(command).await.or_said("disabling")?;
    let command = scene.delete(&keys[3]);
    keys[3] = scene.store.delete_key(command).await.or_said("deleting")?;
    scene.used(&keys[0], keys[0].secret.kid, &[5]).await?;
    note_use(&mut keys[0], 5);
    let (trail, epoch) = (scene.trail_count().await?, scene.epoch().await?);

    // Twice, because the first opening may do things that the second no longer does.
    for _ in 0..2 {
        let Some(reopened) = scene.reopened(bench).await else { return Ok(()) };
        scene = reopened;
        for account in [&root, &project] {
            let found = scene.store.find_account(here(), account.id).await.or_said("finding")?;
            same("an account", &found.as_ref(), &Some(account))?;
        }
        for key in &keys {
            same_found("a key", scene.found(key).await?.as_ref(), key)?;
        }
        let question = ListKeys::of(here());
        let page = scene.store.list_keys(question).await.or_said("listing the keys")?;
        let listed: Vec<_> = page.items.iter().map(|key| key.id).collect();
        same("the list", &listed, &vec![keys[0].id, keys[1].id, keys[2].id])?;
        let mut loaded = None;
        let mut visit = |row: Loaded<'_>| match row {
            Loaded::OperatorKey(key) => loaded = Some(key.clone()),
            Loaded::Account(_) | Loaded::Key(_) | Loaded::Damaged { .. } => {}
        };
        same("the epoch", &scene.store.load(&mut visit).await.or_said("loading")?, &epoch)?;
        same_operator_key(&loaded.ok_or("the operator's key is gone")?, &operator_key)?;
        same("the trail", &scene.trail_count().await?, &trail)?;
    }
    // Epochs go on where they were, and new observers are told.
    let recorder = Recorder::watching(&scene.store);
    let next = scene.made_key(&project).await?;
    same("the next epoch", &next.epoch, &(epoch + 1))?;
    same("what was told", &recorder.epochs(), &vec![epoch + 1])
}

async fn accounts(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let (kept, gone) = (scene.made_project(&root).await?, scene.made_project(&root).await?);
    let mut key = scene.made_key(&gone).await?;
    let change = AccountChange {
        name: Some(name("renamed")),
        ip_list: Some(addresses(&["203.0.113.7", "2001:db8::/32"])),
        user_agent: Some(UserAgentRule::Required),
        release_until: Some(Some(instant(7))),
        branding: None,
        keys_max: Some(LimitRule::Own(0)),
        projects_max: Some(LimitRule::Own(100_000)),
        contacts: Some(contacts(&["a+b@b.co", "Ana@b.co", "c@b.co", "d@b.co", "e@b.co"])),
        language: Some(LanguageRule::Own(Language::English)),
        switch: Some(AccountSwitch::Suspend),
    };
    let command = scene.update_account(&root, change);
    let root = scene.store.update_account(command).await.or_said("updating")?;
    let gone = scene.deleted_account(&gone, [&key]).await?;
    key.state = KeyState::Deleted;
    key.epoch = gone.epoch;

    for _ in 0..2 {
        let Some(reopened) = scene.reopened(bench).await else { return Ok(()) };
        scene = reopened;
        for account in [&root, &kept, &gone] {
            let found = scene.found_account(account).await?;
            same("an account", &found.as_ref(), &Some(account))?;
        }
        same_found("the key", scene.found(&key).await?.as_ref(), &key)?;
        let question = ListAccounts::of(here());
        let page = scene.store.list_accounts(question).await.or_said("listing accounts")?;
        same("the list", &page.items, &vec![root.clone(), kept.clone()])?;
        same("the epoch", &scene.epoch().await?, &gone.epoch)?;
    }
    Ok(())
}

async fn hooks(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let label = single("mail", "ana@example.com");
    let opening = |scene: &mut Scene| {
        let command = scene.account(&here(), AccountKind::Subaccount { parent: root.id });
        let webhooks = vec![scene.webhook_of(&command.account), scene.webhook_of(&command.account)];
        let labels = vec![label.clone()];
        let belongings = Belongings { labels, webhooks, webhooks_max: 2, key: None };
        CreateAccount { belongings, ..command }
    };
    let mut command = opening(&mut scene);
    command.account.branding = Branding::WhiteLabel;
    let sub = scene.store.create_account(command).await.or_said("making an account")?;
    let made = scene.listed_webhooks(&sub).await?;
    let [first, second] = made.as_slice() else {
        return Err(format!("an account begins with two webhooks and has {}", made.len()));
    };
    let gone = scene.deleted_webhook(first).await?;
    let later = scene.made_webhook(&sub).await?;

    for _ in 0..2 {
        let Some(reopened) = scene.reopened(bench).await else { return Ok(()) };
        scene = reopened;
        same("the account", &scene.found_account(&sub).await?.as_ref(), &Some(&sub))?;
        let kept = vec![second.clone(), later.clone()];
        same("the webhooks", &scene.listed_webhooks(&sub).await?, &kept)?;
        same("a deleted one", &scene.found_webhook(&gone).await?.as_ref(), &Some(&gone))?;
        let question = BrowseSubaccounts {
            place: here(),
            parent: root.id,
            labels: vec![(label.name, label.value.clone())],
            name_part: String::new(),
            offset: 0,
            limit: 10,
        };
        let slice = scene.store.browse_subaccounts(question).await.or_said("browsing")?;
        same("what the label finds", &slice.items.as_slice(), &std::slice::from_ref(&sub))?;
        let outcome = opening(&mut scene);
        let outcome = scene.store.create_account(outcome).await;
        rejected("its label", &outcome, &CreateAccountRejection::LabelTaken(label.name))?;
    }
    Ok(())
}
