//! Laws of the limit of webhooks that an account may have.
//!
//! Must not rely on luck: callers meet because the store lets them.

use std::sync::Arc;

use domain::account::Account;
use store::command::{CreateWebhook, CreateWebhookRejection};
use store::fault::Failure;
use tokio::task::JoinSet;

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, rejected, same};
use crate::scene::{Scene, here};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 2] = [
    law!("sixteen callers at once fill an account capped at ten with exactly ten webhooks", race),
    law!("deleted webhooks and those of others leave room under the limit", room),
];

const CALLERS: usize = 16;
const LIMIT: u32 = 10;

fn webhook(scene: &mut Scene, account: &Account, limit: u32) -> CreateWebhook {
    CreateWebhook { webhooks_max: limit, ..scene.webhook(account) }
}

async fn race(bench: &dyn Bench) -> Verdict {
    const REACHED: CreateWebhookRejection = CreateWebhookRejection::LimitReached { limit: LIMIT };
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let store = Arc::clone(&scene.store);
        let command = webhook(&mut scene, &root, LIMIT);
        callers.spawn(async move { store.create_webhook(command).await });
    }
    let (mut made, mut turned_away) = (0, 0);
    for outcome in callers.join_all().await {
        match outcome {
            Ok(_) => made += 1,
            Err(Failure::Rejected(rejection)) if rejection == REACHED => turned_away += 1,
            Err(failure) => return Err(format!("a caller got {failure:?}")),
        }
    }
    same("webhooks made and callers turned away", &(made, turned_away), &(10, 6))?;
    same("webhooks that are there", &scene.listed_webhooks(&root).await?.len(), &10)?;
    let before = Before::of(&scene).await?;
    let command = webhook(&mut scene, &root, LIMIT);
    let refused = command.webhook.clone();
    rejected("one too many", &scene.store.create_webhook(command).await, &REACHED)?;
    same("what is left of it", &scene.found_webhook(&refused).await?, &None)?;
    before.still(&scene).await
}

async fn room(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let sub = scene.made_subaccount(&root).await?;
    for _ in 0..3 {
        scene.made_webhook(&sub).await?;
        let deleted = scene.made_webhook(&root).await?;
        scene.deleted_webhook(&deleted).await?;
    }
    let command = webhook(&mut scene, &root, 1);
    scene.store.create_webhook(command).await.or_said("making one where there is room")?;
    let command = webhook(&mut scene, &root, 1);
    let outcome = scene.store.create_webhook(command).await;
    rejected("a second", &outcome, &CreateWebhookRejection::LimitReached { limit: 1 })
}
