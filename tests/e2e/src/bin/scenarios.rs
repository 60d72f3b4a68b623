//! Prints a line for each scenario of a domain: pass, FAIL with the reason, or waiting.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use tongban_tests_e2e::scenario;
use tongban_tests_support::postgres::Cluster;

/// Takes a server through the scenarios of a domain.
#[derive(Debug, Parser)]
struct Arguments {
    /// The domain, such as `marriage-registration`.
    domain: String,
    /// Only these ids.
    #[arg(long)]
    id: Vec<String>,
    /// Where the data lies.
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Database,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let cluster = match arguments.database {
        Database::Sqlite => None,
        Database::Postgres => Some(Cluster::start().context("cannot start PostgreSQL")?),
    };
    let all = scenario::ids(&arguments.domain)?;
    let unknown = arguments.id.iter().find(|it| !all.contains(it));
    anyhow::ensure!(
        unknown.is_none(),
        "{} has no scenario {unknown:?}",
        arguments.domain
    );
    let (mut n_passed, mut n_failed, mut n_waiting) = (0, 0, 0);
    for id in all
        .iter()
        .filter(|it| arguments.id.is_empty() || arguments.id.contains(it))
    {
        let Some(script) = scenario::script(&arguments.domain, id)? else {
            n_waiting += 1;
            println!("{id} waiting");
            continue;
        };
        let name = format!("scenario_{}", id.to_lowercase());
        let database = cluster.as_ref().map(|it| it.database(&name)).transpose()?;
        match scenario::run(&script, database).await {
            Ok(()) => {
                n_passed += 1;
                println!("{id} pass    {}", script.title);
            }
            Err(error) => {
                n_failed += 1;
                println!("{id} FAIL    {error:#}");
            }
        }
    }
    if n_waiting > 0 {
        println!("{n_waiting} waiting");
    }
    println!("{n_passed} passed, {n_failed} failed");
    Ok(if n_failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
