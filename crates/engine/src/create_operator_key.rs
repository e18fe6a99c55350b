//! Makes a key for an operator: an administrator, or a gateway that verifies.

use domain::audit::Action;
use domain::ids::OperatorKeyId;
use domain::key_text::{KeyText, mint};
use domain::name::DisplayName;
use domain::operator::{OperatorKey, OperatorRole};
use domain::prefix::{KeyPrefix, Reach};
use store::command::CreateOperatorKey;
use store::fault::Fault;

use crate::context::Context;
use crate::engine::Engine;

/// An operator's key that was made, with its secret.
#[derive(Debug)]
pub struct IssuedOperatorKey {
    /// The key.
    pub key: OperatorKey,
    /// Its text, to be shown once.
    pub text: KeyText,
}

impl Engine {
    /// Makes a key for an operator. When this answers, the key works.
    ///
    /// # Errors
    /// A fault of the store.
    ///
    /// # Panics
    /// Never: the prefixes of operator keys are well formed.
    pub async fn create_operator_key(
        &self,
        role: OperatorRole,
        name: DisplayName,
        mut context: Context<'_>,
    ) -> Result<IssuedOperatorKey, Fault> {
        let prefix = KeyPrefix::new(role.prefix(), None, Reach::Own).expect("a well-formed prefix");
        let minted = mint(&prefix, context.entropy);
        let key = OperatorKey {
            id: OperatorKeyId::random(context.entropy),
            role,
            name,
            kid: minted.kid,
            digest: self.digester.digest(minted.text.expose().as_bytes()),
            hint: minted.hint,
            created_at: context.now,
        };
        let trail = context.trail(Action::CreateOperatorKey, None, key.id.to_string());
        let key = self.store.create_operator_key(CreateOperatorKey { key, trail }).await?;
        Ok(IssuedOperatorKey { key, text: minted.text })
    }
}
