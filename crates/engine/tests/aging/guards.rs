//! What holds a sweep up, and what has it look anew.

use std::sync::Arc;

use domain::account::Branding;
use domain::audit::EventKind;
use domain::lifecycle::{Lifecycle, SweepGuard};
use engine::create_account::AccountWish;
use engine::guards::ApproveRejection;
use engine::outcome::Failure;
use engine::sweep_keys::SweepRejection;
use store::model::ModelStore;
use store::port::Store;
use testkit::world::World;

use crate::scene::{
    DAY_MS, branded, dated_key, events, key, kinds, lifecycle, subaccount, sweep, try_sweep, world,
};

/// A world with so many idle keys, and so many that were just made.
async fn crowd(guard: SweepGuard, idle: u32, new: u32) -> World {
    let store = Arc::new(ModelStore::new());
    let world = World::aging(store, Lifecycle { guard, ..lifecycle() }).await;
    keys(&world, idle).await;
    world.clock.advance_ms(91 * DAY_MS);
    keys(&world, new).await;
    world
}

/// So many keys, ten of an account.
async fn keys(world: &World, count: u32) {
    let mut account = None;
    for number in 0..count {
        if number % 10 == 0 {
            account = Some(world.account(world.sandbox(), AccountWish::Root).await);
        }
        key(world, account.as_ref().expect("made before the first key")).await;
    }
}

#[tokio::test]
async fn more_than_a_share_of_the_keys_never_changes_at_once() {
    let share = |percent| SweepGuard::of_percent(percent).expect("a share");
    for (percent, idle, new, done) in [
        (20, 100, 0, true),
        (20, 101, 0, false),
        (20, 101, 403, false),
        (20, 101, 404, true),
        (50, 300, 299, false),
        (50, 300, 300, true),
        (100, 600, 0, true),
    ] {
        let world = crowd(share(percent), idle, new).await;
        let swept = try_sweep(&world).await;
        let what = format!("{percent} % of {idle} and {new}: {swept:?}");
        match swept {
            Ok(steps) => assert!(done && steps == idle, "{what}"),
            Err(SweepRejection::TooMany { changes, keys, percent: told }) => {
                assert!(!done && changes > 100 && told == percent, "{what}");
                assert!(keys <= u64::from(idle + new), "{what}");
            }
            Err(SweepRejection::ClockBehind { .. }) => panic!("{what}"),
        }
    }
}

#[tokio::test]
async fn what_somebody_approved_changes_at_once_and_no_more_than_that() {
    let world = crowd(SweepGuard::of_percent(20).expect("a share"), 150, 0).await;
    let place = world.sandbox();
    let status =
        || async { world.engine.lifecycle_status(place, world.reading()).await.expect("a store") };
    let approve = |most| {
        let world = &world;
        async move {
            let mut chance = world.chance();
            let context = world.context(&mut chance);
            world.engine.approve_sweep(world.sandbox(), most, context).await
        }
    };
    try_sweep(&world).await.expect_err("too many");
    let held = status().await;
    assert!(matches!(held.held, Some(SweepRejection::TooMany { .. })), "{held:?}");
    assert_eq!((held.due, held.keys, held.held_since), (150, 150, Some(world.clock.now())));
    let fewer = approve(149).await;
    let due = Failure::Rejected(ApproveRejection::MoreAreDue { due: 150 });
    assert_eq!(format!("{fewer:?}"), format!("{:?}", Err::<(), _>(due)));
    assert_eq!(approve(1_000).await.expect("an approval").keys, 150);
    assert!(world.engine.is_to_be_swept_soon(place) && !world.engine.is_to_be_swept_soon(place));
    assert_eq!(status().await.held, None);
    assert_eq!(try_sweep(&world).await, Ok(150));
    let after = status().await;
    assert_eq!((after.due, after.guard.approval, after.held_since), (0, None, None));
    let nothing = approve(1_000).await;
    assert!(matches!(nothing, Err(Failure::Rejected(ApproveRejection::NotHeld))), "{nothing:?}");
    // It was used up: the next wave is held up again.
    world.clock.advance_ms(30 * DAY_MS);
    assert!(matches!(try_sweep(&world).await, Err(SweepRejection::TooMany { .. })));
}

#[tokio::test]
async fn an_approval_that_nobody_used_ends() {
    let world = crowd(SweepGuard::of_percent(20).expect("a share"), 150, 0).await;
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.approve_sweep(world.sandbox(), 150, context).await.expect("an approval");
    world.clock.advance_ms(60 * 60 * 1_000);
    assert!(matches!(try_sweep(&world).await, Err(SweepRejection::TooMany { .. })));
}

#[tokio::test]
async fn an_approval_by_a_clock_that_was_ahead_admits_nothing_once_it_is_right() {
    let world = crowd(SweepGuard::of_percent(20).expect("a share"), 150, 0).await;
    world.clock.advance_ms(20 * DAY_MS);
    let mut chance = world.chance();
    let context = world.context(&mut chance);
    world.engine.approve_sweep(world.sandbox(), 150, context).await.expect("an approval");
    world.clock.advance_ms(-20 * DAY_MS);
    assert!(matches!(try_sweep(&world).await, Err(SweepRejection::TooMany { .. })));
    let status = world.engine.lifecycle_status(world.sandbox(), world.reading()).await;
    let status = status.expect("a store");
    assert!(matches!(status.held, Some(SweepRejection::TooMany { .. })), "{:?}", status.held);
    assert_eq!(status.guard.approval, None);
}

#[tokio::test]
async fn keys_age_again_once_somebody_says_that_the_clock_is_right() {
    let store = Arc::new(ModelStore::new());
    let world = world(Arc::<ModelStore>::clone(&store)).await;
    let account = world.account(world.sandbox(), AccountWish::Root).await;
    key(&world, &account).await;
    key(&world, &account).await;
    world.clock.advance_ms(92 * DAY_MS);
    assert_eq!(sweep(&world).await, 2);
    world.clock.advance_ms(-30 * DAY_MS);
    let later = dated_key(&world, &account, "later", 1).await;
    world.clock.advance_ms(2 * DAY_MS);
    try_sweep(&world).await.expect_err("the clock is behind");
    let held = world.engine.lifecycle_status(world.sandbox(), world.reading()).await;
    let held = held.expect("a store").held;
    assert!(matches!(held, Some(SweepRejection::ClockBehind { .. })), "{held:?}");
    let reset = || async {
        let mut chance = world.chance();
        let context = world.context(&mut chance);
        world.engine.reset_lifecycle_clock(world.sandbox(), context).await
    };
    reset().await.expect("a mark that is set back");
    assert_eq!(try_sweep(&world).await, Ok(1));
    assert_eq!(kinds(&*store, later.key.id).await, [EventKind::Created, EventKind::Expired]);
    reset().await.expect_err("nothing is ahead any more");
}

#[tokio::test]
async fn a_clock_that_is_a_year_ahead_warns_nobody() {
    // Neither has a step to take that ends a key: white-label keys, and such as are disabled.
    for branding in [Branding::WhiteLabel, Branding::Ours] {
        let store = Arc::new(ModelStore::new());
        let world = world(Arc::<ModelStore>::clone(&store)).await;
        let root = world.account(world.sandbox(), AccountWish::Root).await;
        let mut account = subaccount(&world, &root, branding).await;
        for number in 0..150 {
            if number % 10 == 0 {
                account = subaccount(&world, &root, branding).await;
            }
            let held = key(&world, &account).await;
            if branding == Branding::Ours {
                let mut chance = world.chance();
                let context = world.context(&mut chance);
                let disabled = world.engine.disable_key(world.sandbox(), held.key.id, context);
                disabled.await.expect("a disabled key");
            }
        }
        let told = events(&*store).await.len();
        world.clock.advance_ms(365 * DAY_MS);
        let refused = try_sweep(&world).await.expect_err("a clock that cannot be right");
        let many = matches!(refused, SweepRejection::TooMany { changes: 150, .. });
        assert!(many, "{branding:?}: {refused:?}");
        assert_eq!(events(&*store).await.len(), told, "{branding:?}");
    }
}

#[tokio::test]
async fn a_clock_that_was_ahead_and_changed_nothing_is_in_nobodys_way() {
    let store: Arc<dyn Store> = Arc::new(ModelStore::new());
    let none = World::aging(Arc::clone(&store), Lifecycle::default()).await;
    let account = none.account(none.sandbox(), AccountWish::Root).await;
    key(&none, &account).await;
    none.stop().await;
    let world = world(Arc::clone(&store)).await;
    world.clock.advance_ms(30 * DAY_MS);
    assert_eq!(sweep(&world).await, 0, "the key is looked at by its new policy");
    world.clock.advance_ms(-30 * DAY_MS);
    assert_eq!(sweep(&world).await, 0, "nothing is due when the clock is right again");
    let dated = dated_key(&world, &account, "dated", 1).await;
    world.clock.advance_ms(2 * DAY_MS);
    assert_eq!(try_sweep(&world).await, Ok(1));
    assert_eq!(kinds(&*store, dated.key.id).await, [EventKind::Created, EventKind::Expired]);
}

#[tokio::test]
async fn no_key_ages_while_the_clock_is_behind() {
    let store = Arc::new(ModelStore::new());
    let world = world(Arc::<ModelStore>::clone(&store)).await;
    let account = world.account(world.sandbox(), AccountWish::Root).await;
    let (held, latest) = (key(&world, &account).await, 92 * DAY_MS);
    world.clock.advance_ms(latest);
    assert_eq!(sweep(&world).await, 1);
    let latest = world.clock.now();
    // A key of another time, so that something is due at a clock which went back.
    world.clock.advance_ms(-91 * DAY_MS);
    key(&world, &account).await;
    world.clock.advance_ms(91 * DAY_MS - 1);
    let rejection = try_sweep(&world).await.expect_err("a clock that is behind");
    let now = world.clock.now();
    assert_eq!(rejection, SweepRejection::ClockBehind { now, latest });
    world.clock.advance_ms(1);
    assert_eq!(sweep(&world).await, 1);
    let told = kinds(&*store, held.key.id).await;
    assert_eq!(told, [EventKind::Created, EventKind::Disabled]);
}

#[tokio::test]
async fn another_policy_is_looked_at_after_a_restart() {
    let store: Arc<dyn Store> = Arc::new(ModelStore::new());
    let none = World::aging(Arc::clone(&store), Lifecycle::default()).await;
    let account = none.account(none.sandbox(), AccountWish::Root).await;
    let held = key(&none, &account).await;
    assert_eq!(held.key.look_at, None);
    assert_eq!(sweep(&none).await, 0);
    none.stop().await;
    let world = world(Arc::clone(&store)).await;
    world.clock.advance_ms(100 * DAY_MS);
    assert_eq!(sweep(&world).await, 1);
    assert_eq!(kinds(&*store, held.key.id).await, [EventKind::Created, EventKind::Disabled]);
}

#[tokio::test]
async fn a_switch_of_branding_is_noticed_and_tells_nothing_twice() {
    let store: Arc<dyn Store> = Arc::new(ModelStore::new());
    let world = world(Arc::clone(&store)).await;
    let root = world.account(world.sandbox(), AccountWish::Root).await;
    let account = subaccount(&world, &root, Branding::WhiteLabel).await;
    let held = key(&world, &account).await;
    world.clock.advance_ms(125 * DAY_MS);
    assert_eq!(sweep(&world).await, 1);
    branded(&world, &account, Branding::Ours).await;
    assert_eq!(sweep(&world).await, 1, "what was left out is done late");
    branded(&world, &account, Branding::WhiteLabel).await;
    assert_eq!(sweep(&world).await, 0);
    let told = kinds(&*store, held.key.id).await;
    assert_eq!(told, [EventKind::Created, EventKind::ExpiringSoon, EventKind::Disabled]);
}
