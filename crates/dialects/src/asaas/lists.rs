//! Lists of the contract: their query, and the envelope around a slice (section 3.1).
//!
//! Parameters that the contract does not name are passed over. Must not take one twice.

use form_urlencoded::parse;
use serde::Serialize;

use super::answers::Wrong;

/// How many items there are in a slice when nobody says, and at most.
const LIMITS: (u32, u32) = (10, 100);

/// The parameters of a request, decoded.
pub(super) struct Query(Vec<(String, String)>);

/// Which slice is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) offset: u32,
    pub(super) limit: u32,
}

impl Query {
    /// Reads the query of an address.
    pub(super) fn of(raw: Option<&str>) -> Self {
        Self(parse(raw.unwrap_or("").as_bytes()).into_owned().collect())
    }

    /// A parameter that is there once and says something.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(other, value)| other == name && !value.is_empty());
        found.next().map(|(_, value)| value.as_str())
    }

    /// The slice that is asked for, or all that is wrong with it and with these parameters.
    pub(super) fn window(&self, others: &[&'static str]) -> Result<Window, Vec<Wrong>> {
        let mut wrong = Vec::new();
        for &field in others.iter().chain(&["limit", "offset"]) {
            if self.0.iter().filter(|(name, _)| name == field).count() > 1 {
                let description = format!("O parâmetro {field} foi informado mais de uma vez");
                wrong.push(Wrong { field, description });
            }
        }
        let (usual, most) = LIMITS;
        let limit = self.number("limit").unwrap_or(Some(usual));
        let limit = limit.filter(|limit| (1..=most).contains(limit));
        if limit.is_none() {
            let description = format!("O parâmetro limit deve ser um número de 1 a {most}");
            wrong.push(Wrong { field: "limit", description });
        }
        let offset = self.number("offset").unwrap_or(Some(0));
        if offset.is_none() {
            let description = "O parâmetro offset deve ser um número a partir de 0".to_owned();
            wrong.push(Wrong { field: "offset", description });
        }
        match (limit, offset) {
            (Some(limit), Some(offset)) if wrong.is_empty() => Ok(Window { offset, limit }),
            _ => Err(wrong),
        }
    }

    /// A number; `None` where nothing is said, `Some(None)` where it is none.
    fn number(&self, name: &str) -> Option<Option<u32>> {
        let text = self.get(name)?;
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        Some(text.parse().ok().filter(|_| plain))
    }
}

/// A slice of a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope<T> {
    object: &'static str,
    has_more: bool,
    total_count: u64,
    limit: u32,
    offset: u32,
    data: Vec<T>,
}

impl<T> Envelope<T> {
    /// This slice of a list that is so long.
    pub(super) fn of(window: Window, total: u64, data: Vec<T>) -> Self {
        let Window { offset, limit } = window;
        let shown = u64::from(offset).saturating_add(data.len() as u64);
        let has_more = !data.is_empty() && shown < total;
        Self { object: "list", has_more, total_count: total, limit, offset, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: Result<(u32, u32), &[&str]>) {
        let window = Query::of(Some(raw)).window(&["name"]);
        let read = window.map(|window| (window.offset, window.limit));
        let read = read.map_err(|wrong| wrong.iter().map(|one| one.field).collect::<Vec<_>>());
        assert_eq!(read, expected.map_err(<[&str]>::to_vec), "{raw}");
    }

    #[test]
    fn a_slice_has_ten_items_or_up_to_a_hundred() {
        check("", Ok((0, 10)));
        check("offset=20&limit=100&other=1&limit2=7", Ok((20, 100)));
        check("limit=&offset=", Ok((0, 10)));
        check("limit=101", Err(&["limit"]));
        check("limit=0&offset=-1", Err(&["limit", "offset"]));
        check("limit=+1", Err(&["limit"]));
        check("limit=5&limit=5", Err(&["limit"]));
        check("name=a&name=b", Err(&["name"]));
        check("offset=4294967296", Err(&["offset"]));
    }

    #[test]
    fn parameters_are_decoded() {
        let query = Query::of(Some("email=ana%2Bx%40example.com&name=Loja+do+Jo%C3%A3o"));
        assert_eq!(query.get("email"), Some("ana+x@example.com"));
        assert_eq!(query.get("name"), Some("Loja do João"));
        assert_eq!(query.get("id"), None);
    }
}
