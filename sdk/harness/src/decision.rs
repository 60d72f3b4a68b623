//! The plugin's own decisions, made as the server makes them.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};
use tongban_feel::dmn::{Limits, Model, Source};
use tongban_feel::environment::Environment;
use tongban_feel::time::{Date as FeelDate, Timestamp, Zone};
use tongban_feel::workday::{Calendar, DayKind as FeelDayKind};
use tongban_feel::{json, trace::Trace};
use tongban_sdk::host::Decided;
use tongban_sdk::{Date, DayKind, DecisionError, Instant};

use crate::Problem;
use crate::calendar::Table;

/// Where the offices read their hours.
const ZONE: &str = "Asia/Shanghai";
const FOLDER: &str = "decisions";

/// The models below `decisions/`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Decisions(Vec<Model>);

impl Decisions {
    /// Reads and compiles all of them; each may import the others.
    pub(crate) fn read(plugin_dir: &Path) -> Result<Self, Problem> {
        let files = files(plugin_dir)?;
        let sources = || {
            files.iter().map(|(file, bytes)| Source {
                file: file.as_str(),
                bytes: bytes.as_slice(),
            })
        };
        let mut models = Vec::with_capacity(files.len());
        for (position, (file, bytes)) in files.iter().enumerate() {
            let others = sources().enumerate().filter(|it| it.0 != position);
            let others: Vec<Source<'_>> = others.map(|it| it.1).collect();
            let own = Source { file, bytes };
            let model = Model::parse_with_imports(own, &others, &Limits::default());
            models.push(model.map_err(|found| {
                let text: Vec<String> = found.iter().map(ToString::to_string).collect();
                Problem::new(file, text.join("; "))
            })?);
        }
        Ok(Self(models))
    }

    pub(crate) fn decide(
        &self,
        decision: &str,
        input: &[u8],
        (calendar, now): (&Table, Instant),
    ) -> Result<Decided, DecisionError> {
        let undecided = |text: String| DecisionError::Undecided(format!("{decision}: {text}"));
        let has = |it: &&Model| it.decisions().iter().any(|it| *it.id == *decision);
        let model = self.0.iter().find(has);
        let model = model.ok_or_else(|| undecided("the plugin has no such decision".to_owned()))?;
        let input: Map<String, Value> = serde_json::from_slice(input)
            .map_err(|error| DecisionError::BadInput(format!("{decision}: {error}")))?;
        let zone = Zone::named(ZONE).ok_or_else(|| undecided(format!("no time zone {ZONE}")))?;
        let days = Days(calendar);
        let now = Timestamp::from_microseconds(now.as_micros());
        let environment = Environment::new(now, zone, &days);
        let variables = json::context_from_json(&input);
        let (decided, trace) = model.evaluate_traced(decision, &variables, &environment);
        let decided = decided.map_err(|error| undecided(error.to_string()))?;
        let output = json::to_json(&decided.value).map_err(|error| undecided(error.to_string()))?;
        Ok(Decided {
            output: output.to_string().into_bytes(),
            version: 1,
            effective_from: None,
            rules: rules(&trace),
        })
    }
}

/// The files with their names, in the order of these.
fn files(plugin_dir: &Path) -> Result<Vec<(String, Vec<u8>)>, Problem> {
    let folder = plugin_dir.join(FOLDER);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let problem = |error: std::io::Error| Problem::new(FOLDER, error.to_string());
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).map_err(problem)? {
        let path = entry.map_err(problem)?.path();
        if path.extension().is_some_and(|it| it == "dmn") {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let bytes = fs::read(&path).map_err(problem)?;
            files.push((format!("{FOLDER}/{name}"), bytes));
        }
    }
    files.sort();
    Ok(files)
}

fn rules(trace: &Trace) -> Vec<String> {
    let tables = trace.elements.iter().flat_map(|it| &it.tables);
    let rules = tables.flat_map(|it| &it.rules);
    rules
        .filter_map(|it| it.rule_id.as_ref().map(ToString::to_string))
        .collect()
}

/// The calendar of the case, as FEEL asks for it.
struct Days<'c>(&'c Table);

impl Days<'_> {
    fn kind(&self, date: FeelDate) -> DayKind {
        let date = Date::new(date.year(), date.month(), date.day());
        let kind = date.ok().and_then(|it| self.0.day_kind(it).ok());
        kind.unwrap_or(DayKind::Working)
    }
}

impl Calendar for Days<'_> {
    fn day(&self, date: FeelDate) -> FeelDayKind {
        match self.kind(date) {
            DayKind::Working => FeelDayKind::Working,
            DayKind::Weekend | DayKind::Holiday => FeelDayKind::Rest { statutory: false },
            DayKind::StatutoryHoliday => FeelDayKind::Rest { statutory: true },
        }
    }

    fn is_holiday(&self, date: FeelDate) -> bool {
        matches!(
            self.kind(date),
            DayKind::Holiday | DayKind::StatutoryHoliday
        )
    }

    fn is_confirmed(&self, year: i32) -> bool {
        self.0.is_confirmed(year)
    }

    fn version(&self) -> &str {
        self.0.version()
    }
}
