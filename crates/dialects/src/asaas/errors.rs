//! What refusals and trouble look like in the Asaas contract: status, code and Portuguese text.
//!
//! Every body is `{"errors":[{"code":"…","description":"…"}]}`, always an array. Texts of the
//! contract's section 1.2 stand word for word; where it is silent the words are ours, and the
//! comment beside them says so. Like the contract's, they end without a full stop. Must not tell
//! an unknown key from one that is disabled, expired or deleted.

use bytes::Bytes;
use domain::refusal::{Need, Refusal};
use http::{HeaderValue, StatusCode};

use crate::answer::{RETRY_SOON, whole_seconds};
use crate::dialect::{Answer, Trouble};

pub(super) static JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

macro_rules! envelope {
    ($code:literal, $description:literal) => {
        concat!(r#"{"errors":[{"code":""#, $code, r#"","description":""#, $description, r#""}]}"#)
    };
}

const TOKEN_NOT_FOUND: &str = envelope!(
    "access_token_not_found",
    "O cabeçalho de autenticação 'access_token' é obrigatório e não foi encontrado na requisição"
);
const TOKEN_FORMAT: &str = envelope!(
    "invalid_access_token_format",
    "O valor fornecido não parece ser uma chave de API válida do Asaas. Verifique o formato da sua chave"
);
const ENVIRONMENT: &str =
    envelope!("invalid_environment", "A chave de API informada não pertence a este ambiente");
const TOKEN_INVALID: &str =
    envelope!("invalid_access_token", "A chave de API fornecida é inválida");
const SCOPE_BEFORE: &str = r#"{"errors":[{"code":"insufficient_permission","description":"A chave de API fornecida não tem as permissões necessárias. Verifique se a chave possui o escopo "#;
const SCOPE_AFTER: &str = r#" para acessar o recurso solicitado"}]}"#;

// The code is the contract's; its text was not found, so the text is ours.
const IP: &str = envelope!(
    "not_allowed_ip",
    "O endereço IP de origem da requisição não está na lista de IPs autorizados"
);

// The contract demands the header (section 7.4) and is silent about the answer: code and text are
// ours, and 400 because the key is fine and the request is not.
const USER_AGENT: &str = envelope!(
    "user_agent_required",
    "O cabeçalho 'User-Agent' é obrigatório para esta conta. Envie nele o nome da sua aplicação"
);

// Ours: the contract does not know two keys in one request.
const AMBIGUOUS: &str = envelope!(
    "multiple_access_tokens",
    "A requisição contém mais de uma chave de API. Envie uma única chave, uma única vez, no cabeçalho 'access_token'"
);

// Ours: the contract says that HTTPS is to be used, not what plain HTTP gets.
const HTTPS: &str = envelope!(
    "https_required",
    "Esta API só atende requisições por HTTPS. Substitua a chave que foi enviada sem criptografia"
);

// Ours: the contract gives the status 429 alone (section 8).
const TOO_MANY: &str = envelope!(
    "too_many_requests",
    "O limite de requisições foi atingido. Aguarde o tempo indicado no cabeçalho 'Retry-After' e tente novamente"
);

// Ours, like all that follow.
const UNAVAILABLE: &str = envelope!(
    "service_unavailable",
    "Não foi possível validar a chave de API neste momento. Tente novamente em alguns instantes"
);
const OVERLOADED: &str = envelope!(
    "service_overloaded",
    "A API está atendendo o máximo de requisições simultâneas. Tente novamente em alguns instantes"
);
const PROJECT: &str = envelope!(
    "project_not_allowed",
    "A chave de API fornecida não pode ser usada no projeto solicitado"
);
const PATH: &str = envelope!(
    "invalid_path",
    "O caminho da requisição pode ser lido de mais de uma forma. Envie-o sem segmentos vazios, sem '..' e sem separadores codificados"
);
const INTERNAL: &str =
    envelope!("internal_error", "Ocorreu um erro interno. Tente novamente em alguns instantes");
const BAD_GATEWAY: &str = envelope!(
    "upstream_unreachable",
    "A API não pôde ser alcançada. Tente novamente em alguns instantes"
);
const GATEWAY_TIMEOUT: &str = envelope!(
    "upstream_timeout",
    "A API demorou demais para responder. Verifique se a operação foi realizada antes de tentar novamente"
);
const TOO_LARGE: &str =
    envelope!("request_too_large", "O corpo da requisição é maior que o permitido");
const METHOD: &str = envelope!("method_not_allowed", "O método HTTP da requisição não é permitido");
const ELSEWHERE: &str = envelope!(
    "not_served_here",
    "Este caminho é atendido pelo próprio servidor de chaves, e não por este endereço. O operador desta API precisa encaminhá-lo ao gateway"
);

enum Text<'a> {
    Fixed(&'static str),
    Scope(&'a Need),
}

/// The status, the body and the wait of a refusal.
struct Shape<'a> {
    status: StatusCode,
    text: Text<'a>,
    retry_after: Option<u64>,
}

impl<'a> Shape<'a> {
    const fn new(status: StatusCode, text: &'static str) -> Self {
        Self { status, text: Text::Fixed(text), retry_after: None }
    }

    const fn of(refusal: &'a Refusal) -> Self {
        match refusal {
            Refusal::InsecureTransport => Self::new(StatusCode::FORBIDDEN, HTTPS),
            Refusal::NoCredential(_) => Self::new(StatusCode::UNAUTHORIZED, TOKEN_NOT_FOUND),
            Refusal::Ambiguous => Self::new(StatusCode::BAD_REQUEST, AMBIGUOUS),
            Refusal::Malformed(_) => Self::new(StatusCode::UNAUTHORIZED, TOKEN_FORMAT),
            Refusal::WrongEnvironment => Self::new(StatusCode::UNAUTHORIZED, ENVIRONMENT),
            Refusal::Unknown | Refusal::Disabled(_) | Refusal::Expired(_) | Refusal::Deleted => {
                Self::new(StatusCode::UNAUTHORIZED, TOKEN_INVALID)
            }
            Refusal::IpNotAllowed => Self::new(StatusCode::FORBIDDEN, IP),
            Refusal::UserAgentMissing => Self::new(StatusCode::BAD_REQUEST, USER_AGENT),
            // Realms of this dialect have no projects, so the engine never says this.
            Refusal::ProjectMissing | Refusal::ProjectMismatch(_) => {
                Self::new(StatusCode::FORBIDDEN, PROJECT)
            }
            Refusal::PermissionMissing(need) => {
                Self { status: StatusCode::FORBIDDEN, text: Text::Scope(need), retry_after: None }
            }
            Refusal::RateLimited { retry_after_ms, .. } => Self {
                status: StatusCode::TOO_MANY_REQUESTS,
                text: Text::Fixed(TOO_MANY),
                retry_after: Some(whole_seconds(*retry_after_ms)),
            },
            Refusal::Undecidable => Self {
                status: StatusCode::SERVICE_UNAVAILABLE,
                text: Text::Fixed(UNAVAILABLE),
                retry_after: Some(RETRY_SOON),
            },
        }
    }
}

/// The status of a refusal.
pub(super) const fn status(refusal: &Refusal) -> StatusCode {
    Shape::of(refusal).status
}

/// The answer to a refusal.
pub(super) fn refuse(refusal: &Refusal, challenge: &HeaderValue) -> Answer {
    let shape = Shape::of(refusal);
    let body = match shape.text {
        Text::Fixed(text) => Bytes::from_static(text.as_bytes()),
        // A need prints as NAME:READ or NAME:WRITE, which has nothing to escape.
        Text::Scope(need) => Bytes::from(format!("{SCOPE_BEFORE}{need}{SCOPE_AFTER}")),
    };
    Answer::with_body(shape.status, &JSON, body)
        .with_challenge(challenge)
        .with_retry_after(shape.retry_after)
}

/// The answer to trouble.
pub(super) fn trouble(trouble: Trouble) -> Answer {
    let (status, text) = match trouble {
        Trouble::AmbiguousPath => (StatusCode::BAD_REQUEST, PATH),
        Trouble::Internal => (StatusCode::INTERNAL_SERVER_ERROR, INTERNAL),
        Trouble::UpstreamUnreachable => (StatusCode::BAD_GATEWAY, BAD_GATEWAY),
        Trouble::UpstreamTimeout => (StatusCode::GATEWAY_TIMEOUT, GATEWAY_TIMEOUT),
        Trouble::Overloaded => {
            let body = Bytes::from_static(OVERLOADED.as_bytes());
            return Answer::with_body(StatusCode::SERVICE_UNAVAILABLE, &JSON, body)
                .with_retry_after(Some(RETRY_SOON));
        }
        Trouble::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE),
        Trouble::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, METHOD),
        Trouble::NotServedHere => (StatusCode::MISDIRECTED_REQUEST, ELSEWHERE),
        // The contract's 403 comes from a cache in front of the API, without the envelope.
        Trouble::UnexpectedBody => return Answer::empty(StatusCode::FORBIDDEN),
    };
    Answer::with_body(status, &JSON, Bytes::from_static(text.as_bytes()))
}
