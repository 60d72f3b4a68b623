//! `tongban deploy`: processes, decisions and forms to a running server.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// How to reach a server.
#[derive(Debug, Args)]
pub(crate) struct Remote {
    /// Base URL of the server.
    #[arg(long, env = "TONGBAN_URL", default_value = "http://127.0.0.1:8600")]
    pub(crate) url: String,
    /// Token of an operator.
    #[arg(long, env = "TONGBAN_TOKEN", hide_env_values = true)]
    pub(crate) token: String,
}

impl Remote {
    /// Sends a document and gives its data.
    pub(crate) fn graphql(&self, query: &str, variables: &Value) -> anyhow::Result<Value> {
        let body = json!({ "query": query, "variables": variables });
        let request =
            |client: &reqwest::Client| client.post(format!("{}/graphql", self.url)).json(&body);
        let mut answer = self.send(request)?.1;
        if let Some(errors) = answer["errors"].as_array() {
            let texts: Vec<&str> = errors
                .iter()
                .filter_map(|it| it["message"].as_str())
                .collect();
            anyhow::bail!("{}", texts.join("\n"));
        }
        Ok(answer["data"].take())
    }

    /// Sends a request with the token and gives status and JSON.
    pub(crate) fn send(
        &self,
        request: impl FnOnce(&reqwest::Client) -> reqwest::RequestBuilder,
    ) -> anyhow::Result<(u16, Value)> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime
            .context("cannot start the asynchronous runtime")?
            .block_on(async {
                let client = reqwest::Client::new();
                let response = request(&client).bearer_auth(&self.token).send().await;
                let response = response.with_context(|| format!("cannot reach {}", self.url))?;
                let status = response.status().as_u16();
                let bytes = response.bytes().await.context("the answer broke off")?;
                let json = serde_json::from_slice(&bytes)
                    .with_context(|| format!("{status}: {}", String::from_utf8_lossy(&bytes)))?;
                Ok((status, json))
            })
    }
}

/// Arguments of `tongban deploy`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Files: .bpmn, .dmn, .form; all are deployed or none.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    remote: Remote,
}

/// Deploys the files.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut resources = Vec::new();
    let mut digest = Sha256::new();
    for file in &arguments.files {
        let content = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let name = file
            .file_name()
            .and_then(|it| it.to_str())
            .context("a file name is not UTF-8")?;
        digest.update(name);
        digest.update(&content);
        resources.push(json!({ "name": name, "content": content }));
    }
    let key: String = digest
        .finalize()
        .iter()
        .take(16)
        .map(|it| format!("{it:02x}"))
        .collect();
    let query = "mutation ($input: DeployInput!) { deploy(input: $input) {
        deployment { processes { key version unchanged } decisions { key version unchanged } forms { key version unchanged } }
        userErrors { code field message { zh en } } warnings { code message { zh en } } } }";
    let input =
        json!({ "input": { "resources": resources, "idempotencyKey": format!("deploy-{key}") } });
    let data = arguments.remote.graphql(query, &input)?;
    let answer = &data["deploy"];
    for problem in answer["userErrors"].as_array().into_iter().flatten() {
        eprintln!(
            "error {}: {}",
            text(&problem["code"]),
            text(&problem["message"]["en"])
        );
    }
    for problem in answer["warnings"].as_array().into_iter().flatten() {
        eprintln!(
            "warning {}: {}",
            text(&problem["code"]),
            text(&problem["message"]["en"])
        );
    }
    if answer["deployment"].is_null() {
        return Ok(ExitCode::FAILURE);
    }
    for kind in ["processes", "decisions", "forms"] {
        for it in answer["deployment"][kind].as_array().into_iter().flatten() {
            let unchanged = if it["unchanged"] == true {
                " (unchanged)"
            } else {
                ""
            };
            println!(
                "{kind} {} version {}{unchanged}",
                text(&it["key"]),
                it["version"]
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
