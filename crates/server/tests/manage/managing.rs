//! What can be managed is managed: each command does one thing and shows what came of it.

use serde_json::{Value, json};

use super::office::{MAIL, Office, SANDBOX};

#[test]
fn realms_are_listed_and_shown() {
    let office = Office::open();
    assert_eq!(office.json(&["realm", "list"])["items"][1]["name"], "mail");
    let shown = office.json(&["realm", "show", "payments"]);
    assert_eq!(shown["permissions"], json!(["CUSTOMER", "PAYMENT"]));
    let list = office.text(&["realm", "list"]);
    assert!(
        list.starts_with("NAME      DIALECT  ENVIRONMENTS\npayments  -        sandbox"),
        "{list}"
    );
    let show = office.text(&["realm", "show", "payments"]);
    let environments = "\nenvironments          sandbox (pay_test_), production (pay_live_)\n";
    assert!(show.contains(environments), "{show}");
    assert!(show.contains("\nwebhook events        KEY_CREATED, "), "{show}");
    assert!(show.contains("\nwebhooks per account  4\nprojects              no\n"), "{show}");
    let show = office.text(&["realm", "show", "mail"]);
    assert!(show.contains("\nprojects              3 per account at most\n"), "{show}");
}

#[test]
fn accounts_and_projects_are_made_listed_and_shown() {
    let office = Office::open();
    let create = [&["account", "create", "--name", "Loja ✓", "--ip", "10.0.0.1"], &SANDBOX[..]];
    let root = office.json(&[&create.concat(), &["--require-user-agent"][..]].concat());
    assert_eq!(root["kind"], "root");
    assert_eq!(root["ip_list"], json!(["10.0.0.1"]));
    assert_eq!(root["require_user_agent"], true);
    let id = root["id"].as_str().expect("an id");
    let below = [&["account", "create", "--name", "below", "--parent", id], &SANDBOX[..]].concat();
    assert_eq!(office.json(&below)["kind"], "subaccount");
    assert_eq!(office.json(&[&["account", "show", id], &SANDBOX[..]].concat()), root);
    let shown = office.text(&[&["account", "show", id], &SANDBOX[..]].concat());
    assert!(shown.contains("\nname         Loja ✓\n") && shown.contains("required\n"), "{shown}");
    let list = [&["account", "list", "--parent", id], &SANDBOX[..]].concat();
    assert_eq!(office.json(&list)["items"][0]["name"], "below");

    let root = office.json(&[&["account", "create", "--name", "m"], &MAIL[..]].concat());
    let id = root["id"].as_str().expect("an id");
    let project = [&["project", "create", "--account", id, "--name", "news"], &MAIL[..]].concat();
    let project = office.json(&project);
    let list = office.json(&[&["project", "list", "--account", id], &MAIL[..]].concat());
    assert_eq!(list["items"], json!([project]));
    let id = project["id"].as_str().expect("an id");
    let shown = office.text(&[&["project", "show", id], &MAIL[..]].concat());
    assert!(shown.starts_with(&format!("id           {id}\nname         news\n")), "{shown}");
}

#[test]
fn a_secret_is_alone_on_standard_output_so_that_a_script_can_catch_it() {
    let office = Office::open();
    let create = ["key", "create", "--account", &office.account, "--name", "till"];
    let rest = ["--permission", "PAYMENT:READ", "--permission", "CUSTOMER:READ_WRITE"];
    let done = office.run(&[&create[..], &rest, &SANDBOX].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    let secret = done.out.strip_suffix('\n').expect("one line");
    assert_eq!(office.verify(secret), "granted");
    assert!(!done.err.contains(secret));
    assert!(
        done.err.contains("\npermissions  CUSTOMER:READ_WRITE, PAYMENT:READ\n"),
        "{}",
        done.err
    );
    assert!(done.err.contains("shown this once"), "{}", done.err);
}

#[test]
fn json_is_what_the_api_answered() {
    let office = Office::open();
    let create = ["key", "create", "--account", &office.account, "--name", "till"];
    let rest =
        ["--ip", "10.0.0.0/8", "--ip", "192.168.1.x", "--expires-at", "2030-01-01T00:00:00Z"];
    let made = office.json(&[&create[..], &rest, &SANDBOX].concat());
    assert_eq!(made["ip_list"], json!(["10.0.0.0/8", "192.168.1.0/24"]));
    assert_eq!(made["expires_at"], "2030-01-01T00:00:00.000Z");
    assert_eq!(made["permissions"], "unrestricted");
    assert!(made["key"].as_str().is_some_and(|text| text.starts_with("pay_test_")));
}

#[test]
fn a_change_touches_what_it_names() {
    let office = Office::open();
    let id = &office.key.1;
    let check = |flags: &[&str], member: &str, expected: Value| {
        let changed = office.json(&[&["key", "update", id], flags, &SANDBOX].concat());
        assert_eq!(changed[member], expected, "{flags:?}");
    };
    check(&["--name", "other"], "name", json!("other"));
    let read = json!([{"name": "PAYMENT", "scope": "READ"}]);
    check(&["--permission", "PAYMENT:READ"], "permissions", read.clone());
    check(&["--ip", "10.0.0.1"], "ip_list", json!(["10.0.0.1"]));
    let end = "2030-01-01T00:00:00.000Z";
    check(&["--expires-at", end], "expires_at", json!(end));
    check(&["--no-expiry"], "expires_at", Value::Null);
    check(&["--any-ip"], "ip_list", json!([]));
    check(&["--name", "third"], "permissions", read);
    check(&["--unrestricted"], "permissions", json!("unrestricted"));
}

#[test]
fn a_key_is_switched_and_deleted() {
    let office = Office::open();
    let (text, id) = &office.key;
    let check = |command: &[&str], state: &str, verdict: &str| {
        let args = [&["key"], command, &[id.as_str()], &SANDBOX[..]].concat();
        assert_eq!(office.json(&args)["state"], state);
        assert_eq!(office.verify(text), verdict);
        // Said again, it is still so.
        assert_eq!(office.run(&args).code, 0);
    };
    check(&["disable"], "disabled", "disabled");
    let shown = office.text(&[&["key", "show", id.as_str()], &SANDBOX[..]].concat());
    assert!(shown.contains("\nstate        disabled (manual)\n"), "{shown}");
    check(&["enable"], "enabled", "granted");
    check(&["delete", "--yes"], "deleted", "deleted");
    let again = office.run(&[&["key", "enable", id.as_str()], &SANDBOX[..]].concat());
    assert_eq!((again.code, again.out.as_str()), (1, ""));
    assert!(again.err.contains("Make a new one"), "{}", again.err);
}

#[test]
fn a_report_tells_that_others_saw_a_key_and_switches_it_off_where_that_is_said() {
    let office = Office::open();
    let (text, id) = &office.key;
    let report = |rest: &[&str]| {
        office.run(&[&["key", "report-exposed", id.as_str()], &SANDBOX[..], rest].concat())
    };
    let done = report(&["--where", "a public repository"]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert_eq!(office.verify(text), "granted");
    let done = report(&["--disable"]);
    assert!(done.err.contains("told already today"), "{}", done.err);
    assert!(done.out.contains("\nstate        disabled (manual)\n"), "{}", done.out);
    assert_eq!(office.verify(text), "disabled");
    let done = report(&["--where", text]);
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.contains("holds an API key") && !done.err.contains(text), "{}", done.err);
    let events = [&["events", "--kind", "key.exposed"], &SANDBOX[..]].concat();
    let items = office.json(&events);
    let [event] = &items["items"].as_array().expect("a list")[..] else { panic!("{items}") };
    assert_eq!(event["exposure"]["where"], "a public repository");
}

#[test]
fn a_new_secret_is_alone_on_standard_output_and_the_old_one_works_for_the_overlap() {
    let office = Office::open();
    let (old, id) = &office.key;
    let rotate = [&["key", "rotate", id.as_str()], &SANDBOX[..]].concat();
    let done = office.run(&rotate);
    assert_eq!(done.code, 0, "{}", done.err);
    let secret = done.out.strip_suffix('\n').expect("one line");
    assert!(done.err.contains(", for 86400 s once the new one was used\n"), "{}", done.err);
    assert_eq!([office.verify(secret), office.verify(old)], ["granted", "granted"]);
    let shown = office.text(&[&["key", "show", id.as_str()], &SANDBOX[..]].concat());
    assert!(shown.contains("\nold secret   pay_test_") && shown.contains(", until "), "{shown}");

    let done = office.json(&[&rotate[..], &["--overlap", "0", "--at-once"]].concat());
    let newer = done["key"].as_str().expect("a secret");
    assert_eq!(done["secrets"].as_array().map(Vec::len), Some(1));
    assert_eq!([office.verify(newer), office.verify(secret)], ["granted", "expired"]);
    assert_eq!(office.verify(old), "unknown");
    let done = office.run(&[&rotate[..], &["--overlap", "8d"]].concat());
    assert_eq!((done.code, done.out.as_str()), (1, ""), "{}", done.err);
    assert!(done.err.contains("604800"), "{}", done.err);
    let done = office.run(&[&rotate[..], &["--overlap", "soon"]].concat());
    assert_eq!((done.code, done.out.as_str()), (2, ""), "{}", done.err);
    assert_eq!(office.verify(newer), "granted");
}

#[test]
fn a_list_goes_on_where_it_ended() {
    let office = Office::open();
    let create = ["key", "create", "--account", &office.account, "--name", "second"];
    office.json(&[&create[..], &SANDBOX].concat());
    let list = [&["key", "list", "--limit", "1"], &SANDBOX[..]].concat();
    let first = office.run(&list);
    assert!(first.out.contains("  key\n") && !first.out.contains("second"), "{}", first.out);
    let next = office.json(&list)["next"].as_str().expect("a cursor").to_owned();
    assert_eq!(first.err, format!("There are more: add --after {next}\n"));
    let second = office.run(&[&list[..], &["--after", &next]].concat());
    let changed =
        office.run(&[&list[..], &["--after", &next.replace(['0', '1', '2'], "3")]].concat());
    assert_eq!((changed.code, changed.out.as_str()), (1, ""));
    assert!(changed.err.contains("start from the first page"), "{}", changed.err);
    assert!(second.out.contains("  second\n"), "{}", second.out);
    let nothing = office.run(&[&["key", "list"], &MAIL[..]].concat());
    assert_eq!((nothing.code, nothing.out.as_str()), (0, ""));
    let own = [&["key", "list", "--account", &office.account], &SANDBOX[..]].concat();
    assert_eq!(office.json(&own)["items"].as_array().map(Vec::len), Some(2));
}
