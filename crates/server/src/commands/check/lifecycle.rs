//! Explains in words how the keys of a realm age.
//!
//! Must not leave out a stage: none of them is to surprise anybody.

use std::io::Write;

use domain::lifecycle::{GUARD_KEYS_MIN, Lifecycle, Stages, WarningTime};
use serde_json::{Value, json};

/// Writes a line for each kind of account, and one for the guard.
pub(super) fn explain(lifecycle: &Lifecycle, out: &mut dyn Write) -> std::io::Result<()> {
    let policy = &lifecycle.policy;
    writeln!(out, "  A key that nobody uses {}.", said(&policy.ordinary))?;
    if policy.ordinary != policy.white_label {
        let white_label = said(&policy.white_label);
        writeln!(out, "  One of a white-label sub-account {white_label}.")?;
    }
    if policy.ordinary.are_none() && policy.white_label.are_none() {
        return Ok(());
    }
    writeln!(
        out,
        "  Where more than {} % of the keys of an environment, and more than {GUARD_KEYS_MIN}, would be disabled or expire at once, none does.",
        lifecycle.guard.percent()
    )
}

fn said(stages: &Stages) -> String {
    let mut parts = Vec::new();
    if let Some(wait) = stages.disable() {
        parts.push(format!("is disabled after {wait}"));
    }
    if !stages.warnings().is_empty() {
        let times: Vec<String> = stages.warnings().iter().map(warning).collect();
        parts.push(format!("has its people warned {}", listed(&times)));
    }
    if let Some(wait) = stages.expire() {
        let notice = match (stages.notice_days(), stages.warnings().is_empty()) {
            (0, _) | (_, true) => String::new(),
            (1, false) => " and 1 day after a warning".to_owned(),
            (days, false) => format!(" and {days} days after a warning"),
        };
        parts.push(format!("expires for good after {wait}{notice}"));
    }
    if parts.is_empty() { "stays as it is".to_owned() } else { listed(&parts) }
}

fn warning(time: &WarningTime) -> String {
    match time {
        WarningTime::After(wait) => format!("after {wait}"),
        WarningTime::BeforeExpiry { .. } => time.to_string(),
    }
}

fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

/// The same for programs.
pub(super) fn as_json(lifecycle: &Lifecycle) -> Value {
    let stages = |stages: &Stages| {
        json!({
            "disable_after": stages.disable().map(|wait| wait.to_string()),
            "warn": stages.warnings().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "expire_after": stages.expire().map(|wait| wait.to_string()),
            "notice_days": stages.notice_days(),
            "means": said(stages),
        })
    };
    json!({
        "ordinary": stages(&lifecycle.policy.ordinary),
        "white_label": stages(&lifecycle.policy.white_label),
        "change_at_most": lifecycle.guard.percent(),
    })
}
