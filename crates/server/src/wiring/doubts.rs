//! Says in the log what of the data may not be as somebody meant it, before anything listens.
//!
//! Must not change anything, nor keep a server from starting.

use anyhow::Result;

use super::{Core, IDENTITY};
use crate::config::{Config, DataUrl};

impl Core {
    /// Says in the log what of the data may not be as somebody meant it.
    pub(crate) async fn warn_of_data(&self, config: &Config) -> Result<()> {
        let DataUrl::Sqlite(path) = &config.data;
        self.identity.warn_if_left_alone(&path.with_file_name(IDENTITY), self.has_data);
        if !self.engine.has_operators() {
            tracing::warn!("nobody can manage this server yet: stop it and run `chaveiro init`");
        }
        if self.unplaced > 0 {
            tracing::warn!(
                rows = self.unplaced,
                "keys or accounts belong to realms or environments that the configuration does not name; they are kept and refused"
            );
        }
        for place in self.engine.places() {
            if let Some(key) = self.engine.strange_key(place).await? {
                tracing::warn!(
                    place = %place.place(),
                    key = %key.id,
                    hint = key.secret.hint.as_str(),
                    "a key does not begin as keys of its environment do now, so it is refused, and others may be: bring the `key_prefix` of before back, or give their owners new keys"
                );
            }
        }
        Ok(())
    }
}
