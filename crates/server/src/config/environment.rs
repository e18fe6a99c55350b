//! Reads one `[[realm.environment]]`: its name, its listener and its upstream.
//!
//! Must not know which environments a dialect has; the dialect says so itself.

use std::path::Path;
use std::time::Duration;

use domain::ids::EnvironmentName;

use super::fault::{FaultList, Place, quoted};
use super::listeners;
use super::model::{ListenerConfig, Upstream};
use super::section::{Section, Spotted};
use super::values;

/// What the file says of an environment.
#[derive(Debug)]
pub(super) struct EnvironmentDraft {
    /// Where its header stands.
    pub(super) place: Place,
    /// Its name; `None` where that has a fault.
    pub(super) name: Option<Spotted<EnvironmentName>>,
    /// The prefix of its keys, unread: the dialect judges it.
    pub(super) key_prefix: Option<Spotted<String>>,
    /// Where its gateway listens.
    pub(super) listener: Option<Spotted<ListenerConfig>>,
    /// Where granted requests go.
    pub(super) upstream: Option<Spotted<Upstream>>,
    /// Time to reach the upstream.
    pub(super) upstream_connect: Duration,
    /// Time until the upstream's answer begins.
    pub(super) upstream_response: Duration,
}

/// Reads the section.
pub(super) fn read(mut section: Section, base: &Path, faults: &mut FaultList) -> EnvironmentDraft {
    section.require("name", "name = \"production\"", faults);
    section.require("upstream", "upstream = \"http://127.0.0.1:9000\"", faults);
    let name = section.parsed("name", name, faults);
    let key_prefix = section.text("key_prefix", faults);
    let listener = listeners::read(&mut section, base, faults);
    let upstream = section.parsed("upstream", values::upstream, faults);
    let connect_ms = section.number("upstream_connect_ms", 10..=60_000, faults);
    let response_ms = section.number("upstream_response_ms", 100..=600_000, faults);
    let place = section.place.clone();
    section.finish(faults);
    EnvironmentDraft {
        place,
        name,
        key_prefix: key_prefix.map(|prefix| prefix.map(|text| text.to_string())),
        listener,
        upstream,
        upstream_connect: Duration::from_millis(connect_ms.map_or(2_000, |ms| ms.value)),
        upstream_response: Duration::from_millis(response_ms.map_or(60_000, |ms| ms.value)),
    }
}

fn name(text: &str) -> Result<EnvironmentName, String> {
    EnvironmentName::parse(text)
        .map_err(|error| format!("`name` cannot be {}: {error}.", quoted(text)))
}
