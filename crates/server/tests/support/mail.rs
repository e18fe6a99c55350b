//! What tells a quickstart which mail server it has.
//!
//! Must not start one.

use std::path::Path;

use super::Quickstart;

impl Quickstart {
    /// One that writes to people by the mail server on this port.
    pub(crate) fn writing(data: &Path, base: u16, inbox: u16) -> Self {
        let inbox = inbox.to_string();
        let variables = [
            ("CHAVEIRO__MAIL__HOST", "127.0.0.1"),
            ("CHAVEIRO__MAIL__PORT", inbox.as_str()),
            ("CHAVEIRO__MAIL__TLS", "none"),
            ("CHAVEIRO__MAIL__FROM", "keys@chaveiro.example"),
            ("CHAVEIRO__MAIL__KEYS_PAGE", "https://keys.example.com/{environment}/{account}"),
        ];
        Self::start_with(data, base, &variables)
    }
}
