//! Permissions as they stand on the wire: a list of names with scopes, or `"unrestricted"`.
//!
//! Must not widen anything: a name twice is refused, and an empty list is no list.

use domain::permission::{Catalogue, GRANTS_MAX, Grant, GrantedAccess, GrantsError, PermissionSet};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::object::{self, Read, Wrong, may_be_shown};
use super::{scope, values};

/// The word for everything.
pub(super) const UNRESTRICTED: &str = "unrestricted";

/// Everything that a key was granted.
#[derive(Serialize, ToSchema)]
#[schema(as = Permissions)]
#[serde(untagged)]
pub(super) enum PermissionsDto<'a> {
    Unrestricted(UnrestrictedDto),
    Only(Vec<PermissionDto<'a>>),
}

/// Everything there is.
#[derive(Serialize, ToSchema)]
#[schema(as = Unrestricted)]
#[serde(rename_all = "snake_case")]
pub(super) enum UnrestrictedDto {
    Unrestricted,
}

/// One permission.
#[derive(Serialize, ToSchema)]
#[schema(as = Permission)]
pub(super) struct PermissionDto<'a> {
    /// A name of the realm's catalogue
    name: &'a str,
    #[schema(value_type = ScopeBody)]
    scope: &'static str,
}

/// What a permission lets a key do: `READ`, or `READ_WRITE`.
#[derive(ToSchema)]
#[schema(as = Scope)]
#[expect(dead_code, reason = "describes the words of scope.rs")]
enum ScopeBody {
    #[schema(rename = "READ")]
    Read,
    #[schema(rename = "READ_WRITE")]
    ReadWrite,
}

impl<'a> PermissionsDto<'a> {
    pub(super) fn of(permissions: &'a PermissionSet) -> Self {
        match permissions {
            PermissionSet::Unrestricted => Self::Unrestricted(UnrestrictedDto::Unrestricted),
            PermissionSet::Only(grants) => {
                let one = |grant: &'a Grant| PermissionDto {
                    name: grant.resource.as_str(),
                    scope: scope::word(grant.access),
                };
                Self::Only(grants.as_slice().iter().map(one).collect())
            }
        }
    }
}

/// Reads permissions of this catalogue.
pub(super) fn read(raw: &RawValue, catalogue: &Catalogue) -> Read<PermissionSet> {
    if values::text(raw).is_ok_and(|text| text == UNRESTRICTED) {
        return Ok(PermissionSet::Unrestricted);
    }
    if !raw.get().starts_with('[') {
        return Err(Wrong::here("must be a list of permissions, or the text \"unrestricted\""));
    }
    let mut wishes = Vec::new();
    let mut wrong = Wrong::nothing();
    for (at, raw) in values::list(raw, GRANTS_MAX)?.into_iter().enumerate() {
        match permission(raw, catalogue) {
            Ok(wish) => wishes.push(wish),
            Err(below) => wrong.add(&format!("[{at}]"), below),
        }
    }
    let wishes = wrong.unless(Some(wishes))?;
    let grants = catalogue.grants(wishes.iter().map(|(name, access)| (name.as_str(), *access)));
    grants.map(PermissionSet::Only).map_err(|error| Wrong::here(told(&error)))
}

fn permission(raw: &RawValue, catalogue: &Catalogue) -> Read<(String, GrantedAccess)> {
    let mut object = object::nested(raw)?;
    let name = object.required("name", |raw| {
        let name = values::text(raw)?;
        let known = catalogue.grants([(name.as_str(), GrantedAccess::Read)]);
        known.map(|_| name).map_err(|error| Wrong::here(told(&error)))
    });
    let access = object.required("scope", |raw| {
        let expected =
            [GrantedAccess::Read, GrantedAccess::ReadWrite].map(scope::word).join(" or ");
        scope::access(&values::text(raw)?)
            .ok_or_else(|| Wrong::here(format!("must be {expected}, in capitals")))
    });
    object.finish(name.zip(access))
}

/// What is wrong with wishes, without a name that may be a key.
pub(super) fn told(error: &GrantsError) -> String {
    match error {
        GrantsError::Unknown { name, .. } if !may_be_shown(name) => {
            "is no permission of this realm: list them at the realm".to_owned()
        }
        GrantsError::Unknown { .. }
        | GrantsError::Empty
        | GrantsError::TooMany
        | GrantsError::Repeated(_) => error.to_string(),
    }
}
