//! Reads one `[[realm.environment]]`: its name, its listener and its upstream.
//!
//! Must not know which environments a dialect has; the dialect says so itself.

use std::path::Path;

use domain::clock::ClockKind;
use domain::ids::EnvironmentName;

use super::fault::{FaultList, Place, quoted};
use super::listeners;
use super::model::{Front, ListenerConfig, Upstream, UpstreamRules};
use super::section::{Section, Spotted};
use super::upstreams;

const CLOCKS: [(&str, ClockKind); 2] =
    [("real", ClockKind::Real), ("simulated", ClockKind::Simulated)];

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
    /// What its clock follows.
    pub(super) clock: ClockKind,
    /// How clients come to it.
    pub(super) front: Front,
    /// Where granted requests go; empty where that has a fault.
    pub(super) upstreams: Vec<Spotted<Upstream>>,
    /// How those are treated.
    pub(super) rules: UpstreamRules,
}

/// Reads the section.
pub(super) fn read(mut section: Section, base: &Path, faults: &mut FaultList) -> EnvironmentDraft {
    section.require("name", "name = \"production\"", faults);
    section.require("upstream", "upstream = \"http://127.0.0.1:9000\"", faults);
    let name = section.parsed("name", name, faults);
    let key_prefix = section.text("key_prefix", faults);
    let listener = listeners::read(&mut section, base, faults);
    let clock = section.choice("clock", &CLOCKS, faults);
    let front = upstreams::front(&mut section, faults);
    let servers = upstreams::servers(&mut section, faults);
    let rules = upstreams::rules(&mut section, faults);
    let place = section.place.clone();
    section.finish(faults);
    EnvironmentDraft {
        place,
        name,
        key_prefix: key_prefix.map(|prefix| prefix.map(|text| text.to_string())),
        listener,
        clock: clock.unwrap_or(ClockKind::Real),
        front,
        upstreams: servers,
        rules,
    }
}

fn name(text: &str) -> Result<EnvironmentName, String> {
    EnvironmentName::parse(text)
        .map_err(|error| format!("`name` cannot be {}: {error}.", quoted(text)))
}
