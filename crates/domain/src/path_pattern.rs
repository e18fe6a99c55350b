//! One pattern of paths: segments that are literal or `{named}`, compared one by one.
//!
//! For short lists that are looked through; a realm's routes have a table of their own. Must not
//! decode or normalize a path: what is judged is what is forwarded.

use std::fmt;

use crate::route::SEGMENTS_MAX;

/// A pattern such as `/v3/payments/{id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern(Box<str>);

/// The text is not a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected /segments/of/{{names}} without empty ones, without a query, % or a slash at the end"
)]
pub struct NotAPattern;

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A text that does not begin with a slash, has an empty segment or too many, or letters that no
    /// plain path has.
    pub fn parse(text: &str) -> Result<Self, NotAPattern> {
        let inner = text.strip_prefix('/').ok_or(NotAPattern)?;
        let is_segment = |segment: &str| {
            !segment.is_empty()
                && (is_named(segment) || !segment.contains(['{', '}', '?', '#', '%']))
        };
        let fits = inner.split('/').count() <= SEGMENTS_MAX && inner.split('/').all(is_segment);
        if fits { Ok(Self(text.into())) } else { Err(NotAPattern) }
    }

    /// Whether a path is of this pattern. One slash at the end of the path makes no difference.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut wanted = self.0.split('/');
        let mut found = path.split('/');
        loop {
            match (wanted.next(), found.next()) {
                (None, None) => return true,
                (Some(wanted), Some(found)) if wanted == found => {}
                (Some(wanted), Some(found)) if is_named(wanted) && !found.is_empty() => {}
                (Some(_) | None, Some(_)) | (Some(_), None) => return false,
            }
        }
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_named(segment: &str) -> bool {
    segment.len() > 2 && segment.starts_with('{') && segment.ends_with('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, path: &str, matches: bool) {
        let pattern = PathPattern::parse(pattern).expect("a pattern");
        assert_eq!(pattern.matches(path), matches, "{pattern} and {path}");
    }

    #[test]
    fn a_pattern_is_met_segment_by_segment() {
        check("/v3/payments", "/v3/payments", true);
        check("/v3/payments", "/v3/payments/", true);
        check("/v3/payments/{id}", "/v3/payments/pay_1", true);
        check("/v3/payments", "/v3/payments/pay_1", false);
        check("/v3/payments/{id}", "/v3/payments", false);
        check("/v3/payments/{id}", "/v3/payments/", false);
        check("/v3/payments/{id}", "/v3/payments//", false);
        check("/v3/payments", "/V3/payments", false);
    }

    #[test]
    fn what_no_plain_path_could_meet_is_no_pattern() {
        for text in ["", "v3", "/", "/v3/", "/v3//a", "/a?b", "/a%20", "/{", "/a{id}", "/{}"] {
            assert_eq!(PathPattern::parse(text), Err(NotAPattern), "{text}");
        }
        assert_eq!(PathPattern::parse(&"/a".repeat(SEGMENTS_MAX + 1)), Err(NotAPattern));
    }
}
