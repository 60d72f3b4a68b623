//! `tongban plugin list`: what is active on a running server.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::deploy::Remote;

/// Arguments of `tongban plugin list`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    remote: Remote,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let data = arguments.remote.graphql(
        "{ plugins { name version digest title { zh en } } }",
        &json!({}),
    )?;
    for plugin in data["plugins"].as_array().into_iter().flatten() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        println!(
            "{} {} · {} · {}",
            text(&plugin["name"]),
            text(&plugin["version"]),
            text(&plugin["title"]["zh"]),
            text(&plugin["digest"])
        );
    }
    Ok(ExitCode::SUCCESS)
}
