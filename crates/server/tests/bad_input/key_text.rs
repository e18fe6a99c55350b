//! The text of a key: one spelling opens, every other one is told that it is no key.

use super::request::{Exchange, Request};
use super::stage::{Door, GOOD, Stage};

/// The letters of a key, in the order of their values.
pub(crate) const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// How long the check at the end is.
const CHECK: usize = 6;

/// The six letters that belong at the end of this.
pub(crate) fn check_of(text: &str) -> String {
    let mut sum = u32::MAX;
    for byte in text.bytes() {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 };
        }
    }
    let mut rest = !sum;
    let mut letters = [0; CHECK];
    for letter in letters.iter_mut().rev() {
        *letter = LETTERS[rest as usize % 62];
        rest /= 62;
    }
    String::from_utf8_lossy(&letters).into_owned()
}

/// The key with other letters in its middle and the right check.
pub(crate) fn forged(key: &str, from: usize, letters: &str) -> String {
    let end = key.len() - CHECK;
    let body = format!("{}{letters}{}", &key[..from], &key[from + letters.len()..end]);
    format!("{body}{}", check_of(&body))
}

fn ask(stage: &Stage, door: Door, value: &[u8]) -> Exchange {
    let request = Request::last(GOOD).line([b"access_token: ", value].concat()).end();
    Exchange::with(&stage.address(door), &request)
}

/// Asks with something that is no key, and sees that all is well afterwards.
fn no_key(stage: &Stage, case: &str, value: impl AsRef<[u8]>) {
    let exchange = ask(stage, Door::Sandbox, value.as_ref());
    malformed(stage, case, &exchange);
    stage.serves(case);
}

fn malformed(stage: &Stage, case: &str, exchange: &Exchange) {
    let code = &exchange.json()["errors"][0]["code"];
    let so = exchange.status() == 401 && code == "invalid_access_token_format";
    stage.note(case, so, exchange);
}

#[test]
fn a_key_without_its_dollar_is_told_so_and_never_taken() {
    let stage = Stage::open();
    let key = stage.key();
    let (_, rest) = key.split_once('$').expect("a dollar");
    for value in [rest.to_owned(), format!("%24{rest}"), format!("\\${rest}"), format!("$${rest}")]
    {
        no_key(&stage, &value, &value);
    }
    let hint = ask(&stage, Door::Sandbox, rest.as_bytes()).header("chaveiro-hint");
    stage.note("hint", hint.as_ref().is_some_and(|hint| hint.contains("dollar")), &hint);
}

#[test]
fn what_only_looks_like_a_key_is_no_key() {
    let stage = Stage::open();
    let key = stage.key();
    let rest = &key[1..];
    no_key(&stage, "a wide dollar", format!("\u{ff04}{rest}"));
    no_key(&stage, "a Cyrillic letter", key.replacen('a', "\u{430}", 1));
    no_key(&stage, "a combining mark behind", format!("{key}\u{301}"));
    no_key(&stage, "a combining mark within", format!("{}\u{301}{}", &key[..30], &key[30..]));
    no_key(&stage, "a joiner within", format!("{}\u{200d}{}", &key[..30], &key[30..]));
    no_key(&stage, "a mark of direction", format!("\u{202e}{key}"));
    no_key(&stage, "a byte order mark", format!("\u{feff}{key}"));
    no_key(&stage, "wide letters", key.replacen("hmlg", "ｈｍｌｇ", 1));
    for (case, bytes) in [
        ("a pair that is none", &b"\xC3\x28"[..]),
        ("a lone continuation", b"\x80"),
        ("an over-long slash", b"\xC0\xAF"),
        ("a surrogate", b"\xED\xA0\x80"),
        ("no byte of text", b"\xFF"),
    ] {
        no_key(&stage, case, [key.as_bytes(), bytes].concat());
        no_key(&stage, case, [bytes, key.as_bytes()].concat());
        no_key(&stage, case, [&key.as_bytes()[..40], bytes, &key.as_bytes()[40..]].concat());
    }
    for value in ["\"\"", "undefined", "null", "$aact", "$aact_hmlg_", "${ASAAS_KEY}", "a,b"] {
        no_key(&stage, value, value);
    }
}

#[test]
fn a_key_with_one_other_letter_is_no_key_wherever_it_is() {
    let stage = Stage::open();
    let key = stage.key();
    for place in 0..key.len() {
        let value = LETTERS.iter().position(|letter| *letter == key.as_bytes()[place]);
        let mut tried = 0;
        // Its neighbours, one of another case, and one from far away.
        for step in [1, 26, 36, 61] {
            let letter = LETTERS[value.map_or(step, |value| (value + step) % 62)];
            let mut text = key.clone().into_bytes();
            text[place] = letter;
            let exchange = ask(&stage, Door::Sandbox, &text);
            // In the part that names the environment, another word may be read.
            let case = format!("{} at {place}", char::from(letter));
            stage.note(&case, exchange.status() == 401, &exchange);
            if place >= 11 {
                malformed(&stage, &case, &exchange);
            }
            tried += 1;
        }
        assert_eq!(tried, 4, "at {place}");
    }
    stage.serves("all substitutions");
}

#[test]
fn only_one_text_is_the_key() {
    let stage = Stage::open();
    let key = stage.key();
    let (prefix, body) = key.split_at(11);
    let recased = |text: &str| -> String {
        let swap = |c: char| {
            if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
        };
        text.chars().map(swap).collect()
    };
    no_key(&stage, "all cases swapped", recased(&key));
    no_key(&stage, "cases of the body swapped", format!("{prefix}{}", recased(body)));
    no_key(&stage, "in capitals", key.to_uppercase());
    no_key(&stage, "in small letters", key.to_lowercase());
    no_key(&stage, "the prefix in capitals", format!("{}{body}", prefix.to_uppercase()));
    for letter in ["-", "_", "+", "/", "=", ".", "~", "!"] {
        let text = format!("{}{letter}{}", &key[..30], &key[31..]);
        no_key(&stage, letter, &text);
        let made = &text[..text.len() - CHECK];
        no_key(&stage, letter, format!("{made}{}", check_of(made)));
    }
    let end = key.len() - CHECK;
    let checked = |text: String| format!("{text}{}", check_of(&text));
    no_key(&stage, "a zero before the number", format!("{prefix}0{body}"));
    no_key(&stage, "and the check to it", checked(format!("{prefix}0{}", &key[11..end])));
    no_key(
        &stage,
        "a zero before the secret",
        checked(format!("{}0{}", &key[..28], &key[28..end])),
    );
    no_key(&stage, "a zero before the check", format!("{}0{}", &key[..end], &key[end..]));
    no_key(&stage, "one letter less", &key[..key.len() - 1]);
    no_key(&stage, "a secret of 31", checked(key[..end - 1].to_owned()));
    no_key(&stage, "a secret of 33", checked(format!("{}0", &key[..end])));
    no_key(&stage, "the check alone", &key[end..]);
    no_key(&stage, "twice in a row", format!("{key}{key}"));
    no_key(&stage, "quoted", format!("\"{key}\""));
    no_key(&stage, "with a comma", format!("{key},"));
    no_key(&stage, "as a bearer", format!("Bearer {key}"));
    no_key(&stage, "its length in eight KiB", "a".repeat(8_192));
    no_key(&stage, "itself and eight KiB", format!("{key}{}", "a".repeat(8_192)));
}

#[test]
fn the_forger_of_this_test_can_write_a_key() {
    let stage = Stage::open();
    let key = stage.key();
    stage.note("the check", check_of(&key[..key.len() - CHECK]) == key[key.len() - CHECK..], "");
    stage.note("nothing changed", forged(&key, 20, &key[20..30]) == key, "");
    stage.serves("afterwards");
}
