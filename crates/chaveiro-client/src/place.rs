//! Where a key has to be at home: an environment of a realm.
//!
//! Must not let a name through that could change the path in which it is sent.

/// An environment of a realm, by their names in the server's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    realm: String,
    environment: String,
}

/// A name that no realm and no environment can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot be the name of a realm or of an environment: expected letters, digits, - and _, 64 at most, as in the server's configuration"
)]
pub struct NotAPlace(String);

impl Place {
    /// The environment with these names.
    ///
    /// # Errors
    /// A name that none can have. Whether the server has it is found out by asking.
    pub fn new(
        realm: impl Into<String>,
        environment: impl Into<String>,
    ) -> Result<Self, NotAPlace> {
        let (realm, environment) = (name(realm.into())?, name(environment.into())?);
        Ok(Self { realm, environment })
    }

    /// The realm's name.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The environment's name.
    #[must_use]
    pub fn environment(&self) -> &str {
        &self.environment
    }
}

fn name(text: String) -> Result<String, NotAPlace> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
        Ok(text)
    } else {
        Err(NotAPlace(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_segment_of_a_path() {
        assert!(Place::new("payments", "sand-box_2").is_ok());
        for name in ["", "a/b", "..", "a?b", "a b", "\u{e3}", &"a".repeat(65)] {
            assert!(Place::new(name, "sandbox").is_err(), "{name}");
            assert!(Place::new("payments", name).is_err(), "{name}");
        }
    }
}
