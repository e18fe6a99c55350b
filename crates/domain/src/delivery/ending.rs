//! How an attempt ended, and whether that counts as delivered.
//!
//! Must not tell apart what happens before a connection is there: it would be a map of the network.

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The receiver answered with this status, 200 to 599.
    Answered(u16),
    /// The connection broke, or what came was no HTTP.
    BrokenOff,
    /// No connection could be made.
    NoConnection,
    /// The time was over.
    TimedOut,
    /// No TLS could be spoken, or the receiver's certificate is not good.
    TlsRefused,
}

/// The number says no ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no attempt ends like this")]
pub struct NotAnEnding;

/// Which answers count as delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SuccessRule {
    /// Every status from 200 to 299.
    #[default]
    Any2xx,
    /// The status 200 alone.
    Only200,
}

impl Ending {
    /// Whether the receiver took the event.
    #[must_use]
    pub const fn is_success(self, rule: SuccessRule) -> bool {
        match (self, rule) {
            (Self::Answered(200), SuccessRule::Only200)
            | (Self::Answered(200..=299), SuccessRule::Any2xx) => true,
            (
                Self::Answered(_)
                | Self::BrokenOff
                | Self::NoConnection
                | Self::TimedOut
                | Self::TlsRefused,
                SuccessRule::Any2xx | SuccessRule::Only200,
            ) => false,
        }
    }

    /// The stable number that is stored: the status, or below 100 what came instead of one.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Answered(status) => status,
            Self::BrokenOff => 1,
            Self::NoConnection => 2,
            Self::TimedOut => 3,
            Self::TlsRefused => 4,
        }
    }

    /// Reads the number back.
    ///
    /// # Errors
    /// A number that was never given out.
    pub const fn from_number(number: u16) -> Result<Self, NotAnEnding> {
        match number {
            1 => Ok(Self::BrokenOff),
            2 => Ok(Self::NoConnection),
            3 => Ok(Self::TimedOut),
            4 => Ok(Self::TlsRefused),
            100..=599 => Ok(Self::Answered(number)),
            _ => Err(NotAnEnding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_2xx_counts_unless_exactly_200_is_demanded() {
        for (number, any, only) in [
            (200, true, true),
            (201, true, false),
            (204, true, false),
            (299, true, false),
            (301, false, false),
            (404, false, false),
            (500, false, false),
            (1, false, false),
            (2, false, false),
            (3, false, false),
            (4, false, false),
        ] {
            let ending = Ending::from_number(number).expect("an ending");
            assert_eq!(ending.is_success(SuccessRule::Any2xx), any, "{number}");
            assert_eq!(ending.is_success(SuccessRule::Only200), only, "{number}");
            assert_eq!(ending.number(), number);
        }
        for number in [0, 5, 99, 600, u16::MAX] {
            assert_eq!(Ending::from_number(number), Err(NotAnEnding), "{number}");
        }
    }
}
