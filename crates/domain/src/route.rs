//! Routes: which permission a method and path need.
//!
//! A pattern is a path whose segments are literal or `{named}`; a literal segment wins over a
//! named one. Must not decode or normalize a path: what is judged is what is forwarded, so paths
//! that could be read in two ways are refused ([`path_is_plain`]).

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::method::Method;
use crate::permission::Requirement;
use crate::refusal::Need;

/// Most segments of a path; deeper ones match no rule.
pub(crate) const SEGMENTS_MAX: usize = 32;

/// One rule: a method on a pattern needs a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRule {
    /// The method; rules for `GET` hold for `HEAD` too.
    pub method: Method,
    /// A pattern such as `/v3/payments/{id}`.
    pub pattern: String,
    /// What it needs.
    pub need: RouteNeed,
}

/// What a route needs of a key besides being in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteNeed {
    /// This permission.
    Permission(Requirement),
    /// None: what is done there concerns the key itself alone.
    NoPermission,
}

impl RouteNeed {
    /// The permission, where one is needed.
    #[must_use]
    pub const fn permission(&self) -> Option<&Requirement> {
        match self {
            Self::Permission(requirement) => Some(requirement),
            Self::NoPermission => None,
        }
    }
}

/// A pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Not a path, or with an empty segment, or too deep.
    #[error("`{0}` is not a pattern: expected /segments/of/{{names}} without empty ones")]
    NotAPattern(String),
}

#[derive(Debug, Default)]
struct Node {
    /// Configuration brings them, so the hash needs no defence against chosen names.
    literal: HashMap<Box<str>, Node, FixedState>,
    named: Option<Box<Node>>,
    rules: Vec<(Method, RouteNeed)>,
}

/// All rules of a realm, arranged for look-up by segments.
#[derive(Debug, Default)]
pub struct RouteTable {
    root: Node,
    len: usize,
}

impl RouteTable {
    /// Arranges rules. A later rule for the same method and pattern replaces an earlier one.
    ///
    /// # Errors
    /// A text that is not a pattern.
    pub fn new(rules: impl IntoIterator<Item = RouteRule>) -> Result<Self, RouteError> {
        let mut table = Self::default();
        for rule in rules {
            table.insert(rule)?;
        }
        Ok(table)
    }

    /// How many rules there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no rule.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What the request needs; full access where no rule names it. One slash at the end of the
    /// path makes no difference: clients in use send it.
    #[must_use]
    pub fn need(&self, method: Method, path: &str) -> NeedRef<'_> {
        let wanted = if method == Method::Head { Method::Get } else { method };
        let inner = path.strip_prefix('/').unwrap_or(path);
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        match find(&self.root, Some(inner), wanted) {
            Some(RouteNeed::Permission(requirement)) => NeedRef::Permission(requirement),
            Some(RouteNeed::NoPermission) => NeedRef::NoPermission,
            None => NeedRef::Unnamed(method),
        }
    }

    fn insert(&mut self, rule: RouteRule) -> Result<(), RouteError> {
        let not_a_pattern = || RouteError::NotAPattern(rule.pattern.clone());
        let rest = rule.pattern.strip_prefix('/').ok_or_else(not_a_pattern)?;
        if rest.split('/').count() > SEGMENTS_MAX {
            return Err(not_a_pattern());
        }
        let mut node = &mut self.root;
        for segment in rest.split('/') {
            if segment.is_empty() {
                return Err(not_a_pattern());
            }
            node = if segment.starts_with('{') && segment.ends_with('}') && segment.len() > 2 {
                node.named.get_or_insert_with(Box::default)
            } else if segment.contains(['{', '}', '?', '#', '%']) {
                return Err(not_a_pattern());
            } else {
                node.literal.entry(segment.into()).or_default()
            };
        }
        match node.rules.iter_mut().find(|(method, _)| *method == rule.method) {
            Some(slot) => slot.1 = rule.need,
            None => {
                node.rules.push((rule.method, rule.need));
                self.len += 1;
            }
        }
        Ok(())
    }
}

/// What a request needs, borrowed from the table.
#[derive(Clone, Copy, Debug)]
pub enum NeedRef<'a> {
    /// A rule names this permission.
    Permission(&'a Requirement),
    /// A rule says that none is needed.
    NoPermission,
    /// No rule names the route.
    Unnamed(Method),
}

impl NeedRef<'_> {
    /// The need as a value of its own; `None` where nothing is needed.
    #[must_use]
    pub fn to_need(self) -> Option<Need> {
        match self {
            Self::Permission(requirement) => Some(Need::Permission(requirement.clone())),
            Self::NoPermission => None,
            Self::Unnamed(method) => Some(Need::FullAccess(method.presumed_access())),
        }
    }
}

/// The rule for what is left of a path; it goes no deeper than the patterns do.
fn find<'a>(node: &'a Node, rest: Option<&str>, method: Method) -> Option<&'a RouteNeed> {
    let Some(rest) = rest else {
        return node.rules.iter().find(|(named, _)| *named == method).map(|(_, needed)| needed);
    };
    let (segment, rest) = match rest.bytes().position(|byte| byte == b'/') {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    if segment.is_empty() {
        return None;
    }
    let literal = node.literal.get(segment).and_then(|child| find(child, rest, method));
    literal.or_else(|| node.named.as_deref().and_then(|child| find(child, rest, method)))
}

/// Whether a path can be read in one way only: no empty, `.` or `..` segments, no backslash, no
/// `;` parameters, no encoded slash, dot, backslash or control character, nothing outside ASCII,
/// and no encoding of what is not UTF-8.
#[must_use]
pub fn path_is_plain(path: &str) -> bool {
    let Some(inner) = path.as_bytes().strip_prefix(b"/") else { return false };
    if inner.iter().any(|byte| !matches!(byte, 0x21..0x7f) || matches!(byte, b'\\' | b';')) {
        return false;
    }
    if inner.contains(&b'%') && !encodings_are_plain(inner) {
        return false;
    }
    // The slash at the end of a path leaves nothing behind it; elsewhere a segment says something.
    let segments = inner.strip_suffix(b"/").unwrap_or(inner);
    let mut segments = segments.split(|byte| *byte == b'/');
    inner.is_empty() || segments.all(|segment| !matches!(segment, b"" | b"." | b".."))
}

/// Percent-encodings are complete and hide nothing that separates or ends a path.
fn encodings_are_plain(path: &[u8]) -> bool {
    let mut beyond_ascii = false;
    let mut encoded = path.iter().enumerate().filter(|(_, byte)| **byte == b'%');
    let each_is_plain = encoded.all(|(at, _)| match decoded(path, at) {
        Some(byte) => {
            beyond_ascii |= !byte.is_ascii();
            // What needs no encoding has two spellings with it (RFC 3986, section 6.2.2.2): a rule
            // would know the one, and the upstream read the other.
            let needless = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~');
            !needless && !matches!(byte, 0..=0x1f | 0x7f | 0x25 | 0x2e | 0x2f | 0x3b | 0x5c)
        }
        None => false,
    });
    each_is_plain && (!beyond_ascii || decodes_to_text(path))
}

/// The byte that the percent sign at this place stands for.
fn decoded(path: &[u8], at: usize) -> Option<u8> {
    let hex = |digit: Option<&u8>| char::from(*digit?).to_digit(16);
    u8::try_from(hex(path.get(at + 1))? * 16 + hex(path.get(at + 2))?).ok()
}

/// Over-long forms of a slash or a dot are not UTF-8, yet some upstreams read them.
fn decodes_to_text(path: &[u8]) -> bool {
    let mut bytes = Vec::with_capacity(path.len());
    let mut at = 0;
    while let Some(&byte) = path.get(at) {
        let encoded = if byte == b'%' { decoded(path, at) } else { None };
        bytes.push(encoded.unwrap_or(byte));
        at += if encoded.is_some() { 3 } else { 1 };
    }
    std::str::from_utf8(&bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::{RequiredAccess, Resource};

    fn rule(method: Method, pattern: &str, name: &str) -> RouteRule {
        let resource = Resource::parse(name).expect("name");
        let access = RequiredAccess::Read;
        let need = RouteNeed::Permission(Requirement { resource, access });
        RouteRule { method, pattern: pattern.into(), need }
    }

    #[track_caller]
    fn check(method: Method, path: &str, need: &str) {
        let table = RouteTable::new([
            rule(Method::Get, "/v3/payments/{id}", "ONE"),
            rule(Method::Get, "/v3/payments/limits", "LIMITS"),
            rule(Method::Post, "/v3/{any}/limits", "ANY"),
        ])
        .expect("patterns");
        let found = table.need(method, path).to_need().expect("something is needed");
        assert_eq!(found.to_string(), need, "{path}");
    }

    #[test]
    fn a_literal_segment_wins_over_a_named_one() {
        check(Method::Get, "/v3/payments/limits", "LIMITS:READ");
        check(Method::Get, "/v3/payments/pay_1", "ONE:READ");
        check(Method::Head, "/v3/payments/pay_1", "ONE:READ");
    }

    #[test]
    fn one_slash_at_the_end_makes_no_difference() {
        check(Method::Get, "/v3/payments/limits/", "LIMITS:READ");
        check(Method::Get, "/", "*:READ");
    }

    #[test]
    fn a_named_segment_is_tried_when_the_literal_one_leads_nowhere() {
        check(Method::Post, "/v3/payments/limits", "ANY:READ");
    }

    #[test]
    fn a_route_without_a_rule_needs_full_access() {
        check(Method::Get, "/v3/payments", "*:READ");
        check(Method::Delete, "/v3/payments/pay_1", "*:WRITE");
        check(Method::Get, "/v3/payments/pay_1//", "*:READ");
        check(Method::Get, "/V3/payments/pay_1", "*:READ");
        check(Method::Get, &"/a".repeat(40), "*:READ");
    }

    #[test]
    fn a_route_needs_no_permission_only_where_a_rule_says_so_for_its_method() {
        let pattern = "/self".to_owned();
        let need = RouteNeed::NoPermission;
        let table = RouteTable::new([RouteRule { method: Method::Get, pattern, need }]);
        let table = table.expect("patterns");
        let need = |method, path| table.need(method, path).to_need().map(|need| need.to_string());
        for (method, path) in [(Method::Get, "/self"), (Method::Head, "/self/")] {
            assert_eq!(need(method, path), None);
        }
        for (method, path) in [
            (Method::Delete, "/self"),
            (Method::Get, "/self/x"),
            (Method::Get, "/"),
            (Method::Get, "/Self"),
        ] {
            assert!(need(method, path).is_some(), "{path}");
        }
    }

    #[test]
    fn a_later_rule_replaces_an_earlier_one() {
        let table =
            RouteTable::new([rule(Method::Get, "/a", "ONE"), rule(Method::Get, "/a", "TWO")]);
        let table = table.expect("patterns");
        assert!(matches!(table.need(Method::Get, "/a"), NeedRef::Permission(needed)
            if needed.to_string() == "TWO:READ"));
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn a_slash_is_no_segment_but_at_the_end() {
        for path in ["/", "/a", "/a/", "/a/b/"] {
            assert!(path_is_plain(path), "{path}");
        }
        for path in ["//", "/a//", "//a", "/a//b", "///"] {
            assert!(!path_is_plain(path), "{path}");
        }
    }

    #[test]
    fn paths_with_two_readings_are_not_plain() {
        for path in
            ["/", "/v3/payments", "/v3/payments/", "/a%20b/ok", "/a.b/..c", "/a%C3%A7%c3%A3o"]
        {
            assert!(path_is_plain(path), "{path}");
        }
        for path in [
            "",
            "v3",
            "//v3",
            "/v3//a",
            "/v3/../admin",
            "/v3/.",
            "/v3/%2e%2e/a",
            "/v3/%2E./a",
            "/a%2fb",
            "/a%5cb",
            "/a;x=1",
            "/a\\b",
            "/a%00",
            "/a%",
            "/a%zz",
            "/v3/accounts/%65scrow",
            "/v1/%61ccount/projects",
            "/v3/a%4Fb",
            "/v3/a%2db",
            "/v3/a%5Fb",
            "/v3/a%7Eb",
            "/v3/a%39",
            "/a%252e",
            "/a%c0%ae",
            "/a%c0%afb",
            "/a%e0%80%afb",
            "/a%ed%a0%80",
            "/a%c3",
            "/a%c3/%a7",
            "/ação",
            "/a b",
            "/a\u{7f}",
        ] {
            assert!(!path_is_plain(path), "{path}");
        }
    }
}
