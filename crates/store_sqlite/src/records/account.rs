//! Accounts and their rows.
//!
//! Must not decide whether an account may be made; its command does.

use domain::account::{
    Account, AccountKind, AccountState, Branding, Details, LIMIT_MAX, LimitRule, UserAgentRule,
};
use domain::contacts::Contacts;
use domain::ids::{AccountId, Place};
use domain::language::{Language, LanguageRule};
use domain::mail::MailAddress;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use store::fault::Fault;

use super::cells::Cells;
use super::{integer, ip_list_text, read_ip_list, read_place};
use crate::faults::{Unreadable, before_commit};

/// The columns that `read` expects, in their order, and the position in lists.
pub(crate) const SELECT: &str = "SELECT id, realm, environment, kind, parent, name, ip_list, \
     user_agent, created_at, epoch, release_until, state, details, branding, suspended, keys_max, \
     projects_max, contacts, mail, language, made_epoch FROM account";

/// Between contacts; no address holds one.
const SEPARATOR: &str = ",";

const THERE: i64 = 0;
const DELETED: i64 = 30;

/// Reads a row of `SELECT`.
pub(crate) fn read(row: &Row<'_>) -> Result<Account, Unreadable> {
    let cells = Cells::of(row);
    let kind = match (cells.integer(3)?, cells.optional_account_id(4)?) {
        (0, None) => AccountKind::Root,
        (1, Some(parent)) => AccountKind::Subaccount { parent },
        (2, Some(parent)) => AccountKind::Project { parent },
        _ => return Err(cells.unreadable(3, "it does not fit the parent")),
    };
    let user_agent = match cells.integer(7)? {
        0 => UserAgentRule::Optional,
        1 => UserAgentRule::Required,
        _ => return Err(cells.unreadable(7, "there is no such rule")),
    };
    let state = match (cells.integer(11)?, cells.integer(14)?) {
        (THERE, 0) => AccountState::Active,
        (THERE, 1) => AccountState::Suspended,
        (DELETED, 0 | 1) => AccountState::Deleted,
        _ => return Err(cells.unreadable(11, "there is no such state")),
    };
    let branding = branding_of(cells.integer(13)?).filter(|branding| kind.allows(*branding));
    let branding = branding.ok_or_else(|| cells.unreadable(13, "it does not fit the kind"))?;
    Ok(Account {
        id: cells.account_id(0)?,
        place: read_place(cells, 1, 2)?,
        kind,
        name: cells.name(5)?,
        ip_list: read_ip_list(cells, 6)?,
        user_agent,
        release_until: cells.optional_instant(10)?,
        branding,
        keys_max: limit(cells, 15)?,
        projects_max: limit(cells, 16)?,
        contacts: contacts(cells, 17)?,
        mail: mail(cells, 18)?,
        language: language(cells, 19)?,
        state,
        details: details(cells, 12)?,
        created_at: cells.instant(8)?,
        epoch: cells.count(9)?,
    })
}

fn details(cells: Cells<'_>, at: usize) -> Result<Option<Details>, Unreadable> {
    let Some(text) = cells.optional_text(at)? else { return Ok(None) };
    Details::new(text).map(Some).map_err(|error| cells.unreadable(at, &error.to_string()))
}

fn limit(cells: Cells<'_>, at: usize) -> Result<LimitRule, Unreadable> {
    let Some(number) = cells.optional_integer(at)? else { return Ok(LimitRule::OfRealm) };
    let limit = u32::try_from(number).ok().filter(|limit| *limit <= LIMIT_MAX);
    limit.map(LimitRule::Own).ok_or_else(|| cells.unreadable(at, "there is no such limit"))
}

fn contacts(cells: Cells<'_>, at: usize) -> Result<Contacts, Unreadable> {
    let text = cells.text(at)?;
    let addresses = text.split(SEPARATOR).filter(|address| !address.is_empty());
    let addresses = addresses.map(MailAddress::parse).collect::<Result<Vec<_>, _>>();
    let addresses = addresses.map_err(|error| cells.unreadable(at, &error.to_string()))?;
    Contacts::new(addresses).map_err(|error| cells.unreadable(at, &error.to_string()))
}

fn contacts_text(contacts: &Contacts) -> String {
    let texts: Vec<&str> = contacts.as_slice().iter().map(MailAddress::as_str).collect();
    texts.join(SEPARATOR)
}

fn mail(cells: Cells<'_>, at: usize) -> Result<Option<MailAddress>, Unreadable> {
    let Some(text) = cells.optional_text(at)? else { return Ok(None) };
    let parsed = MailAddress::parse(text).map(Some);
    parsed.map_err(|error| cells.unreadable(at, &error.to_string()))
}

fn language(cells: Cells<'_>, at: usize) -> Result<LanguageRule, Unreadable> {
    let Some(tag) = cells.optional_text(at)? else { return Ok(LanguageRule::OfRealm) };
    let language = Language::from_tag(tag).filter(|language| language.tag() == tag);
    let own = language.map(LanguageRule::Own);
    own.ok_or_else(|| cells.unreadable(at, "there is no such language"))
}

const fn language_tag(rule: LanguageRule) -> Option<&'static str> {
    match rule {
        LanguageRule::OfRealm => None,
        LanguageRule::Own(language) => Some(language.tag()),
    }
}

/// The account with this id in this place.
pub(crate) fn find(
    connection: &Connection,
    place: &Place,
    id: AccountId,
) -> Result<Option<Account>, Fault> {
    let sql = format!("{SELECT} WHERE id = ?1 AND realm = ?2 AND environment = ?3");
    let mut statement = connection.prepare_cached(&sql).map_err(before_commit)?;
    let mut rows = statement
        .query(params![id.to_bytes(), place.realm.as_str(), place.environment.as_str()])
        .map_err(before_commit)?;
    match rows.next().map_err(before_commit)? {
        None => Ok(None),
        Some(row) => Ok(Some(read(row)?)),
    }
}

/// How many keys the account with this id in this place may hold, unless it was deleted; for
/// commands that need nothing else of it.
pub(crate) fn keys_max_there(
    connection: &Connection,
    place: &Place,
    id: AccountId,
) -> Result<Option<LimitRule>, Fault> {
    let sql = "SELECT keys_max FROM account
               WHERE id = ?1 AND realm = ?2 AND environment = ?3 AND state = 0";
    let mut statement = connection.prepare_cached(sql).map_err(before_commit)?;
    let mut rows = statement
        .query(params![id.to_bytes(), place.realm.as_str(), place.environment.as_str()])
        .map_err(before_commit)?;
    match rows.next().map_err(before_commit)? {
        None => Ok(None),
        Some(row) => Ok(Some(limit(Cells::of(row), 0)?)),
    }
}

const fn branding_of(number: i64) -> Option<Branding> {
    match number {
        0 => Some(Branding::Ours),
        1 => Some(Branding::WhiteLabel),
        _ => None,
    }
}

/// Under whose name an account meets its people; `None` where that cannot be read.
pub(crate) fn branding(
    connection: &Connection,
    id: AccountId,
) -> rusqlite::Result<Option<Branding>> {
    let sql = "SELECT branding FROM account WHERE id = ?1";
    let found = connection
        .prepare_cached(sql)?
        .query_row(params![id.to_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found.and_then(branding_of))
}

/// The account with this id in this place, unless it was deleted.
pub(crate) fn find_there(
    connection: &Connection,
    place: &Place,
    id: AccountId,
) -> Result<Option<Account>, Fault> {
    let found = find(connection, place, id)?;
    Ok(found.filter(|account| account.state.is_there()))
}

/// Writes a new account, stamped with the epoch of its making.
pub(crate) fn insert(tx: &Transaction<'_>, account: &Account) -> Result<(), Fault> {
    let kind = match account.kind {
        AccountKind::Root => 0,
        AccountKind::Subaccount { .. } => 1,
        AccountKind::Project { .. } => 2,
    };
    let write = || {
        tx.prepare_cached(
            "INSERT INTO account
             (made_epoch, id, realm, environment, kind, parent, name, ip_list, user_agent,
              created_at, epoch, release_until, state, details, branding, suspended, keys_max,
              projects_max, contacts, mail, language)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?1, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                     ?18, ?19, ?20)",
        )?
        .execute(params![
            integer(account.epoch),
            account.id.to_bytes(),
            account.place.realm.as_str(),
            account.place.environment.as_str(),
            kind,
            account.kind.parent().map(|parent| parent.to_bytes()),
            account.name.as_str(),
            ip_list_text(&account.ip_list),
            user_agent_number(account.user_agent),
            account.created_at.as_millis(),
            account.release_until.map(Timestamp::as_millis),
            state_number(account.state),
            account.details.as_ref().map(Details::as_str),
            branding_number(account.branding),
            suspended_number(account.state),
            limit_number(account.keys_max),
            limit_number(account.projects_max),
            contacts_text(&account.contacts),
            account.mail.as_ref().map(MailAddress::as_str),
            language_tag(account.language),
        ])
    };
    write().map(drop).map_err(before_commit)
}

/// Writes what of an account can change.
pub(crate) fn update(tx: &Transaction<'_>, account: &Account) -> Result<(), Fault> {
    let write = || {
        tx.prepare_cached(
            "UPDATE account SET name = ?2, ip_list = ?3, user_agent = ?4, release_until = ?5,
                    state = ?6, epoch = ?7, branding = ?8, suspended = ?9, keys_max = ?10,
                    projects_max = ?11, contacts = ?12, language = ?13
             WHERE id = ?1",
        )?
        .execute(params![
            account.id.to_bytes(),
            account.name.as_str(),
            ip_list_text(&account.ip_list),
            user_agent_number(account.user_agent),
            account.release_until.map(Timestamp::as_millis),
            state_number(account.state),
            integer(account.epoch),
            branding_number(account.branding),
            suspended_number(account.state),
            limit_number(account.keys_max),
            limit_number(account.projects_max),
            contacts_text(&account.contacts),
            language_tag(account.language),
        ])
    };
    write().map(drop).map_err(before_commit)
}

const fn branding_number(branding: Branding) -> i64 {
    match branding {
        Branding::Ours => 0,
        Branding::WhiteLabel => 1,
    }
}

const fn user_agent_number(rule: UserAgentRule) -> i64 {
    match rule {
        UserAgentRule::Optional => 0,
        UserAgentRule::Required => 1,
    }
}

const fn state_number(state: AccountState) -> i64 {
    match state {
        AccountState::Active | AccountState::Suspended => THERE,
        AccountState::Deleted => DELETED,
    }
}

const fn suspended_number(state: AccountState) -> i64 {
    match state {
        AccountState::Active | AccountState::Deleted => 0,
        AccountState::Suspended => 1,
    }
}

const fn limit_number(rule: LimitRule) -> Option<u32> {
    match rule {
        LimitRule::OfRealm => None,
        LimitRule::Own(limit) => Some(limit),
    }
}
