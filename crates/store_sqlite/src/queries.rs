//! The questions, one file under each name of the port.
//!
//! A question is a plain function on the reading connection. Must not write.

pub(crate) mod count_trail;
pub(crate) mod find_account;
pub(crate) mod find_key;
mod key_clauses;
pub(crate) mod list_accounts;
pub(crate) mod list_keys;
pub(crate) mod load;
mod page;
