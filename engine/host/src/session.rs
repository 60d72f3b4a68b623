//! What the store of one call holds: the capabilities, the grants, and the meters. Every import
//! of every contract version ends here, in the host's own types.
//!
//! **Invariant:** a capability is asked only after grant and budget have been checked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::call::{Date, StoredRecord, Usage};
use crate::capability::check::Answer;
use crate::capability::deadline::{Deadline, Reckoned};
use crate::capability::decision::{Decision, DecisionError};
use crate::capability::log::Log;
use crate::capability::numbering::NumberError;
use crate::capability::record::{Comparison, Page, Query, ReadError};
use crate::capability::{Capabilities, Unavailable};
use crate::grant::OperationGrant;
use crate::limit::Limits;
use crate::manifest::FilterType;
use crate::name;
use crate::pool::MemoryMeter;
use crate::thread_time;
use crate::trap::{Kind, Trap};

/// Why an import has no answer.
#[derive(Debug)]
pub(crate) enum Refusal {
    NotGranted(String),
    Budget(String),
    BadQuery(String),
    /// The sequence of a number series is used up.
    Exhausted(String),
    /// No version of a decision holds, or it cannot be made.
    Undecided(String),
    /// The world failed: the guest is stopped at once.
    Stop,
}

/// The data of one store.
pub(crate) struct Session {
    pub(crate) capabilities: Box<dyn Capabilities>,
    pub(crate) grant: Arc<OperationGrant>,
    pub(crate) limits: Limits,
    pub(crate) now_us: i64,
    pub(crate) memory: MemoryMeter,
    pub(crate) log: Log,
    pub(crate) usage: Usage,
    /// The first thing that the plugin must not have done; decides the outcome.
    pub(crate) breach: Option<Trap>,
    /// Set when a capability failed.
    pub(crate) unavailable: Option<Unavailable>,
    started: Instant,
    /// On the thread's own clock.
    thread_started: Duration,
    /// What the capabilities took before the guest started.
    snapshot_time: Duration,
}

impl Session {
    pub(crate) fn new(
        capabilities: Box<dyn Capabilities>,
        grant: Arc<OperationGrant>,
        limits: Limits,
        now_us: i64,
    ) -> Self {
        Self {
            capabilities,
            grant,
            limits,
            now_us,
            memory: MemoryMeter::new(&limits),
            log: Log::default(),
            usage: Usage::default(),
            breach: None,
            unavailable: None,
            started: Instant::now(),
            thread_started: Duration::ZERO,
            snapshot_time: Duration::ZERO,
        }
    }

    /// From here on the time is the guest's, but for what the capabilities take.
    pub(crate) fn start_guest(&mut self) {
        self.started = Instant::now();
        self.thread_started = thread_time::now();
        self.snapshot_time = self.usage.capability_time;
    }

    /// Time within the guest so far.
    pub(crate) fn guest_time(&self) -> Duration {
        let capabilities = self
            .usage
            .capability_time
            .saturating_sub(self.snapshot_time);
        self.started.elapsed().saturating_sub(capabilities)
    }

    /// What counts against the deadline: the lesser of the guest's time by the wall and the
    /// thread's time on a processor, since neither a slow database nor a busy machine is the
    /// plugin's fault.
    pub(crate) fn deadline_time(&self) -> Duration {
        let on_processor = thread_time::now().saturating_sub(self.thread_started);
        self.guest_time().min(on_processor)
    }

    /// Notes how long the guest ran.
    pub(crate) fn stop_guest(&mut self) {
        self.usage.guest_time = self.guest_time();
    }

    /// The records that the operation declares to be read beforehand.
    pub(crate) fn snapshot(
        &mut self,
        input: &Value,
    ) -> Result<Vec<(String, Option<StoredRecord>)>, Refusal> {
        let grant = Arc::clone(&self.grant);
        let mut snapshot = Vec::with_capacity(grant.snapshots.len());
        for (kind, read) in &grant.snapshots {
            let id = input.pointer(&read.id).and_then(Value::as_str);
            let records = match id {
                Some(id) => self.ask(|it| it.get_records(kind, &[id.to_owned()]))?,
                None => Vec::new(),
            };
            self.count_rows(&records)?;
            snapshot.push((read.name.clone(), records.into_iter().next()));
        }
        Ok(snapshot)
    }

    pub(crate) fn get_records(
        &mut self,
        kind: &str,
        ids: &[String],
    ) -> Result<Vec<StoredRecord>, Refusal> {
        self.grant_kind(kind)?;
        self.count_read()?;
        let left = self.rows_left();
        if ids.len() > left as usize {
            return Err(self.over_budget(format!(
                "{} records asked for, {left} left of {}",
                ids.len(),
                self.limits.rows_max
            )));
        }
        let records = self.ask(|it| it.get_records(kind, ids))?;
        self.count_rows(&records)?;
        Ok(records)
    }

    pub(crate) fn find_records(&mut self, mut query: Query) -> Result<Page, Refusal> {
        self.check_query(&query)?;
        self.count_read()?;
        let left = self.rows_left();
        if left == 0 {
            return Err(self.over_budget(format!("rows: all {} used", self.limits.rows_max)));
        }
        query.limit = query.limit.clamp(1, left);
        let page = self.ask_query(|it| it.find_records(&query))?;
        self.count_rows(&page.items)?;
        Ok(page)
    }

    pub(crate) fn count_records(&mut self, query: &Query) -> Result<u64, Refusal> {
        self.check_query(query)?;
        self.count_read()?;
        self.ask_query(|it| it.count_records(query))
    }

    /// The latest answer, and whether it is not older than `hours_max`.
    pub(crate) fn lookup_check(
        &mut self,
        kind: &str,
        subject: &str,
        hours_max: u32,
    ) -> Result<Option<(Answer, bool)>, Refusal> {
        if !self.grant.checks.contains(kind) {
            return Err(self.not_granted("checks", "check", kind));
        }
        self.count_read()?;
        let Some(answer) = self.ask(|it| it.lookup_check(kind, subject))? else {
            return Ok(None);
        };
        self.count_bytes(answer.body.len())?;
        let age_us = self.now_us.saturating_sub(answer.answered_at_us);
        let fresh = age_us <= i64::from(hours_max) * 3_600_000_000;
        Ok(Some((answer, fresh)))
    }

    /// Makes a decision that the operation declares.
    pub(crate) fn decide(
        &mut self,
        decision: &str,
        as_of: Date,
        input: &[u8],
    ) -> Result<Decision, Refusal> {
        if !self.grant.decisions.contains(decision) {
            return Err(self.not_granted("decisions", "decision", decision));
        }
        self.count_read()?;
        self.count_bytes(input.len())?;
        let input: Map<String, Value> = serde_json::from_slice(input).map_err(|error| {
            Refusal::BadQuery(format!(
                "decision `{decision}`: expected a JSON object: {error}"
            ))
        })?;
        let decided = self.timed(|it| it.make_decision(decision, as_of, &input));
        let decided = decided.map_err(|error| match error {
            DecisionError::Undecided(text) => Refusal::Undecided(text),
            DecisionError::Unavailable(cause) => self.stop(cause),
        })?;
        let rules: usize = decided.rules.iter().map(String::len).sum();
        self.count_bytes(decided.output.to_string().len() + rules)?;
        Ok(decided)
    }

    /// A deadline that the operation may know of.
    pub(crate) fn deadline(
        &mut self,
        key: &str,
        record_id: &str,
    ) -> Result<Option<Deadline>, Refusal> {
        if !self.grant.readable_deadlines.contains(key) {
            return Err(self.not_granted("deadlines", "deadline", key));
        }
        self.count_read()?;
        let found = self.ask(|it| it.deadline(key, record_id))?;
        let bytes = found.as_ref().map_or(0, |it| {
            it.explanation.zh.len() + it.explanation.en.len() + it.record_id.len()
        });
        self.count_bytes(bytes)?;
        Ok(found)
    }

    /// What a deadline that the operation may know of would be.
    pub(crate) fn reckon(
        &mut self,
        key: &str,
        anchor: Date,
        amount: Option<u32>,
    ) -> Result<Reckoned, Refusal> {
        if !self.grant.readable_deadlines.contains(key) {
            return Err(self.not_granted("deadlines", "deadline", key));
        }
        self.count_read()?;
        let reckoned = self.timed(|it| it.reckon(key, anchor, amount));
        reckoned.ok_or_else(|| {
            Refusal::BadQuery(format!(
                "deadline `{key}`: expected an end within the years 1900 to 2200"
            ))
        })
    }

    pub(crate) fn allocate_number(
        &mut self,
        series: &str,
        scope: &BTreeMap<String, String>,
    ) -> Result<String, Refusal> {
        let grant = Arc::clone(&self.grant);
        let Some(series) = grant.numbers.get(series) else {
            return Err(self.not_granted("numbers", "number series", series));
        };
        let found: Vec<&String> = scope.keys().collect();
        let mut expected: Vec<&String> = series.scope.iter().collect();
        expected.sort();
        if found != expected {
            let text = format!("expected the scope values {expected:?}, found {found:?}");
            return Err(Refusal::BadQuery(text));
        }
        series
            .pattern
            .check_scope(scope)
            .map_err(Refusal::BadQuery)?;
        self.count_read()?;
        let sequence = self.timed(|it| it.allocate_number(series, scope));
        let sequence = sequence.map_err(|error| match error {
            NumberError::Exhausted(text) => Refusal::Exhausted(text),
            NumberError::Unavailable(cause) => self.stop(cause),
        })?;
        let number = series.pattern.format(scope, sequence);
        number.ok_or_else(|| {
            Refusal::Exhausted(format!(
                "{sequence} is wider than its field in `{}`",
                series.pattern.source()
            ))
        })
    }

    /// The calendar costs no read, but its time is not the guest's.
    pub(crate) fn calendar<T>(&mut self, ask: impl FnOnce(&mut dyn Capabilities) -> T) -> T {
        self.timed(ask)
    }

    fn grant_kind(&mut self, kind: &str) -> Result<(), Refusal> {
        if self.grant.readable.contains_key(kind) {
            return Ok(());
        }
        Err(self.not_granted("reads", "record kind", kind))
    }

    fn check_query(&mut self, query: &Query) -> Result<(), Refusal> {
        self.grant_kind(&query.kind)?;
        let Some(record) = self.grant.readable.get(&query.kind) else {
            return Err(Refusal::Stop);
        };
        let known = || {
            record
                .filters
                .keys()
                .cloned()
                .collect::<Vec<_>>()
                .join(", ")
        };
        for condition in &query.conditions {
            let Some(r#type) = record.filters.get(&condition.filter) else {
                let text = format!(
                    "`{}` has the filters {}, found `{}`",
                    query.kind,
                    known(),
                    condition.filter
                );
                return Err(Refusal::BadQuery(text));
            };
            check_filter_value(condition.comparison, *r#type, &condition.value).map_err(
                |expected| {
                    Refusal::BadQuery(format!(
                        "filter `{}`: expected {expected}",
                        condition.filter
                    ))
                },
            )?;
        }
        match query
            .order
            .iter()
            .find(|it| !record.filters.contains_key(&it.filter))
        {
            Some(order) => Err(Refusal::BadQuery(format!(
                "`{}` can be ordered by {}, found `{}`",
                query.kind,
                known(),
                order.filter
            ))),
            None => Ok(()),
        }
    }

    fn not_granted(&mut self, field: &str, what: &str, found: &str) -> Refusal {
        let text = format!(
            "operation `{}` uses the {what} `{}`, which it does not declare: add it to `{field}` in plugin.toml",
            self.grant.name,
            shortened(found),
        );
        self.breach(Kind::NotGranted, &text);
        Refusal::NotGranted(text)
    }

    fn over_budget(&mut self, text: String) -> Refusal {
        let text = format!("operation `{}`: budget of reads: {text}", self.grant.name);
        self.breach(Kind::Budget, &text);
        Refusal::Budget(text)
    }

    fn breach(&mut self, kind: Kind, text: &str) {
        self.breach.get_or_insert_with(|| Trap::new(kind, text));
    }

    fn stop(&mut self, cause: Unavailable) -> Refusal {
        self.unavailable.get_or_insert(cause);
        Refusal::Stop
    }

    fn count_read(&mut self) -> Result<(), Refusal> {
        if self.usage.reads >= self.limits.reads_max {
            return Err(self.over_budget(format!("calls: all {} used", self.limits.reads_max)));
        }
        self.usage.reads += 1;
        Ok(())
    }

    fn rows_left(&self) -> u32 {
        self.limits.rows_max.saturating_sub(self.usage.rows)
    }

    fn count_rows(&mut self, records: &[StoredRecord]) -> Result<(), Refusal> {
        let rows = u32::try_from(records.len()).unwrap_or(u32::MAX);
        if rows > self.rows_left() {
            return Err(self.over_budget(format!("rows: more than {}", self.limits.rows_max)));
        }
        self.usage.rows += rows;
        let bytes = records
            .iter()
            .map(|record| record.body.len() + record.id.len())
            .sum();
        self.count_bytes(bytes)
    }

    fn count_bytes(&mut self, bytes: usize) -> Result<(), Refusal> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let total = self.usage.read_bytes.saturating_add(bytes);
        if total > self.limits.read_bytes_max {
            return Err(
                self.over_budget(format!("bytes: more than {}", self.limits.read_bytes_max))
            );
        }
        self.usage.read_bytes = total;
        Ok(())
    }

    fn timed<T>(&mut self, ask: impl FnOnce(&mut dyn Capabilities) -> T) -> T {
        let started = Instant::now();
        let answer = ask(&mut *self.capabilities);
        self.usage.capability_time += started.elapsed();
        answer
    }

    fn ask<T>(
        &mut self,
        ask: impl FnOnce(&mut dyn Capabilities) -> Result<T, Unavailable>,
    ) -> Result<T, Refusal> {
        self.timed(ask).map_err(|cause| self.stop(cause))
    }

    fn ask_query<T>(
        &mut self,
        ask: impl FnOnce(&mut dyn Capabilities) -> Result<T, ReadError>,
    ) -> Result<T, Refusal> {
        self.timed(ask).map_err(|error| match error {
            ReadError::BadQuery(text) => Refusal::BadQuery(text),
            ReadError::Unavailable(cause) => self.stop(cause),
        })
    }
}

fn check_filter_value(
    comparison: Comparison,
    r#type: FilterType,
    value: &Value,
) -> Result<(), &'static str> {
    match (comparison, value) {
        (Comparison::OneOf, Value::Array(items)) if items.len() <= 1000 => items
            .iter()
            .try_for_each(|item| check_filter_type(r#type, item)),
        (Comparison::OneOf, _) => Err("an array of at most 1000 items"),
        (
            Comparison::Equal
            | Comparison::Less
            | Comparison::AtMost
            | Comparison::Greater
            | Comparison::AtLeast,
            value,
        ) => check_filter_type(r#type, value),
    }
}

fn check_filter_type(r#type: FilterType, value: &Value) -> Result<(), &'static str> {
    let (fits, expected) = match r#type {
        FilterType::String => (value.is_string(), "a string"),
        FilterType::Integer => (value.is_i64(), "a whole number"),
        FilterType::Boolean => (value.is_boolean(), "true or false"),
        FilterType::Date => (value.as_str().is_some_and(name::is_date), "an ISO date"),
        FilterType::DateTime => (
            value.as_str().is_some_and(is_date_time),
            "an ISO date and time",
        ),
    };
    if fits { Ok(()) } else { Err(expected) }
}

/// The shape only; the store parses it.
fn is_date_time(text: &str) -> bool {
    text.len() <= 40
        && text.get(..10).is_some_and(name::is_date)
        && text.get(10..11).is_some_and(|it| it == "T")
}

fn shortened(text: &str) -> String {
    text.chars()
        .filter(|it| !it.is_control())
        .take(80)
        .collect()
}
