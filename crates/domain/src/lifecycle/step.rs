//! The steps of a key's ageing, and the names under which they are kept.
//!
//! A name is for ever: a step that was done is known by it. Must not say when a step is due.

use std::fmt;

use super::policy::{Wait, WarningTime};

/// One step. A key takes each of them once while it is idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// It is switched off for lack of use.
    Disable,
    /// Its people are warned that it will expire. Known by its time in the policy, so that another
    /// policy's warnings are others.
    Warn(WarningTime),
    /// It is over for lack of use.
    Expire,
    /// It is over because its own date has come.
    ExpireByDate,
}

/// The text names no step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the name of a step, such as disable, warn:4m, warn:-7d, expire or date")]
pub struct NotAStep;

impl Step {
    /// Whether it comes of lack of use: it takes a key out of force, or has people told that this will
    /// happen. Its own date ends a key anyway.
    #[must_use]
    pub const fn comes_of_idleness(self) -> bool {
        match self {
            Self::Disable | Self::Warn(_) | Self::Expire => true,
            Self::ExpireByDate => false,
        }
    }

    /// Reads a name that [`fmt::Display`] wrote.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse(name: &str) -> Result<Self, NotAStep> {
        match name {
            "disable" => Ok(Self::Disable),
            "expire" => Ok(Self::Expire),
            "date" => Ok(Self::ExpireByDate),
            warning => {
                let time = warning.strip_prefix("warn:").ok_or(NotAStep)?;
                time_named(time).map(Self::Warn).ok_or(NotAStep)
            }
        }
    }
}

fn time_named(name: &str) -> Option<WarningTime> {
    match name.strip_prefix('-') {
        Some(before) => {
            let days = before.strip_suffix('d').and_then(number)?;
            Some(WarningTime::BeforeExpiry { days })
        }
        None => {
            let months = name.strip_suffix('m').and_then(number).map(Wait::Months);
            let days = name.strip_suffix('d').and_then(number).map(Wait::Days);
            months.or(days).map(WarningTime::After)
        }
    }
}

/// A number in its one spelling.
fn number(digits: &str) -> Option<u16> {
    let number: u16 = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disable => f.write_str("disable"),
            Self::Warn(WarningTime::After(wait)) => write!(f, "warn:{}", compact(*wait)),
            Self::Warn(WarningTime::BeforeExpiry { days }) => write!(f, "warn:-{days}d"),
            Self::Expire => f.write_str("expire"),
            Self::ExpireByDate => f.write_str("date"),
        }
    }
}

/// The wait as it stands in names: `4m`, `90d`.
pub(super) fn compact(wait: Wait) -> String {
    match wait {
        Wait::Months(months) => format!("{months}m"),
        Wait::Days(days) => format!("{days}d"),
    }
}
