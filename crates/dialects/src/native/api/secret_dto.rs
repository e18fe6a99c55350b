//! The secrets of a key as they stand on the wire, and how a new one is asked for.
//!
//! Must not show more of a secret than its hint.

use domain::key::Key;
use domain::secret::{OldSecret, Overlap, OverlapStart, Secret, SecretEnd};
use domain::time::Timestamp;
use engine::rotate_key::Rotation;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::object::{self, Read, Wrong};
use super::problem::Problem;
use super::{describe_values, values};

const AT_FIRST_USE: &str = "at_first_use";
const AT_ONCE: &str = "at_once";
/// The words for when an overlap begins.
pub(super) const STARTS: [&str; 2] = [AT_FIRST_USE, AT_ONCE];

/// A secret that opens the key.
#[derive(Serialize, ToSchema)]
#[schema(as = Secret)]
pub(super) struct SecretDto<'a> {
    /// What may be shown of its text: prefix, four letters, the last four
    hint: &'a str,
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last used
    #[schema(required, format = DateTime)]
    last_used_at: Option<String>,
    ends: EndsDto,
    /// From when on it is refused, where that is known
    #[schema(required, format = DateTime)]
    ends_at: Option<String>,
    /// For how long it works once the newer secret was first used, where that has not happened yet
    #[schema(required)]
    overlap_seconds: Option<u32>,
}

/// When a secret ends: with its key; so long after the first use of the newer one; or at an instant.
#[derive(Serialize, ToSchema)]
#[schema(as = SecretEnds)]
#[serde(rename_all = "snake_case")]
enum EndsDto {
    WithTheKey,
    AfterFirstUse,
    At,
}

/// The secrets that open the key at `now`, the newest first.
pub(super) fn of(key: &Key, now: Timestamp) -> Vec<SecretDto<'_>> {
    let current = shown(&key.secret, EndsDto::WithTheKey, None, None);
    let old = key.previous_at(now).map(|OldSecret { secret, end }| match end {
        SecretEnd::AfterFirstUse(overlap) => {
            shown(secret, EndsDto::AfterFirstUse, None, Some(overlap.seconds()))
        }
        SecretEnd::At(end) => shown(secret, EndsDto::At, Some(*end), None),
    });
    std::iter::once(current).chain(old).collect()
}

fn shown(
    secret: &Secret,
    ends: EndsDto,
    ends_at: Option<Timestamp>,
    overlap_seconds: Option<u32>,
) -> SecretDto<'_> {
    SecretDto {
        hint: secret.hint.as_str(),
        created_at: secret.created_at.to_rfc3339(),
        last_used_at: secret.last_used_at.map(Timestamp::to_rfc3339),
        ends,
        ends_at: ends_at.map(Timestamp::to_rfc3339),
        overlap_seconds,
    }
}

/// The body that asks for a new secret.
#[derive(ToSchema)]
#[schema(as = Rotation)]
#[expect(dead_code, reason = "describes what the reader below takes")]
pub(super) struct RotationBody {
    /// For how long the old secret goes on working; a day where it is left out
    #[schema(schema_with = describe_values::overlap_seconds)]
    overlap_seconds: Option<u32>,
    /// When that time begins: with the first use of the new secret, unless it is to be at once
    #[schema(schema_with = describe_values::overlap_starts)]
    overlap_starts: Option<String>,
}

/// Reads the body that asks for a new secret.
pub(super) fn read_rotation(body: &str) -> Result<Rotation, Problem> {
    object::body(body, |mut object| {
        let overlap = object.optional("overlap_seconds", overlap).unwrap_or(Overlap::USUAL);
        let start = object.optional("overlap_starts", start).unwrap_or(OverlapStart::AtFirstUse);
        object.finish(Some(Rotation { overlap, start, holder: None }))
    })
}

pub(super) fn overlap(raw: &RawValue) -> Read<Overlap> {
    let seconds = serde_json::from_str(raw.get()).ok().and_then(Overlap::from_seconds);
    seconds.ok_or_else(|| {
        Wrong::here(format!(
            "must be a whole number of seconds from 0 to {}, which is 7 days",
            Overlap::MAX_SECONDS
        ))
    })
}

fn start(raw: &RawValue) -> Read<OverlapStart> {
    match values::text(raw)?.as_str() {
        AT_FIRST_USE => Ok(OverlapStart::AtFirstUse),
        AT_ONCE => Ok(OverlapStart::AtOnce),
        _ => Err(Wrong::here(format!("must be {}", STARTS.join(" or ")))),
    }
}
