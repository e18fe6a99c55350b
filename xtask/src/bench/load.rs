//! The load generator: a fixed number of requests in a closed loop, over blocking keep-alive
//! connections.
//!
//! Each thread writes one request to each of its connections, then reads one response from each,
//! and begins again. So it costs little, the same for every peer, and offers as much concurrency
//! as there are connections. Must not rebuild a request or look into a body.
#![expect(clippy::disallowed_methods, reason = "a load generator measures time")]

use super::connection::Connection;
use anyhow::{Result, anyhow};
use std::net::SocketAddr;
use std::thread;
use std::time::Instant;

/// How hard to push, the same for both peers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pressure {
    pub(super) threads: usize,
    /// Connections of each thread.
    pub(super) connections: usize,
}

/// Connections to one peer that have each answered once.
pub(super) struct Load<'r> {
    threads: Vec<Vec<Connection>>,
    request: &'r [u8],
    status: u16,
}

/// What a round came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Throughput {
    pub(super) requests: usize,
    pub(super) per_second: f64,
    /// How long a batch took: one request on each connection of a thread.
    pub(super) batch_p50_us: f64,
    pub(super) batch_p99_us: f64,
}

impl<'r> Load<'r> {
    /// Connects and sends a few requests on each connection, which are not measured.
    pub(super) fn open(
        address: SocketAddr,
        request: &'r [u8],
        status: u16,
        pressure: Pressure,
    ) -> Result<Self> {
        let open = |count| (0..count).map(|_| Connection::open(address)).collect();
        let threads = (0..pressure.threads)
            .map(|_| open(pressure.connections))
            .collect::<Result<Vec<Vec<Connection>>>>()?;
        let mut load = Self { threads, request, status };
        load.drive(pressure.threads * pressure.connections * WARMING_BATCHES)?;
        Ok(load)
    }

    /// Sends this many requests, rounded down to whole batches, and waits for all answers.
    pub(super) fn drive(&mut self, requests: usize) -> Result<Throughput> {
        let Self { threads, request, status } = self;
        let per_batch = threads.iter().map(Vec::len).sum::<usize>().max(1);
        let batches = (requests / per_batch).max(1);
        let begun = Instant::now();
        let outcomes: Vec<Result<Vec<f64>>> = thread::scope(|scope| {
            let running: Vec<_> = threads
                .iter_mut()
                .map(|connections| scope.spawn(|| repeat(connections, request, *status, batches)))
                .collect();
            let ended = running.into_iter().map(thread::ScopedJoinHandle::join);
            ended
                .map(|end| end.unwrap_or_else(|_| Err(anyhow!("A load thread broke down."))))
                .collect()
        });
        let seconds = begun.elapsed().as_secs_f64();
        let mut batch_us = Vec::with_capacity(batches * outcomes.len());
        for outcome in outcomes {
            batch_us.extend(outcome?);
        }
        batch_us.sort_unstable_by(f64::total_cmp);
        let requests = batches * per_batch;
        Ok(Throughput {
            requests,
            per_second: as_float(requests) / seconds,
            batch_p50_us: at_part(&batch_us, 50),
            batch_p99_us: at_part(&batch_us, 99),
        })
    }
}

fn repeat(
    connections: &mut [Connection],
    request: &[u8],
    status: u16,
    batches: usize,
) -> Result<Vec<f64>> {
    let mut batch_us = Vec::with_capacity(batches);
    for _ in 0..batches {
        let begun = Instant::now();
        for connection in connections.iter_mut() {
            connection.send(request)?;
        }
        for connection in connections.iter_mut() {
            connection.expect(status)?;
        }
        batch_us.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    Ok(batch_us)
}

/// The value below which this many of a hundred lie.
fn at_part(sorted: &[f64], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// A count as a number to divide by.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(super) fn as_float(count: usize) -> f64 {
    count as f64
}

/// Enough for both sides to have set up everything that lives as long as a connection.
const WARMING_BATCHES: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    /// A peer that answers each request of `len` bytes in turn with one of these.
    fn peer(len: usize, answers: &'static [&'static str]) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                thread::spawn(move || {
                    let mut request = vec![0; len];
                    for answer in answers.iter().cycle() {
                        if stream.read_exact(&mut request).is_err() {
                            return;
                        }
                        stream.write_all(answer.as_bytes()).unwrap();
                    }
                });
            }
        });
        address
    }

    const FINE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    const PRESSURE: Pressure = Pressure { threads: 2, connections: 3 };

    #[test]
    fn every_request_of_whole_batches_is_answered_and_counted() {
        let address = peer(4, &[FINE]);
        let mut load = Load::open(address, b"GET!", 200, PRESSURE).unwrap();
        let throughput = load.drive(100).unwrap();
        assert_eq!(throughput.requests, 96);
        assert!(throughput.per_second > 0.0);
        assert!(throughput.batch_p50_us <= throughput.batch_p99_us);
    }

    #[test]
    fn one_answer_of_another_status_fails_the_round() {
        let address = peer(4, &[FINE, FINE, BUSY]);
        let failure = Load::open(address, b"GET!", 200, PRESSURE).map(|_| ()).unwrap_err();
        assert!(failure.to_string().contains("503"), "{failure:#}");
    }

    #[test]
    fn parts_of_a_hundred_are_taken_from_the_sorted_values() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        assert!((at_part(&values, 50) - 50.0).abs() < f64::EPSILON);
        assert!((at_part(&values, 99) - 99.0).abs() < f64::EPSILON);
        assert!((at_part(&[7.0], 99) - 7.0).abs() < f64::EPSILON);
    }
}
