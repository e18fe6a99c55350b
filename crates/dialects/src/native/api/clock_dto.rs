//! Clocks as they stand on the wire, and how a move is asked for.
//!
//! Must not read a clock.

use domain::clock::ClockKind;
use domain::realm::Realm;
use domain::time::Timestamp;
use engine::advance_clock::{Advanced, Arrival, Owed};
use engine::move_clock::ClockView;
use engine::outcome::EventRow;
use engine::tally::Done;
use serde::Serialize;
use utoipa::ToSchema;

use super::object::{self, Wrong};
use super::problem::Problem;
use super::{describe_values, values};

/// The clock of an environment.
#[derive(Serialize, ToSchema)]
#[schema(as = Clock)]
pub(super) struct ClockDto {
    kind: ClockKindDto,
    /// What it shows
    #[schema(format = DateTime)]
    now: String,
    /// How far it runs ahead of the server's clock; 0 for a real one
    ahead_ms: i64,
    /// The zone in which the realm counts months and dates, where it has a name
    #[schema(required)]
    time_zone: Option<String>,
}

/// What a clock follows.
#[derive(Serialize, ToSchema)]
#[schema(as = ClockKind)]
#[serde(rename_all = "snake_case")]
enum ClockKindDto {
    Real,
    Simulated,
}

/// A clock that was moved.
#[derive(Serialize, ToSchema)]
#[schema(as = ClockMoved)]
pub(super) struct ClockMovedDto {
    /// What it showed before
    #[schema(format = DateTime)]
    from: String,
    clock: ClockDto,
    arrival: ArrivalDto,
    /// What is still under way, where that is why it has not arrived
    #[schema(required)]
    waiting_for: Option<OwedDto>,
    /// Whether letters wait, because the mail server cannot be used; the clock does not wait for them
    letters_wait: bool,
    done: DoneDto,
    /// How many stops it made on the way
    stops: u32,
    /// What happened to keys meanwhile, in order: the first 100 of it
    happened: Vec<HappenedDto>,
    /// Whether more happened than is shown
    more: bool,
}

/// How far a clock came.
#[derive(Serialize, ToSchema)]
#[schema(as = ClockArrival)]
#[serde(rename_all = "snake_case")]
enum ArrivalDto {
    /// It shows the instant, and all that was due until then is done
    There,
    /// There are more stops, or something is under way: send the same again
    OnTheWay,
    /// Something is held up, and the clock does not pass it
    HeldUp,
}

/// What a clock waits for.
#[derive(Serialize, ToSchema)]
#[schema(as = ClockWaitsFor)]
#[serde(rename_all = "snake_case")]
enum OwedDto {
    /// Events that are being put up for webhooks
    Events,
    /// Attempts to bring events to webhooks
    Deliveries,
    /// Letters
    Letters,
}

/// What was done in the environment meanwhile, by whomever; calls that follow an answer with `arrival`
/// on_the_way count on.
#[derive(Serialize, ToSchema)]
#[schema(as = ClockDone)]
struct DoneDto {
    /// Steps that keys took
    key_steps: u64,
    /// Events that receivers took
    delivered: u64,
    /// Attempts to bring an event that failed
    failed_attempts: u64,
    /// Events that were deleted before a receiver took them
    deleted_undelivered: u64,
    /// Copies of letters that the mail server took
    letters_sent: u64,
    /// Copies of letters that were given up
    letters_given_up: u64,
}

/// Something that happened to a key.
#[derive(Serialize, ToSchema)]
#[schema(as = Happened)]
struct HappenedDto {
    #[schema(format = DateTime)]
    at: String,
    /// What, such as key.disabled
    event: &'static str,
    key_id: String,
    account_id: String,
    /// What people call the key, where that is kept
    #[schema(required)]
    name: Option<String>,
}

/// The body that asks for a move.
#[derive(ToSchema)]
#[schema(as = ClockMove)]
#[expect(dead_code, reason = "describes what the reader below takes")]
pub(super) struct ClockMoveBody {
    #[schema(schema_with = describe_values::clock_target)]
    to: String,
}

impl ClockDto {
    pub(super) fn of(clock: &ClockView, realm: &Realm) -> Self {
        Self {
            kind: match clock.kind {
                ClockKind::Real => ClockKindDto::Real,
                ClockKind::Simulated => ClockKindDto::Simulated,
            },
            now: clock.now.to_rfc3339(),
            ahead_ms: clock.offset.as_millis(),
            time_zone: realm.time_zone.iana_name().map(str::to_owned),
        }
    }
}

impl ClockMovedDto {
    pub(super) fn of(advanced: &Advanced, realm: &Realm) -> Self {
        let Advanced { from, clock, arrival, stops, happened, done, letters_wait } = advanced;
        Self {
            from: from.to_rfc3339(),
            clock: ClockDto::of(clock, realm),
            arrival: match arrival {
                Arrival::There => ArrivalDto::There,
                Arrival::OnTheWay(_) => ArrivalDto::OnTheWay,
                Arrival::HeldUp => ArrivalDto::HeldUp,
            },
            waiting_for: match arrival {
                Arrival::OnTheWay(owed) => owed.map(OwedDto::of),
                Arrival::There | Arrival::HeldUp => None,
            },
            letters_wait: *letters_wait,
            done: DoneDto::of(*done),
            stops: *stops,
            happened: happened.items.iter().map(HappenedDto::of).collect(),
            more: happened.more,
        }
    }
}

impl OwedDto {
    const fn of(owed: Owed) -> Self {
        match owed {
            Owed::Events => Self::Events,
            Owed::Deliveries => Self::Deliveries,
            Owed::Letters => Self::Letters,
        }
    }
}

impl DoneDto {
    const fn of(done: Done) -> Self {
        let Done {
            key_steps,
            delivered,
            failed_attempts,
            deleted_undelivered,
            letters_sent,
            letters_given_up,
        } = done;
        Self {
            key_steps,
            delivered,
            failed_attempts,
            deleted_undelivered,
            letters_sent,
            letters_given_up,
        }
    }
}

impl HappenedDto {
    fn of(row: &EventRow) -> Self {
        Self {
            at: row.event.at.to_rfc3339(),
            event: row.event.kind.name(),
            key_id: row.event.key.to_string(),
            account_id: row.event.account.to_string(),
            name: row.key.as_ref().map(|key| key.name.to_string()),
        }
    }
}

/// Reads the instant to which a clock is to be moved.
pub(super) fn read(body: &str) -> Result<Timestamp, Problem> {
    object::body(body, |mut object| {
        let to = object.required("to", |raw| {
            let text = values::text(raw)?;
            values::instant(&text).map_err(|error| Wrong::here(error.to_string()))
        });
        object.finish(to)
    })
}
