//! Makes a key for an operator: an administrator, somebody who looks, or a gateway that verifies.

use domain::audit::Action;
use domain::ids::OperatorKeyId;
use domain::key_text::{KeyText, mint};
use domain::name::DisplayName;
use domain::operator::{OperatorKey, OperatorKeyState, OperatorRole};
use domain::prefix::{KeyPrefix, Reach};
use store::command::{CreateOperatorKey, CreateOperatorKeyRejection};
use store::fault::{Failure, Outcome};

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

/// Why a key was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewOperatorKeyRejection {
    /// The key was made before. Nobody can tell whether its text is in use, so it gets no other.
    #[error("the operator's key {made} was made by this request before")]
    AlreadyMade {
        /// The key.
        made: OperatorKeyId,
    },
    /// The idempotency key belongs to another request.
    #[error("the idempotency key belongs to another request: choose a new one")]
    OtherRequest,
    /// A request with this idempotency key is running.
    #[error("a request with this idempotency key is still running: try again in a moment")]
    StillRunning,
}

impl From<CreateOperatorKeyRejection> for NewOperatorKeyRejection {
    fn from(rejection: CreateOperatorKeyRejection) -> Self {
        match rejection {
            CreateOperatorKeyRejection::AlreadyMade { made } => Self::AlreadyMade { made },
            CreateOperatorKeyRejection::OtherRequest => Self::OtherRequest,
        }
    }
}

impl Engine {
    /// Makes a key for an operator. When this answers, the key works.
    ///
    /// # Errors
    /// See [`NewOperatorKeyRejection`]; or a fault of the store.
    ///
    /// # Panics
    /// Never: the prefixes of operator keys are well formed.
    pub async fn create_operator_key(
        &self,
        role: OperatorRole,
        name: DisplayName,
        mut context: Context<'_>,
    ) -> Outcome<IssuedOperatorKey, NewOperatorKeyRejection> {
        let once = context.once;
        let Ok(_turn) = self.running.enter(once.as_ref()) else {
            return Err(Failure::Rejected(NewOperatorKeyRejection::StillRunning));
        };
        let prefix = KeyPrefix::new(role.prefix(), None, Reach::Own).expect("a well-formed prefix");
        let minted = mint(&prefix, context.entropy);
        let key = OperatorKey {
            id: OperatorKeyId::fresh(context.now, context.entropy),
            role,
            name,
            kid: minted.kid,
            digest: self.digester.digest(minted.text.expose().as_bytes()),
            hint: minted.hint,
            state: OperatorKeyState::Active,
            created_at: context.now,
        };
        let trail = context.trail(Action::CreateOperatorKey, None, key.id.to_string());
        let command = CreateOperatorKey { key, once, trail };
        let made = self.store.create_operator_key(command).await;
        let key = made.map_err(|failure| failure.map_rejection(NewOperatorKeyRejection::from))?;
        Ok(IssuedOperatorKey { key, text: minted.text })
    }
}
