//! The open loop: requests leave by a fixed schedule whatever comes back, and the latency of each
//! counts from the instant at which it was due.
//!
//! Whoever waits, for a free connection too, waits in the figures: a peer that stalls cannot hold
//! the questions back that would have shown it. One thread polls all its connections, so the load
//! costs the same for every peer. Must not judge an answer: it remembers what came and when.
#![expect(clippy::disallowed_methods, reason = "a load generator measures time")]

use super::connection::Connection;
use super::load::Pressure;
use anyhow::{Context, Result, anyhow, bail, ensure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::VecDeque;
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroU64;
use std::thread;
use std::time::{Duration, Instant};

/// When requests are due: evenly, at this rate, for this long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    per_second: u64,
    count: usize,
}

impl Schedule {
    /// So many requests a second for this long; one request at least, and no more than a run can
    /// remember.
    pub(super) fn new(per_second: u64, span: Duration) -> Result<Self> {
        let per_second = per_second.max(1);
        let count = u128::from(per_second).saturating_mul(span.as_nanos()) / NANOS_PER_SECOND;
        let count = usize::try_from(count.max(1)).unwrap_or(usize::MAX);
        ensure!(
            count <= REQUESTS_MAX,
            "A schedule of {count} requests is too long to remember; {REQUESTS_MAX} are the most."
        );
        Ok(Self { per_second, count })
    }

    /// When this request is due, counted from the beginning. Computed from its number alone, so
    /// that no error adds up.
    fn due(self, at: usize) -> Duration {
        let nanos = at as u128 * NANOS_PER_SECOND / u128::from(self.per_second);
        // A schedule of centuries cannot be made.
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// How late an answer was. When its request was sent does not matter.
    fn latency(self, at: usize, answered: Duration) -> Duration {
        answered.saturating_sub(self.due(at))
    }
}

/// What came back for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    /// Which of the requests it was, by its place among those that take turns.
    pub(super) asked: usize,
    pub(super) status: u16,
    /// From the instant at which the request was due until the answer was there as a whole.
    pub(super) latency: Duration,
}

/// Values in order, to take exact quantiles from.
#[derive(Debug)]
pub(super) struct Sorted(Vec<Duration>);

impl Sorted {
    /// The latencies of the answers of one kind.
    pub(super) fn of(answers: &[Answer], is_meant: impl Fn(&Answer) -> bool) -> Self {
        let meant = answers.iter().filter(|answer| is_meant(answer));
        Self::of_all(meant.map(|answer| answer.latency))
    }

    /// All of these.
    pub(super) fn of_all(values: impl Iterator<Item = Duration>) -> Self {
        let mut values: Vec<_> = values.collect();
        values.sort_unstable();
        Self(values)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The smallest recorded value that at least so many of a thousand do not exceed, in
    /// microseconds; no number when nothing was recorded.
    pub(super) fn quantile_us(&self, of_a_thousand: usize) -> f64 {
        let rank = (self.0.len() * of_a_thousand).div_ceil(1_000).max(1);
        self.0.get(rank - 1).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e6)
    }
}

/// Connections to one peer that have each answered a few times.
pub(super) struct OpenLoop<'r> {
    threads: Vec<Vec<Lane>>,
    requests: &'r [&'r [u8]],
}

/// One connection, and what a poll watches of it.
struct Lane {
    connection: Connection,
    watched: TcpStream,
    /// The number in the schedule of the request that it waits for.
    waits_for: Option<usize>,
}

impl<'r> OpenLoop<'r> {
    /// Connects, and asks the first of the requests a few times on each connection, which is not
    /// measured. The requests will take turns.
    pub(super) fn open(
        address: SocketAddr,
        requests: &'r [&'r [u8]],
        pressure: Pressure,
    ) -> Result<Self> {
        let first = requests.first().context("An open loop needs a request.")?;
        let open = |count| (0..count).map(|_| Connection::open(address)).collect();
        let mut threads = (0..pressure.threads)
            .map(|_| open(pressure.connections))
            .collect::<Result<Vec<Vec<Connection>>>>()?;
        for _ in 0..WARMING {
            for connection in threads.iter_mut().flatten() {
                connection.send(first)?;
            }
            for connection in threads.iter_mut().flatten() {
                connection.receive()?;
            }
        }
        let lane = |mut connection: Connection| {
            let watched = connection.stop_waiting()?;
            Ok(Lane { connection, watched, waits_for: None })
        };
        let threads = threads
            .into_iter()
            .map(|connections| connections.into_iter().map(lane).collect())
            .collect::<Result<Vec<Vec<Lane>>>>()?;
        Ok(Self { threads, requests })
    }

    /// Sends every request of the schedule, and waits for all answers.
    pub(super) fn drive(&mut self, schedule: Schedule) -> Result<Vec<Answer>> {
        let step = self.threads.len();
        let begun = Instant::now();
        let requests = self.requests;
        let outcomes: Vec<Result<Vec<Answer>>> = thread::scope(|scope| {
            let running: Vec<_> = (self.threads.iter_mut().enumerate())
                .map(|(first, lanes)| {
                    let part = Part { schedule, first, step, requests, begun };
                    scope.spawn(move || part.drive(lanes))
                })
                .collect();
            let ended = running.into_iter().map(thread::ScopedJoinHandle::join);
            ended
                .map(|end| end.unwrap_or_else(|_| Err(anyhow!("A load thread broke down."))))
                .collect()
        });
        let mut answers = Vec::with_capacity(schedule.count);
        for outcome in outcomes {
            answers.extend(outcome?);
        }
        Ok(answers)
    }
}

/// What one thread has of a schedule: every request of a certain remainder.
#[derive(Clone, Copy)]
struct Part<'r> {
    schedule: Schedule,
    first: usize,
    step: usize,
    requests: &'r [&'r [u8]],
    begun: Instant,
}

impl Part<'_> {
    fn drive(self, lanes: &mut [Lane]) -> Result<Vec<Answer>> {
        // The kernel may add this to every wait; by default it is half of a fast answer. Where it
        // can't be set, all peers have it alike.
        let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));
        let watched: Vec<TcpStream> = lanes
            .iter()
            .map(|lane| lane.watched.try_clone().context("A connection can't be watched"))
            .collect::<Result<_>>()?;
        let mut polled: Vec<_> =
            watched.iter().map(|stream| PollFd::new(stream, PollFlags::IN)).collect();
        let mut answers = Vec::with_capacity(self.schedule.count.div_ceil(self.step));
        let mut idle: VecDeque<usize> = (0..lanes.len()).collect();
        let mut next = self.first;
        while next < self.schedule.count || idle.len() < lanes.len() {
            next = self.send_due(next, lanes, &mut idle)?;
            self.wait(next, &idle, &mut polled)?;
            for (at, (lane, polled)) in lanes.iter_mut().zip(&mut polled).enumerate() {
                if polled.revents().is_empty() {
                    continue;
                }
                polled.clear_revents();
                if let Some(response) = lane.connection.glance()?
                    && let Some(number) = lane.waits_for.take()
                {
                    let latency = self.schedule.latency(number, self.begun.elapsed());
                    let asked = number % self.requests.len();
                    answers.push(Answer { asked, status: response.status, latency });
                    idle.push_back(at);
                }
            }
        }
        Ok(answers)
    }

    /// Sends what is due, as far as connections are free; gives the number of the next request.
    fn send_due(
        &self,
        mut next: usize,
        lanes: &mut [Lane],
        idle: &mut VecDeque<usize>,
    ) -> Result<usize> {
        while next < self.schedule.count && self.schedule.due(next) <= self.begun.elapsed() {
            // Those that have waited longest take turns, so that all of a peer's threads are asked.
            let Some(at) = idle.pop_front() else { break };
            lanes[at].connection.send(self.requests[next % self.requests.len()])?;
            lanes[at].waits_for = Some(next);
            next += self.step;
        }
        Ok(next)
    }

    /// Waits until something comes or the next request is due.
    fn wait(&self, next: usize, idle: &VecDeque<usize>, polled: &mut [PollFd<'_>]) -> Result<()> {
        let is_sending = next < self.schedule.count && !idle.is_empty();
        let wait = if is_sending {
            self.schedule.due(next).saturating_sub(self.begun.elapsed())
        } else if idle.len() < polled.len() {
            SILENCE
        } else {
            return Ok(());
        };
        let timeout = Timespec::try_from(wait).context("A wait that is too long")?;
        match poll(polled, Some(&timeout)) {
            Ok(0) if !is_sending => bail!("The peer was silent for {} s.", SILENCE.as_secs()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).context("Connections can't be polled"),
        }
        let end = self.schedule.due(self.schedule.count) + BEHIND_MAX;
        ensure!(
            self.begun.elapsed() < end,
            "The peer fell more than {} s behind the schedule.",
            BEHIND_MAX.as_secs()
        );
        Ok(())
    }
}

const NANOS_PER_SECOND: u128 = 1_000_000_000;
/// About 250 MB of answers.
const REQUESTS_MAX: usize = 8_000_000;
/// Requests on each connection before anything is measured.
const WARMING: usize = 20;
const SILENCE: Duration = Duration::from_secs(30);
const BEHIND_MAX: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    fn schedule(per_second: u64, span_ms: u64) -> Schedule {
        Schedule::new(per_second, Duration::from_millis(span_ms)).unwrap()
    }

    #[test]
    fn requests_are_due_evenly_and_no_error_adds_up() {
        let check = |per_second: u64, at: usize, nanos: u64| {
            let due = schedule(per_second, 1_000).due(at);
            assert_eq!(due, Duration::from_nanos(nanos), "request {at} at {per_second}/s");
        };
        check(1_000, 0, 0);
        check(1_000, 1, 1_000_000);
        check(3, 1, 333_333_333);
        check(3, 2, 666_666_666);
        check(3, 3, 1_000_000_000);
        check(7, 7_000_000, 1_000_000_000_000_000);
    }

    #[test]
    fn a_schedule_is_as_long_as_its_rate_and_span_say() {
        let check = |per_second, span_ms, count: usize| {
            assert_eq!(schedule(per_second, span_ms).count, count, "{per_second}/s, {span_ms} ms");
        };
        check(1_000, 2_500, 2_500);
        check(1, 999, 1);
        check(0, 1_000, 1);
    }

    #[test]
    fn latency_counts_from_the_instant_at_which_a_request_was_due() {
        // A peer that stalls for 100 ms answers everything at its end: nobody else was faster.
        let schedule = schedule(1_000, 1_000);
        let stalled = Duration::from_millis(100);
        let late = [0, 40, 99, 100].map(|at| schedule.latency(at, stalled).as_millis());
        assert_eq!(late, [100, 60, 1, 0]);
    }

    #[test]
    fn a_schedule_that_cannot_be_remembered_is_refused() {
        let failure = Schedule::new(u64::MAX, Duration::MAX).unwrap_err().to_string();
        assert!(failure.contains("too long"), "{failure}");
    }

    /// Answers to the first of two requests, as late as these values say.
    fn answers(micros: &[u64]) -> Vec<Answer> {
        let answer =
            |&us: &u64| Answer { asked: 0, status: 200, latency: Duration::from_micros(us) };
        micros.iter().map(answer).collect()
    }

    #[test]
    fn a_quantile_is_the_smallest_recorded_value_that_enough_do_not_exceed() {
        let thousand: Vec<u64> = (1..=1_000).rev().collect();
        let check = |micros: &[u64], of_a_thousand, expected: f64| {
            let sorted = Sorted::of(&answers(micros), |_| true);
            let found = sorted.quantile_us(of_a_thousand);
            assert!((found - expected).abs() < 1e-6, "{of_a_thousand}: {found}, not {expected}");
        };
        check(&thousand, 500, 500.0);
        check(&thousand, 990, 990.0);
        check(&thousand, 999, 999.0);
        check(&thousand, 1_000, 1_000.0);
        check(&thousand, 0, 1.0);
        check(&[7], 999, 7.0);
        check(&[30, 10, 20], 500, 20.0);
        check(&[30, 10, 20], 990, 30.0);
    }

    #[test]
    fn a_quantile_of_nothing_is_no_number() {
        assert!(
            Sorted::of(&answers(&[5]), |answer| answer.status == 503).quantile_us(500).is_nan()
        );
    }

    /// A peer that answers requests of four bytes: those that begin with `B` are refused.
    fn peer() -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                thread::spawn(move || {
                    let mut request = [0; 4];
                    while stream.read_exact(&mut request).is_ok() {
                        let status = if request[0] == b'B' { "401 No" } else { "200 OK" };
                        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                        stream.write_all(answer.as_bytes()).unwrap();
                    }
                });
            }
        });
        address
    }

    #[test]
    fn every_request_of_the_schedule_is_answered_once_and_known_by_its_place() {
        let pressure = Pressure { threads: 2, connections: 2 };
        let requests: [&[u8]; 3] = [b"GOOD", b"GOOD", b"BAD!"];
        let mut open = OpenLoop::open(peer(), &requests, pressure).unwrap();
        let answers = open.drive(schedule(20_000, 50)).unwrap();
        assert_eq!(answers.len(), 1_000);
        let count = |asked, status| {
            Sorted::of(&answers, |answer| answer.asked == asked && answer.status == status).len()
        };
        assert_eq!([count(0, 200), count(1, 200), count(2, 401)], [334, 333, 333]);
    }
}
