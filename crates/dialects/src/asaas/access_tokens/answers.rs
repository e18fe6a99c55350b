//! The answers of key management that are no success: the envelope of the contract.
//!
//! Where the contract is silent the words are ours, and the comment beside them says so. Like the
//! contract's, they end without a full stop.

use http::StatusCode;

use super::super::answers::{Wrong, error, invalid};
use crate::dialect::Answer;

/// The text is the contract's (section 1.2); its status and code were not found, so both are ours.
pub(super) fn list_of_addresses_missing() -> Answer {
    error(
        StatusCode::FORBIDDEN,
        "ip_whitelist_required",
        "Para utilizar este recurso é necessário ter uma configuração de whitelist de IPs configurada",
    )
}

/// Ours altogether: the contract only says that the routes are closed by default.
pub(super) fn release_closed() -> Answer {
    error(
        StatusCode::FORBIDDEN,
        "access_token_management_not_enabled",
        "O gerenciamento de chaves de API de subcontas não está habilitado. Habilite o acesso na sua conta; a liberação vale por 2 horas",
    )
}

/// A date that has passed.
pub(super) fn expiry_passed() -> Answer {
    let description = "A data de expiração deve estar no futuro".to_owned();
    invalid(&[Wrong { field: "expirationDate", description }])
}

/// A key that is to be made switched off: whoever asks for that must not get one that works.
pub(super) fn made_enabled() -> Answer {
    let description =
        "Uma chave de API é criada habilitada. Desabilite-a depois de criada".to_owned();
    invalid(&[Wrong { field: "enabled", description }])
}

/// A realm that demands permissions.
pub(super) fn permissions_missing() -> Answer {
    let description = "Informe as permissões da chave de API".to_owned();
    invalid(&[Wrong { field: "permissions", description }])
}

/// The code is the contract's for what business forbids; the text was not found.
pub(super) fn limit_reached(limit: u32) -> Answer {
    error(
        StatusCode::BAD_REQUEST,
        "invalid_action",
        &format!(
            "A conta já possui {limit} chaves de API, que é o limite. Exclua uma chave e tente novamente"
        ),
    )
}

/// A key that is over for good.
pub(super) fn key_is_over() -> Answer {
    error(
        StatusCode::BAD_REQUEST,
        "invalid_action",
        "A chave de API expirou e não pode mais ser alterada. Crie uma nova chave",
    )
}
