//! `chaveiro check`: reads the configuration and explains it in words, or names every fault.
//!
//! Must not open a port or the data, and must not print a secret.

mod lifecycle;
mod limits;
mod mail;
mod webhooks;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use domain::account::UserAgentRule;
use domain::clock::ClockKind;
use domain::language::Language;
use domain::realm::{AbsentPermissions, ProjectScheme};
use doors::asker::Askers;
use serde_json::{Value, json};

use super::Exit;
use crate::config::{
    self, Config, DataThreads, EnvironmentConfig, Faults, ListenerConfig, LogFormat, LogLevel,
    Place, RealmConfig, VerifiersConfig,
};

/// The arguments of `chaveiro check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  chaveiro check --config /etc/chaveiro/chaveiro.toml")]
pub(crate) struct Args {
    /// The configuration file [default: chaveiro.toml, then /etc/chaveiro/chaveiro.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(
    args: &Args,
    env: &BTreeMap<String, String>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    let path = match config::find(args.config.as_deref()) {
        Ok(path) => path,
        Err(not_found) => {
            let _ = writeln!(err, "{not_found}");
            return Exit::Usage;
        }
    };
    match config::load(&path, env) {
        Ok(config) => {
            // Nobody can be told that a pipe is closed; the exit code still says the rest.
            let _ = if args.json {
                writeln!(out, "{}", as_json(&path, &config))
            } else {
                explain(&path, &config, out)
            };
            Exit::Done
        }
        Err(faults) => {
            let _ = writeln!(err, "{faults}");
            if args.json {
                let _ = writeln!(out, "{}", faults_as_json(&path, &faults));
            }
            Exit::Usage
        }
    }
}

fn explain(path: &Path, config: &Config, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{} is in order.\n", path.display())?;
    writeln!(out, "Data: {}.", config.data)?;
    let public = config.control.public_url.as_deref();
    let public = public.map_or_else(String::new, |url| format!(", reached at {url}"));
    writeln!(out, "Control plane: {}{public}.", listener(&config.control.listener))?;
    let verifiers = &config.verifiers;
    writeln!(out, "Verifiers: {}; {}.", listener(&verifiers.listener), askers(&verifiers.askers))?;
    if let Some(envoy) = &config.ext_authz {
        writeln!(out, "Envoy: {}; {}.", listener(&envoy.listener), askers(&envoy.askers))?;
    }
    mail::explain(config.mail.as_ref(), out)?;
    webhooks::explain(&config.receivers, out)?;
    for realm in &config.realms {
        explain_realm(realm, out)?;
    }
    writeln!(out)?;
    explain_rest(config, out)?;
    for warning in &config.warnings {
        writeln!(out, "\nWarning: {warning}")?;
    }
    Ok(())
}

fn explain_realm(config: &RealmConfig, out: &mut dyn Write) -> std::io::Result<()> {
    let realm = &config.realm;
    writeln!(out, "\nRealm {}, in the dialect {}:", realm.name, config.dialect.name())?;
    let prefixes: Vec<&str> = realm.prefixes.own().iter().map(|prefix| prefix.as_str()).collect();
    writeln!(out, "  Keys begin with {}.", prefixes.join(" or "))?;
    writeln!(
        out,
        "  {} routes and {} permissions; a key made without permissions {}.",
        realm.routes.len(),
        realm.catalogue.resources().len(),
        match realm.absent_permissions {
            AbsentPermissions::MeanUnrestricted => "may do everything",
            AbsentPermissions::AreRejected => "is rejected",
        }
    )?;
    writeln!(
        out,
        "  At most {} keys and {} webhooks for an account; dates are those of {}, letters in {}.",
        realm.keys_per_account,
        realm.webhooks_per_account,
        zone(config),
        match realm.language {
            Language::Portuguese => "Portuguese",
            Language::English => "English",
        }
    )?;
    if let ProjectScheme::Projects { per_account, .. } = &realm.projects {
        writeln!(out, "  At most {per_account} projects below an account.")?;
    }
    writeln!(
        out,
        "  Hints in refusals are {}; accounts {} a User-Agent unless told otherwise.",
        if config.hints { "on" } else { "off" },
        if config.realm.user_agent == UserAgentRule::Required { "demand" } else { "do not demand" },
    )?;
    limits::explain(&realm.limits, out)?;
    lifecycle::explain(&realm.lifecycle, out)?;
    webhooks::explain_rule(config.webhook_success, out)?;
    for environment in &config.environments {
        writeln!(
            out,
            "  Environment {}: {}, in front of {} ({} to connect, {} to answer).",
            environment.name,
            listener(&environment.listener),
            upstreams(environment),
            millis(environment.rules.connect),
            millis(environment.rules.response),
        )?;
        clock(environment, out)?;
        front(environment, out)?;
    }
    Ok(())
}

/// Only where it is not what everybody expects.
fn clock(environment: &EnvironmentConfig, out: &mut dyn Write) -> std::io::Result<()> {
    match environment.clock {
        ClockKind::Real => Ok(()),
        ClockKind::Simulated => writeln!(
            out,
            "    Its clock is simulated: it can be moved forward, and never back; from the first move on it stays simulated. Limits and deadlines are in real time."
        ),
    }
}

fn upstreams(environment: &EnvironmentConfig) -> String {
    let names: Vec<String> = environment.upstreams.iter().map(ToString::to_string).collect();
    names.join(" and ")
}

/// What an environment has besides: only where somebody said so, or where there are several.
fn front(environment: &EnvironmentConfig, out: &mut dyn Write) -> std::io::Result<()> {
    let (front, rules) = (&environment.front, &environment.rules);
    if front.proxy_protocol {
        writeln!(out, "    Each connection begins with the PROXY protocol.")?;
    }
    if let Some(hops) = &front.trusted_hops {
        writeln!(out, "    Believed about clients: {}.", hops.to_texts().join(", "))?;
    }
    if environment.upstreams.len() > 1 {
        writeln!(
            out,
            "    A server is left alone for {} after {} failures in a row; at most {} requests are under way to each.",
            millis(rules.backends.pause),
            rules.backends.failures_max,
            rules.backends.requests_max,
        )?;
    }
    if let Some(health) = &rules.health {
        writeln!(
            out,
            "    Each server is asked for {} every {}.",
            health.path,
            millis(health.every)
        )?;
    }
    Ok(())
}

fn explain_rest(config: &Config, out: &mut dyn Write) -> std::io::Result<()> {
    let limits = &config.limits;
    writeln!(
        out,
        "Limits: heads of {} bytes and {} lines; bodies of {} bytes, {} in a batch, {} through the gateway.",
        limits.header_bytes_max,
        limits.header_lines_max,
        limits.body_bytes_max,
        limits.batch_body_bytes_max,
        limits.gateway_body_bytes_max
    )?;
    let per_address = limits
        .connections_per_address_max
        .map_or_else(|| "any number".to_owned(), |most| most.to_string());
    writeln!(
        out,
        "Connections: {} for a listener, {per_address} from one address.",
        limits.connections_max
    )?;
    writeln!(
        out,
        "Deadlines: {} for a first byte, {} for a head, {} for a body, {} between requests, {} for a client to read, {} to stop.",
        millis(limits.first_byte_deadline),
        millis(limits.header_deadline),
        millis(limits.body_deadline),
        millis(limits.idle_deadline),
        millis(limits.unread_deadline),
        millis(limits.shutdown_grace)
    )?;
    let pepper = if config.secrets.pepper.is_some() { "with a pepper" } else { "without a pepper" };
    writeln!(out, "Digests of keys are made {pepper}.")?;
    match config.data_threads {
        DataThreads::OnePerCore => writeln!(out, "Threads of the data plane: one for each core.")?,
        DataThreads::Exactly(count) => writeln!(out, "Threads of the data plane: {count}.")?,
    }
    writeln!(out, "Log: {} and above, as {}.", level(config.log.level), format(config.log.format))
}

fn listener(listener: &ListenerConfig) -> String {
    let how = match (&listener.tls, listener.require_tls) {
        (Some(tls), _) => format!("TLS with {}", tls.certificate.display()),
        (None, true) => "plain HTTP, refused because TLS is required".to_owned(),
        (None, false) => "plain HTTP".to_owned(),
    };
    format!("{}, {how}", listener.listen)
}

fn askers(askers: &Askers) -> String {
    match trusted(askers).as_slice() {
        [] => "proxies ask with a verifier's key".to_owned(),
        trusted => format!("proxies ask with a verifier's key, or from {}", trusted.join(", ")),
    }
}

fn trusted(askers: &Askers) -> Vec<String> {
    match askers {
        Askers::WithKey => Vec::new(),
        Askers::WithKeyOrFrom(addresses) => addresses.to_texts(),
    }
}

fn zone(config: &RealmConfig) -> &str {
    config.time_zone.iana_name().unwrap_or("UTC")
}

fn millis(time: std::time::Duration) -> String {
    format!("{} ms", time.as_millis())
}

const fn level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    }
}

const fn format(format: LogFormat) -> &'static str {
    match format {
        LogFormat::Json => "json",
        LogFormat::Text => "text",
    }
}

fn as_json(path: &Path, config: &Config) -> Value {
    json!({
        "ok": true,
        "file": path.display().to_string(),
        "data": config.data.to_string(),
        "control": {
            "listener": listener_as_json(&config.control.listener),
            "public_url": config.control.public_url,
        },
        "verifiers": askers_as_json(&config.verifiers),
        "ext_authz": config.ext_authz.as_ref().map(askers_as_json),
        "pepper": config.secrets.pepper.is_some(),
        "mail": mail::as_json(config.mail.as_ref()),
        "webhooks": webhooks::as_json(&config.receivers),
        "limits": limits_as_json(config),
        "log": { "level": level(config.log.level), "format": format(config.log.format) },
        "data_threads": match config.data_threads {
            DataThreads::OnePerCore => 0,
            DataThreads::Exactly(count) => count.get(),
        },
        "realms": config.realms.iter().map(realm_as_json).collect::<Vec<_>>(),
        "warnings": config.warnings,
    })
}

fn limits_as_json(config: &Config) -> Value {
    let limits = &config.limits;
    let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    json!({
        "header_bytes_max": limits.header_bytes_max,
        "header_lines_max": limits.header_lines_max,
        "body_bytes_max": limits.body_bytes_max,
        "batch_body_bytes_max": limits.batch_body_bytes_max,
        "gateway_body_bytes_max": limits.gateway_body_bytes_max,
        "connections_max": limits.connections_max,
        "connections_per_address_max": limits.connections_per_address_max,
        "header_deadline_ms": ms(limits.header_deadline),
        "first_byte_deadline_ms": ms(limits.first_byte_deadline),
        "idle_deadline_ms": ms(limits.idle_deadline),
        "body_deadline_ms": ms(limits.body_deadline),
        "unread_deadline_ms": ms(limits.unread_deadline),
        "shutdown_grace_ms": ms(limits.shutdown_grace),
    })
}

fn realm_as_json(config: &RealmConfig) -> Value {
    let realm = &config.realm;
    let prefixes = realm.prefixes.own().iter().map(|prefix| prefix.as_str());
    json!({
        "name": realm.name.as_str(),
        "dialect": config.dialect.name(),
        "prefixes": prefixes.collect::<Vec<_>>(),
        "routes": realm.routes.len(),
        "permissions": realm.catalogue.resources().len(),
        "keys_per_account": realm.keys_per_account,
        "webhooks_per_account": realm.webhooks_per_account,
        "webhook_success": webhooks::rule_name(config.webhook_success),
        "limits": limits::as_json(&realm.limits),
        "lifecycle": lifecycle::as_json(&realm.lifecycle),
        "projects_per_account": match realm.projects {
            ProjectScheme::Projects { per_account, .. } => Some(per_account),
            ProjectScheme::None => None,
        },
        "time_zone": zone(config),
        "language": realm.language.tag(),
        "hints": config.hints,
        "absent_permissions": match realm.absent_permissions {
            AbsentPermissions::MeanUnrestricted => "unrestricted",
            AbsentPermissions::AreRejected => "rejected",
        },
        "require_user_agent_default": config.realm.user_agent == UserAgentRule::Required,
        "environments": config.environments.iter().map(environment_as_json).collect::<Vec<_>>(),
    })
}

fn environment_as_json(environment: &EnvironmentConfig) -> Value {
    json!({
        "name": environment.name.as_str(),
        "clock": match environment.clock {
            ClockKind::Real => "real",
            ClockKind::Simulated => "simulated",
        },
        "listener": listener_as_json(&environment.listener),
        "upstreams": environment.upstreams.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn askers_as_json(config: &VerifiersConfig) -> Value {
    json!({
        "listener": listener_as_json(&config.listener),
        "trusted_proxies": trusted(&config.askers),
    })
}

fn listener_as_json(listener: &ListenerConfig) -> Value {
    json!({
        "listen": listener.listen.to_string(),
        "tls": listener.tls.is_some(),
        "require_tls": listener.require_tls,
    })
}

fn faults_as_json(path: &Path, faults: &Faults) -> Value {
    let one = |fault: &config::Fault| {
        let (line, variable) = match &fault.place {
            Place::File => (None, None),
            Place::Line(line) => (Some(line), None),
            Place::Variable(name) => (None, Some(name)),
        };
        json!({ "line": line, "variable": variable, "sentence": fault.sentence })
    };
    let list: Vec<Value> = faults.list().iter().map(one).collect();
    json!({ "ok": false, "file": path.display().to_string(), "faults": list })
}
