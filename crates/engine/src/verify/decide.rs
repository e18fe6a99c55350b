//! Decides: the only maker of a [`Permit`].
//!
//! Memory and arithmetic alone: no store, no lock that a writer can hold. A key that is not known
//! costs the same digest as one that is, and the state of a key is looked at only after its secret
//! matched.

use domain::digest::KeyDigest;
use domain::ids::{AccountId, KeyId};
use domain::key_text::{Kid, PresentedKey};
use domain::permission::Requirement;
use domain::prefix::Reach;
use domain::refusal::Refusal;
use domain::route::NeedRef;
use domain::verdict::{ProjectClaim, ProjectRule, RequestFacts, admit, in_force};

use super::limits::Taken;
use super::permit::{Permit, Verdict};
use super::request::{Credential, ProjectName, Transport, VerifyRequest};
use crate::engine::Engine;
use crate::keyring::{Found, Owner, Standing};
use crate::place::PlaceRef;
use crate::record_use::PendingUse;
use crate::sightings::Sighting;

impl Engine {
    /// May this request pass? Waits only when the use of the key must be stored first, at most
    /// once a day for each key.
    pub async fn verify<'a>(
        &'a self,
        place: &'a PlaceRef,
        request: &VerifyRequest<'_>,
    ) -> Verdict<'a> {
        let (mut admitted, pending) = self.decide(place, request);
        if let Some(pending) = pending {
            pending.settled().await;
            admitted = admitted.and_then(|admitted| self.after_waiting(place, request, admitted));
        }
        // Last, so that a request that is refused for anything else takes nothing.
        let granted = admitted.and_then(|admitted| {
            let taken = self.limits.take(place, request, admitted.key, admitted.account)?;
            Ok(admitted.granted(place, taken))
        });
        granted.map_or_else(Verdict::Refused, Verdict::Granted)
    }

    /// What was admitted before a wait is admitted if the key is still in force after it. A use that
    /// reached the store after its key was disabled for lack of use is none there, so it must not
    /// be one here.
    fn after_waiting<'a>(
        &self,
        place: &PlaceRef,
        request: &VerifyRequest<'_>,
        admitted: Admitted<'a>,
    ) -> Result<Admitted<'a>, Refusal> {
        let found = self.keyring.search(admitted.kid).finish().ok_or(Refusal::Unknown)?;
        in_force(&found.facts(), place.time(request.now))?;
        Ok(admitted)
    }

    fn decide<'a>(
        &'a self,
        place: &'a PlaceRef,
        request: &VerifyRequest<'_>,
    ) -> (Result<Admitted<'a>, Refusal>, Option<PendingUse>) {
        let presented = match front(place, request) {
            Ok(presented) => presented,
            Err(refusal) => {
                if request.transport == Transport::Insecure {
                    self.sight(request);
                }
                return (Err(refusal), None);
            }
        };
        let epoch = self.keyring.epoch();
        // In steps: what the next one reads comes near while something else is computed.
        let search = self.keyring.search(presented.kid());
        let digest = self.digester.digest(presented.expose());
        search.approach();
        let route = Route::of(place, request);
        let found = search.finish();
        // The same work where no key is known, so that its absence cannot be measured.
        let nobodys = KeyDigest { bytes: [0; 32], ..digest };
        let stored = found.as_ref().map_or(&nobodys, |found| &found.record.digest);
        let matches = self.digester.matches_digested(presented.expose(), &digest, stored);
        let Some(found) = found.filter(|_| matches) else {
            std::hint::black_box(route);
            return (Err(Refusal::Unknown), None);
        };
        if found.owner.place != place.index {
            return (Err(Refusal::WrongEnvironment), None);
        }
        self.judge(place, request, &presented, &found, route, epoch)
    }

    /// Notes a key that came in the clear: others may have read along. Whoever sent a key of another
    /// environment here showed it as well, so it is told where the key belongs. The request is
    /// refused in any case, and costs the same whether it held a key or not.
    #[cold]
    fn sight(&self, request: &VerifyRequest<'_>) {
        let Credential::Presented(presented) = request.credential else { return };
        let search = self.keyring.search(presented.kid());
        let digest = self.digester.digest(presented.expose());
        let found = search.finish();
        let nobodys = KeyDigest { bytes: [0; 32], ..digest };
        let stored = found.as_ref().map_or(&nobodys, |found| &found.record.digest);
        let matches = self.digester.matches_digested(presented.expose(), &digest, stored);
        if let Some(found) = found.filter(|_| matches)
            && let Some(belongs) = self.places().get(usize::from(found.owner.place.0))
        {
            self.sightings.note(Sighting {
                place: usize::from(belongs.index.0),
                key: found.record.id,
                at: belongs.time(request.now),
            });
        }
    }

    /// The secret matched: from here on, answers may speak of the key's state.
    fn judge<'a>(
        &self,
        place: &'a PlaceRef,
        request: &VerifyRequest<'_>,
        presented: &PresentedKey<'_>,
        found: &Found<'_>,
        route: Route<'a>,
        epoch: u64,
    ) -> (Result<Admitted<'a>, Refusal>, Option<PendingUse>) {
        let Found { record, owner, .. } = found;
        let parent = self.keyring.above(owner);
        let own = owner.holds();
        let above = parent.map(Owner::holds);
        // What ends or stops an owner stops all its keys, told of once; their own states come later.
        let own = match own.facts() {
            Ok(own) => own,
            Err(closed) => return (Err(closed.refusal()), None),
        };
        let above = match above.as_ref().map(|above| above.facts()) {
            None => None,
            Some(Ok(above)) => Some(above),
            Some(Err(closed)) => return (Err(closed.refusal()), None),
        };
        let facts = found.facts();
        let now = place.time(request.now);
        if let Err(refusal) = in_force(&facts, now) {
            return (Err(refusal), None);
        }
        let pending = self.uses.note(found, presented.kid(), now);
        let Route { project_rule, need } = route;
        let request_facts = RequestFacts {
            now,
            client: request.client,
            names_its_program: request.names_its_program,
            project: self.claim(owner, project_rule, request.project),
            project_rule,
            need,
        };
        let admitted = match above {
            None => admit(&facts, &[own], &request_facts),
            Some(above) => admit(&facts, &[own, above], &request_facts),
        };
        let admitted = admitted.map(|grant| Admitted {
            key: record.id,
            kid: presented.kid(),
            account: owner.billed(parent).id,
            project: grant.project.or(owner.project()),
            permission: grant.permission,
            epoch,
        });
        (admitted, pending)
    }

    fn claim(&self, owner: &Owner, rule: ProjectRule, name: ProjectName<'_>) -> ProjectClaim {
        let ProjectName::Named(text) = name else { return ProjectClaim::None };
        if rule == ProjectRule::NoProjects {
            return ProjectClaim::None;
        }
        let Ok(id @ AccountId::Object(_)) = AccountId::parse(text) else {
            return ProjectClaim::Malformed;
        };
        if owner.id == id {
            return ProjectClaim::Own;
        }
        let owned = self.keyring.owner(id).is_some_and(|project| {
            project.place == owner.place
                && project.is_in_force()
                && self.keyring.above(project).is_some_and(|parent| parent.id == owner.id)
        });
        if owned { ProjectClaim::Descendant(id) } else { ProjectClaim::NotOwned }
    }
}

/// A request that passed every check but that of the limits.
struct Admitted<'a> {
    key: KeyId,
    kid: Kid,
    account: AccountId,
    project: Option<AccountId>,
    permission: Option<&'a Requirement>,
    epoch: u64,
}

impl<'a> Admitted<'a> {
    /// The permit, now that this was taken from the limits.
    const fn granted(self, place: &'a PlaceRef, taken: Taken<'a>) -> Permit<'a> {
        let Self { key, kid, account, project, permission, epoch } = self;
        Permit { place: place.place(), key, kid, account, project, permission, epoch, taken }
    }
}

/// What the realm says about the route, whoever asks.
#[derive(Clone, Copy)]
struct Route<'a> {
    project_rule: ProjectRule,
    need: NeedRef<'a>,
}

impl<'a> Route<'a> {
    fn of(place: &'a PlaceRef, request: &VerifyRequest<'_>) -> Self {
        let realm = place.realm();
        Self {
            project_rule: realm.projects.rule_for(request.path),
            need: realm.routes.need(request.method, request.path),
        }
    }
}

/// The checks before any look-up: transport, one credential, its shape, its environment.
fn front<'r>(place: &PlaceRef, request: &VerifyRequest<'r>) -> Result<PresentedKey<'r>, Refusal> {
    if request.transport == Transport::Insecure {
        return Err(Refusal::InsecureTransport);
    }
    let presented = match request.credential {
        Credential::Absent(diagnosis) => return Err(Refusal::NoCredential(diagnosis)),
        Credential::Ambiguous => return Err(Refusal::Ambiguous),
        Credential::Malformed(diagnosis) => return Err(Refusal::Malformed(diagnosis)),
        Credential::Presented(presented) => presented,
    };
    if request.project == ProjectName::Ambiguous {
        return Err(Refusal::Ambiguous);
    }
    match presented.prefix().environment() {
        Some(named) if named != place.environment() => Err(Refusal::WrongEnvironment),
        Some(_) | None => Ok(presented),
    }
}

/// For whom a new key of this owner acts: a root account's keys reach its projects, where the
/// realm has projects.
pub(crate) fn reach_of(place: &PlaceRef, standing: Standing) -> Reach {
    use domain::realm::ProjectScheme;
    match (&place.realm().projects, standing) {
        (ProjectScheme::Projects { .. }, Standing::Root) => Reach::Descendants,
        (ProjectScheme::Projects { .. } | ProjectScheme::None, _) => Reach::Own,
    }
}
