//! Gives a webhook another token; the one in use goes along for a while.
//!
//! Must not keep a third one, replace one that nobody has seen, nor replace it again for a request that
//! was answered already.

use domain::webhook::Webhook;
use rusqlite::Transaction;
use store::command::{ReplacedToken, RotateWebhook, RotateWebhookRejection, WebhookRef};
use store::fault::{Failure, Outcome};

use super::Written;
use super::once::{self, Made};
use crate::records::webhook;
use crate::{epoch, trail};

pub(crate) fn run(
    tx: &Transaction<'_>,
    command: &RotateWebhook,
) -> Outcome<Written<Webhook>, RotateWebhookRejection> {
    let reject = |why| Err(Failure::Rejected(why));
    let RotateWebhook { webhook, replaces, token, overlap, at, once, trail } = command;
    let WebhookRef { place, account, webhook } = webhook;
    let Some(mut webhook) = webhook::find_active(tx, place, *account, *webhook)? else {
        return reject(RotateWebhookRejection::NoSuchWebhook);
    };
    if let Some(once) = once
        && let Some(done) = once::find(tx, once)?
    {
        return match done.made_for(once) {
            Some(Made::Webhook(id)) if id == webhook.id && done.epoch == webhook.epoch => {
                Ok(Written::silent(webhook))
            }
            Some(Made::Webhook(_)) => reject(RotateWebhookRejection::AlreadyRotated),
            _ => reject(RotateWebhookRejection::OtherRequest),
        };
    }
    let ReplacedToken::Seen(seen) = replaces else {
        return reject(RotateWebhookRejection::NoToken);
    };
    if webhook.token.as_ref() != Some(seen) {
        return reject(RotateWebhookRejection::TokenChanged);
    }
    if seen == token {
        return reject(RotateWebhookRejection::SameToken);
    }
    webhook.rotate(token.clone(), *overlap, *at);
    webhook.epoch = epoch::next(tx)?;
    webhook::update(tx, &webhook)?;
    trail::write(tx, webhook.epoch, trail, [])?;
    once::keep(tx, once.as_ref(), &Made::Webhook(webhook.id), webhook.epoch)?;
    Ok(Written::silent(webhook))
}
