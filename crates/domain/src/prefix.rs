//! The beginnings of keys: which prefixes a realm issues, and what each says about a key.
//!
//! Must not know any prefix by heart: dialects and configuration bring them.

use crate::ids::EnvironmentName;

/// For whom a key may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// For the account or project that owns it.
    Own,
    /// For the projects of its account; each request names one.
    Descendants,
}

/// A prefix that a realm issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPrefix {
    text: Box<str>,
    environment: Option<EnvironmentName>,
    reach: Reach,
}

/// The prefix cannot begin a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected 3 to 32 letters, digits and underscores, ending in an underscore, with at most one leading $"
)]
pub struct NotAPrefix;

impl KeyPrefix {
    /// A prefix for keys of one environment, or of all (`None`).
    ///
    /// # Errors
    /// Text that is not 3 to 32 letters, digits and underscores with `_` at its end; a `$` may lead.
    pub fn new(
        text: &str,
        environment: Option<EnvironmentName>,
        reach: Reach,
    ) -> Result<Self, NotAPrefix> {
        let letters = text.strip_prefix('$').unwrap_or(text);
        let plain = letters.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !plain || !letters.ends_with('_') || letters.starts_with('_') {
            return Err(NotAPrefix);
        }
        if !(3..=32).contains(&text.len()) {
            return Err(NotAPrefix);
        }
        Ok(Self { text: text.into(), environment, reach })
    }

    /// The prefix as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The environment that the prefix gives away; `None` where all environments share it.
    #[must_use]
    pub const fn environment(&self) -> Option<&EnvironmentName> {
        self.environment.as_ref()
    }

    /// For whom keys with this prefix act.
    #[must_use]
    pub const fn reach(&self) -> Reach {
        self.reach
    }
}

/// The prefixes that matter at one realm's door: its own, and those of its neighbours.
#[derive(Clone, Debug, Default)]
pub struct KeyPrefixes {
    own: Vec<KeyPrefix>,
    foreign: Vec<Box<str>>,
}

impl KeyPrefixes {
    /// The realm's own prefixes, and the prefixes that other realms of this server issue.
    #[must_use]
    pub fn new(own: Vec<KeyPrefix>, foreign: impl IntoIterator<Item = String>) -> Self {
        let foreign = foreign
            .into_iter()
            .filter(|text| own.iter().all(|prefix| prefix.as_str() != text))
            .map(Into::into)
            .collect();
        Self { own, foreign }
    }

    /// The realm's own prefixes.
    #[must_use]
    pub fn own(&self) -> &[KeyPrefix] {
        &self.own
    }

    /// Whether the text begins with any prefix that this server issues.
    #[must_use]
    pub fn is_issued_here(&self, text: &[u8]) -> bool {
        self.own_prefix_of(text).is_some() || self.is_foreign(text)
    }

    /// The prefix for new keys of this environment and reach.
    #[must_use]
    pub fn for_new_key(&self, environment: &EnvironmentName, reach: Reach) -> Option<&KeyPrefix> {
        self.own.iter().find(|prefix| {
            prefix.reach == reach
                && prefix.environment.as_ref().is_none_or(|named| named == environment)
        })
    }

    pub(crate) fn own_prefix_of(&self, text: &[u8]) -> Option<&KeyPrefix> {
        self.own
            .iter()
            .filter(|prefix| text.starts_with(prefix.text.as_bytes()))
            .max_by_key(|prefix| prefix.text.len())
    }

    pub(crate) fn is_foreign(&self, text: &[u8]) -> bool {
        self.foreign.iter().any(|prefix| text.starts_with(prefix.as_bytes()))
    }

    pub(crate) fn all_texts(&self) -> impl Iterator<Item = &str> {
        self.own.iter().map(KeyPrefix::as_str).chain(self.foreign.iter().map(AsRef::as_ref))
    }
}
