//! The replacement of a webhook's token: the one in use and, for a while, the one before it.
//!
//! A webhook has two tokens at most. Must not make a token, nor let one be printed.

use crate::secret::Overlap;
use crate::time::Timestamp;
use crate::webhook::{AuthToken, Webhook};

/// A token that was replaced, and goes along until its end so that receivers may change over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerToken {
    /// The token.
    pub token: AuthToken,
    /// From this instant on nothing is sent with it.
    pub ends_at: Timestamp,
}

impl FormerToken {
    /// Whether its end has come.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.ends_at <= now
    }
}

impl Webhook {
    /// Gives it another token. The one in use goes along for the overlap, which begins at once; one
    /// that was replaced before is gone.
    pub fn rotate(&mut self, token: AuthToken, overlap: Overlap, at: Timestamp) {
        let ends_at = overlap.end_from(at);
        let former = self.token.replace(token).map(|token| FormerToken { token, ends_at });
        self.former = former.filter(|former| !former.has_ended(at));
    }

    /// The token that was replaced, while it goes along.
    #[must_use]
    pub fn former_at(&self, now: Timestamp) -> Option<&FormerToken> {
        self.former.as_ref().filter(|former| !former.has_ended(now))
    }

    /// Forgets the token that was replaced, if its end has come; says whether it did.
    pub fn drop_ended_token(&mut self, now: Timestamp) -> bool {
        self.former.take_if(|former| former.has_ended(now)).is_some()
    }
}
