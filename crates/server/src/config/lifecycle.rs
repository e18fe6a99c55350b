//! Reads how the keys of a realm age: `[realm.lifecycle]`.
//!
//! What the file leaves out is the dialect's, and for white-label sub-accounts the realm's without
//! the disabling. Must not accept stages that contradict each other.

use domain::lifecycle::{
    DAYS_MAX, Lifecycle, LifecyclePolicy, MONTHS_MAX, Stages, StagesDraft, SweepGuard, Wait,
    WarningTime,
};

use super::fault::{FaultList, Place, quoted};
use super::section::{Section, Spotted};

/// What the file says of ageing.
#[derive(Debug)]
pub(super) struct LifecycleDraft {
    place: Place,
    ordinary: Words,
    white_label: Option<(Place, Words)>,
    guard: Option<SweepGuard>,
}

/// The settings of one list of stages; each `None` where the file does not say.
#[derive(Debug, Default)]
struct Words {
    disable: Option<Option<Wait>>,
    warn: Option<Vec<WarningTime>>,
    expire: Option<Option<Wait>>,
    notice_days: Option<u16>,
}

/// Reads the section, where there is one.
pub(super) fn read(section: &mut Section, faults: &mut FaultList) -> Option<LifecycleDraft> {
    if !section.has("lifecycle") {
        // Known all the same, so that a slip of the pen is told what it is near to.
        section.take("lifecycle");
        return None;
    }
    let mut section = section.section("lifecycle", faults)?;
    let place = section.place.clone();
    let ordinary = words(&mut section, faults);
    let guard = section.number("change_at_most", 1..=100, faults);
    let guard = guard.and_then(|percent| u8::try_from(percent.value).ok());
    let white_label = section.section("white_label", faults).map(|mut inner| {
        let (place, words) = (inner.place.clone(), words(&mut inner, faults));
        inner.finish(faults);
        (place, words)
    });
    section.finish(faults);
    let guard = guard.and_then(SweepGuard::of_percent);
    Some(LifecycleDraft { place, ordinary, white_label, guard })
}

/// How keys age: by the file, and by the dialect where it says nothing.
pub(super) fn together(
    draft: Option<&LifecycleDraft>,
    preset: &LifecyclePolicy,
    faults: &mut FaultList,
) -> Option<Lifecycle> {
    let Some(draft) = draft else {
        return Some(Lifecycle { policy: preset.clone(), guard: SweepGuard::default() });
    };
    let ordinary = draft.ordinary.over(preset.ordinary.draft());
    let without_disabling = StagesDraft { disable: None, ..ordinary.clone() };
    let (place, white_label) = match &draft.white_label {
        None => (&draft.place, without_disabling),
        Some((place, words)) => (place, words.over(&without_disabling)),
    };
    let ordinary = checked(&draft.place, ordinary, faults)?;
    let white_label = checked(place, white_label, faults)?;
    let policy = LifecyclePolicy { ordinary, white_label };
    Some(Lifecycle { policy, guard: draft.guard.unwrap_or_default() })
}

fn checked(place: &Place, draft: StagesDraft, faults: &mut FaultList) -> Option<Stages> {
    match Stages::new(draft) {
        Ok(stages) => Some(stages),
        Err(error) => {
            faults.add(place, format!("The stages contradict each other: {error}."));
            None
        }
    }
}

impl Words {
    fn over(&self, base: &StagesDraft) -> StagesDraft {
        let expire = self.expire.unwrap_or(base.expire);
        // Whoever says that keys never expire need not take the dialect's warnings back.
        let inherited = || if expire.is_none() { Vec::new() } else { base.warnings.clone() };
        StagesDraft {
            disable: self.disable.unwrap_or(base.disable),
            warnings: self.warn.clone().unwrap_or_else(inherited),
            expire,
            notice_days: self.notice_days.unwrap_or(base.notice_days),
        }
    }
}

fn words(section: &mut Section, faults: &mut FaultList) -> Words {
    let disable =
        section.parsed("disable_after", |text| wait_or_never("disable_after", text), faults);
    let warn = section.texts("warn", faults).map(|times| warnings(&times, faults));
    let expire = section.parsed("expire_after", |text| wait_or_never("expire_after", text), faults);
    let notice = section.parsed("notice", notice, faults);
    Words {
        disable: disable.map(|wait| wait.value),
        warn,
        expire: expire.map(|wait| wait.value),
        notice_days: notice.map(|days| days.value),
    }
}

fn wait_or_never(name: &str, text: &str) -> Result<Option<Wait>, String> {
    if text == "never" {
        return Ok(None);
    }
    wait(text).map(Some).ok_or_else(|| {
        format!(
            "`{name}` cannot be {}. It has to be a number of months or days, as in \"3 months\" or \"90 days\" (at most {MONTHS_MAX} months or {DAYS_MAX} days), or \"never\".",
            quoted(text)
        )
    })
}

fn warnings(
    times: &[Spotted<zeroize::Zeroizing<String>>],
    faults: &mut FaultList,
) -> Vec<WarningTime> {
    let mut read = Vec::with_capacity(times.len());
    for text in times {
        match warning(text) {
            Some(time) => read.push(time),
            None => faults.add(&text.place, format!("`warn` cannot hold {}. A warning is given after months or days without use, as in \"4 months\", or some days before the end, as in \"7 days before expiry\".", quoted(text))),
        }
    }
    read
}

fn warning(text: &str) -> Option<WarningTime> {
    match text.strip_suffix(" before expiry") {
        None => wait(text).map(WarningTime::After),
        Some(before) => match wait(before)? {
            Wait::Days(days) => Some(WarningTime::BeforeExpiry { days }),
            Wait::Months(_) => None,
        },
    }
}

fn notice(text: &str) -> Result<u16, String> {
    let days = text.strip_suffix(" days").or_else(|| text.strip_suffix(" day"));
    days.and_then(number).ok_or_else(|| {
        format!(
            "`notice` cannot be {}. It has to be a number of days, as in \"7 days\".",
            quoted(text)
        )
    })
}

/// A wait of any length; whether it can be held the stages say.
fn wait(text: &str) -> Option<Wait> {
    let (digits, unit) = text.split_once(' ')?;
    let number = number(digits)?;
    match unit {
        "month" | "months" => Some(Wait::Months(number)),
        "day" | "days" => Some(Wait::Days(number)),
        _ => None,
    }
}

fn number(digits: &str) -> Option<u16> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}
