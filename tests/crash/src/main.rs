//! Kills the real server at random points under load and audits from the clients' side.
//!
//! Each round starts the server on the same data, lets clients start instances and complete tasks, and kills the
//! process. Under SQLite a file layer also drops what was not flushed, as a power cut does. After the restart every
//! acknowledged effect must be there once, and every answer that never came must be had by asking again with the same
//! idempotency key.

mod audit;
mod client;
mod ledger;
mod model;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Parser;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tongban_tests_support::client::Client;
use tongban_tests_support::server::{Options, Server};

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
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(|| rand::rng().random());
    println!(
        "seed {seed}, {} rounds, {} clients, power cut {}",
        arguments.rounds, arguments.clients, !arguments.no_power_cut
    );
    let mut moments = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let options = options(folder.path().join("data"), &arguments)?;
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
        ledger = load(ledger, &operator, round, arguments.clients, load_ms, server).await?;
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
    report(&ledger, &verdict, read_flushes(folder.path()), seed)
}

fn options(data: std::path::PathBuf, arguments: &Arguments) -> anyhow::Result<Options> {
    std::fs::create_dir_all(&data).context("cannot create the data folder")?;
    let config = data.join("tongban.toml");
    let vfs = if arguments.no_power_cut {
        ""
    } else {
        "[database]\nvfs = 'drop-unflushed'\n"
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

/// Lets the clients work for a while, then kills the server under their hands.
async fn load(
    ledger: Ledger,
    operator: &Client,
    round: u32,
    n_clients: u32,
    load_ms: u64,
    server: Server,
) -> anyhow::Result<Ledger> {
    let shared = Arc::new(std::sync::Mutex::new(ledger));
    let clients: Vec<_> = (0..n_clients)
        .map(|n| {
            let worker = client::Worker::new(
                operator.clone(),
                format!("r{round}-c{n}"),
                Arc::clone(&shared),
            );
            tokio::spawn(worker.work())
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(load_ms)).await;
    drop(server);
    for client in clients {
        client.await.context("a client panicked")??;
    }
    let shared = Arc::into_inner(shared).context("a client still holds the ledger")?;
    Ok(shared
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
