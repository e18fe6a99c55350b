//! One question as it comes over the wire.
//!
//! Must not be printed: it holds a key.

use std::borrow::Cow;
use std::net::IpAddr;

use domain::diagnosis::Diagnosis;
use domain::method::Method;
use domain::prefix::KeyPrefixes;
use domain::route::path_is_plain;
use engine::verify::{Credential, ProjectName};
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::problem::{Problem, ProblemCode};

/// The members of a question. Unknown and repeated ones are mistakes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question<'a> {
    /// The name of a realm
    #[serde(borrow)]
    #[schema(value_type = String)]
    pub(super) realm: Text<'a>,
    /// The name of an environment of it
    #[schema(value_type = String)]
    pub(super) environment: Text<'a>,
    /// The key that the request showed; null where it showed none
    #[schema(value_type = Option<String>)]
    key: Option<Text<'a>>,
    /// The request's method
    #[schema(value_type = String, example = "GET")]
    method: Text<'a>,
    /// Its path, as it will be forwarded
    #[schema(value_type = String, example = "/v3/payments")]
    path: Text<'a>,
    /// From which address it came; null where that is not known
    #[schema(value_type = Option<String>)]
    ip: Option<Text<'a>>,
    /// Which program it named
    #[schema(value_type = Option<String>)]
    user_agent: Option<Text<'a>>,
    /// Which project it named
    #[schema(value_type = Option<String>)]
    project: Option<Text<'a>>,
    /// Answer by the state of this epoch or a later one
    pub(super) min_epoch: Option<u64>,
}

impl<'a> Question<'a> {
    /// Reads one question.
    pub(super) fn read(json: &'a [u8]) -> Result<Self, Problem> {
        serde_json::from_slice(json).map_err(|error| mistake(&error))
    }

    /// The key, by the prefixes of the realm that was named.
    pub(super) fn credential<'q>(&'q self, prefixes: &'q KeyPrefixes) -> Credential<'q> {
        match &self.key {
            None => Credential::Absent(Diagnosis::Missing),
            Some(Text(key)) => Credential::read(key.as_bytes(), prefixes),
        }
    }

    pub(super) fn method(&self) -> Result<Method, Problem> {
        let name = &*self.method.0;
        let is_token =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) {
            let detail = "method is not a method. Give that of the request, such as GET.";
            return Err(Problem::saying(ProblemCode::InvalidRequest, detail));
        }
        Ok(Method::parse(name))
    }

    /// The path without its query.
    pub(super) fn path(&self) -> Result<&str, Problem> {
        let path = self.path.0.split_once('?').map_or(&*self.path.0, |(path, _)| path);
        if path_is_plain(path) { Ok(path) } else { Err(Problem::of(ProblemCode::AmbiguousPath)) }
    }

    /// From where the caller of the API came, if that is known.
    pub(super) fn client(&self) -> Result<Option<IpAddr>, Problem> {
        let Some(Text(text)) = &self.ip else { return Ok(None) };
        let address = text.parse::<IpAddr>().map_err(|_| {
            let detail = "ip is not an address. Give one IPv4 or IPv6 address without a port, or null if it is not known.";
            Problem::saying(ProblemCode::InvalidRequest, detail)
        })?;
        Ok(Some(address.to_canonical()))
    }

    pub(super) fn names_its_program(&self) -> bool {
        self.user_agent.as_ref().is_some_and(|Text(text)| !text.trim().is_empty())
    }

    pub(super) fn project(&self) -> ProjectName<'_> {
        self.project.as_ref().map_or(ProjectName::Absent, |Text(text)| ProjectName::Named(text))
    }
}

/// Says where the mistake is and what belongs there, but repeats nothing: a key may be in the
/// wrong place.
pub(super) fn mistake(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Data => Problem::saying(
            ProblemCode::InvalidRequest,
            format!(
                "Line {line}, column {column}: {}a question has realm, environment, key, method and path, and may have ip, user_agent, project and min_epoch, each once; all are strings but min_epoch, a number.",
                missing(error)
            ),
        ),
        serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof
        | serde_json::error::Category::Io => Problem::saying(
            ProblemCode::InvalidJson,
            format!("Line {line}, column {column}: the body is not JSON in UTF-8."),
        ),
    }
}

/// A string of the body, not copied unless something in it is escaped.
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: serde::de::Error>(
                self,
                text: &'de str,
            ) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<Self::Value, E> {
                Err(E::custom("not UTF-8"))
            }
        }
        deserializer.deserialize_str(Borrowing).map_err(D::Error::custom)
    }
}

/// Names the member that is not there, if that is what is wrong.
fn missing(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let missing = REQUIRED.iter().find(|name| said.starts_with(&format!("missing field `{name}`")));
    missing.map_or_else(String::new, |name| format!("{name} is missing; "))
}

/// The members that a question cannot do without.
const REQUIRED: [&str; 4] = ["environment", "method", "path", "realm"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_is_missing_is_named() {
        let whole = r#"{"realm":"a","environment":"b","method":"GET","path":"/"}"#;
        assert!(Question::read(whole.as_bytes()).is_ok());
        for name in REQUIRED {
            let mut members: serde_json::Map<_, _> = serde_json::from_str(whole).expect("JSON");
            members.remove(name);
            let json = serde_json::to_vec(&members).expect("JSON");
            let Err(problem) = Question::read(&json) else { panic!("nobody misses {name}") };
            let said = problem.detail();
            assert!(said.contains(&format!(": {name} is missing; a question has")), "{said}");
        }
    }

    #[test]
    fn a_member_that_is_unknown_is_not_repeated() {
        let json = br#"{"$aact_prod_secret":"x"}"#;
        let Err(problem) = Question::read(json) else { panic!("it is taken") };
        assert!(!problem.detail().contains("secret"), "{}", problem.detail());
    }
}
