//! What will happen to keys is shown, and the clock of an environment shown and moved, from the shell.

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

#[test]
fn what_will_happen_is_a_table_in_the_zone_of_the_realm_and_an_answer_for_scripts() {
    let office = Office::rehearsing();
    let said = office.json(&lifecycle("preview", &SANDBOX, &["--until", "2026-05-01"]));
    assert_eq!(said["until"], "2026-05-01T03:00:00.000Z");
    let step = &said["items"][0]["steps"][0];
    assert_eq!(
        (&step["step"], &step["at"]),
        (&json!("disable"), &json!("2026-04-14T12:00:00.000Z"))
    );
    let table = office.text(&lifecycle("preview", &SANDBOX, &["--all"]));
    let lines: Vec<Vec<&str>> =
        table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0][..2], ["AT", "STEP"], "{table}");
    let (_, id) = &office.key;
    for (line, (day, step)) in lines[1..].iter().zip([
        ("2026-04-14", "disable"),
        ("2026-07-07", "warn:-7d"),
        ("2026-07-14", "expire"),
    ]) {
        assert_eq!(line[..5], [day, "09:00:00", "-03:00", step, id], "{table}");
    }
    assert_eq!(lines.len(), 4, "{table}");
    let of_account = ["--account", &office.account, "--limit", "1"];
    let of_account = office.json(&lifecycle("preview", &SANDBOX, &of_account));
    assert_eq!(of_account["items"][0]["key_id"], *id.as_str());
    let none = office.run(&lifecycle("preview", &PRODUCTION, &[]));
    assert_eq!((none.code, none.err.as_str()), (0, "There are none.\n"));
    let past = office.run(&lifecycle("preview", &SANDBOX, &["--until", "2026-01-01"]));
    assert_eq!(past.code, 1);
    assert!(past.err.contains("lies before"), "{}", past.err);
    assert_eq!(office.run(&lifecycle("preview", &SANDBOX, &["--until", "May"])).code, 2);
}

#[test]
fn it_is_shown_how_the_ageing_stands_and_nothing_is_let_go_on_that_is_not_held_up() {
    let office = Office::rehearsing();
    let shown = office.json(&lifecycle("status", &SANDBOX, &[]));
    assert_eq!((&shown["held_by"], &shown["keys_due"]), (&json!(null), &json!(0)));
    assert_eq!(shown["keys"], 1);
    assert_eq!(shown["next_at"], "2026-04-14T12:00:00.000Z");
    let text = office.text(&lifecycle("status", &PRODUCTION, &[]));
    assert!(text.contains("held up by"), "{text}");
    for (what, rest) in
        [("approve", &["--keys", "250", "--yes"][..]), ("reset-clock", &["--yes"][..])]
    {
        let done = office.run(&lifecycle(what, &PRODUCTION, rest));
        assert_eq!((done.code, done.out.as_str()), (1, ""), "{what}: {}", done.err);
        // Nobody is there to be asked.
        let unasked = &rest[..rest.len() - 1];
        let done = office.run(&lifecycle(what, &PRODUCTION, unasked));
        assert!(done.code == 2 && done.err.contains("--yes"), "{what}: {}", done.err);
    }
}
