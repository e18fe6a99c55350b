//! The verdict's order and every cell of its project rules. Speaks of the public functions alone.

use std::net::IpAddr;
use std::sync::Arc;

use domain::account::UserAgentRule;
use domain::ids::AccountId;
use domain::ip_list::IpList;
use domain::key::{DisabledCause, ExpiredCause, KeyState};
use domain::limit::{LimitKind, LimitName, LimitPer, LimitRule, SpentLimit};
use domain::method::Method;
use domain::permission::{PermissionSet, RequiredAccess, Requirement, Resource};
use domain::prefix::Reach;
use domain::refusal::{Ending, Need, ProjectFault, Refusal, SwitchedOff};
use domain::route::{RouteNeed, RouteRule, RouteTable};
use domain::secret::End;
use domain::time::Timestamp;
use domain::verdict::{
    KeyFacts, OwnerFacts, ProjectClaim, ProjectRule, RequestFacts, admit, in_force,
};

const NOW: Timestamp = Timestamp::from_millis(1_000);
const PROJECT: AccountId = AccountId::Object([1; 12]);

fn rate_limited() -> Refusal {
    let rule = Arc::new(LimitRule::of(
        LimitName::parse("second").expect("a name"),
        LimitPer::Key,
        2,
        LimitKind::AnyInterval { length_s: 1 },
    ));
    let spent = SpentLimit { rule, remaining: 0, resets_in_ms: Some(1), at: NOW };
    Refusal::RateLimited { retry_after_ms: 1, spent }
}

/// A request that everything is wrong with; tests mend it step by step.
struct Case {
    permissions: PermissionSet,
    key_ips: IpList,
    owner_ips: IpList,
    parent_ips: IpList,
    user_agent: UserAgentRule,
    names_its_program: bool,
    reach: Reach,
    claim: ProjectClaim,
    rule: ProjectRule,
    path: &'static str,
    needs_no_permission: bool,
}

impl Case {
    fn all_wrong() -> Self {
        let elsewhere = || IpList::parse(["203.0.113.1"]).expect("a list");
        Self {
            permissions: PermissionSet::from_compact("CUSTOMER:R").expect("a set"),
            key_ips: elsewhere(),
            owner_ips: elsewhere(),
            parent_ips: elsewhere(),
            user_agent: UserAgentRule::Required,
            names_its_program: false,
            reach: Reach::Descendants,
            claim: ProjectClaim::None,
            rule: ProjectRule::Named,
            path: "/v3/payments",
            needs_no_permission: false,
        }
    }

    fn all_right() -> Self {
        Self {
            permissions: PermissionSet::Unrestricted,
            key_ips: IpList::Any,
            owner_ips: IpList::Any,
            parent_ips: IpList::Any,
            user_agent: UserAgentRule::Optional,
            names_its_program: true,
            reach: Reach::Own,
            claim: ProjectClaim::None,
            rule: ProjectRule::NoProjects,
            path: "/v3/payments",
            needs_no_permission: false,
        }
    }

    fn judge(&self) -> Result<(Option<String>, Option<AccountId>), Refusal> {
        let requirement = Requirement {
            resource: Resource::parse("PAYMENT").expect("a name"),
            access: RequiredAccess::Write,
        };
        let pattern = "/v3/payments".to_owned();
        let routes = RouteTable::new([RouteRule {
            method: Method::Post,
            pattern,
            need: if self.needs_no_permission {
                RouteNeed::NoPermission
            } else {
                RouteNeed::Permission(requirement)
            },
        }]);
        let routes = routes.expect("a pattern");
        let key = KeyFacts {
            state: KeyState::Enabled,
            end: None,
            permissions: &self.permissions,
            ip_list: &self.key_ips,
            reach: self.reach,
        };
        let owners = [&self.owner_ips, &self.parent_ips]
            .map(|ip_list| OwnerFacts { ip_list, user_agent: self.user_agent });
        let client: IpAddr = "198.51.100.7".parse().expect("an address");
        let request = RequestFacts {
            now: NOW,
            client: Some(client),
            names_its_program: self.names_its_program,
            project: self.claim,
            project_rule: self.rule,
            need: routes.need(Method::Post, self.path),
        };
        admit(&key, &owners, &request)
            .map(|grant| (grant.permission.map(ToString::to_string), grant.project))
    }
}

#[test]
fn checks_come_in_their_order() {
    let mut case = Case::all_wrong();
    assert_eq!(case.judge(), Err(Refusal::IpNotAllowed), "the key's list");
    case.key_ips = IpList::Any;
    assert_eq!(case.judge(), Err(Refusal::IpNotAllowed), "the owner's list");
    case.owner_ips = IpList::Any;
    assert_eq!(case.judge(), Err(Refusal::IpNotAllowed), "the parent's list");
    case.parent_ips = IpList::Any;
    assert_eq!(case.judge(), Err(Refusal::UserAgentMissing));
    case.names_its_program = true;
    assert_eq!(case.judge(), Err(Refusal::ProjectMissing));
    case.claim = ProjectClaim::Descendant(PROJECT);
    assert!(matches!(case.judge(), Err(Refusal::PermissionMissing(Need::Permission(_)))));
    case.permissions = PermissionSet::from_compact("PAYMENT:RW").expect("a set");
    assert_eq!(case.judge(), Ok((Some("PAYMENT:WRITE".into()), Some(PROJECT))));
}

#[test]
fn a_route_without_a_rule_passes_unrestricted_keys_alone() {
    let mut case = Case::all_right();
    case.path = "/v3/unheard-of";
    assert_eq!(case.judge(), Ok((None, None)));
    case.permissions = PermissionSet::from_compact("PAYMENT:RW").expect("a set");
    let needed = Need::FullAccess(RequiredAccess::Write);
    assert_eq!(case.judge(), Err(Refusal::PermissionMissing(needed)));
}

#[test]
fn a_missing_scope_is_told_as_it_is_required() {
    let mut case = Case::all_right();
    case.permissions = PermissionSet::from_compact("PAYMENT:R").expect("a set");
    let Err(Refusal::PermissionMissing(need)) = case.judge() else { panic!("must be refused") };
    assert_eq!(need.to_string(), "PAYMENT:WRITE");
}

#[test]
fn every_pairing_of_rule_reach_and_claim_is_decided() {
    use ProjectClaim as C;
    use ProjectFault::{Absent, AccountKeyNeeded, Malformed, NotOwned};
    use ProjectRule as R;
    let mismatch = |fault| Err(Refusal::ProjectMismatch(fault));
    let table = [
        (R::NoProjects, Reach::Own, C::NotOwned, Ok(None)),
        (R::NoProjects, Reach::Own, C::None, Ok(None)),
        (R::Named, Reach::Own, C::None, Ok(None)),
        (R::Named, Reach::Own, C::Own, Ok(None)),
        (R::Named, Reach::Own, C::Malformed, mismatch(NotOwned)),
        (R::Named, Reach::Own, C::NotOwned, mismatch(NotOwned)),
        (R::Named, Reach::Own, C::Descendant(PROJECT), mismatch(NotOwned)),
        (R::Named, Reach::Descendants, C::None, Err(Refusal::ProjectMissing)),
        (R::Named, Reach::Descendants, C::Own, mismatch(NotOwned)),
        (R::Named, Reach::Descendants, C::Malformed, mismatch(Malformed)),
        (R::Named, Reach::Descendants, C::NotOwned, mismatch(NotOwned)),
        (R::Named, Reach::Descendants, C::Descendant(PROJECT), Ok(Some(PROJECT))),
        (R::AccountKeysOnly, Reach::Own, C::None, mismatch(AccountKeyNeeded)),
        (R::AccountKeysOnly, Reach::Own, C::Own, mismatch(AccountKeyNeeded)),
        (R::AccountKeysOnly, Reach::Own, C::Malformed, mismatch(AccountKeyNeeded)),
        (R::AccountKeysOnly, Reach::Descendants, C::None, Ok(None)),
        (R::AccountKeysOnly, Reach::Descendants, C::Malformed, mismatch(Malformed)),
        (R::AccountKeysOnly, Reach::Descendants, C::NotOwned, mismatch(Absent)),
        (R::AccountKeysOnly, Reach::Descendants, C::Own, mismatch(Absent)),
        (R::AccountKeysOnly, Reach::Descendants, C::Descendant(PROJECT), Ok(Some(PROJECT))),
    ];
    for (rule, reach, claim, expected) in table {
        let case = Case { rule, reach, claim, ..Case::all_right() };
        let found = case.judge().map(|(_, project)| project);
        assert_eq!(found, expected, "{rule:?} {reach:?} {claim:?}");
    }
}

#[test]
fn where_no_permission_is_needed_every_other_check_stands() {
    let mut case = Case { needs_no_permission: true, ..Case::all_wrong() };
    assert_eq!(case.judge(), Err(Refusal::IpNotAllowed));
    case =
        Case { user_agent: UserAgentRule::Required, names_its_program: false, ..Case::all_right() };
    case.needs_no_permission = true;
    assert_eq!(case.judge(), Err(Refusal::UserAgentMissing));
    let permissions = PermissionSet::from_compact("CUSTOMER:R").expect("a set");
    case = Case { permissions, needs_no_permission: true, ..Case::all_right() };
    assert_eq!(case.judge(), Ok((None, None)));
}

#[test]
fn only_an_enabled_key_before_its_date_is_in_force() {
    let any = IpList::Any;
    let judge = |state, end_at: Option<Timestamp>| {
        let permissions = &PermissionSet::Unrestricted;
        let end = end_at.map(|at| End { at, cause: Ending::Replaced });
        let key = KeyFacts { state, end, permissions, ip_list: &any, reach: Reach::Own };
        in_force(&key, NOW)
    };
    let later = Some(NOW.plus_millis(1));
    assert_eq!(judge(KeyState::Enabled, None), Ok(()));
    assert_eq!(judge(KeyState::Enabled, later), Ok(()));
    assert_eq!(judge(KeyState::Enabled, Some(NOW)), Err(Refusal::Expired(Ending::Replaced)));
    let disabled = KeyState::Disabled(DisabledCause::LackOfUse);
    assert_eq!(
        judge(disabled, later),
        Err(Refusal::Disabled(SwitchedOff::Key(DisabledCause::LackOfUse)))
    );
    assert_eq!(judge(disabled, Some(NOW)), Err(Refusal::Expired(Ending::Replaced)));
    assert_eq!(judge(KeyState::Deleted, None), Err(Refusal::Deleted));
    assert_eq!(judge(KeyState::Deleted, Some(NOW)), Err(Refusal::Deleted));
    let idle = KeyState::Expired(ExpiredCause::LackOfUse);
    assert_eq!(judge(idle, Some(NOW)), Err(Refusal::Expired(Ending::LackOfUse)));
}

#[test]
fn every_piece_of_advice_can_stand_in_a_header() {
    let read = RequiredAccess::Read;
    for refusal in [
        Refusal::InsecureTransport,
        Refusal::Ambiguous,
        Refusal::WrongEnvironment,
        Refusal::Unknown,
        Refusal::Disabled(SwitchedOff::Account),
        Refusal::Disabled(SwitchedOff::Key(DisabledCause::Manual)),
        Refusal::Disabled(SwitchedOff::Key(DisabledCause::LackOfUse)),
        Refusal::Disabled(SwitchedOff::Key(DisabledCause::OwnerArrangementChanged)),
        Refusal::Expired(Ending::Date),
        Refusal::Expired(Ending::LackOfUse),
        Refusal::Expired(Ending::Replaced),
        Refusal::Deleted,
        Refusal::IpNotAllowed,
        Refusal::UserAgentMissing,
        Refusal::ProjectMissing,
        Refusal::ProjectMismatch(ProjectFault::Malformed),
        Refusal::ProjectMismatch(ProjectFault::NotOwned),
        Refusal::ProjectMismatch(ProjectFault::Absent),
        Refusal::ProjectMismatch(ProjectFault::AccountKeyNeeded),
        Refusal::PermissionMissing(Need::FullAccess(read)),
        rate_limited(),
        Refusal::Undecidable,
    ] {
        let advice = refusal.advice();
        assert!(advice.bytes().all(|b| (0x20..0x7f).contains(&b)), "{advice}");
    }
}
