//! How the liar gives keys new secrets, starts their clocks and erases what has ended.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::ids::AuditId;
use domain::key::{Key, KeyState};
use domain::key_text::Kid;
use domain::secret::{OldSecret, OverlapStart, SecretEnd};
use store::command::{
    EraseSecrets, ErasedWhere, KeyUse, RotateKey, RotateKeyRejection, RotationBy,
};
use store::fault::{Failure, Fault, Outcome};
use store::port::Store;

use super::{DishonestStore, Lie};

impl DishonestStore {
    pub(super) async fn lying_rotate_key(
        &self,
        mut command: RotateKey,
    ) -> Outcome<Key, RotateKeyRejection> {
        if self.tells(Lie::RotatesAnywhere) {
            let really = self.notes().key_places.get(&command.key).cloned();
            command.place = really.unwrap_or(command.place);
        }
        if self.tells(Lie::RotatesForAnyHolder) {
            command.by = RotationBy::Manager;
        }
        if self.tells(Lie::StartsEveryClockAtOnce) {
            command.start = OverlapStart::AtOnce;
        }
        command.once = self.lying_once(command.once);
        let before = self.honest.find_key(command.place.clone(), command.key).await?;
        self.before_rotating(&mut command, before.as_ref()).await?;
        let outcome = self.honest.rotate_key(command.clone()).await;
        let mut key = match (outcome, before.clone()) {
            (Err(Failure::Fault(fault)), _) => {
                self.after_a_fault_of_rotating(command.clone(), fault).await?
            }
            (Err(Failure::Rejected(RotateKeyRejection::Final(_))), Some(key))
                if self.tells(Lie::RotatesFinalKeys) =>
            {
                Key { secret: command.secret.clone(), ..key }
            }
            (Err(Failure::Rejected(RotateKeyRejection::AlreadyRotated)), Some(key))
                if self.tells(Lie::ReissuesUsedSecrets) =>
            {
                Key { secret: command.secret.clone(), ..key }
            }
            (outcome, _) => outcome?,
        };
        if let Some(old) = &mut key.previous
            && self.tells(Lie::PutsOffEnds)
        {
            old.end = SecretEnd::of(command.overlap, command.start, command.at);
        }
        let older = before.and_then(|before| before.previous);
        if self.tells(Lie::KeepsTheOldestSecret) && older.is_some() {
            key.previous = older;
        }
        if self.tells(Lie::RotatesTooMuch) {
            key.state = KeyState::Enabled;
        }
        if self.tells(Lie::ForgetsTheTrailOfRotations) {
            self.notes().audit_too_few += 1;
        }
        Ok(key)
    }

    /// Makes the secret in use what it is not: used, or unused.
    async fn before_rotating(
        &self,
        command: &mut RotateKey,
        before: Option<&Key>,
    ) -> Result<(), Fault> {
        let Some(key) = before else { return Ok(()) };
        if self.tells(Lie::EndsTheSecretInUse) && command.once.is_none() {
            let used = KeyUse { key: key.id, kid: key.secret.kid, at: command.at };
            self.honest.record_use(vec![used]).await?;
        }
        if self.tells(Lie::TakesShownSecretsForUnused)
            && command.by == RotationBy::Holder(key.secret.kid)
        {
            command.by = RotationBy::Manager;
        }
        Ok(())
    }

    /// Tries again where an honest store has given up.
    async fn after_a_fault_of_rotating(
        &self,
        mut command: RotateKey,
        fault: Fault,
    ) -> Outcome<Key, RotateKeyRejection> {
        if self.tells(Lie::TakesReplacedKids) {
            command.secret.kid = Kid::from_u128(command.secret.kid.as_u128() + 1);
        } else if self.tells(Lie::RotatesWithoutTrail) {
            command.trail.audit.id = AuditId::from_u128(command.secret.kid.as_u128());
            command.trail.events.clear();
        } else {
            return Err(Failure::Fault(fault));
        }
        self.honest.rotate_key(command).await
    }

    pub(super) async fn lying_secret_use(&self, uses: Vec<KeyUse>) -> Result<(), Fault> {
        let mut lying = Vec::new();
        for used in uses {
            let place = self.notes().key_places.get(&used.key).cloned();
            let key = match place {
                Some(place) => self.honest.find_key(place, used.key).await?,
                None => None,
            };
            let Some((key, old)) = key.and_then(|key| Some((key.clone(), key.previous?))) else {
                lying.push(used);
                continue;
            };
            lying.extend(self.uses_of_two(used, key, &old));
        }
        self.honest.record_use(lying).await
    }

    /// What the liar records of a use of a key that has two secrets.
    fn uses_of_two(&self, used: KeyUse, mut key: Key, old: &OldSecret) -> Vec<KeyUse> {
        let with = |kid: Kid| KeyUse { kid, ..used };
        let runs = matches!(old.end, SecretEnd::At(_));
        if self.tells(Lie::StartsTheClockAtAnyUse) && !runs
            || self.tells(Lie::MixesUsesOfSecrets) && runs
        {
            return vec![with(key.secret.kid), with(old.secret.kid)];
        }
        if self.tells(Lie::NeverStartsTheClock) && !runs {
            return vec![with(Kid::from_u128(0))];
        }
        if self.tells(Lie::RestartsTheClock) && runs && used.kid == key.secret.kid {
            let end = SecretEnd::At(used.at.plus_millis(2_000));
            key.previous = Some(OldSecret { end, ..old.clone() });
            self.notes().keys_shown.insert(key.id, key);
        }
        vec![used]
    }

    pub(super) async fn lying_erase_secrets(
        &self,
        mut command: EraseSecrets,
    ) -> Result<u32, Fault> {
        if self.tells(Lie::KeepsEndedSecrets) {
            return Ok(0);
        }
        if self.tells(Lie::ErasesLivingSecrets) {
            command.at = command.at.plus_millis(1);
        }
        if self.tells(Lie::ErasesInEveryPlace) {
            command.place = ErasedWhere::Everywhere;
        }
        if self.tells(Lie::ErasesMoreThanAsked) {
            command.limit = u32::MAX;
        }
        let kept = self.kept_tokens(&command).await?;
        let erased = self.honest.erase_secrets(command).await?;
        self.notes().webhooks_shown.extend(kept);
        if self.tells(Lie::ErasesWithATrail) {
            self.notes().audit_too_many += u64::from(erased);
        }
        Ok(erased)
    }
}
