//! What a configuration that is read again cannot change while the server runs.
//!
//! Must not change anything; it compares and names.

use domain::realm::Realm;

use crate::config::{Config, EnvironmentConfig, Front, Limits, RealmConfig, Secrets};

/// Something that is fixed at the start: its name in the file, and its value as text, which every
/// part has; secrets have none, and are compared by themselves.
type Part = (String, String);

/// What differs and needs a restart, each by its name in the file.
pub(crate) fn needs_restart(before: &Config, after: &Config) -> Vec<String> {
    let mut names = differing(&server(before), &server(after));
    let same = |one: &RealmConfig, all: &[RealmConfig]| {
        all.iter().position(|other| other.realm.name == one.realm.name)
    };
    for realm in &after.realms {
        match same(realm, &before.realms) {
            Some(at) => names.extend(differing(&of_realm(&before.realms[at]), &of_realm(realm))),
            None => names.push(format!("realm {}", realm.realm.name)),
        }
    }
    let gone = before.realms.iter().filter(|realm| same(realm, &after.realms).is_none());
    names.extend(gone.map(|realm| format!("realm {}", realm.realm.name)));
    names
}

fn differing(before: &[Part], after: &[Part]) -> Vec<String> {
    let value = |parts: &[Part], name: &String| {
        parts.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let changed = after.iter().filter(|(name, now)| value(before, name).as_ref() != Some(now));
    let gone = before.iter().filter(|(name, _)| value(after, name).is_none());
    changed.chain(gone).map(|(name, _)| name.clone()).collect()
}

/// Everything outside of the realms. Each member is named, so that a new one is not forgotten: it is
/// either compared here or can change while the server runs.
fn server(config: &Config) -> Vec<Part> {
    let Config {
        data,
        control,
        verifiers,
        ext_authz,
        secrets: Secrets { pepper },
        limits,
        log,
        data_threads,
        receivers,
        mail,
        realms: _,
        warnings: _,
    } = config;
    let pepper = pepper.as_ref().map(|pepper| pepper.expose().to_owned());
    let login = mail.as_ref().and_then(|mail| mail.postman.login.as_ref());
    let password = login.map_or("", |login| login.password.as_str());
    let limits = Limits { gateway_body_bytes_max: 0, ..limits.clone() };
    vec![
        ("data".to_owned(), data.to_string()),
        ("[secrets]".to_owned(), pepper.unwrap_or_default()),
        ("[control]".to_owned(), format!("{control:?}")),
        ("[verifiers]".to_owned(), format!("{verifiers:?}")),
        ("[ext_authz]".to_owned(), format!("{ext_authz:?}")),
        ("[limits]".to_owned(), format!("{limits:?}")),
        ("[webhooks]".to_owned(), format!("{receivers:?}")),
        ("[mail]".to_owned(), format!("{mail:?} {password:?}")),
        ("[log]".to_owned(), format!("{log:?}")),
        ("data_threads".to_owned(), format!("{data_threads:?}")),
    ]
}

fn of_realm(config: &RealmConfig) -> Vec<Part> {
    // Each member is named here too. Hints can change at any time; the zone is in the realm as well.
    let RealmConfig {
        realm,
        dialect,
        time_zone: _,
        hints: _,
        webhook_success,
        routes_without_permission: _,
        environments,
    } = config;
    let name = &realm.name;
    let mut parts = vec![
        (format!("the rules of realm {name}"), format!("{} {dialect:?}", rules(realm))),
        (format!("webhook_success of realm {name}"), format!("{webhook_success:?}")),
    ];
    parts.extend(environments.iter().map(|environment| of_environment(environment, realm)));
    parts
}

/// The rules of a realm. Which prefixes are those of others is not among them: that changes with
/// each realm that comes or goes, and is told of that realm.
fn rules(realm: &Realm) -> String {
    let Realm {
        name: _,
        environments,
        prefixes,
        catalogue,
        routes,
        limits,
        lifecycle,
        projects,
        keys_per_account,
        webhooks_per_account,
        webhook_events,
        absent_permissions,
        user_agent,
        time_zone,
        language,
    } = realm;
    let prefixes = prefixes.own();
    format!(
        "{environments:?} {prefixes:?} {catalogue:?} {routes:?} {limits:?} {lifecycle:?} \
         {projects:?} {keys_per_account} {webhooks_per_account} {webhook_events:?} \
         {absent_permissions:?} {user_agent:?} {time_zone:?} {language:?}"
    )
}

fn of_environment(environment: &EnvironmentConfig, realm: &Realm) -> Part {
    // Upstreams and their rules can change at any time; what the clock follows is in the realm.
    let EnvironmentConfig { name, listener, clock: _, front, upstreams: _, rules: _ } = environment;
    let Front { http2, proxy_protocol, trusted_hops } = front;
    // Whom a gateway believes can change at any time; whom its listener believes cannot.
    let believed = proxy_protocol.then_some(trusted_hops);
    (
        format!("the listener of environment {name} of realm {}", realm.name),
        format!("{listener:?} {http2:?} {proxy_protocol} {believed:?}"),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::config;

    const REALM: &str = "[[realm]]\nname = \"payments\"\ndialect = \"asaas\"\n";

    /// A file with these lines of the server's, of its realm's, and after it.
    fn file(lines: &str, of_realm: &str, behind: &str) -> Config {
        let text = format!(
            "data = \"sqlite://./x.db\"\n\
             control = {{ listen = \"127.0.0.1:8800\", require_tls = false }}\n\
             verifiers = {{ listen = \"127.0.0.1:8804\", require_tls = false }}\n{lines}\n\
             {REALM}{of_realm}\n\
             [[realm.environment]]\nname = \"sandbox\"\nlisten = \"127.0.0.1:8801\"\n\
             require_tls = false\nupstream = \"http://127.0.0.1:9000\"\n{behind}\n"
        );
        let config = config::parse(&text, Path::new("chaveiro.toml"), &BTreeMap::new());
        config.expect("a file without faults")
    }

    fn config(lines: &str) -> Config {
        file(lines, "", "")
    }

    #[test]
    fn a_changed_listener_for_envoy_is_named() {
        let listens = |port: u16| {
            format!("ext_authz = {{ listen = \"127.0.0.1:{port}\", require_tls = false }}")
        };
        let (none, one, other) = (config(""), config(&listens(8805)), config(&listens(8806)));
        for (before, after) in [(&none, &one), (&one, &other), (&other, &none)] {
            assert_eq!(needs_restart(before, after), ["[ext_authz]"]);
        }
        assert!(needs_restart(&one, &one).is_empty());
    }

    #[test]
    fn a_changed_list_of_receivers_is_named() {
        let allows = |list: &str| config(&format!("webhooks = {{ allow = [{list}] }}"));
        let (none, one) = (allows(""), allows("\"127.0.0.1\""));
        let other = allows("\"127.0.0.2\", \"hooks.internal\"");
        for (before, after) in [(&none, &one), (&one, &other), (&other, &none)] {
            assert_eq!(needs_restart(before, after), ["[webhooks]"]);
        }
        assert!(needs_restart(&one, &one).is_empty());
    }

    #[test]
    fn a_changed_rule_of_success_is_named() {
        let (any, one) = (file("", "", ""), file("", "webhook_success = \"200\"", ""));
        assert_eq!(needs_restart(&any, &one), ["webhook_success of realm payments"]);
    }

    #[test]
    fn a_realm_that_comes_or_goes_is_named_and_no_other() {
        let second = "[[realm]]\nname = \"mail\"\ndialect = \"autosend\"\n\
                      [[realm.environment]]\nname = \"production\"\nlisten = \"127.0.0.1:8803\"\n\
                      require_tls = false\nupstream = \"http://127.0.0.1:9001\"\n";
        let (one, two) = (file("", "", ""), file("", "", second));
        for (before, after) in [(&one, &two), (&two, &one)] {
            assert_eq!(needs_restart(before, after), ["realm mail"]);
        }
    }

    #[test]
    fn a_changed_rule_of_a_realm_is_named_without_its_listeners() {
        let (before, after) = (file("", "", ""), file("", "keys_per_account = 7", ""));
        assert_eq!(needs_restart(&before, &after), ["the rules of realm payments"]);
    }
}
