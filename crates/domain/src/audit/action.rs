//! What can be done, by the names that are stored and shown.
//!
//! Must not rename anything: entries of older versions are read by these names.

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Keys of a place were admitted to take steps of their ageing at once, whatever their share.
    ApproveSweep,
    /// Who is written to about an account was changed, and perhaps more of it.
    ChangeContacts,
    /// The release of an account was closed.
    CloseRelease,
    /// An account was made.
    CreateAccount,
    /// A key was made.
    CreateKey,
    /// An operator's key was made.
    CreateOperatorKey,
    /// A webhook was made.
    CreateWebhook,
    /// An account below another one was deleted, and its keys and webhooks with it.
    DeleteAccount,
    /// A key was deleted.
    DeleteKey,
    /// An operator's key was deleted.
    DeleteOperatorKey,
    /// Many keys were deleted at once.
    DeleteKeys,
    /// A webhook was deleted.
    DeleteWebhook,
    /// A key was switched off.
    DisableKey,
    /// Many keys were switched off at once.
    DisableKeys,
    /// A key was switched on.
    EnableKey,
    /// Many keys were switched on at once.
    EnableKeys,
    /// The clock of a place was moved forward.
    MoveClock,
    /// A key is over for good: nobody used it, or its date came.
    ExpireKey,
    /// A key was seen by others, or may have been.
    ExposeKey,
    /// A letter could not be sent to somebody, and is not tried again.
    GiveUpLetter,
    /// The release of an account was opened.
    OpenRelease,
    /// A key was given a new secret.
    RotateKey,
    /// A webhook was given a new secret.
    RotateWebhook,
    /// A key was given another text, because its maker asked again and had not used it.
    ReissueKey,
    /// The waits of a webhook's events were lifted.
    RemoveBackoff,
    /// An event was put up to be sent to a webhook once more.
    ResendDelivery,
    /// Keys of a place age again from now on, although some took steps at a later instant.
    ResetLifecycleClock,
    /// An account was put in force again.
    ResumeAccount,
    /// An account was taken out of force.
    SuspendAccount,
    /// An account was changed.
    UpdateAccount,
    /// A key was changed.
    UpdateKey,
    /// A webhook was changed.
    UpdateWebhook,
    /// Events that could not be delivered to a webhook in time were deleted.
    ExpireDeliveries,
    /// Too many attempts to send to a webhook failed in a row, and it was interrupted.
    InterruptWebhook,
    /// Several attempts to send to a webhook failed in a row.
    WarnOfWebhook,
    /// The people of a key were warned that it will be over for lack of use.
    WarnOfExpiry,
}

impl Action {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 36] = [
        Self::ChangeContacts,
        Self::CreateAccount,
        Self::DeleteAccount,
        Self::CloseRelease,
        Self::OpenRelease,
        Self::ResumeAccount,
        Self::SuspendAccount,
        Self::UpdateAccount,
        Self::MoveClock,
        Self::CreateKey,
        Self::DeleteKey,
        Self::DisableKey,
        Self::EnableKey,
        Self::ExpireKey,
        Self::WarnOfExpiry,
        Self::ExposeKey,
        Self::ReissueKey,
        Self::RotateKey,
        Self::UpdateKey,
        Self::DeleteKeys,
        Self::DisableKeys,
        Self::EnableKeys,
        Self::GiveUpLetter,
        Self::ApproveSweep,
        Self::ResetLifecycleClock,
        Self::CreateOperatorKey,
        Self::DeleteOperatorKey,
        Self::RemoveBackoff,
        Self::CreateWebhook,
        Self::DeleteWebhook,
        Self::ExpireDeliveries,
        Self::ResendDelivery,
        Self::WarnOfWebhook,
        Self::InterruptWebhook,
        Self::RotateWebhook,
        Self::UpdateWebhook,
    ];

    /// The stable name that is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApproveSweep => "lifecycle.approved",
            Self::ResetLifecycleClock => "lifecycle.clock_reset",
            Self::ChangeContacts => "account.contacts_changed",
            Self::CloseRelease => "account.release_closed",
            Self::CreateAccount => "account.created",
            Self::CreateKey => "key.created",
            Self::CreateOperatorKey => "operator_key.created",
            Self::CreateWebhook => "webhook.created",
            Self::DeleteAccount => "account.deleted",
            Self::DeleteKey => "key.deleted",
            Self::DeleteOperatorKey => "operator_key.deleted",
            Self::DeleteKeys => "keys.deleted",
            Self::DeleteWebhook => "webhook.deleted",
            Self::DisableKey => "key.disabled",
            Self::DisableKeys => "keys.disabled",
            Self::EnableKey => "key.enabled",
            Self::EnableKeys => "keys.enabled",
            Self::MoveClock => "clock.moved",
            Self::ExpireKey => "key.expired",
            Self::ExposeKey => "key.exposed",
            Self::GiveUpLetter => "letter.given_up",
            Self::OpenRelease => "account.release_opened",
            Self::RotateKey => "key.rotated",
            Self::RotateWebhook => "webhook.secret_rotated",
            Self::ReissueKey => "key.reissued",
            Self::RemoveBackoff => "webhook.backoff_removed",
            Self::ResendDelivery => "webhook.delivery_resent",
            Self::ResumeAccount => "account.resumed",
            Self::SuspendAccount => "account.suspended",
            Self::UpdateAccount => "account.updated",
            Self::UpdateKey => "key.updated",
            Self::UpdateWebhook => "webhook.updated",
            Self::ExpireDeliveries => "webhook.deliveries_expired",
            Self::InterruptWebhook => "webhook.interrupted",
            Self::WarnOfWebhook => "webhook.failing",
            Self::WarnOfExpiry => "key.expiry_warned",
        }
    }

    /// The action of this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_is_found_by_its_name_and_stands_once() {
        assert!(Action::ALL.is_sorted_by(|one, next| one.name() < next.name()));
        let named = include_str!("action.rs").matches("=> \"").count();
        assert_eq!(named, Action::ALL.len(), "every action with a name stands in the list");
        for action in Action::ALL {
            assert_eq!(Action::from_name(action.name()), Some(action));
        }
        assert_eq!(Action::from_name("key.gone"), None);
    }
}
