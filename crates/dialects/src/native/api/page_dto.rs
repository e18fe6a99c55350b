//! Pages of lists as they stand on the wire.

use serde::Serialize;

/// A page, with the cursor to the one after it.
#[derive(Serialize)]
pub(super) struct PageDto<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}
