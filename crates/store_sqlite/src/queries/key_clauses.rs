//! Conditions on keys as SQL.
//!
//! A clause may let through a key that does not meet its condition, and the domain's own function
//! looks at each row again; it must not hold one back that does. Letter case is never asked of the
//! database.

use domain::key_filter::{KeyCondition, KeyFilter, LiveState};
use domain::permission::RequiredAccess;
use domain::time::Timestamp;
use rusqlite::types::Value;

/// The rest of a statement, and what stands for its question marks.
#[derive(Default)]
pub(super) struct Clauses {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Clauses {
    /// Adds a condition with its values, in the order of its question marks.
    pub(super) fn and(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(" AND (");
        self.sql.push_str(sql);
        self.sql.push(')');
        self.values.extend(values);
    }

    /// Adds whatever of the filter can be said in SQL.
    pub(super) fn and_filter(&mut self, filter: &KeyFilter, now: Timestamp) {
        for condition in filter.conditions() {
            match condition {
                KeyCondition::InState(states) => {
                    let clauses: Vec<&str> =
                        states.as_slice().iter().map(|state| in_state(*state)).collect();
                    let values = clauses.iter().map(|_| instant(now));
                    self.and(&clauses.join(" OR "), values);
                }
                KeyCondition::ExpiresBefore(end) => self.and("expires_at < ?", [instant(*end)]),
                KeyCondition::LastUsedBefore(end) => self.and(USED_BEFORE, [instant(*end)]),
                KeyCondition::NeverUsed => {
                    self.and("last_used_at IS NULL AND earlier_used_at IS NULL", [])
                }
                KeyCondition::May(requirement) => {
                    // Names hold neither commas nor colons, so that no other name is found.
                    let name = requirement.resource.as_str();
                    let sql = "permissions = '*' OR instr(',' || permissions || ',', ?) > 0";
                    let grant = |access: &str| Value::Text(format!(",{name}:{access},"));
                    match requirement.access {
                        RequiredAccess::Write => self.and(sql, [grant("RW")]),
                        RequiredAccess::Read => self.and(
                            &format!("{sql} OR instr(',' || permissions || ',', ?) > 0"),
                            [grant("RW"), grant("R")],
                        ),
                    }
                }
                KeyCondition::NameContains(_) => {}
                KeyCondition::HintBegins(start) => {
                    let text = start.as_str().to_owned();
                    self.and(
                        "substr(hint, 1, length(?)) = ?",
                        [text.clone(), text].map(Value::Text),
                    );
                }
            }
        }
    }
}

/// A key's last use is that of the secret in use, or that of an earlier one.
const USED_BEFORE: &str = "max(coalesce(last_used_at, earlier_used_at), \
     coalesce(earlier_used_at, last_used_at)) < ?";

/// Each asks for the instant once.
const fn in_state(state: LiveState) -> &'static str {
    match state {
        LiveState::Enabled => "state = 0 AND coalesce(expires_at > ?, 1)",
        LiveState::Disabled => "state BETWEEN 10 AND 19 AND coalesce(expires_at > ?, 1)",
        LiveState::Expired => "state >= 20 OR expires_at <= ?",
    }
}

fn instant(at: Timestamp) -> Value {
    Value::Integer(at.as_millis())
}
