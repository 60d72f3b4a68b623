//! `tongban:plugin@0.1.0`.

use std::collections::BTreeMap;

use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store};

use super::{Raw, RawCall, RawDate, RawDeadlineChange, RawWrite, Surface};
use crate::call::{self, LogLevel};
use crate::capability::calendar::DayKind;
use crate::capability::deadline as deadline_reading;
use crate::capability::record as reading;
use crate::session::{Refusal, Session};
use crate::trap::Location;

use bindings::exports::tongban::plugin::operations;
use bindings::tongban::plugin::{
    calendar, checks, deadlines, decisions, log, numbering, records, types,
};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../schemas/wit/tongban-plugin@0.1.0",
        world: "plugin",
        imports: { default: trappable },
    });
}

pub(super) const SURFACE: Surface = Surface {
    imports: &[
        "tongban:plugin/types@0.1.0",
        "tongban:plugin/records@0.1.0",
        "tongban:plugin/calendar@0.1.0",
        "tongban:plugin/checks@0.1.0",
        "tongban:plugin/decisions@0.1.0",
        "tongban:plugin/deadlines@0.1.0",
        "tongban:plugin/numbering@0.1.0",
        "tongban:plugin/log@0.1.0",
    ],
    export: "tongban:plugin/operations@0.1.0",
};

/// A component with its imports resolved.
pub(crate) struct Bound(bindings::PluginPre<Session>);

impl Bound {
    pub(super) fn new(engine: &Engine, component: &Component) -> wasmtime::Result<Self> {
        let mut linker: Linker<Session> = Linker::new(engine);
        bindings::Plugin::add_to_linker::<_, HasSelf<_>>(&mut linker, |session| session)?;
        Ok(Self(bindings::PluginPre::new(
            linker.instantiate_pre(component)?,
        )?))
    }

    pub(super) fn handle(
        &self,
        store: &mut Store<Session>,
        call: &RawCall<'_>,
    ) -> wasmtime::Result<Raw> {
        let plugin = self.0.instantiate(&mut *store)?;
        let envelope = envelope(call);
        let operation_call = operations::Call {
            operation: call.operation.to_owned(),
            input: call.input.clone(),
            snapshot: call.snapshot.iter().map(snapshot_entry).collect(),
        };
        let answer =
            plugin
                .tongban_plugin_operations()
                .call_handle(store, &envelope, &operation_call)?;
        Ok(match answer {
            Ok(completion) => Raw::Completion {
                output: completion.output,
                writes: completion.writes.into_iter().map(write).collect(),
                warnings: completion.warnings.into_iter().map(violation).collect(),
            },
            Err(error) => failure(error),
        })
    }
}

fn envelope(call: &RawCall<'_>) -> types::Envelope {
    let envelope = call.envelope;
    types::Envelope {
        call_id: envelope.call_id.clone(),
        attempt: envelope.attempt,
        tenant: envelope.tenant.clone(),
        division: envelope.division.clone(),
        now: types::Instant {
            unix_us: envelope.now_us,
        },
        today: date(envelope.today),
        actor: envelope.actor.as_ref().map(|actor| types::Actor {
            id: actor.id.clone(),
            roles: actor.roles.clone(),
        }),
        process: envelope.process.as_ref().map(|process| types::ProcessRef {
            instance_id: process.instance_id.clone(),
            process_key: process.process_key.clone(),
            process_version: process.process_version,
            element_id: process.element_id.clone(),
        }),
        schedule: envelope.schedule.as_ref().map(schedule_run),
        configuration: call.configuration.clone(),
        dry_run: envelope.dry_run,
    }
}

fn schedule_run(run: &call::ScheduleRun) -> types::ScheduleRun {
    types::ScheduleRun {
        key: run.key.clone(),
        scheduled_for: types::Instant {
            unix_us: run.scheduled_for_us,
        },
        as_of: date(run.as_of),
        period: run.period.clone(),
        due_on: run.due_on.map(date),
        stage: run.stage,
        late: run.late,
    }
}

fn snapshot_entry(
    (name, record): &(String, Option<call::StoredRecord>),
) -> operations::SnapshotEntry {
    operations::SnapshotEntry {
        name: name.clone(),
        value: record.clone().map(stored_record),
    }
}

fn stored_record(record: call::StoredRecord) -> types::StoredRecord {
    types::StoredRecord {
        kind: record.kind,
        id: record.id,
        version: record.version,
        schema_version: record.schema_version,
        body: record.body,
    }
}

fn date(date: call::Date) -> types::Date {
    types::Date {
        year: date.year(),
        month: date.month(),
        day: date.day(),
    }
}

fn arguments(arguments: Vec<types::Argument>) -> Vec<(String, String)> {
    arguments
        .into_iter()
        .map(|argument| (argument.name, argument.value))
        .collect()
}

fn violation(violation: types::Violation) -> call::Violation {
    call::Violation {
        path: violation.path,
        code: violation.code,
        arguments: arguments(violation.arguments).into_iter().collect(),
    }
}

fn failure(error: types::OperationError) -> Raw {
    match error {
        types::OperationError::Business(business) => Raw::Business {
            code: business.code,
            arguments: arguments(business.arguments),
            details: business.details,
        },
        types::OperationError::Invalid(violations) => {
            Raw::Invalid(violations.into_iter().map(violation).collect())
        }
        types::OperationError::Retry(hint) => Raw::Retry {
            after_ms: hint.after_ms,
            reason: hint.reason,
        },
        types::OperationError::Failed(message) => Raw::Failed(message),
    }
}

fn write(write: types::Write) -> RawWrite {
    match write {
        types::Write::PutRecord(put) => RawWrite::PutRecord {
            kind: put.kind,
            id: put.id,
            expected_version: put.expected_version,
            body: put.body,
        },
        types::Write::RemoveRecord(remove) => RawWrite::RemoveRecord {
            kind: remove.kind,
            id: remove.id,
            expected_version: remove.expected_version,
            reason: remove.reason,
        },
        types::Write::StartProcess(start) => RawWrite::StartProcess {
            process_key: start.process_key,
            business_key: start.business_key,
            variables: start.variables,
        },
        types::Write::PublishMessage(publish) => RawWrite::PublishMessage {
            name: publish.name,
            correlation_key: publish.correlation_key,
            variables: publish.variables,
        },
        types::Write::NoteAudit(note) => RawWrite::NoteAudit {
            code: note.code,
            text: note.text,
        },
        types::Write::SetDeadline(set) => RawWrite::Deadline {
            key: set.key,
            record_id: set.record_id,
            change: RawDeadlineChange::Set {
                anchor: raw_date(set.anchor),
                amount: set.amount,
            },
        },
        types::Write::PauseDeadline(pause) => RawWrite::Deadline {
            key: pause.key,
            record_id: pause.record_id,
            change: RawDeadlineChange::Pause {
                on: raw_date(pause.on),
                reason: pause.reason,
            },
        },
        types::Write::ResumeDeadline(resume) => RawWrite::Deadline {
            key: resume.key,
            record_id: resume.record_id,
            change: RawDeadlineChange::Resume {
                on: raw_date(resume.on),
            },
        },
        types::Write::ExtendDeadline(extend) => extend_deadline(extend),
        types::Write::CloseDeadline(close) => RawWrite::Deadline {
            key: close.key,
            record_id: close.record_id,
            change: RawDeadlineChange::Close {
                reason: close.reason,
            },
        },
        types::Write::SendNotice(send) => RawWrite::SendNotice(notice(send)),
        types::Write::IssueDocument(issue) => RawWrite::IssueDocument {
            document: issue.document,
            record: call::RecordReference {
                kind: issue.subject.kind,
                id: issue.subject.id,
            },
            recipient: issue.recipient,
            data: issue.data,
            dedupe_key: issue.dedupe_key,
        },
    }
}

fn notice(send: types::SendNotice) -> call::SendNotice {
    call::SendNotice {
        code: send.code,
        recipient: match send.recipient {
            types::Recipient::Person(id) => call::Recipient::Person(id),
            types::Recipient::Role(to) => call::Recipient::Role {
                role: to.role,
                division: to.division,
            },
            types::Recipient::Staff(id) => call::Recipient::Staff(id),
        },
        record: send.subject.map(|it| call::RecordReference {
            kind: it.kind,
            id: it.id,
        }),
        arguments: arguments(send.arguments).into_iter().collect(),
        dedupe_key: send.dedupe_key,
    }
}

fn extend_deadline(extend: types::ExtendDeadline) -> RawWrite {
    let types::ExtendDeadline {
        key,
        record_id,
        extent,
        officer,
        reason,
    } = extend;
    let change = match extent {
        types::Extent::Amount(amount) => RawDeadlineChange::ExtendBy {
            amount,
            officer,
            reason,
        },
        types::Extent::Until(until) => RawDeadlineChange::ExtendUntil {
            until: raw_date(until),
            officer,
            reason,
        },
    };
    RawWrite::Deadline {
        key,
        record_id,
        change,
    }
}

fn raw_date(date: types::Date) -> RawDate {
    (date.year, date.month, date.day)
}

/// The world failed: stops the guest. The cause is kept in the session.
fn stop() -> wasmtime::Error {
    wasmtime::Error::msg("a capability is unavailable")
}

/// Splits a refusal into what the guest sees and what stops it.
fn read<T>(result: Result<T, Refusal>) -> wasmtime::Result<Result<T, records::ReadError>> {
    match result {
        Ok(answer) => Ok(Ok(answer)),
        Err(Refusal::NotGranted(text)) => Ok(Err(records::ReadError::NotGranted(text))),
        Err(Refusal::Budget(text)) => Ok(Err(records::ReadError::BudgetExhausted(text))),
        Err(Refusal::BadQuery(text) | Refusal::Exhausted(text) | Refusal::Undecided(text)) => {
            Ok(Err(records::ReadError::BadQuery(text)))
        }
        Err(Refusal::Stop) => Err(stop()),
    }
}

fn query(query: records::Query) -> Result<reading::Query, Refusal> {
    let mut conditions = Vec::with_capacity(query.conditions.len());
    for condition in query.conditions {
        let value = serde_json::from_slice(&condition.value).map_err(|error| {
            Refusal::BadQuery(format!(
                "filter `{}`: expected one JSON value: {error}",
                condition.filter
            ))
        })?;
        let comparison = match condition.comparison {
            records::Comparison::Equal => reading::Comparison::Equal,
            records::Comparison::Less => reading::Comparison::Less,
            records::Comparison::AtMost => reading::Comparison::AtMost,
            records::Comparison::Greater => reading::Comparison::Greater,
            records::Comparison::AtLeast => reading::Comparison::AtLeast,
            records::Comparison::OneOf => reading::Comparison::OneOf,
        };
        conditions.push(reading::Condition {
            filter: condition.filter,
            comparison,
            value,
        });
    }
    let order = query.order.into_iter();
    let order = order.map(|it| reading::Order {
        filter: it.filter,
        descending: it.descending,
    });
    Ok(reading::Query {
        kind: query.kind,
        conditions,
        order: order.collect(),
        limit: query.limit,
        after: query.after,
    })
}

impl types::Host for Session {}

impl records::Host for Session {
    fn get(
        &mut self,
        kind: String,
        id: String,
    ) -> wasmtime::Result<Result<Option<types::StoredRecord>, records::ReadError>> {
        let records = self.get_records(&kind, &[id]);
        read(records.map(|it| it.into_iter().next().map(stored_record)))
    }

    fn get_many(
        &mut self,
        kind: String,
        ids: Vec<String>,
    ) -> wasmtime::Result<Result<Vec<types::StoredRecord>, records::ReadError>> {
        let records = self.get_records(&kind, &ids);
        read(records.map(|it| it.into_iter().map(stored_record).collect()))
    }

    fn find(
        &mut self,
        it: records::Query,
    ) -> wasmtime::Result<Result<records::Page, records::ReadError>> {
        let page = query(it).and_then(|query| self.find_records(query));
        read(page.map(|page| records::Page {
            items: page.items.into_iter().map(stored_record).collect(),
            next: page.next,
        }))
    }

    fn count(&mut self, it: records::Query) -> wasmtime::Result<Result<u64, records::ReadError>> {
        read(query(it).and_then(|query| self.count_records(&query)))
    }
}

fn existing(date: types::Date) -> Result<call::Date, calendar::CalendarError> {
    call::Date::new(date.year, date.month, date.day).ok_or(calendar::CalendarError::InvalidDate)
}

type Dated<T> = wasmtime::Result<Result<T, calendar::CalendarError>>;

impl calendar::Host for Session {
    fn is_working_day(&mut self, on: types::Date) -> Dated<bool> {
        Ok(existing(on).map(|on| self.calendar(|it| it.is_working_day(on))))
    }

    fn day_kind_of(&mut self, on: types::Date) -> Dated<calendar::DayKind> {
        Ok(
            existing(on).map(|on| match self.calendar(|it| it.day_kind(on)) {
                DayKind::Working => calendar::DayKind::Working,
                DayKind::Weekend => calendar::DayKind::Weekend,
                DayKind::Holiday => calendar::DayKind::Holiday,
                DayKind::StatutoryHoliday => calendar::DayKind::StatutoryHoliday,
            }),
        )
    }

    fn add_working_days(&mut self, start: types::Date, days: i32) -> Dated<types::Date> {
        Ok(existing(start).and_then(|start| {
            let found = self.calendar(|it| it.add_working_days(start, days));
            found.map(date).ok_or(calendar::CalendarError::OutOfRange)
        }))
    }

    fn roll_forward(&mut self, on: types::Date) -> Dated<types::Date> {
        Ok(existing(on).and_then(|on| {
            let found = self.calendar(|it| it.roll_forward(on));
            found.map(date).ok_or(calendar::CalendarError::OutOfRange)
        }))
    }

    fn working_days_between(&mut self, start: types::Date, end: types::Date) -> Dated<i32> {
        Ok(existing(start).and_then(|start| {
            let end = existing(end)?;
            Ok(self.calendar(|it| it.working_days_between(start, end)))
        }))
    }

    fn is_confirmed(&mut self, year: i32) -> wasmtime::Result<bool> {
        Ok(self.calendar(|it| it.is_confirmed(year)))
    }

    fn version(&mut self) -> wasmtime::Result<String> {
        Ok(self.calendar(|it| it.version()))
    }
}

impl checks::Host for Session {
    fn lookup(
        &mut self,
        kind: String,
        subject: String,
        max_age_hours: u32,
    ) -> wasmtime::Result<Result<Option<checks::Answer>, records::ReadError>> {
        let found = self.lookup_check(&kind, &subject, max_age_hours);
        read(found.map(|it| {
            it.map(|(answer, fresh)| checks::Answer {
                check_id: answer.check_id,
                kind: answer.kind,
                subject: answer.subject,
                outcome: answer.outcome,
                answered_at: types::Instant {
                    unix_us: answer.answered_at_us,
                },
                fresh,
                body: answer.body,
            })
        }))
    }
}

impl decisions::Host for Session {
    fn decide(
        &mut self,
        decision: String,
        as_of: types::Date,
        input: Vec<u8>,
    ) -> wasmtime::Result<Result<decisions::Decided, decisions::DecisionError>> {
        let Ok(as_of) = existing(as_of) else {
            let text = format!("decision `{decision}`: expected a date that exists");
            return Ok(Err(decisions::DecisionError::BadInput(text)));
        };
        match self.decide(&decision, as_of, &input) {
            Ok(decided) => Ok(Ok(decisions::Decided {
                output: decided.output.to_string().into_bytes(),
                version: decided.version,
                effective_from: decided.effective_from.map(date),
                rules: decided.rules,
            })),
            Err(Refusal::NotGranted(text)) => Ok(Err(decisions::DecisionError::NotGranted(text))),
            Err(Refusal::Budget(text) | Refusal::Exhausted(text)) => {
                Ok(Err(decisions::DecisionError::BudgetExhausted(text)))
            }
            Err(Refusal::BadQuery(text)) => Ok(Err(decisions::DecisionError::BadInput(text))),
            Err(Refusal::Undecided(text)) => Ok(Err(decisions::DecisionError::Undecided(text))),
            Err(Refusal::Stop) => Err(stop()),
        }
    }
}

impl deadlines::Host for Session {
    fn reckon(
        &mut self,
        key: String,
        anchor: types::Date,
        amount: Option<u32>,
    ) -> wasmtime::Result<Result<deadlines::Reckoned, records::ReadError>> {
        let anchor = existing(anchor)
            .map_err(|_| Refusal::BadQuery("expected a day that exists as the anchor".to_owned()));
        let reckoned = anchor.and_then(|anchor| self.reckon(&key, anchor, amount));
        read(reckoned.map(|it| deadlines::Reckoned {
            nominal_on: date(it.nominal_on),
            due_on: date(it.due_on),
            due_at: types::Instant {
                unix_us: it.due_at_us,
            },
            provisional: it.provisional,
            explanation_zh: it.explanation.zh,
            explanation_en: it.explanation.en,
            calendar_version: it.calendar_version,
        }))
    }

    fn get(
        &mut self,
        key: String,
        record_id: String,
    ) -> wasmtime::Result<Result<Option<deadlines::Deadline>, records::ReadError>> {
        let found = self.deadline(&key, &record_id);
        read(found.map(|it| it.map(deadline)))
    }
}

fn deadline(found: deadline_reading::Deadline) -> deadlines::Deadline {
    deadlines::Deadline {
        key: found.key,
        record_id: found.record_id,
        status: match found.status {
            deadline_reading::Status::Open => deadlines::Status::Open,
            deadline_reading::Status::Paused => deadlines::Status::Paused,
            deadline_reading::Status::Closed => deadlines::Status::Closed,
        },
        anchor: date(found.anchor),
        nominal_on: date(found.nominal_on),
        due_on: found.due_on.map(date),
        due_at: found.due_at_us.map(|unix_us| types::Instant { unix_us }),
        provisional: found.provisional,
        explanation_zh: found.explanation.zh,
        explanation_en: found.explanation.en,
        calendar_version: found.calendar_version,
    }
}

impl numbering::Host for Session {
    fn allocate(
        &mut self,
        series: String,
        scope: Vec<types::Argument>,
    ) -> wasmtime::Result<Result<String, numbering::NumberError>> {
        let scope: BTreeMap<String, String> = arguments(scope).into_iter().collect();
        match self.allocate_number(&series, &scope) {
            Ok(number) => Ok(Ok(number)),
            Err(Refusal::NotGranted(text)) => Ok(Err(numbering::NumberError::NotGranted(text))),
            Err(Refusal::BadQuery(text) | Refusal::Undecided(text)) => {
                Ok(Err(numbering::NumberError::BadScope(text)))
            }
            Err(Refusal::Exhausted(text) | Refusal::Budget(text)) => {
                Ok(Err(numbering::NumberError::Exhausted(text)))
            }
            Err(Refusal::Stop) => Err(stop()),
        }
    }
}

impl log::Host for Session {
    fn emit(
        &mut self,
        level: log::Level,
        message: String,
        fields: Vec<types::Argument>,
    ) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        let fields = arguments(fields).into_iter().collect();
        self.log
            .push(self.limits.log_bytes_max, level, message, fields);
        Ok(())
    }

    fn panicked(&mut self, message: String, file: String, line: u32) -> wasmtime::Result<()> {
        let message = message.chars().take(2_000).collect();
        let file = file.chars().take(300).collect();
        self.log.panic = Some((message, Some(Location { file, line })));
        Ok(())
    }
}
