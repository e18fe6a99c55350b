//! Laws of places: what belongs elsewhere answers like what does not exist.
//!
//! Must not be content with an empty answer: the very same answer is asked for.

use domain::account::AccountKind;
use domain::ids::Place;
use domain::key::Key;
use store::command::{
    ChangeKeyRejection, CreateAccountRejection, CreateKeyRejection, KeyChange, ListAccounts,
    ListKeys, NoSuchCursor,
};

use super::law;
use crate::checks::{OrSaid, rejected, same, same_found};
use crate::scene::{Scene, elsewhere, here, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 4] = [
    law!("a key of another place answers like one that does not exist", foreign_key),
    law!("an account of another place answers like one that does not exist", foreign_account),
    law!("a list of one place shows nothing of another", foreign_items),
    law!("a cursor from another place or another list opens nothing", foreign_cursor),
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

async fn foreign_cursor(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let other = scene.made_root(&here()).await?;
    let key = scene.made_key(&owner).await?;
    scene.made_key(&other).await?;
    for place in elsewhere() {
        let question = ListKeys { after: Some(key.id), ..keys_of(&place) };
        let outcome = scene.store.list_keys(question).await;
        rejected("a key's cursor from elsewhere", &outcome, &NoSuchCursor)?;
        let question = ListAccounts { after: Some(owner.id), ..accounts_of(&place) };
        let outcome = scene.store.list_accounts(question).await;
        rejected("an account's cursor from elsewhere", &outcome, &NoSuchCursor)?;
    }
    let question = ListKeys { owner: Some(other.id), after: Some(key.id), ..keys_of(&here()) };
    let outcome = scene.store.list_keys(question).await;
    rejected("a cursor from another owner's list", &outcome, &NoSuchCursor)?;
    let question =
        ListAccounts { parent: Some(other.id), after: Some(owner.id), ..accounts_of(&here()) };
    let outcome = scene.store.list_accounts(question).await;
    rejected("a cursor from another parent's list", &outcome, &NoSuchCursor)
}

fn keys_of(place: &Place) -> ListKeys {
    ListKeys { place: place.clone(), owner: None, live_at: None, after: None, limit: 100 }
}

fn accounts_of(place: &Place) -> ListAccounts {
    ListAccounts { place: place.clone(), parent: None, after: None, limit: 100 }
}
