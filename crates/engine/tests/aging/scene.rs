//! What these tests have in common: a policy, accounts, and sweeps.
//!
//! Must not hold a test.

use std::sync::Arc;

use domain::account::{Account, Branding};
use domain::audit::EventKind;
use domain::ids::KeyId;
use domain::lifecycle::{
    Lifecycle, LifecyclePolicy, Stages, StagesDraft, SweepGuard, Wait, WarningTime,
};
use engine::create_account::AccountWish;
use engine::create_key::NewKey;
use engine::outcome::Failure;
use engine::sweep_keys::{SweepRejection, Swept};
use store::command::{AccountChange, EventPosition, EventRow, ListEvents};
use store::port::Store;
use testkit::world::{HeldKey, World, name};

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Disabled after 3 months, warned after 4, after 5 and 7 days before, over after 6.
pub(crate) fn lifecycle() -> Lifecycle {
    let ordinary = Stages::new(StagesDraft {
        disable: Some(Wait::Months(3)),
        warnings: vec![
            WarningTime::After(Wait::Months(4)),
            WarningTime::After(Wait::Months(5)),
            WarningTime::BeforeExpiry { days: 7 },
        ],
        expire: Some(Wait::Months(6)),
        notice_days: 7,
    });
    let ordinary = ordinary.expect("stages that follow each other");
    let white_label = ordinary.without_disabling();
    Lifecycle { policy: LifecyclePolicy { ordinary, white_label }, guard: SweepGuard::default() }
}

pub(crate) async fn world(store: Arc<dyn Store>) -> World {
    World::aging(store, lifecycle()).await
}

/// A sub-account of this branding.
pub(crate) async fn subaccount(world: &World, root: &Account, branding: Branding) -> Account {
    let place = world.sandbox();
    let account = world.account(place, AccountWish::Subaccount(root.id)).await;
    branded(world, &account, branding).await
}

pub(crate) async fn branded(world: &World, account: &Account, branding: Branding) -> Account {
    let (place, mut chance) = (world.sandbox(), world.chance());
    let context = world.context(&mut chance);
    let change = AccountChange { branding: Some(branding), ..AccountChange::default() };
    world.engine.update_account(place, account.id, change, context).await.expect("an account")
}

pub(crate) async fn key(world: &World, owner: &Account) -> HeldKey {
    world.key(world.sandbox(), World::wish(owner.id)).await
}

pub(crate) async fn dated_key(world: &World, owner: &Account, text: &str, days: i64) -> HeldKey {
    let expires_at = Some(world.clock.now().plus_millis(days * DAY_MS));
    let wish = NewKey { name: name(text), expires_at, ..World::wish(owner.id) };
    world.key(world.sandbox(), wish).await
}

/// One whole sweep; how many steps keys took.
pub(crate) async fn sweep(world: &World) -> u32 {
    match try_sweep(world).await {
        Ok(steps) => steps,
        Err(rejection) => panic!("{rejection}"),
    }
}

pub(crate) async fn try_sweep(world: &World) -> Result<u32, SweepRejection> {
    let (mut steps, mut next) = (0, None);
    loop {
        let mut chance = world.chance();
        let context = world.context(&mut chance);
        match world.engine.sweep_keys(world.sandbox(), next, context).await {
            Ok(Swept { steps: taken, next: after, .. }) => {
                steps += taken;
                if after.is_none() {
                    return Ok(steps);
                }
                next = after;
            }
            Err(Failure::Rejected(rejection)) => return Err(rejection),
            Err(Failure::Fault(fault)) => panic!("{fault:?}"),
        }
    }
}

/// Every event that was written.
pub(crate) async fn events(store: &dyn Store) -> Vec<EventRow> {
    let (mut rows, mut question) = (Vec::new(), ListEvents::after(EventPosition::START));
    loop {
        let page = store.list_events(question.clone()).await.expect("events");
        rows.extend(page.items);
        if !page.more {
            return rows;
        }
        question.after = page.end;
    }
}

/// The kinds of events of a key, in their order.
pub(crate) async fn kinds(store: &dyn Store, key: KeyId) -> Vec<EventKind> {
    let events = events(store).await.into_iter();
    events.filter(|row| row.event.key == key).map(|row| row.event.kind).collect()
}
