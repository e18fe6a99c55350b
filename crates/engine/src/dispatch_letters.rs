//! Makes letters of what people are to be told: bounded work, to be called now and then.
//!
//! It may come late, twice, or twice at once: the store moves the cursor and writes the letters
//! together, and everything in them follows from the instants of what happened. Must not send
//! anything.

use domain::account::{Account, Branding};
use domain::delivery::Alert;
use domain::entropy::Entropy;
use domain::exposure::Exposure;
use domain::ids::{AccountId, LetterId, Place};
use domain::key_snapshot::KeySnapshot;
use domain::letter::{KeyNews, KeyStep, News, Topic, WebhookNews, WebhookTrouble, Window};
use domain::webhook::WebhookState;
use store::command::{AlertRow, Cause, Consumer, CursorMoved, EventRow, NewNews, TakeCauses};
use store::fault::{Failure, Fault, FaultKind};

use crate::dispatch::More;
use crate::engine::Engine;
use crate::place::PlaceRef;
use crate::projected_expiry::StepsDone;
use crate::readers::Readers;

/// Most causes that are taken in one step.
const CAUSES_AT_ONCE: u32 = 100;

/// Whether people are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// They are.
    On,
    /// Nobody is: no mail server is known. What happens meanwhile is told nobody later.
    Off,
}

impl Engine {
    /// Takes some causes and makes letters of them. Causes in places that are not served are passed
    /// over, as are those of which there is nobody to be told.
    ///
    /// # Errors
    /// A fault of the store; nothing was taken then.
    pub async fn dispatch_letters(
        &self,
        writing: Writing,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<More, Fault> {
        let from = self.store.cursor(Consumer::Mail).await?;
        let page = self.store.list_causes(from, CAUSES_AT_ONCE).await?;
        if page.end == from {
            return Ok(More::No);
        }
        let mut news = Vec::new();
        for cause in page.items.iter().filter(|_| writing == Writing::On) {
            news.extend(match self.told_of_cause(cause, entropy).await {
                Err(fault) if fault.kind == FaultKind::Damaged => {
                    let (place, account) = concerned(cause);
                    let Place { realm, environment } = place;
                    tracing::error!(%fault, %realm, %environment, %account, "nobody is written to of something that happened to this account, because it cannot be read");
                    None
                }
                told => told?,
            });
        }
        match self.store.take_causes(TakeCauses { from, to: page.end, news }).await {
            // Somebody else took them, and may have left more.
            Ok(()) | Err(Failure::Rejected(CursorMoved)) => Ok(More::Perhaps),
            Err(Failure::Fault(fault)) => Err(fault),
        }
    }

    /// What people are told of a cause, if anything.
    async fn told_of_cause(
        &self,
        cause: &Cause,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<Option<NewNews>, Fault> {
        let (named, account) = concerned(cause);
        let Some(place) = self.place(named.realm.as_str(), named.environment.as_str()) else {
            return Ok(None);
        };
        let told = match cause {
            Cause::Event(row) => self.key_news(place, row).await?,
            Cause::Alert(row) => self.webhook_news(place, row).await?,
        };
        let at = match cause {
            Cause::Event(row) => row.event.at,
            Cause::Alert(row) => row.at,
        };
        Ok(told.map(|Told { topic, readers, news }| NewNews {
            letter: LetterId::fresh(at, entropy),
            position: cause.position(),
            place: place.place().clone(),
            account,
            topic,
            at,
            window: Window::of(topic, at, &place.realm().time_zone),
            language: readers.language,
            to: readers.addresses,
            news,
        }))
    }

    /// A step of a key is told those who read about its account.
    async fn key_news(&self, place: &PlaceRef, row: &EventRow) -> Result<Option<Told>, Fault> {
        let Some(key) = &row.key else { return Ok(None) };
        let exposed = row.event.exposure.as_ref().map(Exposure::cause);
        let step = |branding| KeyStep::told(row.event.kind, exposed, key.state, branding);
        // Most events are told nobody, whoever owns the key.
        if step(Branding::Ours).is_none() {
            return Ok(None);
        }
        let id = row.event.account;
        let account = self.store.find_account(place.place().clone(), id).await?;
        let Some(account) = account.filter(|account| account.state.is_there()) else {
            return Ok(None);
        };
        let Some(step) = step(account.branding) else { return Ok(None) };
        let Some(readers) = self.readers(place, id).await? else { return Ok(None) };
        let steps = self.steps_done(vec![row.event.key]).await?;
        let news = News::Key(news_of(place, &account, row, key, step, &steps));
        Ok(Some(Told { topic: Topic::Keys, readers, news }))
    }

    /// Trouble with a webhook is told the address that it names, in the language of its account: whoever
    /// made the webhook knows of us.
    async fn webhook_news(&self, place: &PlaceRef, row: &AlertRow) -> Result<Option<Told>, Fault> {
        let (name, id) = (place.place().clone(), row.webhook.webhook);
        let found = self.store.find_webhook(name.clone(), None, id).await?;
        let there = found.filter(|webhook| webhook.state == WebhookState::Active);
        let account = self.store.find_account(name, row.webhook.account).await?;
        let (Some(webhook), Some(account)) = (there, account) else { return Ok(None) };
        let trouble = match (row.alert, row.last) {
            (Alert::Failing(failures), Some(last)) => WebhookTrouble::Failing { failures, last },
            (Alert::Interrupted, Some(last)) => WebhookTrouble::Interrupted { last },
            (Alert::Expired(count), _) => {
                let youngest_at = row.youngest_at.unwrap_or(row.at);
                WebhookTrouble::EventsDeleted { count, youngest_at }
            }
            // Rows of older formats: they were written when nobody was written to.
            (Alert::Failing(_) | Alert::Interrupted, None) => return Ok(None),
        };
        let topic = match row.alert {
            Alert::Failing(_) | Alert::Interrupted => Topic::Failures(id),
            Alert::Expired(_) => Topic::Deletions(id),
        };
        let language = account.language.or(place.realm().language);
        let readers = Readers { addresses: vec![webhook.mail], language };
        let origin = webhook.url.origin();
        let news = News::Webhook(WebhookNews { webhook: id, name: webhook.name, origin, trouble });
        Ok(Some(Told { topic, readers, news }))
    }
}

/// Where something happened, and to whose key or webhook.
pub(crate) const fn concerned(cause: &Cause) -> (&Place, AccountId) {
    match cause {
        Cause::Event(row) => (&row.event.place, row.event.account),
        Cause::Alert(row) => (&row.webhook.place, row.webhook.account),
    }
}

/// Who is told what.
struct Told {
    topic: Topic,
    readers: Readers,
    news: News,
}

fn news_of(
    place: &PlaceRef,
    account: &Account,
    row: &EventRow,
    key: &KeySnapshot,
    step: KeyStep,
    steps: &StepsDone,
) -> KeyNews {
    let at = row.event.at;
    let expires_at = match step {
        KeyStep::Disabled | KeyStep::ExpiringSoon => {
            key.expires_at.or_else(|| steps.projected(place.realm(), account.branding, row, key))
        }
        KeyStep::ExpiredByDate => key.expires_at,
        // Its end is not what this is about.
        KeyStep::Exposed | KeyStep::ExposedAndDisabled | KeyStep::SentInTheClear => None,
        KeyStep::Expired => Some(at),
    };
    KeyNews {
        step,
        key: row.event.key,
        name: key.name.clone(),
        hint: key.hint.clone(),
        idle_since: key.idle_since(),
        at,
        expires_at,
    }
}
