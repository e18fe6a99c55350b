//! A key that others saw: its people are told once a day, whatever happens to it, and nobody else
//! learns anything.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use domain::account::{Account, Branding};
use domain::audit::EventKind;
use domain::contacts::Contacts;
use domain::entropy::Entropy;
use domain::exposure::Exposure;
use domain::key::{DisabledCause, KeyState};
use domain::mail::MailAddress;
use engine::create_account::AccountWish;
use engine::create_key::NewKey;
use engine::expose_key::{Report, Then};
use engine::place::PlaceRef;
use engine::verify::{Transport, Verdict, VerifyRequest};
use store::command::{AccountChange, EventPosition, EventRow, ListEvents};
use store::model::ModelStore;
use store::port::{EventStore as _, Store};
use testkit::forge::with_other_secret;
use testkit::post::PostOffice;
use testkit::world::{HeldKey, World, name};

/// Chance that makes up the same identities over and over, which the store refuses.
struct Stuck;

impl Entropy for Stuck {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

struct Stage {
    store: Arc<ModelStore>,
    world: World,
    account: Account,
    key: HeldKey,
}

impl Stage {
    /// A key of an account that Ana reads about, under this name.
    async fn of(branding: Branding) -> Self {
        let store = Arc::new(ModelStore::default());
        let world = World::over(Arc::<ModelStore>::clone(&store) as Arc<dyn Store>).await;
        let root = world.account(world.sandbox(), AccountWish::Root).await;
        let wish = AccountWish::Subaccount(root.id);
        let account = world.account(world.sandbox(), wish).await;
        let ana = MailAddress::parse("ana@example.com").expect("an address");
        let contacts = Some(Contacts::new(vec![ana]).expect("few"));
        let change =
            AccountChange { contacts, branding: Some(branding), ..AccountChange::default() };
        let mut chance = world.chance();
        let context = world.context(&mut chance);
        let changed = world.engine.update_account(world.sandbox(), account.id, change, context);
        changed.await.expect("an account");
        let key = till(&world, &account, "till").await;
        Self { store, world, account, key }
    }

    async fn open() -> Self {
        Self::of(Branding::Ours).await
    }

    /// Sends a request with this text in the clear; it has to be refused for that.
    async fn in_the_clear(&self, place: &PlaceRef, text: &str) {
        let request = self.world.request(place, text);
        let request = VerifyRequest { transport: Transport::Insecure, ..request };
        match self.world.engine.verify(place, &request).await {
            Verdict::Granted(permit) => panic!("granted in the clear: {permit:?}"),
            Verdict::Refused(refusal) => assert_eq!(refusal.name(), "insecure_transport"),
        }
    }

    async fn tell(&self) -> usize {
        let mut chance = self.world.chance();
        self.world.engine.tell_of_sightings(&mut chance).await.expect("a store")
    }

    /// Tells until nothing is left; says about how many keys the store was asked.
    async fn tell_all(&self) -> usize {
        let mut asked = 0;
        loop {
            match self.tell().await {
                0 => return asked,
                told => asked += told,
            }
        }
    }

    /// More keys, of accounts of their own.
    async fn more(&self, count: usize) -> Vec<HeldKey> {
        let mut keys = Vec::new();
        while keys.len() < count {
            let owner = self.world.account(self.world.sandbox(), AccountWish::Root).await;
            for at in 0..10 {
                keys.push(till(&self.world, &owner, &format!("k{at}")).await);
            }
        }
        keys
    }

    async fn each_in_the_clear(&self, keys: &[HeldKey]) {
        for key in keys {
            self.in_the_clear(self.world.sandbox(), &key.text).await;
        }
    }

    async fn report(&self, found_in: Option<&str>, then: Then) -> KeyState {
        let (world, place, mut chance) = (&self.world, self.world.sandbox(), self.world.chance());
        let report = Report { found_in: found_in.map(name), then };
        let context = world.context(&mut chance);
        let key = world.engine.report_exposed(place, self.key.key.id, report, context).await;
        key.expect("a key").key.state
    }

    /// What was told, apart from the making of keys.
    async fn told(&self) -> Vec<EventRow> {
        let (mut rows, mut question) = (Vec::new(), ListEvents::after(EventPosition::START));
        loop {
            let page = self.store.list_events(question.clone()).await.expect("events");
            let told = page.items.into_iter().filter(|row| row.event.kind != EventKind::Created);
            rows.extend(told);
            if !page.more {
                return rows;
            }
            question.after = page.end;
        }
    }

    async fn exposures(&self) -> Vec<Option<Exposure>> {
        self.told().await.into_iter().map(|row| row.event.exposure).collect()
    }
}

async fn till(world: &World, account: &Account, text: &str) -> HeldKey {
    world.key(world.sandbox(), NewKey { name: name(text), ..World::wish(account.id) }).await
}

#[tokio::test]
async fn a_key_that_came_in_the_clear_is_told_of_once_a_day_and_goes_on_working() {
    let stage = Stage::open().await;
    let (world, place) = (&stage.world, stage.world.sandbox());
    for day in 1..=3 {
        for _ in 0..50 {
            stage.in_the_clear(place, &stage.key.text).await;
            stage.tell().await;
        }
        assert_eq!(stage.exposures().await, vec![Some(Exposure::InTheClear); day]);
        world.clock.advance_ms(DAY_MS);
    }
    let told = stage.told().await;
    assert!(told.iter().all(|row| {
        let key = row.key.as_ref().expect("its key");
        (row.event.account, key.state, key.hint.clone())
            == (stage.account.id, KeyState::Enabled, stage.key.key.secret.hint.clone())
    }));
    assert_eq!(world.verify(place, &stage.key.text).await, "granted");
}

#[tokio::test]
async fn a_restart_tells_nobody_again_on_that_day() {
    let stage = Stage::open().await;
    stage.in_the_clear(stage.world.sandbox(), &stage.key.text).await;
    assert_eq!(stage.tell().await, 1);
    let store = Arc::<ModelStore>::clone(&stage.store);
    let world = World::over(Arc::<ModelStore>::clone(&store) as Arc<dyn Store>).await;
    let stage = Stage { store, world, ..stage };
    stage.in_the_clear(stage.world.sandbox(), &stage.key.text).await;
    assert_eq!((stage.tell().await, stage.exposures().await.len()), (1, 1));
}

#[tokio::test]
async fn what_is_no_key_is_told_nobody() {
    let stage = Stage::open().await;
    let (world, here) = (&stage.world, stage.world.sandbox());
    // The public part of a key that is there, with a secret that is not its.
    let forged = with_other_secret(&stage.key.text, "pay_test_".len());
    stage.in_the_clear(here, &forged).await;
    stage.in_the_clear(here, "pay_test_").await;
    stage.in_the_clear(here, "").await;
    assert_eq!(stage.tell().await, 0);
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.delete_key(here, stage.key.key.id, context).await.expect("gone");
    stage.in_the_clear(here, &stage.key.text).await;
    stage.tell().await;
    assert!(stage.exposures().await.iter().all(Option::is_none), "one that is over");
}

#[tokio::test]
async fn a_key_that_came_in_the_clear_elsewhere_is_told_of_where_it_belongs() {
    let stage = Stage::open().await;
    let (world, here) = (&stage.world, stage.world.sandbox());
    let there = world.place("payments", "production");
    let forged = with_other_secret(&stage.key.text, "pay_test_".len());
    stage.in_the_clear(there, &forged).await;
    assert_eq!(stage.tell().await, 0);
    stage.in_the_clear(there, &stage.key.text).await;
    assert_eq!(stage.tell().await, 1);
    // Wherever it comes, it is one key in the clear.
    stage.in_the_clear(here, &stage.key.text).await;
    assert_eq!(stage.tell().await, 0);
    let told = stage.told().await;
    let [row] = &told[..] else { panic!("one event: {told:?}") };
    assert_eq!((&row.event.place, row.event.account), (here.place(), stage.account.id));
    assert_eq!(row.event.exposure, Some(Exposure::InTheClear));
    assert_eq!(world.verify(here, &stage.key.text).await, "granted");
}

#[tokio::test]
async fn one_key_in_a_flood_takes_nobodys_place() {
    let stage = Stage::open().await;
    let (world, place) = (&stage.world, stage.world.sandbox());
    for _ in 0..5_000 {
        stage.in_the_clear(place, &stage.key.text).await;
    }
    let other = till(world, &stage.account, "other").await;
    stage.in_the_clear(place, &other.text).await;
    assert_eq!(stage.tell().await, 2);
    assert_eq!(stage.exposures().await.len(), 2);
}

#[tokio::test]
async fn a_flood_of_some_hundred_keys_takes_nobodys_place_and_asks_about_each_about_once() {
    let stage = Stage::open().await;
    let keys = stage.more(300).await;
    for _ in 0..6 {
        stage.each_in_the_clear(&keys).await;
    }
    stage.in_the_clear(stage.world.sandbox(), &stage.key.text).await;
    let asked = stage.tell_all().await;
    assert_eq!(stage.exposures().await.len(), keys.len() + 1, "each once");
    assert!((keys.len() + 1..keys.len() + 64).contains(&asked), "{asked} were asked about");
}

#[tokio::test]
async fn a_flood_of_very_many_keys_is_bounded_and_each_is_told_of_when_it_comes_again() {
    let stage = Stage::open().await;
    let keys = stage.more(1_500).await;
    stage.each_in_the_clear(&keys).await;
    assert_eq!(stage.tell().await, 64, "in one step");
    assert_eq!(64 + stage.tell_all().await, 1_024, "what was kept");
    for _ in 0..2 {
        stage.each_in_the_clear(&keys).await;
        stage.tell_all().await;
    }
    assert_eq!(stage.exposures().await.len(), keys.len(), "each once");
}

#[tokio::test]
async fn a_key_that_a_store_in_trouble_missed_is_told_of_when_it_comes_again() {
    let stage = Stage::open().await;
    let (world, place) = (&stage.world, stage.world.sandbox());
    let missed = till(world, &stage.account, "missed").await;
    stage.in_the_clear(place, &stage.key.text).await;
    assert_eq!(world.engine.tell_of_sightings(&mut Stuck).await.ok(), Some(1));
    stage.in_the_clear(place, &missed.text).await;
    assert!(world.engine.tell_of_sightings(&mut Stuck).await.is_err());
    assert_eq!((stage.tell().await, stage.exposures().await.len()), (0, 1));
    stage.in_the_clear(place, &missed.text).await;
    assert_eq!((stage.tell().await, stage.exposures().await.len()), (1, 2));
}

#[tokio::test]
async fn a_report_tells_where_and_switches_off_only_where_that_is_asked_for() {
    let stage = Stage::open().await;
    let (world, place) = (&stage.world, stage.world.sandbox());
    assert_eq!(stage.report(Some("a public repository"), Then::Leave).await, KeyState::Enabled);
    assert_eq!(world.verify(place, &stage.key.text).await, "granted");
    let off = KeyState::Disabled(DisabledCause::Manual);
    assert_eq!(stage.report(None, Then::SwitchOff).await, off);
    assert_eq!(world.verify(place, &stage.key.text).await, "disabled");
    let told: Vec<_> = stage.told().await.into_iter().map(|row| row.event).collect();
    let found: Vec<_> = told.iter().map(|event| (event.kind, event.exposure.clone())).collect();
    let reported = Exposure::Reported(Some(name("a public repository")));
    assert_eq!(found, [(EventKind::Exposed, Some(reported)), (EventKind::Disabled, None)]);
}

#[tokio::test]
async fn its_people_are_written_to_and_those_of_white_label_accounts_are_not() {
    let check = async |branding, expected: &[&str]| {
        let stage = Stage::of(branding).await;
        stage.report(Some("a public repository"), Then::Leave).await;
        let office = PostOffice::open();
        office.round(&stage.world).await;
        stage.world.clock.advance_ms(10 * 60 * 1_000);
        stage.in_the_clear(stage.world.sandbox(), &stage.key.text).await;
        stage.tell().await;
        for _ in 0..3 {
            office.round(&stage.world).await;
            stage.world.clock.advance_ms(10 * 60 * 1_000);
        }
        let letters = office.letters();
        let found: Vec<_> = letters.iter().map(|letter| letter.subject.as_str()).collect();
        assert_eq!(found, expected);
        for letter in letters {
            assert_eq!(letter.to.as_str(), "ana@example.com");
            assert!(!letter.text.contains(&stage.key.text));
            assert!(!letter.text.contains("repository"), "what somebody wrote is not sent on");
        }
    };
    check(Branding::Ours, &["exposed till", "sent in the clear till"]).await;
    check(Branding::WhiteLabel, &[]).await;
}

#[tokio::test]
async fn of_a_key_that_is_off_its_people_are_told_so() {
    let check = async |is_off_before: bool, then: Then| {
        let stage = Stage::open().await;
        let (world, place, mut chance) =
            (&stage.world, stage.world.sandbox(), stage.world.chance());
        if is_off_before {
            let context = world.context(&mut chance);
            world.engine.disable_key(place, stage.key.key.id, context).await.expect("off");
        }
        stage.report(None, then).await;
        let office = PostOffice::open();
        for _ in 0..3 {
            office.round(world).await;
            world.clock.advance_ms(10 * 60 * 1_000);
        }
        let letters = office.letters();
        let found: Vec<_> = letters.iter().map(|letter| letter.subject.as_str()).collect();
        assert_eq!(found, ["exposed and off till"], "{is_off_before} {then:?}");
    };
    check(false, Then::SwitchOff).await;
    check(true, Then::SwitchOff).await;
    check(true, Then::Leave).await;
}
