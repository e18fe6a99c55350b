//! Laws of the mark of a pepper: it stands as long as a secret was made under it.
//!
//! Must not know what a pepper is: a store sees its mark alone.

use domain::digest::{DigestVersion, PepperMark};
use domain::operator::OperatorRole;

use super::law;
use crate::before::Before;
use crate::checks::{OrSaid, same};
use crate::scene::{Scene, digest, here};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 3] = [
    law!("the mark of a pepper stands while a secret of a key was made under it", stands),
    law!(
        "the mark of a pepper stands while a key of an operator was made under it",
        stands_for_operators
    ),
    law!("the mark of a pepper under which nothing was made gives way to another", gives_way),
];

const ONE: PepperMark = PepperMark([1; 32]);
const OTHER: PepperMark = PepperMark([2; 32]);

async fn settled(scene: &Scene, mark: PepperMark) -> Result<PepperMark, String> {
    scene.store.settle_pepper(mark).await.or_said("settling a pepper")
}

async fn stands(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    same("the first mark", &settled(&scene, ONE).await?, &ONE)?;
    let root = scene.made_root(&here()).await?;
    let mut command = scene.key(&root);
    command.key.secret.digest = digest(DigestVersion::PepperedSha256, 1);
    let key = scene.store.create_key(command).await.or_said("making a key")?;
    let before = Before::of(&scene).await?;
    same("the mark under which a key was made", &settled(&scene, OTHER).await?, &ONE)?;
    before.still(&scene).await?;
    // Its old secret works on.
    scene.rotated(&key).await?;
    same("the mark of an old secret", &settled(&scene, OTHER).await?, &ONE)?;
    let Some(scene) = scene.reopened(bench).await else { return Ok(()) };
    same("the mark after a restart", &settled(&scene, OTHER).await?, &ONE)
}

async fn stands_for_operators(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    same("the first mark", &settled(&scene, ONE).await?, &ONE)?;
    let mut command = scene.operator_key(OperatorRole::Admin);
    command.key.digest = digest(DigestVersion::PepperedSha256, 1);
    scene.store.create_operator_key(command).await.or_said("making an operator's key")?;
    let before = Before::of(&scene).await?;
    same("the mark under which it was made", &settled(&scene, OTHER).await?, &ONE)?;
    before.still(&scene).await?;
    let Some(scene) = scene.reopened(bench).await else { return Ok(()) };
    same("the mark after a restart", &settled(&scene, OTHER).await?, &ONE)
}

async fn gives_way(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let root = scene.made_root(&here()).await?;
    scene.made_key(&root).await?;
    same("the first mark", &settled(&scene, ONE).await?, &ONE)?;
    same("another", &settled(&scene, OTHER).await?, &OTHER)?;
    same("the first again", &settled(&scene, ONE).await?, &ONE)
}
