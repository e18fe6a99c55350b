//! Bodies of the contract, read member by member: each comes once, and all that is wrong is told.
//!
//! Members that the contract does not name are passed over, because clients in use send them; what
//! would be wider without a member that is misspelt says so. Must not build anything from a member that
//! nobody asked for.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::answers::Wrong;

/// Most members of one object; more than any client sends.
const MEMBERS_MAX: usize = 256;

/// What a reader answers: the value, or in Portuguese what is wrong with it.
pub(super) type Read<T> = Result<T, String>;

/// The members of an object, and what was found wrong with them.
pub(super) struct Members {
    members: Vec<(String, Box<RawValue>)>,
    /// Which were looked for.
    known: Vec<&'static str>,
    wrong: Vec<Wrong>,
}

impl Members {
    /// Reads a whole body; an empty one is an object without members.
    pub(super) fn of_body(body: &[u8]) -> Result<Self, Vec<Wrong>> {
        let body = body.trim_ascii();
        if body.is_empty() {
            return Ok(Self::of(Vec::new()));
        }
        let read = std::str::from_utf8(body).ok().and_then(Self::of_text);
        read.ok_or_else(|| {
            let description =
                "O corpo da requisição deve ser um objeto JSON, com cada campo uma única vez"
                    .to_owned();
            vec![Wrong { field: "body", description }]
        })
    }

    /// Reads an object inside a body; `None` if it is none, or has a member twice.
    pub(super) fn of_value(raw: &RawValue) -> Option<Self> {
        Self::of_text(raw.get())
    }

    fn of_text(text: &str) -> Option<Self> {
        // A list would do for the members in their order, which nobody means.
        let read = text.starts_with('{').then(|| serde_json::from_str::<Once>(text).ok());
        read.flatten().map(|Once(members)| Self::of(members))
    }

    fn of(members: Vec<(String, Box<RawValue>)>) -> Self {
        Self { members, known: Vec::new(), wrong: Vec::new() }
    }

    /// Reads a member if it is there, null included.
    pub(super) fn optional<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&RawValue) -> Read<T>,
    ) -> Option<T> {
        self.known.push(field);
        let raw = &self.members.iter().find(|(name, _)| name == field)?.1;
        match read(raw) {
            Ok(value) => Some(value),
            Err(description) => {
                self.refuse(field, description);
                None
            }
        }
    }

    /// Reads a member if it is there and not null.
    pub(super) fn unless_null<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&RawValue) -> Read<T>,
    ) -> Option<T> {
        let given = |raw: &RawValue| if is_null(raw) { Ok(None) } else { read(raw).map(Some) };
        self.optional(field, given).flatten()
    }

    /// Reads a member if it is there and neither null nor a text without a letter: forms and clients
    /// in use send one for what nobody filled in.
    pub(super) fn unless_empty<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&RawValue) -> Read<T>,
    ) -> Option<T> {
        let filled = |raw: &RawValue| {
            let text: Option<String> = serde_json::from_str(raw.get()).ok();
            if text.is_some_and(|text| text.trim().is_empty()) {
                Ok(None)
            } else {
                read(raw).map(Some)
            }
        };
        self.unless_null(field, filled).flatten()
    }

    /// Reads a member that has to be there and not null.
    pub(super) fn required<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&RawValue) -> Read<T>,
    ) -> Option<T> {
        let there = self.members.iter().any(|(name, raw)| name == field && !is_null(raw));
        if !there {
            self.known.push(field);
            self.refuse(field, format!("O campo {field} deve ser informado"));
            return None;
        }
        self.optional(field, read)
    }

    /// Notes that a member is wrong.
    pub(super) fn refuse(&mut self, field: &'static str, description: String) {
        self.wrong.push(Wrong { field, description });
    }

    /// Refuses each member whose name is almost that of one that was looked for and is not there: it
    /// would be passed over, and nobody would notice what was left out.
    pub(super) fn refuse_misspelt(&mut self) {
        let is_there = |field: &str| self.members.iter().any(|(name, _)| name == field);
        let absent = self.known.iter().filter(|field| !is_there(field));
        let absent: Vec<&'static str> = absent.copied().collect();
        for (name, _) in &self.members {
            let Some(&meant) = absent.iter().find(|field| is_almost(name, field)) else { continue };
            // So short a name of letters holds no key.
            let description = if name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                format!("O campo {name} não existe. Você quis dizer {meant}?")
            } else {
                format!("Um dos campos não existe. Você quis dizer {meant}?")
            };
            self.wrong.push(Wrong { field: meant, description });
        }
    }

    /// The value, if nothing is wrong.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Wrong>> {
        match value {
            Some(value) if self.wrong.is_empty() => Ok(value),
            Some(_) | None => Err(self.wrong),
        }
    }
}

/// Whether whoever wrote this name is likely to have meant that one.
fn is_almost(name: &str, meant: &str) -> bool {
    // Nobody misspells a name into one that is much longer, and comparing takes its time.
    let wanted: String = name.chars().take(64).collect::<String>().to_ascii_lowercase();
    strsim::damerau_levenshtein(&wanted, &meant.to_ascii_lowercase()) <= meant.len() / 3
}

fn is_null(raw: &RawValue) -> bool {
    raw.get() == "null"
}

/// The members of an object, each once, values untouched.
struct Once(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Once;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with each member once")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Once, A::Error> {
                let mut members: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    let repeated = members.iter().any(|(other, _)| *other == name);
                    if repeated || members.len() == MEMBERS_MAX {
                        return Err(serde::de::Error::custom("a member twice, or too many"));
                    }
                    members.push((name, value));
                }
                Ok(Once(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_object_with_each_member_once_is_refused() {
        for body in
            ["[]", "null", "1", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"a\":", "{}x"]
        {
            let wrong = Members::of_body(body.as_bytes()).err().expect(body);
            assert_eq!(wrong.iter().map(|one| one.field).collect::<Vec<_>>(), ["body"], "{body}");
        }
        assert!(Members::of_body(&[b'['; 60_000]).is_err());
        let crowd: Vec<String> = (0..300).map(|n| format!("\"m{n}\":0")).collect();
        assert!(Members::of_body(format!("{{{}}}", crowd.join(",")).as_bytes()).is_err());
    }

    #[test]
    fn what_nobody_filled_in_counts_as_absent_only_where_it_may_be_left_out() {
        for text in ["null", "\"\"", "\"  \""] {
            let mut members = Members::of_body(format!("{{\"a\":{text}}}").as_bytes()).expect(text);
            let read = |_: &RawValue| -> Read<u8> { Err("errado".to_owned()) };
            assert_eq!(members.unless_empty("a", read), None, "{text}");
            assert_eq!(members.wrong.len(), 0, "{text}");
            assert_eq!(members.required("a", read), None, "{text}");
            assert_eq!(members.wrong.len(), 1, "{text}");
        }
        let mut members = Members::of_body(br#"{"a":0}"#).expect("members");
        assert_eq!(members.unless_empty("a", |_| Ok(7)), Some(7));
    }

    #[test]
    fn a_member_is_misspelt_only_where_the_one_that_it_is_like_is_absent() {
        let misspelt = |body: &str| {
            let mut members = Members::of_body(body.as_bytes()).expect("members");
            for field in ["name", "permissions", "expirationDate"] {
                members.optional(field, |_| Ok(()));
            }
            members.refuse_misspelt();
            members.wrong.iter().map(|one| one.field).collect::<Vec<_>>()
        };
        for (body, meant) in [
            (r#"{"permision":1,"Name":1}"#, &["permissions", "name"][..]),
            (r#"{"permissoes":1,"nome":1}"#, &["permissions", "name"]),
            (r#"{"expirationdate":1,"permissions":1}"#, &["expirationDate"]),
            (r#"{"permissions":1,"permission":1}"#, &[]),
            (r#"{"externalReference":1,"ips":1,"id":1}"#, &[]),
        ] {
            assert_eq!(misspelt(body), meant, "{body}");
        }
        assert_eq!(misspelt(&format!("{{\"{}\":1}}", "permissions".repeat(5_000))), [""; 0]);
    }

    #[test]
    fn everything_that_is_wrong_is_told() {
        let mut members = Members::of_body(br#"{"a":null,"b":7,"c":null,"x":1}"#).expect("members");
        let read = |_: &RawValue| -> Read<u8> { Err("errado".to_owned()) };
        assert_eq!(members.unless_null("a", read), None);
        assert_eq!(members.optional("b", read), None);
        assert_eq!(members.required("c", read), None);
        assert_eq!(members.required("d", read), None);
        let wrong = members.finish(Some(())).expect_err("wrong members");
        assert_eq!(wrong.iter().map(|one| one.field).collect::<Vec<_>>(), ["b", "c", "d"]);
    }
}
