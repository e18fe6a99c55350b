//! Laws of changing a key that is not over.
//!
//! Must not look at keys that are over; they have their own laws.

use domain::ids::KeyId;
use domain::key::{DisabledCause, Key, KeyState, KeySwitch};
use store::command::{ChangeKeyRejection, KeyChange};

use super::law;
use crate::checks::{OrSaid, rejected, same, same_found, same_key};
use crate::recorder::Recorder;
use crate::scene::{Scene, addresses, here, instant, name, permissions};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 4] = [
    law!("an update changes the fields it names and no other", named_fields),
    law!("disabling can be undone, and enabling notes when", on_and_off),
    law!("what changes nothing takes no epoch, writes no trail and tells nobody", unchanged),
    law!("a key that does not exist cannot be changed", absent),
];

async fn named_fields(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let bystander = scene.made_key(&owner).await?;
    // No field is as a careless default would leave it.
    let mut command = scene.key(&owner);
    command.key.permissions = permissions("PAYMENT:RW");
    command.key.expires_at = Some(instant(950));
    command.key.ip_list = addresses(&["10.0.0.9"]);
    // Earlier than any change, so that none moves it.
    command.key.look_at = Some(instant(1));
    let mut key = scene.store.create_key(command).await.or_said("making a key")?;
    type Edit = (KeyChange, fn(&mut Key));
    let edits: [Edit; 8] = [
        (KeyChange { name: Some(name("second")), ..KeyChange::default() }, |key| {
            key.name = name("second");
        }),
        (
            KeyChange { permissions: Some(permissions("PAYMENT:R")), ..KeyChange::default() },
            |key| key.permissions = permissions("PAYMENT:R"),
        ),
        (KeyChange { expires_at: Some(Some(instant(900))), ..KeyChange::default() }, |key| {
            key.expires_at = Some(instant(900));
        }),
        (KeyChange { ip_list: Some(addresses(&["10.0.0.1"])), ..KeyChange::default() }, |key| {
            key.ip_list = addresses(&["10.0.0.1"]);
        }),
        (KeyChange { expires_at: Some(None), ..KeyChange::default() }, |key| key.expires_at = None),
        (
            KeyChange {
                name: Some(name("third")),
                permissions: Some(permissions("*")),
                expires_at: Some(Some(instant(800))),
                ip_list: Some(addresses(&[])),
                switch: Some(KeySwitch::Off(DisabledCause::Manual)),
            },
            |key| {
                key.state = KeyState::Disabled(DisabledCause::Manual);
                key.name = name("third");
                key.permissions = permissions("*");
                key.expires_at = Some(instant(800));
                key.ip_list = addresses(&[]);
            },
        ),
        (KeyChange { switch: Some(KeySwitch::On), ..KeyChange::default() }, |key| {
            key.state = KeyState::Enabled;
            key.enabled_at = instant(10);
        }),
        (
            KeyChange {
                switch: Some(KeySwitch::Off(DisabledCause::LackOfUse)),
                ..KeyChange::default()
            },
            |key| key.state = KeyState::Disabled(DisabledCause::LackOfUse),
        ),
    ];
    for (change, edit) in edits {
        let command = scene.update(&key, change);
        let updated = scene.store.update_key(command).await.or_said("updating a key")?;
        edit(&mut key);
        key.epoch += 1;
        same_key("the updated key", &updated, &key)?;
        same_found("the key that was found", scene.found(&key).await?.as_ref(), &key)?;
    }
    same_found("another key", scene.found(&bystander).await?.as_ref(), &bystander)
}

async fn on_and_off(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut key = scene.made_key(&owner).await?;
    for cause in
        [DisabledCause::Manual, DisabledCause::LackOfUse, DisabledCause::OwnerArrangementChanged]
    {
        let mut command = scene.disable(&key);
        command.cause = cause;
        let disabled = scene.store.disable_key(command).await.or_said("disabling")?;
        key.state = KeyState::Disabled(cause);
        key.epoch += 1;
        same_key("the disabled key", &disabled, &key)?;
        same_found("the key that was found", scene.found(&key).await?.as_ref(), &key)?;

        let mut command = scene.enable(&key);
        command.at = key.enabled_at.plus_millis(11);
        let enabled = scene.store.enable_key(command).await.or_said("enabling")?;
        key.state = KeyState::Enabled;
        key.enabled_at = key.enabled_at.plus_millis(11);
        key.look_again(key.enabled_at);
        key.epoch += 1;
        same_key("the enabled key", &enabled, &key)?;
        same_found("the key that was found", scene.found(&key).await?.as_ref(), &key)?;
    }
    Ok(())
}

async fn unchanged(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let enabled = scene.made_key(&owner).await?;
    let off = KeyState::Disabled(DisabledCause::LackOfUse);
    let disabled = scene.made_key_in(&owner, off).await?;
    let deleted = scene.made_key_in(&owner, KeyState::Deleted).await?;
    let (count, epoch) = (scene.trail_count().await?, scene.epoch().await?);
    let recorder = Recorder::watching(&scene.store);

    let command = scene.enable(&enabled);
    let answer = scene.store.enable_key(command).await.or_said("enabling an enabled key")?;
    same_key("the enabled key", &answer, &enabled)?;
    let command = scene.disable(&disabled);
    let answer = scene.store.disable_key(command).await.or_said("disabling a disabled key")?;
    same_key("the disabled key", &answer, &disabled)?;
    let command = scene.delete(&deleted);
    let answer = scene.store.delete_key(command).await.or_said("deleting a deleted key")?;
    same_key("the deleted key", &answer, &deleted)?;
    let as_it_is = KeyChange {
        name: Some(enabled.name.clone()),
        permissions: Some(enabled.permissions.clone()),
        expires_at: Some(enabled.expires_at),
        ip_list: Some(enabled.ip_list.clone()),
        switch: Some(KeySwitch::On),
    };
    for change in [KeyChange::default(), as_it_is] {
        let command = scene.update(&enabled, change);
        let answer = scene.store.update_key(command).await.or_said("an update of nothing")?;
        same_key("the updated key", &answer, &enabled)?;
    }
    for key in [&enabled, &disabled, &deleted] {
        same_found("the key that was found", scene.found(key).await?.as_ref(), key)?;
    }
    same("the trail", &scene.trail_count().await?, &count)?;
    same("the epoch", &scene.epoch().await?, &epoch)?;
    same("how often somebody was told", &recorder.count(), &0)
}

async fn absent(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let mut key = scene.made_key(&owner).await?;
    key.id = KeyId::from_u128(77);
    let none = ChangeKeyRejection::NoSuchKey;
    let command = scene.update(&key, KeyChange::default());
    rejected("updating", &scene.store.update_key(command).await, &none)?;
    let command = scene.enable(&key);
    rejected("enabling", &scene.store.enable_key(command).await, &none)?;
    let command = scene.disable(&key);
    rejected("disabling", &scene.store.disable_key(command).await, &none)?;
    let command = scene.delete(&key);
    rejected("deleting", &scene.store.delete_key(command).await, &none)?;
    same("what was found", &scene.found(&key).await?.map(|key| key.id), &None)
}
