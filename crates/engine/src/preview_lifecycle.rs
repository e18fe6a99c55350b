//! Says what will happen to the keys of a place if nobody uses them any more, and who would be told.
//!
//! From live data, by the rules of the sweep itself. Must not change anything.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::account::Branding;
use domain::audit::EventKind;
use domain::ids::{AccountId, WebhookId};
use domain::key::{DisabledCause, ExpiredCause, Key, KeyState};
use domain::key_filter::KeyFilter;
use domain::letter::KeyStep;
use domain::lifecycle::{Aging, Coming, Step, StepDone, coming};
use domain::mail::MailAddress;
use domain::time::{Reading, Timestamp};
use domain::webhook::Webhook;
use store::command::{DueKey, DueKeys, DuePosition, ListKeys, Page, Position};
use store::fault::Fault;

use crate::dispatch::that_name;
use crate::dispatch_letters::Writing;
use crate::engine::Engine;
use crate::outgoing::Outgoing;
use crate::place::PlaceRef;
use crate::sweep_keys::{Uses, told_as};

/// Which part of a preview is asked for.
#[derive(Clone, Copy, Debug)]
pub struct PreviewQuestion {
    /// Only the keys of this owner; `None` for all of the place.
    pub owner: Option<AccountId>,
    /// Until when, in the place's time.
    pub until: Timestamp,
    /// Where to go on; `None` for the beginning.
    pub after: Option<DuePosition>,
    /// How many keys are looked at, from one to [`PAGE_MAX`](store::command::PAGE_MAX).
    pub limit: u32,
}

/// How anybody is told of what happens.
#[derive(Clone, Copy, Debug)]
pub struct Audience<'a> {
    /// What webhooks are told; none are without it.
    pub outgoing: Option<&'a Outgoing>,
    /// Whether people are written to.
    pub writing: Writing,
}

/// What will happen to one key.
#[derive(Clone, Debug)]
pub struct KeyPreview {
    /// The key as it is.
    pub key: Key,
    /// What will happen, in order; at least one step.
    pub steps: Vec<ComingStep>,
}

/// A step that a key will take, and who would be told.
#[derive(Clone, Debug)]
pub struct ComingStep {
    /// When, and which.
    pub coming: Coming,
    /// The event that tells of it.
    pub event: EventKind,
    /// The webhooks that name such events and are on.
    pub webhooks: Vec<WebhookId>,
    /// The people who are written to.
    pub people: Vec<MailAddress>,
}

/// Who hears of what happens to the keys of one account.
struct Hearers {
    webhooks: Vec<Webhook>,
    people: Vec<MailAddress>,
}

/// A part of a preview.
#[derive(Clone, Debug)]
pub struct PreviewPage {
    /// What the clock of the place shows: what is owed already comes then.
    pub now: Timestamp,
    /// The keys to which something will happen: in the order in which they have to be looked at, or
    /// of one owner in the order of their making. A part may be empty and have a next one.
    pub items: Vec<KeyPreview>,
    /// Where to look for more, if there may be any.
    pub next: Option<DuePosition>,
}

impl Engine {
    /// A part of what will happen in a place until an instant. For the whole place it costs what is
    /// due until then, for one owner what he has.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn preview_lifecycle(
        &self,
        place: &PlaceRef,
        audience: Audience<'_>,
        question: PreviewQuestion,
        reading: Reading,
    ) -> Result<PreviewPage, Fault> {
        let (now, until) = (place.time(reading), question.until);
        let (found, next) = match question.owner {
            None => self.due_until(place, question).await?,
            Some(owner) => self.keys_of(place, owner, question, now).await?,
        };
        let herald = audience.outgoing.and_then(|outgoing| outgoing.herald(place));
        let mut hearers: HashMap<AccountId, Hearers> = HashMap::new();
        let mut items = Vec::new();
        for due in found {
            let coming = self.coming_of(place, &due, now, until);
            if coming.is_empty() {
                continue;
            }
            let hearers = match hearers.entry(due.key.owner) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    new.insert(self.hearers_of(place, due.key.owner, audience.writing).await?)
                }
            };
            let step = |coming: Coming| {
                let (_, event) = told_as(coming.step);
                let told = herald.map(|herald| that_name(herald, event, &hearers.webhooks));
                let webhooks = told.into_iter().flatten().map(|webhook| webhook.id).collect();
                let after = state_after(coming.step, due.key.state);
                let people = match KeyStep::told(event, None, after, due.branding) {
                    Some(_) => hearers.people.clone(),
                    None => Vec::new(),
                };
                ComingStep { coming, event, webhooks, people }
            };
            let steps = coming.into_iter().map(step).collect();
            items.push(KeyPreview { key: due.key, steps });
        }
        Ok(PreviewPage { now, items, next })
    }

    async fn hearers_of(
        &self,
        place: &PlaceRef,
        owner: AccountId,
        writing: Writing,
    ) -> Result<Hearers, Fault> {
        let (_, webhooks) = self.told_of(place, owner).await?;
        let readers = match writing {
            Writing::On => self.readers(place, owner).await?,
            Writing::Off => None,
        };
        Ok(Hearers { webhooks, people: readers.map_or_else(Vec::new, |it| it.addresses) })
    }

    /// The keys of the place that are looked at until then.
    async fn due_until(
        &self,
        place: &PlaceRef,
        question: PreviewQuestion,
    ) -> Result<(Vec<DueKey>, Option<DuePosition>), Fault> {
        let PreviewQuestion { owner: _, until, after, limit } = question;
        let due = DueKeys { place: place.place().clone(), until, after, limit };
        let page = self.store.due_keys(due).await?;
        Ok((page.items, page.next))
    }

    /// The keys of an owner, whenever they are looked at.
    async fn keys_of(
        &self,
        place: &PlaceRef,
        owner: AccountId,
        question: PreviewQuestion,
        now: Timestamp,
    ) -> Result<(Vec<DueKey>, Option<DuePosition>), Fault> {
        let PreviewQuestion { owner: _, until: _, after, limit } = question;
        let after = after.map_or(Position::START, |after| Position(after.made));
        let filter = KeyFilter::everything();
        let question = ListKeys {
            place: place.place().clone(),
            owner: Some(owner),
            filter,
            now,
            after,
            limit,
            rows_max: limit,
        };
        let Page { items, next } = self.store.list_keys(question).await?;
        let aging = items.iter().filter(|key| key.state.may_age()).map(|key| key.id);
        let steps = self.steps_done(aging.collect()).await?;
        let found = self.store.find_account(place.place().clone(), owner).await?;
        let branding = found.map_or(Branding::Ours, |account| account.branding);
        let due = |key: Key| {
            let done = steps.of(key.id, key.idle_since(), now);
            DueKey { done, branding, key }
        };
        let next = next.map(|Position(made)| DuePosition { look_at: Timestamp::EPOCH, made });
        Ok((items.into_iter().map(due).collect(), next))
    }

    /// What the key will go through, if the uses of it that are known here were the last.
    fn coming_of(
        &self,
        place: &PlaceRef,
        due: &DueKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Vec<Coming> {
        let (key, uses) = self.known(due);
        let done: &[StepDone] = match uses {
            Uses::Stored => &due.done,
            // What was done belongs to an idle time that is over.
            Uses::NotStoredYet => &[],
        };
        let (state, idle_since) = (key.state, key.idle_since());
        let aging = Aging { state, idle_since, expires_at: key.expires_at, done };
        let realm = place.realm();
        let stages = realm.lifecycle.policy.of(due.branding);
        coming(stages, &realm.time_zone, &aging, now, until)
    }
}

/// How a key stands after a step.
const fn state_after(step: Step, before: KeyState) -> KeyState {
    match step {
        Step::Disable => KeyState::Disabled(DisabledCause::LackOfUse),
        Step::Warn(_) => before,
        Step::Expire => KeyState::Expired(ExpiredCause::LackOfUse),
        Step::ExpireByDate => KeyState::Expired(ExpiredCause::Date),
    }
}
