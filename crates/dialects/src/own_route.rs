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
}

impl OwnRoute {
    /// A route.
    #[must_use]
    pub const fn new(method: Method, path: &'static str) -> Self {
        Self { method, path }
    }

    fn is_at(&self, path: &str) -> bool {
        // A slash at the end and the older base of Asaas name the same (contract, section 7.5).
        let path = path.strip_suffix('/').unwrap_or(path);
        let newer = path.strip_prefix("/api").filter(|rest| rest.starts_with("/v3/"));
        matches(self.path, path) || newer.is_some_and(|path| matches(self.path, path))
    }
}

fn matches(template: &str, path: &str) -> bool {
    // By bytes: this is asked for every request, and a search for a character is made for longer texts.
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
    routes.iter().any(|route| route.is_at(path))
}

/// Whether one of the routes at this path has the method; otherwise which methods there are.
///
/// # Errors
/// The value of `Allow`.
pub fn admits(routes: &[OwnRoute], method: &Method, path: &str) -> Result<(), HeaderValue> {
    let at = || routes.iter().filter(|route| route.is_at(path)).map(|route| &route.method);
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
