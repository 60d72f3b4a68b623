//! One case of each procedure, walked on a server of its own, with what the schedules did meanwhile.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};
use tongban_tests_support::paths;
use tongban_tests_support::server::Server;

use crate::scenario;

/// Who may see the runs of schedules.
const OPERATOR: &str = "operator";
/// Runs of one page.
const PAGE: u32 = 100;

const RUNS: &str = "query($after: String, $first: Int!) {
  scheduleRuns(filter: { states: [DONE] }, first: $first, after: $after) {
    nodes { schedule created failed } pageInfo { hasNextPage endCursor }
  }
}";

/// A procedure and the scenario that shows it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Its name for the reader.
    pub title: String,
    /// Its domain.
    pub domain: String,
    /// Id of the scenario.
    pub scenario: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    procedure: Vec<Procedure>,
}

/// What one schedule did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Made {
    /// Runs, also those that found nothing to do.
    pub runs: u64,
    /// Items that were carried out.
    pub items: u64,
    /// Items that failed.
    pub failed: u64,
}

/// All procedures, in the order of their list.
pub fn all() -> anyhow::Result<Vec<Procedure>> {
    let path = paths::repository().join("tests/e2e/procedures.toml");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let file: File = toml::from_str(&text).with_context(|| format!("{}", path.display()))?;
    Ok(file.procedure)
}

/// Takes a case through a procedure; gives the number of steps, and what each schedule did.
pub async fn walk(procedure: &Procedure) -> anyhow::Result<(usize, BTreeMap<String, Made>)> {
    let (domain, id) = (&procedure.domain, &procedure.scenario);
    let script = scenario::script(domain, id)?;
    let script = script.with_context(|| format!("{domain} has no scenario {id}"))?;
    let server = scenario::walk(domain, &script).await?;
    let made = schedules(&server).await?;
    server.stop()?;
    Ok((script.steps.len(), made))
}

async fn schedules(server: &Server) -> anyhow::Result<BTreeMap<String, Made>> {
    let client = server.client(OPERATOR)?;
    let mut made: BTreeMap<String, Made> = BTreeMap::new();
    let mut after = Value::Null;
    loop {
        let data = client
            .data(RUNS, json!({ "after": after, "first": PAGE }))
            .await?;
        let page = &data["scheduleRuns"];
        for run in page["nodes"].as_array().into_iter().flatten() {
            let key = run["schedule"]
                .as_str()
                .context("a run names its schedule")?;
            let count = |name: &str| run[name].as_u64().context("a count is a number");
            let it = made.entry(key.to_owned()).or_default();
            it.runs += 1;
            it.items += count("created")?;
            it.failed += count("failed")?;
        }
        if page["pageInfo"]["hasNextPage"] != true {
            return Ok(made);
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}
