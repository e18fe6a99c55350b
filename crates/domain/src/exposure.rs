//! How others came to see a key, as far as it is known.
//!
//! Must not hold any of the key's text: where it was found is told in words without it.

use crate::name::DisplayName;
use crate::time::Timestamp;

/// What makes a key exposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// Somebody says that its text was found, and perhaps where.
    Reported(Option<DisplayName>),
    /// It came in the clear where TLS is required.
    InTheClear,
}

/// Of which kind an exposure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExposureCause {
    /// Somebody reported it.
    Reported,
    /// It came in the clear.
    InTheClear,
}

/// The text is no exposure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not what is kept of an exposure")]
pub struct NotAnExposure;

impl ExposureCause {
    /// The stable name that is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::InTheClear => "in_the_clear",
        }
    }
}

impl Exposure {
    /// Of which kind it is.
    #[must_use]
    pub const fn cause(&self) -> ExposureCause {
        match self {
            Self::Reported(_) => ExposureCause::Reported,
            Self::InTheClear => ExposureCause::InTheClear,
        }
    }

    /// Where the key was found, if somebody said so.
    #[must_use]
    pub const fn found_in(&self) -> Option<&DisplayName> {
        match self {
            Self::Reported(found_in) => found_in.as_ref(),
            Self::InTheClear => None,
        }
    }

    /// A compact text that holds all of it, for stores.
    #[must_use]
    pub fn to_compact(&self) -> String {
        match self.found_in() {
            Some(found_in) => format!("{} {found_in}", self.cause().name()),
            None => self.cause().name().to_owned(),
        }
    }

    /// Reads the compact text back.
    ///
    /// # Errors
    /// A damaged text.
    pub fn from_compact(text: &str) -> Result<Self, NotAnExposure> {
        let (cause, found_in) = match text.split_once(' ') {
            Some((cause, found_in)) => (cause, Some(found_in)),
            None => (text, None),
        };
        let found_in = found_in.map(DisplayName::parse).transpose().map_err(|_| NotAnExposure)?;
        match (cause, found_in) {
            ("reported", found_in) => Ok(Self::Reported(found_in)),
            ("in_the_clear", None) => Ok(Self::InTheClear),
            _ => Err(NotAnExposure),
        }
    }
}

/// The day of UTC on which an exposure is told: a key is told of once for each cause and day, however
/// often it is seen.
#[must_use]
pub const fn day_of(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(24 * 60 * 60 * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exposure_survives_its_compact_text() {
        let place = DisplayName::parse("a paste  on example.com").expect("words");
        for exposure in
            [Exposure::Reported(None), Exposure::Reported(Some(place)), Exposure::InTheClear]
        {
            assert_eq!(Exposure::from_compact(&exposure.to_compact()), Ok(exposure));
        }
        for text in ["", "found", "in_the_clear here", "reported \n"] {
            assert_eq!(Exposure::from_compact(text), Err(NotAnExposure), "{text}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_of_utc() {
        let day = |text| day_of(Timestamp::parse_rfc3339(text).expect("an instant"));
        let noon = day("2026-11-22T12:00:00Z");
        assert_eq!(day("2026-11-22T00:00:00Z"), noon);
        assert_eq!(day("2026-11-22T23:59:59.999Z"), noon);
        assert_eq!(day("2026-11-23T00:00:00Z"), noon + 1);
    }
}
