//! The permissions and routes of the Asaas contract, kept as data beside this file.
//!
//! `catalogue.txt` has one permission a line (contract, section 4.2). `routes.csv` has one route a
//! line; its `standing` says how sure the permission is: `published` by Asaas, `inferred` from the
//! resource it belongs to (section 4.3), or `alias` for a spelling that clients use besides the
//! published one (section 11). Must not hold a route or permission in code.

use domain::method::Method;
use domain::permission::{Catalogue, RequiredAccess, Requirement, Resource};
use domain::route::{RouteNeed, RouteRule};

const CATALOGUE: &str = include_str!("catalogue.txt");
const ROUTES: &str = include_str!("routes.csv");

/// Current and older base paths; many clients still call the older one (section 7.5).
const BASES: [&str; 2] = ["", "/api"];

/// What keys can be granted.
pub(super) fn catalogue() -> Catalogue {
    let names = CATALOGUE.lines().map(|name| Resource::parse(name).ok());
    let resources = names.collect::<Option<Vec<_>>>();
    Catalogue::new(resources.expect("the catalogue is part of the source, and a test reads it"))
}

/// Which permission each route needs, under every base path.
pub(super) fn routes() -> Vec<RouteRule> {
    let rules = ROUTES.lines().skip(1).map(read_rule).collect::<Option<Vec<_>>>();
    let rules = rules.expect("the routes are part of the source, and a test reads them");
    let under = |base: &str, rule: &RouteRule| RouteRule {
        pattern: format!("{base}{}", rule.pattern),
        ..rule.clone()
    };
    BASES.iter().flat_map(|base| rules.iter().map(move |rule| under(base, rule))).collect()
}

fn read_rule(line: &str) -> Option<RouteRule> {
    let mut fields = line.split(',');
    let method = Method::parse(fields.next()?);
    let pattern = fields.next()?.to_owned();
    let (name, access) = fields.next()?.split_once(':')?;
    let access = match access {
        "READ" => RequiredAccess::Read,
        "WRITE" => RequiredAccess::Write,
        _ => return None,
    };
    let requirement = Requirement { resource: Resource::parse(name).ok()?, access };
    Some(RouteRule { method, pattern, need: RouteNeed::Permission(requirement) })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::route::RouteTable;

    use super::*;

    #[track_caller]
    fn check(method: Method, path: &str, need: &str) {
        let table = RouteTable::new(routes()).expect("patterns");
        let found = table.need(method, path).to_need().expect("a permission");
        assert_eq!(found.to_string(), need, "{path}");
    }

    #[test]
    fn there_are_33_permissions_each_once_and_sorted() {
        let lines: Vec<_> = CATALOGUE.lines().collect();
        assert_eq!(lines.len(), 33);
        assert!(lines.is_sorted());
        assert_eq!(catalogue().resources().len(), 33);
    }

    #[test]
    fn every_route_is_whole_and_stands_once() {
        assert_eq!(ROUTES.lines().next(), Some("method,path,needs,standing"));
        let mut seen = HashSet::new();
        for line in ROUTES.lines().skip(1) {
            let rule = read_rule(line).expect(line);
            assert_ne!(rule.method, Method::Other, "{line}");
            assert!(rule.pattern.starts_with("/v3/"), "{line}");
            let needed = rule.need.permission().expect(line);
            assert!(catalogue().contains(&needed.resource), "{line}");
            let standing = line.split(',').nth(3).expect(line);
            assert!(["published", "inferred", "alias"].contains(&standing), "{line}");
            assert_eq!(line.split(',').count(), 4, "{line}");
            assert!(seen.insert((rule.method, rule.pattern)), "{line}");
        }
    }

    #[test]
    fn reading_routes_read_and_the_others_write() {
        for rule in routes() {
            let access = rule.method.presumed_access();
            let needed = rule.need.permission().expect("a permission");
            assert_eq!(needed.access, access, "{} {:?}", rule.pattern, rule.method);
        }
    }

    #[test]
    fn every_permission_opens_a_route() {
        let used: HashSet<_> = routes()
            .iter()
            .filter_map(|rule| rule.need.permission())
            .map(|needed| needed.resource.clone())
            .collect();
        for resource in catalogue().resources() {
            assert!(used.contains(resource), "{}", resource.as_str());
        }
    }

    #[test]
    fn published_permissions_are_as_published() {
        check(Method::Post, "/v3/payments", "PAYMENT:WRITE");
        check(Method::Delete, "/v3/pix/qrCodes/static/1", "PIX_CREDIT:WRITE");
        check(Method::Get, "/v3/pix/addressKeys/1", "PIX_ADDRESS_KEY:READ");
        check(Method::Get, "/v3/pix/tokenBucket/addressKey", "PIX_DEBIT:READ");
        check(Method::Get, "/v3/financialTransactions", "FINANCIAL_TRANSACTION:READ");
        check(Method::Get, "/v3/finance/balance", "FINANCIAL_TRANSACTION:READ");
        check(Method::Post, "/v3/transfers", "TRANSFER:WRITE");
    }

    #[test]
    fn routes_hold_under_the_older_base_too() {
        check(Method::Post, "/api/v3/payments", "PAYMENT:WRITE");
        check(Method::Get, "/api/v3/customers/cus_1", "CUSTOMER:READ");
        check(Method::Get, "/api/v3/unheard", "*:READ");
    }

    #[test]
    fn spellings_of_real_clients_are_ruled_like_the_published_ones() {
        check(Method::Post, "/v3/webhooks/1", "WEBHOOK:WRITE");
        check(Method::Get, "/v3/accounts/1/accessTokens/2", "SUB_ACCOUNT:READ");
    }
}
