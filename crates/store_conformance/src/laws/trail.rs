//! Laws of the trail: every change writes what tells of it, exactly.
//!
//! Must not read the trail; the port only counts it.

use domain::account::AccountKind;
use domain::audit::EventKind;
use domain::key::{DisabledCause, KeySwitch};
use domain::operator::OperatorRole;
use domain::permission::PermissionSet;
use store::command::{AccountChange, KeyChange};
use store::port::TrailCount;

use super::law;
use crate::checks::{OrSaid, same};
use crate::scene::{Scene, here, name, permissions};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 3] = [
    law!("each change writes its audit entry and its events, no more and no less", exactly),
    law!("an update writes the events of what happened and of nothing else", happened),
    law!("a change of an account writes its audit entry and its events as well", accounts),
];

async fn exactly(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let mut expected = TrailCount { audit: 0, events: 0 };
    same("the trail of nothing", &scene.trail_count().await?, &expected)?;

    let root = scene.made_root(&here()).await?;
    check(&scene, "an account", &mut expected, 0).await?;
    let project = scene.account(&here(), AccountKind::Project { parent: root.id });
    scene.store.create_account(project).await.or_said("making a project")?;
    check(&scene, "a project", &mut expected, 0).await?;
    let operator_key = scene.operator_key(OperatorRole::Admin);
    scene.store.create_operator_key(operator_key).await.or_said("making an operator's key")?;
    check(&scene, "an operator's key", &mut expected, 0).await?;

    // As many events as the command brings, also none and several.
    for events in [0, 1, 2, 3] {
        let mut command = scene.key(&root);
        command.trail = scene.trail(&here(), events);
        let key = scene.store.create_key(command).await.or_said("making a key")?;
        check(&scene, "a key", &mut expected, events as u64).await?;
        let change = KeyChange { name: Some(name("renamed")), ..KeyChange::default() };
        let mut command = scene.update(&key, change);
        command.trail = scene.trail(&here(), events);
        scene.store.update_key(command).await.or_said("updating")?;
        check(&scene, "an update", &mut expected, events as u64).await?;
        let command = scene.disable(&key);
        scene.store.disable_key(command).await.or_said("disabling")?;
        check(&scene, "disabling", &mut expected, 1).await?;
        let command = scene.enable(&key);
        scene.store.enable_key(command).await.or_said("enabling")?;
        check(&scene, "enabling", &mut expected, 1).await?;
        let command = scene.delete(&key);
        scene.store.delete_key(command).await.or_said("deleting")?;
        check(&scene, "deleting", &mut expected, 1).await?;
    }
    Ok(())
}

async fn happened(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let key = scene.made_key(&root).await?;
    let kinds = [EventKind::PermissionsChanged, EventKind::Enabled, EventKind::Disabled];
    let off = Some(KeySwitch::Off(DisabledCause::Manual));
    let narrow = permissions("PAYMENT:R");
    for (changed, permissions, switch, told) in [
        ("a name", None, None, 0),
        ("permissions", Some(narrow.clone()), None, 1),
        ("no permissions after all", Some(narrow.clone()), None, 0),
        ("the switch", None, off, 1),
        ("no switch after all", None, off, 0),
        ("everything", Some(PermissionSet::Unrestricted), Some(KeySwitch::On), 2),
    ] {
        let before = scene.trail_count().await?;
        // A name that is always new, so that there is a change in any case.
        let change =
            KeyChange { name: Some(name(changed)), permissions, switch, ..KeyChange::default() };
        let mut command = scene.update(&key, change);
        command.trail = scene.trail(&here(), kinds.len());
        for (event, kind) in command.trail.events.iter_mut().zip(kinds) {
            event.kind = kind;
        }
        scene.store.update_key(command).await.or_said("updating")?;
        let after = TrailCount { audit: before.audit + 1, events: before.events + told };
        same(changed, &scene.trail_count().await?, &after)?;
    }
    Ok(())
}

async fn accounts(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    for events in [0, 1, 3] {
        let project = scene.made_project(&root).await?;
        let mut keys = Vec::new();
        for _ in 0..events {
            keys.push(scene.made_key(&project).await?);
        }
        let mut expected = scene.trail_count().await?;
        let change = AccountChange { name: Some(name("renamed")), ..AccountChange::default() };
        let mut command = scene.update_account(&project, change);
        command.trail = scene.trail(&here(), events);
        scene.store.update_account(command).await.or_said("updating")?;
        check(&scene, "an update of an account", &mut expected, events as u64).await?;
        scene.deleted_account(&project, &keys).await?;
        check(&scene, "deleting a project", &mut expected, events as u64).await?;
    }
    Ok(())
}

/// One audit entry and this many events came on top of what was expected before.
async fn check(scene: &Scene, what: &str, expected: &mut TrailCount, events: u64) -> Verdict {
    expected.audit += 1;
    expected.events += events;
    same(&format!("the trail after {what}"), &scene.trail_count().await?, expected)
}
