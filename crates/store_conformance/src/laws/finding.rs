//! Laws of filters: a list holds what the filter finds, and no page costs more than it may.
//!
//! Must not say itself what a filter finds: the domain does.

use domain::hint::KeyHint;
use domain::key::Key;
use domain::key_filter::{HintStart, KeyCondition, KeyFilter, LiveState, LiveStates, NamePart};
use domain::permission::{RequiredAccess, Requirement, Resource};
use store::command::{ListKeys, Position};

use super::keys::STATES;
use super::law;
use crate::checks::{OrSaid, ensure, same, same_key};
use crate::scene::{Scene, here, instant, name, permissions};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 3] = [
    law!("a list holds the keys that the filter finds, and no other", found),
    law!("a page looks at no more keys than it may, and the next goes on there", bounded),
    law!("a filter finds keys as they are used and changed, not as they were made", as_they_are),
];

/// When filters judge.
const NOW: i64 = 50;

/// A number below `bound` that follows from the ones before, and looks as if it did not.
fn below(seed: &mut u64, bound: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % bound
}

fn one_of<T: Clone>(seed: &mut u64, choices: &[T]) -> T {
    let at = below(seed, choices.len() as u64);
    choices[usize::try_from(at).unwrap_or_default()].clone()
}

async fn some_keys(scene: &mut Scene, seed: &mut u64, count: usize) -> Result<Vec<Key>, String> {
    let owners = [scene.made_root(&here()).await?, scene.made_root(&here()).await?];
    let mut made = Vec::new();
    for _ in 0..count {
        let mut command = scene.key(&one_of(seed, &owners));
        let key = &mut command.key;
        let instants = [None, Some(0), Some(49), Some(50), Some(51), Some(90)];
        key.state = one_of(seed, &STATES);
        key.expires_at = one_of(seed, &instants).map(instant);
        key.last_used_at = one_of(seed, &instants).map(instant);
        // With the secret in use, or with an earlier one.
        key.secret.last_used_at = one_of(seed, &[None, key.last_used_at]);
        let granted =
            ["*", "PAYMENT:R", "PAYMENT:RW", "PAY:RW", "CUSTOMER:R,PAYMENT:R,PAYMENTS:RW"];
        key.permissions = permissions(one_of(seed, &granted));
        key.name = name(one_of(seed, &["Loja ÇÃO", "loja", "100% _", "till %", "ΟΔΟΣ"]));
        let hints =
            ["pay_test_k3Fz…9xQ2", "pay_live_k3Fz…9xQ2", "päy_%_k3Fz…9xQ2", "pay_testX…1234"];
        key.secret.hint = KeyHint::from_stored(one_of(seed, &hints));
        made.push(scene.store.create_key(command).await.or_said("making a key")?);
    }
    Ok(made)
}

/// A filter of up to two conditions.
fn some_filter(seed: &mut u64) -> KeyFilter {
    let conditions = (0..below(seed, 3)).filter_map(|_| some_condition(seed));
    KeyFilter::new(conditions.collect())
}

fn some_condition(seed: &mut u64) -> Option<KeyCondition> {
    let at = instant([0, 49, 50, 51, 90][usize::try_from(below(seed, 5)).unwrap_or_default()]);
    Some(match below(seed, 7) {
        0 => {
            let states = [one_of(seed, &LiveState::ALL), one_of(seed, &LiveState::ALL)];
            KeyCondition::InState(LiveStates::of(states)?)
        }
        1 => KeyCondition::ExpiresBefore(at),
        2 => KeyCondition::LastUsedBefore(at),
        3 => KeyCondition::NeverUsed,
        4 => {
            let resource = Resource::parse(one_of(seed, &["PAYMENT", "PAY", "MENT"])).ok()?;
            let access = one_of(seed, &[RequiredAccess::Read, RequiredAccess::Write]);
            KeyCondition::May(Requirement { resource, access })
        }
        5 => {
            let parts = ["LOJA", "ção", "%", "_", "δοσ", "x"];
            KeyCondition::NameContains(NamePart::parse(one_of(seed, &parts)).ok()?)
        }
        _ => {
            let starts = ["pay_", "pay_test_", "PAY", "päy_%", "pay_%", "…"];
            KeyCondition::HintBegins(HintStart::parse(one_of(seed, &starts)).ok()?)
        }
    })
}

async fn found(bench: &dyn Bench) -> Verdict {
    let mut seed = 1;
    let mut scene = Scene::fresh(bench).await;
    let made = some_keys(&mut scene, &mut seed, 60).await?;
    let now = instant(NOW);
    for _ in 0..50 {
        let filter = some_filter(&mut seed);
        let owner = one_of(&mut seed, &[None, Some(made[0].owner)]);
        let wanted: Vec<&Key> = made
            .iter()
            .filter(|key| owner.is_none_or(|owner| owner == key.owner) && filter.matches(key, now))
            .collect();
        for (limit, rows_max) in [(100, 1_000), (3, 1_000), (100, 7), (2, 3)] {
            let mut question = ListKeys {
                owner,
                filter: filter.clone(),
                now,
                limit,
                rows_max,
                ..ListKeys::of(here())
            };
            let mut items: Vec<Key> = Vec::new();
            let mut pages = 0;
            loop {
                let page = scene.store.list_keys(question.clone()).await.or_said("listing")?;
                items.extend(page.items);
                pages += 1;
                ensure(pages < 200, || "the pages never end".to_owned())?;
                match page.next {
                    Some(next) => question.after = next,
                    None => break,
                }
            }
            let found: Vec<_> = items.iter().map(|key| key.id).collect();
            let ids: Vec<_> = wanted.iter().map(|key| key.id).collect();
            same(&format!("what {filter:?} finds"), &found, &ids)?;
            for (found, made) in items.iter().zip(&wanted) {
                same_key("a key that was found", found, made)?;
            }
        }
    }
    Ok(())
}

async fn bounded(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let last = {
        for _ in 0..9 {
            scene.made_key(&owner).await?;
        }
        let mut command = scene.key(&owner);
        command.key.name = name("the last");
        scene.store.create_key(command).await.or_said("making a key")?
    };
    let part = NamePart::parse("LAST").or_said("reading a part")?;
    let filter = KeyFilter::new(vec![KeyCondition::NameContains(part)]);
    for owner in [None, Some(owner.id)] {
        let mut question =
            ListKeys { owner, filter: filter.clone(), rows_max: 4, ..ListKeys::of(here()) };
        // The tenth of ten is on the third page of four.
        for expected in [0, 0, 1] {
            let page = scene.store.list_keys(question.clone()).await.or_said("listing")?;
            same("how many were found among four", &page.items.len(), &expected)?;
            if expected == 0 {
                question.after = page.next.ok_or("the list ends before all was looked at")?;
            } else {
                same("which was found", &page.items[0].id, &last.id)?;
            }
        }
        question.rows_max = 0;
        question.after = Position::START;
        let page = scene.store.list_keys(question).await.or_said("listing")?;
        same("whether a page of no rows goes on", &page.next.is_some(), &true)?;
    }
    Ok(())
}

async fn as_they_are(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    let key = scene.made_key(&owner).await?;
    let count = async |scene: &Scene, condition: KeyCondition| {
        let filter = KeyFilter::new(vec![condition]);
        let question = ListKeys { filter, now: instant(NOW), ..ListKeys::of(here()) };
        let page = scene.store.list_keys(question).await.or_said("listing")?;
        Ok::<_, String>(page.items.len())
    };
    let enabled = LiveStates::of([LiveState::Enabled]).ok_or("a state is a state")?;
    let enabled = KeyCondition::InState(enabled);
    same("unused keys", &count(&scene, KeyCondition::NeverUsed).await?, &1)?;
    same("enabled keys", &count(&scene, enabled.clone()).await?, &1)?;
    scene.used(&key, key.secret.kid, &[5]).await?;
    let command = scene.disable(&key);
    scene.store.disable_key(command).await.or_said("disabling")?;
    same("unused keys after a use", &count(&scene, KeyCondition::NeverUsed).await?, &0)?;
    for (at, expected) in [(5, 0), (6, 1)] {
        let before = KeyCondition::LastUsedBefore(instant(at));
        same("keys used before", &count(&scene, before).await?, &expected)?;
    }
    same("enabled keys after disabling", &count(&scene, enabled).await?, &0)
}
