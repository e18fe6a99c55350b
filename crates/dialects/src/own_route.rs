//! The paths that a dialect answers itself, as a list that others read too: a request that is not
//! in the list does not reach the dialect, so that none of them can be forgotten where every route
//! has to be accounted for.
//!
//! Must not say what is answered, or who may ask.

use http::{HeaderValue, Method};

/// A method on a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRoute {
    /// The method; who may GET may HEAD.
    pub method: Method,
    /// The path, with names in braces for single segments. Older bases are left out.
    pub path: &'static str,
    /// Where the first name begins in it, or its length.
    fixed: usize,
}

impl OwnRoute {
    /// A route.
    #[must_use]
    pub const fn new(method: Method, path: &'static str) -> Self {
        let bytes = path.as_bytes();
        let mut fixed = 0;
        while fixed < bytes.len() && bytes[fixed] != b'{' {
            fixed += 1;
        }
        Self { method, path, fixed }
    }

    fn is_at(&self, path: &Spellings<'_>) -> bool {
        // Nearly all paths are an upstream's, and differ before the first name.
        let matches = |path: &str| {
            path.as_bytes().starts_with(&self.path.as_bytes()[..self.fixed])
                && matches(self.path, path)
        };
        matches(path.plain) || path.newer.is_some_and(matches)
    }
}

/// A path without the slash at its end, and as it would be without the older base of Asaas: both name
/// the same (contract, section 7.5).
struct Spellings<'p> {
    plain: &'p str,
    newer: Option<&'p str>,
}

impl<'p> Spellings<'p> {
    fn of(path: &'p str) -> Self {
        let plain = path.strip_suffix('/').unwrap_or(path);
        let newer = plain.strip_prefix("/api").filter(|rest| rest.starts_with("/v3/"));
        Self { plain, newer }
    }
}

fn matches(template: &str, path: &str) -> bool {
    // By bytes: a search for a character is made for longer texts.
    let (mut words, mut segments) = (parts(template), parts(path));
    loop {
        match (words.next(), segments.next()) {
            (None, None) => return true,
            (Some(word), Some(segment)) => {
                let is_name = word.starts_with(b"{") && !segment.is_empty();
                if !is_name && word != segment {
                    return false;
                }
            }
            (None, Some(_)) | (Some(_), None) => return false,
        }
    }
}

fn parts(path: &str) -> impl Iterator<Item = &[u8]> {
    path.as_bytes().split(|byte| *byte == b'/')
}

/// Whether any of the routes is at this path.
#[must_use]
pub fn serves(routes: &[OwnRoute], path: &str) -> bool {
    let path = Spellings::of(path);
    routes.iter().any(|route| route.is_at(&path))
}

/// Whether one of the routes at this path has the method; otherwise which methods there are.
///
/// # Errors
/// The value of `Allow`.
pub fn admits(routes: &[OwnRoute], method: &Method, path: &str) -> Result<(), HeaderValue> {
    let path = Spellings::of(path);
    let at = || routes.iter().filter(|route| route.is_at(&path)).map(|route| &route.method);
    let asked = if method == Method::HEAD { &Method::GET } else { method };
    if at().any(|known| known == asked) {
        return Ok(());
    }
    let mut names: Vec<&str> = at().map(Method::as_str).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.sort_unstable();
    names.dedup();
    // Names of methods are fit for a header.
    Err(HeaderValue::try_from(names.join(", ")).unwrap_or(HeaderValue::from_static("")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> [OwnRoute; 3] {
        [
            OwnRoute::new(Method::GET, "/v3/things"),
            OwnRoute::new(Method::POST, "/v3/things"),
            OwnRoute::new(Method::DELETE, "/v3/things/{id}"),
        ]
    }

    #[test]
    fn a_path_is_served_segment_by_segment() {
        for path in
            ["/v3/things", "/v3/things/", "/api/v3/things", "/v3/things/x", "/api/v3/things/x/"]
        {
            assert!(serves(&routes(), path), "{path}");
        }
        for path in
            ["/v3", "/v3/thing", "/v3/things//", "/v3/things/x/y", "/api/things", "/api/v1/things"]
        {
            assert!(!serves(&routes(), path), "{path}");
        }
    }

    #[test]
    fn a_method_that_is_not_listed_is_told_which_are() {
        let ask = |method: Method, path| admits(&routes(), &method, path);
        assert_eq!(ask(Method::HEAD, "/v3/things"), Ok(()));
        assert_eq!(ask(Method::DELETE, "/v3/things/x"), Ok(()));
        assert_eq!(
            ask(Method::PUT, "/v3/things"),
            Err(HeaderValue::from_static("GET, HEAD, POST"))
        );
        assert_eq!(ask(Method::GET, "/v3/things/x"), Err(HeaderValue::from_static("DELETE")));
    }
}
