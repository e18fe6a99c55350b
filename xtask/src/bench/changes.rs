//! Accounts whose webhooks are told of each change of a key, and changes by a fixed schedule.
//!
//! Everything goes over the native API. Must not wait for a delivery.
#![expect(clippy::disallowed_methods, reason = "changes come by a schedule")]

use super::chaveiro::printed;
use super::connection::Connection;
use super::request::Request;
use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

/// Accounts with a key each, and as many webhooks as an account may have.
pub(super) struct Changes {
    control: SocketAddr,
    /// For each account: switches its key off, and on again.
    switches: Vec<[Vec<u8>; 2]>,
    /// How often each was switched.
    done: usize,
}

impl Changes {
    /// Makes them: the receivers in their order, so many to an account. Every other webhook has its
    /// events one by one; the first, whose receiver is dead, has not.
    pub(super) fn prepare(
        control: SocketAddr,
        ready: &Value,
        receivers: &[SocketAddr],
    ) -> Result<Self> {
        let authorization = format!("Bearer {}", printed(ready, &["control", "admin_key"])?);
        let request = |path: &str, body: &Value| {
            let headers = [("Authorization", authorization.as_str())];
            let path = format!("{PLACE}{path}");
            let (method, body) = ("POST", Some(body.to_string()));
            let body = body.as_deref();
            Request { method, path: &path, host: control, headers: &headers, body }.to_bytes()
        };
        let mut connection = Connection::open(control)?;
        let mut make = |path: &str, body: &Value| {
            connection.send(&request(path, body))?;
            let answer = connection.expect(CREATED)?;
            let made: Value = serde_json::from_slice(connection.body(answer))?;
            let id = made.get("id").and_then(Value::as_str).map(str::to_owned);
            id.with_context(|| format!("What was made at {path} has no `id`."))
        };
        let mut switches = Vec::new();
        for told in receivers.chunks(WEBHOOKS_PER_ACCOUNT) {
            let account = make("/accounts", &json!({ "name": "Benchmark" }))?;
            let of_account = |what: &str| format!("/accounts/{account}/{what}");
            let key = make(&of_account("keys"), &json!({ "name": "key" }))?;
            for (at, receiver) in told.iter().enumerate() {
                let order = if at % 2 == 0 { "free" } else { "sequential" };
                let body = json!({
                    "name": "Benchmark", "url": format!("http://{receiver}/"), "order": order,
                    "email": "benchmark@example.com", "events": EVENTS, "token": TOKEN,
                });
                make(&of_account("webhooks"), &body)?;
            }
            let switch = |how: &str| request(&format!("/keys/{key}/{how}"), &json!({}));
            switches.push([switch("disable"), switch("enable")]);
        }
        Ok(Self { control, switches, done: 0 })
    }

    /// Switches every key so many times, all together at this rate or as fast as it goes; says how long
    /// that took.
    pub(super) fn make(&mut self, times: usize, per_second: u32) -> Result<Duration> {
        let accounts = self.switches.len();
        let callers = CALLERS.min(accounts);
        let apart = Duration::from_secs(1) / per_second;
        let (control, first) = (self.control, self.done);
        let begun = Instant::now();
        let switches = &self.switches;
        let call = |caller: usize| -> Result<()> {
            let mut connection = Connection::open(control)?;
            for time in 0..times {
                for account in (caller..accounts).step_by(callers) {
                    let number = u32::try_from(time * accounts + account)?;
                    thread::sleep((apart * number).saturating_sub(begun.elapsed()));
                    connection.send(&switches[account][(first + time) % 2])?;
                    connection.expect(DONE)?;
                }
            }
            Ok(())
        };
        thread::scope(|scope| {
            let running: Vec<_> =
                (0..callers).map(|caller| scope.spawn(move || call(caller))).collect();
            running.into_iter().try_for_each(|running| {
                running.join().unwrap_or_else(|_| Err(anyhow!("A caller broke down.")))
            })
        })?;
        self.done += times;
        Ok(begun.elapsed())
    }
}

const PLACE: &str = "/api/v1/realms/payments/environments/production";
const EVENTS: [&str; 2] = ["ACCESS_TOKEN_ENABLED", "ACCESS_TOKEN_DISABLED"];
const TOKEN: &str = "a-token-of-the-benchmark-and-no-secret";
/// As many as an account of that realm may have.
pub(super) const WEBHOOKS_PER_ACCOUNT: usize = 10;
const CALLERS: usize = 10;
const CREATED: u16 = 201;
const DONE: u16 = 200;
