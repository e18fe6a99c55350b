//! Operators' keys are made, listed and deleted; the owner of a key is told; accounts are suspended
//! and limited.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::office::{Done, Office, SANDBOX, finish};

/// Runs a command with this as its standard input.
fn with_input(mut command: Command, input: &str) -> Done {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("it ends by itself");
    Done { code, out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn a_key_of_an_operator_is_made_listed_and_deleted() {
    let office = Office::open();
    let done = office.run(&["operator-key", "create", "--name", "Grace", "--role", "support"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let secret = done.out.strip_suffix('\n').expect("one line");
    assert!(secret.starts_with("chv_support_") && !done.err.contains(secret), "{}", done.err);
    let list = office.json(&["operator-key", "list"]);
    let id = list["items"][2]["id"].as_str().expect("an id");
    assert!(office.text(&["operator-key", "list"]).contains("support"));

    let mut theirs = office.command(&["realm", "list"]);
    theirs.env("CHAVEIRO_ADMIN_KEY", secret);
    assert_eq!(finish(theirs).code, 0);
    let mut theirs = office.command(&["operator-key", "delete", id, "--yes"]);
    theirs.env("CHAVEIRO_ADMIN_KEY", secret);
    let done = finish(theirs);
    assert_eq!(done.code, 1);
    assert!(done.err.contains("Use an admin key"), "{}", done.err);

    assert_eq!(office.json(&["operator-key", "delete", id, "--yes"])["role"], "support");
    let mut theirs = office.command(&["realm", "list"]);
    theirs.env("CHAVEIRO_ADMIN_KEY", secret);
    assert_eq!(finish(theirs).code, 1);
}

#[test]
fn the_last_admin_key_is_not_deleted_and_it_is_said_why() {
    let office = Office::open();
    let list = office.json(&["operator-key", "list"]);
    let id = list["items"][0]["id"].as_str().expect("an id");
    let done = office.run(&["operator-key", "delete", id, "--yes"]);
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.contains("last admin key"), "{}", done.err);
}

#[test]
fn a_role_that_there_is_not_is_a_usage_error() {
    let office = Office::open();
    let done = office.run(&["operator-key", "create", "--name", "a", "--role", "root"]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("admin, support or verifier"), "{}", done.err);
}

#[test]
fn the_owner_of_a_key_is_told_from_standard_input_without_the_key() {
    let office = Office::open();
    let (text, id) = &office.key;
    let line = format!("{text}\n");
    let done = with_input(office.command(&["key", "owner", "-", "--json"]), &line);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let told: Value = serde_json::from_str(&done.out).expect("JSON");
    assert_eq!((&told["key"]["id"], &told["account"]["id"]), (&json!(id), &json!(office.account)));
    let done = with_input(office.command(&["key", "owner"]), &line);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert!(done.out.contains(id) && done.out.contains("payments, sandbox"), "{}", done.out);
    assert!(!done.out.contains(text.as_str()));
    let done = with_input(office.command(&["key", "owner", "-"]), &office.admin);
    assert!(done.out.contains("an operator, admin"), "{}", done.out);
    let done = with_input(office.command(&["key", "owner", "-"]), &text[..text.len() - 1]);
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.contains("its end was cut off"), "{}", done.err);
}

#[test]
fn a_key_given_as_an_argument_is_read_with_a_note_of_what_that_leaves() {
    let office = Office::open();
    let done = office.run(&["key", "owner", &office.key.0]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("`chaveiro key owner -` reads it"), "{}", done.err);
    assert!(!done.err.contains(&office.key.0) && !done.out.contains(&office.key.0));
}

#[test]
fn an_account_is_suspended_and_resumed_and_its_state_is_shown() {
    let office = Office::open();
    let args = |verb: &'static str| [&["account", verb, &office.account], &SANDBOX[..]].concat();
    for (verb, state, verdict) in
        [("suspend", "suspended", "disabled"), ("resume", "active", "granted")]
    {
        let shown = office.text(&args(verb));
        let line = shown.lines().find(|line| line.starts_with("state "));
        assert!(line.is_some_and(|line| line.ends_with(&format!(" {state}"))), "{shown}");
        assert_eq!(office.json(&args("show"))["state"], state);
        assert_eq!(office.verify(&office.key.0), verdict);
    }
}

#[test]
fn limits_of_an_account_are_moved_and_given_back_to_the_realm() {
    let office = Office::open();
    let update = |flags: &[&str]| {
        office.json(&[&["account", "update", &office.account], flags, &SANDBOX].concat())
    };
    let limited = update(&["--keys-max", "3", "--projects-max", "0"]);
    assert_eq!((&limited["keys_max"], &limited["projects_max"]), (&json!(3), &json!(0)));
    let show = [&["account", "show", &office.account], &SANDBOX[..]].concat();
    let shown = office.text(&show);
    let line = shown.lines().find(|line| line.starts_with("keys "));
    assert!(line.is_some_and(|line| line.ends_with(" 3 at most")), "{shown}");
    let given = update(&["--realm-keys-max", "--realm-projects-max"]);
    assert_eq!((&given["keys_max"], &given["projects_max"]), (&Value::Null, &Value::Null));
    let too_many = ["account", "update", &office.account, "--keys-max", "100001"];
    assert_eq!(office.run(&[&too_many[..], &SANDBOX].concat()).code, 2);
}

#[test]
fn contacts_and_the_language_of_an_account_are_set_shown_and_taken_back() {
    let office = Office::open();
    let update = |flags: &[&str]| {
        office.json(&[&["account", "update", &office.account], flags, &SANDBOX].concat())
    };
    let line = |name: &str, end: &str| {
        let shown = office.text(&[&["account", "show", &office.account], &SANDBOX[..]].concat());
        let line = shown.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        assert!(line.is_some_and(|line| line.ends_with(end)), "{name} {end}: {shown}");
    };
    line("contacts ", " nobody");
    let set = update(&["--contact", "a@b.co", "--contact", "c@b.co", "--language", "pt"]);
    assert_eq!((&set["contacts"], &set["language"]), (&json!(["a@b.co", "c@b.co"]), &json!("pt")));
    line("contacts ", " a@b.co, c@b.co");
    line("language ", " pt");
    let given = update(&["--no-contacts", "--realm-language"]);
    assert_eq!((&given["contacts"], &given["language"]), (&json!([]), &Value::Null));
    line("language ", " as the realm says");
    let create = ["account", "create", "--name", "x", "--contact", "d@b.co", "--language", "en"];
    let made = office.json(&[&create[..], &SANDBOX].concat());
    assert_eq!((&made["contacts"], &made["language"]), (&json!(["d@b.co"]), &json!("en")));
    let twice =
        ["account", "update", &office.account, "--contact", "a@b.co", "--contact", "A@b.co"];
    assert_eq!(office.run(&[&twice[..], &SANDBOX].concat()).code, 1);
}
