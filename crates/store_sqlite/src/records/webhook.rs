//! Webhooks and their rows.
//!
//! Must not keep the tokens of a webhook that was deleted.

use domain::ids::{AccountId, Place, WebhookId};
use domain::mail::MailAddress;
use domain::webhook::{
    AuthToken, Queue, SendOrder, Subscriptions, Webhook, WebhookState, WebhookSwitch, WebhookUrl,
};
use domain::webhook_rotation::FormerToken;
use rusqlite::{Connection, Row, Transaction, params};
use store::command::{EraseSecrets, ErasedWhere};
use store::fault::Fault;

use super::cells::Cells;
use super::{integer, read_place};
use crate::faults::{Unreadable, before_commit};

/// The columns that `read` expects, in their order.
pub(crate) const SELECT: &str = "SELECT id, realm, environment, account, name, url, mail, \
     send_order, events, switch, queue, token, state, created_at, epoch, former, former_ends_at \
     FROM webhook";

/// Reads a row of `SELECT`.
pub(crate) fn read(row: &Row<'_>) -> Result<Webhook, Unreadable> {
    let cells = Cells::of(row);
    let order = match cells.integer(7)? {
        0 => SendOrder::Sequential,
        1 => SendOrder::Free,
        _ => return Err(cells.unreadable(7, "there is no such order")),
    };
    let switch = match cells.integer(9)? {
        0 => WebhookSwitch::On,
        10 => WebhookSwitch::Off,
        _ => return Err(cells.unreadable(9, "there is no such position")),
    };
    let queue = match cells.integer(10)? {
        0 => Queue::Running,
        1 => Queue::Interrupted,
        _ => return Err(cells.unreadable(10, "there is no such state")),
    };
    let state = match cells.integer(12)? {
        0 => WebhookState::Active,
        30 => WebhookState::Deleted,
        _ => return Err(cells.unreadable(12, "there is no such state")),
    };
    Ok(Webhook {
        id: WebhookId::from_u128(cells.bits(0)?),
        place: read_place(cells, 1, 2)?,
        account: cells.account_id(3)?,
        name: cells.name(4)?,
        url: cells.parsed(5, WebhookUrl::parse)?,
        mail: cells.parsed(6, MailAddress::parse)?,
        order,
        events: cells.parsed(8, Subscriptions::from_compact)?,
        switch,
        queue,
        token: token(cells, 11)?,
        former: former(cells, 15, 16)?,
        state,
        created_at: cells.instant(13)?,
        epoch: cells.count(14)?,
    })
}

fn token(cells: Cells<'_>, at: usize) -> Result<Option<AuthToken>, Unreadable> {
    let Some(text) = cells.optional_text(at)? else { return Ok(None) };
    let token = AuthToken::new(text.to_owned());
    token.map(Some).map_err(|error| cells.unreadable(at, &error.to_string()))
}

fn former(cells: Cells<'_>, at: usize, end: usize) -> Result<Option<FormerToken>, Unreadable> {
    let Some(token) = token(cells, at)? else { return Ok(None) };
    Ok(Some(FormerToken { token, ends_at: cells.instant(end)? }))
}

/// The webhook of this account, or of any, in this place, in whatever state.
pub(crate) fn find(
    connection: &Connection,
    place: &Place,
    account: Option<AccountId>,
    id: WebhookId,
) -> Result<Option<Webhook>, Fault> {
    let sql = format!(
        "{SELECT} WHERE id = ?1 AND realm = ?2 AND environment = ?3
         AND account = coalesce(?4, account)"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(before_commit)?;
    let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
    let id = id.as_u128().to_be_bytes();
    let mut rows = statement
        .query(params![id, realm, environment, account.map(AccountId::to_bytes)])
        .map_err(before_commit)?;
    match rows.next().map_err(before_commit)? {
        None => Ok(None),
        Some(row) => Ok(Some(read(row)?)),
    }
}

/// The webhook, unless it was deleted.
pub(crate) fn find_active(
    connection: &Connection,
    place: &Place,
    account: AccountId,
    id: WebhookId,
) -> Result<Option<Webhook>, Fault> {
    let found = find(connection, place, Some(account), id)?;
    Ok(found.filter(|webhook| webhook.state == WebhookState::Active))
}

/// The webhook, whosever it is, in whatever state.
pub(crate) fn find_any(connection: &Connection, id: WebhookId) -> Result<Option<Webhook>, Fault> {
    let sql = format!("{SELECT} WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql).map_err(before_commit)?;
    let mut rows = statement.query([id.as_u128().to_be_bytes()]).map_err(before_commit)?;
    match rows.next().map_err(before_commit)? {
        None => Ok(None),
        Some(row) => Ok(Some(read(row)?)),
    }
}

/// The webhook, whosever it is, unless it was deleted.
pub(crate) fn find_there(connection: &Connection, id: WebhookId) -> Result<Option<Webhook>, Fault> {
    let found = find_any(connection, id)?;
    Ok(found.filter(|webhook| webhook.state == WebhookState::Active))
}

/// Writes a new webhook, stamped with the epoch of its making, at this position in the change.
pub(crate) fn insert(tx: &Transaction<'_>, webhook: &Webhook, ordinal: u64) -> Result<(), Fault> {
    let write = || {
        tx.prepare_cached(
            "INSERT INTO webhook
             (made_epoch, ordinal, id, realm, environment, account, name, url, mail, send_order,
              events, switch, queue, token, state, created_at, epoch, former, former_ends_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?1,
                     ?17, ?18)",
        )?
        .execute(params![
            integer(webhook.epoch),
            integer(ordinal),
            webhook.id.as_u128().to_be_bytes(),
            webhook.place.realm.as_str(),
            webhook.place.environment.as_str(),
            webhook.account.to_bytes(),
            webhook.name.as_str(),
            webhook.url.as_str(),
            webhook.mail.as_str(),
            order_number(webhook.order),
            webhook.events.to_compact(),
            switch_number(webhook.switch),
            queue_number(webhook.queue),
            webhook.token.as_ref().map(AuthToken::expose),
            state_number(webhook.state),
            webhook.created_at.as_millis(),
            webhook.former.as_ref().map(|former| former.token.expose()),
            webhook.former.as_ref().map(|former| former.ends_at.as_millis()),
        ])
    };
    write().map(drop).map_err(before_commit)
}

/// Writes what of a webhook can change.
pub(crate) fn update(tx: &Transaction<'_>, webhook: &Webhook) -> Result<(), Fault> {
    let write = || {
        tx.prepare_cached(
            "UPDATE webhook SET name = ?2, url = ?3, mail = ?4, send_order = ?5, events = ?6,
                    switch = ?7, queue = ?8, token = ?9, state = ?10, epoch = ?11,
                    former = ?12, former_ends_at = ?13
             WHERE id = ?1",
        )?
        .execute(params![
            webhook.id.as_u128().to_be_bytes(),
            webhook.name.as_str(),
            webhook.url.as_str(),
            webhook.mail.as_str(),
            order_number(webhook.order),
            webhook.events.to_compact(),
            switch_number(webhook.switch),
            queue_number(webhook.queue),
            webhook.token.as_ref().map(AuthToken::expose),
            state_number(webhook.state),
            integer(webhook.epoch),
            webhook.former.as_ref().map(|former| former.token.expose()),
            webhook.former.as_ref().map(|former| former.ends_at.as_millis()),
        ])
    };
    write().map(drop).map_err(before_commit)
}

/// Deletes every webhook of an account, also those that cannot be read.
pub(crate) fn delete_all(
    tx: &Transaction<'_>,
    account: AccountId,
    epoch: u64,
) -> Result<(), Fault> {
    let sql = "UPDATE webhook SET state = 30, token = NULL, former = NULL, former_ends_at = NULL,
                   epoch = ?2
               WHERE account = ?1 AND state = 0";
    tx.prepare_cached(sql)
        .and_then(|mut statement| statement.execute(params![account.to_bytes(), integer(epoch)]))
        .map(drop)
        .map_err(before_commit)
}

/// Forgets replaced tokens that have ended, so many at most, also of rows that cannot be read; says
/// how many.
pub(crate) fn erase_ended(
    tx: &Transaction<'_>,
    command: &EraseSecrets,
    limit: u32,
) -> Result<u32, Fault> {
    let sql = "UPDATE webhook SET former = NULL, former_ends_at = NULL WHERE rowid IN
               (SELECT rowid FROM webhook INDEXED BY webhook_by_former_end
                WHERE former IS NOT NULL AND former_ends_at <= ?1
                AND (?2 IS NULL OR realm = ?2) AND (?3 IS NULL OR environment = ?3) LIMIT ?4)";
    let (realm, environment) = match &command.place {
        ErasedWhere::Everywhere => (None, None),
        ErasedWhere::In(place) => (Some(place.realm.as_str()), Some(place.environment.as_str())),
    };
    let parameters = params![command.at.as_millis(), realm, environment, limit];
    let erased = tx.prepare_cached(sql).and_then(|mut statement| statement.execute(parameters));
    // No more than the limit.
    Ok(u32::try_from(erased.map_err(before_commit)?).unwrap_or(limit))
}

const fn order_number(order: SendOrder) -> i64 {
    match order {
        SendOrder::Sequential => 0,
        SendOrder::Free => 1,
    }
}

const fn switch_number(switch: WebhookSwitch) -> i64 {
    match switch {
        WebhookSwitch::On => 0,
        WebhookSwitch::Off => 10,
    }
}

const fn queue_number(queue: Queue) -> i64 {
    match queue {
        Queue::Running => 0,
        Queue::Interrupted => 1,
    }
}

const fn state_number(state: WebhookState) -> i64 {
    match state {
        WebhookState::Active => 0,
        WebhookState::Deleted => 30,
    }
}
