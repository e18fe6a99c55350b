//! Keys under a pepper work with it alone, and a server without it does not pretend otherwise.

use crate::place::{Place, ask};
use crate::support::finished::run;
use crate::support::{Quickstart, binary, files};

const PEPPER: (&str, &str) =
    ("CHAVEIRO__SECRETS__PEPPER", "9d1c4b7a00e25f6839d1c4b7a00e25f6839d1c4b7a00e25f683");

#[test]
fn a_start_without_the_pepper_of_the_keys_fails_and_one_with_it_serves_them() {
    let (place, first) = Place::used(&[PEPPER]);
    let parts = ["stored under a pepper", "set secrets.pepper_file"];
    place.assert_unchanged_by_failure(&parts);
    let server = Quickstart::start_with(&place.data(), place.base, &[PEPPER]);
    let key = first["realms"]["payments"]["sandbox"]["key"].as_str().expect("a key");
    assert_eq!(ask(&server.address(1), key).status, 200);
}

#[test]
fn a_start_with_another_pepper_fails_and_one_with_the_right_one_serves_its_keys() {
    let (place, first) = Place::used(&[PEPPER]);
    let other = (PEPPER.0, "0000000000000000000000000000000000000000000000000000");
    let parts = ["made under another pepper", "set secrets.pepper_file"];
    let before = place.snapshot();
    let mut start = place.again(place.base);
    run(start.env(other.0, other.1)).assert_one_sentence(1, &parts);
    files::assert_same(&before, &place.snapshot(), "a start that failed");
    let server = Quickstart::start_with(&place.data(), place.base, &[PEPPER]);
    let key = first["realms"]["payments"]["sandbox"]["key"].as_str().expect("a key");
    assert_eq!(ask(&server.address(1), key).status, 200);
}

#[test]
fn operator_keys_under_a_pepper_count_too() {
    let place = Place::fresh();
    let config = place.beside("serve.toml");
    std::fs::write(&config, crate::init::config(place.base)).expect("written");
    let (name, pepper) = PEPPER;
    let mut init = binary();
    let made = run(init.args(["init", "--json", "--config"]).arg(&config).env(name, pepper));
    assert_eq!(made.code, Some(0), "{}", made.err);
    let database = std::fs::read(place.beside("chaveiro.db")).expect("a database");
    let mut serve = binary();
    serve.args(["serve", "--config"]).arg(&config).env("CHAVEIRO__LOG__LEVEL", "error");
    run(&mut serve).assert_one_sentence(1, &["stored under a pepper", "set secrets.pepper_file"]);
    assert_eq!(std::fs::read(place.beside("chaveiro.db")).expect("a database"), database);
}

#[test]
fn keys_from_before_the_pepper_work_on() {
    let (place, first) = Place::used(&[]);
    let mut server = Quickstart::start_with(&place.data(), place.base, &[PEPPER]);
    let key = first["realms"]["payments"]["sandbox"]["key"].as_str().expect("a key");
    assert_eq!(ask(&server.address(1), key).status, 200);
    assert_eq!(server.stop(), Some(0));
    let before = files::snapshot(&place.data());
    let mut server = Quickstart::start(&place.data(), place.base);
    assert_eq!(server.stop(), Some(0), "no key was made under it");
    files::assert_same(&before, &place.snapshot(), "a start without the pepper");
}
