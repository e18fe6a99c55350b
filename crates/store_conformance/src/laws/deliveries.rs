//! Laws of deliveries: each event is taken once, sent in order, and heard of once.
//!
//! Must not send anything.

use domain::ids::Place;
use domain::webhook::{Webhook, WebhookSwitch};
use store::command::{
    Claimed, Consumer, CursorMoved, Delivery, DeliveryState, EventPosition, Heard, ListDeliveries,
    ResendDelivery, ResendDeliveryRejection, WebhookChange,
};

use super::law;
use crate::checks::{OrSaid, ensure, rejected, same};
use crate::scene::deliveries::ref_of;
use crate::scene::{Scene, elsewhere, here, instant};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 11] = [
    law!("events are taken once by each consumer, and what follows is put up with that", once),
    law!("of a sequential webhook the first undelivered event is in hand, and no other", in_order),
    law!("of a free webhook eight events are in hand at most, and none waits for another", free),
    law!("of a free webhook whose receiver fails one event at a time is in hand", failing),
    law!("what is in one hand is in no other until its time is over", one_hand),
    law!("whoever comes back late is not heard", late),
    law!("webhooks have their turns, whatever waits for others", turns),
    law!("a turn is told of from the instant on at which it has come, and not before", told),
    law!("nothing is handed out for webhooks that are off, deleted or elsewhere", not_sent),
    law!("deliveries are listed in the order of their events, with what came of them", listed),
    law!("an event is sent once more with the same body, and only where it was sent before", again),
];

async fn once(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    scene.happened(&root, 2).await?;
    let command = scene.untaken(&[&webhook], 0).await?;
    same("what follows", &command.deliveries.len(), &2)?;
    scene.store.take_events(command.clone()).await.or_said("taking events")?;
    let mail = scene.store.cursor(Consumer::Mail).await.or_said("reading a cursor")?;
    same("the cursor of another", &mail, &EventPosition::START)?;
    let again = scene.store.take_events(command).await;
    rejected("taking them again", &again, &CursorMoved)?;
    same("deliveries", &deliveries(&scene, &webhook).await?.len(), &2)?;
    let command = scene.untaken(&[&webhook], 0).await?;
    same("what is left", &command.deliveries.len(), &0)
}

async fn in_order(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    scene.put_up(&root, &[&webhook], 3).await?;
    let expected: Vec<_> = deliveries(&scene, &webhook).await?;
    // The second fails once before it is taken.
    let mut sent = Vec::new();
    for (now_ms, status) in [(0, 200), (10, 500), (30_011, 204), (30_020, 200)] {
        let claimed = scene.claimed(now_ms, 100).await?;
        let [only] = &claimed[..] else {
            return Err(format!("in hand at {now_ms} ms: {}", claimed.len()));
        };
        same("another hand", &scene.claimed(now_ms, 100).await?.len(), &0)?;
        same("heard", &scene.came_back(only.hand(), now_ms, status).await?, &Heard::Yes)?;
        sent.push(only.event);
        if status == 500 {
            same("while it waits", &scene.claimed(30_010, 100).await?.len(), &0)?;
        }
    }
    let order = [0, 1, 1, 2].map(|at: usize| expected[at].event).to_vec();
    same("what was sent", &sent, &order)?;
    same("afterwards", &scene.claimed(40_000, 100).await?.len(), &0)
}

async fn free(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_free_webhook(&root).await?;
    scene.put_up(&root, &[&webhook], 10).await?;
    let claimed = scene.claimed(0, 100).await?;
    same("in hand", &claimed.len(), &8)?;
    same("bodies", &claimed[0].body, &deliveries(&scene, &webhook).await?[0].body)?;
    // The first fails, and the others go on.
    scene.came_back(claimed[0].hand(), 0, 500).await?;
    for one in &claimed[1..] {
        scene.came_back(one.hand(), 0, 200).await?;
    }
    let rest = scene.claimed(1, 100).await?;
    same("the rest", &rest.len(), &2)?;
    for one in &rest {
        scene.came_back(one.hand(), 1, 200).await?;
    }
    same("before its time", &scene.claimed(30_000, 100).await?.len(), &0)?;
    let last = scene.claimed(30_001, 100).await?;
    let events: Vec<_> = last.iter().map(|one| one.event).collect();
    same("in its time", &events, &vec![claimed[0].event])
}

async fn failing(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_free_webhook(&root).await?;
    scene.put_up(&root, &[&webhook], 20).await?;
    let claimed = scene.claimed(0, 100).await?;
    scene.came_back(claimed[0].hand(), 0, 500).await?;
    same("while the others are under way", &scene.claimed(1, 100).await?.len(), &0)?;
    for one in &claimed[1..] {
        scene.came_back(one.hand(), 0, 500).await?;
    }
    let next = only(scene.claimed(1, 100).await?)?;
    same("beside it", &scene.claimed(1, 100).await?.len(), &0)?;
    scene.came_back(next.hand(), 1, 500).await?;
    // What failed comes before what was never tried, so that its time is the ladder's.
    let again = only(scene.claimed(30_001, 100).await?)?;
    same("in its time", &again.event, &claimed[0].event)?;
    scene.came_back(again.hand(), 30_001, 200).await?;
    same("once it answers", &scene.claimed(30_002, 100).await?.len(), &8)
}

async fn one_hand(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_free_webhook(&root).await?;
    scene.put_up(&root, &[&webhook], 2).await?;
    let first = scene.claimed(0, 100).await?;
    same("in hand", &first.len(), &2)?;
    same("in another", &scene.claimed_at(&here(), 9_999_999, 9_999, 100).await?.len(), &0)?;
    let second = scene.claimed_at(&here(), 0, 10_000, 100).await?;
    same("after its time", &second.len(), &2)?;
    ensure(second[0].fence > first[0].fence, || "the hand has an old number".to_owned())?;
    // What is given back is free at once, and nothing was counted.
    let hands = second.iter().map(Claimed::hand).collect();
    scene.store.release_deliveries(hands).await.or_said("giving back")?;
    same("given back", &scene.claimed_at(&here(), 0, 10_001, 100).await?.len(), &2)?;
    let counted: Vec<u32> =
        deliveries(&scene, &webhook).await?.iter().map(|one| one.attempts).collect();
    same("attempts", &counted, &vec![0, 0])
}

async fn told(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    same("before there is anything", &turns_have_come(&scene, &here(), (1, 1)).await?, &false)?;
    scene.put_up(&root, &[&webhook], 1).await?;
    same("elsewhere", &turns_have_come(&scene, &elsewhere()[0], (1, 1)).await?, &false)?;
    same("put up", &turns_have_come(&scene, &here(), (0, 0)).await?, &true)?;
    let hand = only(scene.claimed(0, 100).await?)?.hand();
    same("in hand", &turns_have_come(&scene, &here(), (99_999, 9_999)).await?, &false)?;
    same("out of it", &turns_have_come(&scene, &here(), (0, 10_000)).await?, &true)?;
    scene.came_back(hand, 0, 500).await?;
    same("while it waits", &turns_have_come(&scene, &here(), (30_000, 99_999)).await?, &false)?;
    same("in its time", &turns_have_come(&scene, &here(), (30_001, 0)).await?, &true)
}

/// Whether turns have come, by an instant of the place and one of the system's clock.
async fn turns_have_come(
    scene: &Scene,
    place: &Place,
    (now_ms, clock_ms): (i64, i64),
) -> Result<bool, String> {
    let turns = scene.store.turns(place.clone()).await.or_said("asking for turns")?;
    Ok(turns.have_come(instant(now_ms), instant(clock_ms)))
}

async fn late(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    scene.put_up(&root, &[&webhook], 1).await?;
    let first = only(scene.claimed(0, 100).await?)?;
    let second = only(scene.claimed(10_000, 100).await?)?;
    same("the first hand", &scene.came_back(first.hand(), 0, 500).await?, &Heard::No)?;
    same("its attempts", &deliveries(&scene, &webhook).await?[0].attempts, &0)?;
    same("the second hand", &scene.came_back(second.hand(), 0, 200).await?, &Heard::Yes)?;
    same("twice", &scene.came_back(second.hand(), 0, 500).await?, &Heard::No)?;
    let state = deliveries(&scene, &webhook).await?[0].state;
    same("its state", &state, &DeliveryState::Delivered { at: instant(1) })
}

async fn turns(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let mut webhooks = Vec::new();
    for _ in 0..3 {
        webhooks.push(scene.made_free_webhook(&root).await?);
    }
    let all: Vec<&Webhook> = webhooks.iter().collect();
    scene.put_up(&root, &all, 4).await?;
    let mut served = Vec::new();
    for now_ms in 10..16 {
        let claimed = only(scene.claimed(now_ms, 1).await?)?;
        served.push(claimed.webhook.id);
    }
    let (round, next) = served.split_at(3);
    let mut distinct = round.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    same("webhooks served in a round", &distinct.len(), &3)?;
    same("the next round", &next.to_vec(), &round.to_vec())
}

async fn not_sent(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let (off, gone) = (scene.made_webhook(&root).await?, scene.made_webhook(&root).await?);
    scene.put_up(&root, &[&off, &gone], 1).await?;
    let switch = |switch| WebhookChange { switch: Some(switch), ..WebhookChange::default() };
    let command = scene.update_webhook(&off, switch(WebhookSwitch::Off));
    scene.store.update_webhook(command).await.or_said("switching off")?;
    scene.deleted_webhook(&gone).await?;
    same("off and deleted", &scene.claimed(0, 100).await?.len(), &0)?;
    scene.put_up(&root, &[&gone], 1).await?;
    same("deleted before", &scene.claimed(0, 100).await?.len(), &0)?;
    let command = scene.update_webhook(&off, switch(WebhookSwitch::On));
    scene.store.update_webhook(command).await.or_said("switching on")?;
    for place in elsewhere() {
        same("elsewhere", &scene.claimed_at(&place, 0, 0, 100).await?.len(), &0)?;
    }
    let claimed = only(scene.claimed(0, 100).await?)?;
    same("on again", &claimed.webhook.id, &off.id)
}

async fn listed(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    scene.put_up(&root, &[&webhook], 5).await?;
    let all = deliveries(&scene, &webhook).await?;
    ensure(all.len() == 5 && all.is_sorted_by_key(|one| one.position), || "no order".to_owned())?;
    for (at_ms, status) in [(0, 503), (30_001, 200)] {
        let claimed = only(scene.claimed(at_ms, 100).await?)?;
        scene.came_back(claimed.hand(), at_ms, status).await?;
    }
    let mut question =
        ListDeliveries { webhook: ref_of(&webhook), after: EventPosition::START, limit: 2 };
    let mut found = Vec::new();
    loop {
        let page = scene.store.list_deliveries(question.clone()).await.or_said("listing")?;
        found.extend(page.items.into_iter().map(|one| (one.event, one.attempts)));
        let Some(next) = page.next else { break };
        question.after = next;
    }
    let attempts = [2, 0, 0, 0, 0];
    let expected: Vec<_> = all.iter().zip(attempts).map(|(one, many)| (one.event, many)).collect();
    same("in pages", &found, &expected)?;
    let one = scene.store.find_delivery(ref_of(&webhook), all[0].event).await.or_said("finding")?;
    let (one, kept) = one.ok_or("the delivery is not there")?;
    same("its state", &one.state, &DeliveryState::Delivered { at: instant(30_002) })?;
    let kept: Vec<_> = kept.iter().map(|one| (one.number, one.ending.number(), one.at)).collect();
    same("its attempts", &kept, &vec![(1, 503, instant(0)), (2, 200, instant(30_001))])
}

async fn again(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let (webhook, other) = (scene.made_webhook(&root).await?, scene.made_webhook(&root).await?);
    scene.put_up(&root, &[&webhook], 1).await?;
    let first = only(scene.claimed(0, 100).await?)?;
    scene.came_back(first.hand(), 0, 200).await?;
    same("delivered", &scene.claimed(1, 100).await?.len(), &0)?;
    let mut command = ResendDelivery {
        webhook: ref_of(&webhook),
        event: first.event,
        at: instant(2),
        trail: scene.trail(&here(), 0),
    };
    scene.store.resend_delivery(command.clone()).await.or_said("sending again")?;
    let second = only(scene.claimed(2, 100).await?)?;
    same("the same", &(second.event, &second.body), &(first.event, &first.body))?;
    command.webhook = ref_of(&other);
    command.trail = scene.trail(&here(), 0);
    let outcome = scene.store.resend_delivery(command).await;
    rejected("another's", &outcome, &ResendDeliveryRejection::NoSuchDelivery)
}

fn only(mut claimed: Vec<Claimed>) -> Result<Claimed, String> {
    let many = claimed.len();
    claimed.pop().filter(|_| many == 1).ok_or_else(|| format!("in hand: {many}, expected one"))
}

async fn deliveries(scene: &Scene, webhook: &Webhook) -> Result<Vec<Delivery>, String> {
    let question =
        ListDeliveries { webhook: ref_of(webhook), after: EventPosition::START, limit: 100 };
    Ok(scene.store.list_deliveries(question).await.or_said("listing deliveries")?.items)
}
