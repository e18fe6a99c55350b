//! Very many keys, made once through the server's own API and kept for later runs.
//!
//! Each thread makes an account on each of its connections, then as many keys as an account may
//! hold. Must not write to a database itself: what it measures later is what the product wrote.

use super::chaveiro::{Binary, Quickstart};
use super::connection::Connection;
use super::request::Request;
use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;

/// The folder with a quickstart's data and this many keys more; makes them where they are missing.
pub(super) fn ensure(binary: &Binary, kept: &Path, keys: usize, logs: &Path) -> Result<PathBuf> {
    let data = kept.join(format!("keys-{keys}"));
    let done = data.join("complete");
    if done.is_file() {
        return Ok(data);
    }
    if data.exists() {
        // Half a set cannot be told from a whole one by looking at it.
        fs::remove_dir_all(&data)
            .with_context(|| format!("{} can't be removed", data.display()))?;
    }
    eprintln!("Making {keys} keys in {}; this is done once.", data.display());
    fs::create_dir_all(&data).with_context(|| format!("{} can't be made", data.display()))?;
    let quickstart = binary.quickstart(&data, logs)?;
    make(&quickstart, keys)?;
    quickstart.server.stop().context("After making keys")?;
    fs::write(&done, "").with_context(|| format!("{} can't be written", done.display()))?;
    Ok(data)
}

fn make(quickstart: &Quickstart, keys: usize) -> Result<()> {
    let maker = &Maker {
        address: quickstart.address(&["control", "url"])?,
        authorization: format!("Bearer {}", quickstart.text(&["control", "admin_key"])?),
    };
    let each = keys.div_ceil(THREADS * CONNECTIONS * KEYS_PER_ACCOUNT);
    thread::scope(|scope| {
        let running: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || maker.batches(each, thread == 0)))
            .collect::<Vec<_>>();
        running.into_iter().try_for_each(|running| {
            running.join().unwrap_or_else(|_| Err(anyhow!("A thread that makes keys broke down.")))
        })
    })
}

/// Makes accounts and keys in one place.
struct Maker {
    address: SocketAddr,
    authorization: String,
}

impl Maker {
    /// In each batch an account for every connection, and all its keys.
    fn batches(&self, count: usize, tells: bool) -> Result<()> {
        let mut connections = (0..CONNECTIONS)
            .map(|_| Connection::open(self.address))
            .collect::<Result<Vec<Connection>>>()?;
        for batch in 0..count {
            if tells && batch % TELL_EVERY == 0 {
                eprintln!("  {} of 100", batch * 100 / count.max(1));
            }
            let account = self.request(ACCOUNTS, &json!({ "name": "Benchmark" }));
            for connection in &mut connections {
                connection.send(&account)?;
            }
            let made = connections.iter_mut().map(made).collect::<Result<Vec<Value>>>()?;
            let requests = made.iter().map(|account| {
                let id = account.get("id").and_then(Value::as_str);
                let id = id.context("The answer to a new account has no `id`.")?;
                Ok(self.request(&format!("{ACCOUNTS}/{id}/keys"), &json!({ "name": "benchmark" })))
            });
            let requests = requests.collect::<Result<Vec<Vec<u8>>>>()?;
            for _ in 0..KEYS_PER_ACCOUNT {
                for (connection, request) in connections.iter_mut().zip(&requests) {
                    connection.send(request)?;
                }
                for connection in &mut connections {
                    connection.expect(CREATED)?;
                }
            }
        }
        Ok(())
    }

    fn request(&self, path: &str, body: &Value) -> Vec<u8> {
        let request = Request {
            method: "POST",
            path,
            host: self.address,
            headers: &[("Authorization", &self.authorization)],
            body: Some(&body.to_string()),
        };
        request.to_bytes()
    }
}

fn made(connection: &mut Connection) -> Result<Value> {
    let response = connection.expect(CREATED)?;
    serde_json::from_slice(connection.body(response)).context("A new account is not JSON")
}

const ACCOUNTS: &str = "/api/v1/realms/payments/environments/sandbox/accounts";
const CREATED: u16 = 201;
/// As many as an account of that realm may hold.
const KEYS_PER_ACCOUNT: usize = 10;
const THREADS: usize = 2;
/// Many at once, so that the store can write many in one transaction.
const CONNECTIONS: usize = 250;
const TELL_EVERY: usize = 10;
