//! Developer commands: `cargo xtask <command>`.
//!
//! It knows the repository's layout and the tools around it, and nothing of the crates' insides.

mod command;
mod process;
mod repository;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Developer commands of Tongban.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build what is missing and serve the whole product with the sample county.
    Demo(command::demo::Arguments),
    /// Install what the tests need and run them all.
    Test(command::test::Arguments),
    /// What CI runs: format, lints, docs, tidy, licences, tests.
    Ci,
    /// Check the layout: dependency table, changelogs, texts in both languages.
    Tidy,
    /// Run a domain's scenarios by id.
    Scenarios(command::scenarios::Arguments),
    /// Kill the real server at random points and audit what it had acknowledged.
    Crash(command::crash::Arguments),
    /// Run the suites that nobody in this project wrote: MIWG, betsy, DMN TCK.
    Conformance(command::conformance::Arguments),
    /// Run random processes and commands against the core.
    FuzzCore(command::fuzz_core::Arguments),
    /// Read mutated BPMN and DMN files: no panic, bounded time and memory.
    FuzzModels(command::fuzz_models::Arguments),
    /// Measure: throughput, latency, bytes, memory, start-up.
    Bench(command::bench::Arguments),
    /// Write generated files again: schemas, snapshots, the README's tour.
    Generate,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Demo(it) => command::demo::run(&it),
        Command::Test(it) => command::test::run(&it),
        Command::Ci => command::ci::run(),
        Command::Tidy => command::tidy::run(),
        Command::Scenarios(it) => command::scenarios::run(&it),
        Command::Crash(it) => command::crash::run(&it),
        Command::Conformance(it) => command::conformance::run(&it),
        Command::FuzzCore(it) => command::fuzz_core::run(&it),
        Command::FuzzModels(it) => command::fuzz_models::run(&it),
        Command::Bench(it) => command::bench::run(&it),
        Command::Generate => command::generate::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
