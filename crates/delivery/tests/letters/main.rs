//! Letters as people read them, compared with the pages in `goldens`.
//!
//! A golden is read by somebody who speaks its language before it is kept. `RENEW_LETTERS=1` writes
//! them anew. Must not test who is written to.

use std::path::Path;

use delivery::letters::{DIGEST_MAX, LetterScribe};
use domain::delivery::Ending;
use domain::hint::KeyHint;
use domain::ids::{KeyId, WebhookId};
use domain::language::Language;
use domain::letter::{KeyNews, KeyStep, WebhookNews, WebhookTrouble};
use domain::name::DisplayName;
use domain::time::Timestamp;
use domain::webhook::WebhookUrl;
use engine::ports::scribe::{Matter, Notice, Scribe as _};
use jiff::tz::TimeZone;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("an instant")
}

fn news(step: KeyStep, name: &str) -> KeyNews {
    KeyNews {
        step,
        key: KeyId::from_u128(7),
        name: DisplayName::parse(name).expect("a name"),
        hint: KeyHint::from_stored("$aact_prod_k3Fz…9xQ2"),
        idle_since: at("2026-02-01T02:59:59Z"),
        at: at("2026-05-01T03:00:00Z"),
        expires_at: Some(at("2026-08-01T13:05:00Z")),
    }
}

/// The same news, each of another key.
fn each_of_its_own(news: Vec<KeyNews>) -> Vec<KeyNews> {
    let keys = (7..).map(KeyId::from_u128);
    keys.zip(news).map(|(key, news)| KeyNews { key, ..news }).collect()
}

/// A name that turns round what follows it, ends what it stands in, and holds addresses.
const MISLEADING: &str =
    "a\u{202e}gpj\u{2069}\u{2069} http://evil.example/x www.evil.example me@evil.example";

fn notice(matter: Matter) -> Notice {
    Notice {
        place: "payments (production)".to_owned(),
        zone: TimeZone::get("America/Sao_Paulo").expect("a zone"),
        link: "https://keys.example.com/accounts/1?tab=keys&key=2".to_owned(),
        matter,
    }
}

fn webhook(trouble: WebhookTrouble) -> Matter {
    let url = "https://hooks.example.com:8443/in/tok-in-path?token=query-token";
    Matter::Webhook(WebhookNews {
        webhook: WebhookId::from_u128(8),
        name: DisplayName::parse("Pedidos").expect("a name"),
        origin: WebhookUrl::parse(url).expect("an address").origin(),
        trouble,
    })
}

/// One of every kind.
fn notices() -> Vec<(&'static str, Notice)> {
    let key = |step| Matter::Key(news(step, "Loja nº 1"));
    let forever = KeyNews { expires_at: None, ..news(KeyStep::Disabled, "Loja nº 1") };
    let several = each_of_its_own(vec![
        news(KeyStep::Disabled, "Loja nº 1"),
        news(KeyStep::ExpiringSoon, "Caixa <2> & \"filhos\""),
        news(KeyStep::Expired, "Antiga"),
        news(KeyStep::ExpiredByDate, "Campanha"),
        news(KeyStep::Exposed, "Site"),
        news(KeyStep::ExposedAndDisabled, "Parceiro"),
        news(KeyStep::SentInTheClear, "Totem"),
    ]);
    let many = each_of_its_own(vec![news(KeyStep::ExpiringSoon, "Loja"); DIGEST_MAX + 2]);
    let steps = [KeyStep::Disabled, KeyStep::ExpiringSoon].map(|step| news(step, "Loja nº 1"));
    let failing = |failures, last| WebhookTrouble::Failing { failures, last };
    let interrupted = WebhookTrouble::Interrupted { last: Ending::NoConnection };
    let youngest_at = at("2026-05-01T03:00:00Z");
    let deleted = |count| WebhookTrouble::EventsDeleted { count, youngest_at };
    [
        ("disabled", key(KeyStep::Disabled)),
        ("disabled, without an end", Matter::Key(forever)),
        ("expiring soon", key(KeyStep::ExpiringSoon)),
        ("of a misleading name", Matter::Key(news(KeyStep::Disabled, MISLEADING))),
        ("expired", key(KeyStep::Expired)),
        ("expired by its date", key(KeyStep::ExpiredByDate)),
        ("exposed", key(KeyStep::Exposed)),
        ("exposed and disabled", key(KeyStep::ExposedAndDisabled)),
        ("sent in the clear", key(KeyStep::SentInTheClear)),
        ("digest", Matter::Digest(several)),
        ("digest of too many", Matter::Digest(many)),
        ("digest of one key", Matter::Digest(steps.into())),
        ("failing", webhook(failing(5, Ending::Answered(500)))),
        ("failing still", webhook(failing(10, Ending::TlsRefused))),
        ("interrupted", webhook(interrupted)),
        ("one event deleted", webhook(deleted(1))),
        ("events deleted", webhook(deleted(312))),
    ]
    .map(|(name, matter)| (name, notice(matter)))
    .into()
}

fn check(file: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/letters/goldens").join(file);
    if std::env::var_os("RENEW_LETTERS").is_some() {
        std::fs::write(&path, now).expect("written");
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == now, "{file} is no longer what is written:\n{now}");
}

fn check_texts(language: Language, file: &str) {
    let mut all = String::new();
    for (name, notice) in notices() {
        let written = LetterScribe.write(&notice, language);
        assert!(!written.subject.contains('\n'), "a subject is one line");
        all += &format!("==== {name}\nSubject: {}\n\n{}", written.subject, written.text);
    }
    check(file, &all);
}

#[test]
fn letters_read_as_their_pages() {
    check_texts(Language::Portuguese, "pt-BR.txt");
    check_texts(Language::English, "en.txt");
}

#[test]
fn letters_look_as_their_pages() {
    for (name, notice) in notices() {
        let file = match name {
            "expiring soon" => "key",
            "digest" => "digest",
            "interrupted" => "webhook",
            _ => continue,
        };
        for language in [Language::Portuguese, Language::English] {
            check(
                &format!("{file}.{}.html", language.tag()),
                &LetterScribe.write(&notice, language).html,
            );
        }
    }
}

#[test]
fn a_name_is_text_and_never_a_part_of_the_page() {
    let name = "<img src=x onerror=alert(1)> & \"' {{ 7 * 7 }}";
    for language in [Language::Portuguese, Language::English] {
        for matter in [
            Matter::Key(news(KeyStep::Disabled, name)),
            Matter::Digest(vec![news(KeyStep::Disabled, name); 2]),
        ] {
            let written = LetterScribe.write(&notice(matter), language);
            assert!(written.text.contains(name), "in plain text it is itself");
            assert!(!written.html.contains("<img") && !written.html.contains(name));
            assert!(written.html.contains("&#60;img src=x onerror=alert(1)&#62; &#38; &#34;&#39;"));
        }
    }
}

#[test]
fn of_a_receiver_only_scheme_and_host_are_told() {
    for (_, notice) in notices() {
        for language in [Language::Portuguese, Language::English] {
            let written = LetterScribe.write(&notice, language);
            for text in [written.subject, written.text, written.html] {
                assert!(!text.contains("tok-in-path") && !text.contains("query-token"), "{text}");
            }
        }
    }
}

/// Every mark of direction that is not an isolate of ours stands inside one.
fn is_held(text: &str) -> bool {
    let mut depth = 0;
    for letter in text.chars() {
        match letter {
            '\u{2068}' => depth += 1,
            '\u{2069}' => depth -= 1,
            '\u{2066}' | '\u{2067}' => return false,
            '\u{202a}'..='\u{202e}' if depth != 1 => return false,
            _ => {}
        }
        if !(0..=1).contains(&depth) {
            return false;
        }
    }
    depth == 0
}

#[test]
fn a_name_turns_nothing_round_but_itself_and_is_no_link() {
    let of_webhook = |name: &str| match webhook(WebhookTrouble::EventsDeleted {
        count: 1,
        youngest_at: at("2026-05-01T03:00:00Z"),
    }) {
        Matter::Webhook(news) => {
            Matter::Webhook(WebhookNews { name: DisplayName::parse(name).expect("a name"), ..news })
        }
        other @ (Matter::Key(_) | Matter::Digest(_)) => other,
    };
    for language in [Language::Portuguese, Language::English] {
        for matter in [
            Matter::Key(news(KeyStep::Disabled, MISLEADING)),
            Matter::Digest(vec![news(KeyStep::Disabled, MISLEADING); 2]),
            of_webhook(MISLEADING),
        ] {
            let written = LetterScribe.write(&notice(matter), language);
            let (_, body) = written.html.split_once("</title>").expect("a title");
            let body = body.replace("<bdi>", "\u{2068}").replace("</bdi>", "\u{2069}");
            for text in [&written.subject, &written.text, &body] {
                assert!(is_held(text), "{text:?}");
                for link in ["http://evil", "evil.example", "www.evil", "me@evil"] {
                    assert!(!text.contains(link), "{link}: {text:?}");
                }
            }
            let marks = ['\u{2068}', '\u{2069}'];
            let (_, body) = written.html.split_once("</title>").expect("a title");
            assert!(body.contains("<bdi>") && !body.contains(marks), "in HTML it is an element");
        }
    }
}
