//! Clients in a closed loop for a while, and what that took.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tongban_tests_support::server::Server;

use crate::client::Connection;
use crate::model::{self, Model};
use crate::place::Place;
use crate::usage::Usage;

/// What one run took.
pub(crate) struct Measured {
    pub(crate) n_instances: u64,
    n_requests: u64,
    elapsed: Duration,
    /// In ascending order.
    latencies: Vec<Duration>,
    server: Usage,
    database: Usage,
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

    /// What the processes of a database of its own used.
    pub(crate) fn database_cpu_us_per_instance(&self) -> u64 {
        self.database.cpu_us / self.n_instances.max(1)
    }

    pub(crate) fn client_cpu_percent(&self) -> u64 {
        self.client.cpu_us * 100 / micros(self.elapsed).max(1)
    }

    pub(crate) fn written_bytes_per_instance(&self) -> u64 {
        (self.server.written_bytes + self.database.written_bytes) / self.n_instances.max(1)
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
    place: &Place,
    server: &Server,
    token: &str,
    model: Model,
    n_clients: usize,
    time: Duration,
) -> anyhow::Result<Measured> {
    let over = async {
        tokio::time::sleep(time).await;
        Ok(())
    };
    let (measured, ()) = run_beside(place, server, token, model, n_clients, over).await?;
    Ok(measured)
}

/// The same for as long as something else takes.
pub(crate) async fn run_beside<T>(
    place: &Place,
    server: &Server,
    token: &str,
    model: Model,
    n_clients: usize,
    beside: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<(Measured, T)> {
    let mut connections = Vec::with_capacity(n_clients);
    for _ in 0..n_clients {
        connections.push(Connection::open(server.url(), token).await?);
    }
    let run = next_run();
    let (server_before, client_before) = (Usage::of(server.pid())?, Usage::of(std::process::id())?);
    let database_before = place.usage()?;
    let started = Instant::now();
    let is_over = Arc::new(AtomicBool::new(false));
    let clients = connections
        .into_iter()
        .enumerate()
        .map(|(client, connection)| {
            tokio::spawn(work(
                connection,
                model,
                format!("r{run}-c{client}"),
                Arc::clone(&is_over),
            ))
        });
    let clients: Vec<_> = clients.collect();
    let came_of_it = beside.await;
    is_over.store(true, Ordering::Relaxed);
    let (mut latencies, mut n_requests) = (Vec::new(), 0);
    for client in clients {
        let (of_client, requests) = client.await.context("a client panicked")??;
        latencies.extend(of_client);
        n_requests += requests;
    }
    let elapsed = started.elapsed();
    latencies.sort_unstable();
    let measured = Measured {
        n_instances: u64::try_from(latencies.len())?,
        n_requests,
        elapsed,
        latencies,
        server: Usage::of(server.pid())?.since(&server_before),
        database: place.usage()?.since(&database_before),
        client: Usage::of(std::process::id())?.since(&client_before),
    };
    Ok((measured, came_of_it?))
}

/// Starts instances of a process that stay open; gives how many.
pub(crate) async fn open(
    server: &Server,
    token: &str,
    process: &'static str,
    n_clients: usize,
    n_instances: u64,
) -> anyhow::Result<u64> {
    let run = next_run();
    let left = Arc::new(AtomicU64::new(n_instances));
    let mut clients = Vec::with_capacity(n_clients);
    for client in 0..n_clients {
        let mut connection = Connection::open(server.url(), token).await?;
        let left = Arc::clone(&left);
        clients.push(tokio::spawn(async move {
            let one_less = |it: u64| it.checked_sub(1);
            while let Ok(n) = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less) {
                let key = format!("open-r{run}-c{client}-{n}");
                model::start(&mut connection, process, &key).await?;
            }
            anyhow::Ok(())
        }));
    }
    for client in clients {
        client.await.context("a client panicked")??;
    }
    Ok(n_instances)
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
    is_over: Arc<AtomicBool>,
) -> anyhow::Result<(Vec<Duration>, u64)> {
    let mut latencies = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let key = format!("{name}-{}", latencies.len());
        latencies.push(model.instance(&mut connection, &key).await?);
    }
    Ok((latencies, connection.n_requests))
}
