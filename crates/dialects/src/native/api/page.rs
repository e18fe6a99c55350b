//! Pages of lists: which one is asked for, and how it is answered.
//!
//! A cursor is the id of the last item that was seen; it holds for its list alone. Must not take a
//! parameter that it does not know for one that is left out.

use engine::outcome::{NoSuchCursor, PAGE_MAX, Page};

use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

use super::object::may_be_shown;
use super::problem::Problem;
use super::route::Parameter;

/// The parameter that says where a page begins.
pub(super) const AFTER: Parameter = Parameter {
    name: "after",
    about: "Where the page begins: the cursor `next` of the page before",
    schema: || ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).into(),
};
/// The parameter that says how long a page is.
pub(super) const LIMIT: Parameter = Parameter {
    name: "limit",
    about: "How many items the page has at most",
    schema: || {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Integer))
            .minimum(Some(1))
            .maximum(Some(PAGE_MAX))
            .default(Some(LIMIT_USUAL.into()))
            .into()
    },
};
/// The parameter that asks for what is below an account.
pub(super) const PARENT: Parameter = Parameter {
    name: "parent",
    about: "Only accounts below this one",
    schema: || ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).into(),
};

const LIMIT_USUAL: u32 = 50;

/// Parameters of every list.
pub(super) const PLAIN: [&str; 2] = ["after", "limit"];
/// Parameters of a list that knows a parent.
pub(super) const BELOW_PARENT: [&str; 3] = ["after", "limit", "parent"];

/// Which page is asked for.
#[derive(Debug)]
pub(super) struct PageQuery {
    /// The cursor, as it came.
    pub(super) after: Option<String>,
    /// How many items.
    pub(super) limit: u32,
    /// Below which account, as it came.
    pub(super) parent: Option<String>,
}

/// Reads the query of a list with these parameters.
pub(super) fn query(raw: Option<&str>, known: &[&'static str]) -> Result<PageQuery, Problem> {
    let mut page = PageQuery { after: None, limit: LIMIT_USUAL, parent: None };
    let mut seen: Vec<&str> = Vec::new();
    for pair in raw.unwrap_or("").split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(name) = known.iter().find(|found| **found == name) else {
            let field = if may_be_shown(name) { name } else { "query" };
            let detail = match known {
                [] => "is not a parameter here: leave it out".to_owned(),
                [..] => format!("is not a parameter here: use {}", known.join(", ")),
            };
            return Err(Problem::field(field, detail));
        };
        if seen.contains(name) {
            return Err(Problem::field(name, "is there more than once: send it once"));
        }
        seen.push(name);
        match *name {
            "limit" => page.limit = limit(value).ok_or_else(bad_limit)?,
            "parent" => page.parent = Some(value.to_owned()),
            _ => page.after = Some(value.to_owned()),
        }
    }
    Ok(page)
}

fn limit(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|limit| plain && (1..=PAGE_MAX).contains(limit))
}

fn bad_limit() -> Problem {
    Problem::field("limit", format!("must be a number from 1 to {PAGE_MAX}"))
}

/// Reads the cursor.
pub(super) fn cursor<I, E>(
    after: Option<&str>,
    parse: impl FnOnce(&str) -> Result<I, E>,
) -> Result<Option<I>, Problem> {
    after.map(parse).transpose().map_err(|_| no_such_cursor(NoSuchCursor))
}

/// The cursor is not of this list.
pub(super) fn no_such_cursor(NoSuchCursor: NoSuchCursor) -> Problem {
    Problem::field("after", "is no cursor of this list: take it from next of the page before")
}

/// The cursor to the page after this one, if there is one.
pub(super) fn next<I>(page: &Page<I>, id: impl FnOnce(&I) -> String) -> Option<String> {
    page.items.last().filter(|_| page.more).map(id)
}
