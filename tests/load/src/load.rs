//! Clients in a closed loop for a while, and what that took.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tongban_tests_support::server::Server;

use crate::client::Connection;
use crate::model::Model;
use crate::usage::Usage;

/// What one run took.
pub(crate) struct Measured {
    pub(crate) n_instances: u64,
    n_requests: u64,
    elapsed: Duration,
    /// In ascending order.
    latencies: Vec<Duration>,
    server: Usage,
    client: Usage,
}

impl Measured {
    pub(crate) fn instances_per_second(&self) -> u64 {
        per_second(self.n_instances, self.elapsed)
    }

    pub(crate) fn requests_per_second(&self) -> u64 {
        per_second(self.n_requests, self.elapsed)
    }

    /// The latency that `percent` of the instances do not exceed.
    pub(crate) fn latency_us(&self, percent: usize) -> u64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = self
            .latencies
            .get(last * percent / 100)
            .copied()
            .unwrap_or_default();
        micros(at)
    }

    pub(crate) fn server_cpu_us_per_instance(&self) -> u64 {
        self.server.cpu_us / self.n_instances.max(1)
    }

    pub(crate) fn client_cpu_percent(&self) -> u64 {
        self.client.cpu_us * 100 / micros(self.elapsed).max(1)
    }

    pub(crate) fn written_bytes_per_instance(&self) -> u64 {
        self.server.written_bytes / self.n_instances.max(1)
    }
}

fn per_second(count: u64, time: Duration) -> u64 {
    count * 1_000_000 / micros(time).max(1)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Lets `n_clients` run instances of `model` for `time`; the instances under way are finished.
pub(crate) async fn run(
    server: &Server,
    token: &str,
    model: Model,
    n_clients: usize,
    time: Duration,
) -> anyhow::Result<Measured> {
    let mut connections = Vec::with_capacity(n_clients);
    for _ in 0..n_clients {
        connections.push(Connection::open(server.url(), token).await?);
    }
    let run = next_run();
    let (server_before, client_before) = (Usage::of(server.pid())?, Usage::of(std::process::id())?);
    let started = Instant::now();
    let clients = connections
        .into_iter()
        .enumerate()
        .map(|(client, connection)| {
            tokio::spawn(work(
                connection,
                model,
                format!("r{run}-c{client}"),
                started + time,
            ))
        });
    let clients: Vec<_> = clients.collect();
    let (mut latencies, mut n_requests) = (Vec::new(), 0);
    for client in clients {
        let (of_client, requests) = client.await.context("a client panicked")??;
        latencies.extend(of_client);
        n_requests += requests;
    }
    let elapsed = started.elapsed();
    latencies.sort_unstable();
    Ok(Measured {
        n_instances: u64::try_from(latencies.len())?,
        n_requests,
        elapsed,
        latencies,
        server: Usage::of(server.pid())?.since(&server_before),
        client: Usage::of(std::process::id())?.since(&client_before),
    })
}

/// Idempotency keys are never used twice.
fn next_run() -> u64 {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    RUNS.fetch_add(1, Ordering::Relaxed)
}

async fn work(
    mut connection: Connection,
    model: Model,
    name: String,
    until: Instant,
) -> anyhow::Result<(Vec<Duration>, u64)> {
    let mut latencies = Vec::new();
    while Instant::now() < until {
        let key = format!("{name}-{}", latencies.len());
        latencies.push(model.instance(&mut connection, &key).await?);
    }
    Ok((latencies, connection.n_requests))
}
