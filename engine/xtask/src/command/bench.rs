//! `cargo xtask bench`: what the engine does in a second, and what it costs.

use clap::Args;

use crate::command::demo;
use crate::process::{cargo, step};

/// Arguments of `cargo xtask bench`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Share of the full number of instances; printed with the results.
    #[arg(long, default_value_t = 10, value_name = "PERCENT")]
    scale: u32,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    demo::build()?;
    let scale = arguments.scale.to_string();
    let mut in_process = cargo();
    in_process.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "tongban-runtime",
        "--example",
        "bench_inprocess",
        "--",
    ]);
    step("bench in process", in_process.args(["--scale", &scale]))?;
    let mut calls = cargo();
    calls.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "tongban-host",
        "--example",
        "bench_call",
    ]);
    step("bench plugin calls", &mut calls)?;
    let mut server = cargo();
    server.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "tongban-tests-load",
        "--",
        "--scale",
        &scale,
    ]);
    step("bench over GraphQL", &mut server)
}
