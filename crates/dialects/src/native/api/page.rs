//! Pages of lists: which one is asked for, and how it is answered.
//!
//! A cursor holds for the list that it came from, asked with the same words. Must not take a
//! parameter that it does not know for one that is left out.

use domain::cursor::NotACursor;
use domain::ids::AccountId;
use domain::key_filter::KeyFilter;
use domain::time::Timestamp;
use engine::outcome::{PAGE_MAX, Position};
use engine::place::PlaceRef;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

use super::describe_values;
use super::object::may_be_shown;
use super::problem::Problem;
use super::route::Parameter;
use super::state::ApiState;

/// The parameter that says where a page begins.
pub(super) const AFTER: Parameter = Parameter {
    name: "after",
    about: "Where the page begins: the cursor `next` of the page before",
    schema: describe_values::any_text,
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
    schema: describe_values::any_text,
};

const LIMIT_USUAL: u32 = 50;

/// Parameters of every list.
const PLAIN: [&str; 2] = ["after", "limit"];
/// The parameter that may come more than once.
const REPEATABLE: &str = "state";

/// Which page is asked for.
#[derive(Debug)]
pub(super) struct PageQuery {
    /// The cursor, as it came.
    pub(super) after: Option<String>,
    /// How many items.
    pub(super) limit: u32,
    /// The other parameters in their order, as they came.
    pub(super) others: Vec<(&'static str, String)>,
}

/// Reads the query of a list that knows these parameters besides those of every list.
pub(super) fn query(raw: Option<&str>, more: &[&'static str]) -> Result<PageQuery, Problem> {
    strictly(raw, &[&PLAIN, more].concat())
}

/// Refuses whatever is in the query of something that knows no parameters.
pub(super) fn no_query(raw: Option<&str>) -> Result<(), Problem> {
    strictly(raw, &[]).map(drop)
}

fn strictly(raw: Option<&str>, known: &[&'static str]) -> Result<PageQuery, Problem> {
    let mut page = PageQuery { after: None, limit: LIMIT_USUAL, others: Vec::new() };
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
        if seen.contains(name) && *name != REPEATABLE {
            return Err(Problem::field(name, "is there more than once: send it once"));
        }
        seen.push(name);
        match *name {
            "limit" => page.limit = limit(value).ok_or_else(bad_limit)?,
            "after" => page.after = Some(value.to_owned()),
            _ => page.others.push((name, value.to_owned())),
        }
    }
    Ok(page)
}

fn limit(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|limit| plain && (1..=PAGE_MAX).contains(limit))
}

fn no_cursor() -> Problem {
    Problem::field("after", "is no cursor of this list: start from the first page, without it")
}

fn bad_limit() -> Problem {
    Problem::field("limit", format!("must be a number from 1 to {PAGE_MAX}"))
}

/// A list by everything that it was asked with but the page: cursors hold for this alone.
pub(super) struct Asked<'s> {
    state: &'s ApiState,
    words: Vec<String>,
}

impl<'s> Asked<'s> {
    /// The list of a route, in a place.
    pub(super) fn of(state: &'s ApiState, route: &str, place: &PlaceRef) -> Self {
        let place = place.place();
        let words = vec![route.to_owned(), place.realm.to_string(), place.environment.to_string()];
        Self { state, words }
    }

    /// The list of a route that belongs to no place.
    pub(super) fn of_server(state: &'s ApiState, route: &str) -> Self {
        Self { state, words: vec![route.to_owned()] }
    }

    /// That of this owner or parent; `None` where none was named.
    pub(super) fn below(mut self, account: Option<AccountId>) -> Self {
        self.words.push(account.map_or_else(String::new, |account| account.to_string()));
        self
    }

    /// That which was asked for with this, too.
    pub(super) fn with(mut self, word: String) -> Self {
        self.words.push(word);
        self
    }

    /// That of what this filter finds.
    pub(super) fn filtered(mut self, filter: &KeyFilter) -> Self {
        self.words.extend(filter.conditions().iter().map(ToString::to_string));
        self
    }

    /// That up to this instant; `None` where none was named.
    pub(super) fn until(mut self, until: Option<Timestamp>) -> Self {
        self.words.push(until.map_or_else(String::new, |until| until.to_string()));
        self
    }

    /// Where the page begins.
    pub(super) fn position(&self, after: Option<&str>) -> Result<Position, Problem> {
        let Some(text) = after else { return Ok(Position::START) };
        let opened = self.state.cursors().open(&self.words(), text);
        opened.map(Position).map_err(|NotACursor| no_cursor())
    }

    /// Where the page begins, in a list with wide positions; `None` for the first one.
    pub(super) fn wide_position(&self, after: Option<&str>) -> Result<Option<u128>, Problem> {
        let open = |text| self.state.cursors().open_wide(&self.words(), text);
        after.map(open).transpose().map_err(|NotACursor| no_cursor())
    }

    /// The cursor to the page that begins there.
    pub(super) fn wide_cursor(&self, next: Option<u128>) -> Option<String> {
        next.map(|position| self.state.cursors().seal_wide(&self.words(), position))
    }

    /// The cursor to the page that begins here.
    pub(super) fn cursor(&self, next: Option<Position>) -> Option<String> {
        next.map(|Position(position)| self.state.cursors().seal(&self.words(), position))
    }

    fn words(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }
}
