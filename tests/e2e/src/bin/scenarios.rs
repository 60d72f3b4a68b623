//! Prints a line for each scenario of a domain: pass, FAIL with the reason, or waiting.

use std::process::ExitCode;

use clap::Parser;
use tongban_tests_e2e::scenario;
use tongban_tests_support::database::{self, Kind};

/// Takes a server through the scenarios of a domain.
#[derive(Debug, Parser)]
struct Arguments {
    /// The domain, such as `marriage-registration`.
    domain: String,
    /// Only these ids.
    #[arg(long)]
    id: Vec<String>,
    /// Where the data lies: `sqlite` or `postgres`.
    #[arg(long, env = database::VARIABLE, default_value = "sqlite")]
    database: Kind,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    database::choose(arguments.database);
    tokio::runtime::Runtime::new()?.block_on(run(&arguments))
}

async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
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
            let part = scenario::waits_for(&arguments.domain, id)?;
            println!("{id} waiting {}", part.unwrap_or_default());
            continue;
        };
        match scenario::run(&arguments.domain, &script).await {
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
