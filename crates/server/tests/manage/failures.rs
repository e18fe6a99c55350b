//! What cannot be done is said in a sentence, with the exit code that fits, and without the key.

use std::io::{Read, Write};
use std::net::TcpListener;

use axum::Router;
use axum::http::StatusCode;
use tokio::runtime::Runtime;

use super::office::{Done, MAIL, Office, SANDBOX, bare, finish, serve};

/// Nothing on standard output, one line on standard error that holds this piece.
#[track_caller]
fn check(done: &Done, code: i32, piece: &str) {
    assert_eq!((done.code, done.out.as_str()), (code, ""), "{}", done.err);
    assert_eq!(done.err.matches('\n').count(), 1, "{}", done.err);
    assert!(done.err.contains(piece), "{piece}: {}", done.err);
}

#[test]
fn a_missing_or_wrong_key_names_the_variable_to_check() {
    let office = Office::open();
    let with = |name: &str, value: &str| {
        let mut command = bare(&["realm", "list"]);
        command.env("CHAVEIRO_URL", &office.url).env(name, value);
        finish(command)
    };
    check(&with("CHAVEIRO_ADMIN_KEY", ""), 2, "CHAVEIRO_ADMIN_KEY");
    check(&with("CHAVEIRO_ADMIN_KEY", "chv_admin_x"), 1, "CHAVEIRO_ADMIN_KEY");
    check(&with("CHAVEIRO_ADMIN_KEY", "chv_admin_x"), 1, "CHAVEIRO_URL is the address");
    check(&with("CHAVEIRO_ADMIN_KEY", "two\nlines"), 2, "CHAVEIRO_ADMIN_KEY");
    check(&with("CHAVEIRO_ADMIN_KEY", &office.verifier), 1, "Use an admin key");
    check(&with("CHAVEIRO_ADMIN_KEY_FILE", "nowhere"), 2, "CHAVEIRO_ADMIN_KEY_FILE");
    let swapped = office.admin.replace("chv_admin_", "chv_verify_");
    let done = with("CHAVEIRO_ADMIN_KEY", &swapped);
    check(&done, 1, "CHAVEIRO_ADMIN_KEY");
    assert!(!done.err.contains(&swapped[12..]));

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("key");
    std::fs::write(&path, format!("{}\n", office.admin)).expect("written");
    let done = with("CHAVEIRO_ADMIN_KEY_FILE", path.to_str().expect("a text"));
    assert_eq!((done.code, done.err.as_str()), (0, ""));
}

#[test]
fn a_server_that_is_not_there_is_said_to_be_not_there() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("its address")
    };
    let to = |url: &str| {
        let mut command = bare(&["realm", "list"]);
        command.env("CHAVEIRO_ADMIN_KEY", "k").env("CHAVEIRO_URL", url);
        finish(command)
    };
    check(&to(&format!("http://{closed}")), 1, "start it, or set CHAVEIRO_URL");
    // Our own server speaks no TLS here, so that a handshake with it fails.
    let office = Office::open();
    let plain = office.url.replace("http://", "https://");
    check(&to(&plain), 1, "does not speak TLS: write http:// in CHAVEIRO_URL");
    check(&to("127.0.0.1"), 2, "CHAVEIRO_URL");
    check(&to("ftp://127.0.0.1"), 2, "CHAVEIRO_URL");
    check(&to("http://me:pass@127.0.0.1"), 2, "CHAVEIRO_URL");
}

#[test]
fn a_server_that_is_something_else_is_told_by_its_answer() {
    let runtime = Runtime::new().expect("a runtime");
    let answers = |status: StatusCode, text: &'static str| {
        let router = Router::new().fallback(move || async move { (status, text) });
        let address = runtime.block_on(serve(router));
        let mut command = bare(&["realm", "list"]);
        command.env("CHAVEIRO_ADMIN_KEY", "k").env("CHAVEIRO_URL", format!("http://{address}"));
        finish(command)
    };
    let piece = "not one of Chaveiro's API: check that CHAVEIRO_URL";
    check(&answers(StatusCode::OK, "<html>"), 1, piece);
    check(&answers(StatusCode::BAD_GATEWAY, "<html>"), 1, piece);
    check(&answers(StatusCode::FOUND, ""), 1, piece);
    let tricky = "{\"detail\":\"\\u001b[31mred\\nnext\"}";
    check(&answers(StatusCode::CONFLICT, tricky), 1, "\\u{1b}[31mred\\u{a}next");
}

#[test]
fn a_connection_that_breaks_off_warns_before_a_second_try() {
    let office = Office::open();
    let breaks_off = |args: &[&str]| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
        });
        let mut command = office.command(args);
        command.env("CHAVEIRO_URL", format!("http://{address}"));
        let done = finish(command);
        server.join().expect("the server ends");
        done
    };
    check(&breaks_off(&["realm", "list"]), 1, "try again");
    let delete = [&["key", "delete", "--yes", &office.key.1], &SANDBOX[..]].concat();
    check(&breaks_off(&delete), 1, "the change may have been made");
}

#[test]
fn what_does_not_exist_is_not_found() {
    let office = Office::open();
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (args, piece) in [
        (vec!["realm", "show", "nowhere"], "no such realm"),
        ([&["account", "show", nobody], &SANDBOX[..]].concat(), "no such account"),
        ([&["project", "show", nobody], &MAIL[..]].concat(), "no such account"),
        ([&["project", "delete", "--yes", nobody], &MAIL[..]].concat(), "no such account"),
        ([&["account", "update", nobody, "--any-ip"], &SANDBOX[..]].concat(), "no such account"),
        ([&["account", "delete", "--yes", nobody], &SANDBOX[..]].concat(), "no such account"),
        ([&["account", "open-release", nobody], &SANDBOX[..]].concat(), "no such account"),
        ([&["account", "close-release", nobody], &SANDBOX[..]].concat(), "no such account"),
        ([&["key", "show", nobody], &SANDBOX[..]].concat(), "no such key"),
        ([&["key", "delete", "--yes", nobody], &SANDBOX[..]].concat(), "no such key"),
        (vec!["key", "list", "--realm", "payments", "--environment", "x"], "no such environment"),
    ] {
        check(&office.run(&args), 1, piece);
    }
}

#[test]
fn a_refusal_says_everything_that_is_wrong() {
    let office = Office::open();
    let create = [&["key", "create", "--account", &office.account], &SANDBOX[..]].concat();
    let flags = ["--name", " ", "--ip", "x", "--ip", "10.0.0.1", "--expires-at", "soon"];
    let done = office.run(&[&create[..], &flags].concat());
    check(&done, 1, "--name: ");
    assert!(done.err.contains("; --ip[0]: ") && done.err.contains("; --expires-at: "));
    let unknown = [&create[..], &["--name", "a", "--permission", "PAYMNT:READ"]].concat();
    check(&office.run(&unknown), 1, "did you mean PAYMENT?");
}

#[test]
fn a_refusal_speaks_of_options() {
    let office = Office::open();
    let rotate = ["key", "rotate", &office.key.1, "--overlap", "8d"];
    let done = office.run(&[&rotate, &SANDBOX[..]].concat());
    check(
        &done,
        1,
        "--overlap: must be a whole number of seconds from 0 to 604800, which is 7 days",
    );
}

#[test]
fn a_command_line_that_makes_no_sense_ends_before_anything_is_sent() {
    let id = "00000000-0000-4000-8000-000000000000";
    let update = [&["key", "update", id], &SANDBOX[..]].concat();
    let create = [&["key", "create", "--account", id, "--name", "a"], &SANDBOX[..]].concat();
    let account = [&["account", "update", id], &SANDBOX[..]].concat();
    for args in [
        account.clone(),
        [&account[..], &["--any-ip", "--ip", "10.0.0.1"]].concat(),
        [&account[..], &["--require-user-agent=maybe"]].concat(),
        [&account[..], &["--name", "a", "--release-until", "2030-01-01T00:00:00Z"]].concat(),
        [&["account", "delete", "a/b"], &SANDBOX[..]].concat(),
        [&["account", "open-release", id, "--hours", "3"], &SANDBOX[..]].concat(),
        [&["account", "close-release"], &SANDBOX[..]].concat(),
        [&["project", "delete", "--yes"], &MAIL[..]].concat(),
        vec![],
        vec!["key"],
        vec!["key", "list"],
        vec!["key", "rotate"],
        [&["key", "list", "--limit", "0"], &SANDBOX[..]].concat(),
        [&["key", "list", "--limit", "101"], &SANDBOX[..]].concat(),
        update.clone(),
        [&update[..], &["--no-expiry", "--expires-at", "2030-01-01T00:00:00Z"]].concat(),
        [&update[..], &["--any-ip", "--ip", "10.0.0.1"]].concat(),
        [&create[..], &["--permission", "PAYMENT"]].concat(),
        [&create[..], &["--permission", "PAYMENT:WRITE"]].concat(),
        [&create[..], &["--unrestricted", "--permission", "PAYMENT:READ"]].concat(),
        [&create[..], &["--admin-key", "x"]].concat(),
        [&["key", "show", "../../realms"], &SANDBOX[..]].concat(),
        [&["key", "list", "--account", "a?limit=1"], &SANDBOX[..]].concat(),
        [&["key", "list", "--state", "deleted"], &SANDBOX[..]].concat(),
        [&["key", "list", "--permission", "PAYMENT:WRITE"], &SANDBOX[..]].concat(),
        [&["key", "list", "--never-used", "--last-used-before", "x"], &SANDBOX[..]].concat(),
        vec!["key", "bulk"],
        [&["key", "bulk", "delete", "--yes"], &SANDBOX[..]].concat(),
        [&["key", "bulk", "delete", "--yes", "--account", id], &SANDBOX[..]].concat(),
        [&["key", "bulk", "delete", "--yes", "--all", "--name", "x"], &SANDBOX[..]].concat(),
        [&["key", "bulk", "delete", "--yes", "--all", id], &SANDBOX[..]].concat(),
        [&["key", "bulk", "delete", "--yes", id, "--state", "enabled"], &SANDBOX[..]].concat(),
        [&["key", "bulk", "delete", "--yes", id, "--limit", "1"], &SANDBOX[..]].concat(),
        [&["key", "bulk", "delete", "--yes", "--all", "--limit", "1001"], &SANDBOX[..]].concat(),
        [&["key", "bulk", "delete", "--yes", "a/b"], &SANDBOX[..]].concat(),
        vec!["realm", "show", "%2e%2e"],
    ] {
        let mut command = bare(&args);
        command.env("CHAVEIRO_ADMIN_KEY", "k").env("CHAVEIRO_URL", "http://127.0.0.1:1");
        let done = finish(command);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{args:?}: {}", done.err);
        assert!(!done.err.is_empty(), "{args:?}");
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    let verbs = |noun: &str| match noun {
        "realm" => vec!["list", "show"],
        "key" => vec!["list", "bulk", "create", "show", "update", "enable", "disable", "delete"],
        "account" => {
            vec!["list", "create", "show", "update", "delete", "open-release", "close-release"]
        }
        _ => vec!["list", "create", "show", "delete"],
    };
    for noun in ["realm", "account", "project", "key"] {
        let leaves = verbs(noun).into_iter().map(|verb| vec![noun, verb]);
        for args in std::iter::once(vec![noun]).chain(leaves) {
            let done = finish(bare(&[&args[..], &["--help"]].concat()));
            assert_eq!(done.code, 0, "{args:?}");
            let example = format!("Example:\n  chaveiro {noun} {}", args.get(1).unwrap_or(&"list"));
            assert!(done.out.contains(&example), "{args:?}: {}", done.out);
            for variable in ["CHAVEIRO_URL ", "CHAVEIRO_ADMIN_KEY ", "CHAVEIRO_ADMIN_KEY_FILE "] {
                assert!(done.out.contains(&format!("\n  {variable}")), "{args:?}: {}", done.out);
            }
            let (_, example) = done.out.split_once("Example:\n").expect("found above");
            assert!(example.lines().all(|line| line.len() <= 80), "{args:?}: {example}");
        }
    }
    for verb in ["enable", "disable", "delete"] {
        let done = finish(bare(&["key", "bulk", verb, "--help"]));
        let example = format!("Example:\n  chaveiro key bulk {verb} --realm");
        assert!(done.code == 0 && done.out.contains(&example), "{verb}: {}", done.out);
    }
}

#[test]
fn who_makes_a_key_is_told_what_it_may_do_when_nobody_says() {
    let done = finish(bare(&["key", "create", "--help"]));
    assert!(done.out.contains("Without --permission it may do everything"), "{}", done.out);
}

#[test]
fn nothing_is_deleted_where_nobody_can_be_asked_and_nobody_said_yes() {
    let office = Office::open();
    let operators = office.json(&["operator-key", "list"]);
    let operator = operators["items"][0]["id"].as_str().expect("an id");
    for args in [
        [&["key", "delete", &office.key.1], &SANDBOX[..]].concat(),
        [&["account", "delete", &office.account], &SANDBOX[..]].concat(),
        [&["project", "delete", &office.account], &MAIL[..]].concat(),
        vec!["operator-key", "delete", operator],
    ] {
        check(&office.run(&args), 2, "give --yes");
    }
    let shown = office.json(&[&["key", "show", &office.key.1], &SANDBOX[..]].concat());
    assert_eq!(shown["state"], "enabled");
}

#[test]
fn a_key_in_the_wrong_place_is_not_repeated() {
    let office = Office::open();
    let text = &office.key.0;
    for args in [
        [&["key", "show", text], &SANDBOX[..]].concat(),
        [&["key", "delete", text], &SANDBOX[..]].concat(),
        [&["account", "update", text, "--any-ip"], &SANDBOX[..]].concat(),
        [&["account", "open-release", text], &SANDBOX[..]].concat(),
        [&["project", "delete", text], &MAIL[..]].concat(),
        [&["key", "list", "--account", text], &SANDBOX[..]].concat(),
        [&["key", "list", "--after", text], &SANDBOX[..]].concat(),
        [&["key", "bulk", "delete", "--yes", text], &SANDBOX[..]].concat(),
        [&["key", "bulk", "delete", "--yes", "--all", "--account", text], &SANDBOX[..]].concat(),
        vec!["realm", "show", text],
    ] {
        let done = office.run(&args);
        check(&done, 2, "letters, digits and hyphens");
        assert!(!done.err.contains(&text[9..]), "{args:?}");
    }
}
