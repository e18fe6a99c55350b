//! One webhook.
//!
//! Must not find a webhook of another account or place.

use domain::ids::{AccountId, Place, WebhookId};
use domain::webhook::Webhook;
use rusqlite::Connection;
use store::fault::Fault;

use crate::records::webhook;

pub(crate) fn run(
    connection: &Connection,
    (place, account, id): &(Place, Option<AccountId>, WebhookId),
) -> Result<Option<Webhook>, Fault> {
    webhook::find(connection, place, *account, *id)
}
