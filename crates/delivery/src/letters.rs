//! Letters: what people are told of their keys and webhooks, as text and as HTML, in their language.
//!
//! A letter names a key by its name and its hint, and leads to a page by a link. Must not hold a
//! secret (an address's query may be one), decide who is told, or put anything into HTML unescaped.

mod dates;
mod english;
mod page;
mod portuguese;
mod shown;

use askama::Template;
use domain::language::Language;
use engine::ports::scribe::{Notice, Scribe, Written};

use english::English;
use page::{Page, page};
use portuguese::Portuguese;

/// Most keys that a digest names; of the rest it tells how many there are.
pub const DIGEST_MAX: usize = 50;

/// Writes letters in every language there is.
#[derive(Clone, Copy, Debug, Default)]
pub struct LetterScribe;

impl Scribe for LetterScribe {
    fn write(&self, notice: &Notice, language: Language) -> Written {
        write(notice, language)
    }
}

/// Writes a letter.
///
/// # Panics
/// Never: the templates write into memory alone.
fn write(notice: &Notice, language: Language) -> Written {
    let page = match language {
        Language::Portuguese => page::<Portuguese>(notice),
        Language::English => page::<English>(notice),
    };
    let lang = language.tag();
    let text = TextPage { page: &page }.render().expect("memory takes everything");
    let html = HtmlPage { lang, page: &page }.render().expect("memory takes everything");
    Written { subject: page.title, text: format!("{}\n", text.trim_end()), html }
}

#[derive(Template)]
#[template(path = "letter.txt", escape = "none")]
struct TextPage<'a> {
    page: &'a Page,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct HtmlPage<'a> {
    lang: &'a str,
    page: &'a Page,
}
