//! Forward-auth as OpenAPI describes it.
//!
//! Must not describe the answer to a caller member by member: that is the dialect's.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem,
};
use utoipa::openapi::response::ResponsesBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, Header, Required, Response, ResponseBuilder, Schema, Server};

use crate::rest::problem::ProblemCode;
use crate::rest::{by_status, details};

/// The name of the scheme by which a proxy shows its key.
pub(crate) const SCHEME: &str = "verifier_key";

const JUDGE: &str = "/auth/{realm}/{environment}";
const UNPACK: &str = "/auth/{realm}/{environment}/refusal";

const JUDGE_ABOUT: &str = "Sent with the whole head of the request that is asked about, its credential included, and with the lines of exactly one form: `X-Forwarded-Method` and `X-Forwarded-Uri` for proxies that pass a refusal on, `X-Original-Method` and `X-Original-URI` for nginx, `Chaveiro-Asked-Method` and `Chaveiro-Asked-Target` for services. In the first form a refusal is the answer that the caller is to get, with any status from 400 on, in the words of the realm's dialect; in the others it is 403 with `Chaveiro-Refusal`.";
const UNPACK_ABOUT: &str =
    "For nginx: the answer that the caller is to get, out of the line that carried it.";

/// The lines of a question: name, what it says, and the pattern of its value.
const LINES: [(&str, &str, &str); 10] = [
    ("X-Forwarded-Method", "The method, with X-Forwarded-Uri", METHOD),
    ("X-Forwarded-Uri", "Path and query, as they will be forwarded", TARGET),
    (
        "X-Forwarded-For",
        "From where it came; the last address counts. Not in the form for services",
        ".*",
    ),
    ("X-Forwarded-Proto", "Over what it came. Not in the form for services", SCHEMES),
    ("X-Original-Method", "The method, with X-Original-URI", METHOD),
    ("X-Original-URI", "Path and query, as they will be forwarded", TARGET),
    ("Chaveiro-Asked-Method", "The method, with Chaveiro-Asked-Target", METHOD),
    ("Chaveiro-Asked-Target", "Path and query, as the service reads them", TARGET),
    ("Chaveiro-Asked-Client", "From where it came, one address. In the form for services", ".*"),
    ("Chaveiro-Asked-Scheme", "Over what it came. In the form for services", SCHEMES),
];
const METHOD: &str = "^[A-Za-z]{1,16}$";
const TARGET: &str = "^/[A-Za-z0-9/?=&-]*$";
const SCHEMES: &str = "^(http|https|ws|wss)$";

/// The lines of a grant: name and what it says.
const TOLD: [(&str, &str); 8] = [
    ("Chaveiro-Realm", "The realm"),
    ("Chaveiro-Environment", "The environment"),
    ("Chaveiro-Account", "The account, a UUID"),
    ("Chaveiro-Project", "The project, a UUID, where there is one"),
    ("Chaveiro-Key", "The key, a UUID"),
    ("Chaveiro-Request-Id", "The name of this verdict in the log"),
    ("Chaveiro-Identity", "The same, as a signed JWT"),
    ("Chaveiro-Remove", "In the form for services: the lines that held the credential"),
];

/// The mistakes of whoever asks. Those that are 403 have no place here: see [`answers`].
const MISTAKES: [ProblemCode; 9] = [
    ProblemCode::Ambiguous,
    ProblemCode::InvalidRequest,
    ProblemCode::Malformed,
    ProblemCode::NoCredential,
    ProblemCode::NoSuchPath,
    ProblemCode::NoSuchPlace,
    ProblemCode::NoSuchRealm,
    ProblemCode::OnlyGet,
    ProblemCode::Unknown,
];

/// How a proxy shows that it may ask.
pub(crate) fn scheme() -> SecurityScheme {
    let about = "A verifier's key; not needed from an address in trusted_proxies";
    SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
        "Chaveiro-Verifier",
        about,
    )))
}

/// The two operations, with their paths.
pub(crate) fn paths(server: &Server) -> [(&'static str, PathItem); 2] {
    let operation = |id: &str, about: [&str; 2]| {
        OperationBuilder::new()
            .operation_id(Some(id))
            .summary(Some(about[0]))
            .description(Some(about[1]))
            .tag("verify")
            .server(server.clone())
            .security(SecurityRequirement::new::<_, [&str; 0], &str>(SCHEME, []))
            .parameter(segment("realm", "The name of a realm"))
            .parameter(segment("environment", "The name of an environment of it"))
    };
    let asked = "Ask whether a request may pass, with its head";
    let mut judge = operation("forward_auth", [asked, JUDGE_ABOUT]);
    for (name, about, pattern) in LINES {
        judge = judge.parameter(line(name, about, pattern, Required::False));
    }
    let granted = TOLD.into_iter().fold(
        ResponseBuilder::new().description("It may pass, and this is who calls"),
        |answer, (name, about)| answer.header(name, told(about)),
    );
    let judge = judge.responses(answers().response("200", granted.build()).build());
    let unpack = operation("forward_auth_refusal", ["Unpack a refusal", UNPACK_ABOUT])
        .parameter(line(
            "Chaveiro-Refusal",
            "What the answer to the question had in it",
            ".*",
            Required::True,
        ))
        .responses(answers().build());
    [
        (JUDGE, PathItem::new(HttpMethod::Get, judge)),
        (UNPACK, PathItem::new(HttpMethod::Get, unpack)),
    ]
}

fn segment(name: &str, about: &str) -> Parameter {
    let text = text(about).min_length(Some(1));
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
    parameter.required(Required::True).schema(Some(text)).build()
}

fn line(name: &str, about: &str, pattern: &str, required: Required) -> Parameter {
    let text = text(about).pattern(Some(pattern));
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header);
    parameter.required(required).schema(Some(text)).build()
}

fn told(about: &str) -> Header {
    HeaderBuilder::new().schema(Some(text(about))).build()
}

fn text(about: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).description(Some(about))
}

/// Everything but a grant. What is 403 has a body in some cases and in others none; what a dialect
/// answers is its own.
fn answers() -> ResponsesBuilder {
    let mistake = |(status, names): (http::StatusCode, String)| -> (String, Response) {
        let about = format!("Problems: {names}; or the answer for the caller");
        let anything = || Content::new(None::<Schema>);
        let described = ResponseBuilder::new().description(about);
        let described = described.content("application/problem+json", details());
        (status.as_str().to_owned(), described.content("application/json", anything()).build())
    };
    let refused = "Refused, and `Chaveiro-Refusal` holds the answer for the caller, in the forms for nginx and for services; the answer for the caller in the form for proxies; or the problems `insecure_transport` and `role_not_enough`";
    let packed = "The whole answer for the caller, in base64url";
    let refused =
        ResponseBuilder::new().description(refused).header("Chaveiro-Refusal", told(packed));
    let otherwise = ResponseBuilder::new().description("The answer for the caller");
    ResponsesBuilder::new()
        .responses_from_iter(by_status(&MISTAKES).into_iter().map(mistake))
        .response("403", refused.build())
        .response("default", otherwise.build())
}
