//! People are written to of what time does to their keys: each step once to each of them, together
//! where it comes together, and whatever the mail server does.

use std::sync::{Arc, Mutex};

use domain::account::{Account, Branding};
use domain::contacts::Contacts;
use domain::ids::AccountId;
use domain::language::{Language, LanguageRule};
use domain::letter::{GIVEN_UP_AFTER_MS, SOON_MAX};
use domain::mail::MailAddress;
use domain::time::Timestamp;
use engine::create_account::AccountWish;
use engine::create_key::NewKey;
use engine::dispatch_letters::Writing;
use engine::ports::postman::{Letter, MailFault, MailTrouble, Postman, ServerSaid};
use engine::send_letters::Posted;
use store::command::{AccountChange, LettersStanding};
use store::model::ModelStore;
use store::port::Store;
use testkit::post::{PostOffice, correspondence, take_causes};
use testkit::world::{HeldKey, World, name};

use crate::scene::{DAY_MS, branded, key, subaccount, sweep, world};

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;

/// 14 April at midday in São Paulo's zone: a key of the beginning is idle for three months.
pub(crate) const IDLE_DAYS: i64 = 90;

pub(crate) async fn contacts(world: &World, account: AccountId, texts: &[&str]) {
    let addresses = texts.iter().map(|text| MailAddress::parse(text).expect("an address"));
    let contacts = Some(Contacts::new(addresses.collect()).expect("few"));
    change(world, account, AccountChange { contacts, ..AccountChange::default() }).await;
}

async fn change(world: &World, account: AccountId, change: AccountChange) {
    let (place, mut chance) = (world.sandbox(), world.chance());
    let context = world.context(&mut chance);
    world.engine.update_account(place, account, change, context).await.expect("a change");
}

pub(crate) async fn named_key(world: &World, owner: &Account, text: &str) -> HeldKey {
    world.key(world.sandbox(), NewKey { name: name(text), ..World::wish(owner.id) }).await
}

/// A world with a root account that Ana reads about.
pub(crate) async fn with_ana() -> (Arc<ModelStore>, World, Account) {
    let store = Arc::new(ModelStore::default());
    let world = world(Arc::<ModelStore>::clone(&store) as Arc<dyn Store>).await;
    let root = world.account(world.sandbox(), AccountWish::Root).await;
    contacts(&world, root.id, &["ana@example.com"]).await;
    (store, world, root)
}

/// As [`with_ana`], with a key that was just disabled and whose letter is due.
pub(crate) async fn with_a_letter() -> (Arc<ModelStore>, World, Account) {
    let (store, world, root) = with_ana().await;
    key(&world, &root).await;
    world.clock.advance_ms(IDLE_DAYS * DAY_MS);
    assert_eq!(sweep(&world).await, 1);
    world.clock.advance_ms(2 * MINUTE_MS);
    (store, world, root)
}

pub(crate) async fn standing(world: &World) -> LettersStanding {
    world.engine.letters_standing(world.sandbox()).await.expect("an answer")
}

fn subjects(letters: &[Letter]) -> Vec<(&str, &str)> {
    letters.iter().map(|letter| (letter.to.as_str(), letter.subject.as_str())).collect()
}

#[tokio::test]
async fn everybody_is_told_each_step_once_in_the_language_of_the_account() {
    let (_store, world, root) = with_ana().await;
    contacts(&world, root.id, &["ana@example.com", "rui@example.com"]).await;
    let language = Some(LanguageRule::Own(Language::Portuguese));
    change(&world, root.id, AccountChange { language, ..AccountChange::default() }).await;
    named_key(&world, &root, "till").await;
    let office = PostOffice::open();
    for _ in 0..200 {
        sweep(&world).await;
        office.round(&world).await;
        world.clock.advance_ms(DAY_MS);
    }
    let letters = office.letters();
    let steps =
        ["disabled till", "expiring till", "expiring till", "expiring till", "expired till"];
    let each = |step| [("ana@example.com", step), ("rui@example.com", step)];
    let expected: Vec<_> = steps.into_iter().flat_map(each).collect();
    assert_eq!(subjects(&letters), expected);
    assert!(letters.iter().all(|letter| letter.language == Language::Portuguese));
    let mut ids: Vec<_> = letters.iter().map(|letter| &letter.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), letters.len(), "no two letters have one identity");
    let link = format!("https://keys.example.com/payments/sandbox/{}", root.id);
    assert!(letters.iter().all(|letter| letter.text.contains(&link)));
}

#[tokio::test]
async fn keys_that_are_due_together_go_in_one_letter_and_too_many_wait_for_the_days_end() {
    let (_store, world, root) = with_ana().await;
    // Seven keys, three hours between them; the first two and the last two are made together.
    let mut made = 0;
    for gap_hours in [0, 1, 1, 1, 1, 0] {
        made += 1;
        named_key(&world, &root, &format!("k{made}")).await;
        if made == 1 {
            named_key(&world, &root, "k0").await;
        }
        world.clock.advance_ms(gap_hours * HOUR_MS);
    }
    world.clock.advance_ms(IDLE_DAYS * DAY_MS - 5 * HOUR_MS);
    let office = PostOffice::open();
    for _ in 0..24 * 60 {
        sweep(&world).await;
        office.round(&world).await;
        world.clock.advance_ms(MINUTE_MS);
    }
    let letters = office.letters();
    let told: Vec<_> = letters.iter().map(|letter| letter.subject.as_str()).collect();
    let expected = [
        "disabled k1, disabled k0, disabled k2",
        "disabled k3",
        "disabled k4",
        "disabled k5, disabled k6",
    ];
    assert_eq!(told, expected);
    assert_eq!(letters.len(), SOON_MAX as usize + 1);
    // The day ends at midnight in São Paulo.
    assert_eq!(letters[3].at.to_rfc3339(), "2026-04-15T03:00:00.000Z");
}

#[tokio::test]
async fn nothing_is_lost_while_the_mail_server_is_down() {
    let (_store, world, root) = with_a_letter().await;
    let up = Arc::new(Mutex::new(false));
    let is_up = Arc::clone(&up);
    let office = PostOffice::answering(move |_| match *is_up.lock().expect("a switch") {
        true => Ok(()),
        false => Err(MailTrouble::Fault(MailFault::Unreachable)),
    });
    for text in ["a", "b"] {
        named_key(&world, &root, text).await;
    }
    let down = Posted::Fault { fault: MailFault::Unreachable, is_given_up: false };
    for _ in 0..4 * 24 {
        assert_eq!(office.round(&world).await, std::slice::from_ref(&down));
        let mut chance = world.chance();
        let given_up =
            world.engine.give_up_letters(world.sandbox(), world.reading(), &mut chance).await;
        assert_eq!(given_up.expect("a store"), 0);
        world.clock.advance_ms(HOUR_MS);
    }
    *up.lock().expect("a switch") = true;
    assert_eq!(office.round(&world).await, [Posted::Sent]);
    let letters = office.letters();
    assert!(letters.windows(2).all(|pair| pair[0] == pair[1]), "it is the same letter each time");
    assert_eq!(office.round(&world).await, []);
    assert_eq!(standing(&world).await, LettersStanding { sent: 1, ..LettersStanding::default() });
}

#[tokio::test]
async fn a_letter_that_is_put_off_for_five_days_is_given_up_with_a_trail() {
    let (store, world, _) = with_a_letter().await;
    let said = ServerSaid::new(451, "greylisted");
    let trouble = MailTrouble::Deferred(said.clone());
    let answer = trouble.clone();
    let office = PostOffice::answering(move |_| Err(answer.clone()));
    take_causes(&world, Writing::On).await;
    let before = store.count_trail().await.expect("a count").audit;
    let due_at = world.clock.now();
    let mut tried_at = Vec::new();
    while standing(&world).await.open > 0 {
        for posted in office.round(&world).await {
            tried_at.push(world.clock.now().millis_since(due_at) / MINUTE_MS);
            let over = posted == Posted::GivenUp(trouble.clone());
            assert!(over || posted == Posted::PutOff(said.clone()), "{posted:?}");
        }
        assert!(tried_at.len() < 100, "it is never given up");
        world.clock.advance_ms(MINUTE_MS);
    }
    assert_eq!(tried_at[..8], [0, 1, 6, 21, 51, 111, 231, 471]);
    let last = tried_at.last().expect("an attempt") * MINUTE_MS;
    assert!((GIVEN_UP_AFTER_MS - 5 * HOUR_MS..=GIVEN_UP_AFTER_MS).contains(&last), "{last}");
    let after = store.count_trail().await.expect("a count").audit;
    assert_eq!(after, before + 1);
    let given_up = LettersStanding { given_up: 1, ..LettersStanding::default() };
    assert_eq!(standing(&world).await, given_up);
}

#[tokio::test]
async fn a_letter_that_is_refused_is_given_up_and_its_other_copies_are_sent() {
    let (store, world, root) = with_ana().await;
    contacts(&world, root.id, &["gone@example.com", "rui@example.com"]).await;
    key(&world, &root).await;
    world.clock.advance_ms(IDLE_DAYS * DAY_MS);
    sweep(&world).await;
    let said = ServerSaid::new(550, "nobody here");
    let answer = MailTrouble::Refused(said.clone());
    let office = PostOffice::answering(move |letter| match letter.to.as_str() {
        "gone@example.com" => Err(answer.clone()),
        _ => Ok(()),
    });
    let before = store.count_trail().await.expect("a count").audit;
    assert_eq!(office.round(&world).await, [], "it waits for more news");
    world.clock.advance_ms(2 * MINUTE_MS);
    let expected = [Posted::GivenUp(MailTrouble::Refused(said)), Posted::Sent];
    assert_eq!(office.round(&world).await, expected);
    assert_eq!(store.count_trail().await.expect("a count").audit, before + 1);
    world.clock.advance_ms(DAY_MS);
    assert_eq!(office.round(&world).await, []);
}

/// A postman who takes the first letter and never says so.
#[derive(Debug, Default)]
struct Silent(Mutex<Vec<Letter>>);

#[async_trait::async_trait]
impl Postman for Silent {
    async fn send(&self, letter: &Letter) -> Result<(), MailTrouble> {
        self.0.lock().expect("letters").push(letter.clone());
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_letter_that_was_taken_and_not_recorded_comes_again_under_the_same_identity() {
    let (store, world, _) = with_a_letter().await;
    take_causes(&world, Writing::On).await;
    let silent = Arc::new(Silent::default());
    let mail = correspondence(Arc::<Silent>::clone(&silent) as _);
    {
        let mut chance = world.chance();
        let place = world.sandbox();
        let send = world.engine.send_next_letter(place, &mail, world.reading(), &mut chance);
        let mut send = std::pin::pin!(send);
        while silent.0.lock().expect("letters").is_empty() {
            let waker = std::task::Waker::noop();
            let polled = send.as_mut().poll(&mut std::task::Context::from_waker(waker));
            assert!(polled.is_pending());
        }
    }
    // The process ends here, and another one goes on over its store.
    let now = world.clock.now();
    drop(world);
    let world = crate::scene::world(store as Arc<dyn Store>).await;
    world.clock.advance_ms(now.millis_since(world.clock.now()));
    let office = PostOffice::open();
    assert_eq!(office.round(&world).await, [], "it is in a hand");
    world.clock.advance_ms(2 * MINUTE_MS);
    assert_eq!(office.round(&world).await, [Posted::Sent]);
    let first = silent.0.lock().expect("letters").clone();
    assert_eq!(first, office.letters());
    assert_eq!(office.round(&world).await, []);
}

#[tokio::test]
async fn nobody_is_written_to_under_another_name_nor_of_what_somebody_did() {
    let (_store, world, root) = with_ana().await;
    let white = subaccount(&world, &root, Branding::WhiteLabel).await;
    contacts(&world, white.id, &["shop@example.com"]).await;
    let nobodys = subaccount(&world, &root, Branding::Ours).await;
    key(&world, &white).await;
    key(&world, &nobodys).await;
    let by_hand = key(&world, &root).await;
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    let disabled = world.engine.disable_key(world.sandbox(), by_hand.key.id, context).await;
    disabled.expect("a disabled key");
    let office = PostOffice::open();
    for _ in 0..95 {
        sweep(&world).await;
        office.round(&world).await;
        world.clock.advance_ms(DAY_MS);
    }
    assert_eq!(office.letters(), []);
    // Whoever changes sides later is told what comes then.
    branded(&world, &white, Branding::Ours).await;
    for _ in 0..30 {
        sweep(&world).await;
        office.round(&world).await;
        world.clock.advance_ms(DAY_MS);
    }
    let letters = office.letters();
    let to: Vec<_> = letters.iter().map(|letter| letter.to.as_str()).collect();
    assert_eq!(to, ["shop@example.com", "shop@example.com", "ana@example.com"]);
}

#[tokio::test]
async fn what_happened_while_nobody_was_written_to_is_told_nobody_later() {
    let (_store, world, _) = with_a_letter().await;
    take_causes(&world, Writing::Off).await;
    let office = PostOffice::open();
    world.clock.advance_ms(DAY_MS);
    assert_eq!(office.round(&world).await, []);
    assert_eq!(standing(&world).await, LettersStanding::default());
}

#[tokio::test]
async fn no_letter_holds_a_letter_of_a_secret() {
    let (_store, world, root) = with_ana().await;
    let held = key(&world, &root).await;
    world.clock.advance_ms(IDLE_DAYS * DAY_MS);
    sweep(&world).await;
    world.clock.advance_ms(2 * MINUTE_MS);
    let office = PostOffice::open();
    office.round(&world).await;
    let [letter] = &office.letters()[..] else { panic!("one letter") };
    // The prefix and the first and last four letters are shown for ever; no longer part of the text.
    let body = held.text.trim_start_matches("pay_test_");
    let all = format!("{} {} {}", letter.subject, letter.text, letter.html);
    for at in 0..=body.len() - 8 {
        assert!(!all.contains(&body[at..at + 8]), "a part of the key's text is in the letter");
    }
    assert!(all.contains(held.key.secret.hint.as_str()));
}

/// The instants of letters, in the order in which they were handed over.
pub(crate) fn dates(letters: &[Letter]) -> Vec<Timestamp> {
    letters.iter().map(|letter| letter.at).collect()
}
