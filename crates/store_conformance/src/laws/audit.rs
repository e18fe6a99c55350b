//! Laws of audit entries: they are read as they were written, the newest first.
//!
//! Must not ask for more than a page at a time without saying so.

use domain::audit::Actor;
use domain::ids::OperatorKeyId;
use domain::operator::OperatorRole;
use store::command::{AuditRow, ListAudit, PAGE_MAX};

use super::law;
use crate::checks::{OrSaid, same};
use crate::scene::{Scene, elsewhere, here};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 2] = [
    law!("an audit entry is read as it was written, wherever its change was", as_written),
    law!("audit entries are read from the newest on, each once, in pages of any size", in_order),
];

async fn as_written(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let mut expected = Vec::new();
    for place in [here(), elsewhere()[0].clone()] {
        let root = scene.made_root(&place).await?;
        let mut command = scene.key(&root);
        command.trail.audit.actor = Actor::Operator(OperatorKeyId::from_u128(7));
        expected.push(command.trail.audit.clone());
        scene.store.create_key(command).await.or_said("making a key")?;
    }
    // What concerns the whole server is in no place.
    let command = scene.operator_key(OperatorRole::Support);
    expected.push(command.trail.audit.clone());
    scene.store.create_operator_key(command).await.or_said("making an operator's key")?;
    let Some(scene) = scene.reopened(bench).await else { return Ok(()) };
    let mut found: Vec<_> = all(&scene).await?.into_iter().map(|row| row.entry).collect();
    found.reverse();
    found.retain(|entry| expected.iter().any(|expected| expected.id == entry.id));
    same("what was written", &found, &expected)
}

async fn in_order(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let empty = scene.store.list_audit(ListAudit::before(None)).await.or_said("listing")?;
    same("a page of nothing", &(empty.items.len(), empty.next), &(0, None))?;
    let root = scene.made_root(&here()).await?;
    for _ in 0..4 {
        scene.made_key(&root).await?;
    }
    let all = all(&scene).await?;
    let written = scene.trail_count().await?.audit;
    same("how many", &(all.len() as u64), &written)?;
    let newest_first = all.windows(2).all(|pair| pair[0].epoch > pair[1].epoch);
    same("the newest first", &newest_first, &true)?;
    for rows_max in [1, 2, 3, 100] {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let question = ListAudit { before, rows_max };
            let page = scene.store.list_audit(question).await.or_said("listing")?;
            same("no more than was asked for", &(page.items.len() <= rows_max as usize), &true)?;
            found.extend(page.items);
            // A store that repeats itself is not followed for ever.
            if page.next.is_none() || found.len() > all.len() {
                break;
            }
            before = page.next;
        }
        same("all of them, each once", &found, &all)?;
    }
    Ok(())
}

/// Every entry; there are few.
async fn all(scene: &Scene) -> Result<Vec<AuditRow>, String> {
    let question = ListAudit { before: None, rows_max: PAGE_MAX };
    Ok(scene.store.list_audit(question).await.or_said("listing audit entries")?.items)
}
