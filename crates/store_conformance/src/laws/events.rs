//! Laws of events: they are read as they were written, and show their keys as the change left them.
//!
//! Must not ask for more than a page at a time without saying so.

use domain::account::{Account, AccountKind};
use domain::ids::KeyId;
use domain::key::{DisabledCause, Key, KeyAction, KeyState, KeySwitch};
use domain::key_snapshot::KeySnapshot;
use store::command::{EventPosition, EventRow, KeyChange, ListEvents, PAGE_MAX, Whose};

use super::law;
use crate::checks::{OrSaid, ensure, same};
use crate::scene::{Scene, elsewhere, here, instant, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 6] = [
    law!("an event shows its key as the change left it, whatever becomes of the key", shown),
    law!("events of many keys, and of a deleted account, show each its own key", shown_of_many),
    law!("an event of a key that the change did not write shows none", unwritten),
    law!("events are read in their order, each once, in pages of any size", in_order),
    law!("behind the last event stands what is written later, and nothing else", last_stands),
    law!("events are those of the place and accounts that were asked for", filtered),
];

async fn shown(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let mut expected = Vec::new();
    let key = scene.made_key(&root).await?;
    expected.push(KeySnapshot::of(&key));
    scene.used(&key, key.secret.kid, &[5]).await?;
    let change = KeyChange {
        name: Some(name("renamed twice over")),
        expires_at: Some(Some(instant(1_000))),
        ..KeyChange::default()
    };
    let command = scene.update(&key, change);
    let renamed = scene.store.update_key(command).await.or_said("updating")?;
    same("the last use", &renamed.last_used_at, &Some(instant(5)))?;
    expected.push(KeySnapshot::of(&renamed));
    let command = scene.disable(&key);
    let disabled = scene.store.disable_key(command).await.or_said("disabling")?;
    same("the state", &disabled.state, &KeyState::Disabled(DisabledCause::Manual))?;
    expected.push(KeySnapshot::of(&disabled));
    let command = scene.enable(&key);
    let enabled = scene.store.enable_key(command).await.or_said("enabling")?;
    expected.push(KeySnapshot::of(&enabled));
    let rotated = scene.rotated(&key).await?;
    ensure(rotated.secret.hint != key.secret.hint, || "a rotation kept the hint".to_owned())?;
    expected.push(KeySnapshot::of(&rotated));
    let command = scene.delete(&key);
    let deleted = scene.store.delete_key(command).await.or_said("deleting")?;
    expected.push(KeySnapshot::of(&deleted));
    let found: Vec<_> = all(&scene).await?.into_iter().map(|row| row.key).collect();
    same("the key in each event", &found, &expected.into_iter().map(Some).collect())
}

async fn shown_of_many(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let mut command = scene.account(&here(), AccountKind::Subaccount { parent: root.id });
    let mut first = scene.key(&command.account);
    first.key.name = name("the first one");
    command.belongings.key = Some(Box::new(first.key.clone()));
    command.trail.events = first.trail.events;
    let account = scene.store.create_account(command).await.or_said("making a sub-account")?;
    let made = scene.found(&first.key).await?.ok_or("the first key is not there")?;
    same("the first key", &last(&scene).await?.key, &Some(KeySnapshot::of(&made)))?;

    let mut keys = vec![made];
    for number in 0..3 {
        keys.push(named_key(&mut scene, &account, number).await?);
    }
    let command =
        scene.change_keys(&keys, KeyAction::Switch(KeySwitch::Off(DisabledCause::Manual)));
    let done = scene.store.change_keys(command).await.or_said("disabling many")?;
    ends_with(&scene, "many keys", &done.changed).await?;

    scene.deleted_account(&account, &keys).await?;
    let deleted = |key: &Key| Key { state: KeyState::Deleted, ..key.clone() };
    let deleted: Vec<Key> = done.changed.iter().map(deleted).collect();
    ends_with(&scene, "keys of a deleted account", &deleted).await
}

async fn unwritten(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let other = scene.made_key(&root).await?;
    let mut command = scene.key(&root);
    for event in &mut command.trail.events {
        event.key = other.id;
    }
    scene.store.create_key(command).await.or_said("making a key")?;
    same("another key", &last(&scene).await?.key, &None)
}

async fn in_order(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let mut written = Vec::new();
    for events in [1, 0, 3, 2, 5] {
        let mut command = scene.key(&root);
        command.trail = scene.trail(&here(), events);
        written.extend(command.trail.events.clone());
        scene.store.create_key(command).await.or_said("making a key")?;
    }
    for (limit, rows_max) in [(1, 100), (2, 100), (PAGE_MAX, 100), (PAGE_MAX, 1), (PAGE_MAX, 4)] {
        let mut question =
            ListEvents { limit, rows_max, ..ListEvents::after(EventPosition::START) };
        let (mut rows, mut more) = (Vec::new(), true);
        while more {
            let page = scene.store.list_events(question.clone()).await.or_said("listing")?;
            let most = limit.min(rows_max) as usize;
            ensure(page.items.len() <= most, || format!("a page of more than {most}"))?;
            question.after = page.end;
            rows.extend(page.items);
            more = page.more;
        }
        let found: Vec<_> = rows.iter().map(|row| row.event.clone()).collect();
        same("the events", &found, &written)?;
        let rising = rows.is_sorted_by(|a, b| a.position < b.position);
        ensure(rising, || "positions do not rise".to_owned())?;
        // What comes later is found from there on.
        let page = scene.store.list_events(question.clone()).await.or_said("listing")?;
        same("nothing new", &(page.items.len(), page.end), &(0, question.after))?;
    }
    Ok(())
}

async fn last_stands(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let [elsewhere, ..] = elsewhere();
    let last_event = async |scene: &Scene| scene.store.last_event().await.or_said("asking");
    same("where nothing happened", &last_event(&scene).await?, &EventPosition::START)?;
    for place in [here(), elsewhere] {
        let owner = scene.made_root(&place).await?;
        let mut command = scene.key(&owner);
        command.trail = scene.trail(&place, 3);
        scene.store.create_key(command).await.or_said("making a key")?;
        same("the last event", &last_event(&scene).await?, &last(&scene).await?.position)?;
    }
    let (end, owner) = (last_event(&scene).await?, scene.made_root(&here()).await?);
    let later = scene.made_key(&owner).await?;
    let page = scene.store.list_events(ListEvents::after(end)).await.or_said("listing")?;
    let found: Vec<KeyId> = page.items.iter().map(|row| row.event.key).collect();
    same("what stands behind it", &found, &vec![later.id])
}

async fn filtered(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let [elsewhere, ..] = elsewhere();
    let (ana, bea) = (scene.made_root(&here()).await?, scene.made_root(&here()).await?);
    let carla = scene.made_root(&elsewhere).await?;
    let mut keys = Vec::new();
    for owner in [&ana, &bea, &carla, &ana] {
        keys.push(scene.made_key(owner).await?.id);
    }
    let end = last(&scene).await?.position;
    for owner in [&ana, &carla] {
        scene.made_webhook(owner).await?;
    }
    // One that was deleted is none.
    let gone = scene.made_webhook(&bea).await?;
    scene.deleted_webhook(&gone).await?;
    for (place, whose, expected) in [
        (None, Whose::Anybodys, vec![0, 1, 2, 3]),
        (Some(here()), Whose::Anybodys, vec![0, 1, 3]),
        (Some(elsewhere), Whose::Anybodys, vec![2]),
        (Some(here()), Whose::Of(ana.id), vec![0, 3]),
        (Some(here()), Whose::Of(carla.id), vec![]),
        (None, Whose::ToldWebhooks, vec![0, 2, 3]),
        (Some(here()), Whose::ToldWebhooks, vec![0, 3]),
    ] {
        let question = ListEvents { place, whose, ..ListEvents::after(EventPosition::START) };
        let page = scene.store.list_events(question).await.or_said("listing")?;
        same("the end", &page.end, &end)?;
        let found: Vec<KeyId> = page.items.iter().map(|row| row.event.key).collect();
        let expected: Vec<KeyId> = expected.into_iter().map(|at: usize| keys[at]).collect();
        same("the keys told of", &found, &expected)?;
    }
    Ok(())
}

async fn named_key(scene: &mut Scene, owner: &Account, number: u32) -> Result<Key, String> {
    let mut command = scene.key(owner);
    command.key.name = name(&format!("key {number}"));
    scene.store.create_key(command).await.or_said("making a key")
}

/// The last events show these keys, in this order.
async fn ends_with(scene: &Scene, what: &str, keys: &[Key]) -> Verdict {
    let rows = all(scene).await?;
    let found: Vec<_> = rows[rows.len().saturating_sub(keys.len())..]
        .iter()
        .map(|row| (row.event.key, row.key.clone()))
        .collect();
    let shown = |key: &Key| (key.id, Some(KeySnapshot::of(key)));
    same(what, &found, &keys.iter().map(shown).collect())
}

async fn last(scene: &Scene) -> Result<EventRow, String> {
    all(scene).await?.pop().ok_or_else(|| "there is no event".to_owned())
}

/// Every event; there are few.
async fn all(scene: &Scene) -> Result<Vec<EventRow>, String> {
    let question = ListEvents::after(EventPosition::START);
    Ok(scene.store.list_events(question).await.or_said("listing events")?.items)
}
