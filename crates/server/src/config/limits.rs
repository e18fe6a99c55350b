//! Reads `[limits]`: what a caller may take, each with a default and a range that makes sense.
//!
//! Must not accept a number that turns a limit off by accident: nothing here can be 0 but a grace.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::fault::FaultList;
use super::model::Limits;
use super::section::{Section, Spotted};

/// One setting: its name, what holds without it, and what it can be.
struct Setting(&'static str, u64, RangeInclusive<u64>);

// The connection's buffer starts with 8 KiB, so a smaller head could not be told apart.
const HEADER_BYTES: Setting = Setting("header_bytes_max", 16_384, 8_192..=1_048_576);
const HEADER_LINES: Setting = Setting("header_lines_max", 100, 16..=1_000);
const BODY_BYTES: Setting = Setting("body_bytes_max", 65_536, 1_024..=16_777_216);
const BATCH_BYTES: Setting = Setting("batch_body_bytes_max", 1_048_576, 1_024..=67_108_864);
// 10 MiB: room for a document or a picture in a JSON body, small enough to hold a few hundred.
const GATEWAY_BYTES: Setting = Setting("gateway_body_bytes_max", 10_485_760, 1_024..=1_073_741_824);
// A counter takes from 150 bytes to some 8 KiB, by the size of its limit.
const COUNTERS: Setting = Setting("counters_max", 1_000_000, 1_000..=100_000_000);
const CONNECTIONS: Setting = Setting("connections_max", 10_000, 1..=1_000_000);
const HEADER_MS: Setting = Setting("header_deadline_ms", 10_000, 100..=120_000);
const FIRST_BYTE_MS: Setting = Setting("first_byte_deadline_ms", 5_000, 100..=120_000);
const IDLE_MS: Setting = Setting("idle_deadline_ms", 60_000, 100..=3_600_000);
const BODY_MS: Setting = Setting("body_deadline_ms", 30_000, 100..=600_000);
// Longer than the deadlines for a client's own bytes: somebody may be working on what they read.
const UNREAD_MS: Setting = Setting("unread_deadline_ms", 30_000, 100..=600_000);
const GRACE_MS: Setting = Setting("shutdown_grace_ms", 15_000, 0..=600_000);

/// Reads the section.
pub(super) fn read(mut section: Section, faults: &mut FaultList) -> Limits {
    let mut reader = Reader { section: &mut section, faults };
    let body = reader.read(&BODY_BYTES);
    let batch = reader.read(&BATCH_BYTES);
    let connections = reader.read(&CONNECTIONS);
    let per_address =
        reader.section.number("connections_per_address_max", CONNECTIONS.2, reader.faults);
    let limits = Limits {
        header_bytes_max: reader.size(&HEADER_BYTES),
        header_lines_max: reader.size(&HEADER_LINES),
        body_bytes_max: size(body.0),
        batch_body_bytes_max: size(batch.0),
        gateway_body_bytes_max: reader.size(&GATEWAY_BYTES),
        connections_max: size(connections.0),
        counters_max: reader.size(&COUNTERS),
        connections_per_address_max: per_address.as_ref().map(|most| size(most.value)),
        header_deadline: reader.time(&HEADER_MS),
        first_byte_deadline: reader.time(&FIRST_BYTE_MS),
        idle_deadline: reader.time(&IDLE_MS),
        body_deadline: reader.time(&BODY_MS),
        unread_deadline: reader.time(&UNREAD_MS),
        shutdown_grace: reader.time(&GRACE_MS),
    };
    let per_address = (per_address.as_ref().map_or(0, |most| most.value), per_address);
    let pairs = [
        (("batch_body_bytes_max", batch), ("body_bytes_max", body)),
        (("connections_max", connections), ("connections_per_address_max", per_address)),
    ];
    for (larger, smaller) in pairs {
        at_least(&larger, &smaller, faults);
    }
    section.finish(faults);
    limits
}

/// The value that holds, and the one that was written.
type Read = (u64, Option<Spotted<u64>>);

struct Reader<'a> {
    section: &'a mut Section,
    faults: &'a mut FaultList,
}

impl Reader<'_> {
    fn read(&mut self, setting: &Setting) -> Read {
        let Setting(name, default, range) = setting;
        let written = self.section.number(name, range.clone(), self.faults);
        (written.as_ref().map_or(*default, |written| written.value), written)
    }

    fn size(&mut self, setting: &Setting) -> usize {
        size(self.read(setting).0)
    }

    fn time(&mut self, setting: &Setting) -> Duration {
        Duration::from_millis(self.read(setting).0)
    }
}

/// Notes a fault where one limit makes another meaningless.
fn at_least(larger: &(&str, Read), smaller: &(&str, Read), faults: &mut FaultList) {
    let ((larger, (more, more_at)), (smaller, (less, less_at))) = (larger, smaller);
    if more >= less {
        return;
    }
    if let Some(written) = less_at.as_ref().or(more_at.as_ref()) {
        faults.add(
            &written.place,
            format!("`{larger}` is {more}, which is below `{smaller}` with {less}. Raise the one or lower the other."),
        );
    }
}

/// Every range above ends far below what the smallest supported machine can count.
fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
