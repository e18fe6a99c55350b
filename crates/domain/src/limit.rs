//! Limits of requests: how many may pass, of whom, in which time.
//!
//! Must not count: counters are `limits`'. A budget belongs to a key, an account, a realm or a
//! route, never to a secret, so that a new secret brings no new budget.

use std::fmt;
use std::sync::Arc;

use crate::ids::{AccountId, KeyId};
use crate::method::Method;
use crate::path_pattern::PathPattern;
use crate::time::Timestamp;

/// Most limits of one realm.
pub const LIMITS_MAX: usize = 8;
/// Most limits of one realm that count what is under way at once.
pub const AT_ONCE_MAX: usize = 4;
/// Largest limit that is counted in any interval: each request is remembered.
pub const ANY_INTERVAL_MAX: u32 = 1_024;
/// Longest interval, in seconds: one day.
pub const INTERVAL_S_MAX: u32 = 86_400;
/// Longest window that opens at the first request, in seconds: 31 days.
pub const WINDOW_S_MAX: u32 = 31 * 86_400;
/// Most patterns, and most costs, of one limit.
pub const PATTERNS_MAX: usize = 64;
/// Most letters of a limit's name.
const NAME_MAX: usize = 32;

/// The name of a limit: 1 to 32 of `a-z`, `0-9`, `_` and `-`, beginning with a letter. Public.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LimitName(Box<str>);

/// The text is not the name of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 32 of a-z, 0-9, _ and -, beginning with a letter")]
pub struct NotALimitName;

impl LimitName {
    /// Reads a name.
    ///
    /// # Errors
    /// Any other letters, none, or too many.
    pub fn parse(text: &str) -> Result<Self, NotALimitName> {
        let is_letter =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let fits = begins && text.len() <= NAME_MAX && text.bytes().all(is_letter);
        if fits { Ok(Self(text.into())) } else { Err(NotALimitName) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LimitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose budget it is. Every budget is of one environment: a sandbox uses up nothing of production.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitPer {
    /// Each key has its own, through every rotation.
    Key,
    /// All keys of an account share one; those of its projects too, those of its sub-accounts not.
    Account,
    /// All keys share one.
    Realm,
    /// All keys share one for each pattern of the limit's paths.
    Route,
}

/// One budget of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitSubject {
    /// That of a key.
    Key(KeyId),
    /// That of an account.
    Account(AccountId),
    /// That of everybody.
    Realm,
    /// That of the pattern at this position.
    Route(u16),
}

/// How a limit is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitKind {
    /// In any interval of this length, wherever it begins.
    AnyInterval {
        /// In seconds.
        length_s: u32,
    },
    /// In a window that opens at the first request, and after its end at the next one.
    FromFirst {
        /// In seconds.
        length_s: u32,
    },
    /// At any one moment, from the request to the end of its answer.
    AtOnce,
}

impl LimitKind {
    /// The length of its time in seconds; `None` where it has none.
    #[must_use]
    pub const fn length_s(self) -> Option<u32> {
        match self {
            Self::AnyInterval { length_s } | Self::FromFirst { length_s } => Some(length_s),
            Self::AtOnce => None,
        }
    }
}

/// Whether a limit refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitMode {
    /// What is over it is refused.
    Enforced,
    /// It counts and tells what it would have refused, and lets everything pass.
    Shadow,
}

/// Which methods a limit is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitMethods {
    /// All.
    All,
    /// These; `GET` brings `HEAD` along.
    Only(Vec<Method>),
}

impl LimitMethods {
    fn hold(&self, method: Method) -> bool {
        let method = if method == Method::Head { Method::Get } else { method };
        match self {
            Self::All => true,
            Self::Only(methods) => methods.contains(&method),
        }
    }
}

/// Which paths a limit is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitPaths {
    /// All.
    All,
    /// Those of these patterns; the first that is met counts.
    Only(Vec<PathPattern>),
}

/// What certain requests cost, in the place of 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitCost {
    /// Their methods.
    pub methods: LimitMethods,
    /// Their paths.
    pub path: PathPattern,
    /// What one of them takes of the budget.
    pub cost: u32,
}

/// One limit of a realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitRule {
    /// Its name, unique in the realm. Public.
    pub name: LimitName,
    /// Whose budget it is.
    pub per: LimitPer,
    /// The budget.
    pub at_most: u32,
    /// How it is counted.
    pub kind: LimitKind,
    /// Whether it refuses.
    pub mode: LimitMode,
    /// Which methods it is about.
    pub methods: LimitMethods,
    /// Which paths it is about.
    pub paths: LimitPaths,
    /// What certain requests cost; the first that is met counts.
    pub costs: Vec<LimitCost>,
}

/// What one request takes of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitCharge {
    /// From whose budget.
    pub subject: LimitSubject,
    /// How much.
    pub cost: u32,
}

impl LimitRule {
    /// An enforced limit about every request, each of which takes one of the budget.
    #[must_use]
    pub const fn of(name: LimitName, per: LimitPer, at_most: u32, kind: LimitKind) -> Self {
        Self {
            name,
            per,
            at_most,
            kind,
            mode: LimitMode::Enforced,
            methods: LimitMethods::All,
            paths: LimitPaths::All,
            costs: Vec::new(),
        }
    }

    /// What a request takes of it; `None` where the limit is not about such requests.
    #[must_use]
    pub fn charge(
        &self,
        method: Method,
        path: &str,
        key: KeyId,
        account: AccountId,
    ) -> Option<LimitCharge> {
        if !self.methods.hold(method) {
            return None;
        }
        let route = match &self.paths {
            LimitPaths::All => 0,
            LimitPaths::Only(patterns) => patterns.iter().position(|known| known.matches(path))?,
        };
        let subject = match self.per {
            LimitPer::Key => LimitSubject::Key(key),
            LimitPer::Account => LimitSubject::Account(account),
            LimitPer::Realm => LimitSubject::Realm,
            // There are at most as many patterns as `PATTERNS_MAX`.
            LimitPer::Route => LimitSubject::Route(u16::try_from(route).unwrap_or(u16::MAX)),
        };
        let special = |cost: &&LimitCost| cost.methods.hold(method) && cost.path.matches(path);
        let cost = self.costs.iter().find(special).map_or(1, |special| special.cost);
        Some(LimitCharge { subject, cost })
    }
}

/// A limit that could not be held, or would refuse everything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// Too many limits of one realm.
    #[error("a realm can have {LIMITS_MAX} limits, and {AT_ONCE_MAX} of requests at once")]
    TooMany,
    /// Two limits have one name.
    #[error("there are two limits named {0}")]
    SameName(LimitName),
    /// A number that is outside of its range.
    #[error("limit {name}: {reason}")]
    Unfit {
        /// Which limit.
        name: LimitName,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// All limits of a realm, in their order; cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitRules {
    rules: Arc<[Arc<LimitRule>]>,
    shared: bool,
}

impl LimitRules {
    /// Takes these limits together.
    ///
    /// # Errors
    /// Limits that cannot stand together, or cannot be held.
    pub fn new(rules: impl IntoIterator<Item = LimitRule>) -> Result<Self, LimitError> {
        let rules: Arc<[Arc<LimitRule>]> = rules.into_iter().map(Arc::new).collect();
        let at_once = rules.iter().filter(|rule| rule.kind == LimitKind::AtOnce).count();
        if rules.len() > LIMITS_MAX || at_once > AT_ONCE_MAX {
            return Err(LimitError::TooMany);
        }
        for (at, rule) in rules.iter().enumerate() {
            if rules[..at].iter().any(|other| other.name == rule.name) {
                return Err(LimitError::SameName(rule.name.clone()));
            }
            if let Some(reason) = unfit(rule) {
                return Err(LimitError::Unfit { name: rule.name.clone(), reason });
            }
        }
        let shared = rules.iter().any(|rule| match rule.per {
            LimitPer::Key | LimitPer::Account => false,
            LimitPer::Realm | LimitPer::Route => true,
        });
        Ok(Self { rules, shared })
    }

    /// The limits.
    #[must_use]
    pub fn all(&self) -> &[Arc<LimitRule>] {
        &self.rules
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether any of them is about more than the keys of one account, so that all accounts have to
    /// be counted together.
    #[must_use]
    pub const fn are_shared(&self) -> bool {
        self.shared
    }
}

/// Why a limit cannot be held.
fn unfit(rule: &LimitRule) -> Option<&'static str> {
    let length_fits = match rule.kind {
        LimitKind::AnyInterval { length_s } => (1..=INTERVAL_S_MAX).contains(&length_s),
        LimitKind::FromFirst { length_s } => (1..=WINDOW_S_MAX).contains(&length_s),
        LimitKind::AtOnce => true,
    };
    let remembered = matches!(rule.kind, LimitKind::AnyInterval { .. });
    let patterns = match &rule.paths {
        LimitPaths::All => None,
        LimitPaths::Only(patterns) => Some(patterns.len()),
    };
    let at_once = rule.kind == LimitKind::AtOnce;
    let costs_fit = rule.costs.iter().all(|special| (1..=rule.at_most).contains(&special.cost));
    if rule.at_most == 0 {
        Some("it would refuse everything")
    } else if remembered && rule.at_most > ANY_INTERVAL_MAX {
        Some(
            "more than 1,024 in any interval cannot be counted exactly; count from the first request on",
        )
    } else if !length_fits {
        Some("an interval has 1 second to 1 day, a window from the first request on up to 31 days")
    } else if !costs_fit {
        Some("a request costs nothing, or more than the whole budget")
    } else if at_once && !rule.costs.is_empty() {
        Some("what is under way at once costs 1 each")
    } else if patterns == Some(0) || rule.costs.len().max(patterns.unwrap_or(1)) > PATTERNS_MAX {
        Some("it has no paths, or too many paths or costs")
    } else if rule.per == LimitPer::Route && patterns.is_none() {
        Some("a budget for each route needs paths")
    } else {
        None
    }
}

/// Where a limit stands after a request that passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitStanding<'a> {
    /// Which limit.
    pub rule: &'a LimitRule,
    /// What is left of the budget.
    pub remaining: u32,
    /// In how many milliseconds something of the budget comes back, rounded up; for a window that
    /// opened at a request, in how many it ends. `None` where that is not a matter of time.
    pub resets_in_ms: Option<u64>,
    /// Whether the limit refuses nobody and would have refused this.
    pub would_refuse: bool,
}

/// The limit that a request was refused by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpentLimit {
    /// Which limit; of several, the one that takes longest.
    pub rule: Arc<LimitRule>,
    /// What is left of the budget: less than the request costs.
    pub remaining: u32,
    /// In how many milliseconds the same request would be admitted, rounded up. `None` where that is
    /// not a matter of time.
    pub resets_in_ms: Option<u64>,
    /// When the request came.
    pub at: Timestamp,
}

impl SpentLimit {
    /// In how many whole seconds to ask again, at least one; one where it is not a matter of time.
    #[must_use]
    pub fn retry_after_s(&self) -> u64 {
        self.resets_in_ms.map_or(1, |ms| ms.div_ceil(1_000).max(1))
    }

    /// Where the limit stands.
    #[must_use]
    pub fn standing(&self) -> LimitStanding<'_> {
        let Self { rule, remaining, resets_in_ms, .. } = self;
        LimitStanding {
            rule,
            remaining: *remaining,
            resets_in_ms: *resets_in_ms,
            would_refuse: false,
        }
    }
}

#[cfg(test)]
mod tests;
