//! The clock of an environment is shown and moved from the shell.

use serde_json::json;

use super::office::{Office, SANDBOX};

const PRODUCTION: [&str; 4] = ["--realm", "payments", "--environment", "production"];

fn lifecycle<'a>(what: &'a str, place: &[&'a str], rest: &[&'a str]) -> Vec<&'a str> {
    [&["lifecycle", what], place, rest].concat()
}

#[test]
fn a_simulated_clock_is_moved_by_a_length_and_to_a_day() {
    let office = Office::simulated();
    let shown = office.json(&lifecycle("clock", &SANDBOX, &[]));
    assert_eq!((&shown["kind"], &shown["ahead_ms"]), (&json!("simulated"), &json!(0)));
    assert_eq!(shown["now"], "2026-01-14T12:00:00.000Z");
    let moved = office.json(&lifecycle("advance", &SANDBOX, &["--by", "P1M"]));
    assert_eq!(moved["clock"]["now"], "2026-02-14T12:00:00.000Z");
    let text = office.text(&lifecycle("advance", &SANDBOX, &["--to", "2026-03-01"]));
    assert!(text.contains("2026-03-01T00:00:00.000Z"), "{text}");
    let text = office.text(&lifecycle("clock", &SANDBOX, &[]));
    assert!(text.contains("45 days, 12:00:00"), "{text}");
}

#[test]
fn a_clock_that_is_real_or_would_go_back_is_not_moved_and_it_is_said_why() {
    let office = Office::simulated();
    let check = |place: &[&str], to: &str, code: i32, said: &str| {
        let done = office.run(&lifecycle("advance", place, &["--to", to]));
        assert_eq!((done.code, done.out.as_str()), (code, ""), "{}", done.err);
        assert!(done.err.contains(said), "{}", done.err);
    };
    check(&SANDBOX, "2025-12-31", 1, "never goes back");
    check(&SANDBOX, "2200-01-01", 1, "2199-12-31");
    check(&PRODUCTION, "2026-03-01", 1, "simulated");
    check(&SANDBOX, "soon", 2, "2027-03-01");
    let done = office.run(&lifecycle("advance", &SANDBOX, &[]));
    assert_eq!(done.code, 2);
}
