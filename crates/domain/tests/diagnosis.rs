//! The table of wrong texts and what is said about each. Speaks of the public function alone.

use domain::diagnosis::{Diagnosis, diagnose, is_well_formed};
use domain::entropy::Entropy;
use domain::key_text::mint;
use domain::prefix::{KeyPrefix, KeyPrefixes, Reach};
use proptest::prelude::*;

struct Sevens;
impl Entropy for Sevens {
    fn fill(&mut self, buffer: &mut [u8]) {
        for (at, slot) in buffer.iter_mut().enumerate() {
            *slot = u8::try_from(at % 200).expect("below 200") ^ 7;
        }
    }
}

fn prefixes() -> KeyPrefixes {
    let own = ["$aact_prod_", "$aact_hmlg_"]
        .map(|text| KeyPrefix::new(text, None, Reach::Own).expect("a prefix"));
    KeyPrefixes::new(own.to_vec(), ["AS_".to_owned(), "ASA_".to_owned()])
}

fn good() -> String {
    let own = prefixes();
    mint(&own.own()[0], &mut Sevens).text.expose().to_owned()
}

#[track_caller]
fn check(text: &str, expected: Diagnosis) {
    let own = prefixes();
    assert!(!is_well_formed(text.as_bytes(), &own), "{text:?} must not be accepted");
    assert_eq!(diagnose(text.as_bytes(), &own), expected, "{text:?}");
}

#[test]
fn a_lost_dollar_is_named() {
    check(&good()[1..], Diagnosis::DollarLost);
    check("aact_prod_", Diagnosis::DollarLost);
    check("aact_hmlg_000abc", Diagnosis::DollarLost);
}

#[test]
fn a_doubled_dollar_is_named() {
    check(&format!("${}", good()), Diagnosis::DollarDoubled);
}

#[test]
fn what_expanded_to_nothing_is_named() {
    check("", Diagnosis::Empty);
    check("   ", Diagnosis::Empty);
}

#[test]
fn a_variable_that_was_not_expanded_is_named() {
    for text in [
        "$ASAAS_API_KEY",
        "${ASAAS_API_KEY}",
        "%ASAAS_KEY%",
        "{{ asaas_key }}",
        "$api_key",
        "$(pass)",
    ] {
        if text.contains(' ') {
            check(text, Diagnosis::WhitespaceIncluded);
        } else {
            check(text, Diagnosis::VariableUnexpanded);
        }
    }
}

#[test]
fn a_placeholder_is_named() {
    for text in [
        "$aact_prod_xxxxxxxxxxxxxxxx",
        "$aact_hmlg_...",
        "$aact_prod_…",
        "AS_your_project_api_key",
        "<your_api_key>",
    ] {
        check(text, Diagnosis::Placeholder);
    }
}

#[test]
fn what_was_wrapped_around_the_key_is_named() {
    let key = good();
    check(&format!("\"{key}\""), Diagnosis::QuotesIncluded);
    check(&format!("'{key}'"), Diagnosis::QuotesIncluded);
    check(&format!("“{key}”"), Diagnosis::QuotesIncluded);
    check(&format!("{key}'"), Diagnosis::QuotesIncluded);
    check(&format!("Bearer {key}"), Diagnosis::BearerIncluded);
    check(&format!("bearer {key}"), Diagnosis::BearerIncluded);
    check(&format!("{key}\n"), Diagnosis::LineBreakIncluded);
    check(&format!("{}\r\n{}", &key[..30], &key[30..]), Diagnosis::LineBreakIncluded);
    check(&format!("{key}\\n"), Diagnosis::LineBreakIncluded);
    check(&format!("{} {}", &key[..30], &key[30..]), Diagnosis::WhitespaceIncluded);
    check(&format!(" {key}"), Diagnosis::WhitespaceIncluded);
    check(&format!("{key}\u{a0}"), Diagnosis::WhitespaceIncluded);
    check(&format!("\\{key}"), Diagnosis::BackslashIncluded);
    check(&format!("%24{}", &key[1..]), Diagnosis::PercentEncoded);
}

#[test]
fn a_key_of_the_wrong_length_is_named() {
    let key = good();
    check(&key[..key.len() - 1], Diagnosis::Truncated);
    check("$aact_prod_", Diagnosis::Truncated);
    check(&format!("{key}0"), Diagnosis::TooLong);
    check(&key.repeat(2), Diagnosis::ForeignLetter);
    check(&"A".repeat(8_192), Diagnosis::TooLong);
    check(&format!("{key}{}", "A".repeat(8_192)), Diagnosis::TooLong);
}

#[test]
fn swapped_and_changed_letters_are_named() {
    let key = good();
    let mut swapped: Vec<u8> = key.clone().into_bytes();
    let at = (20..50).find(|&at| swapped[at] != swapped[at + 1]).expect("two letters differ");
    swapped.swap(at, at + 1);
    check(std::str::from_utf8(&swapped).expect("ASCII"), Diagnosis::LettersSwapped);
    let cased: String =
        key.chars().enumerate().map(|(at, c)| if at > 20 { swap_case(c) } else { c }).collect();
    check(&cased, Diagnosis::LettersSwapped);
    check(&key.to_uppercase(), Diagnosis::CaseChanged);
}

fn swap_case(c: char) -> char {
    if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
}

#[test]
fn letters_that_no_key_has_are_named() {
    let key = good();
    check(&format!("{}-{}", &key[..30], &key[31..]), Diagnosis::ForeignLetter);
    check(&format!("{}а{}", &key[..30], &key[31..]), Diagnosis::NotAscii);
    check(&format!("＄{}", &key[1..]), Diagnosis::NotAscii);
    assert_eq!(diagnose(b"$aact_prod_\xc3\x28", &prefixes()), Diagnosis::NotAscii);
}

#[test]
fn a_key_of_another_api_is_named() {
    check("AS_0123456789", Diagnosis::OtherRealm);
    check("ASA_0123456789", Diagnosis::OtherRealm);
    check("sk_live_0123456789", Diagnosis::NotAKey);
    check("hello", Diagnosis::NotAKey);
}

#[test]
fn every_sentence_can_stand_in_a_header() {
    for diagnosis in Diagnosis::ALL {
        let advice = diagnosis.advice();
        assert!(advice.bytes().all(|b| (0x20..0x7f).contains(&b)), "{advice}");
        assert!(advice.ends_with('.') && advice.len() <= 200, "{advice}");
    }
}

#[test]
fn codes_are_all_different() {
    let mut codes: Vec<_> = Diagnosis::ALL.iter().map(|diagnosis| diagnosis.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Diagnosis::ALL.len());
}

proptest! {
    #[test]
    fn any_bytes_get_a_diagnosis(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let own = prefixes();
        prop_assume!(!is_well_formed(&bytes, &own));
        prop_assert!(!diagnose(&bytes, &own).advice().is_empty());
    }
}
