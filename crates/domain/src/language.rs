//! The languages in which people are written to.
//!
//! Must not hold any words; whoever writes brings them.

/// In which language somebody is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Portuguese, as it is written in Brazil.
    Portuguese,
    /// English.
    English,
}

impl Language {
    /// Its tag (RFC 5646).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Portuguese => "pt-BR",
            Self::English => "en",
        }
    }

    /// Reads a tag; `pt` is taken for `pt-BR`, in any letter case.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.to_ascii_lowercase().as_str() {
            "pt" | "pt-br" => Some(Self::Portuguese),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}

/// Whose word holds on the language in which an account's people are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LanguageRule {
    /// The realm's.
    OfRealm,
    /// This one, for this account alone.
    Own(Language),
}

impl LanguageRule {
    /// The language that holds where the realm says this.
    #[must_use]
    pub const fn or(self, of_realm: Language) -> Language {
        match self {
            Self::OfRealm => of_realm,
            Self::Own(language) => language,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_leads_back_to_its_language() {
        for language in [Language::Portuguese, Language::English] {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
        }
        assert_eq!(Language::from_tag("pt"), Some(Language::Portuguese));
        assert_eq!(Language::from_tag("fr"), None);
    }
}
