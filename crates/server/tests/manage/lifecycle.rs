//! What will happen to keys is shown, and the clock of an environment shown and moved, from the shell.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use engine::create_account::AccountWish;
use serde_json::{Value, json};
use testkit::world::World;

use super::office::{Office, SANDBOX, finish, serve};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

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
    assert!(text.contains("2026-03-01 00:00:00 +00:00"), "{text}");
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
    let done = office.run(&lifecycle("status", &PRODUCTION, &[]));
    assert!(done.out.contains("\nheld up by          -\n"), "{}", done.out);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
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

/// Steps that are due are taken, or what holds them up is found.
fn sweep(office: &Office) -> bool {
    let world = &office.world;
    let mut chance = world.chance();
    let swept = world.engine.sweep_keys(world.sandbox(), None, world.context(&mut chance));
    office.runtime.block_on(swept).is_ok()
}

/// What is to be pasted: the last line of what was said, as words after the name of the binary.
fn pasted(said: &str) -> Vec<&str> {
    let line = said.lines().last().expect("a line").trim();
    line.strip_prefix("chaveiro ").expect("a command").split(' ').collect()
}

#[test]
fn what_holds_the_ageing_up_is_told_with_a_command_that_lifts_it() {
    let office = Office::aging();
    for _ in 0..15 {
        let account = office
            .runtime
            .block_on(office.world.account(office.world.sandbox(), AccountWish::Root));
        for _ in 0..10 {
            office
                .runtime
                .block_on(office.world.key(office.world.sandbox(), World::wish(account.id)));
        }
    }
    office.world.clock.advance_ms(91 * DAY_MS);
    assert!(!sweep(&office));
    let status = || office.run(&lifecycle("status", &SANDBOX, &[]));
    let held = status();
    assert!(held.out.contains("\nheld up by          too many at once\n"), "{}", held.out);
    assert!(held.out.contains("\nkeys due            151 of 151\n"), "{}", held.out);
    let approve = pasted(&held.err);
    assert_eq!(approve, [&["lifecycle", "approve"], &SANDBOX[..], &["--keys", "151"]].concat());
    let approved = office.text(&[&approve[..], &["--yes"]].concat());
    assert!(approved.starts_with("keys   151\n"), "{approved}");
    let admitted = status();
    assert!(admitted.out.contains("\nheld up by          -\n"), "{}", admitted.out);
    assert!(admitted.out.contains("\napproved            151\n"), "{}", admitted.out);
    assert_eq!(admitted.err, "");
    assert!(sweep(&office));

    office.world.clock.advance_ms(-30 * DAY_MS);
    let behind = status();
    assert!(behind.out.contains("\nheld up by          clock behind\n"), "{}", behind.out);
    let reset = pasted(&behind.err);
    assert_eq!(reset, [&["lifecycle", "reset-clock"], &SANDBOX[..]].concat());
    let set_back = office.text(&[&reset[..], &["--yes"]].concat());
    assert!(set_back.contains("\nkeys age from  2026-03-16T12:00:00.000Z\n"), "{set_back}");
    assert!(status().out.contains("\nheld up by          -\n"));
}

/// A server that moves a clock part of the way, and is in trouble after that.
async fn breaks_off(method: http::Method, calls: Arc<AtomicU32>) -> Response<Body> {
    let now = "2026-01-14T12:00:00.000Z";
    let clock = json!({"kind": "simulated", "now": now, "ahead_ms": 0, "time_zone": "UTC"});
    let (status, body) = match (method, calls.fetch_add(1, Ordering::SeqCst)) {
        (http::Method::GET, _) => (200, clock),
        (_, 0..=2) => {
            let done = json!({"key_steps": 1});
            let part = json!({"from": now, "clock": clock, "arrival": "on_the_way", "stops": 64,
                "waiting_for": null, "letters_wait": false, "done": done, "happened": [], "more": false});
            (200, part)
        }
        (_, _) => (503, json!({"detail": "The store does not answer."})),
    };
    let response = Response::builder().status(status).header("content-type", "application/json");
    response.body(Body::from(body.to_string())).expect("an answer")
}

#[test]
fn what_was_done_before_a_move_broke_off_is_printed_for_scripts() {
    let office = Office::simulated();
    let calls = Arc::new(AtomicU32::new(0));
    let router =
        Router::new().fallback(move |method: http::Method| breaks_off(method, Arc::clone(&calls)));
    let address = office.runtime.block_on(serve(router));
    let mut command = office.command(&lifecycle("advance", &SANDBOX, &["--by", "P1M", "--json"]));
    command.env("CHAVEIRO_URL", format!("http://{address}"));
    let done = finish(command);
    assert_eq!(done.code, 1);
    assert_eq!(done.err, "The store does not answer.\n");
    let whole: Value = serde_json::from_str(&done.out).expect("one object");
    assert_eq!((&whole["arrival"], &whole["stops"]), (&json!("on_the_way"), &json!(128)));
    assert_eq!(whole["done"]["key_steps"], 2);
}
