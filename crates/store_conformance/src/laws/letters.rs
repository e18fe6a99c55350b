//! Laws of letters: each cause is taken once, news go together as they should, and every copy is sent
//! in one hand.
//!
//! Must not write a letter's text.

use domain::delivery::Alert;
use domain::language::Language;
use domain::letter::{NEWS_MAX, SOON_MAX};
use store::command::{
    Cause, ClaimedCopy, Consumer, CopyEnding, CursorMoved, EventPosition, Heard, LettersStanding,
    NewNews,
};

use super::law;
use crate::checks::{OrSaid, ensure, rejected, same};
use crate::scene::letters::{DAY_MS, SOON_MS};
use crate::scene::webhooks::mail;
use crate::scene::{Scene, elsewhere, here, instant};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 10] = [
    law!("events and alerts come in the order of their changes, and none is passed over", causes),
    law!("causes are taken once, and what follows is written with that", once),
    law!("news of one day go in one letter until it is closed or handed out", joined),
    law!("news that a letter has no room for begin another", full),
    law!("after three letters on a day the next one waits for its end", the_rest),
    law!("everybody who is written to gets a copy of their own, and nobody elsewhere", copies),
    law!("a copy is in one hand until its time is over, and who comes late is not heard", one_hand),
    law!("what failed is due again in its time, and what is given up leaves a trail", ends),
    law!("what failed long ago is found behind what was never tried", long_ago),
    law!("what is done is deleted when it is old, with alerts that were taken", pruned),
];

async fn causes(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    scene.happened(&root, 1).await?;
    for at_ms in [11, 12] {
        scene.lost_an_event(&root, &webhook, at_ms).await?;
    }
    let page = scene.causes(EventPosition::START, 100).await?;
    let kinds: Vec<bool> =
        page.items.iter().map(|cause| matches!(cause, Cause::Alert(_))).collect();
    // The first time it loses what was before it, too.
    same("which are alerts", &kinds, &vec![false, false, true, false, true])?;
    ensure(page.items.is_sorted_by_key(Cause::position), || "the order is lost".to_owned())?;
    let Cause::Alert(alert) = &page.items[2] else { return Err("no alert".to_owned()) };
    let told = (alert.alert, alert.at, alert.last, alert.youngest_at);
    same("an alert", &told, &(Alert::Expired(2), instant(11), None, Some(instant(0))))?;
    same("more", &page.more, &false)?;
    for limit in 1..=5 {
        let (mut items, mut after, mut more) = (Vec::new(), EventPosition::START, true);
        while more {
            let next = scene.causes(after, limit).await?;
            ensure(next.items.len() <= limit as usize, || "a page is too long".to_owned())?;
            items.extend(next.items);
            (after, more) = (next.end, next.more);
        }
        same("causes of pages", &items, &page.items)?;
        same("the end", &after, &page.end)?;
    }
    same("behind the end", &scene.causes(page.end, 10).await?.items, &vec![])
}

async fn once(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let command = scene.told(&root, 0).await?;
    same("what follows", &command.news.len(), &1)?;
    let other = scene.store.cursor(Consumer::Webhooks).await.or_said("reading a cursor")?;
    same("the cursor of another", &other, &EventPosition::START)?;
    let before = scene.trail_count().await?;
    rejected("again", &scene.store.take_causes(command.clone()).await, &CursorMoved)?;
    same("entries", &scene.trail_count().await?, &before)?;
    // Whatever the cursor: a cause has news once.
    let mut twice = scene.untold(&root, 0).await?;
    twice.news.clone_from(&command.news);
    scene.store.take_causes(twice).await.or_said("taking causes")?;
    same("open copies", &scene.letters().await?.open, &1)?;
    let Some(scene) = scene.reopened(bench).await else { return Ok(()) };
    let copy = only(scene.copies(SOON_MS).await?)?;
    same("its news", &copy.news, &vec![command.news[0].news.clone()])
}

async fn joined(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let other = scene.made_subaccount(&root).await?;
    let mut told = Vec::new();
    for at_ms in [0, 1, SOON_MS - 1] {
        told.push(scene.told(&root, at_ms).await?.news.remove(0));
    }
    scene.told(&other, 0).await?;
    same("letters", &scene.letters().await?.open, &2)?;
    same("too early", &scene.copies(SOON_MS - 1).await?, &vec![])?;
    let due = scene.copies(SOON_MS).await?;
    same("in hand", &due.len(), &2)?;
    let copy = due.iter().find(|copy| copy.account == root.id).ok_or("no letter to the root")?;
    let news: Vec<_> = told.into_iter().map(|new| new.news).collect();
    same("news", &copy.news, &news)?;
    same("its date", &copy.due_at, &instant(SOON_MS))?;
    // By a clock that was set back nothing joins what was handed out.
    scene.told(&root, 50).await?;
    same("another letter", &scene.letters().await?.open, &3)?;
    // Nor do news in another language, for other people, or of another day.
    let changes: [fn(&mut NewNews); 3] = [
        |new| new.language = Language::Portuguese,
        |new| new.to = vec![mail("bia@example.com")],
        |new| new.window.day = "2026-09-22".into(),
    ];
    for (count, change) in (4..).zip(changes) {
        scene.made_key(&root).await?;
        let mut command = scene.untold(&root, 60).await?;
        command.news.iter_mut().for_each(change);
        scene.store.take_causes(command).await.or_said("taking causes")?;
        same("letters by now", &scene.letters().await?.open, &count)?;
    }
    Ok(())
}

async fn full(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    scene.made_key(&root).await?;
    let mut command = scene.untold(&root, 0).await?;
    let EventPosition { epoch, .. } = command.to;
    for ordinal in 1..=NEWS_MAX {
        command.news.push(scene.news(&root, EventPosition { epoch, ordinal }, 0));
    }
    scene.store.take_causes(command).await.or_said("taking causes")?;
    let due = scene.copies(DAY_MS).await?;
    let mut news: Vec<_> = due.iter().map(|copy| copy.news.len()).collect();
    news.sort_unstable();
    same("news of each letter", &news, &vec![1, NEWS_MAX as usize])
}

async fn the_rest(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    for letter in 0..i64::from(SOON_MAX) {
        scene.told(&root, letter * SOON_MS).await?;
        only(scene.copies((letter + 1) * SOON_MS).await?)?;
    }
    for at_ms in [500, 700, 900] {
        scene.told(&root, at_ms).await?;
    }
    // Those in hand are free again by then, so hands are told apart by when they were due.
    same("before the end", &scene.copies(DAY_MS - 1).await?, &vec![])?;
    let last = only(scene.copies(DAY_MS).await?)?;
    same("news of the rest", &(last.news.len(), last.due_at), &(3, instant(DAY_MS)))
}

async fn copies(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    scene.made_key(&root).await?;
    let mut command = scene.untold(&root, 0).await?;
    let people = vec![mail("ana@example.com"), mail("bia@example.com")];
    command.news[0].to.clone_from(&people);
    let letter = command.news[0].letter;
    scene.store.take_causes(command).await.or_said("taking causes")?;
    for place in elsewhere() {
        same("elsewhere", &scene.copies_at(&place, SOON_MS, SOON_MS).await?, &vec![])?;
    }
    let due = scene.copies(SOON_MS).await?;
    let to: Vec<_> = due.iter().map(|copy| copy.to.clone()).collect();
    same("to whom", &to, &people)?;
    let hands: Vec<_> = due.iter().map(|copy| (copy.hand.letter, copy.hand.copy)).collect();
    same("which copies", &hands, &vec![(letter, 0), (letter, 1)])?;
    scene.copy_ended(&due[0], SOON_MS, CopyEnding::Sent).await?;
    scene.copy_ended(&due[1], SOON_MS, CopyEnding::PutBack).await?;
    let rest = only(scene.copies(SOON_MS).await?)?;
    same("what is left", &(rest.to, rest.failures), &(people[1].clone(), 0))
}

async fn one_hand(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    scene.told(&root, 0).await?;
    let first = only(scene.copies_at(&here(), SOON_MS, 0).await?)?;
    same("in another", &scene.copies_at(&here(), SOON_MS, 9_999).await?, &vec![])?;
    let second = only(scene.copies_at(&here(), SOON_MS, 10_000).await?)?;
    ensure(second.hand.fence > first.hand.fence, || "the hand has an old number".to_owned())?;
    let late = scene.copy_ended(&first, SOON_MS, CopyEnding::Sent).await?;
    same("the first hand", &late, &Heard::No)?;
    same("still open", &scene.letters().await?.open, &1)?;
    let heard = scene.copy_ended(&second, SOON_MS, CopyEnding::Sent).await?;
    same("the second hand", &heard, &Heard::Yes)?;
    let twice = scene.copy_ended(&second, SOON_MS, CopyEnding::PutBack).await?;
    same("twice", &twice, &Heard::No)?;
    let standing = LettersStanding { sent: 1, ..LettersStanding::default() };
    same("how it stands", &scene.letters().await?, &standing)
}

async fn ends(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    scene.told(&root, 0).await?;
    let copy = only(scene.copies(SOON_MS).await?)?;
    let next_at = instant(5_000);
    scene.copy_ended(&copy, SOON_MS, CopyEnding::Failed { next_at }).await?;
    let waiting = LettersStanding {
        open: 1,
        failing: 1,
        next_at: Some(next_at),
        ..LettersStanding::default()
    };
    same("while it waits", &scene.letters().await?, &waiting)?;
    same("before its time", &scene.copies(4_999).await?, &vec![])?;
    let again = only(scene.copies(5_000).await?)?;
    same("the same letter", &(&again.news, again.due_at), &(&copy.news, copy.due_at))?;
    let failed = (again.failures, again.first_failed_at);
    same("its failures", &failed, &(1, Some(instant(SOON_MS))))?;
    let next_at = instant(5_500);
    scene.copy_ended(&again, 5_000, CopyEnding::Failed { next_at }).await?;
    let again = only(scene.copies(5_500).await?)?;
    let failed = (again.failures, again.first_failed_at);
    same("its failures in all", &failed, &(2, Some(instant(SOON_MS))))?;
    let before = (scene.trail_count().await?, scene.epoch().await?);
    let trail = scene.trail(&here(), 0);
    scene.copy_ended(&again, 5_000, CopyEnding::GivenUp { trail }).await?;
    let after = (scene.trail_count().await?, scene.epoch().await?);
    same("entries", &(after.0.audit - before.0.audit, after.1 - before.1), &(1, 1))?;
    let standing = LettersStanding { given_up: 1, ..LettersStanding::default() };
    same("how it stands", &scene.letters().await?, &standing)?;
    same("never again", &scene.copies(999_999).await?, &vec![])
}

async fn long_ago(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let mut failed = Vec::new();
    // The one that failed first is due last.
    for (told_ms, next_ms) in [(0, 900), (201, 800)] {
        scene.told(&root, told_ms).await?;
        let copy = only(scene.copies(told_ms + SOON_MS).await?)?;
        let ending = CopyEnding::Failed { next_at: instant(next_ms) };
        scene.copy_ended(&copy, told_ms + SOON_MS, ending).await?;
        failed.push(copy.hand.letter);
    }
    scene.told(&root, 410).await?;
    same("before it is due", &scene.copies_failed_before(&here(), (101, 899), 9).await?, &vec![])?;
    same("at the instant", &scene.copies_failed_before(&here(), (100, 900), 9).await?, &vec![])?;
    for place in elsewhere() {
        same("elsewhere", &scene.copies_failed_before(&place, (950, 900), 9).await?, &vec![])?;
    }
    for letter in failed {
        let copy = only(scene.copies_failed_before(&here(), (950, 900), 1).await?)?;
        same("which letter", &copy.hand.letter, &letter)?;
    }
    same("in a hand", &scene.copies_failed_before(&here(), (950, 900), 9).await?, &vec![])?;
    let untried = only(scene.copies(900).await?)?;
    same("what was never tried", &untried.failures, &0)
}

async fn pruned(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let webhook = scene.made_webhook(&root).await?;
    scene.told(&root, 0).await?;
    scene.lost_an_event(&root, &webhook, 10).await?;
    same("an alert that was not taken", &scene.pruned(&here(), 99_999).await?, &0)?;
    let command = scene.untold(&root, 1).await?;
    scene.store.take_causes(command).await.or_said("taking causes")?;
    // Both causes went in one letter; it is open.
    same("too young", &scene.pruned(&here(), 9).await?, &0)?;
    same("an alert", &scene.pruned(&here(), 10).await?, &1)?;
    let alerts = scene.store.list_alerts(0, 10).await.or_said("listing alerts")?;
    same("alerts", &alerts, &vec![])?;
    same("an open letter", &scene.pruned(&here(), 99_999).await?, &0)?;
    let copy = only(scene.copies(SOON_MS).await?)?;
    scene.copy_ended(&copy, 200, CopyEnding::Sent).await?;
    for place in elsewhere() {
        same("elsewhere", &scene.pruned(&place, 200).await?, &0)?;
    }
    same("too young", &scene.pruned(&here(), 199).await?, &0)?;
    same("old enough", &scene.pruned(&here(), 200).await?, &1)?;
    same("what is left", &scene.letters().await?, &LettersStanding::default())
}

fn only(mut copies: Vec<ClaimedCopy>) -> Result<ClaimedCopy, String> {
    match copies.len() {
        1 => copies.pop().ok_or_else(String::new),
        many => Err(format!("{many} copies in hand, expected one")),
    }
}
