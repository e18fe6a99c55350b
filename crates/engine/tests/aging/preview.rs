//! What a preview says is what happens: the same steps of the same keys at the same instants, told to
//! the same webhooks and people, and no others.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::account::{Account, Branding};
use domain::audit::{Actor, EventKind};
use domain::ids::{AccountId, KeyId, RequestId, WebhookId};
use domain::letter::News;
use domain::mail::MailAddress;
use domain::time::Timestamp;
use domain::webhook::{
    EventName, Queue, SendOrder, Subscriptions, Webhook, WebhookSwitch, WebhookUrl,
};
use engine::advance_clock::{Arrival, Drive};
use engine::create_account::AccountWish;
use engine::create_webhook::NewWebhook;
use engine::dispatch::More;
use engine::dispatch_letters::Writing;
use engine::outcome::{EventPosition, WebhookChange, WebhookRef};
use engine::outgoing::Outgoing;
use engine::ports::herald::Herald as _;
use engine::preview_lifecycle::{Audience, PreviewPage, PreviewQuestion};
use store::command::{ClaimLetters, ClaimedCopy, DueCopies};
use store::model::ModelStore;
use store::port::Store;
use testkit::post::take_causes;
use testkit::senders::{KeepingCourier, PlainHerald, plainly};
use testkit::world::{HeldKey, World, name};

use crate::letters::contacts;
use crate::scene::{DAY_MS, branded, dated_key, events, key, lifecycle, subaccount};

/// A step of a key: when, which key, what tells of it, and which webhooks and people are told.
type Line = (Timestamp, KeyId, &'static str, BTreeSet<WebhookId>, BTreeSet<String>);

struct Stage {
    store: Arc<dyn Store>,
    world: World,
    outgoing: Outgoing,
    ours: Account,
    white: Account,
    webhooks: Vec<Webhook>,
    /// One that was warned, and one that was used after that.
    warned: HeldKey,
    used: HeldKey,
}

impl Stage {
    /// Keys of every kind, some of them half-way through their ageing.
    async fn set() -> Self {
        let store: Arc<dyn Store> = Arc::new(ModelStore::default());
        let world = World::rehearsing(Arc::clone(&store), lifecycle()).await;
        let courier = Arc::new(KeepingCourier::answering(200));
        let outgoing = plainly(courier, [world.sandbox()]);
        let root = world.account(world.sandbox(), AccountWish::Root).await;
        let ours = subaccount(&world, &root, Branding::Ours).await;
        let white = subaccount(&world, &root, Branding::WhiteLabel).await;
        let mut webhooks = Vec::new();
        for (account, kinds) in [
            (&ours, &[EventKind::Disabled, EventKind::Expired][..]),
            (&ours, &[EventKind::ExpiringSoon]),
            (&white, &[EventKind::ExpiringSoon, EventKind::Created]),
        ] {
            webhooks.push(webhook(&world, account, kinds).await);
        }
        contacts(&world, ours.id, &["ana@example.com", "rui@example.com"]).await;
        contacts(&world, white.id, &["nobody@example.com"]).await;
        key(&world, &ours).await;
        let (off, warned, used) =
            (key(&world, &ours).await, key(&world, &white).await, key(&world, &white).await);
        dated_key(&world, &ours, "soon", 20).await;
        dated_key(&world, &ours, "late", 200).await;
        dated_key(&world, &white, "white", 200).await;
        let mut chance = world.chance();
        let context = world.context_in(world.sandbox(), &mut chance);
        world.engine.disable_key(world.sandbox(), off.key.id, context).await.expect("a key");
        let stage = Self { store, world, outgoing, ours, white, webhooks, warned, used };
        stage.advance(130).await;
        stage.uses(&stage.used).await;
        for _ in 0..7 {
            key(&stage.world, &stage.ours).await;
        }
        stage
    }

    /// Moves the clock so many days forward, and puts up what happened for webhooks.
    async fn advance(&self, days: i64) {
        let (world, mut chance) = (&self.world, self.world.chance());
        let to = self.now().plus_millis(days * DAY_MS);
        loop {
            let drive = Drive {
                clock: &|| world.reading(),
                agenda: &*world.engine,
                loops: None,
                actor: Actor::System,
                request_id: RequestId::random(&mut chance),
                entropy: &mut chance,
            };
            let advanced = world.engine.advance_clock(world.sandbox(), to, drive).await;
            match advanced.expect("a move").arrival {
                Arrival::There => break,
                Arrival::OnTheWay(_) => {}
                Arrival::HeldUp => panic!("nothing holds it up"),
            }
        }
        while world.engine.dispatch_events(&self.outgoing, world.reading()).await.expect("a store")
            == More::Perhaps
        {}
        take_causes(world, Writing::On).await;
    }

    fn now(&self) -> Timestamp {
        self.world.sandbox().time(self.world.reading())
    }

    async fn uses(&self, held: &HeldKey) {
        assert_eq!(self.world.verify(self.world.sandbox(), &held.text).await, "granted");
    }

    async fn page(&self, question: PreviewQuestion) -> PreviewPage {
        let (world, outgoing) = (&self.world, Some(&self.outgoing));
        let audience = Audience { outgoing, writing: Writing::On };
        let page =
            world.engine.preview_lifecycle(world.sandbox(), audience, question, world.reading());
        page.await.expect("a page")
    }

    /// What is said of the days to come, page by page.
    async fn said(&self, owner: Option<AccountId>, days: i64, limit: u32) -> Vec<Line> {
        let until = self.now().plus_millis(days * DAY_MS);
        let mut question = PreviewQuestion { owner, until, after: None, limit };
        let mut lines = Vec::new();
        loop {
            let page = self.page(question).await;
            assert!(page.items.len() <= limit as usize);
            for found in &page.items {
                let steps = found.steps.iter().map(|step| {
                    let told = step.webhooks.iter().copied().collect();
                    let people = step.people.iter().map(|it| it.as_str().to_owned()).collect();
                    (step.coming.at, found.key.id, step.event.name(), told, people)
                });
                lines.extend(steps);
            }
            if page.next.is_none() {
                lines.sort();
                return lines;
            }
            question.after = page.next;
        }
    }

    /// Every copy of every letter, whenever it is due.
    async fn letters(&self) -> Vec<ClaimedCopy> {
        let clock = self.world.reading().real();
        let command = ClaimLetters {
            place: self.world.sandbox().place().clone(),
            which: DueCopies::All,
            now: self.now().plus_millis(2 * DAY_MS),
            clock,
            until: clock.plus_millis(1),
            limit: 1_000,
        };
        self.store.claim_letters(command).await.expect("letters")
    }

    /// What happened after so many events.
    async fn happened(&self, before: usize) -> Vec<Line> {
        let mut told = Vec::new();
        for Webhook { place, account, id, .. } in &self.webhooks {
            let webhook = WebhookRef { place: place.clone(), account: *account, webhook: *id };
            let start = EventPosition::START;
            let page = self.world.engine.list_deliveries(webhook, start, 100).await;
            let page = page.expect("deliveries");
            assert_eq!(page.next, None);
            told.extend(page.items.into_iter().map(|delivery| (delivery.event, *id)));
        }
        let letters = self.letters().await;
        let rows = events(&*self.store).await.into_iter().skip(before);
        let mut lines: Vec<Line> = rows
            .map(|row| {
                let of = told.iter().filter(|(event, _)| *event == row.event.id);
                let webhooks = of.map(|(_, webhook)| *webhook).collect();
                let about = |news: &News| {
                    matches!(news, News::Key(news) if (news.key, news.at) == (row.event.key, row.event.at))
                };
                let people = letters.iter().filter(|copy| copy.news.iter().any(about));
                let people = people.map(|copy| copy.to.as_str().to_owned()).collect();
                (row.event.at, row.event.key, row.event.kind.name(), webhooks, people)
            })
            .collect();
        lines.sort();
        lines
    }
}

async fn webhook(world: &World, account: &Account, kinds: &[EventKind]) -> Webhook {
    let names = kinds.iter().filter_map(|kind| PlainHerald.event_name(*kind));
    let names = names.map(|name| EventName::parse(name).expect("a name"));
    let wish = NewWebhook {
        name: name("hook"),
        url: WebhookUrl::parse("https://example.com/").expect("an address"),
        mail: MailAddress::parse("ana@example.com").expect("an address"),
        order: SendOrder::Free,
        events: Subscriptions::new(names.collect()).expect("events"),
        switch: WebhookSwitch::On,
        queue: Queue::Running,
        token: None,
    };
    let mut chance = world.chance();
    let context = world.context_in(world.sandbox(), &mut chance);
    let made = world.engine.create_webhook(world.sandbox(), account.id, wish, context).await;
    made.expect("a webhook")
}

#[tokio::test]
async fn what_is_said_of_a_year_is_what_happens_in_it() {
    let stage = Stage::set().await;
    let before = events(&*stage.store).await.len();
    let said = stage.said(None, 365, 3).await;
    let kinds: BTreeSet<&str> = said.iter().map(|line| line.2).collect();
    assert_eq!(kinds, BTreeSet::from(["key.disabled", "key.expired", "key.expiring_soon"]));
    assert!(said.iter().any(|line| line.3.len() == 1), "somebody is told");
    assert!(said.iter().any(|line| line.4.len() == 2), "somebody is written to");
    let again = stage.said(None, 365, 100).await;
    assert_eq!(said, again, "asked otherwise, and nothing was changed by asking");
    let mut of_each = stage.said(Some(stage.ours.id), 365, 2).await;
    of_each.extend(stage.said(Some(stage.white.id), 365, 100).await);
    of_each.sort();
    assert_eq!(of_each, said, "asked of one account after the other");
    assert_eq!(events(&*stage.store).await.len(), before);
    stage.advance(365).await;
    assert_eq!(stage.happened(before).await, said);
}

#[tokio::test]
async fn what_is_said_reaches_as_far_as_it_was_asked_for_to_the_millisecond() {
    let stage = Stage::set().await;
    let said = stage.said(None, 365, 100).await;
    let last = said.last().expect("a step").0;
    let up_to = |at: Timestamp| PreviewQuestion { owner: None, until: at, after: None, limit: 100 };
    for (at, more) in [(last, 0), (last.plus_millis(-1), 1)] {
        let page = stage.page(up_to(at)).await;
        let steps = page.items.iter().map(|key| key.steps.len()).sum::<usize>();
        let left_out = said.iter().filter(|line| line.0 == last).count();
        assert_eq!(steps, said.len() - more * left_out);
    }
}

/// Something that happens after the preview and makes another year of it.
#[derive(Clone, Copy, Debug)]
enum Surprise {
    Use,
    Branding,
    WebhookOff,
    Contacts,
}

#[tokio::test]
async fn the_comparison_notices_whatever_was_not_foreseen() {
    for surprise in [Surprise::Use, Surprise::Branding, Surprise::WebhookOff, Surprise::Contacts] {
        let stage = Stage::set().await;
        let said = stage.said(None, 365, 100).await;
        let world = &stage.world;
        let mut chance = world.chance();
        let context = world.context_in(world.sandbox(), &mut chance);
        match surprise {
            Surprise::Use => stage.uses(&stage.warned).await,
            Surprise::Branding => {
                branded(world, &stage.white, Branding::Ours).await;
            }
            Surprise::Contacts => contacts(world, stage.ours.id, &["zoe@example.com"]).await,
            Surprise::WebhookOff => {
                let Webhook { account, id, .. } = stage.webhooks[0];
                let off = Some(WebhookSwitch::Off);
                let change = WebhookChange { switch: off, ..WebhookChange::default() };
                let changed =
                    world.engine.update_webhook(world.sandbox(), account, id, change, context);
                changed.await.expect("a webhook");
            }
        }
        // What was done just now is none of what was to come.
        let before = events(&*stage.store).await.len();
        stage.advance(365).await;
        assert_ne!(stage.happened(before).await, said, "{surprise:?}");
    }
}
