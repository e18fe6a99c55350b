//! The lies: ways to be wrong that a store could be shipped with.
//!
//! Must not hold a lie that no law notices, nor leave a law that no lie breaks; a test compares.

/// One way to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// A parent that does not exist here is taken.
    AdoptsAnywhere,
    /// A change is made although its trail could not be written.
    ChangesWithoutTrail,
    /// Keys of other accounts count towards the limit.
    CountsForeignKeys,
    /// Deleted and expired keys count towards the limit.
    CountsOverKeys,
    /// The limit is checked in one step and the key made in another.
    CountsThenInserts,
    /// Each recording of uses writes an audit entry.
    CountsUsesAsChanges,
    /// What does not exist is said to be deleted.
    DeletesTheAbsent,
    /// Keys are over a millisecond before their date.
    ExpiresTooEarly,
    /// A change is told of only if its caller still waits.
    ForgetsAbsentCallers,
    /// An account's addresses are not kept.
    ForgetsAddresses,
    /// Disabling writes no audit entry.
    ForgetsTheTrail,
    /// Enabling does not note when.
    ForgetsWhenEnabled,
    /// A rejected command leaves its audit entry.
    HalfWritesARejection,
    /// Nothing outlives the store's closing.
    KeepsNothing,
    /// Accounts of other places are found.
    LeaksAccounts,
    /// Keys of other places are found.
    LeaksKeys,
    /// An earlier use replaces a later one.
    LetsUseGoBackwards,
    /// Accounts are made below sub-accounts.
    LetsTreesGrow,
    /// Lists of keys show all places.
    ListsEverywhere,
    /// Loading says an epoch that the rows have not reached.
    LoadsAnEpochAhead,
    /// Loading shows deleted keys as enabled.
    LoadsDeletedAsEnabled,
    /// Loading yields keys before accounts.
    LoadsKeysFirst,
    /// A cursor is lost when its key is deleted.
    LosesDeletedCursors,
    /// Names are kept in small letters.
    LosesLetterCase,
    /// Pages never say that more follows.
    NeverSaysMore,
    /// Disabled keys do not count towards the limit.
    OverlooksDisabledKeys,
    /// A deleted key cannot be deleted again.
    RefusesToDeleteTwice,
    /// A use of an unknown key makes recording fail.
    RefusesUnknownUses,
    /// An update carries the epoch of the change before.
    RepeatsAnEpoch,
    /// A key past its date lives on with a new one.
    RevivesByNewDate,
    /// A deleted key can be enabled.
    RevivesFinalKeys,
    /// Instants are kept in seconds.
    RoundsToSeconds,
    /// The first item of each later page is left out.
    SkipsAnItem,
    /// Lists are in the order of the clock.
    SortsByClock,
    /// The id of an account is taken twice.
    TakesAccountsTwice,
    /// The kid of a key is taken twice.
    TakesKidsTwice,
    /// The id of an operator's key is taken twice.
    TakesOperatorKeysTwice,
    /// A key is made for an owner that does not exist here.
    TakesOrphans,
    /// Observers are told after the answer.
    TellsAfterAnswering,
    /// Observers are told of changes in another order than they were made.
    TellsInAnyOrder,
    /// Observers are not told of deletions.
    TellsNobodyOfDeletions,
    /// Observers are not told of operators' keys.
    TellsNobodyOfOperators,
    /// Only the first observer is told.
    TellsTheFirstOnly,
    /// A cursor from anywhere begins at the beginning.
    TrustsAnyCursor,
    /// A new name takes the addresses along.
    UpdatesTooMuch,
    /// A change that changes nothing writes an audit entry.
    WritesOfNothing,
}

impl Lie {
    /// Every lie.
    pub const ALL: [Self; 46] = [
        Self::AdoptsAnywhere,
        Self::ChangesWithoutTrail,
        Self::CountsForeignKeys,
        Self::CountsOverKeys,
        Self::CountsThenInserts,
        Self::CountsUsesAsChanges,
        Self::DeletesTheAbsent,
        Self::ExpiresTooEarly,
        Self::ForgetsAbsentCallers,
        Self::ForgetsAddresses,
        Self::ForgetsTheTrail,
        Self::ForgetsWhenEnabled,
        Self::HalfWritesARejection,
        Self::KeepsNothing,
        Self::LeaksAccounts,
        Self::LeaksKeys,
        Self::LetsUseGoBackwards,
        Self::LetsTreesGrow,
        Self::ListsEverywhere,
        Self::LoadsAnEpochAhead,
        Self::LoadsDeletedAsEnabled,
        Self::LoadsKeysFirst,
        Self::LosesDeletedCursors,
        Self::LosesLetterCase,
        Self::NeverSaysMore,
        Self::OverlooksDisabledKeys,
        Self::RefusesToDeleteTwice,
        Self::RefusesUnknownUses,
        Self::RepeatsAnEpoch,
        Self::RevivesByNewDate,
        Self::RevivesFinalKeys,
        Self::RoundsToSeconds,
        Self::SkipsAnItem,
        Self::SortsByClock,
        Self::TakesAccountsTwice,
        Self::TakesKidsTwice,
        Self::TakesOperatorKeysTwice,
        Self::TakesOrphans,
        Self::TellsAfterAnswering,
        Self::TellsInAnyOrder,
        Self::TellsNobodyOfDeletions,
        Self::TellsNobodyOfOperators,
        Self::TellsTheFirstOnly,
        Self::TrustsAnyCursor,
        Self::UpdatesTooMuch,
        Self::WritesOfNothing,
    ];
}
