//! A key as the house knows it: everything but its secret.
//!
//! Must not decide anything; the verdict does.

use crate::ids::{AccountId, KeyId, Place};
use crate::ip_list::IpList;
use crate::key_text::Kid;
use crate::lifecycle::Step;
use crate::name::DisplayName;
use crate::permission::PermissionSet;
use crate::prefix::Reach;
use crate::secret::{OldSecret, Overlap, OverlapStart, Secret, SecretEnd};
use crate::time::Timestamp;

/// Why a key is switched off. All of these can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DisabledCause {
    /// Somebody switched it off.
    Manual,
    /// It was not used for too long.
    LackOfUse,
    /// The arrangement with the account's owner changed.
    OwnerArrangementChanged,
}

/// Why a key is over for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpiredCause {
    /// Its own expiry date came.
    Date,
    /// It was not used for too long.
    LackOfUse,
}

/// What a key may be. Disabled can be undone; expired and deleted cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// In force, unless its expiry date has come.
    Enabled,
    /// Switched off.
    Disabled(DisabledCause),
    /// Over for good.
    Expired(ExpiredCause),
    /// Taken back for good.
    Deleted,
}

impl KeyState {
    /// The state at `now`: a key past its expiry date is expired, whatever a sweep has done yet.
    #[must_use]
    pub fn at(self, expires_at: Option<Timestamp>, now: Timestamp) -> Self {
        match self {
            Self::Enabled | Self::Disabled(_) if expires_at.is_some_and(|end| end <= now) => {
                Self::Expired(ExpiredCause::Date)
            }
            Self::Enabled | Self::Disabled(_) | Self::Expired(_) | Self::Deleted => self,
        }
    }

    /// Whether ageing still has anything to do with such a key.
    #[must_use]
    pub const fn may_age(self) -> bool {
        match self {
            Self::Enabled | Self::Disabled(_) => true,
            Self::Expired(_) | Self::Deleted => false,
        }
    }

    /// The state in which a step of its ageing leaves a key.
    #[must_use]
    pub const fn aged(self, step: Step) -> Self {
        match (step, self) {
            (_, Self::Expired(_) | Self::Deleted)
            | (Step::Disable, Self::Disabled(_))
            | (Step::Warn(_), _) => self,
            (Step::Disable, Self::Enabled) => Self::Disabled(DisabledCause::LackOfUse),
            (Step::Expire, _) => Self::Expired(ExpiredCause::LackOfUse),
            (Step::ExpireByDate, _) => Self::Expired(ExpiredCause::Date),
        }
    }

    /// Whether the key was taken out of force because nobody used it. A use that was under way
    /// meanwhile came too late, and is none.
    #[must_use]
    pub const fn was_idle(self) -> bool {
        match self {
            Self::Disabled(DisabledCause::LackOfUse) | Self::Expired(ExpiredCause::LackOfUse) => {
                true
            }
            Self::Enabled
            | Self::Disabled(DisabledCause::Manual | DisabledCause::OwnerArrangementChanged)
            | Self::Expired(ExpiredCause::Date)
            | Self::Deleted => false,
        }
    }

    /// Whether the key counts towards its account's limit: it works, or could be enabled again.
    #[must_use]
    pub const fn counts_towards_limit(self) -> bool {
        match self {
            Self::Enabled | Self::Disabled(_) => true,
            Self::Expired(_) | Self::Deleted => false,
        }
    }
}

/// Switching a key by hand or by rule. What is so already stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeySwitch {
    /// On.
    On,
    /// Off, for this reason.
    Off(DisabledCause),
}

/// What is done to many keys at once. What is so already stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyAction {
    /// Each is deleted for good.
    Delete,
    /// Each is switched.
    Switch(KeySwitch),
}

/// Everything that is kept of a key.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its identity for life.
    pub id: KeyId,
    /// The realm and environment it belongs to.
    pub place: Place,
    /// The account or project that owns it.
    pub owner: AccountId,
    /// For whom it may act.
    pub reach: Reach,
    /// What is kept of its secret.
    pub secret: Secret,
    /// The secret before, while it goes on working.
    pub previous: Option<OldSecret>,
    /// What people call it.
    pub name: DisplayName,
    /// What it may do.
    pub permissions: PermissionSet,
    /// From where it may be used.
    pub ip_list: IpList,
    /// Whether it works.
    pub state: KeyState,
    /// When it ends by its own date.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last switched on: at its making, or later.
    pub enabled_at: Timestamp,
    /// When it was last used with any secret, to the granule of the use log.
    pub last_used_at: Option<Timestamp>,
    /// When its ageing has to be looked at again: never later than anything that is due for it, but
    /// earlier where somebody used it since. `None` where nothing will ever be due.
    pub look_at: Option<Timestamp>,
    /// The epoch of its last change.
    pub epoch: u64,
}

impl Key {
    /// Whether the switch would change anything about the key.
    #[must_use]
    pub const fn is_moved_by(&self, switch: KeySwitch) -> bool {
        match (self.state, switch) {
            (KeyState::Disabled(_), KeySwitch::On) | (KeyState::Enabled, KeySwitch::Off(_)) => true,
            (
                KeyState::Enabled
                | KeyState::Disabled(_)
                | KeyState::Expired(_)
                | KeyState::Deleted,
                _,
            ) => false,
        }
    }

    /// Throws the switch at this instant; says whether anything changed.
    pub fn throw(&mut self, switch: KeySwitch, at: Timestamp) -> bool {
        if !self.is_moved_by(switch) {
            return false;
        }
        match switch {
            KeySwitch::On => {
                self.state = KeyState::Enabled;
                self.enabled_at = at;
                self.look_again(at);
            }
            KeySwitch::Off(cause) => self.state = KeyState::Disabled(cause),
        }
        true
    }

    /// Has its ageing looked at again by this instant: something may be due earlier than it was.
    pub fn look_again(&mut self, at: Timestamp) {
        self.look_at = Some(self.look_at.map_or(at, |before| before.min(at)));
    }

    /// Takes a step of its ageing; says whether its state changed.
    pub fn age(&mut self, step: Step) -> bool {
        let before = self.state;
        self.state = before.aged(step);
        self.state != before
    }

    /// Does this to the key at this instant; says whether anything changed. What is over for good
    /// is not switched any more, and what is deleted stays so.
    pub fn undergo(&mut self, action: KeyAction, at: Timestamp) -> bool {
        match (action, self.state_at(at)) {
            (_, KeyState::Deleted) | (KeyAction::Switch(_), KeyState::Expired(_)) => false,
            (KeyAction::Switch(switch), KeyState::Enabled | KeyState::Disabled(_)) => {
                self.throw(switch, at)
            }
            (
                KeyAction::Delete,
                KeyState::Enabled | KeyState::Disabled(_) | KeyState::Expired(_),
            ) => {
                self.state = KeyState::Deleted;
                true
            }
        }
    }

    /// The state at `now`, its expiry date considered.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> KeyState {
        self.state.at(self.expires_at, now)
    }

    /// Since when nobody has made it, switched it on or used it.
    #[must_use]
    pub fn idle_since(&self) -> Timestamp {
        let known = self.created_at.max(self.enabled_at);
        self.last_used_at.map_or(known, |used| used.max(known))
    }

    /// Replaces the secret at this instant. The one in use goes on working for a while, and one
    /// that was replaced before is gone: two secrets at most.
    ///
    /// A secret that was never used while an older one works is in nobody's hands. So it is gone
    /// itself, and the older one goes on: for the time that is asked for now, but not beyond an end
    /// that it has already. Returns the public id of a secret that is gone in this way.
    pub fn rotate(
        &mut self,
        secret: Secret,
        overlap: Overlap,
        start: OverlapStart,
        at: Timestamp,
    ) -> Option<Kid> {
        let end = SecretEnd::of(overlap, start, at);
        let unused = self.secret.last_used_at.is_none() && self.previous_at(at).is_some();
        let before = std::mem::replace(&mut self.secret, secret);
        match &mut self.previous {
            Some(older) if unused => {
                older.end = older.end.or_asked(end);
                Some(before.kid)
            }
            previous => {
                *previous = Some(OldSecret { secret: before, end });
                None
            }
        }
    }

    /// Gives the secret in use another text, that of this new one; returns the public id in the
    /// text that is dead with this.
    pub fn reissue(&mut self, new: &Secret) -> Kid {
        let old = std::mem::replace(&mut self.secret.kid, new.kid);
        self.secret.digest = new.digest;
        self.secret.hint.clone_from(&new.hint);
        old
    }

    /// Starts the clock of the old secret because the new one was used at this instant; says
    /// whether it was waiting for that.
    pub fn start_clock(&mut self, at: Timestamp) -> bool {
        match &mut self.previous {
            Some(OldSecret { end, .. }) => match *end {
                SecretEnd::AfterFirstUse(overlap) => {
                    *end = SecretEnd::At(overlap.end_from(at));
                    true
                }
                SecretEnd::At(_) => false,
            },
            None => false,
        }
    }

    /// The old secret, if it still stands for the key at `now`: its end has not come, nor that of
    /// the key.
    #[must_use]
    pub fn previous_at(&self, now: Timestamp) -> Option<&OldSecret> {
        let over = match self.state_at(now) {
            KeyState::Enabled | KeyState::Disabled(_) => false,
            KeyState::Expired(_) | KeyState::Deleted => true,
        };
        self.previous.as_ref().filter(|old| !over && !old.end.has_come(now))
    }

    /// Drops an old secret that opens nothing any more; says whether there was one.
    pub fn drop_ended_secret(&mut self, now: Timestamp) -> bool {
        let ended = self.previous.is_some() && self.previous_at(now).is_none();
        if ended {
            self.previous = None;
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_expired_from_the_very_instant_of_its_date() {
        let end = Timestamp::from_millis(1_000);
        let at = |ms| KeyState::Enabled.at(Some(end), Timestamp::from_millis(ms));
        assert_eq!(at(999), KeyState::Enabled);
        assert_eq!(at(1_000), KeyState::Expired(ExpiredCause::Date));
    }

    #[test]
    fn a_deleted_key_stays_deleted_past_its_date() {
        let end = Timestamp::from_millis(1);
        assert_eq!(KeyState::Deleted.at(Some(end), Timestamp::from_millis(2)), KeyState::Deleted);
    }
}
