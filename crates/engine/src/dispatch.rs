//! Puts events up for the webhooks that are told of them: bounded work, to be called now and then.
//!
//! It may come late, twice, or twice at once: the store moves the cursor and writes the deliveries
//! together. Must not send anything.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::account::Account;
use domain::audit::EventKind;
use domain::ids::{AccountId, Place};
use domain::time::{Reading, Timestamp};
use domain::webhook::{Webhook, WebhookSwitch};
use store::command::{Consumer, CursorMoved, EventRow, ListEvents, NewDelivery, TakeEvents, Whose};
use store::fault::{Failure, Fault, FaultKind};

use crate::engine::Engine;
use crate::outgoing::Outgoing;
use crate::place::PlaceRef;
use crate::ports::herald::{Herald, Told};
use crate::projected_expiry::StepsDone;

/// Most events that are taken in one step.
const EVENTS_AT_ONCE: u32 = 100;

/// Whether there may be more events to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
    /// There may.
    Perhaps,
    /// There were none when it was looked.
    No,
}

/// An account, and those of its webhooks that are switched on.
pub(crate) type Audience = (Option<Account>, Vec<Webhook>);

impl Engine {
    /// Takes some events and puts each up for the webhooks of its account that name it. Events of
    /// places that are not served are passed over.
    ///
    /// # Errors
    /// A fault of the store; nothing was taken then.
    pub async fn dispatch_events(
        &self,
        outgoing: &Outgoing,
        reading: Reading,
    ) -> Result<More, Fault> {
        let consumer = Consumer::Webhooks;
        let from = self.store.cursor(consumer).await?;
        let (limit, whose) = (EVENTS_AT_ONCE, Whose::ToldWebhooks);
        let page = self.store.list_events(ListEvents { limit, whose, ..ListEvents::after(from) });
        let page = page.await?;
        if page.end == from {
            return Ok(More::No);
        }
        let mut accounts: HashMap<AccountId, Audience> = HashMap::new();
        let mut told = Vec::new();
        for row in &page.items {
            let (realm, environment) = (&row.event.place.realm, &row.event.place.environment);
            let Some(place) = self.place(realm.as_str(), environment.as_str()) else { continue };
            let Some(herald) = outgoing.herald(place) else { continue };
            if let Entry::Vacant(unknown) = accounts.entry(row.event.account) {
                unknown.insert(self.told_of(place, row.event.account).await?);
            }
            told.push((place, herald, row));
        }
        told.retain(|(_, herald, row)| {
            let webhooks = accounts.get(&row.event.account).map(|(_, webhooks)| webhooks);
            webhooks.is_some_and(|all| !that_name(*herald, row.event.kind, all).is_empty())
        });
        // Most events are told nobody, and those of others need not be asked about.
        let steps = self.steps_at(told.iter().map(|(_, _, row)| *row)).await?;
        let mut deliveries = Vec::new();
        for (place, herald, row) in told {
            if let Some((Some(account), webhooks)) = accounts.get(&row.event.account) {
                let made_at = place.time(reading);
                deliveries.extend(put_up(herald, place, account, webhooks, row, &steps, made_at));
            }
        }
        let command = TakeEvents { consumer, from, to: page.end, deliveries };
        match self.store.take_events(command).await {
            Ok(()) if !page.more => Ok(More::No),
            // Somebody else took them, and may have left more.
            Ok(()) | Err(Failure::Rejected(CursorMoved)) => Ok(More::Perhaps),
            Err(Failure::Fault(fault)) => Err(fault),
        }
    }

    /// Who is told of the events of an account. One that cannot be read is told of nothing: its
    /// events are passed over, so that they do not stop those of all others.
    pub(crate) async fn told_of(&self, place: &PlaceRef, id: AccountId) -> Result<Audience, Fault> {
        match self.audience(place, id).await {
            Err(fault) if fault.kind == FaultKind::Damaged => {
                let Place { realm, environment } = place.place();
                tracing::error!(%fault, %realm, %environment, account = %id, "webhooks are not told of events of this account, because it cannot be read");
                Ok((None, Vec::new()))
            }
            audience => audience,
        }
    }

    async fn audience(&self, place: &PlaceRef, id: AccountId) -> Result<Audience, Fault> {
        let mut webhooks = self.store.list_webhooks(place.place().clone(), id).await?;
        webhooks.retain(|webhook| webhook.switch == WebhookSwitch::On);
        if webhooks.is_empty() {
            return Ok((None, webhooks));
        }
        let account = self.store.find_account(place.place().clone(), id).await?;
        Ok((account, webhooks))
    }
}

/// Those of these webhooks that are told of such events.
pub(crate) fn that_name<'w>(
    herald: &dyn Herald,
    kind: EventKind,
    webhooks: &'w [Webhook],
) -> Vec<&'w Webhook> {
    let Some(name) = herald.event_name(kind) else { return Vec::new() };
    let names =
        |webhook: &&Webhook| webhook.events.as_slice().iter().any(|event| event.as_str() == name);
    webhooks.iter().filter(names).collect()
}

/// What follows from an event.
fn put_up(
    herald: &dyn Herald,
    place: &PlaceRef,
    account: &Account,
    webhooks: &[Webhook],
    row: &EventRow,
    steps: &StepsDone,
    made_at: Timestamp,
) -> Vec<NewDelivery> {
    let Some(key) = &row.key else { return Vec::new() };
    let told = that_name(herald, row.event.kind, webhooks);
    if told.is_empty() {
        return Vec::new();
    }
    let realm = place.realm();
    let projected_expiry = steps.projected(realm, account.branding, row, key);
    let body = herald.body(&Told { row, key, account, realm, projected_expiry });
    let of = |webhook: &Webhook| NewDelivery {
        webhook: webhook.id,
        position: row.position,
        event: row.event.id,
        kind: row.event.kind,
        body: body.clone(),
        made_at,
    };
    told.into_iter().map(of).collect()
}
