//! The lines of an answer that say where limits stand.
//!
//! Must not be asked about a refusal: dialects answer those whole.

use dialects::dialect::Dialect;
use domain::time::Timestamp;
use engine::verify::Taken;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Lines, ready to be put into an answer.
#[derive(Debug)]
pub(crate) struct LimitLines(Vec<(HeaderName, HeaderValue)>);

impl LimitLines {
    /// The lines for a request that passed at this instant; none where no limit was about it.
    pub(crate) fn of(dialect: &dyn Dialect, taken: &Taken<'_>, at: Timestamp) -> Self {
        if taken.is_empty() {
            return Self(Vec::new());
        }
        Self(dialect.limit_lines(&mut taken.standings(), at))
    }

    /// Puts them in the place of any that an upstream sent: a client sees one set of them.
    pub(crate) fn put(self, headers: &mut HeaderMap) {
        for (name, value) in self.0 {
            headers.insert(name, value);
        }
    }
}
