//! Reads the whole file, section by section.
//!
//! Must not stop at the first fault: whoever mends the file wants to see them all.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use domain::digest::PEPPER_MIN_LEN;

use super::fault::FaultList;
use super::listeners::{self, Listeners};
use super::model::{
    Config, ControlConfig, DataThreads, ListenerConfig, LogConfig, LogFormat, LogLevel, Secrets,
    VerifiersConfig,
};
use super::secret;
use super::section::{Section, Spotted};
use super::{assemble, limits, mail, overlay, realm, tree, values, warnings, webhooks};

const LEVELS: [(&str, LogLevel); 4] = [
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
];
const FORMATS: [(&str, LogFormat); 2] = [("json", LogFormat::Json), ("text", LogFormat::Text)];
/// More threads than this is a slip of the finger.
const DATA_THREADS_MAX: u64 = 1_024;

/// Reads the text of a file; relative paths in it are taken from `base`.
pub(super) fn config(
    text: &str,
    base: &Path,
    env: &BTreeMap<String, String>,
) -> Result<Config, FaultList> {
    let mut faults = FaultList::default();
    let Some(mut table) = tree::parse(text, &mut faults) else { return Err(faults) };
    overlay::apply(&mut table, env, &mut faults);
    let read = sections(Section::root(table), base, &mut faults);
    match read {
        Some(mut config) if faults.is_empty() => {
            config.warnings = warnings::of(&config);
            Ok(config)
        }
        Some(_) | None => Err(faults),
    }
}

fn sections(mut root: Section, base: &Path, faults: &mut FaultList) -> Option<Config> {
    root.require("data", "data = \"sqlite:///var/lib/chaveiro/chaveiro.db\"", faults);
    root.require("control", "[control] with listen = \"127.0.0.1:8800\"", faults);
    root.require("verifiers", "[verifiers] with listen = \"127.0.0.1:8804\"", faults);
    root.require("realm", "[[realm]] with name, dialect and [[realm.environment]]", faults);

    let data = root.parsed("data", |text| values::data(text, base), faults);
    let mut taken = Listeners::default();
    let control = root
        .section("control", faults)
        .and_then(|section| control(section, base, &mut taken, faults));
    let verifiers = root.section("verifiers", faults).and_then(|section| {
        askers(section, "the listener for verifiers", base, &mut taken, faults)
    });
    let ext_authz = root
        .section("ext_authz", faults)
        .and_then(|section| askers(section, "the listener for Envoy", base, &mut taken, faults));
    let secrets = secrets(root.section_or_empty("secrets", faults), base, faults);
    let limits = limits::read(root.section_or_empty("limits", faults), faults);
    let log = log(root.section_or_empty("log", faults), faults);
    let data_threads = runtime(root.section_or_empty("runtime", faults), faults);
    let receivers = webhooks::read(root.section_or_empty("webhooks", faults), faults);
    let mail = root.section("mail", faults).and_then(|section| mail::read(section, base, faults));
    let drafts: Vec<_> = root
        .sections("realm", faults)
        .into_iter()
        .map(|section| realm::read(section, base, faults))
        .collect();
    root.finish(faults);
    let realms = assemble::realms(drafts, taken, faults);
    Some(Config {
        data: data?.value,
        control: control?,
        verifiers: verifiers?,
        ext_authz,
        secrets,
        limits,
        log,
        data_threads,
        receivers,
        mail,
        realms,
        warnings: Vec::new(),
    })
}

fn control(
    mut section: Section,
    base: &Path,
    taken: &mut Listeners,
    faults: &mut FaultList,
) -> Option<ControlConfig> {
    let listener = listeners::read(&mut section, base, faults);
    let public_url = section.parsed("public_url", values::public_url, faults);
    section.finish(faults);
    let listener = claimed(listener, "the control plane", taken, faults)?;
    Some(ControlConfig { listener, public_url: public_url.map(|url| url.value) })
}

fn askers(
    mut section: Section,
    whose: &str,
    base: &Path,
    taken: &mut Listeners,
    faults: &mut FaultList,
) -> Option<VerifiersConfig> {
    let listener = listeners::read(&mut section, base, faults);
    let askers = listeners::askers(&mut section, faults);
    section.finish(faults);
    let listener = claimed(listener, whose, taken, faults)?;
    Some(VerifiersConfig { listener, askers })
}

fn claimed(
    listener: Option<Spotted<ListenerConfig>>,
    whose: &str,
    taken: &mut Listeners,
    faults: &mut FaultList,
) -> Option<ListenerConfig> {
    let listener = listener?;
    taken.add(&listener, whose, faults);
    Some(listener.value)
}

fn secrets(mut section: Section, base: &Path, faults: &mut FaultList) -> Secrets {
    let pepper = secret::of(&mut section, ("pepper", "pepper_file"), base, faults);
    section.finish(faults);
    if let Some(short) = pepper.as_ref().filter(|pepper| pepper.expose().len() < PEPPER_MIN_LEN) {
        let has = short.expose().len();
        faults.add(&short.place, format!("The pepper needs at least {PEPPER_MIN_LEN} bytes, and has {has}. Make one with `openssl rand -hex 32`."));
    }
    Secrets { pepper: pepper.map(|pepper| pepper.value) }
}

fn log(mut section: Section, faults: &mut FaultList) -> LogConfig {
    let level = section.choice("level", &LEVELS, faults).unwrap_or(LogLevel::Info);
    let format = section.choice("format", &FORMATS, faults).unwrap_or(LogFormat::Json);
    section.finish(faults);
    LogConfig { level, format }
}

fn runtime(mut section: Section, faults: &mut FaultList) -> DataThreads {
    let threads = section.number("data_threads", 0..=DATA_THREADS_MAX, faults);
    section.finish(faults);
    let count = threads.and_then(|threads| usize::try_from(threads.value).ok());
    count.and_then(NonZeroUsize::new).map_or(DataThreads::OnePerCore, DataThreads::Exactly)
}
