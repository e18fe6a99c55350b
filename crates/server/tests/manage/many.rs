//! Many keys are found and changed from the shell, and nothing is changed that nobody agreed to.

use serde_json::{Value, json};

use super::office::{MAIL, Office, SANDBOX};

/// An office with tills besides its own key; their ids.
fn office(tills: usize) -> (Office, Vec<String>) {
    let office = Office::open();
    let create = ["key", "create", "--account", &office.account, "--name", "Till é&x"];
    let rest = ["--permission", "PAYMENT:READ", "--expires-at", "2030-01-01T00:00:00Z"];
    let made = |_| {
        let made = office.json(&[&create[..], &rest, &SANDBOX].concat());
        made["id"].as_str().expect("an id").to_owned()
    };
    let ids = (0..tills).map(made).collect();
    (office, ids)
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("a list");
    items.iter().map(|key| key["name"].as_str().expect("a name")).collect()
}

#[test]
fn each_flag_narrows_the_list() {
    let (office, ids) = office(2);
    let off = [&["key", "disable", ids[1].as_str()], &SANDBOX[..]].concat();
    office.json(&off);
    assert_eq!(office.verify(&office.key.0), "granted");
    let till = "Till é&x";
    let check = |flags: &[&str], expected: &[&str]| {
        let list = office.json(&[&["key", "list"], flags, &SANDBOX].concat());
        assert_eq!(names(&list), expected, "{flags:?}");
    };
    check(&[], &["key", till, till]);
    check(&["--state", "enabled"], &["key", till]);
    check(&["--state", "disabled,expired"], &[till]);
    check(&["--state", "disabled", "--state", "enabled"], &["key", till, till]);
    check(&["--expires-before", "2030-01-01T00:00:00+00:01"], &[]);
    check(&["--expires-before", "2030-01-01T00:00:00-00:01"], &[till, till]);
    check(&["--last-used-before", "2029-01-01T00:00:00Z"], &["key"]);
    check(&["--never-used"], &[till, till]);
    check(&["--permission", "PAYMENT"], &["key", till, till]);
    check(&["--permission", "PAYMENT:READ_WRITE"], &["key"]);
    check(&["--name", "É&X"], &[till, till]);
    check(&["--prefix", "pay_test_", "--account", &office.account], &["key", till, till]);
    check(&["--prefix", "pay_live_"], &[]);
    let wrong = office.run(&[&["key", "list", "--permission", "PAYMNT"], &SANDBOX[..]].concat());
    assert_eq!((wrong.code, wrong.out.as_str()), (1, ""));
    assert!(wrong.err.contains("did you mean PAYMENT?"), "{}", wrong.err);
}

#[test]
fn all_pages_are_one_list() {
    let (office, _) = office(5);
    let list = [&["key", "list", "--limit", "1", "--all", "--name", "till"], &SANDBOX[..]].concat();
    let whole = office.json(&list);
    assert_eq!((names(&whole).len(), &whole["next"]), (5, &Value::Null));
    let shown = office.text(&list);
    assert_eq!(shown.matches("Till").count(), 5, "{shown}");
    assert_eq!(shown.matches("HINT").count(), 1, "{shown}");
    let none = office.run(&[&["key", "list", "--all"], &MAIL[..]].concat());
    assert_eq!((none.code, none.out.as_str(), none.err.as_str()), (0, "", "There are none.\n"));
}

#[test]
fn a_long_way_through_a_list_is_told() {
    let (office, _) = office(9);
    for _ in 0..2 {
        let create = ["account", "create", "--name", "another"];
        let account = office.json(&[&create[..], &SANDBOX].concat());
        let id = account["id"].as_str().expect("an id");
        office.json(&[&["key", "create", "--account", id, "--name", "k"], &SANDBOX[..]].concat());
    }
    let done = office.run(&[&["key", "list", "--limit", "1", "--all"], &SANDBOX[..]].concat());
    assert_eq!((done.code, done.err.as_str()), (0, "10 so far, and there are more\n"));
}

#[test]
fn nothing_is_changed_before_somebody_agrees() {
    let (office, ids) = office(2);
    let disable = [&["key", "bulk", "disable", "--name", "till"], &SANDBOX[..]].concat();
    let asked = office.run(&disable);
    assert_eq!((asked.code, asked.out.as_str()), (2, ""));
    for piece in [&ids[0], &ids[1], "Of 2 keys found, 2 would be changed.", "give --yes"] {
        assert!(asked.err.contains(piece), "{piece}: {}", asked.err);
    }
    let dry = office.run(&[&disable[..], &["--dry-run"]].concat());
    assert_eq!((dry.code, dry.err.as_str()), (0, "Of 2 keys found, 2 would be changed.\n"));
    assert!(dry.out.starts_with("ID ") && dry.out.contains(&ids[1]), "{}", dry.out);
    let shown = office.json(&[&["key", "show", &ids[0]], &SANDBOX[..]].concat());
    assert_eq!(shown["state"], "enabled");

    let done = office.run(&[&disable[..], &["--yes"]].concat());
    assert_eq!((done.code, done.err.as_str()), (0, "Of 2 keys found, 2 were changed.\n"));
    let shown = office.json(&[&["key", "show", &ids[0]], &SANDBOX[..]].concat());
    assert_eq!(shown["state"], "disabled");
    // Where nothing is to be done, nobody is asked.
    let again = office.run(&disable);
    assert_eq!((again.code, again.out.as_str()), (0, ""));
    assert_eq!(again.err, "Of 2 keys found, 0 would be changed.\n");
}

#[test]
fn keys_are_named_or_found_and_changed_in_one_step() {
    let (office, ids) = office(3);
    let bulk = |verb: &str, flags: &[&str]| {
        let done = office.json(&[&["key", "bulk", verb, "--yes"], flags, &SANDBOX].concat());
        (done["action"].clone(), done["changed"].clone(), done["more"].clone())
    };
    let expected =
        |verb: &str, changed: u32, more: bool| (json!(verb), json!(changed), json!(more));
    let named = [ids[0].as_str(), ids[2].as_str()];
    assert_eq!(bulk("disable", &named), expected("disable", 2, false));
    assert_eq!(
        bulk("enable", &["--state", "disabled", "--limit", "1"]),
        expected("enable", 1, true)
    );
    assert_eq!(bulk("delete", &["--permission", "PAYMENT"]), expected("delete", 4, false));
    assert_eq!(office.verify(&office.key.0), "deleted");
    assert_eq!(
        bulk("delete", &["--all", "--account", &office.account]),
        expected("delete", 0, false)
    );
}

#[test]
fn one_id_that_is_not_there_stops_them_all() {
    let (office, ids) = office(2);
    let nobody = "00000000-0000-4000-8000-000000000000";
    let args = ["key", "bulk", "delete", "--yes", &ids[0], nobody, &ids[1]];
    let done = office.run(&[&args[..], &SANDBOX].concat());
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.contains("no such key"), "{}", done.err);
    let list = office.json(&[&["key", "list"], &SANDBOX[..]].concat());
    assert_eq!(names(&list).len(), 3);
}
