//! What a configuration that is read again cannot change while the server runs.
//!
//! Must not change anything; it compares and names.

use crate::config::{Config, Limits, RealmConfig};

/// What differs and needs a restart, each by its name in the file.
pub(crate) fn needs_restart(before: &Config, after: &Config) -> Vec<String> {
    let (before, after) = (parts(before), parts(after));
    let mut names = Vec::new();
    for (name, value) in &after {
        if before.iter().find(|(known, _)| known == name).is_none_or(|(_, known)| known != value) {
            names.push(name.clone());
        }
    }
    let gone = before.into_iter().filter(|(name, _)| after.iter().all(|(known, _)| known != name));
    names.extend(gone.map(|(name, _)| name));
    names
}

/// Everything that is fixed at the start. Compared as text, which every part has; secrets have
/// none, and are compared by themselves.
fn parts(config: &Config) -> Vec<(String, String)> {
    let pepper = config.secrets.pepper.as_ref().map(|pepper| pepper.expose().to_owned());
    let login = config.mail.as_ref().and_then(|mail| mail.postman.login.as_ref());
    let password = login.map_or("", |login| login.password.as_str());
    let limits = Limits { gateway_body_bytes_max: 0, ..config.limits.clone() };
    let mut parts = vec![
        ("data".to_owned(), config.data.to_string()),
        ("[secrets]".to_owned(), pepper.unwrap_or_default()),
        ("[control]".to_owned(), format!("{:?}", config.control)),
        ("[verifiers]".to_owned(), format!("{:?}", config.verifiers)),
        ("[ext_authz]".to_owned(), format!("{:?}", config.ext_authz)),
        ("[limits]".to_owned(), format!("{limits:?}")),
        ("[mail]".to_owned(), format!("{:?} {password:?}", config.mail)),
        ("[log]".to_owned(), format!("{:?}", config.log)),
        ("data_threads".to_owned(), format!("{:?}", config.data_threads)),
    ];
    for realm in &config.realms {
        of_realm(realm, &mut parts);
    }
    parts
}

fn of_realm(config: &RealmConfig, parts: &mut Vec<(String, String)>) {
    let name = &config.realm.name;
    let rules = format!("{:?} {:?}", config.realm, config.dialect);
    parts.push((format!("the rules of realm {name}"), rules));
    for environment in &config.environments {
        let front = &environment.front;
        // Whom a gateway believes can change at any time; whom its listener believes cannot.
        let believed = front.proxy_protocol.then_some(&front.trusted_hops);
        parts.push((
            format!("the listener of environment {} of realm {name}", environment.name),
            format!("{:?} {:?} {believed:?}", environment.listener, front.http2),
        ));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::config;

    fn config(lines: &str) -> Config {
        let text = format!(
            "data = \"sqlite://./x.db\"\n\
             control = {{ listen = \"127.0.0.1:8800\", require_tls = false }}\n\
             verifiers = {{ listen = \"127.0.0.1:8804\", require_tls = false }}\n{lines}\n\
             [[realm]]\nname = \"payments\"\ndialect = \"asaas\"\n\
             [[realm.environment]]\nname = \"sandbox\"\nlisten = \"127.0.0.1:8801\"\n\
             require_tls = false\nupstream = \"http://127.0.0.1:9000\"\n"
        );
        let config = config::parse(&text, Path::new("chaveiro.toml"), &BTreeMap::new());
        config.expect("a file without faults")
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
}
