//! Models that are run, each with inputs and the trace it is to leave.
//!
//! A model is written in our dialect first ([`crate::script_words`]); then it runs in the pure core.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::Value as Json;
use tongban_bpmn::diagnostic::Severity;
use tongban_bpmn::document::Document;
use tongban_bpmn::graph::Definitions;
use tongban_bpmn::limit::Limits;
use tongban_core::command::Command;
use tongban_core::id::{Instant, JobId, ProcessInstanceId};
use tongban_core::incident::Kind;
use tongban_core::variable::Variables;
use tongban_feel::value::Value;

use crate::expected::Expected;
use crate::files;
use crate::report::{Outcome, Report};
use crate::script_words;
use crate::world::{Job, World};

/// How long the scripts take that take time.
const TEN_SECONDS_US: i64 = 10_000_000;
/// How long a case is looked at if it does not say.
const DELAY_MS: i64 = 100;
/// Jobs of one case.
const JOBS_MAX: u32 = 1_000;

pub(crate) fn run(folder: &Path, expected: &Expected, report: &mut Report) -> anyhow::Result<()> {
    let list = files::read(&folder.join("expectations.json"))?;
    let list: Json = serde_json::from_slice(&list).context("expectations.json is not JSON")?;
    let tests = list["tests"].as_array().context("there are no tests")?;
    for test in tests {
        let file = test["file"].as_str().context("a test names its file")?;
        let bytes = files::read(&folder.join("models").join(file))?;
        for case in test["cases"].as_array().into_iter().flatten() {
            let name = format!("{file}#{}", case["case"]);
            let outcome = if expected.skips(report.suite, &name) {
                Outcome::Skipped
            } else {
                run_case(
                    file,
                    &bytes,
                    test["process"].as_str().unwrap_or_default(),
                    case,
                )
            };
            report.add(name, outcome);
        }
    }
    Ok(())
}

fn run_case(file: &str, bytes: &[u8], process: &str, case: &Json) -> Outcome {
    let tokens = case["expect"].as_array().into_iter().flatten();
    let mut wanted: Vec<String> = tokens
        .filter_map(Json::as_str)
        .map(ToOwned::to_owned)
        .collect();
    wanted.sort();
    let definitions = match deploy(file, bytes) {
        Ok(definitions) => definitions,
        Err(why) => {
            let is_wanted = wanted
                .iter()
                .any(|it| it == "ERROR" || it == "ERROR_deployment");
            return if is_wanted {
                Outcome::Passed
            } else {
                Outcome::Refused(why)
            };
        }
    };
    let mut play = Play {
        world: World::new(definitions.processes),
        trace: Vec::new(),
        marker: false,
        busy: VecDeque::new(),
        intervals: Vec::new(),
        jobs: 0,
    };
    if let Err(why) = play.run(process, case) {
        return Outcome::Failed(why);
    }
    let mut found = play.tokens();
    if wanted.iter().any(|it| it == "ERROR") && found.iter().any(|it| it.starts_with("ERROR")) {
        found.retain(|it| !it.starts_with("ERROR"));
        found.push("ERROR".to_owned());
    }
    found.sort();
    if found == wanted {
        return Outcome::Passed;
    }
    let why: Vec<&str> = play
        .world
        .incidents
        .iter()
        .map(|(_, it)| it.as_str())
        .collect();
    Outcome::Failed(format!(
        "expected {wanted:?}, found {found:?} {}",
        why.join(" | ")
    ))
}

fn deploy(file: &str, bytes: &[u8]) -> Result<Definitions, String> {
    let limits = Limits::default();
    let codes = |findings: Vec<tongban_bpmn::diagnostic::Diagnostic>| {
        let errors = findings.iter().filter(|it| it.severity == Severity::Error);
        let lines: Vec<String> = errors.map(ToString::to_string).collect();
        lines.join(" | ")
    };
    let mut document = Document::read(file, bytes, &limits).map_err(codes)?;
    script_words::adapt(document.root_mut());
    tongban_bpmn::read(file, document.write().as_bytes(), &limits).map_err(codes)
}

/// One case being run.
struct Play {
    world: World,
    trace: Vec<String>,
    marker: bool,
    /// Jobs that take time, with their ends.
    busy: VecDeque<(Instant, Job)>,
    /// When the two scripts ran that measure time.
    intervals: Vec<(String, Instant, Instant)>,
    jobs: u32,
}

impl Play {
    fn run(&mut self, process: &str, case: &Json) -> Result<(), String> {
        if let Some(first) = case["start_first"].as_str() {
            self.world.start(first, Variables::new())?;
            self.work()?;
        }
        let mut variables = Variables::new();
        for (name, value) in case["input"].as_object().into_iter().flatten() {
            let value = match value {
                Json::String(text) => Value::from(text.as_str()),
                other => Value::from(other.as_i64().unwrap_or_default()),
            };
            variables.insert(Arc::from(name.as_str()), value);
        }
        self.world.start(process, variables)?;
        let delay_ms = case["delay_ms"].as_i64().unwrap_or(DELAY_MS);
        let until = self.world.at().plus_us(delay_ms.saturating_mul(1_000));
        loop {
            self.work()?;
            let job_ends = self.busy.iter().map(|(at, _)| *at).min();
            let next = job_ends.into_iter().chain(self.world.next_timer()).min();
            let Some(next) = next.filter(|it| *it <= until) else {
                break;
            };
            self.world.advance_to(next)?;
            self.finish(next)?;
        }
        Ok(())
    }

    /// Does every job that is there.
    fn work(&mut self) -> Result<(), String> {
        loop {
            let is_busy = |job: &Job, instance: ProcessInstanceId, id: JobId| {
                (job.instance, job.id) == (instance, id)
            };
            let jobs = self.world.jobs();
            let next = jobs.into_iter().find(|it| {
                let mut busy = self.busy.iter();
                !busy.any(|(_, job)| is_busy(job, it.instance, it.id))
            });
            let Some(job) = next else {
                if self.world.choose()? {
                    continue;
                }
                return Ok(());
            };
            self.jobs += 1;
            if self.jobs > JOBS_MAX {
                return Err("it does not come to an end".to_owned());
            }
            self.do_job(job)?;
        }
    }

    fn do_job(&mut self, job: Job) -> Result<(), String> {
        let mut variables = Variables::new();
        let counter = "integerVariable";
        match &*job.job_type.clone() {
            "CREATE_LOG_FILE" => {}
            "CREATE_MARKER_FILE" => self.marker = true,
            word @ ("INCREMENT_INTEGER_VARIABLE" | "INCREMENT_INTEGER_VARIABLE_AND_LOG") => {
                let value = job.variables.get(counter).and_then(Value::as_number);
                let value = value.and_then(|it| it.to_i64()).unwrap_or_default();
                variables.insert(Arc::from(counter), Value::from(value + 1));
                if word.ends_with("LOG") {
                    self.trace.push("INCREMENT_correct".to_owned());
                }
            }
            "SET_STRING_DATA" => {
                variables.insert(Arc::from("data"), Value::from("String"));
            }
            "LOG_DATA" => {
                if job.variables.get("data") == Some(&Value::from("String")) {
                    self.trace.push("DATA_correct".to_owned());
                }
            }
            "THROW_ERROR" => {
                let command = Command::ThrowError {
                    job: job.id,
                    code: Arc::from("ERR_CODE"),
                    message: Arc::from("thrown by the script"),
                    variables,
                };
                return self.world.command(job.instance, command);
            }
            word @ ("WAIT_TEN_SECONDS" | "CREATE_TIMESTAMP_LOG_1" | "CREATE_TIMESTAMP_LOG_2") => {
                let (from, to) = (self.world.at(), self.world.at().plus_us(TEN_SECONDS_US));
                if word.starts_with("CREATE") {
                    self.intervals.push((word.to_owned(), from, to));
                }
                self.busy.push_back((to, job));
                return Ok(());
            }
            word if word.starts_with("SCRIPT_task") => self.trace.push(word.to_owned()),
            other => return Err(format!("there is no script {other}")),
        }
        let command = Command::CompleteJob {
            job: job.id,
            variables,
        };
        self.world.command(job.instance, command)
    }

    /// Completes the jobs that have taken their time.
    fn finish(&mut self, at: Instant) -> Result<(), String> {
        let (done, busy) = self.busy.drain(..).partition(|(end, _)| *end <= at);
        self.busy = busy;
        let done: VecDeque<(Instant, Job)> = done;
        for (_, job) in done {
            let command = Command::CompleteJob {
                job: job.id,
                variables: Variables::new(),
            };
            self.world.command(job.instance, command)?;
        }
        Ok(())
    }

    /// The trace with what is derived at the end.
    fn tokens(&self) -> Vec<String> {
        let mut tokens = self.trace.clone();
        if self.marker {
            tokens.push("MARKER_exists".to_owned());
        }
        for (kind, _) in &self.world.incidents {
            let token = match kind {
                Kind::UnhandledError => "ERROR_thrownErrorEvent",
                _ => "ERROR_runtime",
            };
            tokens.push(token.to_owned());
        }
        if let [(one, from, to), (other, later, end), ..] = self.intervals.as_slice()
            && one != other
            && later < to
            && from < end
        {
            tokens.push("EXECUTION_parallel".to_owned());
        }
        tokens
    }
}
