//! Laws of webhooks: as they are made, changed and deleted, and whose they are.
//!
//! Must not look at the limit; that has its own laws.

use domain::account::{Account, AccountKind};
use domain::ids::WebhookId;
use domain::webhook::{Queue, SendOrder, Webhook, WebhookSwitch};
use store::command::{CreateWebhookRejection, NoSuchWebhook, WebhookChange};

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, refused, rejected, same};
use crate::scene::webhooks::{events, mail, token, url};
use crate::scene::{Scene, elsewhere, here, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 7] = [
    law!("webhooks are found and listed as they were made, in the order of their making", as_made),
    law!("an update of a webhook changes the fields it names and no other", named_fields),
    law!("an update of a webhook that changes nothing leaves nothing", unchanged),
    law!("a webhook is found, changed and deleted only under its account and place", apart),
    law!("a webhook is found without its account, and in its own place alone", in_its_place),
    law!("a deleted webhook is over for good, and its token forgotten", over),
    law!("every change of a webhook leaves one audit entry", audited),
];

async fn as_made(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let mut made = Vec::new();
    for at in 0..3 {
        let mut command = scene.webhook(&root);
        if at == 1 {
            command.webhook.order = SendOrder::Free;
            command.webhook.switch = WebhookSwitch::Off;
            command.webhook.queue = Queue::Interrupted;
            command.webhook.token = None;
        }
        let expected = Webhook { epoch: scene.epoch().await? + 1, ..command.webhook.clone() };
        let webhook = scene.store.create_webhook(command).await.or_said("making a webhook")?;
        same("the answer", &webhook, &expected)?;
        same("the webhook", &scene.found_webhook(&webhook).await?, &Some(expected))?;
        made.push(webhook);
    }
    same("the list", &scene.listed_webhooks(&root).await?, &made)?;
    let before = Before::of(&scene).await?;
    let mut command = scene.webhook(&root);
    command.webhook.id = made[0].id;
    refused("an id that is taken", &scene.store.create_webhook(command).await)?;
    let absent = scene.account(&here(), AccountKind::Root).account;
    for account in
        elsewhere().map(|place| Account { place, ..root.clone() }).iter().chain([&absent])
    {
        let command = scene.webhook(account);
        let outcome = scene.store.create_webhook(command).await;
        rejected("of nobody", &outcome, &CreateWebhookRejection::NoSuchAccount)?;
    }
    before.still(&scene).await
}

type Edit = (WebhookChange, fn(&mut Webhook));

fn edits() -> [Edit; 9] {
    let none = WebhookChange::default;
    [
        (WebhookChange { name: Some(name("b")), ..none() }, |one| one.name = name("b")),
        (WebhookChange { url: Some(url("http://b.example/")), ..none() }, |one| {
            one.url = url("http://b.example/");
        }),
        (WebhookChange { mail: Some(mail("b@b.example")), ..none() }, |one| {
            one.mail = mail("b@b.example");
        }),
        (WebhookChange { order: Some(SendOrder::Free), ..none() }, |one| {
            one.order = SendOrder::Free;
        }),
        (WebhookChange { events: Some(events("KEY_ENABLED")), ..none() }, |one| {
            one.events = events("KEY_ENABLED");
        }),
        (WebhookChange { switch: Some(WebhookSwitch::Off), ..none() }, |one| {
            one.switch = WebhookSwitch::Off;
        }),
        (WebhookChange { queue: Some(Queue::Interrupted), ..none() }, |one| {
            one.queue = Queue::Interrupted;
        }),
        (WebhookChange { token: Some(Some(token(&"t".repeat(40)))), ..none() }, |one| {
            one.token = Some(token(&"t".repeat(40)));
        }),
        (WebhookChange { token: Some(None), ..none() }, |one| one.token = None),
    ]
}

async fn named_fields(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let other = scene.made_webhook(&root).await?;
    let mut webhook = scene.made_webhook(&root).await?;
    for (change, edit) in edits() {
        edit(&mut webhook);
        webhook.epoch = scene.epoch().await? + 1;
        let command = scene.update_webhook(&webhook, change);
        let answer = scene.store.update_webhook(command).await.or_said("updating")?;
        same("the answer", &answer, &webhook)?;
        same("the webhook", &scene.found_webhook(&webhook).await?.as_ref(), &Some(&webhook))?;
    }
    same("another webhook", &scene.found_webhook(&other).await?, &Some(other))
}

async fn unchanged(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    let before = Before::of(&scene).await?;
    let as_it_is = WebhookChange {
        name: Some(webhook.name.clone()),
        url: Some(webhook.url.clone()),
        mail: Some(webhook.mail.clone()),
        order: Some(webhook.order),
        events: Some(webhook.events.clone()),
        switch: Some(webhook.switch),
        queue: Some(webhook.queue),
        token: Some(webhook.token.clone()),
    };
    for change in [WebhookChange::default(), as_it_is] {
        let command = scene.update_webhook(&webhook, change);
        let answer = scene.store.update_webhook(command).await.or_said("an update of nothing")?;
        same("the answer", &answer, &webhook)?;
    }
    before.still(&scene).await
}

async fn apart(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let sub = scene.made_subaccount(&root).await?;
    let webhook = scene.made_webhook(&sub).await?;
    let before = Before::of(&scene).await?;
    let under_the_parent = Webhook { account: root.id, ..webhook.clone() };
    let absent = Webhook { id: WebhookId::from_u128(7), ..webhook.clone() };
    let foreign = elsewhere().map(|place| Webhook { place, ..webhook.clone() });
    for other in foreign.iter().chain([&under_the_parent, &absent]) {
        same("what is found", &scene.found_webhook(other).await?, &None)?;
        let command = scene.update_webhook(other, WebhookChange::default());
        rejected("updating", &scene.store.update_webhook(command).await, &NoSuchWebhook)?;
        let command = scene.delete_webhook(other);
        rejected("deleting", &scene.store.delete_webhook(command).await, &NoSuchWebhook)?;
    }
    same("the parent's list", &scene.listed_webhooks(&root).await?, &Vec::new())?;
    same("the webhook", &scene.found_webhook(&webhook).await?, &Some(webhook))?;
    before.still(&scene).await
}

async fn in_its_place(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let sub = scene.made_subaccount(&root).await?;
    for owner in [&root, &sub] {
        let webhook = scene.made_webhook(owner).await?;
        let found = scene.store.find_webhook(here(), None, webhook.id).await;
        same("the webhook", &found.or_said("finding it")?.as_ref(), &Some(&webhook))?;
        for place in elsewhere() {
            let found = scene.store.find_webhook(place, None, webhook.id).await;
            same("what is found elsewhere", &found.or_said("looking for it")?, &None)?;
        }
    }
    Ok(())
}

async fn over(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let [gone, kept] = [scene.made_webhook(&root).await?, scene.made_webhook(&root).await?];
    let mut expected = Webhook { epoch: kept.epoch + 1, ..gone.clone() };
    expected.delete();
    let deleted = scene.deleted_webhook(&gone).await?;
    same("the answer", &deleted, &expected)?;
    same("the webhook", &scene.found_webhook(&gone).await?, &Some(expected))?;
    same("the list", &scene.listed_webhooks(&root).await?, &vec![kept])?;
    let before = Before::of(&scene).await?;
    let change = WebhookChange { switch: Some(WebhookSwitch::Off), ..WebhookChange::default() };
    for change in [WebhookChange::default(), change] {
        let command = scene.update_webhook(&gone, change);
        rejected("updating", &scene.store.update_webhook(command).await, &NoSuchWebhook)?;
    }
    let command = scene.delete_webhook(&gone);
    rejected("deleting again", &scene.store.delete_webhook(command).await, &NoSuchWebhook)?;
    before.still(&scene).await
}

async fn audited(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let first = scene.trail_count().await?.audit;
    let webhook = scene.made_webhook(&root).await?;
    same("after making", &scene.trail_count().await?.audit, &(first + 1))?;
    let change = WebhookChange { name: Some(name("b")), ..WebhookChange::default() };
    let command = scene.update_webhook(&webhook, change);
    scene.store.update_webhook(command).await.or_said("updating")?;
    same("after updating", &scene.trail_count().await?.audit, &(first + 2))?;
    scene.deleted_webhook(&webhook).await?;
    same("after deleting", &scene.trail_count().await?.audit, &(first + 3))
}
