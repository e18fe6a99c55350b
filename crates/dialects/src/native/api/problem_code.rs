//! Every kind of problem that the API answers with: its stable name, its status and its title.
//!
//! Must not say what to do about one: that depends on where it came up.

use http::StatusCode;

/// Every kind of problem that the API answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProblemCode {
    /// A key whose role does not cover what was asked for.
    AdminKeyNeeded,
    /// The same was asked before, and what it made is in use.
    AlreadyMade,
    /// More than one credential.
    Ambiguous,
    /// The body did not arrive whole.
    BodyIncomplete,
    /// The body is too large.
    BodyTooLarge,
    /// The body did not arrive in time. The listener says so, which knows the deadlines.
    BodyTooSlow,
    /// The clock of the environment is the server's, and is not moved.
    ClockIsReal,
    /// The idempotency key belongs to another request.
    IdempotencyKeyReused,
    /// Our own trouble.
    Internal,
    /// The body is no JSON object.
    InvalidJson,
    /// Members of the body or parameters of the query are wrong.
    InvalidRequest,
    /// The account is a root account, and only those below one can be deleted.
    IsRoot,
    /// The key is over for good.
    KeyIsFinal,
    /// The text is not the whole of a key of this server.
    KeyNotRecognized,
    /// The last admin key cannot be deleted.
    LastAdmin,
    /// The account holds as many keys, projects or webhooks as it may.
    LimitReached,
    /// The credential has the wrong shape.
    Malformed,
    /// The path does not serve this method.
    MethodNotAllowed,
    /// More keys are due than were approved.
    MoreKeysAreDue,
    /// No credential.
    NoCredential,
    /// Nothing is held up that could be let go on.
    NothingHeld,
    /// The realm has no prefix for such keys.
    NoPrefix,
    /// The webhook signs nothing, so it has no secret to be replaced.
    NoSigningSecret,
    /// No such account in this place.
    NoSuchAccount,
    /// The event was never for this webhook, or is not kept any more.
    NoSuchDelivery,
    /// No such key in this place.
    NoSuchKey,
    /// No such key of an operator.
    NoSuchOperatorKey,
    /// The path is not part of the API.
    NoSuchPath,
    /// No such realm, or no such environment in it.
    NoSuchPlace,
    /// No such realm.
    NoSuchRealm,
    /// No such webhook in this place.
    NoSuchWebhook,
    /// The account is below another one, and only root accounts have a release.
    NotRoot,
    /// Nobody knows whether the change was made.
    OutcomeUnknown,
    /// The parent is not a root account.
    ParentNotRoot,
    /// The secret that was shown was replaced already.
    SecretReplaced,
    /// A request with the same idempotency key is running.
    StillRunning,
    /// The store holds something unreadable.
    StoreDamaged,
    /// The store has no room left.
    StoreFull,
    /// The store does not answer.
    StoreUnavailable,
    /// The webhook was given another token meanwhile.
    TokenChanged,
    /// No such key is known.
    Unknown,
    /// The body has a type that is not read here.
    UnsupportedMediaType,
}

impl ProblemCode {
    /// Its stable name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AdminKeyNeeded => "admin_key_needed",
            Self::AlreadyMade => "already_made",
            Self::Ambiguous => "ambiguous",
            Self::BodyIncomplete => "body_incomplete",
            Self::BodyTooLarge => "body_too_large",
            Self::BodyTooSlow => "body_too_slow",
            Self::ClockIsReal => "clock_is_real",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::Internal => "internal",
            Self::InvalidJson => "invalid_json",
            Self::InvalidRequest => "invalid_request",
            Self::IsRoot => "is_root",
            Self::KeyIsFinal => "key_is_final",
            Self::KeyNotRecognized => "key_not_recognized",
            Self::LastAdmin => "last_admin",
            Self::LimitReached => "limit_reached",
            Self::Malformed => "malformed",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::MoreKeysAreDue => "more_keys_are_due",
            Self::NoCredential => "no_credential",
            Self::NothingHeld => "nothing_held",
            Self::NoPrefix => "no_prefix",
            Self::NoSigningSecret => "no_signing_secret",
            Self::NoSuchAccount => "no_such_account",
            Self::NoSuchDelivery => "no_such_delivery",
            Self::NoSuchKey => "no_such_key",
            Self::NoSuchOperatorKey => "no_such_operator_key",
            Self::NoSuchPath => "no_such_path",
            Self::NoSuchPlace => "no_such_place",
            Self::NoSuchRealm => "no_such_realm",
            Self::NoSuchWebhook => "no_such_webhook",
            Self::NotRoot => "not_root",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::ParentNotRoot => "parent_not_root",
            Self::SecretReplaced => "secret_replaced",
            Self::StillRunning => "still_running",
            Self::StoreDamaged => "store_damaged",
            Self::StoreFull => "store_full",
            Self::StoreUnavailable => "store_unavailable",
            Self::TokenChanged => "token_changed",
            Self::Unknown => "unknown",
            Self::UnsupportedMediaType => "unsupported_media_type",
        }
    }

    /// The status of its answer.
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::Ambiguous | Self::BodyIncomplete | Self::InvalidJson | Self::InvalidRequest => {
                StatusCode::BAD_REQUEST
            }
            Self::Malformed | Self::NoCredential | Self::Unknown => StatusCode::UNAUTHORIZED,
            Self::AdminKeyNeeded => StatusCode::FORBIDDEN,
            Self::KeyNotRecognized
            | Self::NoSuchAccount
            | Self::NoSuchDelivery
            | Self::NoSuchKey
            | Self::NoSuchOperatorKey
            | Self::NoSuchPath
            | Self::NoSuchPlace
            | Self::NoSuchRealm
            | Self::NoSuchWebhook => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::AlreadyMade
            | Self::ClockIsReal
            | Self::IsRoot
            | Self::KeyIsFinal
            | Self::LastAdmin
            | Self::LimitReached
            | Self::MoreKeysAreDue
            | Self::NothingHeld
            | Self::NoPrefix
            | Self::NoSigningSecret
            | Self::NotRoot
            | Self::ParentNotRoot
            | Self::SecretReplaced
            | Self::StillRunning
            | Self::TokenChanged => StatusCode::CONFLICT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Internal | Self::StoreDamaged => StatusCode::INTERNAL_SERVER_ERROR,
            Self::OutcomeUnknown | Self::StoreFull | Self::StoreUnavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// What it is, in a few words.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::AdminKeyNeeded => "Admin key needed",
            Self::AlreadyMade => "Already made",
            Self::Ambiguous => "More than one credential",
            Self::BodyIncomplete => "Body did not arrive whole",
            Self::BodyTooLarge => "Body too large",
            Self::BodyTooSlow => "Body too slow",
            Self::ClockIsReal => "Clock is real",
            Self::IdempotencyKeyReused => "Idempotency key reused",
            Self::Internal => "Internal error",
            Self::InvalidJson => "Invalid JSON",
            Self::InvalidRequest => "Invalid request",
            Self::IsRoot => "A root account",
            Self::KeyIsFinal => "Key is over for good",
            Self::KeyNotRecognized => "Key not recognized",
            Self::LastAdmin => "Last admin key",
            Self::LimitReached => "Limit reached",
            Self::Malformed => "Malformed key",
            Self::MethodNotAllowed => "Method not allowed",
            Self::MoreKeysAreDue => "More keys are due",
            Self::NoCredential => "No key",
            Self::NothingHeld => "Nothing is held up",
            Self::NoPrefix => "No keys for such accounts",
            Self::NoSigningSecret => "Signs nothing",
            Self::NoSuchAccount => "No such account",
            Self::NoSuchDelivery => "No such delivery",
            Self::NoSuchKey => "No such key",
            Self::NoSuchOperatorKey => "No such operator key",
            Self::NoSuchPath => "No such path",
            Self::NoSuchPlace => "No such environment",
            Self::NoSuchRealm => "No such realm",
            Self::NoSuchWebhook => "No such webhook",
            Self::NotRoot => "Not a root account",
            Self::OutcomeUnknown => "Outcome unknown",
            Self::ParentNotRoot => "Parent is not a root account",
            Self::SecretReplaced => "Secret was replaced",
            Self::StillRunning => "Still running",
            Self::StoreDamaged => "Store damaged",
            Self::StoreFull => "Store full",
            Self::StoreUnavailable => "Store unavailable",
            Self::TokenChanged => "Token was changed",
            Self::Unknown => "Unknown key",
            Self::UnsupportedMediaType => "Unsupported media type",
        }
    }
}
