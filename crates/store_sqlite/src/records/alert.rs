//! What the people of webhooks are to be told, and its rows.
//!
//! Must not be written without the trail of its change.

use domain::delivery::{Alert, Ending};
use domain::ids::WebhookId;
use domain::time::Timestamp;
use domain::webhook::Webhook;
use rusqlite::{Row, Transaction, params};
use store::command::{AlertRow, WebhookRef};
use store::fault::Fault;

use super::cells::Cells;
use super::{integer, read_place};
use crate::faults::{Unreadable, before_commit};

/// The columns that `read` expects, in their order.
pub(crate) const SELECT: &str = "SELECT epoch, webhook, realm, environment, account, at, kind, count, ending, youngest_at \
     FROM webhook_alert";

/// Reads a row of `SELECT`.
pub(crate) fn read(row: &Row<'_>) -> Result<AlertRow, Unreadable> {
    let cells = Cells::of(row);
    let many = u32::try_from(cells.integer(7)?)
        .map_err(|_| cells.unreadable(7, "it is no small count"))?;
    let alert = match cells.integer(6)? {
        0 => Alert::Failing(many),
        1 => Alert::Interrupted,
        2 => Alert::Expired(many),
        _ => return Err(cells.unreadable(6, "there is no such alert")),
    };
    let webhook = WebhookRef {
        place: read_place(cells, 2, 3)?,
        account: cells.account_id(4)?,
        webhook: WebhookId::from_u128(cells.bits(1)?),
    };
    let last = match cells.optional_integer(8)? {
        None => None,
        Some(number) => {
            let number = u16::try_from(number)
                .map_err(|_| cells.unreadable(8, "it is no number of an ending"))?;
            let ending = Ending::from_number(number);
            Some(ending.map_err(|error| cells.unreadable(8, &error.to_string()))?)
        }
    };
    let (at, youngest_at) = (cells.instant(5)?, cells.optional_instant(9)?);
    Ok(AlertRow { epoch: cells.count(0)?, webhook, at, alert, last, youngest_at })
}

/// What the people of a webhook are told, and how it came.
#[derive(Clone, Copy)]
pub(crate) struct About {
    pub(crate) alert: Alert,
    pub(crate) at: Timestamp,
    pub(crate) last: Option<Ending>,
    pub(crate) youngest_at: Option<Timestamp>,
}

/// Writes what the people of a webhook are to be told of the change that took this epoch.
pub(crate) fn insert(
    tx: &Transaction<'_>,
    epoch: u64,
    webhook: &Webhook,
    about: About,
) -> Result<(), Fault> {
    let About { alert, at, last, youngest_at } = about;
    let (kind, many) = match alert {
        Alert::Failing(many) => (0, many),
        Alert::Interrupted => (1, 0),
        Alert::Expired(many) => (2, many),
    };
    let write = || {
        tx.prepare_cached(
            "INSERT INTO webhook_alert
             (epoch, webhook, realm, environment, account, at, kind, count, ending, youngest_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            integer(epoch),
            webhook.id.as_u128().to_be_bytes(),
            webhook.place.realm.as_str(),
            webhook.place.environment.as_str(),
            webhook.account.to_bytes(),
            at.as_millis(),
            kind,
            many,
            last.map(Ending::number),
            youngest_at.map(Timestamp::as_millis),
        ])
    };
    write().map(drop).map_err(before_commit)
}
