//! Says whose key a text is, to somebody who holds the whole of it.
//!
//! Must not tell anything of a key whose secret does not match: one that nobody has is answered
//! like one with another secret. It is no use of the key.

use domain::account::Account;
use domain::diagnosis::Diagnosis;
use domain::key::Key;
use domain::key_text::{KeyText, Kid, PresentedKey};
use store::fault::{Failure, Outcome};

use crate::engine::{Engine, NO_KEY};
use crate::operator_access::Operator;

/// Whose key a text is.
#[derive(Clone, Debug)]
pub enum KeyOwner {
    /// A key of this account, both in whatever state.
    Account {
        /// The key.
        key: Box<Key>,
        /// The account or project that owns it.
        account: Box<Account>,
        /// Which of the key's secrets the text holds.
        secret: HeldSecret,
    },
    /// An operator's.
    Operator(Operator),
}

/// Which secret of a key a text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldSecret {
    /// The one that works where the key does.
    Current,
    /// The one before it, which works for a while or has ended.
    Replaced,
}

/// Which secret of the key has this public id.
fn held(key: &Key, kid: Kid) -> Option<HeldSecret> {
    if key.secret.kid == kid {
        Some(HeldSecret::Current)
    } else {
        key.previous.as_ref().filter(|old| old.secret.kid == kid).map(|_| HeldSecret::Replaced)
    }
}

/// Why nobody is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoOwner {
    /// The text is not shaped like a key of this server.
    #[error("the text is no key of this server")]
    Malformed(Diagnosis),
    /// No such key, or another secret.
    #[error("no such key is known")]
    Unknown,
}

impl Engine {
    /// Whose key this is.
    ///
    /// # Errors
    /// Text that is no key of this server, or no key that was issued; or a fault of the store.
    pub async fn key_owner(&self, text: &KeyText) -> Outcome<KeyOwner, NoOwner> {
        let unknown = || Failure::Rejected(NoOwner::Unknown);
        let text = text.expose().as_bytes();
        let presented = PresentedKey::parse(text, &self.known_prefixes)
            .map_err(|diagnosis| Failure::Rejected(NoOwner::Malformed(diagnosis)))?;
        if let Ok(operator) = self.operator(text) {
            return Ok(KeyOwner::Operator(operator));
        }
        let known = self
            .keyring
            .find(presented.kid())
            .map(|found| (found.record.digest, found.record.id, found.owner.id, found.owner.place));
        let digest = known.map_or(NO_KEY, |(digest, ..)| digest);
        let matches = self.digester.matches(text, &digest);
        let (_, id, owner, place) = known.filter(|_| matches).ok_or_else(unknown)?;
        let place = self.places().iter().find(|found| found.index == place).ok_or_else(unknown)?;
        let key = self.store.find_key(place.place().clone(), id).await?;
        let mut key = key.ok_or_else(unknown)?;
        // It may have been given another text meanwhile.
        let secret = held(&key, presented.kid()).ok_or_else(unknown)?;
        self.keyring.freshen(&mut key);
        let account = self.store.find_account(place.place().clone(), owner).await?;
        let account = account.ok_or_else(unknown)?;
        Ok(KeyOwner::Account { key: Box::new(key), account: Box::new(account), secret })
    }
}
