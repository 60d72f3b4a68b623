//! `cargo xtask bench`: what the engine does in a second, and what it costs.

use clap::Args;

use crate::command::demo;
use crate::process::{built, cargo, step};

/// Arguments of `cargo xtask bench`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Share of the full time of each measurement (30 s) and of sizes; printed with the results.
    #[arg(long, default_value = "0.1")]
    scale: String,
    /// Only this measurement: `in_process`, `one_task`, `two_user`, `civil`, `sweep`, `calendar`, `payments`, `growth`,
    /// `fan_out`, `plugin_calls` or `start_up`, or `bpmn` for the readers, checks and expressions with `fan_out` and
    /// letters as PDF; may be given several times.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// `sqlite` or `postgres`; both if not given.
    #[arg(long, value_parser = ["sqlite", "postgres"])]
    database: Option<String>,
}

/// Reading, checking and evaluating models, which needs no server, and what concerns very many instances.
const BPMN: &str = "bpmn";
const FAN_OUT: &str = "fan_out";

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.only.iter().any(|it| it == BPMN) {
        models()?;
    }
    demo::build(&["--bin", "tongban-tests-load", "--examples"])?;
    let mut measure = built("tongban-tests-load");
    measure.args(["--scale", &arguments.scale]);
    for name in &arguments.only {
        let name = if name == BPMN { FAN_OUT } else { name };
        measure.args(["--only", name]);
    }
    if let Some(database) = &arguments.database {
        measure.args(["--database", database]);
    }
    step(&format!("bench at scale {}", arguments.scale), &mut measure)
}

/// The figures of the pure crates.
fn models() -> anyhow::Result<()> {
    for (package, example) in [
        ("tongban-bpmn", "models"),
        ("tongban-feel", "timing"),
        ("tongban-document", "typesetting"),
    ] {
        let mut run = cargo();
        run.args([
            "run",
            "--release",
            "--package",
            package,
            "--example",
            example,
        ]);
        step(&format!("bench {package}"), &mut run)?;
    }
    Ok(())
}
