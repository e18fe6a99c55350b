//! Reads how many requests of a realm may pass: `limits` and every `[[realm.limit]]`.
//!
//! A limit of the file takes the place of the dialect's limit of that name; `limits = "off"` leaves
//! out all of the dialect's. Must not accept a limit that could not be held exactly.

use domain::limit::{
    LimitCost, LimitKind, LimitMethods, LimitMode, LimitName, LimitPaths, LimitPer, LimitRule,
    LimitRules,
};
use domain::method::Method;
use domain::path_pattern::PathPattern;

use super::fault::{FaultList, Place, quoted};
use super::permissions;
use super::section::{Section, Spotted};

const PRESET: [(&str, Preset); 2] = [("preset", Preset::Kept), ("off", Preset::LeftOut)];
const PER: [(&str, LimitPer); 4] = [
    ("key", LimitPer::Key),
    ("account", LimitPer::Account),
    ("realm", LimitPer::Realm),
    ("route", LimitPer::Route),
];
const MODES: [(&str, LimitMode); 2] =
    [("enforce", LimitMode::Enforced), ("shadow", LimitMode::Shadow)];
/// The units of lengths of time, and their seconds.
const UNITS: [(&str, u32); 4] = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];

/// Whether the dialect's limits hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Preset {
    Kept,
    LeftOut,
}

/// What the file says of a realm's limits.
#[derive(Debug)]
pub(super) struct LimitsDraft {
    preset: Preset,
    rules: Vec<Spotted<LimitRule>>,
}

/// Reads both.
pub(super) fn read(section: &mut Section, faults: &mut FaultList) -> LimitsDraft {
    let preset = section.choice("limits", &PRESET, faults).unwrap_or(Preset::Kept);
    let mut rules: Vec<Spotted<LimitRule>> = Vec::new();
    for limit in section.sections("limit", faults) {
        let place = limit.place.clone();
        let Some(value) = rule(limit, faults) else { continue };
        if let Some(first) = rules.iter().find(|other| other.name == value.name) {
            let (name, first) = (&value.name, first.place.mention());
            faults.add(&place, format!("The realm has two limits named `{name}` (the first is {first}). Give each its own name."));
            continue;
        }
        rules.push(Spotted { value, place });
    }
    LimitsDraft { preset, rules }
}

/// The limits that hold: those of the file, and the dialect's that they leave.
pub(super) fn together(
    draft: &LimitsDraft,
    dialects: &LimitRules,
    realm: &Place,
    faults: &mut FaultList,
) -> Option<LimitRules> {
    let replaced = |rule: &LimitRule| draft.rules.iter().any(|own| own.name == rule.name);
    let kept = match draft.preset {
        Preset::Kept => dialects.all(),
        Preset::LeftOut => &[],
    };
    let kept = kept.iter().filter(|rule| !replaced(rule)).map(|rule| (**rule).clone());
    let own = draft.rules.iter().map(|own| own.value.clone());
    match LimitRules::new(kept.chain(own)) {
        Ok(rules) => Some(rules),
        Err(error) => {
            let place = draft.rules.last().map_or(realm, |last| &last.place);
            faults.add(place, format!("The limits of the realm do not fit together: {error}."));
            None
        }
    }
}

fn rule(mut section: Section, faults: &mut FaultList) -> Option<LimitRule> {
    section.require("name", "name = \"minute\"", faults);
    section.require("per", "per = \"key\"", faults);
    section.require("at_most", "at_most = 50", faults);
    let name = section.parsed("name", name, faults);
    let per = section.choice("per", &PER, faults);
    let at_most = section.number("at_most", 1..=u64::from(u32::MAX), faults);
    let kind = kind(&mut section, faults);
    let mode = section.choice("mode", &MODES, faults).unwrap_or(LimitMode::Enforced);
    let methods = methods(&mut section, faults);
    let paths = paths(&mut section, faults);
    let costs = section.sections("cost", faults);
    let costs: Option<Vec<LimitCost>> =
        costs.into_iter().map(|section| cost(section, faults)).collect();
    let place = section.place.clone();
    section.finish(faults);
    let rule = LimitRule {
        name: name?.value,
        per: per?,
        at_most: u32::try_from(at_most?.value).ok()?,
        kind: kind?,
        mode,
        methods: methods?,
        paths: paths?,
        costs: costs?,
    };
    match LimitRules::new([rule.clone()]) {
        Ok(_) => Some(rule),
        Err(error) => {
            faults.add(&place, format!("This limit cannot be held: {error}."));
            None
        }
    }
}

fn name(text: &str) -> Result<LimitName, String> {
    LimitName::parse(text).map_err(|error| format!("`name` cannot be {}: {error}.", quoted(text)))
}

/// One of the three ways to count.
fn kind(section: &mut Section, faults: &mut FaultList) -> Option<LimitKind> {
    let before = faults.count();
    let every = section.parsed("every", |text| length("every", text), faults);
    let from_first = section.parsed("from_first", |text| length("from_first", text), faults);
    let at_once = section.boolean("at_once", faults).filter(|at_once| at_once.value);
    let every = every.map(|length| LimitKind::AnyInterval { length_s: length.value });
    let from_first = from_first.map(|length| LimitKind::FromFirst { length_s: length.value });
    let at_once = at_once.map(|_| LimitKind::AtOnce);
    let mut named = [every, from_first, at_once].into_iter().flatten();
    match (named.next(), named.next()) {
        (Some(kind), None) => Some(kind),
        (None, _) | (Some(_), Some(_)) => {
            // What could not be read has its own sentence.
            if faults.count() == before {
                faults.add(&section.place, format!("{} needs one of `every`, `from_first` and `at_once`, and no second one: every = \"1s\" counts in any second, from_first = \"12h\" in twelve hours from the first request on, at_once = true what is under way.", section.title()));
            }
            None
        }
    }
}

/// A length of time, in seconds.
fn length(name: &str, text: &str) -> Result<u32, String> {
    let cannot = || {
        format!(
            "`{name}` cannot be {}. It has to be a whole number and s, m, h or d, as in 1s or 12h.",
            quoted(text)
        )
    };
    let units = UNITS.iter();
    let (digits, unit_s) = units
        .filter_map(|(unit, unit_s)| Some((text.strip_suffix(unit)?, *unit_s)))
        .next()
        .ok_or_else(cannot)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(cannot());
    }
    let number: u32 = digits.parse().map_err(|_| cannot())?;
    number.checked_mul(unit_s).ok_or_else(cannot)
}

fn methods(section: &mut Section, faults: &mut FaultList) -> Option<LimitMethods> {
    let Some(names) = section.texts("methods", faults) else { return Some(LimitMethods::All) };
    let mut read = |text: &str, place: &Place| -> Option<Method> {
        let read = permissions::method(text);
        read.map_err(|fault| {
            faults.add(place, fault.replace("`method` cannot be", "`methods` cannot hold"))
        })
        .ok()
    };
    let methods: Vec<_> = names.value.iter().map(|name| read(name, &name.place)).collect();
    if methods.is_empty() {
        faults.add(&names.place, "`methods` is empty, so the limit would be about nothing. Name at least one, or leave the list out for all.");
        return None;
    }
    methods.into_iter().collect::<Option<Vec<_>>>().map(LimitMethods::Only)
}

fn paths(section: &mut Section, faults: &mut FaultList) -> Option<LimitPaths> {
    let Some(texts) = section.texts("paths", faults) else { return Some(LimitPaths::All) };
    let patterns: Vec<_> =
        texts.value.iter().map(|text| pattern("paths", text, &text.place, faults)).collect();
    if patterns.is_empty() {
        faults.add(&texts.place, "`paths` is empty, so the limit would be about nothing. Name at least one, or leave the list out for all.");
        return None;
    }
    patterns.into_iter().collect::<Option<Vec<_>>>().map(LimitPaths::Only)
}

fn pattern(name: &str, text: &str, place: &Place, faults: &mut FaultList) -> Option<PathPattern> {
    let read = PathPattern::parse(text);
    if let Err(error) = &read {
        faults.add(place, format!("`{name}` cannot hold {}: {error}.", quoted(text)));
    }
    read.ok()
}

fn cost(mut section: Section, faults: &mut FaultList) -> Option<LimitCost> {
    section.require("path", "path = \"/v1/mails/send\"", faults);
    section.require("cost", "cost = 10", faults);
    let methods = methods(&mut section, faults);
    let path = section.text("path", faults);
    let path = path.and_then(|path| pattern("path", &path, &path.place, faults));
    let cost = section.number("cost", 1..=u64::from(u32::MAX), faults);
    section.finish(faults);
    let cost = u32::try_from(cost?.value).ok()?;
    Some(LimitCost { methods: methods?, path: path?, cost })
}
