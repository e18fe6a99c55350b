//! Events brought to a thousand receivers of which one is dead: how late they are at a steady pace, how
//! many go out in a second when very many are due at once, and which part of that is the store's.
//!
//! Must not make it easier than it is: each event goes out on a connection of its own, as to receivers
//! elsewhere, and what is late because of the dead one counts.
#![expect(clippy::disallowed_methods, reason = "measures time")]

use super::Options;
use super::changes::{Changes, WEBHOOKS_PER_ACCOUNT};
use super::chaveiro::Binary;
use super::config::Config;
use super::floor;
use super::in_process::grouped;
use super::load::as_float;
use super::open_loop::Sorted;
use super::receivers::{DEAD, NETWORK, Receipt, Receivers};
use super::report::{Row, Target};
use super::scratch;
use super::server::Server;
use super::threads::{self, Watched};
use super::usage;
use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const PART: &str = "deliveries";
/// What 99 of 100 events may take to their receivers.
const P99_MS: f64 = 2_000.0;

/// How much there is to do.
#[derive(Clone, Copy)]
struct Size {
    receivers: usize,
    /// To each of them.
    events: usize,
}

const FULL: Size = Size { receivers: 1_000, events: 100 };
/// Shows that it works.
const QUICK: Size = Size { receivers: 50, events: 20 };

impl Size {
    /// Of the burst that comes first.
    const fn burst(self) -> Self {
        Self { events: self.events / 10, ..self }
    }

    const fn living(self) -> usize {
        (self.receivers - 1) * self.events
    }

    fn deliveries(self) -> String {
        grouped((self.receivers * self.events) as u64)
    }
}

/// Runs the measurement, once: it is long.
pub(super) fn run(
    binary: &Binary,
    floor: Option<&Path>,
    options: &Options,
    folder: &Path,
) -> Result<Vec<Row>> {
    let size = if options.quick { QUICK } else { FULL };
    let receivers = Receivers::start(size.receivers, scratch::free_ports(1)?)?;
    let data = folder.join("deliveries");
    let first = binary.quickstart(&data, folder)?;
    first.server.stop().context("After the first start")?;
    let mut config = Config::copy_of(&data, "bench.toml")?;
    config.allow_receivers(NETWORK)?;
    let config = config.relisten()?;
    let (server, _) = binary.serve(&config, folder)?;
    let mut changes = Changes::prepare(config.control()?, &first.ready, receivers.addresses())?;
    receivers.take();
    let pace = pace(&mut changes, &receivers, size.burst())?;
    let mut rows = steady(&server, &mut changes, &receivers, &data, (size, pace))?;
    server.stop().context("After the events")?;
    put_up_again(&data)?;
    receivers.take();
    let (server, _) = binary.serve(&config, folder)?;
    let size = Size { events: size.events + size.burst().events, ..size };
    let ours = backlog(&server, &receivers, size)?;
    server.stop().context("After the backlog")?;
    let mut of_backlog = rows_of_backlog(&ours, size);
    if let Some(program) = floor {
        let alone = floor::post(program, &receivers, size.living(), folder)?;
        eprintln!("  {} alone: {:.0}/s", floor::SHOWN, alone.per_second);
        let [throughput, processor, ..] = &mut of_backlog;
        throughput.peer = Some((floor::SHOWN, vec![alone.per_second]));
        processor.peer = Some((floor::SHOWN, vec![alone.processor_us]));
    }
    rows.extend(of_backlog);
    Ok(rows)
}

/// Changes a second that this machine sustains: half of what came through when as many were made as
/// could be, up to a pace that is the same everywhere.
fn pace(changes: &mut Changes, receivers: &Receivers, burst: Size) -> Result<u32> {
    let begun = Instant::now();
    changes.make(burst.events, u32::MAX)?;
    all(receivers, burst)?;
    let per_second = as_float(burst.living()) / begun.elapsed().as_secs_f64();
    eprintln!("  {} events as fast as they could be made: {per_second:.0}/s", burst.deliveries());
    let sustained = (1..=PACE_MAX)
        .rev()
        .find(|changes| f64::from(*changes) * as_float(WEBHOOKS_PER_ACCOUNT) <= per_second / 2.0);
    Ok(sustained.unwrap_or(1))
}

/// Changes at a steady pace, and how late their events were.
fn steady(
    server: &Server,
    changes: &mut Changes,
    receivers: &Receivers,
    data: &Path,
    (size, pace): (Size, u32),
) -> Result<Vec<Row>> {
    let writer = Watched::start(server.pid(), WRITER)?;
    let took = changes.make(size.events, pace)?;
    let receipts = all(receivers, size)?;
    let share = writer.share();
    let many = pace as usize * WEBHOOKS_PER_ACCOUNT;
    let delays = Sorted::of_all(delays_us(&receipts, data)?.into_iter().map(Duration::from_micros));
    let ms = |of_a_thousand| delays.quantile_us(of_a_thousand) / 1e3;
    eprintln!(
        "  {} events in {took:.1?}: p50 {:.0} ms, p99 {:.0} ms, the writer at work {:.0} % of the time",
        size.deliveries(),
        ms(500),
        ms(990),
        share * 100.0
    );
    let row = |what: &str, unit, value| {
        Row::alone(PART, format!("{what}, {} a second", grouped(many as u64)), unit, vec![value])
    };
    Ok(vec![
        row("delay of the living, p50", "ms", ms(500)),
        row("delay of the living, p99", "ms", ms(990)).with_target(Target::AtMost(P99_MS)),
        row("delay of the living, p99.9", "ms", ms(999)),
        row("delay of the living, most", "ms", ms(1_000)),
        row("the store's writer at work", "% of the time", share * 100.0),
    ])
}

/// What sending all that was due at once came to.
struct Backlog {
    per_second: f64,
    /// Processor time of the server for one.
    processor_us: f64,
    /// That of the store's threads.
    store_us: f64,
    /// The part of the time in which the store's writer was at work.
    writer: f64,
}

fn backlog(server: &Server, receivers: &Receivers, size: Size) -> Result<Backlog> {
    let begun = Instant::now();
    let before_us = used_us(server)?;
    let already = receivers.came();
    let writer = Watched::start(server.pid(), WRITER)?;
    all(receivers, size)?;
    let (took, after_us) = (begun.elapsed(), used_us(server)?);
    let sent = as_float(size.living().saturating_sub(already));
    let spent_us = |at: usize| as_float(after_us[at].saturating_sub(before_us[at])) / sent;
    let (processor_us, store_us) = (spent_us(0), spent_us(1));
    let writer = writer.share();
    let per_second = sent / took.as_secs_f64();
    eprintln!("  {} due at once: {per_second:.0}/s", size.deliveries());
    Ok(Backlog { per_second, processor_us, store_us, writer })
}

/// Processor time of the server, and of the store's threads.
fn used_us(server: &Server) -> Result<[usize; 2]> {
    let store = threads::processor_us(server.pid(), STORE)?;
    Ok([usize::try_from(usage::processor_us(server.pid())?)?, usize::try_from(store)?])
}

/// The throughput and the processor time first: a program that only posts has these too.
fn rows_of_backlog(ours: &Backlog, size: Size) -> [Row; 4] {
    let all = size.deliveries();
    let row = |what: String, unit, value| Row::alone(PART, what, unit, vec![value]);
    [
        row(format!("{all} due at once"), "deliveries/s", ours.per_second),
        row("processor time per delivery".to_owned(), "µs", ours.processor_us),
        row("the store's share of it".to_owned(), "%", 100.0 * ours.store_us / ours.processor_us),
        row(format!("the writer at work, {all} due at once"), "% of the time", ours.writer * 100.0),
    ]
}

/// Waits until every living receiver has everything, as long as anything comes, and gives what came.
fn all(receivers: &Receivers, size: Size) -> Result<Vec<Receipt>> {
    let mut seen = HashSet::new();
    let mut receipts = Vec::new();
    let (mut come, mut since) = (0, Instant::now());
    loop {
        if receivers.came() + seen.len() >= size.living() {
            for receipt in receivers.take() {
                if seen.insert((receipt.receiver, receipt.epoch)) {
                    receipts.push(receipt);
                }
            }
            if seen.len() >= size.living() {
                return Ok(receipts);
            }
        }
        let now = receivers.came() + seen.len();
        if come != now {
            (come, since) = (now, Instant::now());
        }
        let missing = size.living().saturating_sub(come);
        ensure!(
            since.elapsed() < PATIENCE,
            "{missing} events are missing, and none came for {PATIENCE:?}."
        );
        thread::sleep(GLANCE);
    }
}

/// How long each took from the instant of its event, as the server wrote it before the change was
/// answered.
fn delays_us(receipts: &[Receipt], data: &Path) -> Result<Vec<u64>> {
    let connection = open(data)?;
    let mut statement = connection.prepare("SELECT epoch, at FROM event")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    let events: HashMap<i64, i64> = rows.collect::<Result<_, _>>()?;
    let delay = |receipt: &Receipt| {
        let at_ms = events.get(&i64::try_from(receipt.epoch)?);
        let at_ms = at_ms.with_context(|| format!("No event has number {}.", receipt.epoch))?;
        Ok(receipt.at_us.saturating_sub(u64::try_from(at_ms * 1_000)?))
    };
    let living = receipts.iter().filter(|receipt| receipt.receiver != DEAD);
    living.map(delay).collect()
}

/// Makes everything due again that was ever put up, while the server does not run: as if all of it had
/// happened meanwhile.
fn put_up_again(data: &Path) -> Result<()> {
    let sql = "BEGIN;
        DELETE FROM delivery_attempt;
        UPDATE delivery SET next_at = 0, delivered_at = NULL, failures = 0, attempts = 0,
            claimed_until = NULL;
        UPDATE webhook_queue SET due_at = 0, lease_until = NULL, streak = 0;
        COMMIT;
        PRAGMA wal_checkpoint(TRUNCATE);";
    open(data)?.execute_batch(sql).context("Events could not be made due again")
}

fn open(data: &Path) -> Result<Connection> {
    let file = data.join("chaveiro.db");
    Connection::open(&file).with_context(|| format!("{} can't be opened", file.display()))
}

/// Most changes a second; each is told to ten.
const PACE_MAX: u32 = 100;
/// What the threads of the store are called, and the one of them that writes.
const STORE: &str = "store-";
const WRITER: &str = "store-writer";
/// How long nothing may come, however slow the machine is: longer than what failed twice waits.
const PATIENCE: Duration = Duration::from_secs(120);
const GLANCE: Duration = Duration::from_millis(5);
