//! Where accounts and keys are: the flags for it, and the paths of the API.
//!
//! Must not let a word from the command line become more of a path than one segment.

use serde_json::Value;

use super::answer::Pages;
use super::failure::Failure;

/// The realm and the environment.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// The realm, such as payments
    #[arg(long, value_name = "NAME")]
    realm: String,
    /// The environment in it, such as sandbox
    #[arg(long, value_name = "NAME")]
    environment: String,
}

/// Which part of a list.
#[derive(Debug, clap::Args)]
pub(crate) struct Part {
    /// Begin where the part before ended
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Show at most so many, 100 at the most
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=i64::from(PART_MAX)))]
    limit: Option<u32>,
}

/// The longest part that the API shows at once.
const PART_MAX: u32 = 100;

/// Which addresses are to hold from now on.
#[derive(Debug, clap::Args)]
pub(crate) struct Addresses {
    /// An address, block or interval from which keys may be used, instead of those before; can be
    /// repeated
    #[arg(long = "ip", value_name = "RULE")]
    ip_list: Vec<String>,
    /// Allow any address
    #[arg(long, conflicts_with = "ip_list")]
    any_ip: bool,
}

impl Addresses {
    /// As the API reads them; nothing where nothing was said.
    pub(super) fn value(&self) -> Option<Value> {
        (!self.ip_list.is_empty() || self.any_ip).then(|| self.ip_list.clone().into())
    }
}

impl Place {
    /// The path of something in this place.
    ///
    /// # Errors
    /// A name that cannot be one.
    pub(super) fn path(&self, rest: &str) -> Result<String, Failure> {
        let realm = segment(&self.realm, "--realm")?;
        let environment = segment(&self.environment, "--environment")?;
        Ok(format!("/realms/{realm}/environments/{environment}{rest}"))
    }

    /// The flags that lead to this place, for a command to be pasted; it had a path.
    pub(super) fn flags(&self) -> String {
        format!("--realm {} --environment {}", self.realm, self.environment)
    }
}

impl Part {
    /// How many pages are asked for, and the query that asks for the first: the longest there are,
    /// where all are wanted and nobody said how long.
    ///
    /// # Errors
    /// A cursor that cannot be one.
    pub(super) fn pages(
        &self,
        all: bool,
        first: impl IntoIterator<Item = String>,
    ) -> Result<(Pages, String), Failure> {
        if !all {
            return Ok((Pages::One, self.query(first)?));
        }
        let longest = Self { after: self.after.clone(), limit: self.limit.or(Some(PART_MAX)) };
        Ok((Pages::All, longest.query(first)?))
    }

    /// The query that asks for it, with these parameters before.
    ///
    /// # Errors
    /// A cursor that cannot be one.
    pub(super) fn query(&self, first: impl IntoIterator<Item = String>) -> Result<String, Failure> {
        let after = self.after.as_deref().map(|after| segment(after, "--after")).transpose()?;
        let parameters: Vec<String> = first
            .into_iter()
            .chain(after.map(|after| format!("after={after}")))
            .chain(self.limit.map(|limit| format!("limit={limit}")))
            .collect();
        let mark = if parameters.is_empty() { "" } else { "?" };
        Ok(format!("{mark}{}", parameters.join("&")))
    }
}

/// A word that is one segment of a path and nothing else: a name, or an id.
///
/// # Errors
/// Any other word. It is not repeated.
pub(super) fn segment<'t>(text: &'t str, flag: &str) -> Result<&'t str, Failure> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain && !text.is_empty() && text.len() <= 64 {
        Ok(text)
    } else {
        Err(Failure::usage(format!(
            "{flag} must be a name, an id or a cursor, of letters, digits and hyphens: copy it from a list."
        )))
    }
}

/// A value that stands in a query as it is meant.
pub(super) fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:,".contains(&byte);
    let one = |byte: u8| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_one_segment_of_a_path_or_nothing() {
        for text in ["payments", "b6bff0c5-38c6-496a-a3a8-105b31d5bcfe", "60d5ec49f1b2c72d9c8b1234"]
        {
            assert_eq!(segment(text, "ID").ok(), Some(text));
        }
        for text in ["", "..", "a/b", "a?b", "a%2fb", "a b", "é", "pay_test_x", &"a".repeat(65)] {
            let failure = segment(text, "ID").expect_err(text);
            assert!(text.is_empty() || !failure.sentence.contains(text), "{text}");
        }
    }

    #[test]
    fn a_value_cannot_become_another_parameter() {
        let check = |text: &str, expected: &str| assert_eq!(escaped(text), expected);
        check("2026-12-31T12:00:00Z", "2026-12-31T12:00:00Z");
        check("2026-12-31T12:00:00+02:00", "2026-12-31T12:00:00%2B02:00");
        check("a&all=true#é %", "a%26all%3Dtrue%23%C3%A9%20%25");
    }
}
