//! Laws of the tokens of a webhook: how one replaces another, and when the older one is forgotten.
//!
//! Must not look at what is sent: engines sign, and stores keep.

use domain::ids::Place;
use domain::secret::Overlap;
use domain::webhook::Webhook;
use domain::webhook_rotation::FormerToken;
use store::command::{
    EraseSecrets, ErasedWhere, NoSuchWebhook, ReplacedToken, RotateWebhook, RotateWebhookRejection,
    WebhookChange, WebhookRef,
};

use super::law;
use super::once::once;
use crate::before::Before;
use crate::checks::{OrSaid, refused, rejected, same};
use crate::scene::webhooks::token;
use crate::scene::{Scene, elsewhere, here, instant, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 8] = [
    law!(
        "a webhook is given another token, and the one before goes along for the overlap",
        replaced
    ),
    law!("a rotation of a webhook that is refused leaves nothing", refusals),
    law!("a rotation of a webhook replaces the token that was seen, and no other", unseen),
    law!("a rotation of a webhook leaves one audit entry, or nothing at all", audited),
    law!("a rotation of a webhook that is asked for again is made once", done_once),
    law!("a webhook that is given a token by an update keeps no other", given),
    law!("a deleted webhook keeps no token at all", over),
    law!(
        "replaced tokens that have ended are erased there, no others and no more than asked",
        erased
    ),
];

/// A rotation of the token that this webhook has, at the instant 10, with an overlap of two seconds.
fn rotate(scene: &mut Scene, webhook: &Webhook, text: &str) -> RotateWebhook {
    let Webhook { place, account, id, token: seen, .. } = webhook.clone();
    let trail = scene.trail(&place, 0);
    RotateWebhook {
        webhook: WebhookRef { place, account, webhook: id },
        replaces: seen.map_or(ReplacedToken::NoneSeen, ReplacedToken::Seen),
        token: token(text),
        overlap: Overlap::from_seconds(2).expect("a lawful overlap"),
        at: instant(10),
        once: None,
        trail,
    }
}

async fn rotated(scene: &mut Scene, webhook: &Webhook, text: &str) -> Result<Webhook, String> {
    let command = rotate(scene, webhook, text);
    scene.store.rotate_webhook(command).await.or_said("rotating a webhook")
}

const TEXTS: [&str; 3] = [
    "the-second-token-of-this-webhook",
    "the-third-token-of-this-webhook-",
    "the-fourth-token-of-this-webhook",
];

async fn replaced(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let other = scene.made_webhook(&root).await?;
    let mut webhook = scene.made_webhook(&root).await?;
    for (text, seconds) in TEXTS.into_iter().zip([2, 604_800, 0]) {
        let mut command = rotate(&mut scene, &webhook, text);
        command.overlap = Overlap::from_seconds(seconds).expect("a lawful overlap");
        let ends_at = command.overlap.end_from(command.at);
        let former = webhook.token.clone().map(|token| FormerToken { token, ends_at });
        webhook.former = former.filter(|_| seconds > 0);
        webhook.token = Some(token(text));
        webhook.epoch = scene.epoch().await? + 1;
        let answer = scene.store.rotate_webhook(command).await.or_said("rotating")?;
        same("the answer", &answer, &webhook)?;
        same("the webhook", &scene.found_webhook(&webhook).await?.as_ref(), &Some(&webhook))?;
        let listed = vec![other.clone(), webhook.clone()];
        same("the list", &scene.listed_webhooks(&root).await?, &listed)?;
    }
    Ok(())
}

async fn refusals(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let sub = scene.made_subaccount(&root).await?;
    let webhook = scene.made_webhook(&sub).await?;
    let mut bare = scene.webhook(&sub);
    bare.webhook.token = None;
    let bare = scene.store.create_webhook(bare).await.or_said("making a webhook")?;
    let gone = scene.made_webhook(&sub).await?;
    scene.deleted_webhook(&gone).await?;
    let before = Before::of(&scene).await?;
    let elsewhere = elsewhere().map(|place| Webhook { place, ..webhook.clone() });
    let under_the_parent = Webhook { account: root.id, ..webhook.clone() };
    for other in elsewhere.iter().chain([&under_the_parent, &gone]) {
        let command = rotate(&mut scene, other, TEXTS[0]);
        let outcome = scene.store.rotate_webhook(command).await;
        rejected("of no such webhook", &outcome, &RotateWebhookRejection::NoSuchWebhook)?;
    }
    let command = rotate(&mut scene, &bare, TEXTS[0]);
    let outcome = scene.store.rotate_webhook(command).await;
    rejected("of nothing", &outcome, &RotateWebhookRejection::NoToken)?;
    let mut command = rotate(&mut scene, &webhook, TEXTS[0]);
    command.token = webhook.token.clone().ok_or("the webhook has no token")?;
    let outcome = scene.store.rotate_webhook(command).await;
    rejected("by itself", &outcome, &RotateWebhookRejection::SameToken)?;
    for one in [&webhook, &bare] {
        same("the webhook", &scene.found_webhook(one).await?.as_ref(), &Some(one))?;
    }
    before.still(&scene).await
}

async fn unseen(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let mut bare = scene.webhook(&root);
    bare.webhook.token = None;
    let bare = scene.store.create_webhook(bare).await.or_said("making a webhook")?;
    let first = scene.made_webhook(&root).await?;
    for (webhook, new) in
        [(&first, Some(token(TEXTS[1]))), (&first, None), (&bare, Some(token(TEXTS[1])))]
    {
        let change = WebhookChange { token: Some(new), ..WebhookChange::default() };
        let command = scene.update_webhook(webhook, change);
        let changed = scene.store.update_webhook(command).await.or_said("updating")?;
        let before = Before::of(&scene).await?;
        let command = rotate(&mut scene, webhook, TEXTS[0]);
        let expected = match command.replaces {
            ReplacedToken::Seen(_) => RotateWebhookRejection::TokenChanged,
            ReplacedToken::NoneSeen => RotateWebhookRejection::NoToken,
        };
        let outcome = scene.store.rotate_webhook(command).await;
        rejected("of what was not seen", &outcome, &expected)?;
        same("the webhook", &scene.found_webhook(webhook).await?, &Some(changed))?;
        before.still(&scene).await?;
    }
    // Whatever else was changed is in nobody's way.
    let webhook = scene.made_webhook(&root).await?;
    let change = WebhookChange { name: Some(name("b")), ..WebhookChange::default() };
    let command = scene.update_webhook(&webhook, change);
    scene.store.update_webhook(command).await.or_said("updating")?;
    rotated(&mut scene, &webhook, TEXTS[0]).await.map(drop)
}

async fn audited(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    let trail = scene.trail_count().await?;
    let first = rotate(&mut scene, &webhook, TEXTS[0]);
    let taken = first.trail.audit.id;
    let kept = scene.store.rotate_webhook(first).await.or_said("rotating")?;
    let now = scene.trail_count().await?;
    same("the audit", &now.audit, &(trail.audit + 1))?;
    same("the events", &now.events, &trail.events)?;
    let before = Before::of(&scene).await?;
    let mut second = rotate(&mut scene, &kept, TEXTS[1]);
    second.trail.audit.id = taken;
    refused("a trail that is taken", &scene.store.rotate_webhook(second).await)?;
    same("the webhook", &scene.found_webhook(&webhook).await?, &Some(kept))?;
    before.still(&scene).await
}

async fn done_once(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    let mut command = rotate(&mut scene, &webhook, TEXTS[0]);
    command.once = once(1, 1, 10);
    let made = scene.store.rotate_webhook(command).await.or_said("rotating")?;
    let before = Before::of(&scene).await?;
    // Whatever token was seen and is brought along then: the first answer holds.
    let bare = Webhook { token: None, ..webhook.clone() };
    for seen in [&made, &bare] {
        let mut again = rotate(&mut scene, seen, TEXTS[1]);
        again.once = once(1, 1, 20);
        let answer = scene.store.rotate_webhook(again).await.or_said("rotating again")?;
        same("the answer", &answer, &made)?;
    }
    same("the webhook", &scene.found_webhook(&webhook).await?, &Some(made.clone()))?;
    let mut other = rotate(&mut scene, &webhook, TEXTS[1]);
    other.once = once(1, 2, 20);
    let outcome = scene.store.rotate_webhook(other).await;
    rejected("another request", &outcome, &RotateWebhookRejection::OtherRequest)?;
    before.still(&scene).await?;
    let change = WebhookChange { name: Some(name("b")), ..WebhookChange::default() };
    let command = scene.update_webhook(&webhook, change);
    let changed = scene.store.update_webhook(command).await.or_said("updating")?;
    let before = Before::of(&scene).await?;
    for seen in [&made, &bare] {
        let mut late = rotate(&mut scene, seen, TEXTS[1]);
        late.once = once(1, 1, 30);
        let outcome = scene.store.rotate_webhook(late).await;
        rejected("a changed webhook", &outcome, &RotateWebhookRejection::AlreadyRotated)?;
    }
    same("the webhook", &scene.found_webhook(&webhook).await?, &Some(changed))?;
    before.still(&scene).await
}

async fn given(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    for new in [Some(token(TEXTS[1])), None] {
        let webhook = scene.made_webhook(&root).await?;
        let mut webhook = rotated(&mut scene, &webhook, TEXTS[0]).await?;
        // What is about anything else leaves both.
        for change in [
            WebhookChange { name: Some(name("b")), ..WebhookChange::default() },
            WebhookChange { token: Some(new.clone()), ..WebhookChange::default() },
        ] {
            webhook.epoch = scene.epoch().await? + 1;
            if change.token.is_some() {
                (webhook.token, webhook.former) = (new.clone(), None);
            } else {
                webhook.name = name("b");
            }
            let command = scene.update_webhook(&webhook, change);
            let answer = scene.store.update_webhook(command).await.or_said("updating")?;
            same("the answer", &answer, &webhook)?;
            same("the webhook", &scene.found_webhook(&webhook).await?.as_ref(), &Some(&webhook))?;
        }
    }
    Ok(())
}

async fn over(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let sub = scene.made_subaccount(&root).await?;
    let mut webhooks = Vec::new();
    for account in [&root, &sub] {
        let webhook = scene.made_webhook(account).await?;
        webhooks.push(rotated(&mut scene, &webhook, TEXTS[0]).await?);
    }
    scene.deleted_webhook(&webhooks[0]).await?;
    scene.deleted_account(&sub, []).await?;
    for webhook in &webhooks {
        let found = scene.found_webhook(webhook).await?.ok_or("the webhook is gone")?;
        same("its tokens", &(found.token, found.former), &(None, None))?;
        let command = rotate(&mut scene, webhook, TEXTS[1]);
        let outcome = scene.store.rotate_webhook(command).await;
        rejected("rotating", &outcome, &RotateWebhookRejection::NoSuchWebhook)?;
        let command = scene.update_webhook(webhook, WebhookChange::default());
        rejected("updating", &scene.store.update_webhook(command).await, &NoSuchWebhook)?;
    }
    Ok(())
}

async fn erased(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let [elsewhere, ..] = elsewhere();
    let mut webhooks = Vec::new();
    for (place, at_ms) in [(here(), 10), (here(), 11), (here(), 12), (elsewhere, 10)] {
        let root = scene.made_root(&place).await?;
        let webhook = scene.made_webhook(&root).await?;
        let mut command = rotate(&mut scene, &webhook, TEXTS[0]);
        command.at = instant(at_ms);
        webhooks.push(scene.store.rotate_webhook(command).await.or_said("rotating")?);
    }
    let before = Before::of(&scene).await?;
    for (place, at_ms, limit, count, left) in [
        (Some(here()), 2_009, 10, 0, [true, true, true, true]),
        (Some(here()), 2_010, 10, 1, [false, true, true, true]),
        (Some(here()), 2_010, 10, 0, [false, true, true, true]),
        (Some(here()), 2_012, 0, 0, [false, true, true, true]),
        (Some(here()), 2_012, 1, 1, [false, false, true, true]),
        (None, 2_012, 10, 2, [false, false, false, false]),
        (None, 9_999, 10, 0, [false, false, false, false]),
    ] {
        same("how many were erased", &erase(&scene, place, at_ms, limit).await?, &count)?;
        for (webhook, left) in webhooks.iter().zip(left) {
            let former = webhook.former.clone().filter(|_| left);
            let expected = Webhook { former, ..webhook.clone() };
            same("a webhook", &scene.found_webhook(webhook).await?, &Some(expected))?;
        }
    }
    before.still(&scene).await
}

async fn erase(scene: &Scene, place: Option<Place>, at_ms: i64, limit: u32) -> Result<u32, String> {
    let place = place.map_or(ErasedWhere::Everywhere, ErasedWhere::In);
    let command = EraseSecrets { place, at: instant(at_ms), limit };
    scene.store.erase_secrets(command).await.or_said("erasing")
}
