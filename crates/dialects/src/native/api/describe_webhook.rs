//! How the values of webhooks are described: the schemas of what `webhook_dto.rs` reads.
//!
//! Must not promise a value that the reader refuses for its shape.

use domain::mail::MAIL_MAX;
use domain::webhook::{EVENTS_MAX, TOKEN_LENGTHS, URL_MAX};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String))
}

fn truth(usual: bool) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::Boolean)).default(Some(usual.into()))
}

/// Where events are sent.
pub(super) fn url() -> Schema {
    text()
        .max_length(Some(URL_MAX))
        .pattern(Some("^[hH][tT][tT][pP][sS]?://[!-~]+$"))
        .description(Some(
            "Where events are sent: an http or https address with a host, without user or fragment",
        ))
        .into()
}

/// Who is written to.
pub(super) fn email() -> Schema {
    text()
        .min_length(Some(6))
        .max_length(Some(MAIL_MAX))
        .pattern(Some("^[!-~]+@[!-~]+$"))
        .description(Some("Who is written to when sending fails"))
        .into()
}

/// Which events.
pub(super) fn events() -> Schema {
    ArrayBuilder::new()
        .items(text().min_length(Some(3)).max_length(Some(64)).pattern(Some("^[A-Za-z0-9_.]+$")))
        .min_items(Some(1))
        .max_items(Some(EVENTS_MAX))
        .unique_items(true)
        .description(Some("Which events; `webhook_events` of the realm lists those there are"))
        .into()
}

/// In which order events are sent.
pub(super) fn order() -> Schema {
    an_order().default(Some("sequential".into())).into()
}

/// Another order.
pub(super) fn new_order() -> Schema {
    an_order().into()
}

fn an_order() -> ObjectBuilder {
    text()
        .enum_values(Some(["sequential", "free"]))
        .description(Some("Whether events wait for the one before them"))
}

/// Whether it is told.
pub(super) fn enabled() -> Schema {
    truth(true).description(Some("Whether it is told of new events")).into()
}

/// Whether what waits is kept back.
pub(super) fn interrupted() -> Schema {
    truth(false).description(Some("Whether what waits for it is kept and not sent")).into()
}

/// A signing secret of the caller's own.
pub(super) fn secret() -> Schema {
    text()
        .pattern(Some("^whsec_[A-Za-z0-9+/]{32,86}={0,2}$"))
        .description(Some(
            "A signing secret of your own: whsec_ and 24 to 64 bytes in base64. Without it one is made here",
        ))
        .into()
}

/// What its receiver knows us by.
pub(super) fn token() -> Schema {
    let (least, most) = TOKEN_LENGTHS;
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .min_length(Some(least))
        .max_length(Some(most))
        .pattern(Some("^[!-~]+$"))
        .description(Some(
            "Sent with each event, so that its receiver knows us; null for none. It is never shown",
        ))
        .into()
}
