//! The use cases of Chaveiro, one file each, over a keyring in memory and a store behind a port.
//!
//! A mutation is in the keyring before it is answered; a verification reads memory alone. Must
//! not know HTTP, SQL, or what time it is.

pub mod accounts;
pub mod advance_clock;
pub mod change_key;
pub mod change_keys;
mod chores;
pub mod close_release;
pub mod context;
pub mod correspondence;
pub mod create_account;
pub mod create_key;
pub mod create_operator_key;
pub mod create_webhook;
pub mod delete_account;
pub mod delete_key;
pub mod delete_operator_key;
pub mod delete_webhook;
pub mod deliver;
pub mod deliveries;
pub mod disable_key;
pub mod dispatch;
pub mod dispatch_letters;
pub mod enable_key;
pub mod engine;
pub mod erase_secrets;
pub mod expire_deliveries;
pub mod expose_key;
pub mod get_key;
pub mod guards;
pub mod key_owner;
mod keyring;
pub mod list_keys;
pub mod list_operator_keys;
pub mod managed_account;
pub mod move_clock;
pub mod open_release;
pub mod open_subaccount;
pub mod operator_access;
pub mod outcome;
pub mod outgoing;
pub mod place;
pub mod ports;
pub mod preview_lifecycle;
pub mod projected_expiry;
pub mod readers;
pub mod record_use;
pub mod resume_account;
pub mod rotate_key;
pub mod rotate_webhook;
mod running;
pub mod send_letters;
mod sends;
pub mod subaccounts;
pub mod suspend_account;
pub mod sweep_keys;
pub mod sweeps;
pub mod tally;
pub mod update_account;
pub mod update_key;
pub mod update_webhook;
pub mod verify;
mod watch_clock;
pub mod webhooks;

pub use keyring::{LoadError, LoadReport};
