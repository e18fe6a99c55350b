//! `chaveiro explain`: every diagnosis that a text alone can have, and that no output repeats a key.
//!
//! Must not test the rules of the diagnosis itself; those are tested where they are made.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use domain::diagnosis::Diagnosis;
use domain::entropy::Entropy;
use domain::key_text::mint;
use domain::prefix::{KeyPrefix, Reach};

const CONFIG: &str = r#"
data = "sqlite://./x.db"
control = { listen = "127.0.0.1:8800", require_tls = false }
verifiers = { listen = "127.0.0.1:8804", require_tls = false }
[[realm]]
name = "orders"
dialect = "native"
permissions = ["ORDERS"]
[[realm.environment]]
name = "live"
key_prefix = "acme_live_"
listen = "127.0.0.1:8801"
require_tls = false
upstream = "http://127.0.0.1:9000"
[[realm]]
name = "payments"
dialect = "asaas"
[[realm.environment]]
name = "sandbox"
listen = "127.0.0.1:8802"
require_tls = false
upstream = "http://127.0.0.1:9001"
"#;

/// Bytes that count up: chance enough for a key in a test.
struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, buffer: &mut [u8]) {
        for byte in buffer {
            self.0 = self.0.wrapping_add(37);
            *byte = self.0;
        }
    }
}

/// A well-formed key with this prefix.
fn key(prefix: &str) -> String {
    let prefix = KeyPrefix::new(prefix, None, Reach::Own).expect("a prefix");
    mint(&prefix, &mut Counting(7)).text.expose().to_owned()
}

fn explain(arguments: &[&str], input: &[u8]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("f.toml"), CONFIG).expect("written");
    let mut child = Command::new(env!("CARGO_BIN_EXE_chaveiro"))
        .current_dir(folder.path())
        .env_clear()
        .arg("explain")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // It may end without reading everything, which is no fault of the test.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("it ends")
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("output in UTF-8");
    (text(&output.stdout), text(&output.stderr))
}

/// Everything the command says, with the assertion that nothing of the key but its hint is in it.
#[track_caller]
fn said_without(output: &Output, text: &str) -> (String, String) {
    let (out, err) = said(output);
    let whole = text.trim();
    // Any eight letters in a row would be more than the hint shows.
    let letters: Vec<char> = text.chars().collect();
    let random = letters.windows(12).map(|window| window.iter().collect::<String>());
    let of_the_body = random.skip(12).filter(|part| part.chars().all(char::is_alphanumeric));
    for part in of_the_body.chain((whole.len() >= 12).then(|| whole.to_owned())) {
        assert!(!out.contains(&part) && !err.contains(&part), "{part} in {out}{err}");
    }
    (out, err)
}

/// Texts and their diagnosis. `KEY` stands for a well-formed key of the Asaas sandbox.
fn misshapen() -> Vec<(String, Diagnosis)> {
    let key = key("$aact_hmlg_");
    let without_dollar = &key[1..];
    let body = &key["$aact_hmlg_".len()..];
    let swapped = {
        let mut letters: Vec<char> = key.chars().collect();
        letters.swap(20, 21);
        assert_ne!(letters[20], letters[21]);
        letters.into_iter().collect::<String>()
    };
    vec![
        (format!("\\{key}"), Diagnosis::BackslashIncluded),
        (format!("Bearer {key}"), Diagnosis::BearerIncluded),
        (format!("$AACT_HMLG_{body}"), Diagnosis::CaseChanged),
        (format!("${key}"), Diagnosis::DollarDoubled),
        (without_dollar.to_owned(), Diagnosis::DollarLost),
        (String::new(), Diagnosis::Empty),
        ("   ".to_owned(), Diagnosis::Empty),
        (format!("{}-{}", &key[..30], &key[31..]), Diagnosis::ForeignLetter),
        (swapped, Diagnosis::LettersSwapped),
        (format!("{}\n{}", &key[..30], &key[30..]), Diagnosis::LineBreakIncluded),
        (format!("{key}\r"), Diagnosis::LineBreakIncluded),
        ("sk_live_abcdefghijklmnopqrstuvwxyz".to_owned(), Diagnosis::NotAKey),
        ("--json-web-token".to_owned(), Diagnosis::NotAKey),
        (format!("{}é{}", &key[..30], &key[31..]), Diagnosis::NotAscii),
        (format!("%24{without_dollar}"), Diagnosis::PercentEncoded),
        ("$aact_hmlg_...".to_owned(), Diagnosis::Placeholder),
        ("<your key here>".replace(' ', "-"), Diagnosis::Placeholder),
        (format!("\"{key}\""), Diagnosis::QuotesIncluded),
        (format!("{key}{body}"), Diagnosis::TooLong),
        ("A".repeat(5000), Diagnosis::TooLong),
        (key[..40].to_owned(), Diagnosis::Truncated),
        ("$ASAAS_API_KEY".to_owned(), Diagnosis::VariableUnexpanded),
        ("${ASAAS_API_KEY}".to_owned(), Diagnosis::VariableUnexpanded),
        (format!("{} {}", &key[..30], &key[30..]), Diagnosis::WhitespaceIncluded),
    ]
}

#[test]
fn each_diagnosis_is_told_with_its_advice_and_without_the_text() {
    for (text, diagnosis) in misshapen() {
        let input = format!("{text}\n");
        let from_input = explain(&["-"], input.as_bytes());
        let as_json = explain(&["--json"], input.as_bytes());
        let as_argument = explain(&[&text], b"");
        for output in [&from_input, &as_json, &as_argument] {
            let (out, err) = said_without(output, &text);
            assert_eq!(output.status.code(), Some(1), "{diagnosis:?}: {out}{err}");
            assert!(out.contains(diagnosis.code()), "{diagnosis:?}: {out}");
            assert!(out.contains(diagnosis.advice()), "{diagnosis:?}: {out}");
            assert_eq!(out.lines().count(), 1, "{diagnosis:?}: {out}");
        }
        assert!(from_input.stderr.is_empty() && as_json.stderr.is_empty());
        let json: serde_json::Value = serde_json::from_slice(&as_json.stdout).expect("JSON");
        assert_eq!(json["well_formed"], false);
        assert_eq!(json["diagnosis"], diagnosis.code());
    }
}

#[test]
fn every_diagnosis_is_in_the_table_unless_text_alone_cannot_have_it() {
    let told: Vec<Diagnosis> = misshapen().into_iter().map(|(_, diagnosis)| diagnosis).collect();
    let needs_a_request = [
        Diagnosis::DroppedByProxy,
        Diagnosis::InUrl,
        Diagnosis::LeftOut,
        Diagnosis::Missing,
        Diagnosis::SchemeMissing,
        Diagnosis::WrongHeader,
        // Every prefix that is known here counts as one's own.
        Diagnosis::OtherRealm,
    ];
    for diagnosis in Diagnosis::ALL.iter() {
        assert_ne!(told.contains(diagnosis), needs_a_request.contains(diagnosis), "{diagnosis:?}");
    }
}

#[track_caller]
fn well_formed(prefix: &str, arguments: &[&str], whose: &str) {
    let key = key(prefix);
    let output = explain(arguments, format!("{key}\n").as_bytes());
    let (out, err) = said_without(&output, &key);
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    let body = &key[prefix.len()..];
    let hint = format!("{prefix}{}…{}", &body[..4], &body[body.len() - 4..]);
    assert!(out.starts_with(&format!("Well formed. {whose}")), "{out}");
    assert!(out.contains(&hint), "{out}");
    assert!(out.contains("says nothing about whether the key was issued"), "{out}");
    assert_eq!(err, "");
}

#[test]
fn a_well_formed_key_is_told_with_its_api_and_its_hint() {
    well_formed(
        "$aact_hmlg_",
        &["-"],
        "A key of an API in the dialect asaas, environment sandbox.",
    );
    well_formed(
        "$aact_prod_",
        &[],
        "A key of an API in the dialect asaas, environment production.",
    );
    well_formed("AS_", &["-"], "A key of an API in the dialect autosend, of any environment");
    well_formed("ASA_", &["-"], "A key of an API in the dialect autosend, of any environment");
    well_formed("chv_admin_", &["-"], "An admin key of an operator");
    well_formed("chv_verify_", &["-"], "A verifier key of an operator");
}

#[test]
fn a_configuration_adds_its_prefixes_and_realms() {
    let config = ["-", "--config", "f.toml"];
    well_formed(
        "acme_live_",
        &config,
        "A key of realm orders, in the dialect native, environment live.",
    );
    well_formed(
        "$aact_hmlg_",
        &config,
        "A key of realm payments, in the dialect asaas, environment sandbox.",
    );
    well_formed("AS_", &config, "A key of an API in the dialect autosend");
    let output = explain(&["-"], key("acme_live_").as_bytes());
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_json_of_a_well_formed_key_is_one_line() {
    for (prefix, expected) in [
        ("ASA_", r#"{"kind":"key","dialect":"autosend","reach":"descendants"}"#),
        ("AS_", r#"{"kind":"key","dialect":"autosend","reach":"own"}"#),
        (
            "$aact_prod_",
            r#"{"kind":"key","dialect":"asaas","environment":"production","reach":"own"}"#,
        ),
        ("chv_admin_", r#"{"kind":"operator_key","role":"admin","dialect":null,"reach":null}"#),
    ] {
        let key = key(prefix);
        let output = explain(&["--json", "-"], key.as_bytes());
        let (out, _) = said_without(&output, &key);
        assert_eq!(out.lines().count(), 1);
        let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        let expected: serde_json::Value = serde_json::from_str(expected).expect("JSON");
        for (name, value) in expected.as_object().expect("an object") {
            assert_eq!(json[name], *value, "{prefix} {name}");
        }
        assert_eq!(json["well_formed"], true);
    }
}

#[test]
fn a_key_as_an_argument_is_warned_about_once() {
    let key = key("$aact_hmlg_");
    for arguments in [&[&key[..]][..], &[&key, "--json"], &["--json", &key]] {
        let output = explain(arguments, b"");
        let (out, err) = said_without(&output, &key);
        assert_eq!(output.status.code(), Some(0), "{out}{err}");
        assert_eq!(err.matches("shell's history").count(), 1, "{err}");
        assert_eq!(out.starts_with('{'), arguments.len() == 2, "{out}");
    }
}

#[test]
fn words_that_should_have_been_quoted_are_one_text() {
    let key = key("$aact_hmlg_");
    for (arguments, diagnosis) in [
        (&["Bearer", &key[..]][..], Diagnosis::BearerIncluded),
        (&[&key[..30], &key[30..]], Diagnosis::WhitespaceIncluded),
        (&[&key[..30], &key[30..], "--json"], Diagnosis::WhitespaceIncluded),
        (&["-", &key], Diagnosis::WhitespaceIncluded),
    ] {
        let output = explain(arguments, b"");
        let (out, err) = said_without(&output, &key);
        assert_eq!(output.status.code(), Some(1), "{out}{err}");
        assert!(out.contains(diagnosis.code()), "{out}");
    }
}

#[test]
fn bytes_that_are_no_text_are_diagnosed() {
    let output = explain(&["-"], &[0xff, 0xfe, 0x00, 0x41]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).0.contains(Diagnosis::NotAscii.code()));
}

#[test]
fn a_configuration_with_faults_is_told_before_anything_is_read() {
    let key = key("$aact_hmlg_");
    let output = explain(&["-", "--config", "absent.toml"], key.as_bytes());
    let (out, err) = said_without(&output, &key);
    assert_eq!((output.status.code(), &out[..]), (Some(2), ""));
    assert!(err.starts_with("absent.toml: There is no such configuration file."), "{err}");
}
