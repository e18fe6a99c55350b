//! How the liar lets keys age.
//!
//! Must pass on to the model whatever the lie is not about.

use async_trait::async_trait;
use domain::account::Branding;
use domain::ids::{KeyId, Place};
use domain::key::Key;
use domain::lifecycle::{Step, Wait, WarningTime};
use domain::time::Timestamp;
use store::command::{
    AgeKeys, AgeKeysRejection, Aged, AgedKey, DueKey, DueKeys, DuePage, KeptStep, RelookKeys,
};
use store::fault::{Failure, Fault, Outcome};
use store::port::{AgingStore, Store};

use super::{DishonestStore, Lie};

/// One way to be wrong about the ageing of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgingLie {
    /// Steps are taken at instants before that of the latest.
    AgesBehindTheClock,
    /// A step is taken although the branding of the owner changed.
    AgesByAnotherBranding,
    /// Of several keys some take their steps, although others cannot.
    AgesKeysOneByOne,
    /// A step is taken by a key that was changed meanwhile.
    AgesWhatWasChanged,
    /// A step is taken by a key that was used meanwhile.
    AgesWhatWasUsed,
    /// Keys are counted beyond what was asked.
    CountsAgingKeysOnAndOn,
    /// A use counts although its key was switched off for lack of use.
    CountsUsesOfTheIdle,
    /// Nobody is told of an old secret that a look erased.
    ErasesSecretsWithoutAWord,
    /// Nobody is shown the steps that were taken.
    ForgetsSteps,
    /// Another branding makes no key due for a look.
    OverlooksBranding,
    /// A new expiry date does not make its key due for a look.
    OverlooksNewDates,
    /// A new policy makes no key due for a look.
    OverlooksNewPolicies,
    /// Switching a key on does not make it due for a look.
    OverlooksTheEnabled,
    /// The first key of those that are due is left out, as if it could not be read.
    OverlooksTheFirst,
    /// A new policy makes all keys due in one step.
    RelooksAllAtOnce,
    /// Keys are shown as due that are not yet.
    ShowsWhatIsNotDue,
    /// A page of due keys begins one too late.
    SkipsAKeyThatIsDue,
    /// No step is taken at an instant before that of a mere look.
    TakesLooksForSteps,
    /// A step is taken again by whoever asks again.
    TakesStepsTwice,
    /// Nobody is told of a key that was switched off for lack of use.
    TellsNobodyOfIdleKeys,
    /// Nobody is shown what was approved.
    ForgetsApprovals,
    /// That nothing is to be deleted for a while is forgotten.
    ForgetsRests,
    /// What was noted of a clock is forgotten.
    ForgetsWhatItSaw,
    /// Keys that end by their own date use up an approval.
    CountsTheDated,
    /// Whoever sets a mark back ends a rest, too.
    EndsRestsWithMarks,
    /// An approval is never used up.
    KeepsApprovals,
    /// An approval outlives the mark that is set back.
    KeepsApprovalsOfResets,
    /// A mark is said to be set back, and stays.
    KeepsMarks,
    /// What is in a hand for weeks stays there.
    LeavesHands,
    /// What failed by a clock that was ahead is not tried before that.
    LeavesWaits,
    /// Letters that failed by a clock that was ahead are not tried before that.
    LeavesWaitsOfLetters,
    /// A mark that is not ahead is said to be set back.
    SetsMarksForward,
}

#[async_trait]
impl AgingStore for DishonestStore {
    async fn due_keys(&self, mut question: DueKeys) -> Result<DuePage, Fault> {
        if self.tells(Lie::Aging(AgingLie::ShowsWhatIsNotDue)) {
            question.until = question.until.plus_millis(1_000);
        }
        let begins = question.after.is_none();
        let mut page = self.honest.due_keys(question).await?;
        // A turn of the runtime, so that those who sweep at once all look before one takes a step.
        tokio::task::yield_now().await;
        if self.tells(Lie::Aging(AgingLie::SkipsAKeyThatIsDue)) && !begins && !page.items.is_empty()
        {
            page.items.remove(0);
        }
        if self.tells(Lie::Aging(AgingLie::OverlooksTheFirst)) && begins && !page.items.is_empty() {
            page.items.remove(0);
        }
        if self.tells(Lie::Aging(AgingLie::ForgetsSteps)) {
            page.items.iter_mut().for_each(|due| due.done.clear());
        }
        page.items.retain(|due| !self.does_not_see(due));
        Ok(page)
    }

    async fn count_aging_keys(&self, place: Place, most: u64) -> Result<u64, Fault> {
        let most =
            if self.tells(Lie::Aging(AgingLie::CountsAgingKeysOnAndOn)) { u64::MAX } else { most };
        self.honest.count_aging_keys(place, most).await
    }

    async fn kept_steps(&self, keys: Vec<KeyId>) -> Result<Vec<KeptStep>, Fault> {
        self.honest.kept_steps(keys).await
    }

    async fn age_keys(&self, mut command: AgeKeys) -> Outcome<Aged, AgeKeysRejection> {
        self.takes_a_look_for_a_step(&command)?;
        let dated = command.keys.iter().filter(|aged| !aged.steps.is_empty() && !aged.is_counted());
        *self.notes().dated.entry(command.place.clone()).or_default() += dated.count() as u64;
        for aged in &mut command.keys {
            self.sees_it_as_it_is(&command.place, aged).await?;
        }
        let is_look = command.keys.iter().all(|aged| aged.steps.is_empty());
        let quiet = is_look && self.tells(Lie::Aging(AgingLie::ErasesSecretsWithoutAWord));
        self.relay.be_quiet(quiet);
        let outcome = if self.tells(Lie::Aging(AgingLie::AgesKeysOneByOne)) {
            self.one_by_one(command).await
        } else {
            self.with_the_clock(command).await
        };
        self.relay.be_quiet(false);
        self.before_answering().await;
        outcome
    }

    async fn relook_keys(&self, mut command: RelookKeys) -> Result<bool, Fault> {
        if self.tells(Lie::Aging(AgingLie::RelooksAllAtOnce)) {
            command.limit = u32::MAX;
        }
        if self.tells(Lie::Aging(AgingLie::OverlooksNewPolicies)) {
            command.policy = "the first".to_owned();
        }
        self.honest.relook_keys(command).await
    }
}

impl DishonestStore {
    /// Whether the liar does not see that the key became due.
    fn does_not_see(&self, due: &DueKey) -> bool {
        let Key { look_at, enabled_at, expires_at, .. } = &due.key;
        let enabled = *look_at == Some(*enabled_at) && *enabled_at > due.key.created_at;
        let branded = due.branding == Branding::WhiteLabel;
        enabled && self.tells(Lie::Aging(AgingLie::OverlooksTheEnabled))
            || expires_at.is_some() && self.tells(Lie::Aging(AgingLie::OverlooksNewDates))
            || branded && self.tells(Lie::Aging(AgingLie::OverlooksBranding))
    }

    /// Notes the instant of a look, and refuses what comes at an earlier one.
    fn takes_a_look_for_a_step(&self, command: &AgeKeys) -> Outcome<(), AgeKeysRejection> {
        if !self.tells(Lie::Aging(AgingLie::TakesLooksForSteps)) {
            return Ok(());
        }
        let mut notes = self.notes();
        let latest = notes.latest_looks.entry(command.place.clone()).or_insert(command.at);
        if command.at < *latest {
            return Err(Failure::Rejected(AgeKeysRejection::ClockBehind { latest: *latest }));
        }
        *latest = command.at;
        Ok(())
    }

    /// Takes the key for unchanged in the respect that the lie is about.
    async fn sees_it_as_it_is(&self, place: &Place, aged: &mut AgedKey) -> Result<(), Fault> {
        let Some(key) = self.honest.find_key(place.clone(), aged.key).await? else {
            return Ok(());
        };
        if self.tells(Lie::Aging(AgingLie::AgesWhatWasUsed)) {
            aged.seen.idle_since = key.idle_since();
        }
        if self.tells(Lie::Aging(AgingLie::AgesWhatWasChanged)) {
            aged.seen.epoch = key.epoch;
        }
        if self.tells(Lie::Aging(AgingLie::AgesByAnotherBranding))
            && let Some(owner) = self.honest.find_account(place.clone(), key.owner).await?
        {
            aged.seen.branding = owner.branding;
        }
        if self.tells(Lie::Aging(AgingLie::TakesStepsTwice)) {
            let taken = self.honest.kept_steps(vec![key.id]).await?;
            for (step, _) in &mut aged.steps {
                if taken.iter().any(|kept| kept.done.step == *step) {
                    *step = Step::Warn(WarningTime::After(Wait::Days(77)));
                }
            }
        }
        Ok(())
    }

    async fn with_the_clock(&self, mut command: AgeKeys) -> Outcome<Aged, AgeKeysRejection> {
        let at: Timestamp = command.at;
        match self.honest.age_keys(command.clone()).await {
            Err(Failure::Rejected(AgeKeysRejection::ClockBehind { latest }))
                if self.tells(Lie::Aging(AgingLie::AgesBehindTheClock)) =>
            {
                command.at = latest.max(at);
                self.honest.age_keys(command).await
            }
            outcome => outcome,
        }
    }

    async fn one_by_one(&self, command: AgeKeys) -> Outcome<Aged, AgeKeysRejection> {
        let AgeKeys { place, at, keys } = command;
        let mut all = Aged::default();
        for key in keys {
            let one = AgeKeys { place: place.clone(), at, keys: vec![key] };
            let aged = self.honest.age_keys(one).await?;
            all.written += aged.written;
            all.passed_over += aged.passed_over;
            all.steps += aged.steps;
        }
        Ok(all)
    }
}
