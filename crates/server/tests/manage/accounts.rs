//! Accounts are changed, projects deleted, releases opened and closed: each command shows what came
//! of it.

use serde_json::{Value, json};

use super::office::{MAIL, Office, SANDBOX};

/// The id of what these flags make.
fn made(office: &Office, args: &[&str]) -> String {
    office.json(args)["id"].as_str().expect("an id").to_owned()
}

/// The ids of a root account of the mail realm and of a project below it.
fn project(office: &Office) -> (String, String) {
    let root = made(office, &[&["account", "create", "--name", "m"], &MAIL[..]].concat());
    let create = ["project", "create", "--account", &root, "--name", "news"];
    let project = made(office, &[&create[..], &MAIL].concat());
    (root, project)
}

#[test]
fn a_change_of_an_account_touches_what_it_names() {
    let office = Office::open();
    let id = &office.account;
    let check = |flags: &[&str], member: &str, expected: Value| {
        let changed = office.json(&[&["account", "update", id], flags, &SANDBOX].concat());
        assert_eq!(changed[member], expected, "{flags:?}");
        assert_eq!(office.json(&[&["account", "show", id], &SANDBOX[..]].concat()), changed);
    };
    check(&["--name", "other"], "name", json!("other"));
    check(&["--ip", "10.0.0.1", "--ip", "192.168.1.x"], "name", json!("other"));
    check(&["--require-user-agent"], "ip_list", json!(["10.0.0.1", "192.168.1.0/24"]));
    check(&["--any-ip"], "require_user_agent", json!(true));
    check(&["--require-user-agent=false"], "ip_list", json!([]));
    check(&["--name", "third"], "require_user_agent", json!(false));
}

#[test]
fn a_change_of_an_account_holds_for_its_keys_at_once() {
    let office = Office::open();
    let update = ["account", "update", &office.account, "--ip", "10.0.0.1"];
    let shown = office.text(&[&update[..], &SANDBOX].concat());
    assert!(shown.contains("\naddresses    10.0.0.1\n"), "{shown}");
    assert_eq!(office.verify(&office.key.0), "ip_not_allowed");
}

#[test]
fn a_release_is_opened_and_closed_and_shown() {
    let office = Office::open();
    let id = &office.account;
    let args = |verb: &'static str| [&["account", verb, id.as_str()], &SANDBOX[..]].concat();
    let until = "2026-01-14T14:00:00.000Z";
    assert_eq!(office.json(&args("open-release"))["release_until"], until);
    let shown = office.text(&args("show"));
    assert!(shown.contains(&format!("\nrelease      until {until}\n")), "{shown}");
    // Said again, it is still so.
    assert!(office.text(&args("open-release")).contains(until));
    for _ in 0..2 {
        assert_eq!(office.json(&args("close-release"))["release_until"], Value::Null);
    }
    let shown = office.text(&args("close-release"));
    assert!(shown.contains("\nrelease      closed\n"), "{shown}");
}

#[test]
fn a_release_below_a_root_account_is_refused() {
    let office = Office::open();
    let create = ["account", "create", "--name", "below", "--parent", &office.account];
    let below = made(&office, &[&create[..], &SANDBOX].concat());
    for verb in ["open-release", "close-release"] {
        let done = office.run(&[&["account", verb, &below], &SANDBOX[..]].concat());
        assert_eq!((done.code, done.out.as_str()), (1, ""), "{verb}");
        assert!(done.err.contains("only a root account has a release"), "{}", done.err);
    }
}

#[test]
fn a_project_is_deleted_by_either_command_and_gone_then() {
    let office = Office::open();
    for noun in ["project", "account"] {
        let (root, id) = project(&office);
        let delete = [&[noun, "delete", &id, "--yes"], &MAIL[..]].concat();
        let shown = office.text(&delete);
        assert!(shown.contains("\nstate        deleted\n"), "{shown}");
        let list = office.json(&[&["project", "list", "--account", &root], &MAIL[..]].concat());
        assert_eq!(list["items"], json!([]));
        let again = office.run(&delete);
        assert_eq!((again.code, again.out.as_str()), (1, ""));
        assert!(again.err.contains("no such account"), "{}", again.err);
    }
    let (_, id) = project(&office);
    let deleted = office.json(&[&["project", "delete", &id, "--yes"], &MAIL[..]].concat());
    assert_eq!(deleted["state"], "deleted");
}

#[test]
fn a_root_account_is_not_deleted() {
    let office = Office::open();
    for noun in ["account", "project"] {
        let args = [&[noun, "delete", &office.account, "--yes"], &SANDBOX[..]].concat();
        let done = office.run(&args);
        assert_eq!((done.code, done.out.as_str()), (1, ""), "{noun}");
        assert!(done.err.contains("a root account"), "{}", done.err);
        assert_eq!(office.verify(&office.key.0), "granted");
    }
}

#[test]
fn a_sub_account_is_made_white_label_changed_and_deleted() {
    let office = Office::open();
    let create = ["account", "create", "--name", "b", "--parent", &office.account, "--white-label"];
    let below = made(&office, &[&create[..], &SANDBOX].concat());
    let shown = office.text(&[&["account", "show", &below], &SANDBOX[..]].concat());
    assert!(shown.contains("\nwhite label  yes\n"), "{shown}");
    let update = ["account", "update", &below, "--white-label=false"];
    let changed = office.json(&[&update[..], &SANDBOX].concat());
    assert_eq!(changed["white_label"], false);
    let deleted = office.json(&[&["account", "delete", &below, "--yes"], &SANDBOX[..]].concat());
    assert_eq!(deleted["state"], "deleted");
    let update = ["account", "update", &office.account, "--white-label"];
    let done = office.run(&[&update[..], &SANDBOX].concat());
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.contains("--white-label: only a sub-account"), "{}", done.err);
}

#[test]
fn everything_that_is_wrong_with_a_change_is_said() {
    let office = Office::open();
    let update = ["account", "update", &office.account, "--name", " ", "--ip", "x"];
    let done = office.run(&[&update[..], &SANDBOX].concat());
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.contains("--name: ") && done.err.contains("; --ip[0]: "), "{}", done.err);
}
