//! Explains how people are written to.
//!
//! Must not print the password.

use std::io::Write;

use delivery::MailSecurity;
use serde_json::{Value, json};

use crate::config::MailConfig;

/// Writes how letters go out, or that none do.
pub(super) fn explain(mail: Option<&MailConfig>, out: &mut dyn Write) -> std::io::Result<()> {
    let Some(mail) = mail else {
        return writeln!(out, "Mail: nobody is written to; add [mail] for that.");
    };
    let settings = &mail.postman;
    let security = match settings.route.security {
        MailSecurity::Tls => "with TLS from the first byte on",
        MailSecurity::StartTls => "with TLS by STARTTLS, and not without it",
        MailSecurity::Clear => "in the clear, on this machine",
    };
    let trusted = match &mail.ca_file {
        None => String::new(),
        Some(path) => format!(", trusting {} too", path.display()),
    };
    let user = match &settings.login {
        None => "without a password".to_owned(),
        Some(login) => format!("as {}", login.user),
    };
    let server = mail.server();
    writeln!(out, "Mail: through {server}, {security}{trusted}, {user}.")?;
    let replies =
        settings.reply_to.as_ref().map_or_else(String::new, |to| format!("; replies go to {to}"));
    writeln!(out, "  Letters come from {} <{}>{replies}.", settings.from_name, settings.from)?;
    writeln!(out, "  They lead to {}.", mail.keys_page)?;
    writeln!(out, "  A letter may take {} ms.", settings.deadline.as_millis())
}

/// The same for programs.
pub(super) fn as_json(mail: Option<&MailConfig>) -> Value {
    let Some(mail) = mail else { return Value::Null };
    let settings = &mail.postman;
    json!({
        "server": mail.server(),
        "tls": match settings.route.security {
            MailSecurity::Tls => "implicit",
            MailSecurity::StartTls => "starttls",
            MailSecurity::Clear => "none",
        },
        "user": settings.login.as_ref().map(|login| &login.user),
        "from": settings.from.as_str(),
        "from_name": settings.from_name,
        "reply_to": settings.reply_to.as_ref().map(ToString::to_string),
        "keys_page": mail.keys_page,
    })
}
