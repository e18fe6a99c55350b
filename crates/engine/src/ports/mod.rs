//! What the engine asks of the world outside: to bring an event to a receiver, a letter to a
//! mailbox, and to wait for those who do.
//!
//! Plain data and traits alone. Must not know HTTP libraries, SMTP, or who implements them.

pub mod courier;
pub mod herald;
pub mod loops;
pub mod postman;
pub mod receivers;
pub mod scribe;
