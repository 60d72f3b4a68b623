//! `cargo xtask crash`: the real server, killed under load, audited from the clients' side.

use clap::Args;

use crate::command::demo;
use crate::process::{built, step};

/// Arguments of `cargo xtask crash`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Times the server is killed.
    #[arg(long, default_value_t = 200)]
    pub(crate) rounds: u32,
    /// Seed of the moments and the load; printed if not given.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Keep the whole process's writes: kill only, without the layer that drops what was not flushed.
    #[arg(long)]
    pub(crate) no_power_cut: bool,
    /// `sqlite`, or `postgres`, where the connections are cut and the cluster crashes, too.
    #[arg(long, default_value = "sqlite", value_parser = ["sqlite", "postgres"])]
    pub(crate) database: String,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            rounds: 200,
            seed: None,
            no_power_cut: false,
            database: "sqlite".to_owned(),
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    demo::build(&["--bin", "tongban-tests-crash"])?;
    let mut crash = built("tongban-tests-crash");
    crash.args(["--rounds", &arguments.rounds.to_string()]);
    crash.args(["--database", &arguments.database]);
    if let Some(seed) = arguments.seed {
        crash.args(["--seed", &seed.to_string()]);
    }
    if arguments.no_power_cut {
        crash.arg("--no-power-cut");
    }
    step(
        &format!(
            "crash test, {} rounds on {}",
            arguments.rounds, arguments.database
        ),
        &mut crash,
    )
}
