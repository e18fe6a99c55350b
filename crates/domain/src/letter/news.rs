//! One piece of news, with all that is told of it, as it was when it happened.
//!
//! Whoever writes the letter again needs nothing else. Must not hold a letter of a secret; of a
//! receiver's address it holds scheme and host alone, because the rest may be one.

use crate::account::Branding;
use crate::audit::EventKind;
use crate::delivery::Ending;
use crate::exposure::ExposureCause;
use crate::hint::KeyHint;
use crate::ids::{KeyId, WebhookId};
use crate::key::{DisabledCause, ExpiredCause, KeyState};
use crate::name::DisplayName;
use crate::time::Timestamp;

/// Something that the people of an account are to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A step of a key.
    Key(KeyNews),
    /// Trouble with a webhook.
    Webhook(WebhookNews),
}

/// A step of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyNews {
    /// What happened to it.
    pub step: KeyStep,
    /// Which key.
    pub key: KeyId,
    /// What people call it.
    pub name: DisplayName,
    /// How its text begins and ends.
    pub hint: KeyHint,
    /// Since when it was not used.
    pub idle_since: Timestamp,
    /// When it happened.
    pub at: Timestamp,
    /// When the key expires, or expired, if it does.
    pub expires_at: Option<Timestamp>,
}

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStep {
    /// It was disabled because nobody used it.
    Disabled,
    /// It will expire because nobody uses it.
    ExpiringSoon,
    /// It expired because nobody used it.
    Expired,
    /// It expired by the date that was chosen for it.
    ExpiredByDate,
    /// Somebody says that others found it.
    Exposed,
    /// Somebody says that others found it, and it is disabled: by that, or it was before.
    ExposedAndDisabled,
    /// It was sent where others could read along.
    SentInTheClear,
}

/// Trouble with a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookNews {
    /// Which webhook.
    pub webhook: WebhookId,
    /// What people call it.
    pub name: DisplayName,
    /// Scheme and host of its receiver.
    pub origin: Box<str>,
    /// What is wrong.
    pub trouble: WebhookTrouble,
}

/// What is wrong with a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookTrouble {
    /// It failed so often in a row.
    Failing {
        /// How often so far.
        failures: u32,
        /// How the last attempt ended.
        last: Ending,
    },
    /// It failed too often; nothing is sent until somebody resumes it.
    Interrupted {
        /// How the last attempt ended.
        last: Ending,
    },
    /// Events waited for so long that they were deleted.
    EventsDeleted {
        /// How many.
        count: u32,
        /// When the youngest of them was put up.
        youngest_at: Timestamp,
    },
}

/// The text is no news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not what is kept of news")]
pub struct NotNews;

impl KeyStep {
    /// The step that an event tells of by mail; `None` where nobody is written to. The people of a
    /// white-label account never hear of us, and what somebody did by hand is known to them.
    #[must_use]
    pub const fn told(
        kind: EventKind,
        exposed: Option<ExposureCause>,
        state: KeyState,
        branding: Branding,
    ) -> Option<Self> {
        match (branding, kind, state) {
            (Branding::WhiteLabel, _, _) => None,
            (_, EventKind::Exposed, state) => match (exposed, state) {
                (Some(ExposureCause::InTheClear), _) => Some(Self::SentInTheClear),
                (Some(ExposureCause::Reported) | None, KeyState::Disabled(_)) => {
                    Some(Self::ExposedAndDisabled)
                }
                (
                    Some(ExposureCause::Reported) | None,
                    KeyState::Enabled | KeyState::Expired(_) | KeyState::Deleted,
                ) => Some(Self::Exposed),
            },
            (_, EventKind::Disabled, KeyState::Disabled(DisabledCause::LackOfUse)) => {
                Some(Self::Disabled)
            }
            (_, EventKind::ExpiringSoon, _) => Some(Self::ExpiringSoon),
            (_, EventKind::Expired, KeyState::Expired(ExpiredCause::Date)) => {
                Some(Self::ExpiredByDate)
            }
            (_, EventKind::Expired, _) => Some(Self::Expired),
            (
                Branding::Ours,
                EventKind::Created
                | EventKind::Deleted
                | EventKind::Disabled
                | EventKind::Enabled
                | EventKind::PermissionsChanged
                | EventKind::Rotated,
                _,
            ) => None,
        }
    }

    /// The stable name that is stored.
    const fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::ExpiringSoon => "expiring",
            Self::Expired => "expired",
            Self::ExpiredByDate => "date",
            Self::Exposed => "exposed",
            Self::ExposedAndDisabled => "exposed_off",
            Self::SentInTheClear => "clear",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        let all = [
            Self::Disabled,
            Self::ExpiringSoon,
            Self::Expired,
            Self::ExpiredByDate,
            Self::Exposed,
            Self::ExposedAndDisabled,
            Self::SentInTheClear,
        ];
        all.into_iter().find(|step| step.name() == name)
    }
}

impl News {
    /// A compact text for stores: what happened, its numbers (`-` for none), identity, hint or
    /// origin, and name, with blanks between them.
    #[must_use]
    pub fn to_compact(&self) -> String {
        match self {
            Self::Key(KeyNews { step, key, name, hint, idle_since, at, expires_at }) => {
                let end = expires_at.map_or_else(|| "-".to_owned(), |at| ms(at).to_string());
                let (idle, at) = (ms(*idle_since), ms(*at));
                format!("{} {idle} {at} {end} {key} {hint} {name}", step.name())
            }
            Self::Webhook(WebhookNews { webhook, name, origin, trouble }) => {
                let (what, number, other) = match trouble {
                    WebhookTrouble::Failing { failures, last } => {
                        ("failing", *failures, last.number().into())
                    }
                    WebhookTrouble::Interrupted { last } => {
                        ("interrupted", 0, last.number().into())
                    }
                    WebhookTrouble::EventsDeleted { count, youngest_at } => {
                        ("deleted", *count, ms(*youngest_at))
                    }
                };
                format!("{what} {number} {other} - {webhook} {origin} {name}")
            }
        }
    }

    /// Reads the compact text back.
    ///
    /// # Errors
    /// A damaged text.
    pub fn from_compact(text: &str) -> Result<Self, NotNews> {
        let parts: Vec<&str> = text.splitn(7, ' ').collect();
        let [what, first, second, third, id, seen, name] = parts[..] else { return Err(NotNews) };
        let name = DisplayName::parse(name).map_err(|_| NotNews)?;
        if let Some(step) = KeyStep::from_name(what) {
            let expires_at = if third == "-" { None } else { Some(instant(third)?) };
            let (key, hint) = (KeyId::parse(id).map_err(|_| NotNews)?, KeyHint::from_stored(seen));
            let (idle_since, at) = (instant(first)?, instant(second)?);
            return Ok(Self::Key(KeyNews { step, key, name, hint, idle_since, at, expires_at }));
        }
        let count: u32 = first.parse().map_err(|_| NotNews)?;
        let last = || {
            let number = second.parse().map_err(|_| NotNews)?;
            Ending::from_number(number).map_err(|_| NotNews)
        };
        let trouble = match what {
            "failing" => WebhookTrouble::Failing { failures: count, last: last()? },
            "interrupted" => WebhookTrouble::Interrupted { last: last()? },
            "deleted" => WebhookTrouble::EventsDeleted { count, youngest_at: instant(second)? },
            _ => return Err(NotNews),
        };
        let webhook = WebhookId::parse(id).map_err(|_| NotNews)?;
        Ok(Self::Webhook(WebhookNews { webhook, name, origin: seen.into(), trouble }))
    }
}

const fn ms(at: Timestamp) -> i64 {
    at.as_millis()
}

fn instant(text: &str) -> Result<Timestamp, NotNews> {
    let ms = text.parse().map_err(|_| NotNews)?;
    let at = Timestamp::from_millis(ms);
    if at.as_millis() == ms { Ok(at) } else { Err(NotNews) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_millis(1_790_000_000_123);

    fn name() -> DisplayName {
        DisplayName::parse("till  3 - \u{202e}loja").expect("a name")
    }

    fn key(step: KeyStep, expires_at: Option<Timestamp>) -> News {
        let (key, hint) = (KeyId::from_u128(7), KeyHint::from_stored("$aact_hmlg_k3Fz…9xQ2"));
        News::Key(KeyNews { step, key, name: name(), hint, idle_since: AT, at: AT, expires_at })
    }

    fn webhook(trouble: WebhookTrouble) -> News {
        let (webhook, origin) = (WebhookId::from_u128(8), "https://example.com:8443".into());
        News::Webhook(WebhookNews { webhook, name: name(), origin, trouble })
    }

    #[test]
    fn news_survive_their_compact_text() {
        for news in [
            key(KeyStep::Disabled, None),
            key(KeyStep::ExpiringSoon, Some(AT)),
            key(KeyStep::Expired, Some(Timestamp::EPOCH)),
            key(KeyStep::ExpiredByDate, Some(Timestamp::LATEST)),
            key(KeyStep::Exposed, None),
            key(KeyStep::ExposedAndDisabled, None),
            key(KeyStep::SentInTheClear, Some(AT)),
            webhook(WebhookTrouble::Failing { failures: 5, last: Ending::Answered(500) }),
            webhook(WebhookTrouble::Interrupted { last: Ending::TimedOut }),
            webhook(WebhookTrouble::EventsDeleted { count: u32::MAX, youngest_at: AT }),
        ] {
            let text = news.to_compact();
            assert_eq!(News::from_compact(&text), Ok(news), "{text}");
        }
    }

    #[test]
    fn what_is_no_news_is_refused() {
        let id = KeyId::from_u128(7);
        for text in [
            String::new(),
            "disabled".to_owned(),
            format!("lost 1 1 - {id} h name"),
            format!("disabled -1 1 - {id} h name"),
            format!("disabled 1 x - {id} h name"),
            "disabled 1 1 - 7 h name".to_owned(),
            format!("disabled 1 1 - {id} h "),
            format!("failing -1 500 - {id} h name"),
            format!("failing 5 7 - {id} h name"),
            format!("deleted 5 -7 - {id} h name"),
        ] {
            assert_eq!(News::from_compact(&text), Err(NotNews), "{text}");
        }
    }

    #[test]
    fn people_are_written_to_of_what_time_did_and_never_under_another_name() {
        let told = |kind, state| KeyStep::told(kind, None, state, Branding::Ours);
        let (on, unused) = (KeyState::Enabled, KeyState::Disabled(DisabledCause::LackOfUse));
        let by_hand = KeyState::Disabled(DisabledCause::Manual);
        let over = |cause| KeyState::Expired(cause);
        for (kind, state, expected) in [
            (EventKind::Disabled, unused, Some(KeyStep::Disabled)),
            (EventKind::Disabled, by_hand, None),
            (EventKind::ExpiringSoon, on, Some(KeyStep::ExpiringSoon)),
            (EventKind::ExpiringSoon, unused, Some(KeyStep::ExpiringSoon)),
            (EventKind::Expired, over(ExpiredCause::LackOfUse), Some(KeyStep::Expired)),
            (EventKind::Expired, over(ExpiredCause::Date), Some(KeyStep::ExpiredByDate)),
            (EventKind::Created, on, None),
            (EventKind::Enabled, on, None),
            (EventKind::Deleted, KeyState::Deleted, None),
            (EventKind::Rotated, on, None),
            (EventKind::PermissionsChanged, on, None),
        ] {
            assert_eq!(told(kind, state), expected, "{kind:?} {state:?}");
            assert_eq!(KeyStep::told(kind, None, state, Branding::WhiteLabel), None);
        }
        for (cause, state, step) in [
            (ExposureCause::Reported, on, KeyStep::Exposed),
            (ExposureCause::Reported, by_hand, KeyStep::ExposedAndDisabled),
            (ExposureCause::Reported, unused, KeyStep::ExposedAndDisabled),
            (ExposureCause::InTheClear, on, KeyStep::SentInTheClear),
        ] {
            let told = |branding| KeyStep::told(EventKind::Exposed, Some(cause), state, branding);
            assert_eq!([told(Branding::Ours), told(Branding::WhiteLabel)], [Some(step), None]);
        }
    }
}
