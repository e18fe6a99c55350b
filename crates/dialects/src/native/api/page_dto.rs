//! Pages of lists as they stand on the wire.

use serde::Serialize;
use utoipa::ToSchema;

/// A page, with the cursor to the one after it.
#[derive(Serialize, ToSchema)]
#[schema(as = Page)]
pub(super) struct PageDto<T> {
    /// The items
    pub(super) items: Vec<T>,
    /// The cursor to the page after this one, for the parameter `after`; null at the end
    #[schema(required)]
    pub(super) next: Option<String>,
}
