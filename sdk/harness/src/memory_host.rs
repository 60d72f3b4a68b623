//! The server in memory: what a call can read, and what its writes leave behind.
//!
//! It grants what `plugin.toml` grants to the operation, and refuses the rest. It does not have
//! budgets and does not check JSON Schemas: those are the server's.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{self, AtomicBool};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use tongban_sdk::host::{
    CheckAnswer, DeadlineChange, Decided, Host, RecordPage, RecordQuery, StoredDeadline,
    StoredRecord, Write, compare_values,
};
use tongban_sdk::{
    CalendarError, Date, DayKind, DecisionError, Instant, LogLevel, NumberError, ReadError,
    Reckoned,
};

use crate::calendar::Table;
use crate::case::CaseSpec;
use crate::deadline::{self, Clock};
use crate::manifest::{Deadline, Manifest, Operation, RecordKind};

/// What is stored.
#[derive(Debug, Clone)]
pub struct World {
    manifest: Arc<Manifest>,
    calendar: Table,
    records: BTreeMap<(String, String), StoredRecord>,
    answers: Vec<CheckAnswer>,
    /// The last number of a series in a scope.
    numbers: BTreeMap<(String, BTreeMap<String, String>), u64>,
    parameters: Map<String, Value>,
    /// Clocks by the key of the deadline and the record.
    clocks: BTreeMap<(String, String), Clock>,
}

/// Why writes cannot be committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// They break this unique key: another command came first.
    Conflict(String),
    /// A mistake of the plugin or its manifest.
    Mistake(String),
}

impl World {
    pub(crate) fn new(manifest: Arc<Manifest>, spec: &CaseSpec) -> Self {
        let schema_version = |kind| manifest.record_kind(kind).map_or(1, |it| it.schema_version);
        let records = spec.record.iter().map(|record| {
            let stored = StoredRecord {
                kind: record.kind.clone(),
                id: record.id.clone(),
                version: record.version,
                schema_version: schema_version(&record.kind),
                body: Value::Object(record.body.clone()).to_string().into_bytes(),
            };
            ((record.kind.clone(), record.id.clone()), stored)
        });
        let answers = spec
            .answer
            .iter()
            .enumerate()
            .map(|(answer_idx, answer)| CheckAnswer {
                check_id: answer
                    .id
                    .clone()
                    .unwrap_or_else(|| format!("check-{}", answer_idx + 1)),
                kind: answer.kind.clone(),
                subject: answer.subject.clone(),
                outcome: answer.outcome.clone(),
                answered_at: answer.answered_at,
                fresh: false,
                body: answer.body.to_string().into_bytes(),
            });
        let numbers = spec
            .number
            .iter()
            .map(|it| ((it.series.clone(), it.scope.clone()), it.last));
        let clocks = spec.deadline.iter().map(|it| {
            let declared = manifest.deadline(&it.key, &spec.parameters);
            let amount = it.amount.or(declared.and_then(|it| it.amount)).unwrap_or(0);
            let mut clock = Clock::new(it.anchor, amount);
            clock.paused_on = it.paused_on;
            clock.is_closed = it.closed;
            ((it.key.clone(), it.record_id.clone()), clock)
        });
        Self {
            calendar: Table::new(&spec.calendar),
            records: records.collect(),
            answers: answers.collect(),
            numbers: numbers.collect(),
            parameters: spec.parameters.clone(),
            clocks: clocks.collect(),
            manifest,
        }
    }

    /// Changes a deadline, or says why the server would refuse.
    fn change_deadline(
        &mut self,
        (key, record_id): (&str, &str),
        change: &DeadlineChange,
        today: Date,
    ) -> Result<(), String> {
        let Some(declared) = self.manifest.deadline(key, &self.parameters) else {
            return Err(format!("the deadline {key} is not declared"));
        };
        let place = (key.to_owned(), record_id.to_owned());
        if let DeadlineChange::Set { anchor, amount } = change {
            let amount = amount.or(declared.amount).unwrap_or(0);
            self.clocks.insert(place, Clock::new(*anchor, amount));
            return Ok(());
        }
        let Some(clock) = self.clocks.get_mut(&place) else {
            return Err(format!("the deadline {key} of {record_id} was never set"));
        };
        clock
            .change(change, today)
            .map_err(|why| format!("the deadline {key} of {record_id}: {why}"))
    }

    /// Makes the mirrored fields of all records equal to their due days.
    fn mirror(&mut self) -> Result<(), String> {
        for ((key, record_id), clock) in &self.clocks {
            let Some(declared) = self.manifest.deadline(key, &self.parameters) else {
                continue;
            };
            let found = (declared.record.clone(), record_id.clone());
            let Some(record) = self.records.get_mut(&found) else {
                return Err(format!("{} {record_id} does not exist", declared.record));
            };
            let stored = clock.stored(&declared, record_id, &self.calendar);
            let stored = stored.map_err(|error| error.to_string())?;
            let mut body = body_of(record);
            for path in &declared.mirror {
                deadline::mirror(&mut body, path, stored.due_on);
            }
            record.body = body.to_string().into_bytes();
        }
        Ok(())
    }

    pub(crate) fn record(&self, kind: &str, id: &str) -> Option<&StoredRecord> {
        self.records.get(&(kind.to_owned(), id.to_owned()))
    }

    /// The last number that was given out; 0 before the first.
    fn last_number(&mut self, series: &str, scope: &BTreeMap<String, String>) -> &mut u64 {
        let key = (series.to_owned(), scope.clone());
        self.numbers.entry(key).or_insert(0)
    }

    pub(crate) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &StoredRecord> {
        self.records.values().filter(move |it| it.kind == kind)
    }

    /// Makes the writes of a call, or nothing and says why.
    pub(crate) fn commit(
        &mut self,
        operation: &Operation,
        (call_id, today): (&str, Date),
        writes: &[Write],
    ) -> Result<(), Refusal> {
        if operation.query && !writes.is_empty() {
            let text = "a query operation (`query = true`) has written".to_owned();
            return Err(Refusal::Mistake(text));
        }
        let mut after = self.clone();
        for (write_idx, write) in writes.iter().enumerate() {
            after
                .make(operation, (&format!("{call_id}-{write_idx}"), today), write)
                .map_err(|text| Refusal::Mistake(format!("write {write_idx}: {text}")))?;
        }
        after.mirror().map_err(Refusal::Mistake)?;
        if let Some(key) = after.broken_unique_key() {
            return Err(Refusal::Conflict(key));
        }
        *self = after;
        Ok(())
    }

    fn make(
        &mut self,
        operation: &Operation,
        (new_id, today): (&str, Date),
        write: &Write,
    ) -> Result<(), String> {
        let granted = |list: &[String], field: &str, name: &str| {
            if list.iter().any(|it| it == name) {
                return Ok(());
            }
            Err(format!(
                "not granted: add {name} to `{field}` of {}",
                operation.name
            ))
        };
        match write {
            Write::PutRecord {
                kind,
                id,
                expected_version,
                body,
            } => {
                granted(&operation.writes, "writes", kind)?;
                let version = self.replaced_version(kind, id, *expected_version, new_id)?;
                let schema_version = match self.manifest.record_kind(kind) {
                    Some(declared) => declared.schema_version,
                    None => return Err(format!("the record kind {kind} is not declared")),
                };
                let (kind, id, body) = (kind.clone(), id.clone(), body.clone());
                let version = version + 1;
                let key = (kind.clone(), id.clone());
                self.records.insert(
                    key,
                    StoredRecord {
                        kind,
                        id,
                        version,
                        schema_version,
                        body,
                    },
                );
            }
            Write::RemoveRecord {
                kind,
                id,
                expected_version,
                ..
            } => {
                granted(&operation.writes, "writes", kind)?;
                self.replaced_version(kind, id, Some(*expected_version), new_id)?;
                self.records.remove(&(kind.clone(), id.clone()));
                let manifest = Arc::clone(&self.manifest);
                let of_kind = manifest.deadline.iter().filter(|it| it.record == *kind);
                for declared in of_kind {
                    self.clocks.remove(&(declared.key.clone(), id.clone()));
                }
            }
            Write::StartProcess(start) => granted(&operation.starts, "starts", &start.process_key)?,
            Write::PublishMessage(message) => {
                granted(&operation.publishes, "publishes", &message.name)?;
            }
            Write::SendNotice(notice) => {
                granted(&operation.notices, "notices", &notice.code)?;
                self.check_notice(notice)?;
            }
            Write::IssueDocument(issue) => {
                granted(&operation.documents, "documents", &issue.document)?;
                self.check_document(issue)?;
            }
            Write::NoteAudit { .. } => {}
            Write::Deadline {
                key,
                record_id,
                change,
            } => {
                granted(&operation.deadlines, "deadlines", key)?;
                self.change_deadline((key, record_id), change, today)?;
            }
        }
        Ok(())
    }

    /// What the server checks of a document beside the grant and its template.
    fn check_document(&self, issue: &tongban_sdk::IssueDocument) -> Result<(), String> {
        let key = &issue.document;
        let Some(declared) = self.manifest.document.iter().find(|it| it.key == *key) else {
            return Err(format!("the document {key} is not declared"));
        };
        if declared.record != issue.record.kind {
            return Err(format!(
                "the document {key} belongs to a `{}`, found `{}`",
                declared.record, issue.record.kind
            ));
        }
        Ok(())
    }

    /// What the server checks of a notice beside the grant.
    fn check_notice(&self, notice: &tongban_sdk::SendNotice) -> Result<(), String> {
        let code = &notice.code;
        let Some(declared) = self.manifest.notice.iter().find(|it| it.code == *code) else {
            return Err(format!("the notice {code} is not declared"));
        };
        let audience = match &notice.recipient {
            tongban_sdk::Recipient::Person(_) => "party",
            tongban_sdk::Recipient::Role { .. } => "role",
            tongban_sdk::Recipient::Staff(_) => "staff",
        };
        if !declared.audience.iter().any(|it| it == audience) {
            return Err(format!("the notice {code} is not for `{audience}`"));
        }
        let kind = notice.record.as_ref().map(|it| &it.kind);
        if kind != declared.record.as_ref() {
            return Err(format!(
                "the notice {code} is about {:?}, found {kind:?}",
                declared.record
            ));
        }
        Ok(())
    }

    fn replaced_version(
        &self,
        kind: &str,
        id: &str,
        expected: Option<u64>,
        new_id: &str,
    ) -> Result<u64, String> {
        let stored = self.record(kind, id).map(|it| it.version);
        match (expected, stored) {
            (None, None) if id == new_id => Ok(0),
            (None, None) => Err(format!(
                "expected the id {new_id} for a new {kind}, found {id}"
            )),
            (None, Some(_)) => Err(format!("{kind} {id} exists and cannot be created")),
            (Some(expected), Some(stored)) if expected == stored => Ok(stored),
            (Some(expected), Some(stored)) => Err(format!(
                "{kind} {id}: expected the version {stored}, found {expected}"
            )),
            (Some(_), None) => Err(format!("{kind} {id} does not exist")),
        }
    }

    fn broken_unique_key(&self) -> Option<String> {
        for kind in &self.manifest.record {
            for unique in &kind.unique {
                let mut seen = BTreeSet::new();
                for record in self.of_kind(&kind.kind) {
                    let body = body_of(record);
                    let concerns = unique
                        .when
                        .as_ref()
                        .is_none_or(|it| body.pointer(&it.path) == Some(&it.equals));
                    let parts: Option<Vec<String>> = unique
                        .paths
                        .iter()
                        .map(|path| body.pointer(path).filter(|it| !it.is_null()))
                        .map(|part| part.map(Value::to_string))
                        .collect();
                    // As in SQL, a key with an absent part is unlike any other.
                    if let (true, Some(parts)) = (concerns, parts)
                        && !seen.insert(parts)
                    {
                        return Some(unique.name.clone());
                    }
                }
            }
        }
        None
    }
}

fn body_of(record: &StoredRecord) -> Value {
    serde_json::from_slice(&record.body).unwrap_or(Value::Null)
}

/// The host of one call: the world, and what the operation may see of it. A clone is the same host.
#[derive(Debug, Clone)]
pub struct MemoryHost {
    /// Held for one read or one number, never while the operation runs.
    world: Arc<Mutex<World>>,
    operation: Operation,
    now: Instant,
    /// Whether something was read that is not granted; the server then fails the call.
    is_breach: Arc<AtomicBool>,
}

impl MemoryHost {
    /// The host of a call of `operation` at `now`.
    pub fn new(world: World, operation: Operation, now: Instant) -> Self {
        Self {
            world: Arc::new(Mutex::new(world)),
            operation,
            now,
            is_breach: Arc::default(),
        }
    }

    /// The world as the call leaves it: as it was, less the numbers that were taken.
    pub fn world(&self) -> World {
        self.lock().clone()
    }

    /// Whether something was read that is not granted.
    pub fn is_breach(&self) -> bool {
        self.is_breach.load(atomic::Ordering::Relaxed)
    }

    /// The next sequence number of a series in a scope, without its writing.
    pub fn take_number(&self, series: &str, scope: &BTreeMap<String, String>) -> u64 {
        let mut world = self.lock();
        let last = world.last_number(series, scope);
        *last += 1;
        *last
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A deadline that the operation may know of.
    fn deadline_of(&self, world: &World, key: &str) -> Result<Deadline, ReadError> {
        let declared = world.manifest.deadline(key, &world.parameters);
        match declared {
            Some(declared) if self.operation.may_read_deadline(&declared) => Ok(declared),
            Some(_) | None => Err(ReadError::NotGranted(self.not_granted("deadlines", key))),
        }
    }

    fn not_granted(&self, field: &str, name: &str) -> String {
        self.is_breach.store(true, atomic::Ordering::Relaxed);
        format!("add {name} to `{field}` of {}", self.operation.name)
    }

    fn may_read(&self, kind: &str) -> Result<(), ReadError> {
        if self.operation.may_read(kind) {
            return Ok(());
        }
        Err(ReadError::NotGranted(self.not_granted("reads", kind)))
    }

    /// All records that fulfil the conditions, in order.
    fn matching(&self, query: &RecordQuery) -> Result<Vec<StoredRecord>, ReadError> {
        self.may_read(&query.kind)?;
        let world = self.lock();
        let Some(kind) = world.manifest.record_kind(&query.kind) else {
            return Err(ReadError::BadQuery(format!(
                "{} is not declared",
                query.kind
            )));
        };
        let paths = filter_paths(kind, query)?;
        let at = |body: &Value, filter: &str| {
            body.pointer(paths[filter])
                .filter(|it| !it.is_null())
                .cloned()
        };
        let fulfils = |body: &Value| {
            query.conditions.iter().all(|it| {
                at(body, &it.filter).is_some_and(|found| it.comparison.holds(&found, &it.value))
            })
        };
        let mut found: Vec<(Value, StoredRecord)> = world
            .of_kind(&query.kind)
            .map(|record| (body_of(record), record.clone()))
            .filter(|(body, _)| fulfils(body))
            .collect();
        found.sort_by(|(a, a_record), (b, b_record)| {
            let by_keys = query.order.iter().map(|key| {
                let order = compare_options(at(a, &key.filter), at(b, &key.filter));
                if key.descending {
                    order.reverse()
                } else {
                    order
                }
            });
            by_keys
                .fold(Ordering::Equal, Ordering::then)
                .then(a_record.id.cmp(&b_record.id))
        });
        Ok(found.into_iter().map(|(_, record)| record).collect())
    }
}

fn filter_paths<'a>(
    kind: &'a RecordKind,
    query: &RecordQuery,
) -> Result<BTreeMap<String, &'a str>, ReadError> {
    let conditions = query.conditions.iter().map(|it| &it.filter);
    let names = conditions.chain(query.order.iter().map(|it| &it.filter));
    let mut paths = BTreeMap::new();
    for name in names {
        let Some(filter) = kind.filters.iter().find(|it| it.name == *name) else {
            let text = format!("{} declares no filter {name}", kind.kind);
            return Err(ReadError::BadQuery(text));
        };
        paths.insert(name.clone(), filter.path.as_str());
    }
    Ok(paths)
}

fn compare_options(a: Option<Value>, b: Option<Value>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare_values(&a, &b).unwrap_or(Ordering::Equal),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn beyond(error: CalendarError) -> ReadError {
    ReadError::BadQuery(error.to_string())
}

impl Host for MemoryHost {
    fn get(&self, kind: &str, id: &str) -> Result<Option<StoredRecord>, ReadError> {
        self.may_read(kind)?;
        Ok(self.lock().record(kind, id).cloned())
    }

    fn get_many(&self, kind: &str, ids: &[&str]) -> Result<Vec<StoredRecord>, ReadError> {
        self.may_read(kind)?;
        let world = self.lock();
        Ok(ids
            .iter()
            .filter_map(|id| world.record(kind, id).cloned())
            .collect())
    }

    fn find(&self, query: &RecordQuery) -> Result<RecordPage, ReadError> {
        let all = self.matching(query)?;
        let skip = match &query.after {
            None => 0,
            Some(after) => after
                .parse::<usize>()
                .map_err(|_| ReadError::BadQuery(format!("{after} is no end of a page")))?,
        };
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let end = skip.saturating_add(limit);
        let next = (end < all.len()).then(|| end.to_string());
        Ok(RecordPage {
            items: all.into_iter().skip(skip).take(limit).collect(),
            next,
        })
    }

    fn count(&self, query: &RecordQuery) -> Result<u64, ReadError> {
        Ok(u64::try_from(self.matching(query)?.len()).unwrap_or(u64::MAX))
    }

    fn is_working_day(&self, on: Date) -> Result<bool, CalendarError> {
        self.lock().calendar.is_working_day(on)
    }

    fn day_kind(&self, on: Date) -> Result<DayKind, CalendarError> {
        self.lock().calendar.day_kind(on)
    }

    fn decide(&self, decision: &str, _: Date, input: &[u8]) -> Result<Decided, DecisionError> {
        if !self.operation.decisions.iter().any(|it| it == decision) {
            let text = self.not_granted("decisions", decision);
            return Err(DecisionError::NotGranted(text));
        }
        let world = self.lock();
        let decisions = &world.manifest.decisions;
        decisions.decide(decision, input, (&world.calendar, self.now))
    }

    fn deadline(&self, key: &str, record_id: &str) -> Result<Option<StoredDeadline>, ReadError> {
        let world = self.lock();
        let declared = self.deadline_of(&world, key)?;
        let clock = world.clocks.get(&(key.to_owned(), record_id.to_owned()));
        let stored = clock.map(|it| it.stored(&declared, record_id, &world.calendar));
        stored.transpose().map_err(beyond)
    }

    fn reckon(&self, key: &str, anchor: Date, amount: Option<u32>) -> Result<Reckoned, ReadError> {
        let world = self.lock();
        let declared = self.deadline_of(&world, key)?;
        let amount = amount.or(declared.amount).unwrap_or(0);
        let clock = Clock::new(anchor, amount);
        clock.reckon(&declared, &world.calendar).map_err(beyond)
    }

    fn add_working_days(&self, start: Date, days: i32) -> Result<Date, CalendarError> {
        self.lock().calendar.add_working_days(start, days)
    }

    fn roll_forward(&self, on: Date) -> Result<Date, CalendarError> {
        self.lock().calendar.roll_forward(on)
    }

    fn working_days_between(&self, start: Date, end: Date) -> Result<i32, CalendarError> {
        self.lock().calendar.working_days_between(start, end)
    }

    fn is_calendar_confirmed(&self, year: i32) -> bool {
        self.lock().calendar.is_confirmed(year)
    }

    fn calendar_version(&self) -> String {
        self.lock().calendar.version().to_owned()
    }

    fn lookup_check(
        &self,
        kind: &str,
        subject: &str,
        max_age_hours: u32,
    ) -> Result<Option<CheckAnswer>, ReadError> {
        if !self.operation.checks.iter().any(|it| it == kind) {
            return Err(ReadError::NotGranted(self.not_granted("checks", kind)));
        }
        let world = self.lock();
        let about = world
            .answers
            .iter()
            .filter(|it| it.kind == kind && it.subject == subject);
        let latest = about
            .filter(|it| it.answered_at <= self.now)
            .max_by_key(|it| it.answered_at);
        Ok(latest.map(|answer| {
            let fresh_until = answer
                .answered_at
                .plus_seconds(i64::from(max_age_hours) * 3_600);
            CheckAnswer {
                fresh: fresh_until >= self.now,
                ..answer.clone()
            }
        }))
    }

    fn allocate_number(
        &self,
        series: &str,
        scope: &[(String, String)],
    ) -> Result<String, NumberError> {
        if !self.operation.numbers.iter().any(|it| it == series) {
            return Err(NumberError::NotGranted(self.not_granted("numbers", series)));
        }
        let mut world = self.lock();
        let manifest = Arc::clone(&world.manifest);
        let Some(declared) = manifest.number_series.iter().find(|it| it.name == series) else {
            return Err(NumberError::NotGranted(format!(
                "the series {series} is not declared"
            )));
        };
        let given: BTreeMap<String, String> = scope.iter().cloned().collect();
        let wanted: BTreeSet<&String> = declared.scope.iter().collect();
        if given.keys().collect::<BTreeSet<_>>() != wanted || given.len() != scope.len() {
            let text = format!(
                "{series}: expected a value for each of {:?}",
                declared.scope
            );
            return Err(NumberError::BadScope(text));
        }
        let last = world.last_number(series, &given);
        let number = declared.format(scope, *last + 1).map_err(|text| {
            let text = format!("{series}: {text}");
            if text.contains("sequence") {
                NumberError::Exhausted(text)
            } else {
                NumberError::BadScope(text)
            }
        })?;
        *last += 1;
        Ok(number)
    }

    fn log(&self, _: LogLevel, message: &str, fields: &[(String, String)]) {
        let fields: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!(" {name}={value}"))
            .collect();
        // A test shows what it printed only if it fails, which is when it is wanted.
        println!("log: {message}{}", fields.concat());
    }
}
