//! Every key of the walk, and the search for what nobody may repeat of one.
//!
//! Must not miss a key because somebody encoded what is around its letters.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::server::Server;
use crate::world::World;

/// So many letters behind a prefix are more than any hint shows.
const LETTERS: usize = 20;

/// The names of keys and the letters that must not be repeated.
#[derive(Debug)]
pub(crate) struct Secrets(Vec<(String, String)>);

impl Secrets {
    /// All keys of these worlds and of the server's operators.
    pub(crate) fn of(worlds: &[World], server: &Server) -> Self {
        let operators = [&server.admin_key, &server.verifier_key];
        let operators = operators.map(|key| ("a key of an operator".to_owned(), key.clone()));
        Self::new(worlds.iter().flat_map(World::keys).chain(operators))
    }

    /// These keys, by their names.
    pub(crate) fn new(keys: impl IntoIterator<Item = (String, String)>) -> Self {
        let letters = |key: &str| {
            let (_, letters) = key.rsplit_once('_').expect("a prefix");
            letters[..LETTERS].to_owned()
        };
        Self(keys.into_iter().map(|(name, key)| (name, letters(&key))).collect())
    }

    /// The name of the first key that the text repeats, tokens in it decoded.
    pub(crate) fn found_in(&self, text: &str) -> Option<&str> {
        let text = with_tokens_decoded(text);
        let found = self.0.iter().find(|(_, letters)| text.contains(letters));
        found.map(|(name, _)| name.as_str())
    }
}

/// The text, and behind it what its words mean that are encoded as tokens are.
fn with_tokens_decoded(text: &str) -> String {
    let mut whole = text.to_owned();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) {
        if let Ok(decoded) = URL_SAFE_NO_PAD.decode(word) {
            write!(whole, "\n{}", String::from_utf8_lossy(&decoded)).expect("a string");
        }
    }
    whole
}

/// A text as it stands in a token.
pub(crate) fn encoded(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}
