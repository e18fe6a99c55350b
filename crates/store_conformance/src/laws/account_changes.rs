//! Laws of changing an account that is there.
//!
//! Must not look at deleted projects; they have their own laws.

use std::sync::Arc;

use domain::account::{
    Account, AccountKind, AccountState, AccountSwitch, Branding, LimitRule, UserAgentRule,
};
use domain::contacts::Contacts;
use domain::language::{Language, LanguageRule};
use store::command::{AccountChange, UpdateAccountRejection};
use tokio::task::JoinSet;

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, rejected, same, same_found};
use crate::recorder::Recorder;
use crate::scene::{Scene, addresses, contacts, elsewhere, here, instant, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 5] = [
    law!("an update of an account changes the fields it names and no other", named_fields),
    law!("an update of an account that changes nothing leaves nothing and tells nobody", unchanged),
    law!("updates of different fields by callers at once lose none of them", at_once),
    law!("an account that is absent or of another place cannot be changed", not_here),
    law!("observers are told of a changed account, as answered, before its caller", told),
];

const OWN_LANGUAGE: LanguageRule = LanguageRule::Own(Language::Portuguese);

type Edit = (AccountChange, fn(&mut Account));

/// Each field alone, then all at once.
fn edits() -> [Edit; 12] {
    let none = AccountChange::default;
    [
        (AccountChange { name: Some(name("second")), ..none() }, |account| {
            account.name = name("second");
        }),
        (AccountChange { ip_list: Some(addresses(&["10.0.0.1"])), ..none() }, |account| {
            account.ip_list = addresses(&["10.0.0.1"]);
        }),
        (AccountChange { user_agent: Some(UserAgentRule::Optional), ..none() }, |account| {
            account.user_agent = UserAgentRule::Optional;
        }),
        (AccountChange { release_until: Some(Some(instant(900))), ..none() }, |account| {
            account.release_until = Some(instant(900));
        }),
        (AccountChange { release_until: Some(None), ..none() }, |account| {
            account.release_until = None;
        }),
        (AccountChange { switch: Some(AccountSwitch::Suspend), ..none() }, |account| {
            account.state = AccountState::Suspended;
        }),
        (AccountChange { keys_max: Some(LimitRule::Own(7)), ..none() }, |account| {
            account.keys_max = LimitRule::Own(7);
        }),
        (AccountChange { projects_max: Some(LimitRule::Own(0)), ..none() }, |account| {
            account.projects_max = LimitRule::Own(0);
        }),
        (
            AccountChange { contacts: Some(contacts(&["c@b.co", "Ana@b.co"])), ..none() },
            |account| {
                account.contacts = contacts(&["c@b.co", "Ana@b.co"]);
            },
        ),
        (AccountChange { contacts: Some(Contacts::none()), ..none() }, |account| {
            account.contacts = Contacts::none();
        }),
        (AccountChange { language: Some(OWN_LANGUAGE), ..none() }, |account| {
            account.language = OWN_LANGUAGE;
        }),
        (
            AccountChange {
                name: Some(name("third")),
                ip_list: Some(addresses(&[])),
                user_agent: Some(UserAgentRule::Required),
                release_until: Some(Some(instant(800))),
                branding: Some(Branding::Ours),
                keys_max: Some(LimitRule::OfRealm),
                projects_max: Some(LimitRule::Own(2)),
                contacts: Some(contacts(&["ana@b.co"])),
                language: Some(LanguageRule::OfRealm),
                switch: Some(AccountSwitch::Resume),
            },
            |account| {
                account.name = name("third");
                account.ip_list = addresses(&[]);
                account.user_agent = UserAgentRule::Required;
                account.release_until = Some(instant(800));
                account.keys_max = LimitRule::OfRealm;
                account.projects_max = LimitRule::Own(2);
                account.contacts = contacts(&["ana@b.co"]);
                account.language = LanguageRule::OfRealm;
                account.state = AccountState::Active;
            },
        ),
    ]
}

async fn named_fields(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let key = scene.made_key(&root).await?;
    let parent = root.id;
    let kinds =
        [AccountKind::Root, AccountKind::Subaccount { parent }, AccountKind::Project { parent }];
    for kind in kinds {
        // No field is as a careless default would leave it.
        let mut command = scene.account(&here(), kind);
        command.account.ip_list = addresses(&["10.0.0.9"]);
        command.account.user_agent = UserAgentRule::Required;
        command.account.release_until = Some(instant(950));
        let made = scene.store.create_account(command).await;
        let mut account = made.or_said("making an account")?;
        for (change, edit) in edits() {
            let command = scene.update_account(&account, change);
            let updated = scene.store.update_account(command).await.or_said("updating")?;
            edit(&mut account);
            account.epoch += 1;
            same("the updated account", &updated, &account)?;
            let found = scene.found_account(&account).await?;
            same("the account that was found", &found.as_ref(), &Some(&account))?;
        }
    }
    same("another account", &scene.found_account(&root).await?, &Some(root))?;
    same_found("a key", scene.found(&key).await?.as_ref(), &key)
}

async fn unchanged(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let mut command = scene.account(&here(), AccountKind::Root);
    command.account.release_until = Some(instant(950));
    let account = scene.store.create_account(command).await.or_said("making an account")?;
    let before = Before::of(&scene).await?;
    let recorder = Recorder::watching(&scene.store);
    let as_it_is = AccountChange {
        name: Some(account.name.clone()),
        ip_list: Some(account.ip_list.clone()),
        user_agent: Some(account.user_agent),
        release_until: Some(account.release_until),
        branding: Some(account.branding),
        keys_max: Some(account.keys_max),
        projects_max: Some(account.projects_max),
        contacts: Some(account.contacts.clone()),
        language: Some(account.language),
        switch: Some(AccountSwitch::Resume),
    };
    for change in [AccountChange::default(), as_it_is] {
        let command = scene.update_account(&account, change);
        let answer = scene.store.update_account(command).await.or_said("an update of nothing")?;
        same("the answer", &answer, &account)?;
    }
    same("the account", &scene.found_account(&account).await?, &Some(account))?;
    before.still(&scene).await?;
    same("how often somebody was told", &recorder.count(), &0)
}

async fn at_once(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let mut command = scene.account(&here(), AccountKind::Root);
    command.account.user_agent = UserAgentRule::Required;
    let made = scene.store.create_account(command).await;
    let mut account = made.or_said("making an account")?;
    let mut callers = JoinSet::new();
    // One caller for each field; the later edits name fields that were named before.
    for (change, edit) in edits().into_iter().take(4) {
        edit(&mut account);
        account.epoch += 1;
        let command = scene.update_account(&account, change);
        let store = Arc::clone(&scene.store);
        callers.spawn(async move { store.update_account(command).await });
    }
    for outcome in callers.join_all().await {
        outcome.or_said("updating")?;
    }
    same("the account", &scene.found_account(&account).await?, &Some(account))
}

async fn not_here(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let account = scene.made_root(&here()).await?;
    let absent = scene.account(&here(), AccountKind::Root).account;
    let foreign = elsewhere().map(|place| Account { place, ..account.clone() });
    let before = Before::of(&scene).await?;
    let recorder = Recorder::watching(&scene.store);
    for other in foreign.iter().chain([&absent]) {
        for change in [AccountChange::default(), renamed()] {
            let command = scene.update_account(other, change);
            let outcome = scene.store.update_account(command).await;
            rejected("updating", &outcome, &UpdateAccountRejection::NoSuchAccount)?;
        }
    }
    same("the account", &scene.found_account(&account).await?, &Some(account))?;
    same("what is left", &scene.found_account(&absent).await?, &None)?;
    before.still(&scene).await?;
    same("how often somebody was told", &recorder.count(), &0)
}

async fn told(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let project = scene.made_project(&root).await?;
    let recorder = Recorder::watching(&scene.store);
    for account in [root, project] {
        let command = scene.update_account(&account, renamed());
        let updated = scene.store.update_account(command).await.or_said("updating")?;
        same("the account told of", &recorder.last_account(), &Some(updated))?;
    }
    same("how often somebody was told", &recorder.count(), &2)
}

fn renamed() -> AccountChange {
    AccountChange { name: Some(name("renamed")), ..AccountChange::default() }
}
