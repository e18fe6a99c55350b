//! The questions, one file under each name of the port.
//!
//! A question is a plain function on the reading connection. Must not write.

pub(crate) mod browse_subaccounts;
pub(crate) mod count_aging_keys;
pub(crate) mod count_trail;
pub(crate) mod deliveries;
pub(crate) mod due_keys;
pub(crate) mod find_account;
pub(crate) mod find_key;
pub(crate) mod find_webhook;
pub(crate) mod kept_steps;
mod key_clauses;
pub(crate) mod last_event;
pub(crate) mod letters;
pub(crate) mod list_accounts;
pub(crate) mod list_audit;
pub(crate) mod list_events;
pub(crate) mod list_keys;
pub(crate) mod list_operator_keys;
pub(crate) mod list_webhooks;
pub(crate) mod load;
mod page;
pub(crate) mod place_clocks;
pub(crate) mod place_guard;
#[cfg(test)]
mod plan;
