//! How single values are described: the schemas of what `values.rs` reads.
//!
//! Must not promise a value that the reader refuses for its shape.

use domain::account::LIMIT_MAX;
use domain::contacts::CONTACTS_MAX;
use domain::idempotence::IDEMPOTENCY_KEY_MAX;
use domain::ip_list::IP_RULES_MAX;
use domain::mail::MAIL_MAX;
use domain::name::NAME_MAX;
use domain::permission::{GRANTS_MAX, GrantedAccess};
use domain::secret::Overlap;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Schema,
    SchemaFormat, SchemaType, Type,
};

use super::{permission_dto, scope, secret_dto};

/// No line breaks and no control characters, and not white space alone.
const NAME_PATTERN: &str = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*[^\s\u0000-\u001f\u007f-\u009f\u2028\u2029][^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$";

/// A name that people give.
pub(super) fn name() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .min_length(Some(1))
        .max_length(Some(NAME_MAX))
        .pattern(Some(NAME_PATTERN))
        .description(Some("What people call it, without control characters"))
        .into()
}

/// A text that the reader judges, such as an id or a cursor.
pub(super) fn any_text() -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).into()
}

/// A list of addresses.
pub(super) fn ip_list() -> Schema {
    let rule = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).examples([
        "203.0.113.9",
        "203.0.113.0/24",
        "203.0.113.1-203.0.113.51",
    ]);
    ArrayBuilder::new()
        .items(rule)
        .max_items(Some(IP_RULES_MAX))
        .description(Some("Addresses, blocks or intervals; empty for anywhere"))
        .into()
}

/// An instant, or null.
pub(super) fn instant_or_null() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("An instant by RFC 3339, or null for none"))
        .into()
}

/// An instant to which a clock may be moved.
pub(super) fn clock_target() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some(
            "An instant by RFC 3339: not before what the clock shows, nor after the year 2199",
        ))
        .into()
}

/// How many of something, or null.
pub(super) fn limit_or_null() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Integer, Type::Null]))
        .minimum(Some(0))
        .maximum(Some(LIMIT_MAX))
        .description(Some("A limit of its own, or null for the realm's"))
        .into()
}

/// Who is written to.
pub(super) fn contacts() -> Schema {
    let address = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .min_length(Some(6))
        .max_length(Some(MAIL_MAX))
        .pattern(Some("^[!-~]+@[!-~]+$"));
    ArrayBuilder::new()
        .items(address)
        .max_items(Some(CONTACTS_MAX))
        .unique_items(true)
        .description(Some("Mail addresses, each once whatever its letter case"))
        .into()
}

/// A language, or null.
pub(super) fn language_or_null() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some([Some("pt"), Some("en"), None]))
        .description(Some("In which language people are written to, or null for the realm's"))
        .into()
}

/// A caller's own name for a request that it may send again.
pub(super) fn idempotency_key() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .min_length(Some(1))
        .max_length(Some(IDEMPOTENCY_KEY_MAX))
        .pattern(Some("^[!-~]([ -~]*[!-~])?$"))
        .into()
}

/// An instant, and not null.
pub(super) fn instant() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .into()
}

/// The word true, where nothing else makes sense.
pub(super) fn only_true() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Boolean))
        .enum_values(Some([true]))
        .into()
}

/// A text of so many characters, none of them a control character.
pub(super) fn plain_text(most: usize) -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .min_length(Some(1))
        .max_length(Some(most))
        .pattern(Some(r"^[^\u0000-\u001f\u007f-\u009f]*$"))
        .into()
}

/// True or false, and not null.
pub(super) fn truth() -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::Boolean)).into()
}

/// For how long an old secret goes on working.
pub(super) fn overlap_seconds() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .minimum(Some(0))
        .maximum(Some(Overlap::MAX_SECONDS))
        .default(Some(Overlap::USUAL.seconds().into()))
        .description(Some("For how long the old secret goes on working"))
        .into()
}

/// When that time begins.
pub(super) fn overlap_starts() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(secret_dto::STARTS))
        .default(Some(secret_dto::STARTS[0].into()))
        .description(Some(
            "When that time begins: with the first use of the new secret, or at once",
        ))
        .into()
}

/// Permissions: a list of them, or the word for everything.
pub(super) fn permissions() -> Schema {
    let text = || ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    let scopes = [GrantedAccess::Read, GrantedAccess::ReadWrite].map(scope::word);
    let one = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Object))
        .property("name", text().description(Some("A name of the realm's catalogue")))
        .property("scope", text().enum_values(Some(scopes)))
        .required("name")
        .required("scope")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let some = ArrayBuilder::new().items(one).min_items(Some(1)).max_items(Some(GRANTS_MAX));
    OneOfBuilder::new()
        .item(text().enum_values(Some([permission_dto::UNRESTRICTED])))
        .item(some)
        .into()
}
