//! How keys age by the Asaas contract (section 9).
//!
//! Must not do anything about it: the realm takes it over unless its configuration says otherwise.

use domain::lifecycle::{
    LifecyclePolicy, NOTICE_DAYS_USUAL, Stages, StagesDraft, Wait, WarningTime,
};

/// Disabled after 3 months, warned after 4 and 5 and a week before the end, over after 6. Keys of
/// white-label sub-accounts are not disabled, so that the account above goes on working.
pub(super) fn preset() -> LifecyclePolicy {
    let ordinary = Stages::new(StagesDraft {
        disable: Some(Wait::Months(3)),
        warnings: vec![
            WarningTime::After(Wait::Months(4)),
            WarningTime::After(Wait::Months(5)),
            WarningTime::BeforeExpiry { days: 7 },
        ],
        expire: Some(Wait::Months(6)),
        notice_days: NOTICE_DAYS_USUAL,
    });
    let ordinary = ordinary.expect("stages that follow each other");
    let white_label = ordinary.without_disabling();
    LifecyclePolicy { ordinary, white_label }
}
