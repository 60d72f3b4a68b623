//! Measures the whole server over GraphQL: throughput, latency, what an instance costs, memory, start-up.
//!
//! A real server on SQLite and the machine's clock, every commit flushed, and clients in this process on the same
//! machine. It prints tables and asserts nothing but that every answer is the right one.

mod client;
mod load;
mod model;
mod start;
mod table;
mod usage;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use tongban_tests_support::paths;
use tongban_tests_support::server::{Options, Server};

use crate::load::Measured;
use crate::model::Model;
use crate::table::{Spread, Table};

/// Times each measurement is made; the median is printed with the range.
const REPEATS: usize = 3;
/// Time of one measurement at 100 per cent.
const FULL_TIME_MS: u64 = 30_000;

/// Measures the whole server over GraphQL.
#[derive(Debug, Parser)]
struct Arguments {
    /// Share of the full time of a measurement (30 s); printed with the results.
    #[arg(long, default_value_t = 10, value_name = "PERCENT")]
    scale: u64,
    /// Clients at the same time; may be given several times.
    #[arg(long, default_values_t = [1, 16, 64])]
    clients: Vec<usize>,
    /// Only this model.
    #[arg(long, value_enum)]
    model: Option<Model>,
    /// Leave out the start-up times.
    #[arg(long)]
    no_start: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let flush = usage::flush_times(folder.path())?;
    println!(
        "scale {} % · median of {REPEATS} [least–most] · SQLite, synchronous=FULL · load average {}",
        arguments.scale,
        usage::load_average()
    );
    println!(
        "one flush of this disk: p50 {} us, p99 {} us",
        flush.0.as_micros(),
        flush.1.as_micros()
    );
    // One thread: the clients shall leave the machine to the server.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(models(&arguments, folder.path()))?;
    if !arguments.no_start {
        println!("\n{}", start::table(folder.path())?);
    }
    Ok(())
}

async fn models(arguments: &Arguments, folder: &Path) -> anyhow::Result<()> {
    let mut speed = Table::new(&[
        "model",
        "clients",
        "instances/s",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "server CPU-us/instance",
        "client CPU %",
        "bytes written/instance",
        "flushes/instance",
    ]);
    let mut size = Table::new(&[
        "model",
        "instances",
        "database bytes/instance",
        "idle MB",
        "peak MB under load",
    ]);
    for model in [Model::OneTask, Model::TwoUser] {
        if arguments.model.is_none_or(|it| it == model) {
            measure(
                arguments,
                model,
                &folder.join(model.key()),
                (&mut speed, &mut size),
            )
            .await?;
        }
    }
    println!("\n{speed}");
    println!(
        "one_task: p50 and p99 of start → answered, the instance is over; two_user: of «complete A → B is in the task list»."
    );
    println!("CPU share of the clients: of one of the machine's cores.\n");
    println!("{size}");
    Ok(())
}

/// All measurements of one model, on a server of its own.
async fn measure(
    arguments: &Arguments,
    model: Model,
    data: &Path,
    (speed, size): (&mut Table, &mut Table),
) -> anyhow::Result<()> {
    let time = Duration::from_millis((FULL_TIME_MS * arguments.scale / 100).max(1_000));
    let empty_bytes = empty_database(&data.with_extension("empty"))?;
    let server = Server::start(&options(data, Vec::new())?)?;
    let token = operator(&server)?;
    model::deploy(&server, &token).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let idle = usage::memory(server.pid())?;
    let mut n_instances = 0;
    for &clients in &arguments.clients {
        // A short run first: connections, caches and the log's first pages.
        n_instances += load::run(&server, &token, model, clients, time / 5)
            .await?
            .n_instances;
        let mut runs = Vec::with_capacity(REPEATS);
        for _ in 0..REPEATS {
            let run = load::run(&server, &token, model, clients, time).await?;
            n_instances += run.n_instances;
            runs.push(run);
        }
        let flushes = flushes(
            &data.with_extension(format!("traced-{clients}")),
            model,
            clients,
            time / 3,
        )
        .await;
        speed.row(row(model, clients, &runs, &flushes));
    }
    let memory = usage::memory(server.pid())?;
    server.stop()?;
    let bytes = fs::metadata(data.join("tongban.sqlite"))?
        .len()
        .saturating_sub(empty_bytes);
    size.row(vec![
        model.key().to_owned(),
        n_instances.to_string(),
        (bytes / n_instances.max(1)).to_string(),
        table::tenths(idle.resident_bytes / 100_000),
        table::tenths(memory.peak_bytes / 100_000),
    ]);
    Ok(())
}

fn row(
    model: Model,
    clients: usize,
    runs: &[Measured],
    flushes: &anyhow::Result<String>,
) -> Vec<String> {
    let spread = |of: &dyn Fn(&Measured) -> u64| Spread::of(runs.iter().map(of));
    let flushes = flushes
        .as_ref()
        .map_or_else(|error| format!("not measured: {error}"), Clone::clone);
    vec![
        model.key().to_owned(),
        clients.to_string(),
        spread(&Measured::instances_per_second).text(u64::to_string),
        spread(&Measured::requests_per_second).text(u64::to_string),
        spread(&|it| it.latency_us(50)).text(|it| table::tenths(it / 100)),
        spread(&|it| it.latency_us(99)).text(|it| table::tenths(it / 100)),
        spread(&Measured::server_cpu_us_per_instance).text(u64::to_string),
        spread(&Measured::client_cpu_percent).text(u64::to_string),
        spread(&Measured::written_bytes_per_instance).text(u64::to_string),
        flushes,
    ]
}

/// Flushes per instance, on servers of their own that a tracer follows: one that works, less one
/// that only starts and stops.
async fn flushes(
    data: &Path,
    model: Model,
    clients: usize,
    time: Duration,
) -> anyhow::Result<String> {
    anyhow::ensure!(usage::is_installed("strace"), "strace is not installed");
    let (idle, _) = traced(&data.join("idle"), model, None).await?;
    let (busy, n_instances) = traced(&data.join("busy"), model, Some((clients, time))).await?;
    let n_flushes = busy.saturating_sub(idle);
    Ok(table::thousandths(n_flushes * 1000 / n_instances.max(1)))
}

/// Flushes of a traced server from start to stop, and the instances it ran.
async fn traced(
    data: &Path,
    model: Model,
    load: Option<(usize, Duration)>,
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
    let report = data.with_extension("strace");
    let mut through: Vec<String> = TRACER.iter().map(|it| (*it).to_owned()).collect();
    through.push(report.display().to_string());
    let server = Server::start(&options(data, through)?)?;
    let token = operator(&server)?;
    model::deploy(&server, &token).await?;
    let mut n_instances = 0;
    if let Some((clients, time)) = load {
        n_instances = load::run(&server, &token, model, clients, time)
            .await?
            .n_instances;
    }
    server.stop()?;
    let text = fs::read_to_string(&report).context("the tracer wrote no report")?;
    let calls = |line: &str| {
        let (name, calls) = line.trim().split_once(char::is_whitespace)?;
        let is_flush = matches!(name, "fsync" | "fdatasync");
        is_flush.then(|| calls.trim().parse::<u64>().ok()).flatten()
    };
    Ok((text.lines().filter_map(calls).sum(), n_instances))
}

/// Bytes of a database in which nothing has happened.
fn empty_database(data: &Path) -> anyhow::Result<u64> {
    Server::start(&options(data, Vec::new())?)?.stop()?;
    Ok(fs::metadata(data.join("tongban.sqlite"))?.len())
}

/// A server without plugins, which does jobs of the type `tongban:noop` by itself, for a county
/// that has nothing but its calendar.
fn options(data: &Path, through: Vec<String>) -> anyhow::Result<Options> {
    let county = data.join("county");
    fs::create_dir_all(&county).context("cannot create the data folder")?;
    let write = |path: &Path, text: &str| {
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    let config = data.join("tongban.toml");
    write(&config, "[bench]\nnoop = true\n[log]\nfilter = 'warn'\n")?;
    let tenant =
        "tenant = '150627'\ndivision = '150627'\nname = { zh = '测试县', en = 'Test county' }\n";
    write(&county.join("county.toml"), tenant)?;
    write(&county.join("staff.toml"), "staff = []\n")?;
    write(&county.join("parameters.toml"), "")?;
    let holidays = "holidays-cn.json";
    fs::copy(paths::sample_county().join(holidays), county.join(holidays))
        .context("cannot copy the calendar of the sample county")?;
    let text = |path: &Path| path.display().to_string();
    let arguments = vec![
        "--config".to_owned(),
        text(&config),
        "--county".to_owned(),
        text(&county),
    ];
    Ok(Options {
        data: Some(data.to_owned()),
        arguments,
        through,
        ..Options::default()
    })
}

fn operator(server: &Server) -> anyhow::Result<String> {
    server.token(&["--id", "operator", "--role", "OPERATOR"])
}
