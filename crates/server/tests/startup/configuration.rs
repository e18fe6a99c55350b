//! A configuration with faults: each with its file and line, and nothing is opened.

use std::fs;

use crate::place::{Place, quickstart};
use crate::support::finished::{Finished, run};
use crate::support::{binary, files};

#[test]
fn faults_are_told_with_file_and_line_before_anything_is_opened() {
    let (place, _) = Place::used(&[]);
    let file = place.file("chaveiro.toml");
    let text = fs::read_to_string(&file).expect("a file");
    let listen = format!("listen = \"127.0.0.1:{}\"", place.base + 1);
    assert!(text.contains(&listen));
    fs::write(&file, text.replace(&listen, "listne = 7")).expect("written");
    let line = text.lines().take_while(|line| *line != listen).count() + 1;
    let before = place.snapshot();
    let at = format!("{}:{line}: ", file.display());
    let check = |said: &Finished| {
        let Finished { code, out, err } = said;
        assert_eq!((*code, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.lines().any(|line| line.starts_with(&at)), "no {at} in {err}");
        assert!(err.contains("`listen`"), "{err}");
    };
    for command in ["serve", "init", "check"] {
        check(&run(binary().args([command, "--config"]).arg(&file)));
    }
    check(&run(&mut quickstart(&place.data(), &[])));
    files::assert_same(&before, &place.snapshot(), "faults of the configuration");
}

#[test]
fn a_fault_of_a_variable_is_told_with_its_name() {
    let place = Place::fresh();
    let base = place.base.to_string();
    let mut command = quickstart(&place.data(), &["--port-base", &base]);
    let said = run(command.env("CHAVEIRO__LIMITS__BODY_BYTES", "7"));
    let meant = "Did you mean CHAVEIRO__LIMITS__BODY_BYTES_MAX?";
    said.assert_one_sentence(2, &["CHAVEIRO__LIMITS__BODY_BYTES: ", meant]);
    assert!(files::snapshot(&place.data()).is_empty(), "nothing was made");
}

#[test]
fn a_file_that_is_not_there_is_told_with_what_to_do() {
    let place = Place::fresh();
    let absent = place.beside("absent.toml");
    for command in ["serve", "init", "check"] {
        let said = run(binary().args([command, "--config"]).arg(&absent));
        said.assert_one_sentence(2, &["absent.toml", "no such configuration file", "--config"]);
    }
}

#[test]
fn certificates_that_cannot_be_used_are_told_before_anybody_connects() {
    let (place, _) = Place::used(&[]);
    let before = place.snapshot();
    fs::write(place.beside("empty.pem"), "").expect("written");
    let start = |file: &str| {
        let mut command = quickstart(&place.data(), &["--port-base", &place.base.to_string()]);
        for setting in ["CERTIFICATE_FILE", "KEY_FILE"] {
            command.env(format!("CHAVEIRO__VERIFIERS__TLS__{setting}"), place.beside(file));
        }
        run(command.env("CHAVEIRO__VERIFIERS__REQUIRE_TLS", "true"))
    };
    start("empty.pem").assert_one_sentence(1, &["empty.pem", "holds no certificate"]);
    let Finished { code, err, .. } = start("absent.pem");
    assert_eq!((code, err.lines().count()), (Some(2), 2), "{err}");
    let named = err.lines().all(|line| line.contains("There is no file") && line.contains(".pem"));
    assert!(named, "{err}");
    files::assert_same(&before, &place.snapshot(), "certificates that cannot be used");
}
