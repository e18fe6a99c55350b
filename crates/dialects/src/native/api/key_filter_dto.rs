//! Which keys are looked for: in the query of a list, and as a member of a body. Both know the same
//! words.
//!
//! Must not repeat a text that may be a key.

use domain::key_filter::{
    HINT_START_MAX, HintStart, KeyCondition, KeyFilter, LiveState, LiveStates, NamePart,
};
use domain::name::NAME_MAX;
use domain::permission::{Catalogue, GrantedAccess, RequiredAccess, Requirement, Resource};
use domain::time::NotATimestamp;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};

use super::object::{self, Read, Wrong};
use super::problem::Problem;
use super::route::Parameter;
use super::{describe_values, page, permission_dto, scope, values};

const STATE: &str = "state";
const EXPIRES_BEFORE: &str = "expires_before";
const LAST_USED_BEFORE: &str = "last_used_before";
const NEVER_USED: &str = "never_used";
const PERMISSION: &str = "permission";
const NAME: &str = "name";
const PREFIX: &str = "prefix";

/// The parameters of a filter.
pub(super) const NAMES: [&str; 7] =
    [STATE, EXPIRES_BEFORE, LAST_USED_BEFORE, NEVER_USED, PERMISSION, NAME, PREFIX];

/// All parameters of a list of keys.
pub(super) static QUERY: [Parameter; 9] = [
    page::AFTER,
    page::LIMIT,
    Parameter {
        name: STATE,
        about: "Only keys in one of these states; repeat it, or join them by commas",
        schema: states,
    },
    Parameter {
        name: EXPIRES_BEFORE,
        about: "Only keys with a date of their own before this instant, be it over or not",
        schema: describe_values::instant,
    },
    Parameter {
        name: LAST_USED_BEFORE,
        about: "Only keys that were used, and last before this instant",
        schema: describe_values::instant,
    },
    Parameter {
        name: NEVER_USED,
        about: "Only keys that were never used",
        schema: describe_values::only_true,
    },
    Parameter {
        name: PERMISSION,
        about: "Only keys that may do this, unrestricted ones included: NAME or NAME:READ to read, NAME:READ_WRITE to write",
        schema: permission_schema,
    },
    Parameter {
        name: NAME,
        about: "Only keys whose name has this part, in any letter case",
        schema: name_schema,
    },
    Parameter {
        name: PREFIX,
        about: "Only keys whose hint begins so, letter by letter",
        schema: prefix_schema,
    },
];

/// A filter in a body.
#[derive(ToSchema)]
#[schema(as = KeyFilter)]
#[expect(dead_code, reason = "describes what the reader below takes")]
pub(super) struct KeyFilterBody {
    /// Keys in one of these states
    #[schema(schema_with = states)]
    state: Option<Vec<String>>,
    /// Keys with a date of their own before this instant
    #[schema(schema_with = describe_values::instant)]
    expires_before: Option<String>,
    /// Keys that were used, and last before this instant
    #[schema(schema_with = describe_values::instant)]
    last_used_before: Option<String>,
    /// Keys that were never used
    #[schema(schema_with = describe_values::only_true)]
    never_used: Option<bool>,
    /// Keys that may do this, unrestricted ones included
    #[schema(schema_with = permission_schema)]
    permission: Option<String>,
    /// Keys whose name has this part, in any letter case
    #[schema(schema_with = name_schema)]
    name: Option<String>,
    /// Keys whose hint begins so
    #[schema(schema_with = prefix_schema)]
    prefix: Option<String>,
}

fn states() -> Schema {
    let one = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(LiveState::ALL.map(LiveState::name)));
    ArrayBuilder::new().items(one).min_items(Some(1)).into()
}

fn permission_schema() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .pattern(Some("^[A-Za-z][A-Za-z0-9_]{0,63}(:READ|:READ_WRITE)?$"))
        .examples(["PAYMENT", "PAYMENT:READ_WRITE"])
        .into()
}

fn name_schema() -> Schema {
    describe_values::plain_text(NAME_MAX)
}

fn prefix_schema() -> Schema {
    describe_values::plain_text(HINT_START_MAX)
}

/// Reads the parameters of a query, which are escaped as forms escape them.
pub(super) fn from_query(
    pairs: &[(&'static str, String)],
    catalogue: &Catalogue,
) -> Result<KeyFilter, Problem> {
    let mut filter = Gathered::default();
    for (name, raw) in pairs {
        match unescaped(raw) {
            Some(text) if *name == STATE => {
                text.split(',').for_each(|state| filter.take(STATE, live_state(state)));
            }
            Some(text) if *name == NEVER_USED => {
                let said = if text == "true" { Ok(()) } else { Err(only_true()) };
                filter.add(NEVER_USED, said.map(|()| KeyCondition::NeverUsed));
            }
            Some(text) => filter.add(name, condition(name, &text, catalogue)),
            None => {
                let wrong = Wrong::here(NOT_ESCAPED);
                filter.wrong.add(name, wrong);
            }
        }
    }
    filter.finish().map_err(Problem::from)
}

/// Reads the member of a body.
pub(super) fn read(raw: &RawValue, catalogue: &Catalogue) -> Read<KeyFilter> {
    let mut object = object::nested(raw)?;
    let mut filter = Gathered::default();
    for state in object.optional(STATE, state_list).unwrap_or_default() {
        filter.take(STATE, Ok(state));
    }
    for name in [EXPIRES_BEFORE, LAST_USED_BEFORE, PERMISSION, NAME, PREFIX] {
        let read = |raw| condition(name, &values::text(raw)?, catalogue);
        filter.conditions.extend(object.optional(name, read));
    }
    filter.conditions.extend(object.optional(NEVER_USED, |raw| match values::truth(raw) {
        Ok(true) => Ok(KeyCondition::NeverUsed),
        Ok(false) | Err(_) => Err(only_true()),
    }));
    match filter.finish() {
        Ok(filter) => object.finish(Some(filter)),
        Err(wrong) => Err(wrong),
    }
}

/// What was read so far, and what was wrong with it.
struct Gathered {
    conditions: Vec<KeyCondition>,
    states: Vec<LiveState>,
    wrong: Wrong,
}

impl Default for Gathered {
    fn default() -> Self {
        Self { conditions: Vec::new(), states: Vec::new(), wrong: Wrong::nothing() }
    }
}

impl Gathered {
    fn add(&mut self, name: &str, read: Read<KeyCondition>) {
        match read {
            Ok(condition) => self.conditions.push(condition),
            Err(wrong) => self.wrong.add(name, wrong),
        }
    }

    fn take(&mut self, name: &str, read: Read<LiveState>) {
        match read {
            Ok(state) => self.states.push(state),
            Err(wrong) => self.wrong.add(name, wrong),
        }
    }

    fn finish(mut self) -> Read<KeyFilter> {
        let used = |condition: &KeyCondition| matches!(condition, KeyCondition::LastUsedBefore(_));
        let unused = self.conditions.contains(&KeyCondition::NeverUsed);
        if unused && self.conditions.iter().any(used) {
            let detail = "finds nothing together with last_used_before: send one of them";
            self.wrong.add(NEVER_USED, Wrong::here(detail));
        }
        self.conditions.extend(LiveStates::of(self.states).map(KeyCondition::InState));
        self.wrong.unless(Some(KeyFilter::new(self.conditions)))
    }
}

/// A condition that is one text.
fn condition(name: &str, text: &str, catalogue: &Catalogue) -> Read<KeyCondition> {
    match name {
        EXPIRES_BEFORE => Ok(KeyCondition::ExpiresBefore(instant(text)?)),
        LAST_USED_BEFORE => Ok(KeyCondition::LastUsedBefore(instant(text)?)),
        PERMISSION => requirement(text, catalogue).map(KeyCondition::May),
        NAME => {
            let part = NamePart::parse(text).map_err(|error| Wrong::here(error.to_string()))?;
            Ok(KeyCondition::NameContains(part))
        }
        // The only one that is left.
        _ => {
            let start = HintStart::parse(text).map_err(|error| Wrong::here(error.to_string()))?;
            Ok(KeyCondition::HintBegins(start))
        }
    }
}

fn instant(text: &str) -> Read<domain::time::Timestamp> {
    values::instant(text).map_err(|NotATimestamp| Wrong::here(not_an_instant(text)))
}

fn not_an_instant(text: &str) -> String {
    let plus = if text.contains(' ') { "; a plus sign is written %2B here" } else { "" };
    format!("{NotATimestamp}{plus}")
}

/// Reads an instant that stands in a query.
pub(super) fn query_instant(raw: &str) -> Result<domain::time::Timestamp, String> {
    let text = unescaped(raw).ok_or(NOT_ESCAPED)?;
    values::instant(&text).map_err(|NotATimestamp| not_an_instant(&text))
}

/// What a key must be permitted. A name by itself means at least to read, as any grant does.
fn requirement(text: &str, catalogue: &Catalogue) -> Read<Requirement> {
    let (name, scope) =
        text.split_once(':').map_or((text, None), |(name, word)| (name, Some(word)));
    let access = match scope.map(scope::access) {
        None | Some(Some(GrantedAccess::Read)) => RequiredAccess::Read,
        Some(Some(GrantedAccess::ReadWrite)) => RequiredAccess::Write,
        Some(None) => {
            return Err(Wrong::here("must be a name alone, or one with :READ or :READ_WRITE"));
        }
    };
    let known = catalogue.grants([(name, GrantedAccess::Read)]);
    known.map_err(|error| Wrong::here(permission_dto::told(&error)))?;
    let resource = Resource::parse(name).map_err(|error| Wrong::here(error.to_string()))?;
    Ok(Requirement { resource, access })
}

/// One state, or a list of them.
fn state_list(raw: &RawValue) -> Read<Vec<LiveState>> {
    if let Ok(text) = values::text(raw) {
        return live_state(&text).map(|state| vec![state]);
    }
    let states = values::list(raw, LiveState::ALL.len())?;
    if states.is_empty() {
        return Err(Wrong::here("is empty: name a state, or leave it out"));
    }
    states.into_iter().map(|raw| live_state(&values::text(raw)?)).collect()
}

fn live_state(text: &str) -> Read<LiveState> {
    LiveState::parse(text).ok_or_else(|| Wrong::here("must be enabled, disabled or expired"))
}

fn only_true() -> Wrong {
    Wrong::here("must be true, or left out")
}

/// What is wrong where [`unescaped`] reads nothing.
pub(super) const NOT_ESCAPED: &str = "is not escaped rightly: write bytes as %20, in UTF-8";

/// Reads what forms write: `+` for a space, and bytes of UTF-8 as `%20`.
pub(super) fn unescaped(raw: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                rest = after;
                let digit = |byte: u8| char::from(byte).to_digit(16);
                u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()?
            }
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_forms_write_is_read_and_nothing_else() {
        let check = |raw: &str, expected: Option<&str>| {
            assert_eq!(unescaped(raw).as_deref(), expected, "{raw}");
        };
        check("a+b%20c%2Bd", Some("a b c+d"));
        check("%C3%87%c3%a3o", Some("Ção"));
        for raw in ["%", "%2", "%zz", "%+1", "%ff", "%c3"] {
            check(raw, None);
        }
    }
}
