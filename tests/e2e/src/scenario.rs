//! Scenarios of a domain: a list of ids, and a script for each that can be run so far.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use tongban_tests_support::paths;
use tongban_tests_support::script::{self, Memory, Script};
use tongban_tests_support::server::{Options, Server};

/// Ids of all scenarios of `domain`, in the order of its document.
pub fn ids(domain: &str) -> anyhow::Result<Vec<String>> {
    Ok(listed(domain)?.into_iter().map(|it| it.0).collect())
}

/// The part of the product for which a scenario without a script waits, if its list says so.
pub fn waits_for(domain: &str, id: &str) -> anyhow::Result<Option<String>> {
    let listed = listed(domain)?.into_iter();
    let part = listed.filter(|it| it.0 == id).map(|it| it.1).next();
    Ok(part.filter(|it| !it.is_empty()))
}

/// Each id, and what it waits for.
fn listed(domain: &str) -> anyhow::Result<Vec<(String, String)>> {
    let path = folder().join(format!("{domain}.csv"));
    let text = fs::read_to_string(&path)
        .with_context(|| format!("no domain {domain}: cannot read {}", path.display()))?;
    let lines = text.lines().skip(1).map(str::trim);
    let lines = lines.filter(|it| !it.is_empty());
    let parts = lines.map(|it| it.split_once(',').unwrap_or((it, "")));
    Ok(parts
        .map(|(id, part)| (id.to_owned(), part.to_owned()))
        .collect())
}

/// The script of a scenario; none if it waits for its part of the product.
pub fn script(domain: &str, id: &str) -> anyhow::Result<Option<Script>> {
    let path = folder().join(domain).join(format!("{id}.toml"));
    if path.exists() {
        Script::read(&path).map(Some)
    } else {
        Ok(None)
    }
}

/// Takes a server of its own through `script`, on the kind of database that the run is for.
pub async fn run(domain: &str, script: &Script) -> anyhow::Result<()> {
    walk(domain, script).await?.stop()?;
    Ok(())
}

/// A server of its own that was taken through `script`. It has the plugin of `domain`, or all of them where a document is
/// about more than one.
pub async fn walk(domain: &str, script: &Script) -> anyhow::Result<Server> {
    let is_plugin = paths::repository().join("plugins").join(domain).is_dir();
    let options = Options {
        only_plugin: is_plugin.then(|| domain.to_owned()),
        patch: script.county.clone(),
        ..Options::sample(&script.starts_at)
    };
    let server = Server::start(&options)?;
    if let Err(error) = script::run(script, &server, &mut Memory::new()).await {
        return Err(error.context(complaints(&server.log())));
    }
    Ok(server)
}

/// The last lines in which the server complained: why an operation failed is said nowhere else.
fn complaints(log: &str) -> String {
    const LINES_MAX: usize = 10;
    let lines = log
        .lines()
        .filter(|it| it.contains("WARN") || it.contains("ERROR"));
    let lines: Vec<_> = lines.collect();
    let last = &lines[lines.len().saturating_sub(LINES_MAX)..];
    format!(
        "the server complained {} times, at last of {last:#?}",
        lines.len()
    )
}

fn folder() -> PathBuf {
    paths::repository().join("tests/e2e/scenarios")
}
