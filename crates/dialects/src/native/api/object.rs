//! JSON objects, read strictly: every member is known, comes once, and is of its type.
//!
//! All that is wrong is told in one answer. Values are kept as raw text until their reader comes,
//! so that nothing is ever built from a member nobody asked for, however deep it is nested. Must
//! not repeat values; names of members are repeated only while too short to hold a key.

use std::fmt;

use domain::nearest::nearest;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::problem::{Problem, ProblemCode};
use super::problem_dto::FieldErrorDto;

/// Most members of one object.
const MEMBERS_MAX: usize = 256;

/// Longest text that errors repeat. Every key is longer than this.
const SHOWN_MAX: usize = 40;

/// Most letters and digits in a row that errors repeat, as in logs. A secret alone is longer.
const RUN_MAX: usize = 25;

/// Whether errors may repeat a text: it can be neither a key nor the secret of one, and is plain.
pub(super) fn may_be_shown(text: &str) -> bool {
    text.len() <= SHOWN_MAX
        && text.chars().all(|c| !c.is_control())
        && text.split(|c: char| !c.is_ascii_alphanumeric()).all(|run| run.len() <= RUN_MAX)
}

/// What is wrong, each with its path below the value that was read.
#[derive(Debug)]
pub(super) struct Wrong(Vec<FieldErrorDto>);

/// What readers answer.
pub(super) type Read<T> = Result<T, Wrong>;

impl Wrong {
    /// The value itself is wrong.
    pub(super) fn here(detail: impl Into<String>) -> Self {
        Self(vec![FieldErrorDto { field: String::new(), detail: detail.into() }])
    }

    /// Nothing is wrong yet.
    pub(super) const fn nothing() -> Self {
        Self(Vec::new())
    }

    /// Adds what is wrong below this member or position.
    pub(super) fn add(&mut self, at: &str, below: Self) {
        self.0.extend(below.0.into_iter().map(|FieldErrorDto { field, detail }| {
            let joint = if field.is_empty() || field.starts_with('[') { "" } else { "." };
            FieldErrorDto { field: format!("{at}{joint}{field}"), detail }
        }));
    }

    /// The value, if it was read and nothing is wrong.
    pub(super) fn unless<T>(self, value: Option<T>) -> Read<T> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            Some(_) | None => Err(self),
        }
    }
}

/// An object whose members are taken out one by one.
pub(super) struct Object<'a> {
    members: Vec<(String, &'a RawValue)>,
    /// Those that were asked for, whether they were there or not.
    known: Vec<&'static str>,
    wrong: Wrong,
}

/// Reads the object that is the whole body.
pub(super) fn body<'a, T>(
    text: &'a str,
    read: impl FnOnce(Object<'a>) -> Read<T>,
) -> Result<T, Problem> {
    let members = serde_json::from_str(text).map_err(|error| not_an_object(text, &error))?;
    read(Object::new(members)).map_err(Problem::from)
}

impl From<Wrong> for Problem {
    fn from(Wrong(errors): Wrong) -> Self {
        Self::fields(errors)
    }
}

/// Reads an object inside another value.
pub(super) fn nested(raw: &RawValue) -> Read<Object<'_>> {
    let members = serde_json::from_str(raw.get());
    members.map(Object::new).map_err(|_| Wrong::here("must be an object"))
}

impl<'a> Object<'a> {
    fn new(Members(mut members): Members<'a>) -> Self {
        let mut wrong = Wrong::nothing();
        if members.len() > MEMBERS_MAX {
            wrong = Wrong::here(format!("has more than {MEMBERS_MAX} members"));
            members.clear();
        }
        let repeated = |at: usize| {
            let name = &members[at].0;
            let later = members[at + 1..].iter().any(|(other, _)| other == name);
            (later && members[..at].iter().all(|(other, _)| other != name)).then(|| shown(name))
        };
        for name in (0..members.len()).filter_map(repeated) {
            wrong.add(&name, Wrong::here("is there more than once: send it once"));
        }
        Self { members, known: Vec::new(), wrong }
    }

    /// Reads a member if it is there.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a RawValue) -> Read<T>,
    ) -> Option<T> {
        self.known.push(name);
        let found = self.members.iter().find(|(found, _)| found == name)?.1;
        self.members.retain(|(found, _)| found != name);
        read(found).map_err(|wrong| self.wrong.add(name, wrong)).ok()
    }

    /// Reads a member that must be there.
    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a RawValue) -> Read<T>,
    ) -> Option<T> {
        if self.members.iter().all(|(found, _)| found != name) {
            self.refuse(name, "is missing");
        }
        self.optional(name, read)
    }

    /// Notes that a member is wrong in its relation to others.
    pub(super) fn refuse(&mut self, name: &str, detail: &str) {
        self.wrong.add(name, Wrong::here(detail));
    }

    /// Whether everything that was read so far is right.
    pub(super) fn is_right(&self) -> bool {
        self.wrong.0.is_empty()
    }

    /// The value, if nothing is wrong and no member is left that nobody asked for.
    pub(super) fn finish<T>(mut self, value: Option<T>) -> Read<T> {
        for (name, _) in std::mem::take(&mut self.members) {
            let advice = instead_of(&name, &self.known);
            self.wrong.add(&shown(&name), Wrong::here(format!("is not a member here: {advice}")));
        }
        self.wrong.unless(value)
    }
}

/// What to send instead of a member with this name. Who misspells one must not be told to leave it out: what
/// is absent may mean more than was written.
fn instead_of(name: &str, known: &[&'static str]) -> String {
    match (nearest(name, known.iter().copied()), known) {
        (Some(meant), _) => format!("did you mean {meant}?"),
        (None, []) => "leave it out".to_owned(),
        (None, _) => format!("there are {}", known.join(", ")),
    }
}

fn shown(name: &str) -> String {
    if may_be_shown(name) { name.to_owned() } else { "(a name too long to repeat)".to_owned() }
}

fn not_an_object(text: &str, error: &serde_json::Error) -> Problem {
    let detail = match error.classify() {
        _ if text.trim_ascii().is_empty() => "The body is empty. Send a JSON object.".to_owned(),
        Category::Data => "The body is no JSON object. Send one, in braces.".to_owned(),
        Category::Eof | Category::Io | Category::Syntax => format!(
            "The body is not valid JSON: reading stopped at line {}, column {}.",
            error.line(),
            error.column()
        ),
    };
    Problem::new(ProblemCode::InvalidJson, detail)
}

/// The members of an object in their order, values untouched.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    // One more than allowed is kept, so that it can be told.
                    if members.len() <= MEMBERS_MAX {
                        members.push(member);
                    }
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Collect).map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(), &[&str]>) {
        let read = nested(serde_json::from_str(text).expect("JSON")).and_then(|mut object| {
            let a = object.required("a", |raw| {
                serde_json::from_str::<u8>(raw.get()).map_err(|_| Wrong::here("must be a number"))
            });
            object.finish(a)
        });
        let fields = read.map(|_| ()).map_err(|Wrong(errors)| {
            errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
        });
        let expected = expected.map_err(|names| names.iter().map(ToString::to_string).collect());
        assert_eq!(fields, expected, "{text}");
    }

    #[test]
    fn every_member_is_known_comes_once_and_has_its_type() {
        check(r#"{"a":1}"#, Ok(()));
        check(r"{}", Err(&["a"]));
        check(r#"{"a":"1"}"#, Err(&["a"]));
        check(r#"{"a":1,"a":1}"#, Err(&["a"]));
        check(r#"{"a":1,"\u0061":2}"#, Err(&["a"]));
        check(r#"{"a":1,"__proto__":{},"B":2}"#, Err(&["__proto__", "B"]));
        check("[]", Err(&[""]));
    }

    #[test]
    fn whoever_misspells_a_member_is_told_which_was_meant() {
        assert_eq!(instead_of("permisions", &["name", "permissions"]), "did you mean permissions?");
    }

    #[test]
    fn whoever_makes_up_a_member_is_told_which_there_are() {
        assert_eq!(instead_of("colour", &["name", "permissions"]), "there are name, permissions");
        assert_eq!(instead_of("colour", &[]), "leave it out");
    }

    #[test]
    fn a_name_that_may_be_a_key_is_not_repeated() {
        let fragment = "k".repeat(RUN_MAX + 1);
        for long in [fragment, "k_".repeat(SHOWN_MAX / 2 + 1)] {
            check(&format!(r#"{{"a":1,"{long}":2}}"#), Err(&["(a name too long to repeat)"]));
        }
    }

    #[test]
    fn a_crowd_of_members_is_refused_as_one() {
        let members: Vec<String> = (0..10_000).map(|n| format!(r#""m{n}":0"#)).collect();
        check(&format!("{{{}}}", members.join(",")), Err(&["", "a"]));
    }

    #[test]
    fn paths_are_joined_as_people_write_them() {
        let mut inner = Wrong::nothing();
        inner.add("scope", Wrong::here("x"));
        let mut list = Wrong::nothing();
        list.add("[3]", inner);
        let mut outer = Wrong::nothing();
        outer.add("permissions", list);
        assert_eq!(outer.0[0].field, "permissions[3].scope");
    }
}
