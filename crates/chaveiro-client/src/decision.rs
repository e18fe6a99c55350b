//! What the verify call answers, member by member.
//!
//! Members that a later server adds are passed over. Must not fill in what is missing: an answer
//! without one of these is none.

use serde::Deserialize;

/// What was decided on one question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Decision {
    /// The request may pass.
    Granted(Grant),
    /// It is to be turned away.
    Refused(Denial),
}

/// The request may pass.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Grant {
    /// The key, a UUID.
    pub key_id: String,
    /// Its account, a UUID.
    pub account_id: String,
    /// The project that it acts for, a UUID, where there is one.
    pub project_id: Option<String>,
    /// What the route needed; nothing where no rule names it.
    pub permission: Option<String>,
    /// The limits that the request was about, as they stand after it.
    pub limits: Vec<LimitStanding>,
    /// The state by which it was decided.
    pub epoch: u64,
}

/// The request is to be turned away.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Denial {
    /// The refusal's name, such as `expired`. Later servers may have others.
    pub reason: String,
    /// What a narrowed key would have needed.
    pub needed: Option<String>,
    /// The status that the realm's dialect answers with.
    pub status: u16,
    /// In how many seconds to ask again, where a limit is used up.
    pub retry_after: Option<u64>,
    /// The limit that is used up.
    pub limit: Option<LimitStanding>,
    /// What to do about it; nothing where the server is told to hide it.
    pub hint: Option<String>,
    /// The state by which it was decided.
    pub epoch: u64,
}

/// Where a limit stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LimitStanding {
    /// Its name.
    pub name: String,
    /// The whole budget.
    pub limit: u32,
    /// What is left of it.
    pub remaining: u32,
    /// In how many milliseconds something of it comes back, or its window ends.
    pub reset_after_ms: Option<u64>,
    /// Whether it refuses nobody and would have refused this.
    #[serde(default)]
    pub would_refuse: bool,
}

/// A question of a batch that is a mistake, in the server's words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, thiserror::Error)]
#[error("{status}: {detail}")]
pub struct Mistake {
    /// The status that it would have had alone.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
}
