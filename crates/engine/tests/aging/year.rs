//! A year of an account with ordinary and white-label sub-accounts: exactly the events and letters
//! that the policy names, each once, however many sweep and whenever one of them is gone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::account::Branding;
use domain::audit::EventKind;
use domain::ids::KeyId;
use domain::key::KeyState;
use domain::time::Timestamp;
use engine::create_account::AccountWish;
use engine::ports::postman::{Letter, MailFault, MailTrouble};
use store::port::Store;
use store_conformance::Bench;
use store_conformance::dishonest::DishonestBench;
use testkit::chance::Seeded;
use testkit::post::PostOffice;
use testkit::world::World;

use crate::letters::{contacts, named_key};
use crate::scene::{DAY_MS, dated_key, events, subaccount, sweep, world};

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// When somebody does something besides sweeping, in days since the beginning.
const USED_IN_WARNING: i64 = 130;
const SWITCHED_OFF: i64 = 20;
const SWITCHED_ON: i64 = 110;

/// What happens to whom on which day, as a person would write it down.
const YEAR: [(&str, &str, &[&str]); 17] = [
    ("2026-01-14", "key.created enabled", &[BUSY, IDLE, SUB, OFF, BACK, WHITE, WARNED, DATED]),
    ("2026-02-03", "key.disabled disabled: Manual", &[OFF]),
    ("2026-04-14", "key.disabled disabled: LackOfUse", &[IDLE, SUB, BACK, DATED]),
    ("2026-04-24", "key.expired expired: Date", &[DATED]),
    ("2026-05-04", "key.enabled enabled", &[BACK]),
    ("2026-05-14", "key.expiring_soon", &[IDLE, SUB, OFF, WHITE, WARNED]),
    ("2026-06-14", "key.expiring_soon", &[IDLE, SUB, OFF, WHITE]),
    ("2026-07-07", "key.expiring_soon", &[IDLE, SUB, OFF, WHITE]),
    ("2026-07-14", "key.expired expired: LackOfUse", &[IDLE, SUB, OFF, WHITE]),
    ("2026-08-04", "key.disabled disabled: LackOfUse", &[BACK]),
    ("2026-09-04", "key.expiring_soon", &[BACK]),
    ("2026-09-24", "key.expiring_soon", &[WARNED]),
    ("2026-10-04", "key.expiring_soon", &[BACK]),
    ("2026-10-24", "key.expiring_soon", &[WARNED]),
    ("2026-10-28", "key.expiring_soon", &[BACK]),
    ("2026-11-04", "key.expired expired: LackOfUse", &[BACK]),
    ("2026-11-17", "key.expiring_soon", &[WARNED]),
];
/// The last line of the year.
const END: (&str, &str, &[&str]) = ("2026-11-24", "key.expired expired: LackOfUse", &[WARNED]);

/// Who is written to on which day, of whose steps.
const MAILS: [(&str, &str, &str, &[&str]); 16] = [
    ("2026-04-14", ANA, "disabled", &[IDLE, DATED]),
    ("2026-04-14", RUI, "disabled", &[SUB, BACK]),
    ("2026-04-24", ANA, "expired by date", &[DATED]),
    ("2026-05-14", ANA, "expiring", &[IDLE]),
    ("2026-05-14", RUI, "expiring", &[SUB, OFF]),
    ("2026-06-14", ANA, "expiring", &[IDLE]),
    ("2026-06-14", RUI, "expiring", &[SUB, OFF]),
    ("2026-07-07", ANA, "expiring", &[IDLE]),
    ("2026-07-07", RUI, "expiring", &[SUB, OFF]),
    ("2026-07-14", ANA, "expired", &[IDLE]),
    ("2026-07-14", RUI, "expired", &[SUB, OFF]),
    ("2026-08-04", RUI, "disabled", &[BACK]),
    ("2026-09-04", RUI, "expiring", &[BACK]),
    ("2026-10-04", RUI, "expiring", &[BACK]),
    ("2026-10-28", RUI, "expiring", &[BACK]),
    ("2026-11-04", RUI, "expired", &[BACK]),
];

/// Who reads about the root, the ordinary sub-account, and the white-label one.
const ANA: &str = "ana@root.example.com";
const RUI: &str = "rui@sub.example.com";
const EVA: &str = "eva@white.example.com";

const BUSY: &str = "root: used every day";
const IDLE: &str = "root: never used";
const SUB: &str = "sub: never used";
const OFF: &str = "sub: switched off by hand";
const BACK: &str = "sub: switched on again";
const WHITE: &str = "white label: never used";
const WARNED: &str = "white label: used after a warning";
const DATED: &str = "root: with a date of its own";

/// A year with so many sweepers at once; they come at any time, and sometimes not for a day. With
/// restarts the process ends at random moments, and another one goes on over its store.
async fn check(seed: u64, sweepers: usize, restarts: bool) {
    let (lived, mut letters) = live(seed, sweepers, restarts).await;
    print(&lived, &letters);
    let mut lived = lived.iter().map(|(_, line)| line);
    for (day, what, whose) in YEAR.iter().chain([&END]) {
        for name in *whose {
            let line = lived.next().expect("an event for every line");
            let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
            let expected = format!("{day} {name} {what}");
            assert!(words.starts_with(&expected), "expected {expected}, found {words}");
        }
    }
    assert_eq!(lived.next(), None, "nothing else happens");
    let expected = MAILS.map(|(day, to, what, whose)| {
        let news: Vec<_> = whose.iter().map(|key| format!("{what} {key}")).collect();
        (day.to_owned(), to.to_owned(), news.join(", "))
    });
    letters.sort_by_key(|letter| (letter.at, letter.to.to_string()));
    let told = letters
        .iter()
        .map(|letter| (day_of(letter.at), letter.to.to_string(), letter.subject.clone()));
    assert_eq!(told.collect::<Vec<_>>(), expected, "nobody is told anything else, or twice");
}

/// The year as a person would read it.
fn print(lived: &[(Timestamp, String)], letters: &[Letter]) {
    let mailed = letters.iter().map(|letter| {
        (letter.at, format!("{}      mail to {}: {}", day_of(letter.at), letter.to, letter.subject))
    });
    let mut lines: Vec<_> = lived.iter().cloned().chain(mailed).collect();
    lines.sort();
    lines.iter().for_each(|(_, line)| println!("{line}"));
}

fn day_of(at: Timestamp) -> String {
    at.to_rfc3339()[..10].to_owned()
}

/// A mail server that takes letters, and where it is moody cannot be used now and then.
fn mail_server(moody: bool, mut chance: Seeded) -> (PostOffice, Arc<Mutex<Vec<Letter>>>) {
    let taken = Arc::new(Mutex::new(Vec::new()));
    let inbox = Arc::clone(&taken);
    let office = PostOffice::answering(move |letter| {
        if moody && chance.next().is_multiple_of(3) {
            return Err(MailTrouble::Fault(MailFault::TimedOut));
        }
        inbox.lock().expect("an inbox").push(letter.clone());
        Ok(())
    });
    (office, taken)
}

#[tokio::test]
async fn a_year_brings_each_event_of_the_policy_once() {
    check(1, 1, false).await;
}

#[tokio::test]
async fn two_sweepers_at_once_bring_no_event_twice() {
    check(2, 2, false).await;
}

#[tokio::test]
async fn ends_at_random_moments_lose_no_event_and_repeat_none() {
    for seed in 3..6 {
        check(seed, 2, true).await;
    }
}

async fn live(
    seed: u64,
    sweepers: usize,
    restarts: bool,
) -> (Vec<(Timestamp, String)>, Vec<Letter>) {
    // Those who sweep it at once meet: each looks before one of them takes a step.
    let store: Arc<dyn Store> = DishonestBench { lie: None }.fresh().await;
    let mut world = world(Arc::clone(&store)).await;
    let mut chance = Seeded::new(seed);
    let root = world.account(world.sandbox(), AccountWish::Root).await;
    let sub = subaccount(&world, &root, Branding::Ours).await;
    let white = subaccount(&world, &root, Branding::WhiteLabel).await;
    for (account, address) in [(&root, ANA), (&sub, RUI), (&white, EVA)] {
        contacts(&world, account.id, &[address]).await;
    }
    let (office, inbox) = mail_server(restarts, Seeded::new(seed));
    let busy = named_key(&world, &root, BUSY).await;
    let idle = named_key(&world, &root, IDLE).await;
    let of_sub = named_key(&world, &sub, SUB).await;
    let off = named_key(&world, &sub, OFF).await;
    let back = named_key(&world, &sub, BACK).await;
    let of_white = named_key(&world, &white, WHITE).await;
    let warned = named_key(&world, &white, WARNED).await;
    dated_key(&world, &root, DATED, 100).await;
    let mut shown: HashMap<KeyId, Timestamp> = HashMap::new();
    for hour in 0..366 * 24 {
        let (day, hour_of_day) = (hour / 24, hour % 24);
        if hour_of_day == 1 {
            assert_eq!(world.verify(world.sandbox(), &busy.text).await, "granted");
            if day == USED_IN_WARNING {
                assert_eq!(world.verify(world.sandbox(), &warned.text).await, "granted");
            }
            switch(&world, day, off.key.id, back.key.id).await;
            project(&world, &[&idle.key.id, &of_sub.key.id, &of_white.key.id], &mut shown).await;
        }
        // Sweeps come at any time, also at the exact instants, and sometimes not for days.
        let sleeps = day % 41 == 40;
        if !sleeps && (restarts || sweepers > 1 || hour_of_day % 3 == 0) {
            let sweeps = (0..sweepers).map(|_| sweep(&world));
            join_all(sweeps).await;
            if restarts && chance.next().is_multiple_of(97) {
                let now = world.clock.now();
                drop(world);
                world = crate::scene::world(Arc::clone(&store)).await;
                world.clock.advance_ms(now.millis_since(world.clock.now()));
            }
        }
        office.round(&world).await;
        world.clock.advance_ms(HOUR_MS);
    }
    let rows = events(&*store).await;
    for row in &rows {
        let projected = shown.get(&row.event.key);
        if row.event.kind == EventKind::Expired
            && let Some(projected) = projected
        {
            let late_ms = row.event.at.millis_since(*projected);
            assert!(row.event.at >= *projected && late_ms < 2 * DAY_MS, "{projected} {row:?}");
        }
    }
    let line = |row: &store::command::EventRow| {
        let key = row.key.as_ref().expect("every event shows its key");
        let (day, state) = (day_of(row.event.at), state_name(key.state));
        let kind = row.event.kind.name();
        (row.event.at, format!("{day}  {:<34} {kind:<20} {state}", key.name.as_str()))
    };
    let letters = inbox.lock().expect("an inbox").clone();
    (rows.iter().map(line).collect(), letters)
}

fn state_name(state: KeyState) -> String {
    match state {
        KeyState::Enabled => "enabled".to_owned(),
        KeyState::Disabled(cause) => format!("disabled: {cause:?}"),
        KeyState::Expired(cause) => format!("expired: {cause:?}"),
        KeyState::Deleted => "deleted".to_owned(),
    }
}

async fn switch(world: &World, day: i64, off: KeyId, back: KeyId) {
    let (place, mut chance) = (world.sandbox(), world.chance());
    let context = world.context(&mut chance);
    if day == SWITCHED_OFF {
        world.engine.disable_key(place, off, context).await.expect("a disabled key");
    } else if day == SWITCHED_ON {
        world.engine.enable_key(place, back, context).await.expect("an enabled key");
    }
}

/// Notes what is shown of the end of these keys, as long as something is.
async fn project(world: &World, keys: &[&KeyId], shown: &mut HashMap<KeyId, Timestamp>) {
    for id in keys {
        let key = world.engine.get_key(world.sandbox(), **id).await.expect("the key");
        let now = world.clock.now();
        let projected = world.engine.projected_expiry(world.sandbox(), &key, now).await;
        if let Some(projected) = projected.expect("an answer") {
            shown.insert(**id, projected);
        }
    }
}

async fn join_all(sweeps: impl Iterator<Item = impl Future<Output = u32>>) {
    let mut sweeps: Vec<_> = sweeps.map(Box::pin).collect();
    // In turns, a step each, so that they meet in the store.
    std::future::poll_fn(|context| {
        sweeps.retain_mut(|sweep| sweep.as_mut().poll(context).is_pending());
        if sweeps.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}
