//! Clocks as they stand on the wire, and how a move is asked for.
//!
//! Must not read a clock.

use domain::clock::ClockKind;
use domain::realm::Realm;
use domain::time::Timestamp;
use engine::move_clock::ClockView;
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
    pub(super) fn of(from: Timestamp, clock: &ClockView, realm: &Realm) -> Self {
        Self { from: from.to_rfc3339(), clock: ClockDto::of(clock, realm) }
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
