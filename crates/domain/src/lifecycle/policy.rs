//! Policies: which stages idle keys go through, for each kind of account.
//!
//! A policy that is held has no contradictions. Must not look at a key.

use std::fmt;
use std::fmt::Write as _;

use jiff::civil::date;
use jiff::tz::TimeZone;

use super::calendar::{DAY_MS, after, days_before};
use super::step::compact;
use crate::account::Branding;
use crate::time::Timestamp;

/// Most warnings of one list of stages.
pub const WARNINGS_MAX: usize = 8;
/// Longest wait in months: ten years.
pub const MONTHS_MAX: u16 = 120;
/// Longest wait in days: ten years.
pub const DAYS_MAX: u16 = 3_650;
/// Longest notice, in days.
pub const NOTICE_DAYS_MAX: u16 = 365;
/// The notice that is taken when nobody says, in days.
pub const NOTICE_DAYS_USUAL: u16 = 7;

/// How long a key has to be idle: 1 to [`MONTHS_MAX`] months, or 1 to [`DAYS_MAX`] days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wait {
    /// Calendar months in the realm's zone, clamped to the month's end.
    Months(u16),
    /// Days of 24 hours.
    Days(u16),
}

/// When a warning is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WarningTime {
    /// When the key was idle for so long.
    After(Wait),
    /// So long before it expires.
    BeforeExpiry {
        /// 1 to [`DAYS_MAX`] days of 24 hours.
        days: u16,
    },
}

/// Stages as somebody wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagesDraft {
    /// When a key is switched off; `None` for never.
    pub disable: Option<Wait>,
    /// When its people are warned.
    pub warnings: Vec<WarningTime>,
    /// When it expires; `None` for never.
    pub expire: Option<Wait>,
    /// How old a warning has to be before the key expires, in days; 0 where nobody has to be warned.
    pub notice_days: u16,
}

impl Default for StagesDraft {
    fn default() -> Self {
        let notice_days = NOTICE_DAYS_USUAL;
        Self { disable: None, warnings: Vec::new(), expire: None, notice_days }
    }
}

/// Stages without contradictions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stages(StagesDraft);

/// Stages contradict each other, or cannot be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A wait is zero or too long.
    #[error("`{0}` is out of range: a wait is 1 to {MONTHS_MAX} months or 1 to {DAYS_MAX} days")]
    OutOfRange(Wait),
    /// A warning is zero days before the end, or too many.
    #[error("a warning is 1 to {DAYS_MAX} days before expiry, not {0}")]
    BeforeOutOfRange(u16),
    /// The notice is too long.
    #[error("the notice is {NOTICE_DAYS_MAX} days at most, not {0}")]
    NoticeOutOfRange(u16),
    /// There are more warnings than can be held.
    #[error("there are {0} warnings, and {WARNINGS_MAX} at most can be held")]
    TooManyWarnings(usize),
    /// Two warnings are the same.
    #[error("the warning `{0}` is there twice")]
    WarningTwice(WarningTime),
    /// A warning tells of an expiry that never comes.
    #[error("the warning `{0}` would tell of an expiry, but keys never expire: add `expire`")]
    WarningOfNothing(WarningTime),
    /// Keys would expire without a word.
    #[error(
        "keys would expire after {0} without a warning: add one, or say notice = \"0 days\" if that is meant"
    )]
    NoWarning(Wait),
    /// Keys would be switched off when they are over already.
    #[error("keys would be disabled after {disable}, but expire after {expire} already")]
    DisableAfterExpiry {
        /// When they are switched off.
        disable: Wait,
        /// When they expire.
        expire: Wait,
    },
    /// A warning before the key is idle at all, or after it has expired.
    #[error(
        "the warning `{warning}` does not lie between the last use and the expiry after {expire} (for a key last used on {example})"
    )]
    WarningOutside {
        /// The warning.
        warning: WarningTime,
        /// When keys expire.
        expire: Wait,
        /// A day of last use for which that is so.
        example: jiff::civil::Date,
    },
    /// No warning comes early enough.
    #[error(
        "no warning comes {notice} days before the expiry after {expire} (for a key last used on {example}): warn earlier, or shorten `notice`"
    )]
    NoticeTooShort {
        /// How old a warning has to be.
        notice: u16,
        /// When keys expire.
        expire: Wait,
        /// A day of last use for which that is so.
        example: jiff::civil::Date,
    },
}

impl Stages {
    /// Stages that do not contradict each other, whatever the day on which a key was last used.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn new(draft: StagesDraft) -> Result<Self, PolicyError> {
        let waits = draft.warnings.iter().filter_map(|warning| match warning {
            WarningTime::After(wait) => Some(*wait),
            WarningTime::BeforeExpiry { .. } => None,
        });
        for wait in waits.chain(draft.disable).chain(draft.expire) {
            wait.is_in_range().then_some(()).ok_or(PolicyError::OutOfRange(wait))?;
        }
        if draft.notice_days > NOTICE_DAYS_MAX {
            return Err(PolicyError::NoticeOutOfRange(draft.notice_days));
        }
        warnings_can_be_held(&draft.warnings)?;
        match (draft.expire, draft.warnings.first()) {
            (None, None) => {}
            (None, Some(warning)) => return Err(PolicyError::WarningOfNothing(*warning)),
            (Some(expire), None) if draft.notice_days > 0 => {
                return Err(PolicyError::NoWarning(expire));
            }
            (Some(expire), _) => fits_every_day(&draft, expire)?,
        }
        Ok(Self(draft))
    }

    /// When a key is switched off.
    #[must_use]
    pub const fn disable(&self) -> Option<Wait> {
        self.0.disable
    }

    /// When its people are warned, in the order in which they were written.
    #[must_use]
    pub fn warnings(&self) -> &[WarningTime] {
        &self.0.warnings
    }

    /// When it expires.
    #[must_use]
    pub const fn expire(&self) -> Option<Wait> {
        self.0.expire
    }

    /// How old a warning has to be before a key expires, in days.
    #[must_use]
    pub const fn notice_days(&self) -> u16 {
        self.0.notice_days
    }

    /// Whether nothing ever happens to an idle key.
    #[must_use]
    pub const fn are_none(&self) -> bool {
        self.0.disable.is_none() && self.0.expire.is_none()
    }

    /// The stages as somebody would write them.
    #[must_use]
    pub const fn draft(&self) -> &StagesDraft {
        &self.0
    }

    /// The same stages without the disabling.
    #[must_use]
    pub fn without_disabling(&self) -> Self {
        // A stage less contradicts nothing.
        Self(StagesDraft { disable: None, ..self.0.clone() })
    }
}

/// What happens to idle keys of each kind of account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LifecyclePolicy {
    /// Of accounts that meet their people under our name.
    pub ordinary: Stages,
    /// Of sub-accounts that meet them under the name of the account above.
    pub white_label: Stages,
}

impl LifecyclePolicy {
    /// The stages of an account of this kind.
    #[must_use]
    pub const fn of(&self, branding: Branding) -> &Stages {
        match branding {
            Branding::Ours => &self.ordinary,
            Branding::WhiteLabel => &self.white_label,
        }
    }

    /// Whether lack of use never ends a key.
    #[must_use]
    pub const fn never_ends_keys(&self) -> bool {
        self.ordinary.expire().is_none() && self.white_label.expire().is_none()
    }

    /// Whether lack of use ends all keys alike, whatever the kind of account.
    #[must_use]
    pub fn ends_all_alike(&self) -> bool {
        self.ordinary.without_disabling() == self.white_label.without_disabling()
    }

    /// A text that is another one for every other policy or zone. Not for people.
    #[must_use]
    pub fn fingerprint(&self, zone: &TimeZone) -> String {
        let mut text = String::from("1");
        for (kind, Stages(stages)) in [("o", &self.ordinary), ("w", &self.white_label)] {
            let wait = |wait: Option<Wait>| wait.map_or_else(|| "-".to_owned(), compact);
            let (disable, expire) = (wait(stages.disable), wait(stages.expire));
            // Writing into a string cannot fail.
            let _ = write!(text, " {kind}:d{disable},e{expire},n{}", stages.notice_days);
            for warning in &stages.warnings {
                let _ = write!(text, ",{}", super::step::Step::Warn(*warning));
            }
        }
        let zone = zone.iana_name().map_or_else(|| format!("{zone:?}"), str::to_owned);
        text + " " + &zone
    }
}

impl Wait {
    const fn is_in_range(self) -> bool {
        match self {
            Self::Months(months) => months >= 1 && months <= MONTHS_MAX,
            Self::Days(days) => days >= 1 && days <= DAYS_MAX,
        }
    }
}

impl WarningTime {
    /// The instant of the warning for a key that is idle since the one instant and expires at the
    /// other.
    pub(super) fn instant(self, idle: Timestamp, expiry: Timestamp, zone: &TimeZone) -> Timestamp {
        match self {
            Self::After(wait) => after(idle, wait, zone),
            Self::BeforeExpiry { days } => days_before(expiry, days),
        }
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self {
            Self::Months(months) => (months, "month"),
            Self::Days(days) => (days, "day"),
        };
        write!(f, "{number} {unit}{}", if *number == 1 { "" } else { "s" })
    }
}

impl fmt::Display for WarningTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(wait) => wait.fmt(f),
            Self::BeforeExpiry { days } => write!(f, "{} before expiry", Wait::Days(*days)),
        }
    }
}

fn warnings_can_be_held(warnings: &[WarningTime]) -> Result<(), PolicyError> {
    if warnings.len() > WARNINGS_MAX {
        return Err(PolicyError::TooManyWarnings(warnings.len()));
    }
    for (at, warning) in warnings.iter().enumerate() {
        match warning {
            WarningTime::BeforeExpiry { days: 0 } => return Err(PolicyError::BeforeOutOfRange(0)),
            WarningTime::BeforeExpiry { days } if *days > DAYS_MAX => {
                return Err(PolicyError::BeforeOutOfRange(*days));
            }
            WarningTime::BeforeExpiry { .. } | WarningTime::After(_) => {}
        }
        if warnings[..at].contains(warning) {
            return Err(PolicyError::WarningTwice(*warning));
        }
    }
    Ok(())
}

/// Months have 28 to 31 days, so the order of stages is seen at days of last use: all of five
/// years, with a leap year and the year 2100, which is none.
fn fits_every_day(draft: &StagesDraft, expire: Wait) -> Result<(), PolicyError> {
    let first = date(2096, 1, 1);
    for day in first.series(jiff::Span::new().days(1)).take_while(|day| day.year() < 2101) {
        let Ok(noon) = day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC) else { continue };
        let idle = Timestamp::from_millis(noon.timestamp().as_millisecond());
        fits(draft, expire, idle, day)?;
    }
    Ok(())
}

fn fits(
    draft: &StagesDraft,
    expire: Wait,
    idle: Timestamp,
    example: jiff::civil::Date,
) -> Result<(), PolicyError> {
    let expiry = after(idle, expire, &TimeZone::UTC);
    if let Some(disable) = draft.disable
        && after(idle, disable, &TimeZone::UTC) >= expiry
    {
        return Err(PolicyError::DisableAfterExpiry { disable, expire });
    }
    let notice_ms = i64::from(draft.notice_days) * DAY_MS;
    let mut in_time = draft.notice_days == 0;
    for warning in &draft.warnings {
        let at = warning.instant(idle, expiry, &TimeZone::UTC);
        if at <= idle || at >= expiry {
            return Err(PolicyError::WarningOutside { warning: *warning, expire, example });
        }
        in_time |= at.plus_millis(notice_ms) <= expiry;
    }
    let notice = draft.notice_days;
    in_time.then_some(()).ok_or(PolicyError::NoticeTooShort { notice, expire, example })
}
