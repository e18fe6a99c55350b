//! Laws of keys: what is kept of them, to the last bit and code point.
//!
//! Must not change a key after its making; other laws do.

use domain::digest::DigestVersion;
use domain::hint::KeyHint;
use domain::ids::KeyId;
use domain::key::{DisabledCause, ExpiredCause, Key, KeyState};
use domain::key_text::Kid;
use domain::prefix::Reach;
use domain::time::Timestamp;
use store::command::CreateKeyRejection;

use super::law;
use crate::checks::{OrSaid, rejected, same, same_found, same_key};
use crate::scene::{Scene, addresses, digest, elsewhere, here, instant, name, permissions};
use crate::{Bench, Law, Verdict};

pub(super) const LAWS: [Law; 4] = [
    law!("a key comes back as it was made, in whatever state", comes_back),
    law!("instants are kept to the millisecond, also at the ends of months and of time", instants),
    law!("a name is kept to its last code point, in any script and letter case", names),
    law!("a key needs an owner that exists in its place", owner_exists),
];

/// Every state that a key may be in.
pub(super) const STATES: [KeyState; 7] = [
    KeyState::Enabled,
    KeyState::Disabled(DisabledCause::Manual),
    KeyState::Disabled(DisabledCause::LackOfUse),
    KeyState::Disabled(DisabledCause::OwnerArrangementChanged),
    KeyState::Expired(ExpiredCause::Date),
    KeyState::Expired(ExpiredCause::LackOfUse),
    KeyState::Deleted,
];

async fn comes_back(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    for (number, state) in (0..).zip(STATES) {
        let mut command = scene.key(&owner);
        let key = &mut command.key;
        key.state = state;
        if number % 2 == 1 {
            key.reach = Reach::Descendants;
            key.secret.digest = digest(DigestVersion::PepperedSha256, number);
            key.permissions = permissions("PAYMENT:RW,TRANSFER:R");
            key.ip_list = addresses(&["203.0.113.7", "2001:db8::/32", "10.9.8.1-10.9.8.7"]);
            key.last_used_at = Some(instant(5));
            key.expires_at = Some(instant(1_000));
        }
        key.secret.hint = KeyHint::from_stored("$kéy_prod_k3Fz…9xQ2");
        key.enabled_at = instant(3);
        kept(&scene, command.key.clone(), scene.store.create_key(command).await).await?;
    }
    // The ends of what identities can be.
    for (id, kid) in [(0, 0), (u128::MAX, 62_u128.pow(17) - 1)] {
        let mut command = scene.key(&owner);
        command.key.id = KeyId::from_u128(id);
        command.key.secret.kid = Kid::from_u128(kid);
        kept(&scene, command.key.clone(), scene.store.create_key(command).await).await?;
    }
    Ok(())
}

async fn instants(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    for text in [
        "1970-01-01T00:00:00.000Z",
        "2027-08-31T23:59:59.999Z",
        "2028-02-29T12:00:00.001Z",
        "9999-12-30T21:59:59.999Z",
    ] {
        let at = Timestamp::parse_rfc3339(text).or_said("reading an instant")?;
        let mut command = scene.key(&owner);
        command.key.created_at = at;
        command.key.enabled_at = at;
        command.key.expires_at = Some(at);
        command.key.last_used_at = Some(at);
        kept(&scene, command.key.clone(), scene.store.create_key(command).await).await?;
    }
    Ok(())
}

async fn names(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let owner = scene.made_root(&here()).await?;
    for text in
        ["Key", "kEY", "🔑".repeat(256).as_str(), "'; DROP TABLE key; --", "e\u{301} é", "ﷺ"]
    {
        let mut command = scene.key(&owner);
        command.key.name = name(text);
        kept(&scene, command.key.clone(), scene.store.create_key(command).await).await?;
    }
    Ok(())
}

/// The answer and the row that is found are the key that was given, with an epoch.
async fn kept<E: std::fmt::Debug>(scene: &Scene, given: Key, outcome: Result<Key, E>) -> Verdict {
    let made = outcome.or_said("making a key")?;
    same_key("the answer", &made, &Key { epoch: made.epoch, ..given })?;
    same_found("the key that was found", scene.found(&made).await?.as_ref(), &made)
}

async fn owner_exists(bench: &dyn Bench) -> Verdict {
    let mut scene = Scene::fresh(bench).await;
    let mut owner = scene.made_root(&elsewhere()[0]).await?;
    let mut absent = owner.clone();
    absent.id = scene.account(&here(), domain::account::AccountKind::Root).account.id;
    owner.place = here();
    absent.place = here();
    for owner in [owner, absent] {
        let command = scene.key(&owner);
        let key = command.key.clone();
        let outcome = scene.store.create_key(command).await;
        rejected("an owner that is not here", &outcome, &CreateKeyRejection::NoSuchAccount)?;
        let found = scene.found(&key).await?.map(|key| key.id);
        same("what was left of the key", &found, &None)?;
    }
    Ok(())
}
