//! Deliveries, their attempts, and alerts as they stand on the wire.
//!
//! Must not show more of an answer than is kept of it, nor bytes that are no text.

use domain::delivery::{Alert, Ending, FAILURES_MAX};
use domain::time::Timestamp;
use engine::deliveries::DeliveryStanding;
use engine::outcome::{AlertRow, Delivery, DeliveryState, KeptAttempt};
use serde::Serialize;
use utoipa::ToSchema;

/// An event on its way to a webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(super) struct DeliveryDto<'a> {
    event_id: String,
    /// What happened, such as key.created
    kind: &'static str,
    state: StandingDto,
    /// How often it was tried
    attempts: u32,
    /// How often it failed since it was put up, or sent again by hand
    failures: u32,
    /// When it was put up; it is kept for 14 days from then on
    #[schema(format = DateTime)]
    made_at: String,
    /// When a waiting one is due
    #[schema(required, format = DateTime)]
    next_at: Option<String>,
    /// When the receiver took it
    #[schema(required, format = DateTime)]
    delivered_at: Option<String>,
    /// What is sent, the same on every attempt
    body: &'a str,
}

/// How a delivery stands: not tried yet, waiting because it failed, or taken.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryState)]
#[serde(rename_all = "snake_case")]
enum StandingDto {
    Pending,
    Waiting,
    Delivered,
}

/// An event on its way to a webhook, and its attempts.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryWithAttempts)]
pub(super) struct AttemptsDto<'a> {
    delivery: DeliveryDto<'a>,
    /// The latest last
    attempts: Vec<AttemptDto>,
}

/// One attempt.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryAttempt)]
pub(super) struct AttemptDto {
    /// The first is 1
    number: u32,
    /// When it began
    #[schema(format = DateTime)]
    at: String,
    /// How long it took, in milliseconds
    took_ms: u32,
    /// What the receiver answered; null where it did not
    #[schema(required, minimum = 100, maximum = 599)]
    status: Option<u16>,
    /// What came instead of an answer
    #[schema(required)]
    failure: Option<FailureDto>,
    /// The beginning of the answer's body; what is no UTF-8 in it stands as U+FFFD
    answer: String,
}

/// Why there was no answer.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryFailure)]
#[serde(rename_all = "snake_case")]
enum FailureDto {
    BrokenOff,
    NoConnection,
    TimedOut,
    TlsRefused,
}

/// What lifting waits did.
#[derive(Serialize, ToSchema)]
#[schema(as = Backoff)]
pub(super) struct BackoffDto {
    /// How many events waited
    pub(super) lifted: u32,
}

/// What the people of a webhook are told of it.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookAlert)]
pub(super) struct AlertDto {
    #[schema(format = DateTime)]
    at: String,
    kind: AlertKindDto,
    /// How many attempts in a row failed, or how many events were deleted
    count: u32,
    /// The epoch of its change
    epoch: u64,
}

/// What happened to a webhook: attempts fail in a row, it was interrupted for that, or events were
/// deleted because they could not be delivered in time.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookAlertKind)]
#[serde(rename_all = "snake_case")]
enum AlertKindDto {
    Failing,
    Interrupted,
    EventsDeleted,
}

impl<'a> DeliveryDto<'a> {
    pub(super) fn of(delivery: &'a Delivery) -> Self {
        let (failures, next_at, delivered_at) = match delivery.state {
            DeliveryState::Pending => (0, None, None),
            DeliveryState::Waiting { failures, next_at } => (failures, Some(next_at), None),
            DeliveryState::Delivered { at } => (0, None, Some(at)),
        };
        Self {
            event_id: delivery.event.to_string(),
            kind: delivery.kind.name(),
            state: match DeliveryStanding::of(delivery.state) {
                DeliveryStanding::Pending => StandingDto::Pending,
                DeliveryStanding::Waiting => StandingDto::Waiting,
                DeliveryStanding::Delivered => StandingDto::Delivered,
            },
            attempts: delivery.attempts,
            failures,
            made_at: delivery.made_at.to_rfc3339(),
            next_at: next_at.map(Timestamp::to_rfc3339),
            delivered_at: delivered_at.map(Timestamp::to_rfc3339),
            body: &delivery.body,
        }
    }
}

impl<'a> AttemptsDto<'a> {
    pub(super) fn of(delivery: &'a Delivery, attempts: &[KeptAttempt]) -> Self {
        let attempts = attempts.iter().map(AttemptDto::of).collect();
        Self { delivery: DeliveryDto::of(delivery), attempts }
    }
}

impl AttemptDto {
    fn of(attempt: &KeptAttempt) -> Self {
        let (status, failure) = match attempt.ending {
            Ending::Answered(status) => (Some(status), None),
            Ending::BrokenOff => (None, Some(FailureDto::BrokenOff)),
            Ending::NoConnection => (None, Some(FailureDto::NoConnection)),
            Ending::TimedOut => (None, Some(FailureDto::TimedOut)),
            Ending::TlsRefused => (None, Some(FailureDto::TlsRefused)),
        };
        Self {
            number: attempt.number,
            at: attempt.at.to_rfc3339(),
            took_ms: attempt.took_ms,
            status,
            failure,
            answer: String::from_utf8_lossy(&attempt.answer).into_owned(),
        }
    }
}

impl AlertDto {
    pub(super) fn of(row: &AlertRow) -> Self {
        let (kind, count) = match row.alert {
            Alert::Failing(failures) => (AlertKindDto::Failing, failures),
            Alert::Interrupted => (AlertKindDto::Interrupted, FAILURES_MAX),
            Alert::Expired(events) => (AlertKindDto::EventsDeleted, events),
        };
        Self { at: row.at.to_rfc3339(), kind, count, epoch: row.epoch }
    }
}
