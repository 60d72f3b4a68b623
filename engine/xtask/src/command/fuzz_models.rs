//! `cargo xtask fuzz-models`: BPMN and DMN files with random changes, given to their readers.

use std::path::PathBuf;

use clap::Args;

use crate::process::{built, cargo, step};
use crate::repository;

/// Arguments of `cargo xtask fuzz-models`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How long to run.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// First seed; printed if not given.
    #[arg(long)]
    seed: Option<u64>,
    /// A folder with further files to begin from; may be given several times. The repository's own
    /// and those of the conformance suites, where they are at hand, are always among them.
    #[arg(long)]
    dir: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut build = cargo();
    build.args([
        "build",
        "--release",
        "--package",
        "tongban-bpmn",
        "--example",
        "fuzz_models",
    ]);
    step("build the readers' fuzzer", &mut build)?;
    let mut fuzz = built("examples/fuzz_models");
    fuzz.args(["--seconds", &arguments.seconds.to_string()]);
    if let Some(seed) = arguments.seed {
        fuzz.args(["--seed", &seed.to_string()]);
    }
    fuzz.arg("--").arg(repository::root());
    fuzz.arg(repository::root().join("../shared/conformance"));
    fuzz.args(&arguments.dir);
    step("fuzz the readers", &mut fuzz)
}
