//! A verification in a realm with limits asks the allocator for nothing.
//!
//! Has a binary of its own, because it counts what the whole process allocates.

use std::alloc::System;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use domain::limit::{LimitKind, LimitName, LimitPer, LimitRule, LimitRules};
use engine::create_account::AccountWish;
use engine::verify::Verdict;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use store::model::ModelStore;
use testkit::world::{HeldKey, World};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Asks once, without waiting.
fn grants(world: &World, key: &HeldKey) -> bool {
    let place = world.sandbox();
    let request = world.request(place, &key.text);
    let asked = pin!(world.engine.verify(place, &request));
    match asked.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Verdict::Granted(_)) => true,
        Poll::Ready(Verdict::Refused(_)) | Poll::Pending => false,
    }
}

#[tokio::test]
async fn a_request_that_takes_from_four_limits_allocates_nothing() {
    let rule = |name: &str, per, at_most, kind| {
        LimitRule::of(LimitName::parse(name).expect("a name"), per, at_most, kind)
    };
    let limits = LimitRules::new([
        rule("second", LimitPer::Key, 2, LimitKind::AnyInterval { length_s: 1 }),
        rule("minute", LimitPer::Key, 1_000, LimitKind::AnyInterval { length_s: 60 }),
        rule("quota", LimitPer::Account, 25_000, LimitKind::FromFirst { length_s: 43_200 }),
        rule("reads", LimitPer::Account, 50, LimitKind::AtOnce),
    ]);
    let limits = limits.expect("limits that can be held");
    let world = World::limited(Arc::new(ModelStore::new()), limits).await;
    let account = world.account(world.sandbox(), AccountWish::Root).await;
    let key = world.key(world.sandbox(), World::wish(account.id)).await;
    // The first use of a day waits for the store, and the first request makes its counters.
    assert_eq!(world.verify(world.sandbox(), &key.text).await, "granted");
    let region = Region::new(ALLOCATOR);
    let mut granted = 0;
    for _ in 0..1_000 {
        world.clock.advance_ms(500);
        granted += u32::from(grants(&world, &key));
    }
    let change = region.change();
    assert_eq!(granted, 1_000);
    assert_eq!(change.allocations + change.reallocations, 0, "{change:?}");
}
