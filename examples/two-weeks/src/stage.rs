//! Plays a plan on a server: moves the clock, sends what everybody does, and looks at every answer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use jiff::civil::DateTime;
use serde_json::{Value, json};
use tongban_tests_support::client::Client;
use tongban_tests_support::server::Server;

use crate::plan::{OPERATOR, Plan};
use crate::step::{Act, Certificate, Operation, Step};

const TASKS: &str = "query($record: String!) { userTasks(filter: { recordId: $record, states: [CREATED] }, first: 20) { nodes { id elementId } } }";
const COMPLETE: &str = "mutation($input: CompleteUserTaskInput!) { completeUserTask(input: $input) { userTask { state } userErrors { code field message { zh } } } }";
const CLAIM: &str = "mutation($input: ClaimUserTaskInput!) { claimUserTask(input: $input) { userTask { assignee } userErrors { code field message { zh } } } }";
const UNCLAIM: &str = "mutation($input: UnclaimUserTaskInput!) { unclaimUserTask(input: $input) { userTask { assignee } userErrors { code field message { zh } } } }";
const ADVANCE: &str = "mutation($input: AdvanceClockInput!) { advanceClock(input: $input) { complete userErrors { code field message { zh } } } }";
const SWITCH: &str = "mutation($input: SwitchExchangeInput!) { switchExchange(input: $input) { available userErrors { code field message { zh } } } }";
const EXAMINATION: &str = "query($id: ID!) { marriageCase(id: $id) { examinationId } }";

/// Tasks that are about the examination of a marriage, which its parties do not see.
const OF_EXAMINATION: [&str; 2] = ["protect_party", "report_repair"];
/// A move of the clock that its bound stops is asked for again so often.
const MOVES_MAX: usize = 1_000;

/// How far a play is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Where the clock stands.
    pub now: DateTime,
    /// Steps taken.
    pub n_taken: usize,
    /// Steps of the plan.
    pub n_steps: usize,
    /// Cases that have begun.
    pub n_cases: usize,
    /// How long it has taken.
    pub elapsed: Duration,
}

/// A server with what is known of the play on it.
pub struct Stage<'s> {
    server: &'s Server,
    clients: BTreeMap<String, Client>,
    now: DateTime,
    /// The id of each case that has begun.
    cases: BTreeMap<usize, String>,
    /// Blanks of the stock that were printed on.
    n_blanks: usize,
    n_requests: usize,
}

impl<'s> Stage<'s> {
    /// A server whose clock stands at `now` and on which nothing of the plan has happened.
    pub fn new(server: &'s Server, now: DateTime) -> Self {
        Self {
            server,
            clients: BTreeMap::new(),
            now,
            cases: BTreeMap::new(),
            n_blanks: 0,
            n_requests: 0,
        }
    }

    /// Plays the plan to its end, telling `report` how far it is.
    pub async fn play(
        &mut self,
        plan: &Plan,
        mut report: impl FnMut(Progress),
    ) -> anyhow::Result<()> {
        let started = Instant::now();
        for (n, step) in plan.steps.iter().enumerate() {
            let place = || {
                let case = step.case.and_then(|it| plan.cases.get(it));
                let case = case.map_or("", String::as_str);
                format!("{} {case}: {} {:?}", step.at, step.by, step.act)
            };
            self.advance(step.at).await.with_context(place)?;
            self.take(step).await.with_context(place)?;
            report(Progress {
                now: self.now,
                n_taken: n + 1,
                n_steps: plan.steps.len(),
                n_cases: self.cases.len(),
                elapsed: started.elapsed(),
            });
        }
        self.advance(plan.ends).await
    }

    /// Moves the clock, which also brings every check and timer on the way to its end.
    async fn advance(&mut self, to: DateTime) -> anyhow::Result<()> {
        if to <= self.now {
            return Ok(());
        }
        for _ in 0..MOVES_MAX {
            let input = json!({ "to": format!("{to}+08:00") });
            let moved = self.mutate(OPERATOR, ADVANCE, input, None).await?;
            if moved["advanceClock"]["complete"] == true {
                self.now = to;
                return Ok(());
            }
        }
        bail!("the clock does not reach {to}")
    }

    async fn take(&mut self, step: &Step) -> anyhow::Result<()> {
        let by = step.by.as_str();
        match &step.act {
            Act::Operate { operation, input } => self.operate(step, *operation, input).await,
            Act::Complete { element, variables } => {
                let input = json!({ "variables": variables });
                self.on_task(step, element, COMPLETE, input).await
            }
            Act::Print {
                holders,
                spoiled,
                certificate,
            } => {
                let variables = self.printed(holders, *spoiled, *certificate);
                let input = json!({ "variables": variables });
                self.on_task(step, "hand_over", COMPLETE, input).await
            }
            Act::Claim(element) => self.on_task(step, element, CLAIM, json!({})).await,
            Act::Unclaim(element) => self.on_task(step, element, UNCLAIM, json!({})).await,
            Act::Switch { source, available } => {
                let input = json!({ "kind": source, "available": available });
                self.mutate(by, SWITCH, input, None).await.map(drop)
            }
        }
    }

    async fn operate(
        &mut self,
        step: &Step,
        operation: Operation,
        input: &Value,
    ) -> anyhow::Result<()> {
        let name = operation.name();
        let (first, rest) = name.split_at(1);
        let ty = format!("{}{rest}Input", first.to_uppercase());
        let result = if operation.opens() {
            "caseId"
        } else {
            "__typename"
        };
        let query = format!(
            "mutation($input: {ty}!) {{ {name}(input: $input) {{ result {{ {result} }} userErrors {{ code field message {{ zh }} }} }} }}"
        );
        let mut input = input.clone();
        let case = step.case.context("an operation is about a case")?;
        if let Some(id) = self.cases.get(&case) {
            input[operation.case_field()] = id.clone().into();
        }
        let data = self.mutate(&step.by, &query, input, step.refused).await?;
        if operation.opens() && step.refused.is_none() {
            let id = data[name]["result"]["caseId"].as_str();
            let id = id.with_context(|| format!("no case in {data}"))?;
            self.cases.insert(case, id.to_owned());
        }
        Ok(())
    }

    /// Sends a mutation about the open task of the case at this element.
    async fn on_task(
        &mut self,
        step: &Step,
        element: &str,
        query: &str,
        mut input: Value,
    ) -> anyhow::Result<()> {
        let record = self.record(step, element).await?;
        let variables = json!({ "record": record });
        let data = self.query(&step.by, TASKS, variables).await?;
        let tasks = data["userTasks"]["nodes"].as_array();
        let mut tasks = tasks.into_iter().flatten();
        let task = tasks.find(|it| it["elementId"] == element);
        let task = task.with_context(|| format!("no task {element} among {data}"))?;
        input["userTaskId"] = task["id"].clone();
        self.mutate(&step.by, query, input, step.refused)
            .await
            .map(drop)
    }

    async fn record(&mut self, step: &Step, element: &str) -> anyhow::Result<String> {
        let case = step.case.and_then(|it| self.cases.get(&it)).cloned();
        let case = case.context("the case has not begun")?;
        if !OF_EXAMINATION.contains(&element) {
            return Ok(case);
        }
        let data = self
            .query("registrar-01", EXAMINATION, json!({ "id": case }))
            .await?;
        let id = data["marriageCase"]["examinationId"].as_str();
        Ok(id.context("a case has its examination")?.to_owned())
    }

    fn printed(&mut self, holders: &[String], spoiled: bool, certificate: Certificate) -> Value {
        let (prefix, ceremony) = match certificate {
            Certificate::Marriage { ceremony } => ("NMJ", Some(ceremony)),
            Certificate::Divorce => ("NML", None),
        };
        let blanks: Vec<Value> = holders
            .iter()
            .map(|holder| {
                self.n_blanks += 1;
                let serial = format!("{prefix}2026{:06}", self.n_blanks);
                if spoiled {
                    json!({ "serial": serial })
                } else {
                    json!({ "personId": holder, "serial": serial })
                }
            })
            .collect();
        match ceremony {
            Some(_) if spoiled => json!({ "result": "SPOILED", "spoiledBlanks": blanks }),
            Some(ceremony) => {
                json!({ "result": "PRINTED", "printSerials": blanks, "ceremony": ceremony })
            }
            None => json!({ "printSerials": blanks }),
        }
    }

    /// Sends a mutation that is done, or refused with the code.
    async fn mutate(
        &mut self,
        by: &str,
        query: &str,
        mut input: Value,
        refused: Option<&str>,
    ) -> anyhow::Result<Value> {
        self.n_requests += 1;
        input["idempotencyKey"] = format!("two-weeks-{:06}", self.n_requests).into();
        let data = self.query(by, query, json!({ "input": input })).await?;
        let payload = data.as_object().and_then(|it| it.values().next());
        let errors = payload.and_then(|it| it["userErrors"].as_array());
        let errors = errors.with_context(|| format!("no payload in {data}"))?;
        match refused {
            None => ensure!(errors.is_empty(), "refused: {}", json!(errors)),
            Some(code) => ensure!(
                errors.iter().any(|it| it["code"] == code),
                "expected {code}, found {data}"
            ),
        }
        Ok(data)
    }

    async fn query(&mut self, by: &str, query: &str, variables: Value) -> anyhow::Result<Value> {
        let client = self.client(by)?;
        client.data(query, variables).await
    }

    /// Whoever acts has a token of its own: staff of the county's list, or a citizen.
    pub fn client(&mut self, by: &str) -> anyhow::Result<Client> {
        if let Some(client) = self.clients.get(by) {
            return Ok(client.clone());
        }
        let client = if by.starts_with("person-") {
            let arguments = ["--id", by, "--role", "CITIZEN", "--person", by];
            self.server
                .anonymous()
                .with_token(self.server.token(&arguments)?)
        } else {
            self.server.client(by)?
        };
        self.clients.insert(by.to_owned(), client.clone());
        Ok(client)
    }
}
