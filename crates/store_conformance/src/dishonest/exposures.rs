//! How the liar tells of keys that others saw.
//!
//! Must pass on to the model whatever the lie is not about.

use domain::exposure::ExposureCause;
use domain::key::KeyState;
use store::command::{ChangeKeyRejection, ExposeKey, ExposedKey, Telling};
use store::fault::{Failure, Outcome};
use store::port::Store;

use super::{DishonestStore, Lie};

/// One way to be wrong about keys that others saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExposureLie {
    /// A day that a clock was ahead at silences the days until it comes.
    BelievesAClockAhead,
    /// It is told that a key was seen, and not how.
    ForgetsHow,
    /// A key that is to be switched off goes on working.
    LeavesItOn,
    /// What was told of one cause is not told of another.
    MixesUpCauses,
    /// Where a key is switched off in the same step, it is told of as one that works.
    ShowsItStillOn,
    /// A key that was told of before is not switched off.
    SwitchesOffOnce,
    /// It is told although the key could not be switched off.
    TellsOfHalf,
    /// A key that is over for good is told of.
    TellsOfTheFinal,
    /// What was told on one day is not told on the next.
    TellsOnceForEver,
    /// It is told as often as a key is seen.
    TellsTwice,
}

impl DishonestStore {
    pub(super) async fn lying_expose_key(
        &self,
        mut command: ExposeKey,
    ) -> Outcome<ExposedKey, ChangeKeyRejection> {
        let tells = |lie| self.tells(Lie::Exposures(lie));
        let (place, id) = (command.place.clone(), command.key);
        if tells(ExposureLie::LeavesItOn) {
            command.switched_off = None;
        }
        if tells(ExposureLie::MixesUpCauses) {
            command.cause = ExposureCause::Reported;
        }
        if tells(ExposureLie::BelievesAClockAhead) {
            let mut notes = self.notes();
            let latest = notes.latest_told.entry((id, command.cause)).or_insert(command.day);
            *latest = command.day.max(*latest);
            command.day = *latest;
        }
        if tells(ExposureLie::TellsOnceForEver) {
            command.day = 0;
        }
        let outcome = self.honest.expose_key(command).await;
        match outcome {
            Ok(mut exposed)
                if exposed.telling == Telling::Before && tells(ExposureLie::SwitchesOffOnce) =>
            {
                exposed.key.state = KeyState::Enabled;
                return Ok(exposed);
            }
            Ok(ref exposed)
                if exposed.telling == Telling::Before && tells(ExposureLie::TellsTwice) =>
            {
                let mut notes = self.notes();
                notes.audit_too_many += 1;
                notes.events_too_many += 1;
            }
            Err(Failure::Fault(_)) if tells(ExposureLie::TellsOfHalf) => {
                self.notes().audit_too_many += 1;
            }
            Err(Failure::Rejected(ChangeKeyRejection::Final(_)))
                if tells(ExposureLie::TellsOfTheFinal) =>
            {
                let key = self.in_any_state(&place, id).await?;
                return Ok(ExposedKey { key, telling: Telling::Now });
            }
            Ok(_) | Err(Failure::Rejected(_) | Failure::Fault(_)) => {}
        }
        outcome
    }
}
