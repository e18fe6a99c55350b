//! Laws of places: what belongs elsewhere answers like what does not exist.
//!
//! Must not be content with an empty answer: the very same answer is asked for.

use domain::account::AccountKind;
use domain::ids::Place;
use domain::key::Key;
use store::command::{
    ChangeKeyRejection, CreateAccountRejection, CreateKeyRejection, KeyChange, ListAccounts,
    ListKeys,
};

use super::law;
use crate::checks::{OrSaid, rejected, same, same_found};
use crate::scene::{Scene, elsewhere, here, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 4] = [
    law!("a key of another place answers like one that does not exist", foreign_key),
    law!("an account of another place answers like one that does not exist", foreign_account),
    law!("a list of one place shows nothing of another", foreign_items),
    law!("a position from another place or another list opens nothing", foreign_position),
];

async fn foreign_key(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let key = scene.made_key(&owner).await?;
    let before = scene.trail_count().await?;
    for place in elsewhere() {
        let foreign = Key { place: place.clone(), ..key.clone() };
        let found = scene.found(&foreign).await?.map(|key| key.id);
        same("what was found from elsewhere", &found, &None)?;
        let none = ChangeKeyRejection::NoSuchKey;
        let change = KeyChange { name: Some(name("taken over")), ..KeyChange::default() };
        let command = scene.update(&foreign, change);
        rejected("updating", &scene.store.update_key(command).await, &none)?;
        let command = scene.enable(&foreign);
        rejected("enabling", &scene.store.enable_key(command).await, &none)?;
        let command = scene.disable(&foreign);
        rejected("disabling", &scene.store.disable_key(command).await, &none)?;
        let command = scene.delete(&foreign);
        rejected("deleting", &scene.store.delete_key(command).await, &none)?;
    }
    same_found("the key in its place", scene.found(&key).await?.as_ref(), &key)?;
    same("the trail", &scene.trail_count().await?, &before)
}

async fn foreign_account(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    for place in elsewhere() {
        let found = scene.store.find_account(place.clone(), owner.id).await.or_said("finding")?;
        same("what was found from elsewhere", &found, &None)?;
        let command = scene.account(&place, AccountKind::Project { parent: owner.id });
        let outcome = scene.store.create_account(command).await;
        rejected("a parent elsewhere", &outcome, &CreateAccountRejection::NoSuchParent)?;
        let mut command = scene.key(&owner);
        command.key.place = place;
        let outcome = scene.store.create_key(command).await;
        rejected("an owner elsewhere", &outcome, &CreateKeyRejection::NoSuchAccount)?;
    }
    Ok(())
}

async fn foreign_items(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    scene.made_key(&owner).await?;
    for place in elsewhere() {
        let mine = scene.made_root(&place).await?;
        let key = scene.made_key(&mine).await?;
        let keys = scene.store.list_keys(keys_of(&place)).await.or_said("listing keys")?.items;
        let keys: Vec<_> = keys.iter().map(|key| key.id).collect();
        same("the keys of a place", &keys, &vec![key.id])?;
        let accounts = scene.store.list_accounts(accounts_of(&place)).await;
        let accounts = accounts.or_said("listing accounts")?.items;
        same("the accounts of a place", &accounts, &vec![mine])?;

        let question = ListKeys { owner: Some(owner.id), ..keys_of(&place) };
        let page = scene.store.list_keys(question).await.or_said("listing by an owner")?;
        same("keys of a foreign owner", &page.items.len(), &0)?;
        let question = ListAccounts { parent: Some(owner.id), ..accounts_of(&place) };
        let page = scene.store.list_accounts(question).await.or_said("listing by a parent")?;
        same("children of a foreign account", &page.items.len(), &0)?;
    }
    Ok(())
}

async fn foreign_position(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let other = scene.made_root(&here()).await?;
    let mine = scene.made_key(&owner).await?;
    for place in elsewhere() {
        let theirs = scene.made_root(&place).await?;
        scene.made_root(&place).await?;
        scene.made_key(&theirs).await?;
        scene.made_key(&theirs).await?;
        let question = ListKeys { limit: 1, ..keys_of(&place) };
        let page = scene.store.list_keys(question).await.or_said("listing keys elsewhere")?;
        let after = page.next.ok_or("a page of one of two keys is the last")?;
        own_keys_alone(&scene, ListKeys { after, ..keys_of(&here()) }, &[&mine]).await?;
        let question = ListAccounts { limit: 1, ..accounts_of(&place) };
        let page = scene.store.list_accounts(question).await.or_said("listing elsewhere")?;
        let after = page.next.ok_or("a page of one of two accounts is the last")?;
        let question = ListAccounts { after, ..accounts_of(&here()) };
        let page = scene.store.list_accounts(question).await.or_said("listing accounts")?;
        let foreign = page.items.iter().find(|account| account.place != here());
        same("an account of another place", &foreign, &None)?;
    }
    let of_other = ListKeys { owner: Some(other.id), ..keys_of(&here()) };
    own_keys_alone(&scene, of_other, &[]).await
}

/// The page holds no key but, maybe, these.
async fn own_keys_alone(scene: &Scene, question: ListKeys, own: &[&Key]) -> Verdict {
    let page = scene.store.list_keys(question).await.or_said("listing after a position")?;
    let is_own = |key: &&Key| own.iter().any(|own| own.id == key.id);
    let foreign = page.items.iter().find(|key| !is_own(key)).map(|key| key.id);
    same("a key of another list", &foreign, &None)
}

fn keys_of(place: &Place) -> ListKeys {
    ListKeys::of(place.clone())
}

fn accounts_of(place: &Place) -> ListAccounts {
    ListAccounts::of(place.clone())
}
