//! `cargo xtask fuzz-core`: random processes and commands, the core's properties checked after every step.

use clap::Args;

use crate::process::{built, cargo, step};

/// Arguments of `cargo xtask fuzz-core`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How long to run.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// First seed; printed if not given.
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut build = cargo();
    build.args([
        "build",
        "--release",
        "--package",
        "tongban-core",
        "--example",
        "fuzz",
    ]);
    step("build the core's fuzzer", &mut build)?;
    let mut fuzz = built("examples/fuzz");
    fuzz.args(["--seconds", &arguments.seconds.to_string()]);
    if let Some(seed) = arguments.seed {
        fuzz.args(["--seed", &seed.to_string()]);
    }
    step("fuzz the core", &mut fuzz)
}
