//! The name that somebody is likely to have meant who wrote another.
//!
//! For messages alone: must not be used to take one name for another.

/// Longer names are compared by their beginning: nobody misspells a name into one that is much longer,
/// and comparing takes the product of both lengths.
const COMPARED_MAX: usize = 64;

/// The known name that comes closest to what was written, whatever its letters' case; `None` where
/// none comes close.
pub fn nearest<'n>(written: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let written: String = written.chars().take(COMPARED_MAX).collect::<String>().to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&written, &name.to_lowercase()), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= name.len() / 3 + 1)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const NAMES: [&str; 3] = ["listen", "tls", "require_tls"];

    #[test]
    fn two_letters_that_changed_places_are_understood() {
        assert_eq!(nearest("listne", NAMES), Some("listen"));
    }

    #[test]
    fn the_case_of_letters_does_not_matter() {
        assert_eq!(nearest("TLS", NAMES), Some("tls"));
    }

    #[test]
    fn another_word_is_none_of_them() {
        assert_eq!(nearest("colour", NAMES), None);
    }

    #[test]
    fn a_text_without_end_is_none_of_them() {
        assert_eq!(nearest(&"listen".repeat(100_000), NAMES), None);
    }
}
