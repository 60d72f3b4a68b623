//! `cargo xtask scenarios <domain>`: a domain's scenarios by id, through GraphQL.

use clap::Args;

use crate::command::demo;
use crate::process::{built, step};

/// Arguments of `cargo xtask scenarios`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The domain, such as `marriage-registration`.
    domain: String,
    /// Only these ids.
    #[arg(long)]
    id: Vec<String>,
    /// `sqlite` or `postgres`.
    #[arg(long, default_value = "sqlite")]
    database: String,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    demo::build(&["--bin", "scenarios"])?;
    let mut scenarios = built("scenarios");
    scenarios
        .arg(&arguments.domain)
        .args(["--database", &arguments.database]);
    for id in &arguments.id {
        scenarios.args(["--id", id]);
    }
    step(
        &format!("scenarios of {}", arguments.domain),
        &mut scenarios,
    )
}
