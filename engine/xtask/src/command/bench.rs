//! `cargo xtask bench`: what the engine does in a second, and what it costs.

use clap::Args;

use crate::command::demo;
use crate::process::{built, cargo, step};

/// Arguments of `cargo xtask bench`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Share of the full time of each measurement (30 s); printed with the results.
    #[arg(long, default_value_t = 10, value_name = "PERCENT")]
    scale: u64,
}

/// Seconds of one measurement at 100 per cent.
const FULL_SECONDS: u64 = 30;
/// Clients at the same time.
const CLIENTS: [&str; 3] = ["1", "16", "64"];

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    demo::build()?;
    let scale = arguments.scale.to_string();
    let seconds = (FULL_SECONDS * arguments.scale / 100).max(1).to_string();
    for clients in CLIENTS {
        let what = format!("bench in process, {clients} clients, scale {scale} %");
        step(
            &what,
            built("examples/bench_inprocess").args([&seconds, clients]),
        )?;
    }
    step(
        "bench over GraphQL",
        built("tongban-tests-load").args(["--scale", &scale]),
    )?;
    let mut calls = cargo();
    calls.args(["bench", "--package", "tongban-host", "--bench", "call"]);
    step("bench plugin calls", &mut calls)
}
