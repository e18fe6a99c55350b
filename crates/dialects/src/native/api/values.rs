//! Readers of single values: texts, names, instants, lists of addresses.
//!
//! Must not repeat a text that may be a key, and must not take one value for another: a number is
//! no text, null is no empty list.

use domain::account::{LIMIT_MAX, LimitRule};
use domain::contacts::{CONTACTS_MAX, Contacts, ContactsError};
use domain::ip_list::{IP_RULES_MAX, IpList, IpListError, IpRule};
use domain::language::{Language, LanguageRule};
use domain::mail::MailAddress;
use domain::name::DisplayName;
use domain::realm::Realm;
use domain::time::{NotATimestamp, Timestamp};
use serde_json::value::RawValue;

use super::object::{Read, Wrong, may_be_shown};
use crate::key_inside::holds_a_key;

/// A text.
pub(super) fn text(raw: &RawValue) -> Read<String> {
    serde_json::from_str(raw.get()).map_err(|_| Wrong::here("must be a text"))
}

/// A text, or null for none.
pub(super) fn text_or_null(raw: &RawValue) -> Read<Option<String>> {
    serde_json::from_str(raw.get()).map_err(|_| Wrong::here("must be a text, or null"))
}

/// True or false.
pub(super) fn truth(raw: &RawValue) -> Read<bool> {
    serde_json::from_str(raw.get()).map_err(|_| Wrong::here("must be true or false"))
}

/// How many an account may have, or null for what its realm says.
pub(super) fn limit_or_null(raw: &RawValue) -> Read<LimitRule> {
    let number: Result<Option<u32>, _> = serde_json::from_str(raw.get());
    match number {
        Ok(None) => Ok(LimitRule::OfRealm),
        Ok(Some(limit)) if limit <= LIMIT_MAX => Ok(LimitRule::Own(limit)),
        Ok(Some(_)) | Err(_) => {
            Err(Wrong::here(format!("must be a whole number from 0 to {LIMIT_MAX}, or null")))
        }
    }
}

/// A number from one to the most.
pub(super) fn count(raw: &RawValue, most: u32) -> Read<u32> {
    let count = serde_json::from_str(raw.get()).ok().filter(|count| (1..=most).contains(count));
    count.ok_or_else(|| Wrong::here(format!("must be a number from 1 to {most}")))
}

/// The elements of a list that has at most so many.
pub(super) fn list(raw: &RawValue, most: usize) -> Read<Vec<&RawValue>> {
    let elements: Vec<&RawValue> =
        serde_json::from_str(raw.get()).map_err(|_| Wrong::here("must be a list"))?;
    if elements.len() > most {
        return Err(Wrong::here(format!("has more than {most} entries")));
    }
    Ok(elements)
}

/// A name that people give.
pub(super) fn name(raw: &RawValue) -> Read<DisplayName> {
    DisplayName::parse(&text(raw)?).map_err(|error| Wrong::here(error.to_string()))
}

/// An instant, or null for none.
pub(super) fn instant_or_null(raw: &RawValue) -> Read<Option<Timestamp>> {
    let wrong = |NotATimestamp| Wrong::here(NotATimestamp.to_string());
    let text = text_or_null(raw).map_err(|_| wrong(NotATimestamp))?;
    text.map(|text| instant(&text).map_err(wrong)).transpose()
}

/// Reads RFC 3339 to the letter: other forms of ISO 8601, zone names and leap seconds, which
/// would have to be rounded, are not instants here.
pub(super) fn instant(text: &str) -> Result<Timestamp, NotATimestamp> {
    let (local, zone) = text.split_at_checked(19).ok_or(NotATimestamp)?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let shape = local.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    if !shape || local.ends_with("60") {
        return Err(NotATimestamp);
    }
    let zone = match zone.strip_prefix('.') {
        None => zone,
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            if !(1..=9).contains(&end) {
                return Err(NotATimestamp);
            }
            &rest[end..]
        }
    };
    let offset = |rest: &str| {
        rest.split_once(':').is_some_and(|(hours, minutes)| {
            let below = |text: &str, end: &str| text.len() == 2 && digits(text) && text < end;
            below(hours, "24") && below(minutes, "60")
        })
    };
    if zone == "Z" || zone.strip_prefix(['+', '-']).is_some_and(offset) {
        Timestamp::parse_rfc3339(text)
    } else {
        Err(NotATimestamp)
    }
}

/// A mail address, and nothing that may hold a key of this realm.
pub(super) fn mail(raw: &RawValue, realm: &Realm) -> Read<MailAddress> {
    let text = text(raw)?;
    if holds_a_key(&text, realm) {
        return Err(Wrong::here("holds an API key: write the address of a person"));
    }
    MailAddress::parse(&text).map_err(|error| Wrong::here(error.to_string()))
}

/// Who is written to: few, and each once.
pub(super) fn contacts(raw: &RawValue, realm: &Realm) -> Read<Contacts> {
    let mut addresses = Vec::new();
    let mut wrong = Wrong::nothing();
    for (at, raw) in list(raw, CONTACTS_MAX)?.into_iter().enumerate() {
        match mail(raw, realm) {
            Ok(address) => addresses.push(address),
            Err(below) => wrong.add(&format!("[{at}]"), below),
        }
    }
    let addresses = wrong.unless(Some(addresses))?;
    Contacts::new(addresses).map_err(|error| {
        let mut wrong = Wrong::nothing();
        let at = match error {
            ContactsError::TooMany => String::new(),
            ContactsError::Twice(at) => format!("[{at}]"),
        };
        wrong.add(&at, Wrong::here(error.to_string()));
        wrong
    })
}

/// The word for a language.
pub(super) const fn language_word(language: Language) -> &'static str {
    match language {
        Language::Portuguese => "pt",
        Language::English => "en",
    }
}

/// A language, or null for what the realm says.
pub(super) fn language_or_null(raw: &RawValue) -> Read<LanguageRule> {
    let wrong = || Wrong::here("must be pt, en or null");
    let Some(word) = text_or_null(raw).map_err(|_| wrong())? else {
        return Ok(LanguageRule::OfRealm);
    };
    let known = [Language::Portuguese, Language::English];
    let found = known.into_iter().find(|language| language_word(*language) == word);
    found.map(LanguageRule::Own).ok_or_else(wrong)
}

/// A list of addresses; an empty one allows any.
pub(super) fn ip_list(raw: &RawValue) -> Read<IpList> {
    let mut texts = Vec::new();
    let mut wrong = Wrong::nothing();
    for (at, raw) in list(raw, IP_RULES_MAX)?.into_iter().enumerate() {
        match text(raw).and_then(rule) {
            Ok(text) => texts.push(text),
            Err(below) => wrong.add(&format!("[{at}]"), below),
        }
    }
    let texts = wrong.unless(Some(texts))?;
    IpList::parse(texts.iter().map(String::as_str)).map_err(|error| Wrong::here(told(&error)))
}

/// The text, if it is a rule.
fn rule(text: String) -> Read<String> {
    match IpRule::parse(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Wrong::here(told(&error))),
    }
}

fn told(error: &IpListError) -> String {
    match error {
        IpListError::Unreadable(text) if !may_be_shown(text) => {
            "is not an address, a block such as 203.0.113.0/24, or an interval".to_owned()
        }
        IpListError::Unreadable(_)
        | IpListError::Backwards(_)
        | IpListError::Everything(_)
        | IpListError::TooMany => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let found = instant(text).ok().map(Timestamp::to_rfc3339);
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn an_instant_is_rfc_3339_to_the_letter() {
        check("2026-12-31T12:30:50Z", Some("2026-12-31T12:30:50.000Z"));
        check("2026-12-31T12:30:50.123456789Z", Some("2026-12-31T12:30:50.123Z"));
        check("2026-12-31T12:30:50-03:00", Some("2026-12-31T15:30:50.000Z"));
        check("2028-02-29T00:00:00Z", Some("2028-02-29T00:00:00.000Z"));
        for text in [
            "",
            "2026-12-31",
            "2026-12-31T12:30:50",
            "2026-12-31 12:30:50Z",
            "2026-12-31T12:30Z",
            "20261231T123050Z",
            "2026-12-31T12:30:50Z[UTC]",
            "2026-12-31T12:30:50+0300",
            "2026-12-31T12:30:50.Z",
            "2026-12-31T12:30:50.1234567890Z",
            "2026-12-31T23:59:60Z",
            "2026-12-31T24:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "+2026-12-31T12:30:50Z",
            "２026-12-31T12:30:50Z",
        ] {
            check(text, None);
        }
    }
}
