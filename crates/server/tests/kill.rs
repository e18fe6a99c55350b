//! Ended at any moment, the server loses nothing that it acknowledged, and leaves nothing half-done.
//!
//! Clients work on many accounts at once and note what they were told; the server is killed in the
//! midst of it and started again on what is left, many times over the same data. Must not tidy up
//! between the rounds: the next start has to cope with what the last end left.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "kill/history.rs"]
mod history;
#[path = "kill/judge.rs"]
mod judge;
#[path = "kill/ledger.rs"]
mod ledger;
#[path = "kill/line.rs"]
mod line;
#[path = "kill/look.rs"]
mod look;
#[path = "kill/mutants.rs"]
mod mutants;
#[path = "kill/once.rs"]
mod once;
#[path = "kill/worker.rs"]
mod worker;
#[path = "kill/world.rs"]
mod world;

use std::path::Path;
use std::process::Stdio;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use history::{Change, History};
use look::{Care, look};
use support::{Quickstart, ports, wait};
use testkit::chance::Seeded;
use worker::Worker;
use world::World;

const ROUNDS: u64 = 50;
const CLIENTS: usize = 4;
/// Fewest and most changes that are acknowledged before the end.
const CHANGES: (u64, u64) = (1, 120);
/// How long the end may come after the last of them: some commits.
const END_WITHIN: Duration = Duration::from_millis(25);
/// How long after its beginning a start may be ended.
const START_ENDS_WITHIN: Duration = Duration::from_millis(90);
/// A change that takes longer is not coming any more.
const CHANGE_MAX: Duration = Duration::from_secs(60);

/// Tells the seed and the round when a test fails.
struct Told {
    seed: u64,
    round: u64,
}

impl Drop for Told {
    #[allow(clippy::print_stderr, reason = "a failed test says how to run it again")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("KILL_SEED={:#x} failed in round {}", self.seed, self.round);
        }
    }
}

/// A number of the environment, decimal or hexadecimal, for longer campaigns and for going back.
fn number(name: &str, usual: u64) -> u64 {
    let Ok(text) = std::env::var(name) else { return usual };
    let read = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    read.unwrap_or_else(|_| panic!("{name} is a number"))
}

#[test]
fn what_was_acknowledged_survives_every_kill_whole_and_for_ever() {
    let seed = number("KILL_SEED", 0x0c4a_7e11_0001);
    let mut told = Told { seed, round: 0 };
    let mut chance = Seeded::new(seed);
    let folder = tempfile::tempdir().expect("a folder");
    let (data, base) = (folder.path().join("data"), ports::free_base());
    let mut server = Quickstart::start(&data, base);
    let world = World::of(&server);
    let history = Mutex::new(first(&server, &world, &data));
    for round in 0..number("KILL_ROUNDS", ROUNDS) {
        told.round = round;
        work_until_killed(&mut server, &world, &history, &mut chance);
        if chance.below(4) == 0 {
            kill_a_start(&data, base, &mut chance);
        }
        let ledger = ledger::of_copy(&data);
        assert!(ledger.faults.is_empty(), "{:#?}", ledger.faults);
        server = Quickstart::start(&data, base);
        assert!(server.line["control"]["admin_key"].is_null(), "shown once");
        let mut history = history.lock().expect("whoever panicked was joined");
        let seen = look(&world, &history, &ledger, Care::Usual);
        let faults = judge::faults(&history, &seen);
        assert!(faults.is_empty(), "{faults:#?}");
        let strangers = judge::adopt(&mut history, &seen);
        once::finish(&world, &mut history);
        delete(&world, &mut history, &strangers);
    }
    let history = history.into_inner().expect("nobody panicked");
    assert_eq!(server.stop(), Some(0));
    let ledger = ledger::of_copy(&data);
    assert!(ledger.faults.is_empty(), "{:#?}", ledger.faults);
    let server = Quickstart::start(&data, base);
    let seen = look(&world, &history, &ledger, Care::Whole);
    let faults = judge::faults(&history, &seen);
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(!server.log().contains("ERROR"), "{}", server.log());
    println!("{} accounts and {} keys", history.accounts.len(), history.keys.len());
}

/// What the first start made, its keys included, of which no client knows.
fn first(server: &Quickstart, world: &World, data: &Path) -> History {
    let mut history = World::history(server);
    let ledger = ledger::of_copy(data);
    let seen = look(world, &history, &ledger, Care::Whole);
    assert_eq!(judge::adopt(&mut history, &seen).len(), 4, "a key for each account");
    history
}

/// Lets clients work, and ends the server at any moment of it.
fn work_until_killed(
    server: &mut Quickstart,
    world: &World,
    history: &Mutex<History>,
    chance: &mut Seeded,
) {
    let changes = CHANGES.0 + chance.below(CHANGES.1 - CHANGES.0);
    std::thread::scope(|scope| {
        let (answered, answers) = mpsc::channel();
        for number in 0..CLIENTS {
            let chance = Seeded::new(chance.next());
            let worker = Worker::new(number, world, history, chance, answered.clone());
            scope.spawn(move || worker.run());
        }
        drop(answered);
        for _ in 0..changes {
            // All clients are gone only when each of them failed, and each tells why.
            if answers.recv_timeout(CHANGE_MAX).is_err() {
                break;
            }
        }
        wait::any_moment(chance, END_WITHIN);
        let log = server.kill();
        assert!(!log.contains("ERROR"), "{log}");
    });
}

/// Starts the server and ends it before it has told that it runs, or soon after.
fn kill_a_start(data: &Path, base: u16, chance: &mut Seeded) {
    let mut command = support::binary();
    command.args(["quickstart", "--json", "--port-base", &base.to_string(), "--data"]);
    let command = command.arg(data).stdin(Stdio::null());
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary starts");
    wait::any_moment(chance, START_ENDS_WITHIN);
    child.kill().expect("it is our child");
    child.wait().expect("it ends");
}

/// Deletes keys of which nobody knows the text, so that they do not count towards limits.
fn delete(world: &World, history: &mut History, strangers: &[String]) {
    let mut api = world.api();
    for id in strangers {
        let key = history.keys.get_mut(id).expect("a known key");
        let path = format!("{}/keys/{id}", world.places[key.place].base());
        api.expect(200, "DELETE", &path, None);
        key.note(Change::Deleted);
    }
}

#[test]
fn a_first_start_that_was_killed_is_finished_by_the_next() {
    let seed = number("KILL_SEED", 0x0c4a_7e11_0002);
    let mut told = Told { seed, round: 0 };
    let mut chance = Seeded::new(seed);
    let base = ports::free_base();
    for round in 0..number("KILL_STARTS", 20) {
        told.round = round;
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        kill_a_start(&data, base, &mut chance);
        let mut server = Quickstart::start(&data, base);
        for pointer in ["payments/sandbox", "payments/production", "mail/production"] {
            server.text(&format!("/realms/{pointer}/account_id"));
        }
        server.text("/realms/mail/production/project_id");
        assert_eq!(server.stop(), Some(0), "{}", server.log());
        let ledger = ledger::of_copy(&data);
        assert!(ledger.faults.is_empty(), "{:#?}", ledger.faults);
    }
}
