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
    /// Only this measurement: `in_process`, `one_task`, `two_user`, `civil`, `sweep`, `growth`, `plugin_calls` or
    /// `start_up`, or `bpmn` for the readers, checks, expressions and documents alone;
    /// may be given several times.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// `sqlite` or `postgres`; both if not given.
    #[arg(long, value_parser = ["sqlite", "postgres"])]
    database: Option<String>,
}

/// What needs no server: reading, checking and evaluating models.
const BPMN: &str = "bpmn";

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let of_server: Vec<&String> = arguments.only.iter().filter(|it| *it != BPMN).collect();
    if of_server.len() < arguments.only.len() {
        models()?;
        if of_server.is_empty() {
            return Ok(());
        }
    }
    demo::build(&["--bin", "tongban-tests-load", "--examples"])?;
    let mut measure = built("tongban-tests-load");
    measure.args(["--scale", &arguments.scale]);
    for name in of_server {
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
        ("tongban-document", "timing"),
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
