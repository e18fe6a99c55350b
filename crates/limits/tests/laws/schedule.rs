//! Schedules of chance: requests, looks, ends of answers and sweeps, with times near every border.

use std::num::NonZeroU32;

use domain::ids::{AccountId, KeyId};
use domain::limit::{LimitKind, LimitMode, LimitSubject};
use domain::time::Tick;
use limits::port::{Asked, Claim, CounterId, Counters, Denied, Home, Standings, Ticket};
use testkit::chance::Seeded;

use crate::oracle::{Expected, Oracle};

/// Limit, kind, largest cost, and mode of each rule; the even ones are of a key, the others of an
/// account.
const RULES: [(u32, LimitKind, u32, LimitMode); 8] = [
    (2, LimitKind::AnyInterval { length_s: 1 }, 1, LimitMode::Enforced),
    (5, LimitKind::AnyInterval { length_s: 3 }, 3, LimitMode::Enforced),
    (50, LimitKind::AnyInterval { length_s: 60 }, 1, LimitMode::Enforced),
    (9, LimitKind::FromFirst { length_s: 7 }, 4, LimitMode::Enforced),
    (3, LimitKind::AtOnce, 1, LimitMode::Enforced),
    (4, LimitKind::AnyInterval { length_s: 2 }, 2, LimitMode::Shadow),
    (1_024, LimitKind::AnyInterval { length_s: 86_400 }, 300, LimitMode::Enforced),
    (25, LimitKind::FromFirst { length_s: 43_200 }, 1, LimitMode::Enforced),
];

/// One schedule and what the definition says of it.
pub(crate) struct Run<'a> {
    counters: &'a dyn Counters,
    oracle: Oracle,
    chance: Seeded,
    now_us: u64,
    held: Vec<(Home, Ticket, CounterId)>,
}

/// Follows a schedule of this many steps; what differs from the definition is told.
pub(crate) fn check(counters: &dyn Counters, seed: u64, steps: usize) -> Result<(), String> {
    let chance = Seeded::new(seed);
    let mut run =
        Run { counters, oracle: Oracle::default(), chance, now_us: 5_000_000, held: Vec::new() };
    for step in 0..steps {
        run.step().map_err(|what| format!("seed {seed}, step {step}: {what}"))?;
    }
    Ok(())
}

impl Run<'_> {
    fn step(&mut self) -> Result<(), String> {
        self.advance();
        match self.chance.below(100) {
            0..=1 => {
                self.oracle.tell(self.now_us);
                self.counters.sweep(Tick::from_micros(self.now_us));
                Ok(())
            }
            2..=11 => {
                self.give_back();
                Ok(())
            }
            12..=16 => self.request(Asked::ToLook),
            _ => self.request(Asked::ToTake),
        }
    }

    /// Time goes on by nothing, by a little, or to just before, at or behind a border.
    fn advance(&mut self) {
        let border_us = [1_000_000, 2_000_000, 3_000_000, 7_000_000, 60_000_000, 43_200_000_000]
            [self.chance.below(6) as usize];
        self.now_us += match self.chance.below(1_000) {
            0..=399 => 0,
            400..=599 => self.chance.below(3),
            600..=899 => self.chance.below(400_000),
            900..=939 => 499_999 + self.chance.below(3),
            940..=989 => 999_999 + self.chance.below(3),
            _ => border_us - 1 + self.chance.below(3),
        };
    }

    /// A request whose reading of the clock may be a little older than another's before it.
    fn request(&mut self, asked: Asked) -> Result<(), String> {
        let late_us = if self.chance.below(10) == 0 { self.chance.below(1_200_000) } else { 0 };
        let now_us = self.now_us - late_us;
        let account = self.chance.below(3);
        let home = Home::of(&account);
        let claims = self.claims(account);
        let expected = self.oracle.take(now_us, account, &claims, asked == Asked::ToTake);
        let found = self.counters.take(Tick::from_micros(now_us), home, asked, &claims);
        if let Ok(standings) = &found {
            for (claim, standing) in claims.iter().zip(standings.all()) {
                let held = standing.ticket.map(|ticket| (home, ticket, claim.id));
                self.held.extend(held);
            }
        }
        compare(&expected, &found)
    }

    fn give_back(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let at = self.chance.below(self.held.len() as u64) as usize;
        let (home, ticket, id) = self.held.swap_remove(at);
        self.counters.give_back(home, ticket);
        self.oracle.give_back(id);
    }

    /// Some of the limits, for one of the keys of the account.
    fn claims(&mut self, account: u64) -> Vec<Claim> {
        let key = account * 10 + self.chance.below(2);
        let wanted = self.chance.next();
        let mut claims = Vec::new();
        for (at, (at_most, kind, cost_max, mode)) in RULES.into_iter().enumerate() {
            if (wanted >> (2 * at)) & 3 != 0 {
                continue;
            }
            let subject = if at % 2 == 0 {
                LimitSubject::Key(KeyId::from_u128(key.into()))
            } else {
                LimitSubject::Account(AccountId::Object([account as u8; 12]))
            };
            let id = CounterId { place: 0, rule: at as u16, subject };
            let cost = 1 + self.chance.below(u64::from(cost_max)) as u32;
            claims.push(Claim { id, at_most, kind, mode, cost });
        }
        claims
    }
}

fn compare(expected: &Expected, found: &Result<Standings, Denied>) -> Result<(), String> {
    let same = match (expected, found) {
        (Expected::Passes(left), Ok(standings)) => {
            let told = standings.all().iter().map(|one| {
                let resets = one.resets_in_ms.map(|ms| u64::from(ms.get()));
                (one.remaining, one.would_refuse, resets)
            });
            let whole_ms = |us: u64| us.div_ceil(1_000);
            left.iter().map(|(left, over, us)| (*left, *over, us.map(whole_ms))).eq(told)
        }
        (Expected::Refused(at, wait_us), Err(Denied::Spent { claim, retry_in_ms, .. })) => {
            let wait_ms = wait_us.map(|us| us.div_ceil(1_000));
            at == claim && wait_ms == retry_in_ms.map(|ms: NonZeroU32| u64::from(ms.get()))
        }
        (Expected::Passes(_), Err(_)) | (Expected::Refused(..), Ok(_) | Err(Denied::Full)) => false,
    };
    if same { Ok(()) } else { Err(format!("expected {expected:?}, found {found:?}")) }
}
