//! What becomes of letters in time: given up while the mail server is down, and deleted once they are old.
//!
//! Time is simulated. Must not test what a letter says.

use domain::account::Account;
use domain::letter::{GIVEN_UP_AFTER_MS, KEPT_MS};
use domain::watch::REST_MS;
use engine::create_account::AccountWish;
use engine::dispatch_letters::Writing;
use engine::ports::postman::{MailFault, MailTrouble};
use store::command::LettersStanding;
use store::port::Store as _;
use testkit::post::{PostOffice, take_causes};
use testkit::world::World;

use crate::letters::{HOUR_MS, IDLE_DAYS, MINUTE_MS, contacts, standing, with_a_letter, with_ana};
use crate::scene::{DAY_MS, key, sweep};

/// One whose mail server cannot be reached.
fn down() -> PostOffice {
    PostOffice::answering(|_| Err(MailTrouble::Fault(MailFault::Unreachable)))
}

async fn give_up(world: &World) -> u32 {
    let mut chance = world.chance();
    let (place, reading) = (world.sandbox(), world.reading());
    world.engine.give_up_letters(place, reading, &mut chance).await.expect("a store")
}

async fn prune(world: &World) -> u32 {
    world.engine.prune_letters(world.sandbox(), world.reading()).await.expect("a store")
}

/// Lives through so much time, hour by hour; says how many letters were deleted.
async fn lives(world: &World, ms: i64) -> u32 {
    let (mut left, mut deleted) = (ms, prune(world).await);
    while left > 0 {
        let step = left.min(HOUR_MS);
        world.clock.advance_ms(step);
        deleted += prune(world).await;
        left -= step;
    }
    deleted
}

#[tokio::test]
async fn letters_that_are_too_old_are_given_up_while_the_mail_server_is_down() {
    let (store, world, _) = with_a_letter().await;
    take_causes(&world, Writing::On).await;
    // However long it waited: it has all its attempts.
    world.clock.advance_ms(2 * GIVEN_UP_AFTER_MS);
    down().round(&world).await;
    let before = store.count_trail().await.expect("a count").audit;
    lives(&world, GIVEN_UP_AFTER_MS).await;
    assert_eq!(give_up(&world).await, 0);
    assert_eq!(standing(&world).await.open, 1, "it has its last attempt");
    world.clock.advance_ms(1);
    assert_eq!(give_up(&world).await, 1);
    assert_eq!(store.count_trail().await.expect("a count").audit, before + 1);
    assert_eq!(PostOffice::open().round(&world).await, []);
}

#[tokio::test]
async fn a_server_that_was_off_for_days_gives_no_letter_up_for_a_day() {
    let (_store, world, _) = with_a_letter().await;
    take_causes(&world, Writing::On).await;
    lives(&world, 2 * DAY_MS).await;
    down().round(&world).await;
    world.clock.advance_ms(GIVEN_UP_AFTER_MS + DAY_MS);
    assert_eq!(give_up(&world).await, 0);
    lives(&world, REST_MS - MINUTE_MS).await;
    assert_eq!(give_up(&world).await, 0);
    lives(&world, 2 * MINUTE_MS).await;
    assert_eq!(give_up(&world).await, 1);
}

#[tokio::test]
async fn letters_that_were_never_tried_hide_none_that_is_too_old() {
    let (_store, world, ana) = with_ana().await;
    let mut roots: Vec<Account> = vec![ana];
    for _ in 1..14 {
        roots.push(world.account(world.sandbox(), AccountWish::Root).await);
    }
    for root in &roots {
        let people = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"];
        contacts(&world, root.id, &[&people[..], &["e@example.com"]].concat()).await;
        key(&world, root).await;
    }
    world.clock.advance_ms(IDLE_DAYS * DAY_MS);
    assert_eq!(sweep(&world).await, 14);
    take_causes(&world, Writing::On).await;
    world.clock.advance_ms(2 * MINUTE_MS);
    assert_eq!(down().round(&world).await.len(), 1, "the others wait");
    lives(&world, GIVEN_UP_AFTER_MS + 1).await;
    assert_eq!(give_up(&world).await, 1);
    assert_eq!(give_up(&world).await, 0);
    let stands = standing(&world).await;
    assert_eq!((stands.given_up, stands.open, stands.failing), (1, 69, 0));
    assert_eq!(PostOffice::open().round(&world).await.len(), 69, "none is in a hand");
}

#[tokio::test]
async fn letters_are_kept_for_14_days_after_they_were_sent() {
    let (_store, world, _) = with_a_letter().await;
    PostOffice::open().round(&world).await;
    assert_eq!((lives(&world, KEPT_MS - 1).await, standing(&world).await.sent), (0, 1));
    assert_eq!((lives(&world, 1).await, standing(&world).await.sent), (1, 0));
}

#[tokio::test]
async fn a_clock_that_was_ahead_for_a_while_deletes_no_letter() {
    let (_store, world, _) = with_a_letter().await;
    PostOffice::open().round(&world).await;
    lives(&world, 2 * DAY_MS).await;
    let ahead = KEPT_MS + DAY_MS;
    world.clock.advance_ms(ahead);
    assert_eq!(lives(&world, HOUR_MS).await, 0);
    world.clock.advance_ms(-ahead);
    assert_eq!(lives(&world, HOUR_MS).await, 0);
    assert_eq!(standing(&world).await, LettersStanding { sent: 1, ..LettersStanding::default() });
}
