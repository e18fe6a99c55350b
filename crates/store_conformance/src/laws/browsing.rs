//! Laws of slices: which sub-accounts they show, in which order, and how many they count.
//!
//! Must not look at cursors; pages have their own laws.

use domain::account::{Account, AccountKind};
use domain::label::{LabelName, LabelValue};
use store::command::{Belongings, BrowseSubaccounts, CreateAccount};

use super::law;
use crate::checks::{OrSaid, same};
use crate::scene::webhooks::{shared, single, value};
use crate::scene::{Scene, elsewhere, here, name};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 2] = [
    law!("a slice shows what carries every label and the name, and counts all of it", filtered),
    law!("a slice shows the active sub-accounts of one account, in order, and no others", whose),
];

fn question(root: &Account) -> BrowseSubaccounts {
    BrowseSubaccounts {
        place: root.place.clone(),
        parent: root.id,
        labels: Vec::new(),
        name_part: String::new(),
        offset: 0,
        limit: 100,
    }
}

/// What the slice shows, by identity, and its count.
async fn check(
    scene: &Scene,
    what: &str,
    question: BrowseSubaccounts,
    shown: &[&Account],
    total: u64,
) -> Verdict {
    let slice = scene.store.browse_subaccounts(question).await.or_said("browsing")?;
    let expected: Vec<Account> = shown.iter().map(|&account| account.clone()).collect();
    same(what, &slice.items, &expected)?;
    same(&format!("the count of {what}"), &slice.total, &total)
}

async fn filtered(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    let mut made = Vec::new();
    for (at, called) in ["Padaria Sul", "Padaria 100%", "padaria sul"].into_iter().enumerate() {
        let command = scene.account(&here(), AccountKind::Subaccount { parent: root.id });
        let labels = vec![single("mail", &format!("{at}@example.com")), shared("city", "sul")];
        let account = Account { name: name(called), ..command.account };
        let belongings = Belongings { labels, ..Belongings::default() };
        let command = CreateAccount { account, belongings, ..command };
        made.push(scene.store.create_account(command).await.or_said("making an account")?);
    }
    let [one, two, three] = [&made[0], &made[1], &made[2]];
    let label =
        |name, text: &str| -> (LabelName, LabelValue) { (LabelName::new(name), value(text)) };
    let by = |labels: &[(LabelName, LabelValue)], part: &str| BrowseSubaccounts {
        labels: labels.to_vec(),
        name_part: part.to_owned(),
        ..question(&root)
    };
    check(&scene, "all", by(&[], ""), &[one, two, three], 3).await?;
    let mail = label("mail", "1@example.com");
    check(&scene, "one label", by(std::slice::from_ref(&mail), ""), &[two], 1).await?;
    let city = label("city", "sul");
    check(&scene, "a shared label", by(std::slice::from_ref(&city), ""), &[one, two, three], 3)
        .await?;
    check(&scene, "two labels", by(&[city, mail.clone()], ""), &[two], 1).await?;
    let both = [mail, label("mail", "2@example.com")];
    check(&scene, "labels that exclude", by(&both, ""), &[], 0).await?;
    check(&scene, "part of a value", by(&[label("mail", "1@example")], ""), &[], 0).await?;
    check(&scene, "another's name", by(&[label("city", "1@example.com")], ""), &[], 0).await?;
    check(&scene, "part of a name", by(&[], "Padaria"), &[one, two], 2).await?;
    check(&scene, "signs of a name", by(&[], "%"), &[two], 1).await?;
    check(&scene, "a name and a label", by(&[label("mail", "0@example.com")], "100"), &[], 0).await
}

async fn whose(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let [root, other] = [scene.made_root(&here()).await?, scene.made_root(&here()).await?];
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(scene.made_subaccount(&root).await?);
        scene.made_subaccount(&other).await?;
        scene.made_project(&root).await?;
        let gone = scene.made_subaccount(&root).await?;
        scene.deleted_account(&gone, []).await?;
    }
    let all: Vec<&Account> = made.iter().collect();
    check(&scene, "all", question(&root), &all, 4).await?;
    for (offset, limit, shown) in [
        (0, 2, &all[..2]),
        (2, 2, &all[2..]),
        (3, 2, &all[3..]),
        (4, 2, &[]),
        (u32::MAX, 2, &[]),
        (1, 0, &[]),
    ] {
        let question = BrowseSubaccounts { offset, limit, ..question(&root) };
        check(&scene, &format!("{limit} after {offset}"), question, shown, 4).await?;
    }
    for place in elsewhere() {
        check(&scene, "elsewhere", BrowseSubaccounts { place, ..question(&root) }, &[], 0).await?;
    }
    check(&scene, "below a sub-account", question(&made[0]), &[], 0).await
}
