//! Laws of what becomes of deliveries that fail: they wait, webhooks are interrupted, and in the end
//! they are deleted and told of.
//!
//! Must not wait for anything itself: instants are given.

use domain::delivery::{Alert, FAILURES_MAX, KEPT_MS, wait_ms};
use domain::ids::Place;
use domain::time::Timestamp;
use domain::webhook::{Queue, Webhook};
use store::command::{
    DeliveryState, ExpireDeliveries, Expired, Heard, NoSuchWebhook, RemoveBackoff, WebhookChange,
};

use super::law;
use crate::checks::{OrSaid, rejected, same};
use crate::scene::deliveries::ref_of;
use crate::scene::{Scene, elsewhere, here, instant};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 8] = [
    law!("failures in a row wait as the table says, are told of, and interrupt", ladder),
    law!("what the people of a webhook are told is found by it, in order", told),
    law!("a success ends the failures in a row", success),
    law!("waits that are lifted are over at once", lifted),
    law!(
        "of many waits those of the oldest events are lifted first, and the rest stay",
        lifted_in_parts
    ),
    law!("what could not be delivered in time is deleted, counted and told of", expired),
    law!("what was for a deleted webhook is cleared away, and nobody is told", cleared),
    law!("it is known since when the oldest delivery of a place is kept", oldest),
];

async fn ladder(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    scene.put_up(&root, &[&webhook], 2).await?;
    let first = fail(&mut scene, 0, FAILURES_MAX).await?;
    let standing = scene.store.queue_standing(webhook.id).await.or_said("asking")?;
    same("failures in a row", &standing.streak.count(), &FAILURES_MAX)?;
    same("events that wait", &standing.penalized, &1)?;
    let found = scene.found_webhook(&webhook).await?.ok_or("the webhook is gone")?;
    same("its queue", &found.queue, &Queue::Interrupted)?;
    same("while interrupted", &scene.claimed(KEPT_MS, 100).await?.len(), &0)?;
    let alerts = alerts(&scene).await?;
    same("alerts", &alerts, &vec![Alert::Failing(5), Alert::Failing(10), Alert::Interrupted])?;
    // Resumed, it goes on at once where it stood.
    let change = WebhookChange { queue: Some(Queue::Running), ..WebhookChange::default() };
    let command = scene.update_webhook(&webhook, change);
    scene.store.update_webhook(command).await.or_said("resuming")?;
    let claimed = scene.claimed(0, 100).await?;
    let events: Vec<_> = claimed.iter().map(|one| one.event).collect();
    same("resumed", &events, &vec![first])?;
    let standing = scene.store.queue_standing(webhook.id).await.or_said("asking")?;
    same("failures in a row", &(standing.streak.count(), standing.penalized), &(0, 0))
}

async fn oldest(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let (first, second) = (scene.made_webhook(&root).await?, scene.made_webhook(&root).await?);
    same("before there is anything", &oldest_at(&scene, &here()).await?, &None)?;
    for (webhook, made_ms) in [(&first, 5), (&second, 3)] {
        scene.happened(&root, 1).await?;
        let command = scene.untaken(&[webhook], made_ms).await?;
        scene.store.take_events(command).await.or_said("taking events")?;
    }
    same("elsewhere", &oldest_at(&scene, &elsewhere()[0]).await?, &None)?;
    same("of two", &oldest_at(&scene, &here()).await?, &Some(instant(3)))?;
    expire(&mut scene, &second, 3, 10).await?;
    same("of the other", &oldest_at(&scene, &here()).await?, &Some(instant(5)))?;
    scene.deleted_webhook(&first).await?;
    same("what is to go", &oldest_at(&scene, &here()).await?, &Some(Timestamp::EPOCH))?;
    expire(&mut scene, &first, -1, 10).await?;
    same("of nothing", &oldest_at(&scene, &here()).await?, &None)
}

async fn oldest_at(scene: &Scene, place: &Place) -> Result<Option<Timestamp>, String> {
    Ok(scene.store.turns(place.clone()).await.or_said("asking for turns")?.oldest_at)
}

async fn told(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let (one, other) = (scene.made_webhook(&root).await?, scene.made_webhook(&root).await?);
    for webhook in [&one, &other] {
        scene.put_up(&root, &[webhook], 2).await?;
        expire(&mut scene, webhook, 0, 1).await?;
        expire(&mut scene, webhook, 0, 1).await?;
    }
    let all = scene.store.list_alerts(0, 100).await.or_said("listing alerts")?;
    same("alerts", &all.len(), &4)?;
    for webhook in [&one, &other] {
        let its = all.iter().filter(|row| row.webhook.webhook == webhook.id).cloned();
        let its: Vec<_> = its.collect();
        let found = scene.store.list_alerts_of(webhook.id, 0, 100).await.or_said("asking")?;
        same("of one webhook", &found, &its)?;
        let first = scene.store.list_alerts_of(webhook.id, 0, 1).await.or_said("asking")?;
        same("the first of them", &first, &its[..1].to_vec())?;
        let later = scene.store.list_alerts_of(webhook.id, its[0].epoch, 100).await;
        same("those behind it", &later.or_said("asking")?, &its[1..].to_vec())?;
    }
    Ok(())
}

async fn success(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    scene.put_up(&root, &[&webhook], 2).await?;
    fail(&mut scene, 0, FAILURES_MAX - 1).await?;
    let claimed = scene.claimed(KEPT_MS, 100).await?;
    scene.came_back(claimed[0].hand(), KEPT_MS, 200).await?;
    let standing = scene.store.queue_standing(webhook.id).await.or_said("asking")?;
    same("failures in a row", &(standing.streak.count(), standing.penalized), &(0, 0))?;
    // The next one climbs from the first step.
    fail(&mut scene, KEPT_MS + 1, FAILURES_MAX - 1).await?;
    let found = scene.found_webhook(&webhook).await?.ok_or("the webhook is gone")?;
    same("its queue", &found.queue, &Queue::Running)
}

async fn lifted(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    scene.put_up(&root, &[&webhook], 1).await?;
    fail(&mut scene, 0, 3).await?;
    let mut command = RemoveBackoff {
        webhook: ref_of(&webhook),
        limit: 10,
        at: instant(100_000),
        trail: scene.trail(&here(), 0),
    };
    let many = scene.store.remove_backoff(command.clone()).await.or_said("lifting waits")?;
    same("events that waited", &many, &1)?;
    same("due at once", &scene.claimed(100_000, 100).await?.len(), &1)?;
    let standing = scene.store.queue_standing(webhook.id).await.or_said("asking")?;
    same("afterwards", &(standing.streak.count(), standing.penalized), &(0, 0))?;
    scene.deleted_webhook(&webhook).await?;
    command.trail = scene.trail(&here(), 0);
    rejected("of a deleted one", &scene.store.remove_backoff(command).await, &NoSuchWebhook)
}

async fn lifted_in_parts(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_free_webhook(&root).await?;
    scene.put_up(&root, &[&webhook], 3).await?;
    let claimed = scene.claimed(0, 100).await?;
    for one in &claimed {
        scene.came_back(one.hand(), 0, 500).await?;
    }
    let (mut lifted, mut due) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let (webhook, at, trail) = (ref_of(&webhook), instant(1), scene.trail(&here(), 0));
        let command = RemoveBackoff { webhook, limit: 2, at, trail };
        lifted.push(scene.store.remove_backoff(command).await.or_said("lifting waits")?);
        let claimed = scene.claimed(1, 100).await?;
        due.push(claimed.iter().map(|one| one.event).collect::<Vec<_>>());
    }
    same("lifted", &lifted, &vec![2, 1, 0])?;
    let events: Vec<_> = claimed.iter().map(|one| one.event).collect();
    same("due at once", &due, &vec![events[..2].to_vec(), events[2..].to_vec(), vec![]])
}

async fn expired(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    scene.put_up(&root, &[&webhook], 3).await?;
    let claimed = scene.claimed(0, 100).await?;
    scene.came_back(claimed[0].hand(), 0, 200).await?;
    scene.happened(&root, 1).await?;
    let young = scene.untaken(&[&webhook], 1).await?;
    scene.store.take_events(young).await.or_said("taking events")?;

    let expiring = |until_ms| scene.store.list_expiring(here(), instant(until_ms), 10);
    same("too young", &expiring(-1).await.or_said("asking")?, &vec![])?;
    same("old enough", &expiring(0).await.or_said("asking")?, &vec![webhook.id])?;
    let before = scene.trail_count().await?;
    let mut gone = Expired::default();
    // In steps of two.
    for _ in 0..3 {
        let step = expire(&mut scene, &webhook, 0, 2).await?;
        gone.deleted += step.deleted;
        gone.undelivered += step.undelivered;
    }
    same("what is gone", &gone, &Expired { deleted: 3, undelivered: 2 })?;
    let told: u32 = alerts(&scene).await?.into_iter().map(count_of).sum();
    same("what was told", &told, &2)?;
    let after = scene.trail_count().await?;
    same(
        "entries beyond alerts",
        &(after.audit - before.audit),
        &(alerts(&scene).await?.len() as u64),
    )?;
    let standing = scene.store.queue_standing(webhook.id).await.or_said("asking")?;
    same("what was counted", &(standing.expired, standing.expired_at), &(2, Some(instant(9))))?;
    same("what is left", &scene.claimed(10, 100).await?.len(), &1)?;
    let expiring = scene.store.list_expiring(here(), instant(0), 10).await.or_said("asking")?;
    same("nothing more", &expiring, &vec![])
}

async fn cleared(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let account = scene.made_subaccount(&root).await?;
    let (one, other) = (scene.made_webhook(&root).await?, scene.made_webhook(&account).await?);
    scene.put_up(&root, &[&one, &other], 1).await?;
    scene.deleted_webhook(&one).await?;
    scene.deleted_account(&account, []).await?;
    let mut expiring =
        scene.store.list_expiring(here(), instant(-1), 10).await.or_said("asking")?;
    expiring.sort_unstable();
    let mut expected = vec![one.id, other.id];
    expected.sort_unstable();
    same("what is to go", &expiring, &expected)?;
    for webhook in [&one, &other] {
        let gone = expire(&mut scene, webhook, -1, 10).await?;
        same("what is gone", &gone, &Expired { deleted: 1, undelivered: 0 })?;
    }
    same("alerts", &alerts(&scene).await?, &vec![])?;
    let expiring = scene.store.list_expiring(here(), instant(-1), 10).await.or_said("asking")?;
    same("nothing more", &expiring, &vec![])
}

/// Fails what is first so often, each time at the first instant at which it is due; returns which it
/// was.
async fn fail(scene: &mut Scene, from_ms: i64, times: u32) -> Result<domain::ids::EventId, String> {
    let mut now_ms = from_ms;
    let mut event = None;
    for failures in 1..=times {
        let claimed = scene.claimed(now_ms, 100).await?;
        let [only] = &claimed[..] else {
            return Err(format!("{} in hand before failure {failures}", claimed.len()));
        };
        event = Some(only.event);
        let heard = scene.came_back(only.hand(), now_ms, 500).await?;
        same("heard", &heard, &Heard::Yes)?;
        let found = scene.store.find_delivery(ref_of(&only.webhook), only.event).await;
        let (found, _) = found.or_said("finding")?.ok_or("the delivery is gone")?;
        let next_at = instant(now_ms + 1).plus_millis(wait_ms(failures));
        same("its wait", &found.state, &DeliveryState::Waiting { failures, next_at })?;
        now_ms += 1 + wait_ms(failures);
        same("too early", &scene.claimed(now_ms - 1, 100).await?.len(), &0)?;
    }
    event.ok_or_else(|| "nothing failed".to_owned())
}

async fn expire(
    scene: &mut Scene,
    webhook: &Webhook,
    until_ms: i64,
    limit: u32,
) -> Result<Expired, String> {
    let command = ExpireDeliveries {
        webhook: webhook.id,
        made_until: instant(until_ms),
        at: instant(9),
        limit,
        trail: scene.trail(&here(), 0),
    };
    scene.store.expire_deliveries(command).await.or_said("deleting what is old")
}

async fn alerts(scene: &Scene) -> Result<Vec<Alert>, String> {
    let rows = scene.store.list_alerts(0, 100).await.or_said("listing alerts")?;
    Ok(rows.into_iter().map(|row| row.alert).collect())
}

const fn count_of(alert: Alert) -> u32 {
    match alert {
        Alert::Expired(many) => many,
        Alert::Failing(_) | Alert::Interrupted => 0,
    }
}
