//! The permit: proof that a request was verified. Without one there is nothing to forward.
//!
//! Must not be made anywhere but in `verify::decide`; its fields are private for that reason.

use domain::ids::{AccountId, KeyId, Place};
use domain::key_text::Kid;
use domain::permission::Requirement;
use domain::refusal::Refusal;

use super::limits::{Taken, UnderWay};

/// Proof that one request may pass, and on whose behalf.
#[derive(Debug)]
pub struct Permit<'a> {
    pub(super) place: &'a Place,
    pub(super) key: KeyId,
    pub(super) kid: Kid,
    pub(super) account: AccountId,
    pub(super) project: Option<AccountId>,
    pub(super) permission: Option<&'a Requirement>,
    pub(super) epoch: u64,
    pub(super) taken: Taken<'a>,
}

impl<'a> Permit<'a> {
    /// The realm and environment.
    #[must_use]
    pub const fn place(&self) -> &'a Place {
        self.place
    }

    /// The key that was used.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// The public id of the secret that was shown: a key may have two.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.kid
    }

    /// The account that the request acts for.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// The project that it acts for, where there is one.
    #[must_use]
    pub const fn project(&self) -> Option<AccountId> {
        self.project
    }

    /// The permission that was needed; `None` where no rule names one.
    #[must_use]
    pub const fn permission(&self) -> Option<&'a Requirement> {
        self.permission
    }

    /// The epoch of the state by which it was decided.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What it took from limits.
    #[must_use]
    pub const fn taken(&self) -> &Taken<'a> {
        &self.taken
    }

    /// What is under way now and counts until it is dropped, where anything does. To be kept until the
    /// answer has ended; what nobody takes ends with the permit.
    pub const fn take_under_way(&mut self) -> Option<UnderWay> {
        self.taken.take_under_way()
    }
}

/// The answer to a verification.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are granted, and a box would ask for memory"
)]
pub enum Verdict<'a> {
    /// The request may pass.
    Granted(Permit<'a>),
    /// It may not, for this reason.
    Refused(Refusal),
}
