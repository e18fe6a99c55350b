//! How the ageing of keys stands, and what is admitted, as they stand on the wire.
//!
//! Must not hold anything up.

use domain::realm::Realm;
use domain::time::Timestamp;
use engine::guards::LifecycleStatus;
use engine::move_clock::ClockView;
use engine::outcome::Approval;
use engine::sweep_keys::SweepRejection;
use serde::Serialize;
use utoipa::ToSchema;

use super::clock_dto::ClockDto;
use super::object;
use super::problem::Problem;
use super::values;

/// Most keys that one approval names.
const KEYS_MAX: u32 = 1_000_000_000;

/// How the ageing of keys stands.
#[derive(Serialize, ToSchema)]
#[schema(as = LifecycleStatus)]
pub(super) struct LifecycleStatusDto {
    clock: ClockDto,
    /// The latest instant at which a key took a step; none is taken before it
    #[schema(required, format = DateTime)]
    latest_step_at: Option<String>,
    /// What holds the ageing of keys up, where something does
    #[schema(required)]
    held_by: Option<HeldByDto>,
    /// Since when the server has found it held up, in the time of the environment
    #[schema(required, format = DateTime)]
    held_since: Option<String>,
    /// How many keys would be warned of, disabled or expire now
    keys_due: u64,
    /// How many keys age at all
    keys: u64,
    /// How many of a hundred keys may change at once
    change_at_most: u8,
    /// What somebody has admitted, and is not used up
    #[schema(required)]
    approval: Option<LifecycleApprovalDto>,
    /// When the next key is to be looked at: now or earlier where some are due
    #[schema(required, format = DateTime)]
    next_at: Option<String>,
    /// Until when no event and no letter is deleted for its age, because the clock leapt
    #[schema(required, format = DateTime)]
    deletions_rest_until: Option<String>,
}

/// What holds the ageing of keys up.
#[derive(Serialize, ToSchema)]
#[schema(as = LifecycleHeldBy)]
#[serde(rename_all = "snake_case")]
enum HeldByDto {
    /// The clock shows an earlier instant than that of the latest step
    ClockBehind,
    /// More keys would change at once than may
    TooManyAtOnce,
}

/// How many keys may change at once, whatever their share.
#[derive(Serialize, ToSchema)]
#[schema(as = LifecycleApproval)]
pub(super) struct LifecycleApprovalDto {
    /// How many are left
    keys: u64,
    /// Until when
    #[schema(format = DateTime)]
    until: String,
}

/// Keys that age again.
#[derive(Serialize, ToSchema)]
#[schema(as = LifecycleClockReset)]
pub(super) struct LifecycleClockResetDto {
    /// The instant from which on they age: what the clock showed
    #[schema(format = DateTime)]
    keys_age_from: String,
    clock: ClockDto,
}

/// The body that approves.
#[derive(ToSchema)]
#[schema(as = LifecycleApprove)]
#[expect(dead_code, reason = "describes what the reader below takes")]
pub(super) struct ApprovalBody {
    /// How many keys may change at once, as `keys_due` was seen; where more are due, nothing is approved
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    keys: u32,
}

impl LifecycleStatusDto {
    pub(super) fn of(status: &LifecycleStatus, realm: &Realm) -> Self {
        let LifecycleStatus { clock, guard, held, held_since, due, keys, next_at } = status;
        let now = clock.now;
        let rests_until = guard.watch.rests_until.filter(|until| *until > now);
        let approval = guard.approval;
        Self {
            clock: ClockDto::of(clock, realm),
            latest_step_at: guard.latest_at.map(Timestamp::to_rfc3339),
            held_by: held.map(|held| match held {
                SweepRejection::ClockBehind { .. } => HeldByDto::ClockBehind,
                SweepRejection::TooMany { .. } => HeldByDto::TooManyAtOnce,
            }),
            held_since: held_since.map(Timestamp::to_rfc3339),
            keys_due: *due,
            keys: *keys,
            change_at_most: realm.lifecycle.guard.percent(),
            approval: approval.as_ref().map(LifecycleApprovalDto::of),
            next_at: next_at.map(Timestamp::to_rfc3339),
            deletions_rest_until: rests_until.map(Timestamp::to_rfc3339),
        }
    }
}

impl LifecycleClockResetDto {
    pub(super) fn of(from: Timestamp, clock: &ClockView, realm: &Realm) -> Self {
        Self { keys_age_from: from.to_rfc3339(), clock: ClockDto::of(clock, realm) }
    }
}

impl LifecycleApprovalDto {
    pub(super) fn of(approval: &Approval) -> Self {
        Self { keys: approval.keys, until: approval.until.to_rfc3339() }
    }
}

/// Reads how many keys are approved.
pub(super) fn read(body: &str) -> Result<u32, Problem> {
    object::body(body, |mut object| {
        let keys = object.required("keys", |raw| values::count(raw, KEYS_MAX));
        object.finish(keys)
    })
}
