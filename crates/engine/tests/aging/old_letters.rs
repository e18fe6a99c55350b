//! What becomes of letters in time: given up while the mail server is down, and deleted once they are old.
//!
//! Time is simulated. Must not test what a letter says.

use domain::letter::{GIVEN_UP_AFTER_MS, KEPT_MS};
use engine::dispatch_letters::Writing;
use engine::ports::postman::{MailFault, MailTrouble};
use store::command::LettersStanding;
use store::port::Store as _;
use testkit::post::{PostOffice, take_causes};
use testkit::world::World;

use crate::letters::{HOUR_MS, standing, with_a_letter};
use crate::scene::DAY_MS;

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
    world.clock.advance_ms(GIVEN_UP_AFTER_MS);
    assert_eq!(give_up(&world).await, 0);
    assert_eq!(standing(&world).await.open, 1, "it was put back");
    world.clock.advance_ms(1);
    assert_eq!(give_up(&world).await, 1);
    assert_eq!(store.count_trail().await.expect("a count").audit, before + 1);
    assert_eq!(PostOffice::open().round(&world).await, []);
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
