//! Rows on their way from the reading threads to the caller, with all their text in one piece.
//!
//! Must not allocate for each key.

use domain::account::Account;
use domain::digest::KeyDigest;
use domain::ids::{AccountId, KeyId};
use domain::key::KeyState;
use domain::key_text::Kid;
use domain::operator::OperatorKey;
use domain::prefix::Reach;
use domain::secret::SecretStanding;
use domain::time::Timestamp;
use store::port::{KeyRow, LoadVisitor, Loaded};

/// A batch of this many rows is worth a hand-over between threads.
const ROWS_MAX: usize = 1_024;

/// Rows can have long lists; their text ends a batch as well.
const TEXT_MAX: usize = 256 * 1_024;

/// Some rows of a load, in order.
pub(crate) struct Batch {
    text: String,
    rows: Vec<Packed>,
}

/// What a key row holds besides text.
pub(super) struct LeanKey {
    pub(super) id: KeyId,
    pub(super) owner: AccountId,
    pub(super) reach: Reach,
    pub(super) kid: Kid,
    pub(super) digest: KeyDigest,
    pub(super) standing: SecretStanding,
    pub(super) state: KeyState,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) last_used_at: Option<Timestamp>,
    pub(super) epoch: u64,
}

enum Packed {
    Account(Box<Account>),
    OperatorKey(Box<OperatorKey>),
    /// The lengths of its realm, environment, permissions and addresses, which follow one another
    /// in the text.
    Key(LeanKey, [usize; 4]),
    Damaged {
        table: &'static str,
        id: String,
        detail: String,
    },
}

impl Batch {
    pub(super) fn new() -> Self {
        Self { text: String::new(), rows: Vec::with_capacity(ROWS_MAX) }
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= ROWS_MAX || self.text.len() >= TEXT_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn push_account(&mut self, account: Account) {
        self.rows.push(Packed::Account(Box::new(account)));
    }

    pub(super) fn push_operator_key(&mut self, key: OperatorKey) {
        self.rows.push(Packed::OperatorKey(Box::new(key)));
    }

    pub(super) fn push_key(&mut self, key: LeanKey, texts: [&str; 4]) {
        texts.iter().for_each(|text| self.text.push_str(text));
        self.rows.push(Packed::Key(key, texts.map(str::len)));
    }

    pub(super) fn push_damaged(&mut self, table: &'static str, id: String, detail: String) {
        self.rows.push(Packed::Damaged { table, id, detail });
    }

    /// Shows every row to the visitor.
    pub(crate) fn show(self, visit: LoadVisitor<'_>) {
        let mut rest = self.text.as_str();
        for row in self.rows {
            match row {
                Packed::Account(account) => visit(Loaded::Account(&account)),
                Packed::OperatorKey(key) => visit(Loaded::OperatorKey(&key)),
                Packed::Key(key, lengths) => {
                    let [realm, environment, permissions, ip_list] = lengths.map(|length| {
                        let (text, after) = rest.split_at(length);
                        rest = after;
                        text
                    });
                    visit(Loaded::Key(KeyRow {
                        id: key.id,
                        realm,
                        environment,
                        owner: key.owner,
                        reach: key.reach,
                        kid: key.kid,
                        digest: key.digest,
                        standing: key.standing,
                        permissions,
                        ip_list,
                        state: key.state,
                        expires_at: key.expires_at,
                        last_used_at: key.last_used_at,
                        epoch: key.epoch,
                    }));
                }
                Packed::Damaged { table, id, detail } => {
                    visit(Loaded::Damaged { table, id, detail });
                }
            }
        }
    }
}
