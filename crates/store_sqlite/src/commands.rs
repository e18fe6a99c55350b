//! The commands, one file under each name of the port.
//!
//! A command is a plain function inside the writer's transaction. It may run again after it was
//! undone, so it keeps nothing between runs; and it looks before it writes, because undoing costs.
//! Must not commit, and must not tell anybody: the writer does both.

pub(crate) mod age_keys;
pub(crate) mod approve_sweep;
pub(crate) mod change_keys;
pub(crate) mod claim_deliveries;
pub(crate) mod claim_letters;
pub(crate) mod create_account;
pub(crate) mod create_key;
pub(crate) mod create_operator_key;
pub(crate) mod create_webhook;
pub(crate) mod delete_account;
pub(crate) mod delete_key;
pub(crate) mod delete_operator_key;
pub(crate) mod delete_webhook;
pub(crate) mod disable_key;
pub(crate) mod enable_key;
pub(crate) mod erase_secrets;
pub(crate) mod expire_deliveries;
pub(crate) mod expose_key;
pub(crate) mod move_clock;
pub(crate) mod note_clock;
mod once;
pub(crate) mod prune_letters;
pub(crate) mod record_attempts;
pub(crate) mod record_copies;
pub(crate) mod record_use;
pub(crate) mod release_deliveries;
pub(crate) mod relook_keys;
pub(crate) mod remove_backoff;
pub(crate) mod resend_delivery;
pub(crate) mod reset_mark;
mod rewrite;
pub(crate) mod rotate_key;
pub(crate) mod rotate_webhook;
pub(crate) mod settle_pepper;
pub(crate) mod take_causes;
pub(crate) mod take_events;
pub(crate) mod update_account;
pub(crate) mod update_key;
pub(crate) mod update_webhook;

use domain::account::Account;
use domain::key::Key;
use domain::operator::OperatorKey;
use store::port::Change;

/// What a command did: its answer, and the changes to tell of.
pub(crate) struct Written<T> {
    pub(crate) answer: T,
    pub(crate) changes: Vec<Change>,
}

impl<T> Written<T> {
    /// Nothing changed that others are told of.
    pub(crate) const fn silent(answer: T) -> Self {
        Self { answer, changes: Vec::new() }
    }
}

impl From<Account> for Written<Account> {
    fn from(account: Account) -> Self {
        Self { changes: vec![Change::Account(account.clone())], answer: account }
    }
}

impl From<Key> for Written<Key> {
    fn from(key: Key) -> Self {
        Self { changes: vec![Change::Key(Box::new(key.clone()))], answer: key }
    }
}

impl From<OperatorKey> for Written<OperatorKey> {
    fn from(key: OperatorKey) -> Self {
        Self { changes: vec![Change::OperatorKey(Box::new(key.clone()))], answer: key }
    }
}
