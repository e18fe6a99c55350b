//! Broken configurations and what `chaveiro check` says of each: the line, and the whole sentence.
//!
//! Must not test what a good configuration means; that is tested beside the reader.

use std::path::Path;
use std::process::{Command, Output};

/// A file that is in order. Each case puts something else in the place of one of its lines.
const PLAIN: &str = include_str!("fixtures/plain.toml");

/// A case of a fixture: what stands behind `@`, the lines below it, and those behind `>`.
struct Case {
    at: String,
    lines: Vec<String>,
    faults: Vec<String>,
}

/// Reads a fixture; what its lines mean is said at its top.
fn cases(fixture: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in fixture.lines().skip_while(|line| line.starts_with('#')) {
        if let Some(at) = line.strip_prefix("@ ") {
            cases.push(Case { at: at.to_owned(), lines: Vec::new(), faults: Vec::new() });
        } else if let Some(case) = cases.last_mut() {
            match line.strip_prefix("> ") {
                Some(fault) => case.faults.push(fault.to_owned()),
                // The empty line between two cases.
                None if line.is_empty() && !case.faults.is_empty() => {}
                None => case.lines.push(line.to_owned()),
            }
        }
    }
    assert!(cases.iter().all(|case| !case.faults.is_empty()), "a case expects something");
    cases
}

/// A folder with the file and two files that could hold a certificate and a key.
fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("f.toml", text), ("c.pem", "x"), ("k.pem", "x")] {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

fn check(folder: &Path, env: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chaveiro"));
    command.current_dir(folder).env_clear().envs(env.iter().copied());
    command.arg("check").args(arguments).output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output in UTF-8")
}

fn with_line(line: usize, replacement: &str) -> String {
    let mut lines: Vec<&str> = PLAIN.lines().collect();
    lines[line - 1] = replacement;
    lines.join("\n")
}

#[track_caller]
fn each_is_refused(fixture: &str, at_least: usize) {
    let cases = cases(fixture);
    assert!(cases.len() >= at_least, "only {} cases", cases.len());
    for Case { at, lines, faults } in cases {
        let line = at.parse().expect("the number of a line");
        let folder = folder(&with_line(line, &lines.join("\n")));
        let output = check(folder.path(), &[], &["--config", "f.toml"]);
        let path = folder.path().canonicalize().expect("there");
        let said = text(&output.stderr).replace(path.to_str().expect("UTF-8"), "DIR");
        let expected: Vec<String> = faults.iter().map(|fault| format!("f.toml:{fault}")).collect();
        assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{at}: {lines:?}");
        assert_eq!(output.status.code(), Some(2), "{at}: {lines:?}");
        assert_eq!(text(&output.stdout), "", "{at}: {lines:?}");
    }
}

#[test]
fn what_is_not_toml_is_told_with_its_line() {
    each_is_refused(include_str!("fixtures/broken/syntax.txt"), 5);
}

#[test]
fn unknown_names_are_told_with_the_nearest_one() {
    each_is_refused(include_str!("fixtures/broken/names.txt"), 10);
}

#[test]
fn missing_settings_are_told_with_an_example() {
    each_is_refused(include_str!("fixtures/broken/missing.txt"), 10);
}

#[test]
fn wrong_types_are_told_with_both_types() {
    each_is_refused(include_str!("fixtures/broken/types.txt"), 15);
}

#[test]
fn values_that_cannot_be_are_told_with_what_can() {
    each_is_refused(include_str!("fixtures/broken/values.txt"), 30);
}

#[test]
fn what_cannot_stand_together_is_told_with_both_places() {
    each_is_refused(include_str!("fixtures/broken/combinations.txt"), 25);
}

#[test]
fn limits_that_cannot_be_held_are_told_with_what_can() {
    each_is_refused(include_str!("fixtures/broken/limits.txt"), 15);
}

#[test]
fn mail_that_could_not_go_out_is_told_with_what_can() {
    each_is_refused(include_str!("fixtures/broken/mail.txt"), 8);
}

#[test]
fn faults_of_variables_name_the_variable() {
    let folder = folder(PLAIN);
    for Case { at, faults, .. } in cases(include_str!("fixtures/broken/variables.txt")) {
        let (name, value) = at.split_once('=').expect("a name and a value");
        let output = check(folder.path(), &[(name, value)], &["--config", "f.toml"]);
        assert_eq!(text(&output.stderr), format!("{name}: {}\n", faults[0]));
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
}

#[test]
fn a_variable_mends_the_fault_of_a_line() {
    let folder = folder(&with_line(3, "listen = \"localhost\""));
    let output = check(
        folder.path(),
        &[("CHAVEIRO__CONTROL__LISTEN", "127.0.0.1:9900")],
        &["--config", "f.toml"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("Control plane: 127.0.0.1:9900, plain HTTP."));
}

#[test]
fn a_good_file_is_explained_without_its_secret() {
    let pepper = "0123456789abcdef0123456789abcdef";
    let folder = folder(&with_line(5, &format!("[secrets]\npepper = \"{pepper}\"\n[verifiers]")));
    for json in [false, true] {
        let arguments =
            if json { &["--config", "f.toml", "--json"][..] } else { &["--config", "f.toml"] };
        let output = check(folder.path(), &[], arguments);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(!said.contains(pepper) && output.stderr.is_empty());
        if json {
            assert_eq!(said.lines().count(), 1);
            let said: serde_json::Value = serde_json::from_str(said).expect("JSON");
            assert_eq!(said["pepper"], true);
            assert_eq!(said["realms"][1]["prefixes"][0], "acme_live_");
            assert_eq!(said["control"]["listener"]["require_tls"], false);
            assert_eq!(said["webhooks"]["allow"], serde_json::json!([]));
            assert_eq!(said["realms"][0]["webhook_success"], "2xx");
        } else {
            assert!(said.contains("Realm payments, in the dialect asaas:"), "{said}");
            assert!(said.contains("Digests of keys are made with a pepper."), "{said}");
            assert!(said.contains("Webhooks: sent to public addresses over TLS."), "{said}");
        }
    }
}

#[test]
fn a_simulated_clock_is_explained_and_a_real_one_is_not() {
    let folder = folder(&with_line(14, "clock = \"simulated\"\nrequire_tls = false"));
    let said = check(folder.path(), &[], &["--config", "f.toml"]);
    let said = text(&said.stdout);
    assert_eq!(
        said.matches("Its clock is simulated: it can be moved forward").count(),
        1,
        "{said}"
    );
    let said = check(folder.path(), &[], &["--config", "f.toml", "--json"]);
    let said: serde_json::Value = serde_json::from_str(text(&said.stdout)).expect("JSON");
    for (realm, clock) in [(0, "simulated"), (1, "real")] {
        assert_eq!(said["realms"][realm]["environments"][0]["clock"], clock);
    }
}

#[test]
fn receivers_that_the_operator_opened_are_named() {
    let allow = "[webhooks]\nallow = [\"10.1.2.3/24\", \"Hooks.internal\"]\n[verifiers]";
    let folder = folder(&with_line(5, allow));
    let output = check(folder.path(), &[], &["--config", "f.toml"]);
    let said = text(&output.stdout);
    assert!(
        said.contains("TLS, and to 10.1.2.0/24, hooks.internal also in the clear."),
        "{said}{}",
        text(&output.stderr)
    );
}

#[test]
fn no_fault_repeats_a_pepper() {
    let pepper = "a-pepper-in-the-wrong-place";
    for text_of_file in [
        with_line(5, &format!("[secrets]\npepper = \"{pepper}\"\n[verifiers]")),
        with_line(5, &format!("[secrets]\npepper = [\"{pepper}\"]\n[verifiers]")),
        with_line(5, &format!("[secrets]\npepper = {pepper}\n[verifiers]")),
        with_line(5, &format!("[secrets]\npepper = \"{pepper}\n[verifiers]")),
    ] {
        let folder = folder(&text_of_file);
        let output = check(folder.path(), &[], &["--config", "f.toml", "--json"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(!text(&output.stderr).contains(pepper) && !text(&output.stdout).contains(pepper));
    }
}

#[test]
fn loopback_may_speak_plain_http_unless_the_operator_says_otherwise() {
    let plain = folder(&with_line(4, ""));
    let output = check(plain.path(), &[], &["--config", "f.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let warning = "The control plane listens on 127.0.0.1:8800 without TLS and requires it";
    assert!(!text(&output.stdout).contains(warning), "{}", text(&output.stdout));
}

#[test]
fn tls_is_required_where_the_operator_says_so() {
    let folder = folder(&with_line(4, "require_tls = true"));
    let output = check(folder.path(), &[], &["--config", "f.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let warning =
        "Warning: The control plane listens on 127.0.0.1:8800 without TLS and requires it";
    assert!(text(&output.stdout).contains(warning), "{}", text(&output.stdout));
}

#[test]
fn a_listener_with_a_certificate_speaks_tls() {
    let tls = "tls = { certificate_file = \"c.pem\", key_file = \"k.pem\" }";
    let folder = folder(&with_line(4, tls));
    let output = check(folder.path(), &[], &["--config", "f.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("127.0.0.1:8800, TLS with "), "{}", text(&output.stdout));
}

#[test]
fn a_file_that_is_not_there_is_told_in_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = check(folder.path(), &[], &["--config", "absent.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "absent.toml: There is no such configuration file. Name one that is there with --config, or run `chaveiro quickstart`, which writes one to start from.\n"
    );
}

#[test]
fn the_file_in_the_folder_is_read_when_none_is_named() {
    let folder = folder(PLAIN);
    std::fs::rename(folder.path().join("f.toml"), folder.path().join("chaveiro.toml"))
        .expect("renamed");
    let output = check(folder.path(), &[], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("chaveiro.toml is in order."));
}

#[test]
fn faults_are_told_as_json_too() {
    let folder = folder(&with_line(3, "listne = 1"));
    let output = check(folder.path(), &[], &["--config", "f.toml", "--json"]);
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(said["ok"], false);
    assert_eq!(said["faults"][1]["line"], 3);
    assert_eq!(
        said["faults"][1]["sentence"],
        "There is no `listne` in [control]. Did you mean `listen`?"
    );
}
