//! What the quickstart shows when everything listens: one line of JSON, or lines for people that
//! can be pasted into a shell.
//!
//! The shape of the JSON is an interface that scripts rely on. Must not be logged.

use std::path::Path;
use std::sync::Arc;

use dialects::dialect::Dialect;
use domain::key_text::KeyText;
use serde_json::{Map, Value, json};

use super::seed::{OperatorKeys, SeededPlace};
use crate::config::{Config, EnvironmentConfig, RealmConfig};

/// Everything that is shown.
#[derive(Debug)]
pub(super) struct Report {
    control_url: String,
    verifier_url: String,
    places: Vec<ShownPlace>,
    /// Operator keys, where they were made just now.
    pub(super) operators: OperatorKeys,
}

#[derive(Debug)]
struct ShownPlace {
    realm: String,
    environment: String,
    url: String,
    dialect: Arc<dyn Dialect>,
    seeded: SeededPlace,
}

impl Report {
    /// A report of this configuration, without places yet.
    pub(super) fn new(config: &Config) -> Self {
        Self {
            control_url: format!("http://{}", config.control.listener.listen),
            verifier_url: format!("http://{}", config.verifiers.listener.listen),
            places: Vec::new(),
            operators: OperatorKeys::default(),
        }
    }

    /// Adds a place.
    pub(super) fn add(
        &mut self,
        realm: &RealmConfig,
        environment: &EnvironmentConfig,
        seeded: SeededPlace,
    ) {
        self.places.push(ShownPlace {
            realm: realm.realm.name.as_str().to_owned(),
            environment: environment.name.as_str().to_owned(),
            url: format!("http://{}", environment.listener.listen),
            dialect: Arc::clone(&realm.dialect),
            seeded,
        });
    }

    /// The one line for scripts, with `null` where a secret cannot be shown again.
    pub(super) fn json_line(&self) -> String {
        let mut realms = Map::new();
        for place in &self.places {
            let shown = place.to_json();
            if let Value::Object(environments) =
                realms.entry(place.realm.clone()).or_insert_with(|| json!({}))
            {
                environments.insert(place.environment.clone(), shown);
            }
        }
        let line = json!({
            "control": {
                "url": self.control_url,
                "admin_key": text(self.operators.admin.as_ref()),
                "dashboard_setup_url": null,
            },
            "verifier": {
                "url": self.verifier_url,
                "key": text(self.operators.verifier.as_ref()),
            },
            "realms": realms,
        });
        format!("{line}\n")
    }

    /// The lines for people.
    pub(super) fn for_people(&self, config: &Path) -> String {
        let mut lines = vec!["Chaveiro is running. Stop it with Ctrl-C.".to_owned(), String::new()];
        for place in &self.places {
            lines.push(format!("{} / {}: {}", place.realm, place.environment, place.url));
            lines.extend(place.for_people());
            lines.push(String::new());
        }
        lines.push(format!("control plane: {}", self.control_url));
        lines.push(operator_line("admin key", self.operators.admin.as_ref()));
        lines.push(format!("verifiers: {}", self.verifier_url));
        lines.push(operator_line("verifier key", self.operators.verifier.as_ref()));
        lines.push(String::new());
        if self.operators.admin.is_some() {
            lines.push("Keys are shown this once. Keep those that you need.".to_owned());
        }
        lines.push(format!("The configuration it runs with: {}", config.display()));
        lines.join("\n") + "\n"
    }
}

impl ShownPlace {
    fn to_json(&self) -> Value {
        let (account, key) = &self.seeded.account;
        match &self.seeded.project {
            None => json!({
                "url": self.url,
                "account_id": account.to_string(),
                "key": text(key.as_ref()),
            }),
            Some((project, project_key)) => json!({
                "url": self.url,
                "account_id": account.to_string(),
                "account_key": text(key.as_ref()),
                "project_id": project.to_string(),
                "project_key": text(project_key.as_ref()),
            }),
        }
    }

    fn for_people(&self) -> Vec<String> {
        let (account, key) = &self.seeded.account;
        let mut lines = vec![format!("  account {account}")];
        let curl = |key: &Option<KeyText>, project: Option<&str>| match key {
            Some(key) => {
                format!("  {}", self.dialect.sample_request(&self.url, key.expose(), project))
            }
            None => "  (its key was shown at the first start)".to_owned(),
        };
        match &self.seeded.project {
            None => lines.push(curl(key, None)),
            Some((project, project_key)) => {
                let project = project.to_string();
                lines.push(curl(key, Some(&project)));
                lines.push(format!("  project {project}"));
                lines.push(curl(project_key, None));
            }
        }
        lines
    }
}

fn text(key: Option<&KeyText>) -> Value {
    key.map_or(Value::Null, |key| Value::from(key.expose()))
}

fn operator_line(what: &str, key: Option<&KeyText>) -> String {
    match key {
        Some(key) => format!("  {what}: {}", key.expose()),
        None => format!(
            "  {what}: shown at the first start (if it is lost, stop this server, and `chaveiro init --add-admin` makes another)"
        ),
    }
}
