//! How rejections and faults of the engine look to those who manage: each named, none by default.
//!
//! Must not pass on the details of a fault: they go to the log.

use domain::clock::{CLOCK_LATEST, ClockRejection};
use domain::ids::RequestId;
use domain::key::{ExpiredCause, KeyState};
use engine::change_key::KeyRejection;
use engine::change_keys::ManyKeysRejection;
use engine::create_account::NewAccountRejection;
use engine::create_key::NewKeyRejection;
use engine::create_operator_key::NewOperatorKeyRejection;
use engine::create_webhook::NewWebhookRejection;
use engine::delete_account::DeletionRejection;
use engine::guards::ApproveRejection;
use engine::move_clock::MoveClockRejection;
use engine::open_release::ReleaseRejection;
use engine::outcome::{
    DeleteOperatorKeyRejection, FaultKind, MarkNotAhead, NoSuchWebhook, UpdateAccountRejection,
};
use engine::rotate_key::RotationRejection;

use super::problem::{Problem, ProblemCode};

const ONLY_SUBACCOUNTS: &str = "only a sub-account can be white-label: leave it out, or send false";
const EXPIRY_PASSED: &str = "the instant is not in the future: choose a later one";

/// Why a clock was not moved.
pub(super) fn clock(rejection: MoveClockRejection) -> Problem {
    match rejection {
        MoveClockRejection::Real => Problem::new(
            ProblemCode::ClockIsReal,
            "The clock of this environment is the server's and is not moved. Declare it with clock = \"simulated\" in the configuration, if nothing in it is real.",
        ),
        MoveClockRejection::Unlawful(ClockRejection::Backward { now }) => Problem::field(
            "to",
            format!("the clock shows {now} already and never goes back: choose a later instant"),
        ),
        MoveClockRejection::Unlawful(ClockRejection::TooFar) => Problem::field(
            "to",
            format!("a clock is moved to {CLOCK_LATEST} at most: choose an earlier instant"),
        ),
    }
}

/// Why no key was admitted to age.
pub(super) fn approval(rejection: ApproveRejection) -> Problem {
    match rejection {
        ApproveRejection::NotHeld => Problem::new(
            ProblemCode::NothingHeld,
            "No more keys are due at once than may change: there is nothing to approve.",
        ),
        ApproveRejection::MoreAreDue { due } => Problem::new(
            ProblemCode::MoreKeysAreDue,
            format!("{due} keys are due by now. Look at them, and approve as many."),
        ),
    }
}

/// Why the clock of ageing was not set back.
pub(super) fn mark(rejection: MarkNotAhead) -> Problem {
    match rejection {
        MarkNotAhead => Problem::new(
            ProblemCode::NothingHeld,
            "No key took a step later than the clock shows: nothing is held up by it.",
        ),
    }
}

/// Why an account was not made.
pub(super) fn new_account(rejection: NewAccountRejection) -> Problem {
    match rejection {
        NewAccountRejection::NoProjectsHere => Problem::field(
            "kind",
            "this realm has no projects: make a root account or a subaccount",
        ),
        NewAccountRejection::NoSuchParent => no_such_account(),
        NewAccountRejection::NotASubaccount => Problem::field("white_label", ONLY_SUBACCOUNTS),
        NewAccountRejection::OtherRequest => other_request(),
        NewAccountRejection::StillRunning => still_running(),
        NewAccountRejection::ParentNotRoot => Problem::new(
            ProblemCode::ParentNotRoot,
            "The parent is itself below another account. Name a root account as parent: accounts are two levels deep.",
        ),
        NewAccountRejection::LimitReached { limit } => Problem::new(
            ProblemCode::LimitReached,
            format!(
                "The account has {limit} projects, which is its limit. Delete one that is not needed, then try again."
            ),
        ),
    }
}

/// Why an account was not changed.
pub(super) fn account(rejection: UpdateAccountRejection) -> Problem {
    match rejection {
        UpdateAccountRejection::NoSuchAccount => no_such_account(),
        UpdateAccountRejection::NotASubaccount => Problem::field("white_label", ONLY_SUBACCOUNTS),
    }
}

/// Why an account was not deleted.
pub(super) fn deletion(rejection: DeletionRejection) -> Problem {
    match rejection {
        DeletionRejection::NoSuchAccount => no_such_account(),
        DeletionRejection::IsRoot => Problem::new(
            ProblemCode::IsRoot,
            "This is a root account, and only sub-accounts and projects can be deleted. To shut it out, suspend it.",
        ),
    }
}

/// Why a release was neither opened nor closed.
pub(super) fn release(rejection: ReleaseRejection) -> Problem {
    match rejection {
        ReleaseRejection::NoSuchAccount => no_such_account(),
        ReleaseRejection::NotRoot => Problem::new(
            ProblemCode::NotRoot,
            "This account is below another one, and only a root account has a release. Name the account that is its parent.",
        ),
    }
}

/// Why a key was not made.
pub(super) fn new_key(rejection: NewKeyRejection) -> Problem {
    match rejection {
        NewKeyRejection::ExpiryNotInFuture => Problem::field("expires_at", EXPIRY_PASSED),
        NewKeyRejection::LimitReached { limit } => Problem::new(
            ProblemCode::LimitReached,
            format!(
                "The account holds {limit} keys that work or could be enabled again, which is its limit. Delete one that is not needed, then try again."
            ),
        ),
        NewKeyRejection::NoSuchAccount => no_such_account(),
        NewKeyRejection::OtherRequest => other_request(),
        NewKeyRejection::StillRunning => still_running(),
        NewKeyRejection::AlreadyMade { made } => Problem::new(
            ProblemCode::AlreadyMade,
            format!(
                "This request made the key {made} before, and it was used or changed since, so its text is not shown again. If the text is lost, delete that key and make another one under a new Idempotency-Key."
            ),
        ),
        NewKeyRejection::PermissionsMissing => Problem::field(
            "permissions",
            "this realm demands that permissions are named: list them, or say \"unrestricted\"",
        ),
        NewKeyRejection::NoPrefix => Problem::new(
            ProblemCode::NoPrefix,
            "This realm issues no keys to accounts of this kind. Make the key for a project, or give the realm a prefix for such keys.",
        ),
    }
}

/// Why a key was not made for an operator.
pub(super) fn new_operator_key(rejection: NewOperatorKeyRejection) -> Problem {
    match rejection {
        NewOperatorKeyRejection::AlreadyMade { made } => Problem::new(
            ProblemCode::AlreadyMade,
            format!(
                "This request made the operator key {made} before, and its text is not shown again. If the text is lost, delete that key and make another one under a new Idempotency-Key."
            ),
        ),
        NewOperatorKeyRejection::OtherRequest => other_request(),
        NewOperatorKeyRejection::StillRunning => still_running(),
    }
}

/// Why an operator's key was not deleted.
pub(super) fn operator_key(rejection: DeleteOperatorKeyRejection) -> Problem {
    match rejection {
        DeleteOperatorKeyRejection::LastAdmin => Problem::new(
            ProblemCode::LastAdmin,
            "This is the last admin key, and without one nobody could manage the server. Make another admin key first, then delete this one with it.",
        ),
        DeleteOperatorKeyRejection::NoSuchOperatorKey => no_such_operator_key(),
    }
}

pub(super) fn other_request() -> Problem {
    Problem::new(
        ProblemCode::IdempotencyKeyReused,
        "This Idempotency-Key came with another request within the last day. Send a new one with each new request, and the same one only with the very same request.",
    )
}

pub(super) fn still_running() -> Problem {
    Problem::new(
        ProblemCode::StillRunning,
        "A request with this Idempotency-Key is still running. Wait for its answer, or send the same request again in a moment.",
    )
}

/// There is no such key of an operator.
pub(super) fn no_such_operator_key() -> Problem {
    Problem::new(
        ProblemCode::NoSuchOperatorKey,
        "There is no such operator key. Check its id, or list the operator keys.",
    )
}

/// Why a key was not shown or changed.
pub(super) fn key(rejection: KeyRejection) -> Problem {
    match rejection {
        KeyRejection::ExpiryNotInFuture => Problem::field("expires_at", EXPIRY_PASSED),
        KeyRejection::Final(state) => {
            let why = match state {
                KeyState::Deleted => "The key was deleted",
                KeyState::Expired(ExpiredCause::Date) => "The key has passed its expiry date",
                KeyState::Expired(ExpiredCause::LackOfUse) => {
                    "The key expired because it was not used for long"
                }
                // No rejection says these; if one did, the sentence would still be true.
                KeyState::Enabled | KeyState::Disabled(_) => "The key is over for good",
            };
            Problem::new(
                ProblemCode::KeyIsFinal,
                format!("{why} and cannot be changed any more. Make a new one."),
            )
        }
        KeyRejection::NoSuchKey => no_such_key(),
    }
}

/// Why a key was not given a new secret.
pub(super) fn rotation(rejection: RotationRejection) -> Problem {
    match rejection {
        RotationRejection::Final(state) => key(KeyRejection::Final(state)),
        RotationRejection::OtherRequest => other_request(),
        RotationRejection::StillRunning => still_running(),
        RotationRejection::AlreadyRotated => Problem::new(
            ProblemCode::AlreadyMade,
            "This request gave the key a new secret before, and that was used or replaced since, so its text is not shown again. If the text is lost, rotate the key under a new Idempotency-Key.",
        ),
        RotationRejection::NoPrefix => new_key(NewKeyRejection::NoPrefix),
        RotationRejection::NoSuchKey => no_such_key(),
        RotationRejection::NotInUse => Problem::new(
            ProblemCode::SecretReplaced,
            "This secret of the key was replaced already and works for a while only. Ask with the newer one.",
        ),
    }
}

/// Why none of many keys was changed.
pub(super) fn many_keys(rejection: ManyKeysRejection) -> Problem {
    match rejection {
        ManyKeysRejection::NoSuchKey => no_such_key(),
        ManyKeysRejection::OtherRequest => other_request(),
        ManyKeysRejection::StillRunning => still_running(),
    }
}

/// Why a webhook was not made.
pub(super) fn new_webhook(rejection: NewWebhookRejection) -> Problem {
    match rejection {
        NewWebhookRejection::NoSuchAccount => no_such_account(),
        NewWebhookRejection::AlreadyMade { made } => Problem::new(
            ProblemCode::AlreadyMade,
            format!(
                "This request made the webhook {made} before, and it was deleted since. If another one is wanted, make it under a new Idempotency-Key."
            ),
        ),
        NewWebhookRejection::OtherRequest => other_request(),
        NewWebhookRejection::StillRunning => still_running(),
        NewWebhookRejection::LimitReached { limit } => Problem::new(
            ProblemCode::LimitReached,
            format!(
                "The account has {limit} webhooks, which is its limit. Delete one that is not needed, then try again."
            ),
        ),
    }
}

/// Why a webhook was not changed.
pub(super) fn webhook(NoSuchWebhook: NoSuchWebhook) -> Problem {
    no_such_webhook()
}

/// There is no such webhook here, whether it is elsewhere or nowhere.
pub(super) fn no_such_webhook() -> Problem {
    Problem::new(
        ProblemCode::NoSuchWebhook,
        "There is no such webhook in this environment. Check its id, or list those of its account.",
    )
}

/// There is no such delivery here, whether it is for another webhook or was never there.
pub(super) fn no_such_delivery() -> Problem {
    Problem::new(
        ProblemCode::NoSuchDelivery,
        "This event was never for this webhook, or is not kept any more. List the deliveries of the webhook.",
    )
}

/// There is no such account here, whether it is elsewhere or nowhere.
pub(super) fn no_such_account() -> Problem {
    Problem::new(
        ProblemCode::NoSuchAccount,
        "There is no such account in this environment. Check its id, or list the accounts.",
    )
}

/// There is no such key here, whether it is elsewhere or nowhere.
pub(super) fn no_such_key() -> Problem {
    Problem::new(
        ProblemCode::NoSuchKey,
        "There is no such key in this environment. Check its id, or list the keys.",
    )
}

/// Trouble of the store.
pub(super) fn fault(kind: FaultKind, request_id: RequestId) -> Problem {
    let (code, detail) = match kind {
        FaultKind::Damaged => (
            ProblemCode::StoreDamaged,
            "The store holds something unreadable. Tell the operator the request id: the log says more.",
        ),
        FaultKind::Full => (
            ProblemCode::StoreFull,
            "The store has no room left, and nothing was changed. Tell the operator to make room, then try again.",
        ),
        FaultKind::OutcomeUnknown => (
            ProblemCode::OutcomeUnknown,
            "Nobody knows whether the change was made. Read what it was about again before you repeat it.",
        ),
        FaultKind::Unavailable => (
            ProblemCode::StoreUnavailable,
            "The store does not answer, and nothing was changed. Try again in a moment.",
        ),
    };
    Problem::new(code, detail).in_request(request_id)
}

/// A command that ended in a panic of ours.
pub(super) fn broke_off(request_id: RequestId) -> Problem {
    Problem::new(
        ProblemCode::Internal,
        "The server failed, and nobody knows whether the change was made. Read what it was about again, and tell the operator the request id.",
    )
    .in_request(request_id)
}
