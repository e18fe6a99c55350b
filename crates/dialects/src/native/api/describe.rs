//! The description of the API as OpenAPI 3.1, made from the list of its routes.
//!
//! Must not say anything of a route that the route does not say itself.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required,
    Response, ResponseBuilder, Schema,
};
use utoipa::{PartialSchema, ToSchema};

use super::problem::ProblemCode;
use super::problem_dto::ProblemDto;
use super::route::{RETRY_HEADER, Route, Shape};
use super::{BASE, describe_values};

const ABOUT: &str = "Manages realms, accounts and API keys. Send an operator's key in `Authorization`, behind the word `Bearer`: an admin key opens everything, a support key what only shows. Times are RFC 3339 in UTC. Problems are RFC 9457 details whose `type` says which.";

/// Problems that every route has: nobody is let in, or we have trouble.
const ALWAYS: &[ProblemCode] = &[
    ProblemCode::NoCredential,
    ProblemCode::Malformed,
    ProblemCode::Unknown,
    ProblemCode::Ambiguous,
    ProblemCode::AdminKeyNeeded,
    ProblemCode::Internal,
    ProblemCode::StoreDamaged,
    ProblemCode::StoreUnavailable,
];
/// Problems of every route that changes something.
const WHEN_CHANGING: &[ProblemCode] = &[ProblemCode::OutcomeUnknown, ProblemCode::StoreFull];
/// Problems of every route that reads a body.
const WITH_A_BODY: &[ProblemCode] = &[
    ProblemCode::BodyIncomplete,
    ProblemCode::BodyTooLarge,
    ProblemCode::BodyTooSlow,
    ProblemCode::InvalidJson,
    ProblemCode::InvalidRequest,
    ProblemCode::UnsupportedMediaType,
];

/// The whole description.
pub(super) fn document(routes: &[Route]) -> OpenApi {
    let mut paths = PathsBuilder::new();
    let mut schemas = Vec::new();
    schemas.push((ProblemDto::name().into_owned(), ProblemDto::schema()));
    ProblemDto::schemas(&mut schemas);
    for route in routes {
        if let Some(shape) = route.success.1 {
            (shape.collect)(&mut schemas);
        }
        if let Some(shape) = route.body {
            let known = schemas.len();
            (shape.collect)(&mut schemas);
            schemas[known..].iter_mut().for_each(|(_, schema)| close(schema));
        }
        paths = paths.path(format!("{BASE}{}", route.path), path_item(route));
    }
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A key of an operator: chv_admin_… or chv_support_…"))
        .build();
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme("operator_key", SecurityScheme::Http(scheme))
        .build();
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Chaveiro")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(ABOUT))
                .build(),
        )
        .paths(paths.build())
        .components(Some(components))
        .security(Some([SecurityRequirement::new("operator_key", NO_SCOPES)]))
        .build()
}

/// Says that the object has no other members, as the readers of bodies demand.
fn close(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::Object(object)) = schema
        && !object.properties.is_empty()
    {
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    }
}

/// Keys have roles, which this kind of scheme has no place for.
const NO_SCOPES: [&str; 0] = [];

fn path_item(route: &Route) -> PathItem {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(route.id))
        .summary(Some(route.summary))
        .tag(tag(route.path))
        .responses(utoipa::openapi::ResponsesBuilder::new().responses_from_iter(answers(route)));
    if !route.more.is_empty() {
        operation = operation.description(Some(route.more));
    }
    for name in names(route.path) {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(segment(name)));
        operation = operation.parameter(parameter);
    }
    for parameter in route.query {
        let described = ParameterBuilder::new()
            .name(parameter.name)
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(parameter.about))
            .schema(Some((parameter.schema)()));
        operation = operation.parameter(described);
    }
    if route.method == Method::POST {
        let retry = ParameterBuilder::new()
            .name(RETRY_HEADER)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("Your own name for this request. What makes something is done once for each, however often it is sent within a day"))
            .schema(Some(describe_values::idempotency_key()));
        operation = operation.parameter(retry);
    }
    if let Some(shape) = route.body {
        let body = RequestBodyBuilder::new()
            .content("application/json", content(shape))
            .required(Some(Required::True));
        operation = operation.request_body(Some(body.build()));
    }
    PathItem::new(http_method(&route.method), operation)
}

fn http_method(method: &Method) -> HttpMethod {
    match method.as_str() {
        "POST" => HttpMethod::Post,
        "PATCH" => HttpMethod::Patch,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn content(shape: Shape) -> Content {
    Content::new(Some(Ref::from_schema_name((shape.name)())))
}

/// Every status of the route, with what it means.
fn answers(route: &Route) -> BTreeMap<String, Response> {
    let (status, shape) = route.success;
    let mut success = ResponseBuilder::new().description(meaning(status));
    if let Some(shape) = shape {
        success = success.content("application/json", content(shape));
    }
    if status == StatusCode::CREATED && !route.path.ends_with("/operator-keys") {
        let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        let header =
            HeaderBuilder::new().schema(Some(text)).description(Some("Where it is")).build();
        success = success.header("Location", header);
    }
    let mut answers = BTreeMap::from([(status.as_str().to_owned(), success.build())]);
    let mut by_status: BTreeMap<StatusCode, Vec<&'static str>> = BTreeMap::new();
    for code in problems(route) {
        let (name, status) = (code.name(), code.status());
        let names = by_status.entry(status).or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for (status, names) in by_status {
        let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let described = ResponseBuilder::new().description(format!("Problems: {names}")).content(
            "application/problem+json",
            Content::new(Some(Ref::from_schema_name(ProblemDto::name()))),
        );
        answers.insert(status.as_str().to_owned(), described.build());
    }
    answers
}

fn meaning(status: StatusCode) -> &'static str {
    if status == StatusCode::CREATED { "It was made" } else { "It was done" }
}

fn problems(route: &Route) -> Vec<ProblemCode> {
    let mut all = ALWAYS.to_vec();
    if route.method != Method::GET {
        all.extend(WHEN_CHANGING);
    }
    if route.method == Method::POST {
        all.push(ProblemCode::InvalidRequest);
    }
    if route.body.is_some() {
        all.extend(WITH_A_BODY);
    }
    // Every list refuses what it does not know in its query.
    if route.method == Method::GET && route.success.1.is_some() {
        all.push(ProblemCode::InvalidRequest);
    }
    // What the router itself answers where a name in the path is not one.
    all.push(ProblemCode::NoSuchPath);
    for name in names(route.path) {
        all.extend(match name {
            "environment" => Some(ProblemCode::NoSuchPlace),
            "account" => Some(ProblemCode::NoSuchAccount),
            "key" => Some(ProblemCode::NoSuchKey),
            "webhook" => Some(ProblemCode::NoSuchWebhook),
            "event" => Some(ProblemCode::NoSuchDelivery),
            "operator_key" => Some(ProblemCode::NoSuchOperatorKey),
            _ => None,
        });
    }
    all.extend(route.problems);
    all
}

/// The names in braces.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// Under which heading a path stands: the last of its words.
fn tag(path: &str) -> &'static str {
    const TAGS: [&str; 7] =
        ["webhooks", "events", "audit", "operator-keys", "keys", "accounts", "realms"];
    TAGS.into_iter().find(|tag| path.split('/').any(|part| part == *tag)).unwrap_or("server")
}

fn segment(name: &str) -> Schema {
    let about = match name {
        "realm" => "The name of a realm",
        "environment" => "The name of an environment of the realm",
        _ => "An id",
    };
    text(about)
}

fn text(about: &str) -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .description(Some(about))
        .min_length(Some(1))
        .into()
}
