//! `cargo xtask conformance`: suites that nobody in this project wrote, over the pure crates.

use std::path::PathBuf;

use clap::Args;

use crate::process::{built, cargo, step};

/// Arguments of `cargo xtask conformance`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder of the suites; `shared/conformance` beside the repository if not given.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Only this suite: `miwg`, `betsy-executable`, `betsy-constraints` or `dmn-tck`; may be given
    /// several times.
    #[arg(long, value_name = "NAME")]
    suite: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut build = cargo();
    build.args([
        "build",
        "--release",
        "--package",
        "tongban-tests-conformance",
    ]);
    step("build the runner", &mut build)?;
    let mut runner = built("tongban-tests-conformance");
    if let Some(dir) = &arguments.dir {
        runner.arg("--dir").arg(dir);
    }
    for suite in &arguments.suite {
        runner.args(["--suite", suite]);
    }
    step("conformance", &mut runner)
}
