//! Names in letters: people chose them, so a letter shows them as they are and lets them do nothing.
//!
//! A name stands between isolates, so that its marks of direction end with it, and holds no address that
//! a reader's program would make a link of. Must not change what a person sees of an honest name.

use std::fmt::Write as _;

use askama::filters::Safe;
use domain::name::DisplayName;

/// Begins what has a direction of its own, by its first letter.
const ISOLATE: char = '\u{2068}';
/// Ends that.
const END: char = '\u{2069}';
/// Joins two letters and is not seen; no address holds one.
const JOINER: char = '\u{2060}';

/// The name as it stands in a sentence or a line.
pub(super) fn shown(name: &DisplayName) -> String {
    let mut shown = String::from(ISOLATE);
    let mut letters = name.as_str().chars().peekable();
    while let Some(letter) = letters.next() {
        // A name that ended the isolate would be outside of it.
        if ('\u{2066}'..=END).contains(&letter) {
            continue;
        }
        shown.push(letter);
        let goes_on = letters.peek().is_some_and(|next| *next == '/' || next.is_alphanumeric());
        if matches!(letter, '.' | ':' | '@' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}') && goes_on {
            shown.push(JOINER);
        }
    }
    shown.push(END);
    shown
}

/// Text for HTML, where what is isolated is an element.
pub(super) fn isolated(text: &str) -> Safe<String> {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            ISOLATE => html.push_str("<bdi>"),
            END => html.push_str("</bdi>"),
            '<' | '>' | '&' | '"' | '\'' => {
                // Memory takes everything.
                let _ = write!(html, "&#{};", u32::from(letter));
            }
            letter => html.push(letter),
        }
    }
    Safe(html)
}
