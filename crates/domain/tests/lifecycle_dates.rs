//! The steps of idle keys come at the instants that another program works out, with other code.
//!
//! Python is installed by `cargo xtask test`, which says where in `CHAVEIRO_TEST_CLIENTS`. Without
//! it this fails: a calculation that was not made proves nothing.

#![allow(clippy::print_stdout, reason = "differences are there to be read")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use domain::key::{DisabledCause, KeyState};
use domain::lifecycle::{Aging, Stages, StagesDraft, Step, StepDone, Wait, WarningTime, look};
use domain::time::Timestamp;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};

/// With clock changes and without, north and south, by half an hour, and with a day left out.
const ZONES: [&str; 8] = [
    "UTC",
    "America/Sao_Paulo",
    "America/New_York",
    "Europe/Lisbon",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
];

fn stages(disable: Wait) -> Stages {
    let draft = StagesDraft {
        disable: Some(disable),
        warnings: vec![
            WarningTime::After(Wait::Months(4)),
            WarningTime::After(Wait::Months(5)),
            WarningTime::BeforeExpiry { days: 7 },
        ],
        expire: Some(Wait::Months(6)),
        notice_days: 7,
    };
    Stages::new(draft).expect("stages that fit together")
}

/// Every step of a key that nobody uses, with its instant, as a line of text.
fn lived(stages: &Stages, zone: &TimeZone, idle_since: Timestamp) -> String {
    let (mut state, mut done, mut line) = (KeyState::Enabled, Vec::new(), String::new());
    let mut now = Some(idle_since);
    while let Some(instant) = now {
        let key = Aging { state, idle_since, expires_at: None, done: &done };
        let found = look(stages, zone, &key, instant);
        for step in found.due {
            write!(line, " {step}={}", instant.as_millis()).expect("a string takes any text");
            done.push(StepDone { step, at: instant });
            if step == Step::Disable {
                state = KeyState::Disabled(DisabledCause::LackOfUse);
            }
        }
        now = found.next;
    }
    line
}

/// The instant of a wall clock in this zone, settled where there is none or two.
fn instant(wall: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let instant = zone.to_ambiguous_zoned(wall).compatible().ok()?.timestamp();
    let ms = instant.as_millisecond();
    (ms >= 0).then(|| Timestamp::from_millis(ms))
}

/// Ends and beginnings of months, and days from which months lead to a change of the clocks.
fn days_of_last_use(zone: &TimeZone) -> Vec<Timestamp> {
    let mut walls = Vec::new();
    for (count, month) in date(1970, 1, 1).series(Span::new().months(1)).enumerate() {
        if month.year() > 2199 {
            break;
        }
        let hours = [(0, 0, 30), (2, 30, 0), (12, 0, 0), (23, 59, 59)];
        let (hour, minute, second) = hours[count % hours.len()];
        for day in [month, month.last_of_month(), month.last_of_month().yesterday().expect("a day")]
        {
            walls.push(day.at(hour, minute, second, 999_000_000));
        }
    }
    let begin = date(1970, 7, 1).to_zoned(zone.clone()).expect("an instant").timestamp();
    for change in
        zone.following(begin).take_while(|change| change.timestamp().as_second() < 7_258_118_400)
    {
        let wall = zone.to_datetime(change.timestamp());
        for minutes in [-15_i64, -45] {
            let changed = wall.checked_add(minutes.minutes()).expect("a wall clock");
            walls.extend(
                (3..=6).map(|months: i64| changed.checked_sub(months.months()).expect("one")),
            );
        }
    }
    walls.into_iter().filter_map(|wall| instant(wall, zone)).collect()
}

/// What the other program says to each line of a zone and an instant.
fn independent(questions: &str) -> String {
    let folder = std::env::var_os("CHAVEIRO_TEST_CLIENTS");
    let folder = folder.expect("CHAVEIRO_TEST_CLIENTS: run the tests with `cargo xtask test`");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lifecycle_dates/independent.py");
    let mut python = Command::new(PathBuf::from(folder).join("python/bin/python"))
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    // It reads everything before it writes, so neither waits for the other.
    let mut input = python.stdin.take().expect("a pipe");
    input.write_all(questions.as_bytes()).expect("Python reads");
    drop(input);
    let output = python.wait_with_output().expect("Python ends");
    assert!(output.status.success(), "{}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

/// How many keys there were in each zone, and how many of them aged otherwise than the other
/// program says; the first difference is printed.
fn compare(stages: &Stages) -> (usize, usize) {
    let mut cases = Vec::new();
    for name in ZONES {
        let zone = TimeZone::get(name).expect("a zone");
        cases.extend(days_of_last_use(&zone).into_iter().map(|idle| (name, zone.clone(), idle)));
    }
    let questions: String =
        cases.iter().map(|(name, _, idle)| format!("{name} {}\n", idle.as_millis())).collect();
    let answers = independent(&questions);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut differences = 0;
    let mut lines = answers.lines();
    for (name, zone, idle) in &cases {
        let said = lines.next().expect("an answer to every question");
        let ours = lived(stages, zone, *idle);
        if ours.trim() != said {
            if differences == 0 {
                println!("{name}, last used at {idle}:\n  ours:   {ours}\n  theirs:  {said}");
            }
            differences += 1;
        }
        *counts.entry(name).or_default() += 1;
    }
    println!("{counts:?}");
    (cases.len(), differences)
}

#[test]
fn steps_come_when_an_independent_calculation_says() {
    let (cases, differences) = compare(&stages(Wait::Months(3)));
    assert!(cases > 60_000, "{cases} keys");
    assert_eq!(differences, 0, "of {cases} keys");
}

#[test]
fn the_comparison_notices_months_of_thirty_days() {
    let (cases, differences) = compare(&stages(Wait::Days(90)));
    assert!(differences > cases / 2, "{differences} of {cases}");
}
