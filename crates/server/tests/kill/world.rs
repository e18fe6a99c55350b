//! The server's places and the keys to them, for as long as its data lasts.

use crate::history::{AccountPast, History};
use crate::line::Line;
use crate::support::Quickstart;

/// One environment of one realm.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) realm: &'static str,
    pub(crate) environment: &'static str,
    /// A path that every unrestricted key may ask for.
    pub(crate) path: &'static str,
    /// Below which account new ones are made, where keys belong to projects.
    pub(crate) parent: Option<String>,
}

impl Place {
    /// Where its resources are in the native API.
    pub(crate) fn base(&self) -> String {
        format!("/api/v1/realms/{}/environments/{}", self.realm, self.environment)
    }
}

/// What every client knows.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) places: Vec<Place>,
    control: String,
    admin: String,
    verifiers: String,
    verifier: String,
}

impl World {
    /// The world of a first start.
    pub(crate) fn of(server: &Quickstart) -> Self {
        let place = |realm, environment, path, parent| Place { realm, environment, path, parent };
        let mail = server.text("/realms/mail/production/account_id");
        Self {
            places: vec![
                place("payments", "sandbox", "/v3/customers", None),
                place("payments", "production", "/v3/payments", None),
                place("mail", "production", "/v1/contacts", Some(mail)),
            ],
            control: server.address(0),
            admin: server.text("/control/admin_key"),
            verifiers: server.address(4),
            verifier: server.text("/verifier/key"),
        }
    }

    /// What the first start made: shared accounts, of whose keys none is touched.
    pub(crate) fn history(server: &Quickstart) -> History {
        let mut history = History::default();
        let shared = [
            (0, "/realms/payments/sandbox/account_id"),
            (1, "/realms/payments/production/account_id"),
            (2, "/realms/mail/production/account_id"),
            (2, "/realms/mail/production/project_id"),
        ];
        for (place, pointer) in shared {
            let account = AccountPast { place, worker: None, open_keys: 0 };
            history.accounts.insert(server.text(pointer), account);
        }
        history
    }

    /// A line to the native API.
    pub(crate) fn api(&self) -> Line {
        Line::new(self.control.clone(), &self.admin)
    }

    /// A line to the verify call.
    pub(crate) fn verifier(&self) -> Line {
        Line::new(self.verifiers.clone(), &self.verifier)
    }
}
