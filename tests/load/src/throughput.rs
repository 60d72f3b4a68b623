//! A model under load, closed loop: how many a second, how long each, and what one costs.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;

use crate::load;
use crate::model::Model;
use crate::place::Place;
use crate::scale::Scale;
use crate::table::{self, Row, tenths};
use crate::{REPEATS, usage};

/// Clients at the same time.
const CLIENTS: [usize; 3] = [1, 16, 64];

/// One row for each number of clients.
pub(crate) async fn rows(place: &Place, scale: Scale, model: Model) -> anyhow::Result<Vec<Row>> {
    let database = place.database(model.key())?;
    // What an empty database takes is not what instances take.
    database.serve(model.ground(), Vec::new())?.stop()?;
    let empty_bytes = database.bytes()?;
    let server = database.serve(model.ground(), Vec::new())?;
    let token = model.token(&server)?;
    model.deploy(&server, &token).await?;
    let (mut rows, mut n_instances) = (Vec::new(), 0);
    for clients in CLIENTS {
        // A short run first: connections, caches and the log's first pages.
        let warm = load::run(place, &server, &token, model, clients, scale.time() / 5).await?;
        n_instances += warm.n_instances;
        let flushes_before = database.flushes()?;
        let mut runs = Vec::with_capacity(REPEATS);
        for _ in 0..REPEATS {
            runs.push(load::run(place, &server, &token, model, clients, scale.time()).await?);
        }
        let n: u64 = runs.iter().map(|it| it.n_instances).sum();
        n_instances += n;
        let flushes = match (flushes_before, database.flushes()?) {
            (Some(before), Some(after)) => Ok(per_instance(after.saturating_sub(before), n)),
            _ => traced(place, model, clients, scale.time() / 3).await,
        };
        let row = Row::new(model.key(), place.title())
            .clients(clients)
            .speed(&runs);
        let flushes = flushes.unwrap_or_else(|error| format!("not measured: {error}"));
        rows.push(row.cell("flushes/instance", flushes));
    }
    let memory = usage::memory(server.pid())?;
    server.stop()?;
    let kept = database.bytes()?.saturating_sub(empty_bytes) / n_instances.max(1);
    if let Some(last) = rows.pop() {
        let last = last.cell("bytes kept/instance", kept.to_string());
        rows.push(last.cell("RSS MB", tenths(memory.peak_bytes / 100_000)));
    }
    Ok(rows)
}

fn per_instance(flushes: u64, n_instances: u64) -> String {
    table::thousandths(flushes * 1000 / n_instances.max(1))
}

/// Flushes per instance, on servers of their own that a tracer follows: one that works, less one
/// that only starts and stops.
async fn traced(
    place: &Place,
    model: Model,
    clients: usize,
    time: Duration,
) -> anyhow::Result<String> {
    anyhow::ensure!(usage::is_installed("strace"), "strace is not installed");
    let (idle, _) = trace(place, model, (clients, None)).await?;
    let (busy, n_instances) = trace(place, model, (clients, Some(time))).await?;
    Ok(per_instance(busy.saturating_sub(idle), n_instances))
}

/// Flushes of a traced server from start to stop, and the instances it ran.
async fn trace(
    place: &Place,
    model: Model,
    (clients, time): (usize, Option<Duration>),
) -> anyhow::Result<(u64, u64)> {
    const TRACER: [&str; 9] = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-c",
        "-U",
        "name,calls",
        "-e",
        "trace=fdatasync,fsync",
        "-o",
    ];
    let kind = if time.is_some() { "busy" } else { "idle" };
    let database = place.database(&format!("{}-{clients}-{kind}", model.key()))?;
    let report = tempfile::NamedTempFile::new().context("no temporary file")?;
    let mut through: Vec<String> = TRACER.iter().map(|it| (*it).to_owned()).collect();
    through.push(report.path().display().to_string());
    let server = database.serve(model.ground(), through)?;
    let token = model.token(&server)?;
    model.deploy(&server, &token).await?;
    let mut n_instances = 0;
    if let Some(time) = time {
        let run = load::run(place, &server, &token, model, clients, time).await?;
        n_instances = run.n_instances;
    }
    server.stop()?;
    let text = fs::read_to_string(report.path()).context("the tracer wrote no report")?;
    let calls = |line: &str| {
        let (name, calls) = line.trim().split_once(char::is_whitespace)?;
        let is_flush = matches!(name, "fsync" | "fdatasync");
        is_flush.then(|| calls.trim().parse::<u64>().ok()).flatten()
    };
    Ok((text.lines().filter_map(calls).sum(), n_instances))
}
