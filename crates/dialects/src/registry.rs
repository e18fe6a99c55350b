//! Which dialects there are. A further one is a folder beside this file and a line in the table.
//!
//! Must not know anything of a dialect but its name and how to build it.

use std::sync::Arc;

use crate::dialect::{Dialect, DialectSettings, SettingsError};
use crate::own_route::OwnRoute;
use crate::{asaas, autosend, native};

type Build = fn(&DialectSettings) -> Result<Arc<dyn Dialect>, SettingsError>;

const DIALECTS: [(&str, Build); 3] = [
    (asaas::NAME, asaas::build), //
    (autosend::NAME, autosend::build),
    (native::NAME, native::build),
];

/// The names of all dialects, as configuration spells them.
pub fn names() -> impl Iterator<Item = &'static str> {
    DIALECTS.iter().map(|(name, _)| *name)
}

/// What the dialect of this name answers itself; nothing where there is no such dialect.
#[must_use]
pub fn own_routes(dialect: &str) -> &'static [OwnRoute] {
    let found = [
        (asaas::NAME, &asaas::OWN_ROUTES[..]),
        (autosend::NAME, &autosend::OWN_ROUTES[..]),
        (native::NAME, &native::OWN_ROUTES[..]),
    ];
    found.into_iter().find(|(name, _)| *name == dialect).map_or(&[], |(_, routes)| routes)
}

/// Builds the dialect of this name with a realm's settings inside.
///
/// # Errors
/// A name that no dialect has, or settings that do not fit the dialect.
pub fn build(dialect: &str, settings: &DialectSettings) -> Result<Arc<dyn Dialect>, SettingsError> {
    let found = DIALECTS.iter().find(|(name, _)| *name == dialect);
    let (_, build) = found.ok_or_else(|| SettingsError::UnknownDialect {
        name: dialect.to_owned(),
        known: names().collect::<Vec<_>>().join(", "),
    })?;
    build(settings)
}

#[cfg(test)]
mod tests {
    use domain::ids::RealmName;

    use super::*;

    #[test]
    fn an_unknown_dialect_is_refused_with_the_names_there_are() {
        let settings = DialectSettings {
            realm: RealmName::parse("payments").expect("a slug"),
            environments: Vec::new(),
            header: None,
            alias_header: false,
        };
        let error = build("Asaas", &settings).expect_err("names are exact");
        assert_eq!(
            error.to_string(),
            "there is no dialect named Asaas: expected one of asaas, autosend, native"
        );
    }
}
