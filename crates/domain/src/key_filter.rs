//! Which keys are looked for: conditions that a key has to meet, all of them.
//!
//! Stores narrow by these as far as they can, and this is what they must agree with. Must not look
//! at anything but the key and the instant, and must never find a deleted key.

use std::fmt;

use crate::key::{Key, KeyState};
use crate::name::NAME_MAX;
use crate::permission::{RequiredAccess, Requirement};
use crate::time::Timestamp;

/// Most characters of the beginning of a hint. Whole hints are not much longer.
pub const HINT_START_MAX: usize = 64;

/// A state that keys are looked for in, whatever brought them there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LiveState {
    /// In force.
    Enabled,
    /// Switched off.
    Disabled,
    /// Over for good, by its date or for lack of use.
    Expired,
}

impl LiveState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Enabled, Self::Disabled, Self::Expired];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// That of a key; `None` of a deleted one, which is not looked for.
    #[must_use]
    pub const fn of(state: KeyState) -> Option<Self> {
        match state {
            KeyState::Enabled => Some(Self::Enabled),
            KeyState::Disabled(_) => Some(Self::Disabled),
            KeyState::Expired(_) => Some(Self::Expired),
            KeyState::Deleted => None,
        }
    }
}

/// States, each once and in order, at least one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LiveStates(Vec<LiveState>);

impl LiveStates {
    /// These states; `None` where there are none.
    #[must_use]
    pub fn of(states: impl IntoIterator<Item = LiveState>) -> Option<Self> {
        let mut states: Vec<LiveState> = states.into_iter().collect();
        states.sort_unstable();
        states.dedup();
        (!states.is_empty()).then_some(Self(states))
    }

    /// Those of keys that work or could be enabled again.
    #[must_use]
    pub fn towards_limit() -> Self {
        Self(vec![LiveState::Enabled, LiveState::Disabled])
    }

    /// The states, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[LiveState] {
        &self.0
    }
}

/// The text is not a part of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {NAME_MAX} characters without control characters or line breaks")]
pub struct NotAPart;

/// A part of a name, to be found whatever its letter case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamePart(Box<str>);

impl NamePart {
    /// Reads 1 to [`NAME_MAX`] characters that may stand in a name.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse(text: &str) -> Result<Self, NotAPart> {
        plain(text, NAME_MAX).ok_or(NotAPart)?;
        Ok(Self(small(text).into()))
    }

    /// Whether it stands in this name. Both are compared in small letters, as Unicode maps each.
    #[must_use]
    pub fn is_in(&self, name: &str) -> bool {
        small(name).contains(&*self.0)
    }
}

/// One character after the other: what stands beside it must not change what a letter becomes.
fn small(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// The text is not the beginning of a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the beginning of a hint, such as the prefix of a key and a few letters more")]
pub struct NotAStart;

/// The beginning of a hint, letter by letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HintStart(Box<str>);

impl HintStart {
    /// Reads 1 to [`HINT_START_MAX`] characters.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse(text: &str) -> Result<Self, NotAStart> {
        plain(text, HINT_START_MAX).ok_or(NotAStart)?;
        Ok(Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn plain(text: &str, most: usize) -> Option<()> {
    let count = text.chars().count();
    ((1..=most).contains(&count) && !text.chars().any(char::is_control)).then_some(())
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyCondition {
    /// It is in one of these states, its date considered.
    InState(LiveStates),
    /// It has a date, and that lies before this instant.
    ExpiresBefore(Timestamp),
    /// It was used, and last before this instant.
    LastUsedBefore(Timestamp),
    /// It was never used.
    NeverUsed,
    /// Its permissions cover this; those of an unrestricted key cover everything.
    May(Requirement),
    /// Its name has this part.
    NameContains(NamePart),
    /// Its hint begins so.
    HintBegins(HintStart),
}

impl KeyCondition {
    fn is_met(&self, key: &Key, now: Timestamp) -> bool {
        match self {
            Self::InState(states) => {
                LiveState::of(key.state_at(now)).is_some_and(|state| states.0.contains(&state))
            }
            Self::ExpiresBefore(end) => key.expires_at.is_some_and(|at| at < *end),
            Self::LastUsedBefore(end) => key.last_used_at.is_some_and(|at| at < *end),
            Self::NeverUsed => key.last_used_at.is_none(),
            Self::May(requirement) => key.permissions.covers(requirement),
            Self::NameContains(part) => part.is_in(key.name.as_str()),
            Self::HintBegins(start) => key.secret.hint.as_str().starts_with(start.as_str()),
        }
    }
}

/// Writes a condition so that two different ones never read alike.
impl fmt::Display for KeyCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InState(states) => {
                f.write_str("state")?;
                states.0.iter().try_for_each(|state| write!(f, " {}", state.name()))
            }
            Self::ExpiresBefore(end) => write!(f, "expires {}", end.as_millis()),
            Self::LastUsedBefore(end) => write!(f, "used {}", end.as_millis()),
            Self::NeverUsed => f.write_str("unused"),
            Self::May(Requirement { resource, access }) => {
                let access = match access {
                    RequiredAccess::Read => "read",
                    RequiredAccess::Write => "write",
                };
                write!(f, "may {access} {}", resource.as_str())
            }
            Self::NameContains(part) => write!(f, "name {}", part.0),
            Self::HintBegins(start) => write!(f, "hint {}", start.0),
        }
    }
}

/// Conditions that a key has to meet, all of them; without any, it finds every key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeyFilter(Vec<KeyCondition>);

impl KeyFilter {
    /// These conditions, put in order; the same one twice is one.
    #[must_use]
    pub fn new(mut conditions: Vec<KeyCondition>) -> Self {
        conditions.sort_unstable();
        conditions.dedup();
        Self(conditions)
    }

    /// Finds every key.
    #[must_use]
    pub const fn everything() -> Self {
        Self(Vec::new())
    }

    /// Finds the keys that work or could be enabled again.
    #[must_use]
    pub fn towards_limit() -> Self {
        Self(vec![KeyCondition::InState(LiveStates::towards_limit())])
    }

    /// The conditions, in order.
    #[must_use]
    pub fn conditions(&self) -> &[KeyCondition] {
        &self.0
    }

    /// Whether the key is one of those that are looked for at `now`. A deleted key never is.
    #[must_use]
    pub fn matches(&self, key: &Key, now: Timestamp) -> bool {
        key.state != KeyState::Deleted && self.0.iter().all(|condition| condition.is_met(key, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::Resource;

    #[test]
    fn a_part_is_found_whatever_its_letter_case() {
        let check = |part: &str, name: &str, found: bool| {
            assert_eq!(NamePart::parse(part).expect("a part").is_in(name), found, "{part} {name}");
        };
        check("LOJA", "minha loja", true);
        check("ÇÃO", "Integração", true);
        check("ΟΔΟΣ", "οδοσ", true);
        check("δοΣ", "ΟΔΟΣ 7", true);
        check("ß", "STRASSE", false);
        check("%", "100%", true);
        check("_", "ab", false);
        for text in ["", "a\nb", &"a".repeat(NAME_MAX + 1)] {
            assert_eq!(NamePart::parse(text), Err(NotAPart), "{text:?}");
        }
    }

    #[test]
    fn the_order_of_conditions_and_of_states_does_not_matter() {
        let states = |states: [LiveState; 2]| {
            KeyCondition::InState(LiveStates::of(states).expect("two states"))
        };
        let (one, other) = (LiveState::Enabled, LiveState::Expired);
        let filter = |conditions: [KeyCondition; 2]| KeyFilter::new(conditions.to_vec());
        assert_eq!(
            filter([states([one, other]), KeyCondition::NeverUsed]),
            filter([KeyCondition::NeverUsed, states([other, one])]),
        );
        assert_eq!(LiveStates::of([]), None);
    }

    #[test]
    fn different_conditions_are_written_differently() {
        let at = Timestamp::from_millis(5);
        let may = |access| {
            let resource = Resource::parse("PAYMENT").expect("a name");
            KeyCondition::May(Requirement { resource, access })
        };
        let in_state = |state| KeyCondition::InState(LiveStates::of([state]).expect("a state"));
        let part = |text| KeyCondition::NameContains(NamePart::parse(text).expect("a part"));
        let start = |text| KeyCondition::HintBegins(HintStart::parse(text).expect("a start"));
        let conditions = [
            in_state(LiveState::Enabled),
            in_state(LiveState::Disabled),
            KeyCondition::ExpiresBefore(at),
            KeyCondition::LastUsedBefore(at),
            KeyCondition::NeverUsed,
            may(RequiredAccess::Read),
            may(RequiredAccess::Write),
            part("a"),
            part("b"),
            start("a"),
        ];
        let mut texts: Vec<String> = conditions.iter().map(ToString::to_string).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), conditions.len());
    }
}
