//! The postman against a real mail server: aiosmtpd, over TLS and in the clear.
//!
//! It is installed by `cargo xtask test`, which says where in `CHAVEIRO_TEST_CLIENTS`. Must not
//! write to anybody.

mod letters;
mod server;
mod troubles;
