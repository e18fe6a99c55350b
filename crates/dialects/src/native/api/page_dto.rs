//! Pages of lists as they stand on the wire.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A page, with the cursor to the one after it.
#[derive(Serialize)]
pub(super) struct PageDto<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

// By hand, because each kind of page needs a name of its own.
impl<T: ToSchema> PartialSchema for PageDto<T> {
    fn schema() -> RefOr<Schema> {
        let next = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some("For the parameter `after` of the next page; null at the end"));
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Object))
            .property("items", ArrayBuilder::new().items(Ref::from_schema_name(T::name())))
            .property("next", next)
            .required("items")
            .required("next")
            .into()
    }
}

impl<T: ToSchema> ToSchema for PageDto<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}
