//! What a server shows: cases by state, tasks by role, certificates, incidents, as somebody of the bureau sees them.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::stage::Stage;

/// Whose list of tasks is counted, and who looks at it.
const ROLES: [(&str, &str); 6] = [
    ("RECEPTION", "reception-01"),
    ("REGISTRAR", "registrar-01"),
    ("REVIEWER", "reviewer-01"),
    ("ARCHIVIST", "archivist-01"),
    ("COUNSELLOR", "counsellor-01"),
    ("SUPERVISOR", "supervisor-01"),
];

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Each marriage's number, and its state.
    pub marriages: Vec<(String, String)>,
    /// Each divorce's.
    pub divorces: Vec<(String, String)>,
    /// Open tasks by the role that may take them; those of several roles count for each.
    pub tasks: BTreeMap<&'static str, usize>,
    /// Certificates issued in the play.
    pub n_certificates: usize,
    /// Incidents that nobody has resolved.
    pub n_incidents: usize,
}

impl Tally {
    /// Counts everything on the server of a stage.
    pub async fn count(stage: &mut Stage<'_>) -> anyhow::Result<Self> {
        let mut tasks = BTreeMap::new();
        for (role, by) in ROLES {
            let filter = json!({ "candidateGroup": role, "states": ["CREATED"] });
            let found = list(stage, by, "userTasks", "UserTaskFilter", filter, "id").await?;
            tasks.insert(role, found.len());
        }
        let since = json!({ "issuedDateFrom": "2026-01-01" });
        let certificates = list(
            stage,
            "supervisor-01",
            "certificates",
            "CertificateFilter",
            since,
            "number",
        );
        let n_certificates = certificates.await?.len();
        let open = json!({ "open": true });
        let incidents = list(stage, "operator", "incidents", "IncidentFilter", open, "id");
        let n_incidents = incidents.await?.len();
        Ok(Self {
            marriages: cases(stage, "marriageCases", "MarriageCaseFilter").await?,
            divorces: cases(stage, "divorceCases", "DivorceCaseFilter").await?,
            tasks,
            n_certificates,
            n_incidents,
        })
    }

    /// How many cases are in each state.
    pub fn by_state(cases: &[(String, String)]) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for (_, state) in cases {
            *counts.entry(state.as_str()).or_default() += 1;
        }
        counts
    }
}

async fn cases(
    stage: &mut Stage<'_>,
    field: &str,
    filter: &str,
) -> anyhow::Result<Vec<(String, String)>> {
    let nodes = list(
        stage,
        "supervisor-01",
        field,
        filter,
        json!({}),
        "caseNo state",
    )
    .await?;
    let text = |it: &Value, name: &str| it[name].as_str().unwrap_or_default().to_owned();
    let mut cases: Vec<_> = nodes
        .iter()
        .map(|it| (text(it, "caseNo"), text(it, "state")))
        .collect();
    cases.sort_unstable();
    Ok(cases)
}

/// All rows of a list, page after page.
async fn list(
    stage: &mut Stage<'_>,
    by: &str,
    field: &str,
    filter_type: &str,
    filter: Value,
    fields: &str,
) -> anyhow::Result<Vec<Value>> {
    let query = format!(
        "query($after: String, $filter: {filter_type}) {{ {field}(first: 100, after: $after, filter: $filter) {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    );
    let client = stage.client(by)?;
    let (mut rows, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "after": after, "filter": filter });
        let mut data = client.data(&query, variables).await?;
        let page = data[field].take();
        let nodes = page["nodes"].as_array().context("a list has nodes")?;
        rows.extend(nodes.iter().cloned());
        if page["pageInfo"]["hasNextPage"] != true {
            return Ok(rows);
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = |counts: BTreeMap<&str, usize>| {
            let counts: Vec<String> = counts
                .into_iter()
                .map(|(name, n)| format!("{name} {n}"))
                .collect();
            counts.join(" · ")
        };
        for (title, cases) in [("marriages", &self.marriages), ("divorces", &self.divorces)] {
            let by_state = counts(Self::by_state(cases));
            writeln!(formatter, "{} {title}: {by_state}", cases.len())?;
        }
        let tasks = self.tasks.iter().map(|(role, n)| (*role, *n)).collect();
        writeln!(formatter, "open tasks: {}", counts(tasks))?;
        write!(
            formatter,
            "{} certificates · {} incidents",
            self.n_certificates, self.n_incidents
        )
    }
}
