//! Explains the limits of a realm, one line each.
//!
//! Must not leave out a limit: none of them is to surprise anybody.

use std::io::Write;

use domain::limit::{
    LimitKind, LimitMethods, LimitMode, LimitPaths, LimitPer, LimitRule, LimitRules,
};
use domain::method::Method;
use serde_json::{Value, json};

/// Writes a line for each.
pub(super) fn explain(limits: &LimitRules, out: &mut dyn Write) -> std::io::Result<()> {
    if limits.is_empty() {
        return writeln!(out, "  Any number of requests may pass.");
    }
    limits.all().iter().try_for_each(|rule| writeln!(out, "  Limit {}: {}.", rule.name, said(rule)))
}

fn said(rule: &LimitRule) -> String {
    let whose = match rule.per {
        LimitPer::Key => "each key",
        LimitPer::Account => "each account",
        LimitPer::Realm => "all keys of an environment together",
        LimitPer::Route => "all keys of an environment together, for each of the paths,",
    };
    let what = match &rule.methods {
        LimitMethods::All => "requests".to_owned(),
        LimitMethods::Only(methods) => methods.iter().map(named).collect::<Vec<_>>().join(", "),
    };
    let time = match rule.kind {
        LimitKind::AnyInterval { length_s } => format!("in any {}", length(length_s)),
        LimitKind::FromFirst { length_s } => {
            format!("in {} from the first one on", length(length_s))
        }
        LimitKind::AtOnce => "at once, through the gateway".to_owned(),
    };
    let paths = match &rule.paths {
        LimitPaths::All => String::new(),
        LimitPaths::Only(paths) => {
            let paths: Vec<&str> = paths.iter().map(|path| path.as_str()).collect();
            format!(" to {}", paths.join(", "))
        }
    };
    let costs: String = rule
        .costs
        .iter()
        .map(|special| {
            let methods = match &special.methods {
                LimitMethods::All => String::new(),
                LimitMethods::Only(methods) => {
                    methods.iter().map(named).collect::<Vec<_>>().join(", ") + " "
                }
            };
            format!("; {methods}{} counts as {}", special.path, special.cost)
        })
        .collect();
    let mode = match rule.mode {
        LimitMode::Enforced => "",
        LimitMode::Shadow => "; it only counts and refuses nobody",
    };
    format!("{whose} {} {what}{paths} {time}{costs}{mode}", rule.at_most)
}

const fn named(method: &Method) -> &'static str {
    match method {
        Method::Delete => "DELETE",
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Options => "OPTIONS",
        Method::Patch => "PATCH",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Other => "others",
    }
}

/// The largest unit in which it is a whole number.
fn length(length_s: u32) -> String {
    let unit = [("d", 86_400), ("h", 3_600), ("m", 60)];
    match unit.iter().find(|(_, unit_s)| length_s.is_multiple_of(*unit_s)) {
        Some((unit, unit_s)) => format!("{} {unit}", length_s / unit_s),
        None => format!("{length_s} s"),
    }
}

/// The same for programs.
pub(super) fn as_json(limits: &LimitRules) -> Vec<Value> {
    let each = limits.all().iter().map(
        |rule| json!({ "name": rule.name.as_str(), "at_most": rule.at_most, "means": said(rule) }),
    );
    each.collect()
}
