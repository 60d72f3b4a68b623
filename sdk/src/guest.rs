//! The component's side of the contract: the only place that knows the generated bindings.
//!
//! It converts between the types of the contract and [`crate::host`], and knows nothing of what
//! an operation does. Used by the `plugin!` macro, not by authors.

use crate::calendar::CalendarError;
use crate::deadline::Reckoned;
use crate::host;
use crate::plugin::Plugin;
use crate::time::{Date, Instant};

#[expect(missing_docs, reason = "generated from plugin.wit")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../schemas/wit/tongban-plugin@0.1.0",
        world: "plugin",
        pub_export_macro: true,
        export_macro_name: "export_plugin",
        default_bindings_module: "tongban_sdk::guest::bindings",
    });
}

pub use bindings::export_plugin;
pub use bindings::exports::tongban::plugin::operations::{
    Call, Completion, Envelope, Guest, OperationError,
};
use bindings::tongban::plugin::{
    calendar, checks, deadlines, decisions, log, numbering, records, types,
};

/// Answers one call.
pub fn handle(
    plugin: &Plugin,
    envelope: Envelope,
    call: Call,
) -> Result<Completion, OperationError> {
    install_panic_hook();
    let envelope = envelope_in(envelope).map_err(error_out)?;
    let snapshot = call
        .snapshot
        .into_iter()
        .map(|it| (it.name, it.value.map(record_in)));
    let call = host::Call {
        operation: call.operation,
        input: call.input,
        snapshot: snapshot.collect(),
    };
    match plugin.handle(Imports, envelope, call) {
        Ok(completion) => Ok(completion_out(completion)),
        Err(error) => Err(error_out(error)),
    }
}

/// A trap says nothing of where and why; the hook tells the server before it comes.
fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let message = info.payload_as_str().unwrap_or("panic");
        let (file, line) = info.location().map_or(("", 0), |it| (it.file(), it.line()));
        log::panicked(message, file, line);
    }));
}

/// The server as the imports of the component show it.
pub struct Imports;

impl host::Host for Imports {
    fn get(&self, kind: &str, id: &str) -> Result<Option<host::StoredRecord>, host::ReadError> {
        let record = records::get(kind, id).map_err(read_error_in)?;
        Ok(record.map(record_in))
    }

    fn get_many(
        &self,
        kind: &str,
        ids: &[&str],
    ) -> Result<Vec<host::StoredRecord>, host::ReadError> {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let records = records::get_many(kind, &ids).map_err(read_error_in)?;
        Ok(records.into_iter().map(record_in).collect())
    }

    fn find(&self, query: &host::RecordQuery) -> Result<host::RecordPage, host::ReadError> {
        let page = records::find(&query_out(query)).map_err(read_error_in)?;
        let items = page.items.into_iter().map(record_in).collect();
        Ok(host::RecordPage {
            items,
            next: page.next,
        })
    }

    fn count(&self, query: &host::RecordQuery) -> Result<u64, host::ReadError> {
        records::count(&query_out(query)).map_err(read_error_in)
    }

    fn is_working_day(&self, on: Date) -> Result<bool, CalendarError> {
        calendar::is_working_day(date_out(on)).map_err(calendar_error_in)
    }

    fn day_kind(&self, on: Date) -> Result<host::DayKind, CalendarError> {
        let kind = calendar::day_kind_of(date_out(on)).map_err(calendar_error_in)?;
        Ok(match kind {
            calendar::DayKind::Working => host::DayKind::Working,
            calendar::DayKind::Weekend => host::DayKind::Weekend,
            calendar::DayKind::Holiday => host::DayKind::Holiday,
            calendar::DayKind::StatutoryHoliday => host::DayKind::StatutoryHoliday,
        })
    }

    fn add_working_days(&self, start: Date, days: i32) -> Result<Date, CalendarError> {
        let date = calendar::add_working_days(date_out(start), days).map_err(calendar_error_in)?;
        date_in(date)
    }

    fn roll_forward(&self, on: Date) -> Result<Date, CalendarError> {
        date_in(calendar::roll_forward(date_out(on)).map_err(calendar_error_in)?)
    }

    fn working_days_between(&self, start: Date, end: Date) -> Result<i32, CalendarError> {
        calendar::working_days_between(date_out(start), date_out(end)).map_err(calendar_error_in)
    }

    fn is_calendar_confirmed(&self, year: i32) -> bool {
        calendar::is_confirmed(year)
    }

    fn calendar_version(&self) -> String {
        calendar::version()
    }

    fn lookup_check(
        &self,
        kind: &str,
        subject: &str,
        max_age_hours: u32,
    ) -> Result<Option<host::CheckAnswer>, host::ReadError> {
        let answer = checks::lookup(kind, subject, max_age_hours).map_err(read_error_in)?;
        Ok(answer.map(|answer| host::CheckAnswer {
            check_id: answer.check_id,
            kind: answer.kind,
            subject: answer.subject,
            outcome: answer.outcome,
            answered_at: Instant::from_micros(answer.answered_at.unix_us),
            fresh: answer.fresh,
            body: answer.body,
        }))
    }

    fn decide(
        &self,
        decision: &str,
        as_of: Date,
        input: &[u8],
    ) -> Result<host::Decided, host::DecisionError> {
        let decided = decisions::decide(decision, date_out(as_of), input);
        let decided = decided.map_err(|error| match error {
            decisions::DecisionError::NotGranted(text) => host::DecisionError::NotGranted(text),
            decisions::DecisionError::BudgetExhausted(text) => {
                host::DecisionError::BudgetExhausted(text)
            }
            decisions::DecisionError::BadInput(text) => host::DecisionError::BadInput(text),
            decisions::DecisionError::Undecided(text) => host::DecisionError::Undecided(text),
        })?;
        let since = decided.effective_from.map(date_in).transpose();
        Ok(host::Decided {
            output: decided.output,
            version: decided.version,
            effective_from: since
                .map_err(|error| host::DecisionError::Undecided(error.to_string()))?,
            rules: decided.rules,
        })
    }

    fn deadline(
        &self,
        key: &str,
        record_id: &str,
    ) -> Result<Option<host::StoredDeadline>, host::ReadError> {
        let found = deadlines::get(key, record_id).map_err(read_error_in)?;
        found.map(deadline_in).transpose()
    }

    fn reckon(
        &self,
        key: &str,
        anchor: Date,
        amount: Option<u32>,
    ) -> Result<Reckoned, host::ReadError> {
        let reckoned = deadlines::reckon(key, date_out(anchor), amount).map_err(read_error_in)?;
        Ok(Reckoned {
            nominal_on: server_date(reckoned.nominal_on)?,
            due_on: server_date(reckoned.due_on)?,
            due_at: Instant::from_micros(reckoned.due_at.unix_us),
            provisional: reckoned.provisional,
            explanation_zh: reckoned.explanation_zh,
            explanation_en: reckoned.explanation_en,
            calendar_version: reckoned.calendar_version,
        })
    }

    fn allocate_number(
        &self,
        series: &str,
        scope: &[(String, String)],
    ) -> Result<String, host::NumberError> {
        numbering::allocate(series, &arguments_out(scope)).map_err(|error| match error {
            numbering::NumberError::NotGranted(text) => host::NumberError::NotGranted(text),
            numbering::NumberError::BadScope(text) => host::NumberError::BadScope(text),
            numbering::NumberError::Exhausted(text) => host::NumberError::Exhausted(text),
        })
    }

    fn log(&self, level: host::LogLevel, message: &str, fields: &[(String, String)]) {
        let level = match level {
            host::LogLevel::Debug => log::Level::Debug,
            host::LogLevel::Info => log::Level::Info,
            host::LogLevel::Warn => log::Level::Warn,
            host::LogLevel::Error => log::Level::Error,
        };
        log::emit(level, message, &arguments_out(fields));
    }
}

fn deadline_in(found: deadlines::Deadline) -> Result<host::StoredDeadline, host::ReadError> {
    Ok(host::StoredDeadline {
        key: found.key,
        record_id: found.record_id,
        status: match found.status {
            deadlines::Status::Open => host::DeadlineStatus::Open,
            deadlines::Status::Paused => host::DeadlineStatus::Paused,
            deadlines::Status::Closed => host::DeadlineStatus::Closed,
        },
        anchor: server_date(found.anchor)?,
        nominal_on: server_date(found.nominal_on)?,
        due_on: found.due_on.map(server_date).transpose()?,
        due_at: found.due_at.map(|it| Instant::from_micros(it.unix_us)),
        provisional: found.provisional,
        explanation_zh: found.explanation_zh,
        explanation_en: found.explanation_en,
        calendar_version: found.calendar_version,
    })
}

/// The server hands out dates that exist.
fn server_date(date: types::Date) -> Result<Date, host::ReadError> {
    date_in(date).map_err(|error| host::ReadError::BadQuery(error.to_string()))
}

fn schedule_in(run: types::ScheduleRun) -> Result<host::ScheduleRun, CalendarError> {
    Ok(host::ScheduleRun {
        key: run.key,
        scheduled_for: Instant::from_micros(run.scheduled_for.unix_us),
        as_of: date_in(run.as_of)?,
        period: run.period,
        due_on: run.due_on.map(date_in).transpose()?,
        stage: run.stage,
        late: run.late,
    })
}

fn envelope_in(envelope: Envelope) -> Result<host::Envelope, crate::OperationError> {
    let today = date_in(envelope.today)?;
    let parameters = serde_json::from_slice(&envelope.configuration)
        .map_err(|_| crate::OperationError::failed("expected one JSON object as configuration"))?;
    Ok(host::Envelope {
        call_id: envelope.call_id,
        attempt: envelope.attempt,
        tenant: envelope.tenant,
        division: envelope.division,
        now: Instant::from_micros(envelope.now.unix_us),
        today,
        actor: envelope.actor.map(|it| host::Actor {
            id: it.id,
            roles: it.roles,
        }),
        process: envelope.process.map(|it| host::ProcessRef {
            instance_id: it.instance_id,
            process_key: it.process_key,
            process_version: it.process_version,
            element_id: it.element_id,
        }),
        schedule: envelope.schedule.map(schedule_in).transpose()?,
        parameters,
        dry_run: envelope.dry_run,
    })
}

fn record_in(record: types::StoredRecord) -> host::StoredRecord {
    let types::StoredRecord {
        kind,
        id,
        version,
        schema_version,
        body,
    } = record;
    host::StoredRecord {
        kind,
        id,
        version,
        schema_version,
        body,
    }
}

fn read_error_in(error: records::ReadError) -> host::ReadError {
    match error {
        records::ReadError::NotGranted(text) => host::ReadError::NotGranted(text),
        records::ReadError::BudgetExhausted(text) => host::ReadError::BudgetExhausted(text),
        records::ReadError::BadQuery(text) => host::ReadError::BadQuery(text),
    }
}

fn calendar_error_in(error: calendar::CalendarError) -> CalendarError {
    match error {
        calendar::CalendarError::InvalidDate => CalendarError::InvalidDate,
        calendar::CalendarError::OutOfRange => CalendarError::OutOfRange,
    }
}

fn date_in(date: types::Date) -> Result<Date, CalendarError> {
    Date::new(date.year, date.month, date.day).map_err(|_| CalendarError::InvalidDate)
}

fn date_out(date: Date) -> types::Date {
    types::Date {
        year: date.year(),
        month: date.month(),
        day: date.day(),
    }
}

fn query_out(query: &host::RecordQuery) -> records::Query {
    let conditions = query.conditions.iter().map(|it| records::Condition {
        filter: it.filter.clone(),
        comparison: match it.comparison {
            host::Comparison::Equal => records::Comparison::Equal,
            host::Comparison::Less => records::Comparison::Less,
            host::Comparison::AtMost => records::Comparison::AtMost,
            host::Comparison::Greater => records::Comparison::Greater,
            host::Comparison::AtLeast => records::Comparison::AtLeast,
            host::Comparison::OneOf => records::Comparison::OneOf,
        },
        value: it.value.to_string().into_bytes(),
    });
    let order = query.order.iter().map(|it| records::Order {
        filter: it.filter.clone(),
        descending: it.descending,
    });
    records::Query {
        kind: query.kind.clone(),
        conditions: conditions.collect(),
        order: order.collect(),
        limit: query.limit,
        after: query.after.clone(),
    }
}

fn arguments_out(arguments: &[(String, String)]) -> Vec<types::Argument> {
    arguments
        .iter()
        .map(|(name, value)| types::Argument {
            name: name.clone(),
            value: value.clone(),
        })
        .collect()
}

fn object_out(object: serde_json::Map<String, serde_json::Value>) -> Vec<u8> {
    serde_json::Value::Object(object).to_string().into_bytes()
}

fn violation_out(violation: crate::Violation) -> types::Violation {
    let arguments = arguments_out(&violation.arguments);
    types::Violation {
        path: violation.path,
        code: violation.code,
        arguments,
    }
}

fn completion_out(completion: host::Completion) -> Completion {
    Completion {
        output: completion.output,
        writes: completion.writes.into_iter().map(write_out).collect(),
        warnings: completion.warnings.into_iter().map(violation_out).collect(),
    }
}

fn write_out(write: host::Write) -> types::Write {
    match write {
        host::Write::PutRecord {
            kind,
            id,
            expected_version,
            body,
        } => types::Write::PutRecord(types::PutRecord {
            kind,
            id: Some(id),
            expected_version,
            body,
        }),
        host::Write::RemoveRecord {
            kind,
            id,
            expected_version,
            reason,
        } => types::Write::RemoveRecord(types::RemoveRecord {
            kind,
            id,
            expected_version,
            reason,
        }),
        host::Write::StartProcess(start) => types::Write::StartProcess(types::StartProcess {
            process_key: start.process_key,
            business_key: start.business_key,
            variables: object_out(start.variables),
        }),
        host::Write::PublishMessage(message) => {
            types::Write::PublishMessage(types::PublishMessage {
                name: message.name,
                correlation_key: message.correlation_key,
                variables: object_out(message.variables),
            })
        }
        host::Write::SendNotice(notice) => types::Write::SendNotice(notice_out(notice)),
        host::Write::IssueDocument(issue) => types::Write::IssueDocument(types::IssueDocument {
            document: issue.document,
            subject: types::RecordReference {
                kind: issue.record.kind,
                id: issue.record.id,
            },
            recipient: issue.recipient,
            data: object_out(issue.data),
            dedupe_key: issue.dedupe_key,
        }),
        host::Write::NoteAudit { code, text } => {
            types::Write::NoteAudit(types::NoteAudit { code, text })
        }
        host::Write::Deadline {
            key,
            record_id,
            change,
        } => deadline_out(key, record_id, change),
    }
}

fn deadline_out(key: String, record_id: String, change: host::DeadlineChange) -> types::Write {
    match change {
        host::DeadlineChange::Set { anchor, amount } => {
            types::Write::SetDeadline(types::SetDeadline {
                key,
                record_id,
                anchor: date_out(anchor),
                amount,
            })
        }
        host::DeadlineChange::Pause { on, reason } => {
            types::Write::PauseDeadline(types::PauseDeadline {
                key,
                record_id,
                on: date_out(on),
                reason,
            })
        }
        host::DeadlineChange::Resume { on } => {
            types::Write::ResumeDeadline(types::ResumeDeadline {
                key,
                record_id,
                on: date_out(on),
            })
        }
        host::DeadlineChange::Extend {
            extent,
            officer,
            reason,
        } => types::Write::ExtendDeadline(types::ExtendDeadline {
            key,
            record_id,
            extent: match extent {
                host::Extent::Amount(amount) => types::Extent::Amount(amount),
                host::Extent::Until(until) => types::Extent::Until(date_out(until)),
            },
            officer,
            reason,
        }),
        host::DeadlineChange::Close { reason } => {
            types::Write::CloseDeadline(types::CloseDeadline {
                key,
                record_id,
                reason,
            })
        }
    }
}

fn notice_out(notice: crate::SendNotice) -> types::SendNotice {
    types::SendNotice {
        code: notice.code,
        recipient: match notice.recipient {
            crate::Recipient::Person(id) => types::Recipient::Person(id),
            crate::Recipient::Role { role, division } => {
                types::Recipient::Role(types::RoleRecipient { role, division })
            }
            crate::Recipient::Staff(id) => types::Recipient::Staff(id),
        },
        subject: notice.record.map(|it| types::RecordReference {
            kind: it.kind,
            id: it.id,
        }),
        arguments: arguments_out(&notice.arguments),
        dedupe_key: notice.dedupe_key,
    }
}

fn error_out(error: crate::OperationError) -> OperationError {
    match error {
        crate::OperationError::Business(it) => OperationError::Business(types::BusinessError {
            code: it.code,
            arguments: arguments_out(&it.arguments),
            details: object_out(it.details),
        }),
        crate::OperationError::Invalid(violations) => {
            OperationError::Invalid(violations.into_iter().map(violation_out).collect())
        }
        crate::OperationError::Retry { after_ms, reason } => {
            OperationError::Retry(types::RetryHint { after_ms, reason })
        }
        crate::OperationError::Failed(text) => OperationError::Failed(text),
    }
}
