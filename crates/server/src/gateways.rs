//! The gateways of a configuration: made at the start, and set up anew when it is read again.
//!
//! Must not decide anything about requests, and must not change what a gateway decides by: realms
//! and their rules stay as they were when the server started.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use dialects::office::BODY_MAX;
use domain::ip_list::IpList;
use doors::gateway::{BackOffice, Backend, GatewaySettings, Hints, Upstream, UpstreamLimits};
use doors::identity::IdentitySigner;
use engine::engine::Engine;
use tokio::sync::watch;

use crate::config::{self, Config, EnvironmentConfig, Http2, Limits, RealmConfig, Scheme};
use crate::identity::Identity;
use crate::listen::{Announced, Speaks};
use crate::wiring::system_entropy;

/// The gateways, each with its place.
#[derive(Debug)]
pub(crate) struct Gateways {
    engine: Arc<Engine>,
    identity: Arc<Identity>,
    all: Vec<Followed>,
}

/// The settings of one gateway, which its threads follow.
#[derive(Debug)]
struct Followed {
    realm: String,
    environment: String,
    dialect: Arc<dyn dialects::dialect::Dialect>,
    /// The limits that the server started with, of which a reload changes one.
    limits: Limits,
    settings: watch::Sender<Arc<GatewaySettings>>,
}

impl Gateways {
    pub(crate) fn new(engine: &Arc<Engine>, identity: &Arc<Identity>) -> Self {
        let (engine, identity) = (Arc::clone(engine), Arc::clone(identity));
        Self { engine, identity, all: Vec::new() }
    }

    /// Makes the settings of one environment; what is returned follows them.
    pub(crate) fn add(
        &mut self,
        config: &Config,
        realm: &RealmConfig,
        environment: &EnvironmentConfig,
    ) -> Result<watch::Receiver<Arc<GatewaySettings>>> {
        let dialect = Arc::clone(&realm.dialect);
        let limits = config.limits.clone();
        let settings = self.settings(&limits, realm, environment, &dialect, &[])?;
        let (settings, followed) = watch::channel(Arc::new(settings));
        self.all.push(Followed {
            realm: realm.realm.name.to_string(),
            environment: environment.name.to_string(),
            dialect,
            limits,
            settings,
        });
        Ok(followed)
    }

    /// Sets the gateways up by another configuration, as far as it names them.
    ///
    /// # Errors
    /// An upstream that cannot be spoken to as described; nothing has changed then.
    pub(crate) fn reload(&self, config: &Config) -> Result<()> {
        let mut changes = Vec::new();
        for followed in &self.all {
            let named =
                config.realms.iter().find(|realm| realm.realm.name.as_str() == followed.realm);
            let Some(realm) = named else { continue };
            let mut environments = realm.environments.iter();
            let named = environments.find(|known| known.name.as_str() == followed.environment);
            let Some(environment) = named else { continue };
            let gateway_body_bytes_max = config.limits.gateway_body_bytes_max;
            let limits = Limits { gateway_body_bytes_max, ..followed.limits.clone() };
            let known = followed.settings.borrow().upstreams.clone();
            let settings = self.settings(&limits, realm, environment, &followed.dialect, &known)?;
            changes.push((followed, settings));
        }
        for (followed, settings) in changes {
            followed.settings.send_replace(Arc::new(settings));
        }
        Ok(())
    }

    fn settings(
        &self,
        limits: &Limits,
        realm: &RealmConfig,
        environment: &EnvironmentConfig,
        dialect: &Arc<dyn dialects::dialect::Dialect>,
        known: &[Arc<Backend>],
    ) -> Result<GatewaySettings> {
        let place = self
            .engine
            .place(realm.realm.name.as_str(), environment.name.as_str())
            .context("An environment of the configuration is missing from the engine")?;
        let signer: Arc<dyn IdentitySigner> = Arc::<Identity>::clone(&self.identity);
        let rules = &environment.rules;
        Ok(GatewaySettings {
            engine: Arc::clone(&self.engine),
            place: place.clone(),
            dialect: Arc::clone(dialect),
            upstreams: backends(environment, known)?,
            health: rules.health.clone(),
            trusted_hops: trusted_hops(environment),
            back_office: BackOffice {
                runtime: tokio::runtime::Handle::current(),
                entropy: system_entropy(),
                body_bytes_max: (limits.body_bytes_max as u64).min(BODY_MAX),
            },
            signer,
            hints: hints(realm),
            limits: UpstreamLimits {
                body_bytes_max: limits.gateway_body_bytes_max as u64,
                body_silence_max: limits.body_deadline,
                connect_max: rules.connect,
                silence_max: rules.response,
                tunnel_silence_max: rules.tunnel_idle,
                idle_connections_max: UpstreamLimits::IDLE_CONNECTIONS_MAX,
                idle_max: UpstreamLimits::IDLE_MAX,
            },
        })
    }
}

/// The servers behind an environment. One that is known and stays as it is is kept, with its
/// pause and with the count of what it has under way.
fn backends(environment: &EnvironmentConfig, known: &[Arc<Backend>]) -> Result<Vec<Arc<Backend>>> {
    let rules = &environment.rules;
    let mut backends = Vec::with_capacity(environment.upstreams.len());
    for config::Upstream { scheme, host, port } in &environment.upstreams {
        let upstream = match scheme {
            Scheme::Http => Upstream::plain(host, *port)?,
            Scheme::Https => Upstream::tls(host, *port, Vec::new())?,
        };
        let upstream = upstream.speaking(rules.protocol);
        let mut same = known.iter().filter(|known| known.is_for(&upstream, rules.backends));
        let backend = match same.next() {
            Some(known) => Arc::clone(known),
            None => Arc::new(Backend::new(upstream, rules.backends)),
        };
        if rules.health.is_none() {
            // What a check has found ends with the checks.
            backend.found(true);
        }
        backends.push(backend);
    }
    Ok(backends)
}

/// Which HTTP the listener of an environment speaks.
pub(crate) const fn speaks(environment: &EnvironmentConfig) -> Speaks {
    match environment.front.http2 {
        Http2::Off => Speaks::Http1,
        Http2::Tls => Speaks::Http2OverTls,
        Http2::PriorKnowledge => Speaks::Http2Anywhere,
    }
}

/// Whose `X-Forwarded-For` is believed. Where connections announce their clients, the listed are
/// those that may announce; what an announced client says of itself is nobody's word.
fn trusted_hops(environment: &EnvironmentConfig) -> Option<IpList> {
    let front = &environment.front;
    if front.proxy_protocol { None } else { front.trusted_hops.clone() }
}

/// Whether refusals of a realm carry a hint for the caller.
pub(crate) const fn hints(realm: &RealmConfig) -> Hints {
    if realm.hints { Hints::Shown } else { Hints::Hidden }
}

/// Whose word is taken for where its connections come from.
pub(crate) fn announced(environment: &EnvironmentConfig) -> Announced {
    match &environment.front.trusted_hops {
        Some(trusted) if environment.front.proxy_protocol => Announced::By(trusted.clone()),
        Some(_) | None => Announced::Never,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use store::model::ModelStore;
    use testkit::world::World;

    use super::*;

    fn config(environment: &str, limits: &str) -> Config {
        let text = format!(
            "data = \"sqlite://./x.db\"\n\
             control = {{ listen = \"127.0.0.1:8800\", require_tls = false }}\n\
             verifiers = {{ listen = \"127.0.0.1:8804\", require_tls = false }}\n\
             limits = {{ {limits} }}\n\
             [[realm]]\nname = \"payments\"\ndialect = \"asaas\"\n\
             [[realm.environment]]\nname = \"sandbox\"\nlisten = \"127.0.0.1:8801\"\n\
             require_tls = false\n{environment}\n"
        );
        let config = config::parse(&text, Path::new("chaveiro.toml"), &BTreeMap::new());
        config.expect("a file without faults")
    }

    fn environment(proxy_protocol: bool) -> EnvironmentConfig {
        let lines = format!(
            "upstream = \"http://127.0.0.1:9000\"\n\
             trusted_proxies = [\"10.0.0.0/8\"]\nproxy_protocol = {proxy_protocol}"
        );
        config(&lines, "").realms[0].environments[0].clone()
    }

    /// The settings of a gateway by one configuration, and after another was read.
    async fn reloaded(
        before: &Config,
        after: &Config,
    ) -> (Arc<GatewaySettings>, Arc<GatewaySettings>) {
        let world = World::over(Arc::new(ModelStore::new())).await;
        let folder = tempfile::tempdir().expect("a folder");
        let identity = Identity::open(&folder.path().join("identity.pem")).expect("a key");
        let mut gateways = Gateways::new(&world.engine, &Arc::new(identity));
        let (realm, environment) = (&before.realms[0], &before.realms[0].environments[0]);
        let followed = gateways.add(before, realm, environment).expect("settings");
        let first = Arc::clone(&followed.borrow());
        gateways.reload(after).expect("settings");
        let second = Arc::clone(&followed.borrow());
        (first, second)
    }

    #[tokio::test]
    async fn a_reload_keeps_what_is_known_of_a_server_that_stays_as_it_is() {
        let list = |lines: &str| config(lines, "");
        let both = "upstream = [\"http://127.0.0.1:9000\", \"http://127.0.0.1:9001\"]";
        let before = list(both);
        let is_kept = async |after: Config| {
            let (first, second) = reloaded(&before, &after).await;
            let is_known = |backend: &Arc<Backend>| {
                first.upstreams.iter().any(|known| Arc::ptr_eq(known, backend))
            };
            second.upstreams.iter().map(is_known).collect::<Vec<bool>>()
        };
        let upstream = "upstream = [\"http://127.0.0.1:9002\", \"http://127.0.0.1:9001\"]";
        assert_eq!(is_kept(list(both)).await, [true, true]);
        assert_eq!(is_kept(list(upstream)).await, [false, true]);
        for other in ["upstream_protocol = \"http2\"", "upstream_pause_ms = 1000"] {
            assert_eq!(is_kept(list(&format!("{upstream}\n{other}"))).await, [false, false]);
        }
        let slower = format!("{upstream}\nupstream_connect_ms = 1000");
        assert_eq!(is_kept(list(&slower)).await, [false, true]);
    }

    #[tokio::test]
    async fn a_reload_applies_the_limit_of_forwarded_bodies_and_no_other() {
        let upstream = "upstream = \"http://127.0.0.1:9000\"";
        let before = config(upstream, "");
        let after = config(
            upstream,
            "body_bytes_max = 4096, body_deadline_ms = 7000, gateway_body_bytes_max = 4096",
        );
        let (first, second) = reloaded(&before, &after).await;
        assert_eq!(second.limits.body_bytes_max, 4_096);
        assert_eq!(second.limits.body_silence_max, first.limits.body_silence_max);
        assert_eq!(second.back_office.body_bytes_max, first.back_office.body_bytes_max);
    }

    #[test]
    fn an_announced_client_in_a_trusted_network_is_not_believed() {
        let announces = environment(true);
        assert!(trusted_hops(&announces).is_none());
        assert!(matches!(announced(&announces), Announced::By(_)));
    }

    #[test]
    fn a_listed_proxy_that_announces_nothing_is_believed() {
        let forwards = environment(false);
        assert!(trusted_hops(&forwards).is_some());
        assert!(matches!(announced(&forwards), Announced::Never));
    }
}
