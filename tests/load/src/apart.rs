//! Measurements that programs of their own make, without HTTP: the engine in process, and single plugin calls.

use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::place::{Place, example};
use crate::scale::Scale;
use crate::table::Row;

/// The engine in process, by model and number of clients.
pub(crate) fn in_process(place: &Place, scale: Scale) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for clients in ["1", "16", "64"] {
        let database = place.database(&format!("in-process-{clients}"))?;
        let seconds = scale.time().as_secs().max(1).to_string();
        let text = output(Command::new(example("bench_inprocess")).args([
            &seconds,
            clients,
            &database.url(),
        ]))?;
        for line in text.lines().filter(|it| it.starts_with("result\t")) {
            let cells: Vec<&str> = line.split('\t').skip(1).collect();
            let [model, speed, cpu, p50, p99] = cells.as_slice() else {
                anyhow::bail!("expected five figures in {line}")
            };
            rows.push(
                Row::new(&format!("{model} in process"), place.title())
                    .cell("clients", clients.to_owned())
                    .cell("instances/s", (*speed).to_owned())
                    .cell("CPU-us/instance", (*cpu).to_owned())
                    .cell("p50 ms", (*p50).to_owned())
                    .cell("p99 ms", (*p99).to_owned()),
            );
        }
    }
    ensure!(!rows.is_empty(), "the engine in process printed no result");
    Ok(rows)
}

/// What one plugin call costs.
pub(crate) fn plugin_calls() -> anyhow::Result<Vec<Row>> {
    let text = output(&mut Command::new(example("bench_call")))?;
    let mut rows = Vec::new();
    for line in text.lines().filter(|it| it.starts_with("result\t")) {
        let cells: Vec<&str> = line.split('\t').skip(1).collect();
        let [name, p50, p99] = cells.as_slice() else {
            anyhow::bail!("expected three figures in {line}")
        };
        rows.push(
            Row::new(&format!("plugin call, {name}"), "none")
                .cell("p50 ms", (*p50).to_owned())
                .cell("p99 ms", (*p99).to_owned()),
        );
    }
    ensure!(!rows.is_empty(), "the plugin calls printed no result");
    Ok(rows)
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{command:?} ended with {}: {said}",
        output.status
    );
    String::from_utf8(output.stdout).context("figures are UTF-8")
}
