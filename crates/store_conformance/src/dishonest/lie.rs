//! The lies: ways to be wrong that a store could be shipped with.
//!
//! Must not hold a lie that no law notices, nor leave a law that no lie breaks; a test compares.

use super::{AgingLie, DeliveryLie, EventLie, ExposureLie, LetterLie, PepperLie, WebhookLie};

/// One way to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// A parent that does not exist here is taken.
    AdoptsAnywhere,
    /// One about the ageing of keys.
    Aging(AgingLie),
    /// A webhook that was deleted is said to have been made.
    AnswersWithDeletedWebhooks,
    /// One about audit entries that are read.
    Audit(super::AuditLie),
    /// A list begins again behind its end.
    BeginsAgainBehindTheEnd,
    /// A root account is said to be white-label.
    BrandsAnybody,
    /// A slice shows what does not carry the labels, and all names.
    BrowsesEverything,
    /// A slice shows deleted sub-accounts, and those of others.
    BrowsesTheDeleted,
    /// Something is said to be due for webhooks always.
    CallsForNothing,
    /// Many keys are changed although their trail could not be written.
    ChangesManyWithoutTrail,
    /// A change is made although its trail could not be written.
    ChangesWithoutTrail,
    /// Labels are checked in one step and the account made in another.
    ChecksLabelsThenInserts,
    /// Deleted projects count towards the limit.
    CountsDeletedProjects,
    /// Deleted webhooks count towards the limit.
    CountsDeletedWebhooks,
    /// Keys of other accounts count towards the limit.
    CountsForeignKeys,
    /// Projects of other accounts count towards the limit.
    CountsForeignProjects,
    /// Webhooks of other accounts count towards the limit.
    CountsForeignWebhooks,
    /// Deleted and expired keys count towards the limit.
    CountsOverKeys,
    /// The limit of projects is checked in one step and the project made in another.
    CountsProjectsThenInserts,
    /// Sub-accounts count towards the limit of projects.
    CountsSubaccounts,
    /// What was delivered counts as deleted undelivered.
    CountsTheDeliveredAsExpired,
    /// The limit is checked in one step and the key made in another.
    CountsThenInserts,
    /// Each recording of uses writes an audit entry.
    CountsUsesAsChanges,
    /// The limit of webhooks is checked in one step and the webhook made in another.
    CountsWebhooksThenInserts,
    /// A slice says that there is no more than it shows.
    CountsWhatItShows,
    /// Deleting a project deletes the keys of its neighbours.
    DeletesKeysOfOthers,
    /// Projects of other places are deleted.
    DeletesProjectsAnywhere,
    /// A deleted project can be deleted again.
    DeletesProjectsTwice,
    /// A project is deleted although its trail could not be written.
    DeletesProjectsWithoutTrail,
    /// A root account is said to be deleted like a project.
    DeletesRoots,
    /// What does not exist is said to be deleted.
    DeletesTheAbsent,
    /// The last admin's key is deleted like any other.
    DeletesTheLastAdmin,
    /// One about the keys that events show.
    Events(EventLie),
    /// One about keys that others saw.
    Exposures(ExposureLie),
    /// One about deliveries.
    Deliveries(DeliveryLie),
    /// Nobody looks at idempotency keys.
    DoesItTwice,
    /// A rotation ends the secret that is in use, although nobody has the one that replaced it.
    EndsTheSecretInUse,
    /// A page that found nothing among the rows it might look at is the last.
    EndsWithoutItems,
    /// Secrets are erased everywhere by the clock of one place.
    ErasesInEveryPlace,
    /// Secrets are erased a millisecond before their end.
    ErasesLivingSecrets,
    /// Secrets are erased however many there are.
    ErasesMoreThanAsked,
    /// Erasing a secret writes an audit entry.
    ErasesWithATrail,
    /// Keys are over a millisecond before their date.
    ExpiresTooEarly,
    /// A webhook that is asked for without its account is found in other places too.
    FindsWebhooksAnywhere,
    /// A change is told of only if its caller still waits.
    ForgetsAbsentCallers,
    /// An account's addresses are not kept.
    ForgetsAddresses,
    /// The latest attempt is not kept.
    ForgetsAttempts,
    /// Changes of an account's contacts and language are not kept.
    ForgetsContacts,
    /// An account is made without its first key.
    ForgetsFirstKeys,
    /// An account is made without its webhooks.
    ForgetsFirstWebhooks,
    /// Limits of an account's own are not kept.
    ForgetsOwnLimits,
    /// Until when an account is released is not kept.
    ForgetsReleases,
    /// Many keys are changed whether they still meet the filter or not.
    ForgetsTheFilter,
    /// Disabling writes no audit entry.
    ForgetsTheTrail,
    /// Deleting a project writes no audit entry.
    ForgetsTheTrailOfProjects,
    /// A rotation writes no audit entry.
    ForgetsTheTrailOfRotations,
    /// A change of a webhook writes no audit entry.
    ForgetsTheTrailOfWebhooks,
    /// Keys that were used are listed among those that never were.
    ForgetsUses,
    /// What failed is tried before its time.
    ForgetsWaits,
    /// A change of many keys does not say what else was found.
    ForgetsWhatElseWasFound,
    /// Enabling does not note when.
    ForgetsWhenEnabled,
    /// Nobody is told when what is in hand is free again.
    ForgetsWhoHasIt,
    /// A deleted project is given keys.
    GivesKeysToDeletedProjects,
    /// The keys named are deleted although the project is not.
    HalfDeletesAProject,
    /// An account that is refused for its webhooks is there all the same.
    HalfOpensAccounts,
    /// A rejected command leaves its audit entry.
    HalfWritesARejection,
    /// What is due in one place is handed out in others.
    HandsOutElsewhere,
    /// What is in one hand is handed out again.
    HandsOutTwice,
    /// Whoever comes back late is said to be heard.
    HearsWhoeverComes,
    /// An idempotency key is answered whatever is asked under it.
    IgnoresFingerprints,
    /// Nobody counts projects.
    IgnoresTheLimitOfProjects,
    /// Secrets that have ended are not erased.
    KeepsEndedSecrets,
    /// A change of a key keeps an old secret that has ended.
    KeepsEndedSecretsOfChanged,
    /// Keys deleted with their project keep their epochs.
    KeepsEpochsOfDeletedKeys,
    /// The labels of deleted accounts are not free.
    KeepsLabelsOfTheDeleted,
    /// Nothing outlives the store's closing.
    KeepsNothing,
    /// An idempotency key is kept although its command was not done.
    KeepsRejectedRequests,
    /// Sub-accounts are not deleted.
    KeepsSubaccounts,
    /// A second rotation keeps the first secret instead of the second.
    KeepsTheOldestSecret,
    /// A turn is said to come later than it does.
    KeepsTurnsSecret,
    /// Waits are said to be lifted, and go on.
    KeepsWaits,
    /// What was for a deleted webhook stays.
    KeepsWhatWasForTheDeleted,
    /// Accounts of other places are found.
    LeaksAccounts,
    /// Keys of other places are found.
    LeaksKeys,
    /// Webhooks of other accounts are found.
    LeaksWebhooks,
    /// Keys that do not work outlive their project.
    LeavesDisabledKeys,
    /// The first of many keys is not changed.
    LeavesOneOfManyOut,
    /// Webhooks outlive their account.
    LeavesWebhooks,
    /// One about letters.
    Letters(LetterLie),
    /// Accounts are made below sub-accounts.
    LetsTreesGrow,
    /// An earlier use replaces a later one.
    LetsUseGoBackwards,
    /// Lists show deleted keys of operators.
    ListsDeletedOperators,
    /// Lists show deleted projects.
    ListsDeletedProjects,
    /// Events are listed whatever the place.
    ListsEventsEverywhere,
    /// Lists of keys show all places.
    ListsEverywhere,
    /// Lists of live keys show those that are over.
    ListsTheDead,
    /// Loading says an epoch that the rows have not reached.
    LoadsAnEpochAhead,
    /// Loading shows deleted keys as enabled.
    LoadsDeletedAsEnabled,
    /// Loading shows deleted keys of operators as active.
    LoadsDeletedOperatorsAsActive,
    /// Loading shows deleted projects as active.
    LoadsDeletedProjectsAsActive,
    /// Loading yields keys before accounts.
    LoadsKeysFirst,
    /// Loading leaves out the secrets that were replaced.
    LoadsNoOldSecrets,
    /// Loading shows a secret that was replaced like the one in use.
    LoadsOldSecretsWithoutEnds,
    /// Loading shows suspended accounts as active.
    LoadsSuspendedAsActive,
    /// A position is lost when the key or project at it is deleted.
    LosesDeletedPositions,
    /// Names are kept in small letters.
    LosesLetterCase,
    /// A webhook that is asked for again is made again.
    MakesWebhooksTwice,
    /// A use of one secret is noted for both.
    MixesUsesOfSecrets,
    /// A clock that would go back is said to have been moved.
    MovesClocksBack,
    /// A clock is said to be moved although its trail could not be written.
    MovesClocksWithoutTrail,
    /// All clocks are shown like the farthest.
    MovesEveryClock,
    /// A success does not end the failures in a row.
    NeverEndsAStreak,
    /// Pages never say that more follows.
    NeverSaysMore,
    /// The first use of a new secret starts no clock.
    NeverStartsTheClock,
    /// Of many keys, those that are there are changed although one is not.
    OverlooksAbsentKeys,
    /// Events are listed whosever they are.
    OverlooksAccountsOfEvents,
    /// Disabled keys do not count towards the limit.
    OverlooksDisabledKeys,
    /// A project is deleted with keys that were not named.
    OverlooksKeysNotNamed,
    /// A project is deleted although keys were named that it has not.
    OverlooksKeysOfOthers,
    /// Many keys are changed whosever they are.
    OverlooksOwnersOfKeys,
    /// Keys are listed whatever they may do.
    OverlooksPermissions,
    /// One about peppers.
    Peppers(PepperLie),
    /// A rotation puts off the end that an old secret has already.
    PutsOffEnds,
    /// A page of events looks at rows until it is full.
    ReadsEventsOnAndOn,
    /// A page looks at rows until it is full.
    ReadsOnAndOn,
    /// A deleted key cannot be deleted again.
    RefusesToDeleteTwice,
    /// A use of an unknown key makes recording fail.
    RefusesUnknownUses,
    /// A key that was used or switched off gets another text.
    ReissuesUsedKeys,
    /// A rotation that is asked for again gives another text although its secret is in use.
    ReissuesUsedSecrets,
    /// Idempotency keys are never forgotten.
    RemembersForEver,
    /// An update carries the epoch of the change before.
    RepeatsAnEpoch,
    /// The last event of a page begins the next one.
    RepeatsEvents,
    /// An event that is to be sent once more is not.
    ResendsNothing,
    /// A label that is taken in one place is taken in all.
    ReservesLabelsEverywhere,
    /// Only one account may carry a label that many may carry.
    ReservesSharedLabels,
    /// Every use of a new secret starts the clock again.
    RestartsTheClock,
    /// A key past its date lives on with a new one.
    RevivesByNewDate,
    /// A deleted key can be enabled.
    RevivesFinalKeys,
    /// A deleted webhook can be changed.
    RevivesWebhooks,
    /// Keys of other places are rotated.
    RotatesAnywhere,
    /// A key that is over for good is given a new secret.
    RotatesFinalKeys,
    /// A key is rotated for whoever holds any secret of it.
    RotatesForAnyHolder,
    /// A disabled key is enabled by its rotation.
    RotatesTooMuch,
    /// A key is rotated although its trail could not be written.
    RotatesWithoutTrail,
    /// Instants are kept in seconds.
    RoundsToSeconds,
    /// One webhook has every turn.
    ServesTheSameAgain,
    /// Many may carry a label that only one may carry.
    SharesLabels,
    /// A suspended account is given no key.
    ShutsOutOfSuspended,
    /// The first delivery of each later page is left out.
    SkipsADelivery,
    /// The first event of each later page is left out.
    SkipsAnEvent,
    /// The first item of each later page is left out.
    SkipsAnItem,
    /// Lists are in the order of the clock.
    SortsByClock,
    /// The clock of an old secret starts with the rotation, whatever was asked for.
    StartsEveryClockAtOnce,
    /// The clock starts when the old secret is used.
    StartsTheClockAtAnyUse,
    /// The id of an account is taken twice.
    TakesAccountsTwice,
    /// A date at the very instant counts as before it.
    TakesBeforeForUntil,
    /// Events are taken again by whoever comes second.
    TakesEventsTwice,
    /// A free webhook is sent to one by one.
    TakesFreeForSequential,
    /// The kid of a key is taken twice.
    TakesKidsTwice,
    /// The id of an operator's key is taken twice.
    TakesOperatorKeysTwice,
    /// A key is made for an owner that does not exist here.
    TakesOrphans,
    /// The kid of a secret that was replaced is taken twice.
    TakesReplacedKids,
    /// A sequential webhook is sent to like a free one.
    TakesSequentialForFree,
    /// A secret that its holder shows is taken for one that nobody has.
    TakesShownSecretsForUnused,
    /// Observers are told after the answer.
    TellsAfterAnswering,
    /// Observers are told of changes in another order than they were made.
    TellsInAnyOrder,
    /// Observers are not told of updates of accounts.
    TellsNobodyOfAccountUpdates,
    /// Observers are not told of the start of a clock.
    TellsNobodyOfClocks,
    /// Observers are not told of deleted keys of operators.
    TellsNobodyOfDeletedOperators,
    /// Observers are not told of deletions.
    TellsNobodyOfDeletions,
    /// Observers are not told of moved clocks.
    TellsNobodyOfMovedClocks,
    /// Observers are not told of operators' keys.
    TellsNobodyOfOperators,
    /// Observers are not told of rotations.
    TellsNobodyOfRotations,
    /// Observers are not told that an older text is dead.
    TellsOfAReissueAsAChange,
    /// Observers are told of a new account, and not of its first key.
    TellsOfAccountsWithoutTheirKeys,
    /// Observers are told of each key of a deleted project as well.
    TellsOfEveryDeletedKey,
    /// A change of many keys writes events of those that it left alone.
    TellsOfKeysLeftAlone,
    /// Observers are told of the first of many changed keys.
    TellsOfOneOfManyKeys,
    /// An update writes all events that came with it, whatever happened.
    TellsOfWhatDidNotHappen,
    /// Only the first observer is told.
    TellsTheFirstOnly,
    /// Accounts of other places are updated.
    UpdatesAccountsAnywhere,
    /// An account is updated although its trail could not be written.
    UpdatesAccountsWithoutTrail,
    /// An update of a deleted account is answered as done.
    UpdatesDeletedAccounts,
    /// A new name takes the addresses along.
    UpdatesTooMuch,
    /// A new name of an account takes its release along.
    UpdatesTooMuchOfAccounts,
    /// A new name of a webhook takes its token along.
    UpdatesTooMuchOfWebhooks,
    /// Keys have to be named once each, in the order of their making.
    WantsKeysAsListed,
    /// One about the tokens of webhooks.
    Webhooks(WebhookLie),
    /// An account is read in one step, and written whole in another.
    WritesAccountsWhole,
    /// A change of many keys that changes none writes an audit entry.
    WritesOfKeysLeftAlone,
    /// A change that changes nothing writes an audit entry.
    WritesOfNothing,
    /// A clock that is moved to where it stands writes an audit entry.
    WritesOfStandingClocks,
    /// An update of an account that changes nothing writes an audit entry.
    WritesOfUnchangedAccounts,
    /// An update of a webhook that changes nothing writes an audit entry.
    WritesOfUnchangedWebhooks,
    /// Deleting a project tells of its first key alone.
    WritesOneEventOnly,
}
