//! The answers of key management that are no success: the envelope of the contract.
//!
//! Where the contract is silent the words are ours, and the comment beside them says so. Like the
//! contract's, they end without a full stop.

use http::StatusCode;
use serde_json::json;

use super::super::errors::JSON;
use crate::dialect::Answer;

/// A member of a body that is wrong, by its name on the wire, and why.
pub(super) struct Wrong {
    pub(super) field: &'static str,
    pub(super) description: String,
}

fn error(status: StatusCode, code: &str, description: &str) -> Answer {
    let body = json!({"errors": [{"code": code, "description": description}]});
    Answer::with_json(status, &JSON, &body)
}

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

/// Not there, or not the caller's: the contract has no body for it.
pub(super) fn absent() -> Answer {
    Answer::empty(StatusCode::NOT_FOUND)
}

/// Members that are wrong, each with a code of the contract's pattern (section 1.1).
pub(super) fn invalid(wrong: &[Wrong]) -> Answer {
    let one = |Wrong { field, description }: &Wrong| json!({"code": format!("invalid_{field}"), "description": description});
    let errors: Vec<_> = wrong.iter().map(one).collect();
    Answer::with_json(StatusCode::BAD_REQUEST, &JSON, &json!({"errors": errors}))
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

/// The name of a permission, if it may be said back: a key that was pasted into its place may not,
/// nor a part of one.
pub(super) fn shown(name: &str) -> Option<&str> {
    const SHOWN_MAX: usize = 40;
    let plain = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    (plain && name.len() <= SHOWN_MAX).then_some(name)
}
