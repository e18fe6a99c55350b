//! A key as it stood after a change: what those who are told of the change are shown of it.
//!
//! Must not hold a letter of a secret, nor anything that is worked out from a policy: policies change.

use crate::hint::KeyHint;
use crate::key::{DisabledCause, ExpiredCause, Key, KeyState};
use crate::name::DisplayName;
use crate::time::Timestamp;

/// What an event shows of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySnapshot {
    /// What people called it.
    pub name: DisplayName,
    /// Its recognizable remains.
    pub hint: KeyHint,
    /// Its state.
    pub state: KeyState,
    /// When it ends by its own date.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last switched on.
    pub enabled_at: Timestamp,
    /// When it was last used, to the granule of the use log.
    pub last_used_at: Option<Timestamp>,
}

/// The text is no snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not what is kept of a key")]
pub struct NotASnapshot;

impl KeySnapshot {
    /// What is shown of the key as it stands.
    #[must_use]
    pub fn of(key: &Key) -> Self {
        Self {
            name: key.name.clone(),
            hint: key.secret.hint.clone(),
            state: key.state,
            expires_at: key.expires_at,
            created_at: key.created_at,
            enabled_at: key.enabled_at,
            last_used_at: key.last_used_at,
        }
    }

    /// Since when it was idle then: nobody had made it, used it or switched it on.
    #[must_use]
    pub fn idle_since(&self) -> Timestamp {
        let used = self.last_used_at.unwrap_or(self.created_at);
        used.max(self.created_at).max(self.enabled_at)
    }

    /// A compact text for stores: state, making, then enabling, last use and end in milliseconds
    /// since the making (`-` for none), hint and name, with blanks between them.
    #[must_use]
    pub fn to_compact(&self) -> String {
        let Self { name, hint, state, expires_at, created_at, enabled_at, last_used_at } = self;
        let made = created_at.as_millis();
        let since = |at: Option<Timestamp>| {
            at.map_or_else(|| "-".to_owned(), |at| (at.as_millis() - made).to_string())
        };
        let enabled = enabled_at.as_millis() - made;
        let (used, end) = (since(*last_used_at), since(*expires_at));
        format!("{} {made} {enabled} {used} {end} {hint} {name}", state_text(*state))
    }

    /// Reads the compact text back.
    ///
    /// # Errors
    /// A damaged text.
    pub fn from_compact(text: &str) -> Result<Self, NotASnapshot> {
        let mut parts = text.splitn(7, ' ');
        let mut next = || parts.next().ok_or(NotASnapshot);
        let state = state_of(next()?)?;
        let made: i64 = next()?.parse().map_err(|_| NotASnapshot)?;
        let since = |text: &str| {
            let elapsed: i64 = text.parse().map_err(|_| NotASnapshot)?;
            Ok(Timestamp::from_millis(made.saturating_add(elapsed)))
        };
        let optional = |text: &str| if text == "-" { Ok(None) } else { since(text).map(Some) };
        let (enabled_at, last_used_at, expires_at) =
            (since(next()?)?, optional(next()?)?, optional(next()?)?);
        let hint = KeyHint::from_stored(next()?);
        let name = DisplayName::parse(next()?).map_err(|_| NotASnapshot)?;
        let created_at = Timestamp::from_millis(made);
        Ok(Self { name, hint, state, expires_at, created_at, enabled_at, last_used_at })
    }
}

/// Texts that are kept: they must not change.
const fn state_text(state: KeyState) -> &'static str {
    match state {
        KeyState::Enabled => "enabled",
        KeyState::Disabled(DisabledCause::Manual) => "disabled.manual",
        KeyState::Disabled(DisabledCause::LackOfUse) => "disabled.unused",
        KeyState::Disabled(DisabledCause::OwnerArrangementChanged) => "disabled.owner",
        KeyState::Expired(ExpiredCause::Date) => "expired.date",
        KeyState::Expired(ExpiredCause::LackOfUse) => "expired.unused",
        KeyState::Deleted => "deleted",
    }
}

/// Every state there is.
const STATES: [KeyState; 7] = [
    KeyState::Enabled,
    KeyState::Disabled(DisabledCause::Manual),
    KeyState::Disabled(DisabledCause::LackOfUse),
    KeyState::Disabled(DisabledCause::OwnerArrangementChanged),
    KeyState::Expired(ExpiredCause::Date),
    KeyState::Expired(ExpiredCause::LackOfUse),
    KeyState::Deleted,
];

fn state_of(text: &str) -> Result<KeyState, NotASnapshot> {
    STATES.into_iter().find(|state| state_text(*state) == text).ok_or(NotASnapshot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(state: KeyState) -> KeySnapshot {
        let at = |ms: i64| Timestamp::from_millis(1_790_000_000_123 + ms);
        KeySnapshot {
            name: DisplayName::parse("till  3 - \u{202e}loja").expect("a name"),
            hint: KeyHint::from_stored("$aact_hmlg_k3Fz…9xQ2"),
            state,
            expires_at: Some(at(-5)),
            created_at: at(0),
            enabled_at: at(7),
            last_used_at: None,
        }
    }

    #[test]
    fn a_snapshot_survives_its_compact_text() {
        for state in STATES {
            let kept = snapshot(state);
            assert_eq!(KeySnapshot::from_compact(&kept.to_compact()), Ok(kept));
        }
        let kept = KeySnapshot {
            expires_at: None,
            last_used_at: Some(Timestamp::from_millis(1_795_000_000_000)),
            ..snapshot(KeyState::Enabled)
        };
        assert_eq!(KeySnapshot::from_compact(&kept.to_compact()), Ok(kept));
    }

    #[test]
    fn what_is_no_snapshot_is_refused() {
        for text in [
            "",
            "enabled",
            "gone 1 0 - - h name",
            "enabled x 0 - - h name",
            "enabled 1 - - - h name",
            "enabled 1 0 - - h ",
            "enabled 1 0 - - h",
        ] {
            assert_eq!(KeySnapshot::from_compact(text), Err(NotASnapshot), "{text}");
        }
    }
}
