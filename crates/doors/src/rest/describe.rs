//! The verify call as OpenAPI describes it, from the types that are read and written, and
//! forward-auth beside it.
//!
//! Must not describe a status that the call does not answer with.

use std::collections::BTreeMap;

use http::StatusCode;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ComponentsBuilder, ObjectBuilder};
use utoipa::openapi::{
    Content, OpenApi, OpenApiBuilder, Ref, RefOr, Required, Response, ResponseBuilder,
    ResponsesBuilder, Schema, ServerBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use super::answer::{Granted, Limit, Refused};
use super::batch::QUESTIONS_MAX;
use super::problem::{ALL, Details, ProblemCode};
use super::question::Question;
use crate::forward_auth;

const ONE: &str = "/api/v1/verify";
const MANY: &str = "/api/v1/verify/batch";

/// The operations of verifiers and of proxies. They are served by a listener of their own, at this
/// URL.
#[must_use]
pub fn description(url: &str) -> OpenApi {
    let about = "The listener of verifiers; send a verifier's key";
    let server = ServerBuilder::new().url(url).description(Some(about)).build();
    let one = OperationBuilder::new()
        .operation_id(Some("verify"))
        .summary(Some("Ask whether a request may pass"))
        .description(Some("A decision is always 200; other statuses are mistakes of whoever asks."))
        .tag("verify")
        .server(server.clone())
        .request_body(Some(body(Ref::from_schema_name(Question::name()))))
        .responses(answers(decision()));
    // Anything may stand for a question: a mistake in one takes its place among the answers.
    let question = AnyOfBuilder::new()
        .item(RefOr::<Schema>::Ref(Ref::from_schema_name(Question::name())))
        .item(utoipa::openapi::schema::empty());
    let questions = ArrayBuilder::new().items(question).max_items(Some(QUESTIONS_MAX)).build();
    let decisions = ArrayBuilder::new().items(AnyOfBuilder::new().item(decision()).item(mistake()));
    let many = OperationBuilder::new()
        .operation_id(Some("verify_batch"))
        .summary(Some("Ask about up to 1,000 requests, answered in their order"))
        .tag("verify")
        .server(server.clone())
        .request_body(Some(body(Schema::Array(questions))))
        .responses(answers(Schema::Array(decisions.build())));
    let mut schemas = vec![(Question::name().into_owned(), Question::schema())];
    schemas.push((Granted::name().into_owned(), Granted::schema()));
    schemas.push((Limit::name().into_owned(), Limit::schema()));
    schemas.push((Refused::name().into_owned(), Refused::schema()));
    schemas.push((Details::name().into_owned(), Details::schema()));
    let mut paths = PathsBuilder::new()
        .path(ONE, PathItem::new(HttpMethod::Post, one))
        .path(MANY, PathItem::new(HttpMethod::Post, many));
    for (path, item) in forward_auth::paths(&server) {
        paths = paths.path(path, item);
    }
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme(forward_auth::SCHEME, forward_auth::scheme());
    OpenApiBuilder::new().paths(paths.build()).components(Some(components.build())).build()
}

/// One of the two.
fn decision() -> Schema {
    let named = |name| RefOr::<Schema>::Ref(Ref::from_schema_name(name));
    AnyOfBuilder::new().item(named(Granted::name())).item(named(Refused::name())).into()
}

/// A mistake in the place of a decision of a batch.
fn mistake() -> Schema {
    ObjectBuilder::new()
        .property("error", Ref::from_schema_name(Details::name()))
        .required("error")
        .into()
}

fn body(schema: impl Into<RefOr<Schema>>) -> utoipa::openapi::request_body::RequestBody {
    RequestBodyBuilder::new()
        .content("application/json", Content::new(Some(schema)))
        .required(Some(Required::True))
        .build()
}

fn answers(success: Schema) -> utoipa::openapi::Responses {
    let problem = |(status, names): (StatusCode, String)| -> (String, Response) {
        let described = ResponseBuilder::new().description(format!("Problems: {names}"));
        let described = described.content("application/problem+json", details());
        (status.as_str().to_owned(), described.build())
    };
    let decided = ResponseBuilder::new()
        .description("It was decided")
        .content("application/json", Content::new(Some(success)));
    ResponsesBuilder::new()
        .responses_from_iter(by_status(&ALL).into_iter().map(problem))
        .response("200", decided.build())
        .build()
}

/// The shape of a problem.
pub(crate) fn details() -> Content {
    Content::new(Some(Ref::from_schema_name(Details::name())))
}

/// The names of these problems, by the statuses that they are answered with.
pub(crate) fn by_status(codes: &[ProblemCode]) -> BTreeMap<StatusCode, String> {
    let mut by_status: BTreeMap<StatusCode, String> = BTreeMap::new();
    for code in codes {
        let (name, status, _) = code.face();
        let names = by_status.entry(status).or_default();
        if !names.is_empty() {
            names.push_str(", ");
        }
        names.push_str(&format!("`{name}`"));
    }
    by_status
}
