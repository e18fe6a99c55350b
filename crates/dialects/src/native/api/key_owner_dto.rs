//! Whose key a text is, as it stands on the wire.
//!
//! Must not hold the text.

use domain::operator::OperatorRole;
use domain::time::Timestamp;
use engine::key_owner::{HeldSecret, KeyOwner};
use serde::Serialize;
use utoipa::ToSchema;

use super::account_dto::AccountDto;
use super::key_dto::KeyDto;
use super::operator_key_dto::RoleBody;

/// Whose key a text is.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyOwner)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum KeyOwnerDto<'a> {
    /// A key of an account
    Key {
        realm: &'a str,
        environment: &'a str,
        account: Box<AccountDto>,
        key: Box<KeyDto<'a>>,
        /// Which of the key's secrets the text holds
        secret: HeldSecretDto,
    },
    /// A key of an operator
    OperatorKey {
        id: String,
        #[schema(value_type = RoleBody)]
        role: &'static str,
    },
}

/// Which secret of a key: the one that works where the key does, or the one before it.
#[derive(Serialize, ToSchema)]
#[schema(as = HeldSecret)]
#[serde(rename_all = "snake_case")]
pub(super) enum HeldSecretDto {
    Current,
    Replaced,
}

impl<'a> KeyOwnerDto<'a> {
    pub(super) fn of(owner: &'a KeyOwner, projected: Option<Timestamp>, now: Timestamp) -> Self {
        match owner {
            KeyOwner::Account { key, account, secret } => Self::Key {
                realm: key.place.realm.as_str(),
                environment: key.place.environment.as_str(),
                account: Box::new(AccountDto::of(account)),
                key: Box::new(KeyDto::of(key, projected, now)),
                secret: match secret {
                    HeldSecret::Current => HeldSecretDto::Current,
                    HeldSecret::Replaced => HeldSecretDto::Replaced,
                },
            },
            KeyOwner::Operator(operator) => Self::OperatorKey {
                id: operator.key.to_string(),
                role: OperatorRole::name(operator.role),
            },
        }
    }
}

/// The body that asks whose key a text is.
#[derive(ToSchema)]
#[schema(as = KeyOwnerQuestion)]
#[expect(dead_code, reason = "describes what the handler reads")]
pub(super) struct KeyOwnerBody {
    /// The whole text of a key
    key: String,
}
