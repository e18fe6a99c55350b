//! Letters, their news and copies, and their rows.
//!
//! Must not decide which news go together, nor when a copy is tried again.

use domain::ids::{AccountId, LetterId};
use domain::language::Language;
use domain::letter::{NEWS_MAX, News};
use domain::mail::MailAddress;
use domain::time::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use store::command::{ClaimLetters, CopyHand, DueCopies, EventPosition, NewNews};
use store::fault::Fault;

use super::cells::Cells;
use super::{count, integer};
use crate::faults::{Unreadable, before_commit};

/// A copy, and what of its letter goes with it.
pub(crate) struct Stored {
    pub(crate) account: AccountId,
    pub(crate) language: Language,
    pub(crate) to: MailAddress,
    pub(crate) due_at: Timestamp,
    pub(crate) failures: u32,
    pub(crate) first_failed_at: Option<Timestamp>,
    pub(crate) fence: u64,
}

/// A letter of this account, topic and day that takes these news, if there is one.
pub(crate) fn open_for(tx: &Transaction<'_>, new: &NewNews) -> Result<Option<LetterId>, Fault> {
    let sql = "SELECT id FROM letter INDEXED BY letter_by_topic
               WHERE realm = ?1 AND environment = ?2 AND account = ?3 AND topic = ?4 AND day = ?5
                 AND sealed = 0 AND closes_at > ?6 AND language = ?7 AND addresses = ?8
               ORDER BY closes_at LIMIT 1";
    let read = || {
        tx.prepare_cached(sql)?
            .query_row(
                params![
                    new.place.realm.as_str(),
                    new.place.environment.as_str(),
                    new.account.to_bytes(),
                    new.topic.to_string(),
                    new.window.day,
                    new.at.as_millis(),
                    new.language.tag(),
                    addresses(&new.to),
                ],
                |row| row.get(0).map(u128::from_be_bytes).map(LetterId::from_u128),
            )
            .optional()
    };
    read().map_err(before_commit)
}

/// How many letters of this account, topic and day there are.
pub(crate) fn begun(tx: &Transaction<'_>, new: &NewNews) -> Result<u32, Fault> {
    let sql = "SELECT count(*) FROM letter INDEXED BY letter_by_topic
               WHERE realm = ?1 AND environment = ?2 AND account = ?3 AND topic = ?4 AND day = ?5";
    let read = || {
        tx.prepare_cached(sql)?.query_row(
            params![
                new.place.realm.as_str(),
                new.place.environment.as_str(),
                new.account.to_bytes(),
                new.topic.to_string(),
                new.window.day,
            ],
            |row| row.get(0),
        )
    };
    read().map_err(before_commit)
}

/// Begins a letter that waits until this instant, with a copy for each address.
pub(crate) fn begin(
    tx: &Transaction<'_>,
    new: &NewNews,
    closes_at: Timestamp,
) -> Result<(), Fault> {
    let id = new.letter.as_u128().to_be_bytes();
    let (realm, environment) = (new.place.realm.as_str(), new.place.environment.as_str());
    let write = || {
        tx.prepare_cached(
            "INSERT INTO letter
             (id, realm, environment, account, topic, day, language, addresses, closes_at, sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0)",
        )?
        .execute(params![
            id,
            realm,
            environment,
            new.account.to_bytes(),
            new.topic.to_string(),
            new.window.day,
            new.language.tag(),
            addresses(&new.to),
            closes_at.as_millis(),
        ])?;
        for (number, to) in (0_u8..).zip(&new.to) {
            tx.prepare_cached(
                "INSERT INTO letter_copy
                 (letter, number, realm, environment, address, failures, next_at, fence)
                 VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, 0)",
            )?
            .execute(params![
                id,
                number,
                realm,
                environment,
                to.as_str(),
                closes_at.as_millis()
            ])?;
        }
        Ok(())
    };
    write().map_err(before_commit)
}

/// Adds news to a letter, and seals it if it is full with them: whoever looks for an open one counts
/// nothing then.
pub(crate) fn add_news(tx: &Transaction<'_>, id: LetterId, new: &NewNews) -> Result<(), Fault> {
    let EventPosition { epoch, ordinal } = new.position;
    let id = id.as_u128().to_be_bytes();
    let write = || {
        tx.prepare_cached(
            "INSERT INTO letter_news (letter, epoch, ordinal, news) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![id, integer(epoch), ordinal, new.news.to_compact()])?;
        tx.prepare_cached(
            "UPDATE letter SET sealed = 1 WHERE id = ?1
             AND (SELECT count(*) FROM letter_news WHERE letter = ?1) >= ?2",
        )?
        .execute(params![id, NEWS_MAX])
    };
    write().map(drop).map_err(before_commit)
}

/// Whether this cause has news already.
pub(crate) fn is_told(tx: &Transaction<'_>, position: EventPosition) -> Result<bool, Fault> {
    let sql = "SELECT EXISTS (SELECT 1 FROM letter_news WHERE epoch = ?1 AND ordinal = ?2)";
    tx.prepare_cached(sql)
        .and_then(|mut statement| {
            let EventPosition { epoch, ordinal } = position;
            statement.query_row(params![integer(epoch), ordinal], |row| row.get(0))
        })
        .map_err(before_commit)
}

/// The copies of a place that are due and in nobody's hand, in their order.
pub(crate) fn due(
    tx: &Transaction<'_>,
    command: &ClaimLetters,
) -> Result<Vec<(LetterId, u8)>, Fault> {
    let ClaimLetters { place, which, now, limit, .. } = command;
    let (realm, environment) = (place.realm.as_str(), place.environment.as_str());
    let read = |row: &Row<'_>| {
        let id = row.get(0).map(u128::from_be_bytes).map(LetterId::from_u128)?;
        Ok((id, row.get(1)?))
    };
    let all = "SELECT letter, number FROM letter_copy INDEXED BY letter_copy_by_turn
               WHERE realm = ?1 AND environment = ?2 AND next_at <= ?3 AND claimed_until IS NULL
               ORDER BY next_at, letter, number LIMIT ?4";
    let failed = "SELECT letter, number FROM letter_copy INDEXED BY letter_copy_by_first_failure
                  WHERE realm = ?1 AND environment = ?2 AND first_failed_at < ?5
                    AND next_at <= ?3 AND claimed_until IS NULL
                  ORDER BY first_failed_at, letter, number LIMIT ?4";
    let now = now.as_millis();
    let ask = || -> rusqlite::Result<Vec<_>> {
        match which {
            DueCopies::All => {
                let mut statement = tx.prepare_cached(all)?;
                statement.query_map(params![realm, environment, now, limit], read)?.collect()
            }
            DueCopies::FailedBefore(before) => {
                let mut statement = tx.prepare_cached(failed)?;
                let before = before.as_millis();
                statement
                    .query_map(params![realm, environment, now, limit, before], read)?
                    .collect()
            }
        }
    };
    ask().map_err(before_commit)
}

/// A copy with what goes with it.
pub(crate) fn find(tx: &Transaction<'_>, id: LetterId, number: u8) -> Result<Stored, Fault> {
    let sql = "SELECT account, language, address, closes_at, failures, fence, first_failed_at
               FROM letter_copy JOIN letter ON letter.id = letter_copy.letter
               WHERE letter = ?1 AND number = ?2";
    let mut statement = tx.prepare_cached(sql).map_err(before_commit)?;
    let key = params![id.as_u128().to_be_bytes(), number];
    let mut rows = statement.query(key).map_err(before_commit)?;
    match rows.next().map_err(before_commit)? {
        None => Err(Unreadable("a copy has no letter".to_owned()).into()),
        Some(row) => Ok(read(row)?),
    }
}

fn read(row: &Row<'_>) -> Result<Stored, Unreadable> {
    let cells = Cells::of(row);
    let language = Language::from_tag(cells.text(1)?)
        .ok_or_else(|| cells.unreadable(1, "there is no such language"))?;
    let failures = u32::try_from(cells.integer(4)?)
        .map_err(|_| cells.unreadable(4, "it is no small count"))?;
    Ok(Stored {
        account: cells.account_id(0)?,
        language,
        to: cells.parsed(2, MailAddress::parse)?,
        due_at: cells.instant(3)?,
        failures,
        fence: cells.count(5)?,
        first_failed_at: cells.optional_instant(6)?,
    })
}

/// The news of a letter in the order of their causes. Rows that cannot be read are left out.
pub(crate) fn news(tx: &Transaction<'_>, id: LetterId) -> Result<Vec<News>, Fault> {
    let sql = "SELECT news FROM letter_news WHERE letter = ?1 ORDER BY epoch, ordinal";
    let mut statement = tx.prepare_cached(sql).map_err(before_commit)?;
    let mut rows = statement.query([id.as_u128().to_be_bytes()]).map_err(before_commit)?;
    let mut news = Vec::new();
    while let Some(row) = rows.next().map_err(before_commit)? {
        news.extend(Cells::of(row).parsed(0, News::from_compact).ok());
    }
    Ok(news)
}

/// Whether a copy is still in this hand.
pub(crate) fn is_in_hand(tx: &Transaction<'_>, hand: CopyHand) -> Result<bool, Fault> {
    let sql = "SELECT fence FROM letter_copy
               WHERE letter = ?1 AND number = ?2 AND claimed_until IS NOT NULL";
    let fence = tx
        .prepare_cached(sql)
        .and_then(|mut statement| {
            let key = params![hand.letter.as_u128().to_be_bytes(), hand.copy];
            statement.query_row(key, |row| count(row, 0)).optional()
        })
        .map_err(before_commit)?;
    Ok(fence == Some(hand.fence))
}

/// The addresses as they are compared.
fn addresses(to: &[MailAddress]) -> String {
    to.iter().map(MailAddress::as_str).collect::<Vec<_>>().join(" ")
}
