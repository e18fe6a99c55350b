//! What was done is listed from the shell, for people and for scripts.

use super::office::{Office, SANDBOX};

#[test]
fn what_was_done_to_a_key_is_a_table_and_an_answer_for_scripts() {
    let office = Office::open();
    let (_, id) = &office.key;
    let disable = [&["key", "disable", id.as_str()], &SANDBOX[..]].concat();
    assert_eq!(office.run(&disable).code, 0);
    let table = office.text(&["audit", "--target", id]);
    let rows: Vec<Vec<&str>> =
        table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["AT", "ACTION", "WHERE", "TARGET", "ACTOR", "REQUEST"]);
    assert_eq!(rows[1][1..4], ["key.disabled", "payments/sandbox", id], "{table}");
    assert!(rows[1][4].starts_with("operator:"), "{table}");
    assert_eq!((rows.len(), rows[2][1]), (3, "key.created"), "{table}");

    let answer = office.json(&[&["audit", "--action", "key.disabled"], &SANDBOX[..]].concat());
    assert_eq!(answer["items"][0]["target"], id.as_str());
    let request = answer["items"][0]["request_id"].as_str().expect("an id");
    let of_request = office.json(&["audit", "--request", request]);
    assert_eq!(of_request["items"], answer["items"]);
    let all = office.text(&["audit", "--all", "--limit", "1"]);
    assert!(all.lines().count() > 3, "page after page: {all}");
}

#[test]
fn what_is_no_condition_is_said() {
    let office = Office::open();
    for (args, code, said) in [
        (&["audit", "--action", "key.gone"][..], 2, "key.gone"),
        (&["audit", "--realm", "payments"], 2, "--environment"),
        (&["audit", "--actor", "ana"], 1, "operator: or key:"),
        (&["audit", "--from", "yesterday"], 1, "from"),
    ] {
        let done = office.run(args);
        assert_eq!(done.code, code, "{args:?}: {}", done.err);
        assert!(done.err.contains(said), "{args:?}: {}", done.err);
    }
}
