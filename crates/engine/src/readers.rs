//! Who is written to about what an account owns, and in which language.
//!
//! Must not write, and must not decide whether there is anything to tell.

use domain::account::{Account, AccountKind, Branding};
use domain::ids::AccountId;
use domain::language::{Language, LanguageRule};
use domain::mail::MailAddress;
use store::fault::Fault;

use crate::engine::Engine;
use crate::place::PlaceRef;

/// The people of an account, as far as they are written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readers {
    /// Their addresses: few, and each once.
    pub addresses: Vec<MailAddress>,
    /// The language that they read.
    pub language: Language,
}

impl Engine {
    /// Who is written to: the contacts of the account, or else the address that it was opened with.
    /// A project that names nobody is its account's affair, so that those of the account are
    /// written to, in the language of the project where it has one. The people of a white-label
    /// account never hear of us: there is nobody, as there is of an account that was deleted or
    /// never was.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn readers(&self, place: &PlaceRef, id: AccountId) -> Result<Option<Readers>, Fault> {
        let Some(account) = self.account_to_write_to(place, id).await? else { return Ok(None) };
        let mut language = account.language;
        let mut addresses = account.written_to().to_vec();
        if let (true, AccountKind::Project { parent }) = (addresses.is_empty(), account.kind)
            && let Some(above) = self.account_to_write_to(place, parent).await?
        {
            addresses = above.written_to().to_vec();
            language = LanguageRule::Own(language.or(above.language.or(place.realm().language)));
        }
        let language = language.or(place.realm().language);
        Ok((!addresses.is_empty()).then_some(Readers { addresses, language }))
    }

    async fn account_to_write_to(
        &self,
        place: &PlaceRef,
        id: AccountId,
    ) -> Result<Option<Account>, Fault> {
        let found = self.store.find_account(place.place().clone(), id).await?;
        let hears = |account: &Account| match account.branding {
            Branding::Ours => account.state.is_there(),
            Branding::WhiteLabel => false,
        };
        Ok(found.filter(hears))
    }
}
