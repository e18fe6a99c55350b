//! A copy of the configuration that a quickstart wrote, with other ports and another upstream.
//!
//! Must not change anything that a measurement depends on.

use super::scratch;
use anyhow::{Context, Result};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// A configuration, and the file it is in or will be written to.
pub(super) struct Config {
    table: Table,
    path: PathBuf,
}

impl Config {
    /// Reads the file that a quickstart left in its folder; the copy lies beside it, because
    /// paths in it count from there.
    pub(super) fn copy_of(data: &Path, name: &str) -> Result<Self> {
        let original = data.join("chaveiro.toml");
        let text = fs::read_to_string(&original)
            .with_context(|| format!("{} can't be read", original.display()))?;
        let table = text
            .parse::<Table>()
            .with_context(|| format!("{} can't be understood", original.display()))?;
        let mut config = Self { table, path: data.join(name) };
        // A port of then may be one of our listeners now, and nothing may forward to itself.
        each(&mut config.table, "upstream", &mut |to| *to = Value::String(NOBODY.into()));
        // A benchmark asks with one key, more often than a contract lets it: the limits are there and
        // count every request, and are too wide to be reached.
        let wide = WIDE_LIMITS.parse::<Table>().context("The limits can't be understood")?;
        let realms = config.table.get_mut("realm").and_then(Value::as_array_mut);
        for realm in realms.into_iter().flatten().filter_map(Value::as_table_mut) {
            if realm.get("dialect").and_then(Value::as_str) == Some("asaas") {
                realm.extend(wide.clone());
            }
        }
        Ok(config)
    }

    /// Gives every listener a free port, and writes the file.
    pub(super) fn relisten(mut self) -> Result<Self> {
        let mut count = 0;
        each(&mut self.table, "listen", &mut |_| count += 1);
        let mut port = scratch::free_ports(count)?;
        each(&mut self.table, "listen", &mut |listen| {
            *listen = Value::String(format!("127.0.0.1:{port}"));
            port += 1;
        });
        let text = toml::to_string(&self.table).context("The configuration can't be written")?;
        fs::write(&self.path, text)
            .with_context(|| format!("{} can't be written", self.path.display()))?;
        Ok(self)
    }

    /// Lets events be sent into this network of our own.
    pub(super) fn allow_receivers(&mut self, network: &str) -> Result<()> {
        let section = self.table.entry("webhooks").or_insert_with(|| Value::Table(Table::new()));
        let section = section.as_table_mut().context("`webhooks` is no section.")?;
        section.insert("allow".into(), Value::Array(vec![Value::String(network.into())]));
        Ok(())
    }

    /// Puts another server behind one environment.
    pub(super) fn set_upstream(&mut self, realm: &str, name: &str, to: SocketAddr) -> Result<()> {
        let environment = environment(&mut self.table, realm, name)?;
        environment.insert("upstream".into(), Value::String(format!("http://{to}")));
        Ok(())
    }

    /// Lets so many requests be under way to the server behind one environment.
    pub(super) fn set_upstream_requests_max(
        &mut self,
        realm: &str,
        name: &str,
        most: usize,
    ) -> Result<()> {
        let most = i64::try_from(most).context("That many requests can't be under way")?;
        let environment = environment(&mut self.table, realm, name)?;
        environment.insert("upstream_requests_max".into(), Value::Integer(most));
        Ok(())
    }

    /// Where the control plane listens.
    pub(super) fn control(&self) -> Result<SocketAddr> {
        let section = self.table.get("control").and_then(Value::as_table);
        address(section.context("The configuration has no [control].")?)
    }

    /// Where the gateway of one environment listens.
    pub(super) fn gateway(&self, realm: &str, name: &str) -> Result<SocketAddr> {
        address(environment(&mut self.table.clone(), realm, name)?)
    }

    /// Where verifiers ask.
    pub(super) fn verifiers(&self) -> Result<SocketAddr> {
        let section = self.table.get("verifiers").and_then(Value::as_table);
        address(section.context("The configuration has no [verifiers].")?)
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Those of the dialect `asaas`. One that remembers each request holds a thousand at most, and would
/// be reached at once.
const WIDE_LIMITS: &str = r#"
    [[limit]]
    name = "twelve_hours"
    per = "account"
    at_most = 1_000_000_000
    from_first = "12h"
    [[limit]]
    name = "reads_at_once"
    per = "account"
    at_most = 1_000
    at_once = true
    methods = ["GET"]
"#;

fn address(section: &Table) -> Result<SocketAddr> {
    let listen = section.get("listen").and_then(Value::as_str);
    let listen = listen.context("A listener in the configuration has no address.")?;
    listen.parse().with_context(|| format!("`{listen}` is not an address"))
}

fn environment<'t>(table: &'t mut Table, realm: &str, name: &str) -> Result<&'t mut Table> {
    named(table, "realm", realm)
        .and_then(|realm| named(realm, "environment", name))
        .with_context(|| format!("The configuration has no {realm}/{name}."))
}

/// The table of this name in an array of tables.
fn named<'t>(table: &'t mut Table, array: &str, name: &str) -> Option<&'t mut Table> {
    let tables = table.get_mut(array)?.as_array_mut()?.iter_mut().filter_map(Value::as_table_mut);
    let mut tables = tables.filter(|table| table.get("name").and_then(Value::as_str) == Some(name));
    tables.next()
}

/// Acts on every text of this name, however deep.
fn each(table: &mut Table, name: &str, act: &mut impl FnMut(&mut Value)) {
    for (key, value) in table.iter_mut() {
        match value {
            Value::String(_) if key == name => act(value),
            Value::Table(inner) => each(inner, name, act),
            Value::Array(items) => {
                items
                    .iter_mut()
                    .filter_map(Value::as_table_mut)
                    .for_each(|inner| each(inner, name, act));
            }
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => {}
        }
    }
}

/// Where nobody answers, for environments that no request goes to.
const NOBODY: &str = "http://127.0.0.1:9";

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "data = \"sqlite://./chaveiro.db\"\n\
        [control]\nlisten = \"127.0.0.1:8800\"\n\
        [[realm]]\nname = \"payments\"\n\
        [[realm.environment]]\nname = \"sandbox\"\nlisten = \"127.0.0.1:8801\"\nupstream = \"http://a\"\n\
        [[realm.environment]]\nname = \"production\"\nlisten = \"127.0.0.1:8802\"\nupstream = \"http://b\"\n";

    fn config() -> Config {
        Config { table: TEXT.parse().unwrap(), path: PathBuf::new() }
    }

    #[test]
    fn addresses_are_found_by_realm_and_environment() {
        let config = config();
        assert_eq!(config.control().unwrap().port(), 8800);
        assert_eq!(config.gateway("payments", "production").unwrap().port(), 8802);
        assert!(config.gateway("payments", "staging").is_err());
    }

    #[test]
    fn only_the_named_environment_gets_the_upstream() {
        let mut config = config();
        let to = SocketAddr::from(([127, 0, 0, 1], 9000));
        config.set_upstream("payments", "sandbox", to).unwrap();
        let text = toml::to_string(&config.table).unwrap();
        assert!(text.contains("upstream = \"http://127.0.0.1:9000\""), "{text}");
        assert!(text.contains("upstream = \"http://b\"") && !text.contains("http://a"), "{text}");
    }

    #[test]
    fn every_listener_is_visited_and_nothing_else() {
        let mut ports = Vec::new();
        each(&mut config().table, "listen", &mut |listen| ports.push(listen.to_string()));
        ports.sort();
        assert_eq!(ports, ["\"127.0.0.1:8800\"", "\"127.0.0.1:8801\"", "\"127.0.0.1:8802\""]);
    }
}
