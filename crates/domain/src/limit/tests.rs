//! Tests of limits: what they are about, whose budget they name, and which of them cannot be held.

use super::*;

fn rule() -> LimitRule {
    LimitRule::of(
        LimitName::parse("second").expect("a name"),
        LimitPer::Key,
        2,
        LimitKind::AnyInterval { length_s: 1 },
    )
}

fn pattern(text: &str) -> PathPattern {
    PathPattern::parse(text).expect("a pattern")
}

fn charge(rule: &LimitRule, method: Method, path: &str) -> Option<LimitCharge> {
    rule.charge(method, path, KeyId::from_u128(1), AccountId::Object([2; 12]))
}

#[test]
fn a_name_is_short_and_lower_case() {
    for text in ["a", "second", "twelve_hours", "get-50"] {
        assert!(LimitName::parse(text).is_ok(), "{text}");
    }
    for text in ["", "1s", "Second", "a b", "a\"b", &"a".repeat(33), "ação", "_a"] {
        assert_eq!(LimitName::parse(text), Err(NotALimitName), "{text}");
    }
}

#[test]
fn each_kind_of_budget_has_its_own_subject() {
    let paths = LimitPaths::Only(vec![pattern("/a"), pattern("/b/{id}")]);
    for (per, subject) in [
        (LimitPer::Key, LimitSubject::Key(KeyId::from_u128(1))),
        (LimitPer::Account, LimitSubject::Account(AccountId::Object([2; 12]))),
        (LimitPer::Realm, LimitSubject::Realm),
        (LimitPer::Route, LimitSubject::Route(1)),
    ] {
        let rule = LimitRule { per, paths: paths.clone(), ..rule() };
        let taken = charge(&rule, Method::Get, "/b/7");
        assert_eq!(taken, Some(LimitCharge { subject, cost: 1 }), "{per:?}");
    }
}

#[test]
fn a_limit_is_about_its_methods_and_paths_alone() {
    let gets = LimitRule { methods: LimitMethods::Only(vec![Method::Get]), ..rule() };
    for (method, counts) in
        [(Method::Get, true), (Method::Head, true), (Method::Post, false), (Method::Other, false)]
    {
        assert_eq!(charge(&gets, method, "/a").is_some(), counts, "{method:?}");
    }
    let one = LimitRule { paths: LimitPaths::Only(vec![pattern("/a/{id}")]), ..rule() };
    assert!(charge(&one, Method::Get, "/a/1").is_some());
    assert!(charge(&one, Method::Get, "/a").is_none());
}

#[test]
fn the_first_cost_that_is_met_counts() {
    let cost = |methods, path, cost| LimitCost { methods, path: pattern(path), cost };
    let posts = || LimitMethods::Only(vec![Method::Post]);
    let costs = vec![
        cost(posts(), "/bulk", 2),
        cost(LimitMethods::All, "/bulk", 3),
        cost(posts(), "/x", 4),
    ];
    let rule = LimitRule { at_most: 10, costs, ..rule() };
    for (method, path, cost) in [
        (Method::Post, "/bulk", 2),
        (Method::Get, "/bulk", 3),
        (Method::Post, "/x", 4),
        (Method::Get, "/x", 1),
    ] {
        assert_eq!(charge(&rule, method, path).map(|taken| taken.cost), Some(cost), "{path}");
    }
}

#[track_caller]
fn check_unfit(rule: &LimitRule) {
    let found = LimitRules::new([rule.clone()]);
    assert!(matches!(found, Err(LimitError::Unfit { .. })), "{rule:?}");
}

#[test]
fn a_limit_that_cannot_be_held_is_refused() {
    let costs = |cost| {
        let path = pattern("/a");
        vec![LimitCost { methods: LimitMethods::All, path, cost }]
    };
    check_unfit(&LimitRule { at_most: 0, ..rule() });
    check_unfit(&LimitRule { at_most: ANY_INTERVAL_MAX + 1, ..rule() });
    for length_s in [0, INTERVAL_S_MAX + 1] {
        check_unfit(&LimitRule { kind: LimitKind::AnyInterval { length_s }, ..rule() });
    }
    for length_s in [0, WINDOW_S_MAX + 1] {
        check_unfit(&LimitRule { kind: LimitKind::FromFirst { length_s }, ..rule() });
    }
    check_unfit(&LimitRule { costs: costs(0), ..rule() });
    check_unfit(&LimitRule { costs: costs(3), ..rule() });
    check_unfit(&LimitRule { kind: LimitKind::AtOnce, costs: costs(1), ..rule() });
    check_unfit(&LimitRule { paths: LimitPaths::Only(Vec::new()), ..rule() });
    check_unfit(&LimitRule { per: LimitPer::Route, ..rule() });
    let kind = LimitKind::FromFirst { length_s: WINDOW_S_MAX };
    assert!(LimitRules::new([LimitRule { at_most: 25_000, kind, ..rule() }]).is_ok());
}

#[test]
fn a_realm_has_few_limits_each_with_its_own_name() {
    let named = |at: usize, kind| LimitRule {
        name: LimitName::parse(&format!("limit{at}")).expect("a name"),
        kind,
        ..rule()
    };
    let second = LimitKind::AnyInterval { length_s: 1 };
    let several = |count, kind| LimitRules::new((0..count).map(|at| named(at, kind)));
    assert!(several(LIMITS_MAX, second).is_ok());
    assert_eq!(several(LIMITS_MAX + 1, second), Err(LimitError::TooMany));
    assert!(several(AT_ONCE_MAX, LimitKind::AtOnce).is_ok());
    assert_eq!(several(AT_ONCE_MAX + 1, LimitKind::AtOnce), Err(LimitError::TooMany));
    assert!(matches!(LimitRules::new([rule(), rule()]), Err(LimitError::SameName(_))));
}
