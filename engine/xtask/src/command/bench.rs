//! `cargo xtask bench`: what the engine does in a second, and what it costs.

use clap::Args;

use crate::command::demo;
use crate::process::{built, step};

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
    step("bench in process", built("examples/bench_inprocess").args(["--scale", &scale]))?;
    step("bench plugin calls", &mut built("examples/bench_call"))?;
    step("bench over GraphQL", built("tongban-tests-load").args(["--scale", &scale]))
}
