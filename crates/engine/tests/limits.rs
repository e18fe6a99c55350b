//! Limits as a verification takes them: last, all or none, from the budget of the key or account and
//! not of a secret.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use domain::limit::{
    LimitCost, LimitKind, LimitMethods, LimitMode, LimitName, LimitPaths, LimitPer, LimitRule,
    LimitRules,
};
use domain::method::Method;
use domain::path_pattern::PathPattern;
use domain::refusal::Refusal;
use domain::secret::OverlapStart;
use engine::create_account::AccountWish;
use engine::verify::{Counting, Permit, Verdict, VerifyRequest};
use store::model::ModelStore;
use testkit::world::{HeldKey, World};

const SECOND: LimitKind = LimitKind::AnyInterval { length_s: 1 };
const MINUTE: LimitKind = LimitKind::AnyInterval { length_s: 60 };

fn rule(name: &str, per: LimitPer, at_most: u32, kind: LimitKind) -> LimitRule {
    LimitRule::of(LimitName::parse(name).expect("a name"), per, at_most, kind)
}

fn pattern(text: &str) -> PathPattern {
    PathPattern::parse(text).expect("a pattern")
}

/// A world with these limits and keys: two of one account, one of another.
async fn world(rules: impl IntoIterator<Item = LimitRule>) -> (World, [HeldKey; 3]) {
    let limits = LimitRules::new(rules).expect("limits that can be held");
    let world = World::limited(Arc::new(ModelStore::new()), limits).await;
    let one = world.account(world.sandbox(), AccountWish::Root).await;
    let other = world.account(world.sandbox(), AccountWish::Root).await;
    let keys = [
        world.key(world.sandbox(), World::wish(one.id)).await,
        world.key(world.sandbox(), World::wish(one.id)).await,
        world.key(world.sandbox(), World::wish(other.id)).await,
    ];
    (world, keys)
}

/// Asks for this route, and counts in this way.
async fn ask<'w>(
    world: &'w World,
    key: &HeldKey,
    (method, path): (Method, &str),
    counting: Counting,
) -> Result<Permit<'w>, Refusal> {
    let place = world.sandbox();
    let asked = world.request(place, &key.text);
    let request = VerifyRequest { counting, method, path, ..asked };
    match world.engine.verify(place, &request).await {
        Verdict::Granted(permit) => Ok(permit),
        Verdict::Refused(refusal) => Err(refusal),
    }
}

const READ: (Method, &str) = (Method::Get, "/v3/payments");

/// How many of ten requests pass.
async fn passing(world: &World, key: &HeldKey, route: (Method, &str)) -> usize {
    let mut passed = 0;
    for _ in 0..10 {
        passed += usize::from(ask(world, key, route, Counting::WithoutEnd).await.is_ok());
    }
    passed
}

/// The limit that refuses and the wait.
#[track_caller]
fn spent(asked: Result<Permit<'_>, Refusal>) -> (String, u64) {
    let Err(Refusal::RateLimited { retry_after_ms, spent }) = asked else {
        unreachable!("no limit refused: {asked:?}")
    };
    (spent.rule.name.to_string(), retry_after_ms)
}

#[tokio::test]
async fn each_key_has_its_own_budget_and_an_account_one_for_all_of_its_keys() {
    for (per, passed) in [(LimitPer::Key, [2, 2, 2]), (LimitPer::Account, [2, 0, 2])] {
        let (world, keys) = world([rule("second", per, 2, SECOND)]).await;
        for (key, passed) in keys.iter().zip(passed) {
            assert_eq!(passing(&world, key, READ).await, passed, "{per:?}");
        }
    }
    let (world, keys) = world([rule("second", LimitPer::Realm, 2, SECOND)]).await;
    assert_eq!(passing(&world, &keys[0], READ).await, 2);
    assert_eq!(passing(&world, &keys[2], READ).await, 0);
}

#[tokio::test]
async fn two_windows_are_taken_together_and_obeying_the_wait_helps() {
    let both = [rule("second", LimitPer::Key, 2, SECOND), rule("minute", LimitPer::Key, 4, MINUTE)];
    let (world, [key, ..]) = world(both).await;
    assert_eq!(passing(&world, &key, READ).await, 2);
    let refused = spent(ask(&world, &key, READ, Counting::ToTheEnd).await);
    assert_eq!(refused, ("second".to_owned(), 1_000));
    world.clock.advance_ms(1_000);
    assert_eq!(passing(&world, &key, READ).await, 2);
    // Both refuse; the longer wait is told.
    let refused = spent(ask(&world, &key, READ, Counting::ToTheEnd).await);
    assert_eq!(refused, ("minute".to_owned(), 59_000));
    world.clock.advance_ms(58_999);
    assert_eq!(passing(&world, &key, READ).await, 0);
    world.clock.advance_ms(1);
    assert_eq!(passing(&world, &key, READ).await, 2);
}

#[tokio::test]
async fn a_new_secret_brings_no_new_budget() {
    let (world, [key, ..]) = world([rule("minute", LimitPer::Key, 3, MINUTE)]).await;
    let new = world.rotate(world.sandbox(), key.key.id, 3_600, OverlapStart::AtOnce).await;
    assert!(ask(&world, &key, READ, Counting::ToTheEnd).await.is_ok());
    assert_eq!(passing(&world, &new, READ).await, 2);
    assert_eq!(passing(&world, &key, READ).await, 0);
}

#[tokio::test]
async fn what_is_refused_for_anything_else_takes_nothing_and_a_limit_refuses_what_counts_as_use() {
    let (world, [key, other, _]) = world([rule("minute", LimitPer::Account, 1, MINUTE)]).await;
    let disabled = {
        let mut chance = world.chance();
        let context = world.context(&mut chance);
        world.engine.disable_key(world.sandbox(), other.key.id, context).await
    };
    disabled.expect("it is disabled");
    for _ in 0..5 {
        assert_eq!(world.verify(world.sandbox(), &other.text).await, "disabled");
    }
    assert_eq!(passing(&world, &key, READ).await, 1);
    world.clock.advance_ms(5_000);
    spent(ask(&world, &key, READ, Counting::ToTheEnd).await);
    let seen = world.engine.get_key(world.sandbox(), key.key.id).await.expect("the store answers");
    let used_at = seen.last_used_at;
    assert_eq!(used_at, Some(world.clock.now()), "a refusal by a limit is a use");
}

#[tokio::test]
async fn a_use_that_waited_and_is_then_refused_takes_nothing() {
    let rule = rule("one", LimitPer::Account, 1, MINUTE);
    let (world, [key, other, _]) = world([rule]).await;
    {
        let mut asking = pin!(ask(&world, &key, READ, Counting::WithoutEnd));
        let begun = asking.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(begun.is_pending(), "the first use of a day waits for the store");
        let mut chance = world.chance();
        let context = world.context(&mut chance);
        let disabled = world.engine.disable_key(world.sandbox(), key.key.id, context).await;
        disabled.expect("a disabled key");
        assert!(matches!(asking.await, Err(Refusal::Disabled(_))));
    }
    assert_eq!(passing(&world, &other, READ).await, 1, "the account's budget is whole");
}

#[tokio::test]
async fn at_once_counts_until_it_is_dropped_and_only_where_the_end_is_seen() {
    let (world, [key, ..]) = world([rule("reads", LimitPer::Key, 2, LimitKind::AtOnce)]).await;
    let mut first = ask(&world, &key, READ, Counting::ToTheEnd).await.expect("one");
    let held = first.take_under_way().expect("it is under way");
    drop(first);
    let second = ask(&world, &key, READ, Counting::ToTheEnd).await.expect("two");
    let refused = spent(ask(&world, &key, READ, Counting::ToTheEnd).await);
    assert_eq!(refused, ("reads".to_owned(), 1_000));
    assert_eq!(passing(&world, &key, READ).await, 10, "whoever cannot see the end is not asked");
    // One that nobody took ends with its permit, one that somebody took when that is dropped.
    drop(second);
    let third = ask(&world, &key, READ, Counting::ToTheEnd).await.expect("again two");
    drop(held);
    let fourth = ask(&world, &key, READ, Counting::ToTheEnd).await.expect("and again");
    spent(ask(&world, &key, READ, Counting::ToTheEnd).await);
    drop((third, fourth));
    world.engine.sweep_limits(world.clock.tick());
    assert_eq!(world.engine.limit_counters(), 0);
}

#[tokio::test]
async fn who_only_looks_is_refused_like_others_and_takes_nothing() {
    let (world, [key, ..]) = world([rule("minute", LimitPer::Key, 1, MINUTE)]).await;
    for _ in 0..5 {
        assert!(ask(&world, &key, READ, Counting::NotYet).await.is_ok());
    }
    assert!(ask(&world, &key, READ, Counting::ToTheEnd).await.is_ok());
    spent(ask(&world, &key, READ, Counting::NotYet).await);
}

#[tokio::test]
async fn a_shadow_refuses_nobody_and_tells_what_it_would_have_refused() {
    let shadow = LimitRule { mode: LimitMode::Shadow, ..rule("second", LimitPer::Key, 2, SECOND) };
    let (world, [key, ..]) = world([shadow]).await;
    for would_refuse in [false, false, true, true] {
        let permit = ask(&world, &key, READ, Counting::ToTheEnd).await.expect("it passes");
        let standing = permit.taken().standings().next().expect("one limit");
        assert_eq!(standing.would_refuse, would_refuse);
    }
    let tallies: Vec<u64> =
        world.engine.shadow_tallies().map(|tally| tally.would_have_refused).collect();
    assert_eq!(tallies, [2, 0], "in the sandbox two, in production none");
}

#[tokio::test]
async fn limits_are_about_their_routes_and_some_requests_cost_more() {
    let paths = LimitPaths::Only(vec![pattern("/v3/payments"), pattern("/v3/customers")]);
    let cost = LimitCost { methods: LimitMethods::All, path: pattern("/v3/customers"), cost: 3 };
    let routes = LimitRule { paths, costs: vec![cost], ..rule("r", LimitPer::Route, 4, MINUTE) };
    let (world, keys) = world([routes]).await;
    assert_eq!(passing(&world, &keys[0], READ).await, 4);
    assert_eq!(passing(&world, &keys[2], READ).await, 0, "a path is everybody's");
    assert_eq!(passing(&world, &keys[0], (Method::Get, "/v3/customers")).await, 1);
    assert_eq!(passing(&world, &keys[0], (Method::Get, "/v3/other")).await, 10);
}
