//! Changes of many keys as they stand on the wire: how one is asked for, and what came of it.
//!
//! Must not take what was left out for everything: who means all keys says so.

use domain::key::Key;
use domain::key_filter::KeyFilter;
use domain::permission::Catalogue;
use engine::change_keys::{KEYS_MAX, ManyKeysAction, ManyKeysChanged};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::schema::{
    ArrayBuilder, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};

use super::key_filter_dto::{self, KeyFilterBody};
use super::object::{self, Object, Read, Wrong};
use super::problem::Problem;
use super::{describe_values, values};

/// Most keys that an answer shows.
const SHOWN_MAX: usize = 100;

/// What is to be done with keys.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = ManyKeysAction)]
#[serde(rename_all = "snake_case")]
pub(super) enum ActionDto {
    Delete,
    Disable,
    Enable,
}

impl ActionDto {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "delete" => Some(Self::Delete),
            "disable" => Some(Self::Disable),
            "enable" => Some(Self::Enable),
            _ => None,
        }
    }

    pub(super) const fn of_the_engine(self) -> ManyKeysAction {
        match self {
            Self::Delete => ManyKeysAction::Delete,
            Self::Disable => ManyKeysAction::Disable,
            Self::Enable => ManyKeysAction::Enable,
        }
    }
}

/// The body that asks for it.
#[derive(ToSchema)]
#[schema(as = ManyKeys)]
#[expect(dead_code, reason = "describes what the reader below takes")]
pub(super) struct ManyKeysBody {
    action: ActionDto,
    /// Which keys, by their ids; or else a filter
    #[schema(schema_with = ids)]
    keys: Option<Vec<String>>,
    /// Which keys; at least one member, unless `all` is true
    filter: Option<KeyFilterBody>,
    /// That all keys are meant, where there is no filter
    #[schema(schema_with = describe_values::truth)]
    all: Option<bool>,
    /// Only keys of this account or project
    #[schema(schema_with = id)]
    account: Option<String>,
    /// Only say what would be changed
    #[schema(schema_with = describe_values::truth)]
    dry_run: Option<bool>,
    /// How many keys are changed at most, where a filter finds them
    #[schema(schema_with = limit)]
    limit: Option<u32>,
    /// Where a filter goes on: the cursor `next` of the answer before
    #[schema(schema_with = id)]
    after: Option<String>,
}

fn id() -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).min_length(Some(1)).into()
}

fn ids() -> Schema {
    let one = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .format(Some(SchemaFormat::Custom("uuid".to_owned())));
    ArrayBuilder::new().items(one).min_items(Some(1)).max_items(Some(KEYS_MAX as usize)).into()
}

fn limit() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .minimum(Some(1))
        .maximum(Some(KEYS_MAX))
        .default(Some(KEYS_MAX.into()))
        .into()
}

/// A change that is asked for. Ids are texts that may name nothing.
pub(super) struct ManyKeysWishDto {
    pub(super) action: ActionDto,
    pub(super) account: Option<String>,
    pub(super) choice: ChoiceDto,
    pub(super) dry_run: bool,
}

/// Which keys.
pub(super) enum ChoiceDto {
    Named(Vec<String>),
    /// The cursor is as it came.
    Found {
        filter: KeyFilter,
        limit: u32,
        after: Option<String>,
    },
}

/// Reads the body.
pub(super) fn read(body: &str, catalogue: &Catalogue) -> Result<ManyKeysWishDto, Problem> {
    object::body(body, |mut object| {
        let action = object.required("action", |raw| {
            let action = ActionDto::parse(&values::text(raw)?);
            action.ok_or_else(|| Wrong::here("must be enable, disable or delete"))
        });
        let choice = choice(&mut object, catalogue);
        let account = object.optional("account", values::text);
        let dry_run = object.optional("dry_run", values::truth).unwrap_or(false);
        let wish = action.zip(choice);
        object.finish(wish.map(|(action, choice)| ManyKeysWishDto {
            action,
            account,
            choice,
            dry_run,
        }))
    })
}

fn choice(object: &mut Object<'_>, catalogue: &Catalogue) -> Option<ChoiceDto> {
    let keys = object.optional("keys", named);
    let filter = object.optional("filter", |raw| key_filter_dto::read(raw, catalogue));
    let all = object.optional("all", values::truth);
    let limit = object.optional("limit", |raw| values::count(raw, KEYS_MAX));
    let after = object.optional("after", values::text);
    // What they mean together can be judged only if each was right.
    if !object.is_right() {
        return None;
    }
    if let Some(keys) = keys {
        for (name, is_there) in [
            ("filter", filter.is_some()),
            ("all", all.is_some()),
            ("limit", limit.is_some()),
            ("after", after.is_some()),
        ] {
            if is_there {
                object.refuse(name, "does not go with keys: leave one of them out");
            }
        }
        return Some(ChoiceDto::Named(keys));
    }
    let filter = filter.unwrap_or_default();
    match (filter.conditions(), all) {
        ([], None | Some(false)) => {
            object.refuse("filter", "is missing or empty: say which keys, or \"all\": true");
        }
        ([_, ..], Some(true)) => {
            object.refuse("all", "does not go with a filter: leave one of them out");
        }
        ([], Some(true)) | ([_, ..], None | Some(false)) => {}
    }
    Some(ChoiceDto::Found { filter, limit: limit.unwrap_or(KEYS_MAX), after })
}

/// Ids, of which none is read yet: one that cannot be is like one that is not there.
fn named(raw: &RawValue) -> Read<Vec<String>> {
    let keys = values::list(raw, KEYS_MAX as usize)?;
    if keys.is_empty() {
        return Err(Wrong::here("is empty: name at least one key"));
    }
    let mut wrong = Wrong::nothing();
    let mut ids = Vec::with_capacity(keys.len());
    for (at, raw) in keys.into_iter().enumerate() {
        match values::text(raw) {
            Ok(id) => ids.push(id),
            Err(below) => wrong.add(&format!("[{at}]"), below),
        }
    }
    wrong.unless(Some(ids))
}

/// What came of it, or would.
#[derive(Serialize, ToSchema)]
#[schema(as = ManyKeysChanged)]
pub(super) struct ManyKeysDto<'a> {
    action: ActionDto,
    /// Whether this says only what would be changed
    dry_run: bool,
    /// How many keys were named or found
    matched: u32,
    /// How many of them changed, or would. What was so already, or is over for good, did not
    changed: usize,
    /// Whether the filter may find others that would change
    more: bool,
    /// Where it goes on then: the cursor for `after`
    #[schema(required)]
    next: Option<String>,
    /// The first hundred of those that changed, or would
    keys: Vec<KeyBriefDto<'a>>,
}

/// What is shown of one of many keys.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyBrief)]
struct KeyBriefDto<'a> {
    id: String,
    account_id: String,
    name: &'a str,
    hint: &'a str,
}

impl<'a> ManyKeysDto<'a> {
    pub(super) fn of(
        action: ActionDto,
        dry_run: bool,
        done: &'a ManyKeysChanged,
        next: Option<String>,
    ) -> Self {
        let brief = |key: &'a Key| KeyBriefDto {
            id: key.id.to_string(),
            account_id: key.owner.to_string(),
            name: key.name.as_str(),
            hint: key.secret.hint.as_str(),
        };
        Self {
            action,
            dry_run,
            matched: done.matched,
            changed: done.changed.len(),
            more: next.is_some(),
            next,
            keys: done.changed.iter().take(SHOWN_MAX).map(brief).collect(),
        }
    }
}
