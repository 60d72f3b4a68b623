//! `tongban plugin install`: a package onto a running server.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use crate::cli::deploy::Remote;

/// Arguments of `tongban plugin install`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The `.tbp` file.
    package: PathBuf,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let path = &arguments.package;
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let url = format!("{}/packages", arguments.remote.url);
    let (status, answer) = arguments
        .remote
        .send(|client| client.put(url).body(bytes))?;
    if status != 200 {
        for error in answer["errors"].as_array().into_iter().flatten() {
            let message = error["message"]["en"]
                .as_str()
                .or_else(|| error["message"].as_str());
            eprintln!(
                "{}: {}",
                error["code"].as_str().unwrap_or("error"),
                message.unwrap_or_default()
            );
        }
        return Ok(ExitCode::FAILURE);
    }
    let query = "mutation ($input: ActivatePluginInput!) { activatePlugin(input: $input) {
        plugin { name version } userErrors { code field message { zh en } } } }";
    let key = format!("activate-{}", answer["digest"].as_str().unwrap_or_default());
    let input =
        json!({ "name": answer["name"], "version": answer["version"], "idempotencyKey": key });
    let data = arguments
        .remote
        .graphql(query, &json!({ "input": input }))?;
    let refused = data["activatePlugin"]["userErrors"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for error in &refused {
        eprintln!(
            "{}: {}",
            error["code"].as_str().unwrap_or_default(),
            error["message"]["en"].as_str().unwrap_or_default()
        );
    }
    if !refused.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    println!(
        "{} {} is active",
        answer["name"].as_str().unwrap_or_default(),
        answer["version"].as_str().unwrap_or_default()
    );
    Ok(ExitCode::SUCCESS)
}
