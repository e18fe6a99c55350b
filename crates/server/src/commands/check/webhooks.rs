//! Explains to whom events are sent, and what counts as delivered.
//!
//! Must not resolve a name: what is allowed is shown as it was written.

use std::io::Write;

use delivery::AllowedReceiver;
use domain::delivery::SuccessRule;
use serde_json::{Value, json};

/// Writes which receivers besides public ones are sent to.
pub(super) fn explain(allowed: &[AllowedReceiver], out: &mut dyn Write) -> std::io::Result<()> {
    match allowed {
        [] => writeln!(out, "Webhooks: sent to public addresses over TLS."),
        allowed => writeln!(
            out,
            "Webhooks: sent to public addresses over TLS, and to {} also in the clear.",
            texts(allowed).join(", ")
        ),
    }
}

/// Writes what counts as delivered in a realm.
pub(super) fn explain_rule(rule: SuccessRule, out: &mut dyn Write) -> std::io::Result<()> {
    let answers = match rule {
        SuccessRule::Any2xx => "an answer from 200 to 299",
        SuccessRule::Only200 => "200 and no other answer",
    };
    writeln!(out, "  A webhook's event is delivered with {answers}.")
}

/// The same for programs.
pub(super) fn as_json(allowed: &[AllowedReceiver]) -> Value {
    json!({ "allow": texts(allowed) })
}

/// The rule as the configuration writes it.
pub(super) const fn rule_name(rule: SuccessRule) -> &'static str {
    match rule {
        SuccessRule::Any2xx => "2xx",
        SuccessRule::Only200 => "200",
    }
}

fn texts(allowed: &[AllowedReceiver]) -> Vec<String> {
    allowed.iter().map(ToString::to_string).collect()
}
