//! What goes out to mailboxes: who finds the words, and who brings them.
//!
//! Must not know a language or a library of mail by name.

use std::fmt;
use std::sync::Arc;

use domain::ids::AccountId;

use crate::place::PlaceRef;
use crate::ports::postman::Postman;
use crate::ports::scribe::Scribe;

/// All that writing to people needs.
pub struct Correspondence {
    scribe: Arc<dyn Scribe>,
    postman: Arc<dyn Postman>,
    page: Box<str>,
}

impl fmt::Debug for Correspondence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Correspondence").field("page", &self.page).finish_non_exhaustive()
    }
}

impl Correspondence {
    /// Letters in these words, brought by this postman. `page` is the address of the page on which
    /// people see their keys; in it `{realm}`, `{environment}` and `{account}` stand for those of
    /// the letter.
    #[must_use]
    pub fn new(scribe: Arc<dyn Scribe>, postman: Arc<dyn Postman>, page: &str) -> Self {
        Self { scribe, postman, page: page.into() }
    }

    pub(crate) fn scribe(&self) -> &dyn Scribe {
        &*self.scribe
    }

    pub(crate) fn postman(&self) -> &dyn Postman {
        &*self.postman
    }

    /// The page of this account. Names and identities need no escapes in an address.
    pub(crate) fn link(&self, place: &PlaceRef, account: AccountId) -> String {
        self.page
            .replace("{realm}", place.place().realm.as_str())
            .replace("{environment}", place.environment().as_str())
            .replace("{account}", &account.to_string())
    }
}
