//! A post office: letters in plain words, and the round that makes and sends what is due.
//!
//! Must not be used where real words are tested: those are compared with goldens.

use std::sync::Arc;

use domain::language::Language;
use domain::letter::{KeyNews, KeyStep};
use engine::correspondence::Correspondence;
use engine::dispatch::More;
use engine::dispatch_letters::Writing;
use engine::ports::postman::{Letter, MailTrouble, Postman};
use engine::ports::scribe::{Matter, Notice, Scribe, Written};
use engine::send_letters::Posted;

use crate::senders::KeepingPostman;
use crate::world::World;

/// Writes each piece of news as a few words in the subject, and all that it knows in the text.
#[derive(Clone, Copy, Debug)]
pub struct PlainScribe;

impl Scribe for PlainScribe {
    fn write(&self, notice: &Notice, language: Language) -> Written {
        let subject = match &notice.matter {
            Matter::Key(key) => words(key),
            Matter::Digest(keys) => keys.iter().map(words).collect::<Vec<_>>().join(", "),
            Matter::Webhook(webhook) => format!("{}: {:?}", webhook.name, webhook.trouble),
        };
        let text = format!("{notice:?}");
        Written { subject, html: format!("{}: {text}", language.tag()), text }
    }
}

fn words(key: &KeyNews) -> String {
    let step = match key.step {
        KeyStep::Disabled => "disabled",
        KeyStep::ExpiringSoon => "expiring",
        KeyStep::Exposed => "exposed",
        KeyStep::ExposedAndDisabled => "exposed and off",
        KeyStep::SentInTheClear => "sent in the clear",
        KeyStep::Expired => "expired",
        KeyStep::ExpiredByDate => "expired by date",
    };
    format!("{step} {}", key.name)
}

/// Writes and sends what is due in a world.
#[derive(Debug)]
pub struct PostOffice {
    mail: Correspondence,
    postman: Arc<KeepingPostman>,
}

impl PostOffice {
    /// One whose mail server answers so.
    pub fn answering(
        answers: impl FnMut(&Letter) -> Result<(), MailTrouble> + Send + 'static,
    ) -> Self {
        let postman = Arc::new(KeepingPostman::new(answers));
        let mail = correspondence(Arc::<KeepingPostman>::clone(&postman));
        Self { mail, postman }
    }

    /// One whose mail server takes everything.
    #[must_use]
    pub fn open() -> Self {
        Self::answering(|_| Ok(()))
    }

    /// Makes and sends what is due in the sandbox now, until nothing is left or the mail server
    /// cannot be used; says what became of each letter.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn round(&self, world: &World) -> Vec<Posted> {
        take_causes(world, Writing::On).await;
        let (place, mut posted) = (world.sandbox(), Vec::new());
        loop {
            let (mut chance, reading) = (world.chance(), world.reading());
            let sent = world.engine.send_next_letter(place, &self.mail, reading, &mut chance).await;
            let Some(one) = sent.expect("a store") else { return posted };
            let unusable = matches!(one, Posted::Fault { .. });
            posted.push(one);
            if unusable {
                return posted;
            }
        }
    }

    /// What was handed over so far, also what was not taken.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        self.postman.letters()
    }
}

/// Plain words and this postman.
pub fn correspondence(postman: Arc<dyn Postman>) -> Correspondence {
    let page = "https://keys.example.com/{realm}/{environment}/{account}";
    Correspondence::new(Arc::new(PlainScribe), postman, page)
}

/// Takes all causes for letters.
///
/// # Panics
/// When the store fails.
pub async fn take_causes(world: &World, writing: Writing) {
    loop {
        let mut chance = world.chance();
        let more = world.engine.dispatch_letters(writing, &mut chance).await;
        if more.expect("a store") == More::No {
            return;
        }
    }
}
