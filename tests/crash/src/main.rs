//! Kills the real server at random points under load and audits from the clients' side.
//!
//! Each round starts the server on the same data, lets clients start instances and complete tasks, and kills the
//! process. Under SQLite a file layer also drops what was not flushed, as a power cut does. On PostgreSQL some rounds
//! first cut the server's connections, or crash the whole cluster and start it again, while the server goes on. After
//! the restart every acknowledged effect must be there once, every timer must have fired once, and every answer that
//! never came must be had by asking again with the same idempotency key.

mod audit;
mod client;
mod disturbance;
mod ledger;
mod model;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Parser;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::task::JoinHandle;
use tongban_tests_support::client::Client;
use tongban_tests_support::database::Kind;
use tongban_tests_support::server::{Options, Server};

use crate::disturbance::Disturbed;
use crate::ledger::Ledger;

/// Kills the server under load and audits what it had acknowledged.
#[derive(Debug, Parser)]
struct Arguments {
    /// Times the server is killed.
    #[arg(long, default_value_t = 200)]
    rounds: u32,
    /// Seed of the moments; printed if not given.
    #[arg(long)]
    seed: Option<u64>,
    /// Clients at the same time.
    #[arg(long, default_value_t = 16)]
    clients: u32,
    /// Keep written but unflushed pages: a kill without a power cut.
    #[arg(long)]
    no_power_cut: bool,
    /// Where the data lies: `sqlite` or `postgres`.
    #[arg(long, default_value = "sqlite")]
    database: Kind,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(|| rand::rng().random());
    let power_cut = arguments.database == Kind::Sqlite && !arguments.no_power_cut;
    println!(
        "seed {seed}, {} rounds, {} clients, {:?}, power cut {power_cut}",
        arguments.rounds, arguments.clients, arguments.database
    );
    let mut moments = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let mut cluster = Disturbed::start(arguments.database)?;
    let options = Options {
        database: cluster.url(),
        ..options(folder.path().join("data"), power_cut)?
    };
    let mut ledger = Ledger::default();
    let begin = Instant::now();
    for round in 0..arguments.rounds {
        let server = Server::start(&options).with_context(|| format!("round {round}"))?;
        let operator = operator(&server)?;
        if round == 0 {
            model::deploy(&operator).await?;
        }
        audit::settle(&mut ledger, &operator)
            .await
            .with_context(|| format!("audit before round {round}, seed {seed}"))?;
        let load_ms = moments.random_range(20..400);
        let disturbance = cluster.choose(&mut moments);
        let shared = Arc::new(std::sync::Mutex::new(ledger));
        let clients = start_clients(&shared, &operator, round, arguments.clients);
        tokio::time::sleep(Duration::from_millis(load_ms)).await;
        cluster
            .disturb(disturbance)
            .await
            .with_context(|| format!("round {round}, seed {seed}"))?;
        drop(server);
        cluster.restore()?;
        ledger = end_clients(shared, clients).await?;
        if (round + 1) % 20 == 0 {
            println!(
                "{} rounds, {} acknowledged effects, {} s",
                round + 1,
                ledger.n_acknowledged(),
                begin.elapsed().as_secs()
            );
        }
    }
    let server = Server::start(&options).context("after the last round")?;
    let operator = operator(&server)?;
    audit::settle(&mut ledger, &operator).await?;
    let verdict = audit::whole(&ledger, &operator).await?;
    server.stop()?;
    println!("{cluster}");
    report(&ledger, &verdict, read_flushes(folder.path()), seed)
}

fn options(data: std::path::PathBuf, power_cut: bool) -> anyhow::Result<Options> {
    std::fs::create_dir_all(&data).context("cannot create the data folder")?;
    let config = data.join("tongban.toml");
    let vfs = if power_cut {
        "[database]\nvfs = 'drop-unflushed'\n"
    } else {
        ""
    };
    std::fs::write(&config, format!("{vfs}[log]\nfilter = 'warn'\n"))
        .context("cannot write the configuration")?;
    let arguments = vec!["--config".to_owned(), config.display().to_string()];
    Ok(Options {
        data: Some(data),
        arguments,
        plain_county: true,
        ..Options::default()
    })
}

fn operator(server: &Server) -> anyhow::Result<Client> {
    let token = server.token(&["--id", "operator", "--role", "OPERATOR"])?;
    Ok(server.anonymous().with_token(token))
}

type SharedLedger = Arc<std::sync::Mutex<Ledger>>;

/// Lets clients work until the server dies under their hands.
fn start_clients(
    ledger: &SharedLedger,
    operator: &Client,
    round: u32,
    n_clients: u32,
) -> Vec<JoinHandle<anyhow::Result<()>>> {
    let start = |n| {
        let name = format!("r{round}-c{n}");
        let worker = client::Worker::new(operator.clone(), name, Arc::clone(ledger));
        tokio::spawn(worker.work())
    };
    (0..n_clients).map(start).collect()
}

/// Waits for the clients and gives back what they were told.
async fn end_clients(
    ledger: SharedLedger,
    clients: Vec<JoinHandle<anyhow::Result<()>>>,
) -> anyhow::Result<Ledger> {
    for client in clients {
        client.await.context("a client panicked")??;
    }
    let ledger = Arc::into_inner(ledger).context("a client still holds the ledger")?;
    Ok(ledger
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// Flushes of all the killed processes, which the file layer counts in a file beside the database.
fn read_flushes(folder: &std::path::Path) -> u64 {
    let text = std::fs::read_to_string(folder.join("data/tongban.sqlite-flush-count"));
    text.ok().and_then(|it| it.trim().parse().ok()).unwrap_or(0)
}

fn report(
    ledger: &Ledger,
    verdict: &audit::Verdict,
    flushes: u64,
    seed: u64,
) -> anyhow::Result<()> {
    let n_acknowledged = ledger.n_acknowledged();
    println!(
        "acknowledged effects {n_acknowledged}, unanswered and asked again {}",
        ledger.n_asked_again
    );
    if flushes > 0 {
        println!(
            "flushes {flushes}, acknowledged effects per flush {}",
            n_acknowledged / flushes.max(1)
        );
    }
    println!(
        "{} lost, {} doubled",
        verdict.lost.len(),
        verdict.doubled.len()
    );
    for it in verdict.lost.iter().chain(&verdict.doubled).take(20) {
        println!("  {it}");
    }
    let n_bad = verdict.lost.len() + verdict.doubled.len();
    anyhow::ensure!(n_bad == 0, "the audit failed; run again with --seed {seed}");
    Ok(())
}
