//! From what a guest answered to what may be believed: sizes, JSON, schemas, grants, ids.
//!
//! Whatever does not hold here is the plugin's mistake and ends as a trap of the kind
//! `BadAnswer`, `Budget` or `NotGranted`; nothing is repaired silently.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::call::{
    BusinessError, Completion, Date, DeadlineChange, DeadlineWrite, Extent, Failure, IssueDocument,
    NoteAudit, PublishMessage, PutRecord, Recipient, RemoveRecord, SendNotice, StartProcess,
    Violation, Write,
};
use crate::contract::{Raw, RawDate, RawDeadlineChange, RawWrite};
use crate::grant::OperationGrant;
use crate::limit::Limits;
use crate::manifest::Audience;
use crate::name;
use crate::schema::Schema;
use crate::trap::{Kind, Trap};

/// Violations and warnings of one answer.
const VIOLATIONS_MAX: usize = 200;
/// Length of codes, keys and names that a plugin makes up.
const KEY_BYTES_MAX: usize = 200;
/// Length of a reason.
const LINE_BYTES_MAX: usize = 600;
/// The largest amount of a deadline.
const AMOUNT_MAX: u32 = 40_000;
/// A plugin may not put itself off for longer than a day.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(86_400);

/// Checks one answer. The second result is its size in bytes.
pub(crate) fn check(
    grant: &OperationGrant,
    limits: &Limits,
    call_id: &str,
    raw: Raw,
) -> (Result<Completion, Failure>, u64) {
    let bytes = size(&raw);
    if bytes > limits.output_bytes_max {
        let text = format!(
            "expected an answer of at most {} bytes, found {bytes}",
            limits.output_bytes_max
        );
        return (Err(Failure::Trap(Trap::new(Kind::Budget, text))), bytes);
    }
    let checker = Checker { grant, call_id };
    let result = match raw {
        Raw::Completion {
            output,
            writes,
            warnings,
        } => checker
            .completion(limits, &output, writes, warnings)
            .map_err(Failure::Trap),
        refusal => Err(checker.refusal(refusal).unwrap_or_else(Failure::Trap)),
    };
    (result, bytes)
}

struct Checker<'c> {
    grant: &'c OperationGrant,
    call_id: &'c str,
}

fn bad(text: impl Into<String>) -> Trap {
    Trap::new(Kind::BadAnswer, text)
}

impl Checker<'_> {
    fn completion(
        &self,
        limits: &Limits,
        output: &[u8],
        writes: Vec<RawWrite>,
        warnings: Vec<Violation>,
    ) -> Result<Completion, Trap> {
        let output = object("output", output)?;
        fits("output", &self.grant.output, &output)?;
        violations("warnings", &warnings)?;
        if writes.len() > limits.writes_max as usize {
            let text = format!(
                "expected at most {} writes, found {}",
                limits.writes_max,
                writes.len()
            );
            return Err(Trap::new(Kind::Budget, text));
        }
        let mut touched = BTreeSet::new();
        let mut checked = Vec::with_capacity(writes.len());
        for (ordinal, write) in writes.into_iter().enumerate() {
            let write = self.write(ordinal, write)?;
            if let Write::PutRecord(PutRecord { kind, id, .. })
            | Write::RemoveRecord(RemoveRecord { kind, id, .. }) = &write
                && !touched.insert((kind.clone(), id.clone()))
            {
                return Err(bad(format!(
                    "write {ordinal}: record `{id}` of kind `{kind}` is written twice: expected one write a record"
                )));
            }
            checked.push(write);
        }
        Ok(Completion {
            output,
            writes: checked,
            warnings,
        })
    }

    fn write(&self, ordinal: usize, write: RawWrite) -> Result<Write, Trap> {
        match write {
            RawWrite::PutRecord {
                kind,
                id,
                expected_version,
                body,
            } => self
                .put_record(ordinal, kind, (id, expected_version), &body)
                .map(Write::PutRecord),
            RawWrite::RemoveRecord {
                kind,
                id,
                expected_version,
                reason,
            } => {
                self.granted(
                    ordinal,
                    "writes",
                    "record kind",
                    &kind,
                    &self.grant.writable,
                )?;
                key(ordinal, "id", &id)?;
                Ok(Write::RemoveRecord(RemoveRecord {
                    kind,
                    id,
                    expected_version,
                    reason,
                }))
            }
            RawWrite::StartProcess {
                process_key,
                business_key,
                variables,
            } => {
                self.granted(
                    ordinal,
                    "starts",
                    "process",
                    &process_key,
                    &self.grant.starts,
                )?;
                business_key
                    .iter()
                    .try_for_each(|it| key(ordinal, "business key", it))?;
                let variables = object(&format!("write {ordinal}: variables"), &variables)?;
                Ok(Write::StartProcess(StartProcess {
                    process_key,
                    business_key,
                    variables,
                }))
            }
            RawWrite::PublishMessage {
                name,
                correlation_key,
                variables,
            } => {
                self.granted(
                    ordinal,
                    "publishes",
                    "message",
                    &name,
                    &self.grant.publishes,
                )?;
                key(ordinal, "correlation key", &correlation_key)?;
                let variables = object(&format!("write {ordinal}: variables"), &variables)?;
                Ok(Write::PublishMessage(PublishMessage {
                    name,
                    correlation_key,
                    variables,
                }))
            }
            RawWrite::NoteAudit { code, text } => {
                key(ordinal, "code", &code)?;
                Ok(Write::NoteAudit(NoteAudit { code, text }))
            }
            RawWrite::Deadline {
                key: name,
                record_id,
                change,
            } => {
                self.granted(
                    ordinal,
                    "deadlines",
                    "deadline",
                    &name,
                    &self.grant.deadlines,
                )?;
                key(ordinal, "record id", &record_id)?;
                Ok(Write::Deadline(DeadlineWrite {
                    key: name,
                    record_id,
                    change: deadline_change(ordinal, change)?,
                }))
            }
            RawWrite::SendNotice(notice) => self.notice(ordinal, notice),
            RawWrite::IssueDocument {
                document,
                record,
                recipient,
                data,
                dedupe_key,
            } => {
                let data = object("the data of a document", &data)?;
                self.document(
                    ordinal,
                    IssueDocument {
                        document,
                        record,
                        recipient,
                        data,
                        dedupe_key,
                    },
                )
            }
        }
    }

    /// A notice goes to those alone for whom it is declared, about a record of its kind.
    fn notice(&self, ordinal: usize, notice: SendNotice) -> Result<Write, Trap> {
        let code = &notice.code;
        let Some(declared) = self.grant.notices.get(code) else {
            let granted = self.grant.notices.keys().cloned().collect();
            self.granted(ordinal, "notices", "notice", code, &granted)?;
            return Err(bad(format!("write {ordinal}: no such notice")));
        };
        let (audience, name) = match &notice.recipient {
            Recipient::Person(id) => (Audience::Party, id),
            Recipient::Role { role, .. } => (Audience::Role, role),
            Recipient::Staff(id) => (Audience::Staff, id),
        };
        if !declared.audience.contains(&audience) {
            return Err(bad(format!(
                "write {ordinal}: notice `{code}` is not declared for {audience:?}"
            )));
        }
        key(ordinal, "recipient", name)?;
        let kind = notice.record.as_ref().map(|it| &it.kind);
        if kind != declared.record.as_ref() {
            return Err(bad(format!(
                "write {ordinal}: notice `{code}` is declared about {:?}, found {kind:?}",
                declared.record
            )));
        }
        let named = notice.record.iter().map(|it| &it.id);
        for text in named.chain(&notice.dedupe_key) {
            key(ordinal, "record id or key", text)?;
        }
        Ok(Write::SendNotice(notice))
    }

    /// A document belongs to a record of the kind for which it is declared.
    fn document(&self, ordinal: usize, issue: IssueDocument) -> Result<Write, Trap> {
        let name = &issue.document;
        let Some(declared) = self.grant.documents.get(name) else {
            let granted = self.grant.documents.keys().cloned().collect();
            self.granted(ordinal, "documents", "document", name, &granted)?;
            return Err(bad(format!("write {ordinal}: no such document")));
        };
        if issue.record.kind != declared.record {
            return Err(bad(format!(
                "write {ordinal}: document `{name}` belongs to a `{}`, found `{}`",
                declared.record, issue.record.kind
            )));
        }
        let texts = [&issue.recipient, &issue.dedupe_key];
        for text in texts.into_iter().flatten().chain([&issue.record.id]) {
            key(ordinal, "record id, recipient or key", text)?;
        }
        Ok(Write::IssueDocument(issue))
    }

    /// A new record's id derives from the call and the place in the list, so that nobody can
    /// choose the id of somebody else's future record, and a repeated decision gives the same.
    fn put_record(
        &self,
        ordinal: usize,
        kind: String,
        (id, expected_version): (Option<String>, Option<u64>),
        body: &[u8],
    ) -> Result<PutRecord, Trap> {
        self.granted(
            ordinal,
            "writes",
            "record kind",
            &kind,
            &self.grant.writable,
        )?;
        let derived = format!("{}-{ordinal}", self.call_id);
        let id = match (id, expected_version) {
            (None, None) => derived,
            (Some(id), None) if id == derived => id,
            (Some(id), None) => {
                return Err(bad(format!(
                    "write {ordinal}: expected a new record to have no id or the id `{derived}`, found `{}`",
                    clipped(&id)
                )));
            }
            (Some(id), Some(_)) => id,
            (None, Some(_)) => {
                return Err(bad(format!(
                    "write {ordinal}: an expected version needs the id of the record"
                )));
            }
        };
        key(ordinal, "id", &id)?;
        let Some(record) = self.grant.readable.get(&kind) else {
            return Err(bad(format!(
                "write {ordinal}: record kind `{kind}` has no schema"
            )));
        };
        let body = object(&format!("write {ordinal}: body"), body)?;
        fits(
            &format!("write {ordinal}: body of `{kind}`"),
            &record.schema,
            &body,
        )?;
        let schema_version = record.schema_version;
        Ok(PutRecord {
            kind,
            id,
            expected_version,
            schema_version,
            body,
        })
    }

    fn granted(
        &self,
        ordinal: usize,
        field: &str,
        what: &str,
        found: &str,
        granted: &BTreeSet<String>,
    ) -> Result<(), Trap> {
        if granted.contains(found) {
            return Ok(());
        }
        let text = format!(
            "write {ordinal}: operation `{}` uses the {what} `{}`, which it does not declare: add it to `{field}` in plugin.toml",
            self.grant.name,
            clipped(found),
        );
        Err(Trap::new(Kind::NotGranted, text))
    }

    fn refusal(&self, raw: Raw) -> Result<Failure, Trap> {
        match raw {
            Raw::Completion { .. } => Err(bad("expected a refusal")),
            Raw::Business {
                code,
                arguments,
                details,
            } => {
                check_code("business error", &code)?;
                let details = if details.is_empty() {
                    Value::Object(serde_json::Map::new())
                } else {
                    object("details of the business error", &details)?
                };
                let arguments = arguments.into_iter().collect();
                Ok(Failure::Business(BusinessError {
                    code,
                    arguments,
                    details,
                }))
            }
            Raw::Invalid(list) => {
                if list.is_empty() {
                    return Err(bad(
                        "expected at least one violation in `invalid`, found none",
                    ));
                }
                violations("invalid", &list)?;
                Ok(Failure::Invalid(list))
            }
            Raw::Retry { after_ms, reason } => {
                let after = Duration::from_millis(after_ms).min(RETRY_AFTER_MAX);
                Ok(Failure::Retry { after, reason })
            }
            Raw::Failed(message) => Ok(Failure::Failed { message }),
        }
    }
}

fn deadline_change(ordinal: usize, change: RawDeadlineChange) -> Result<DeadlineChange, Trap> {
    let reasoned = |reason: &str| line(ordinal, "reason", reason);
    Ok(match change {
        RawDeadlineChange::Set { anchor, amount } => DeadlineChange::Set {
            anchor: existing(ordinal, anchor)?,
            amount: amount.map(|it| amount_of(ordinal, it)).transpose()?,
        },
        RawDeadlineChange::Pause { on, reason } => {
            reasoned(&reason)?;
            let on = existing(ordinal, on)?;
            DeadlineChange::Pause { on, reason }
        }
        RawDeadlineChange::Resume { on } => DeadlineChange::Resume {
            on: existing(ordinal, on)?,
        },
        RawDeadlineChange::ExtendBy {
            amount,
            officer,
            reason,
        } => {
            reasoned(&reason)?;
            key(ordinal, "officer", &officer)?;
            let extent = Extent::Amount(amount_of(ordinal, amount)?);
            DeadlineChange::Extend {
                extent,
                officer,
                reason,
            }
        }
        RawDeadlineChange::ExtendUntil {
            until,
            officer,
            reason,
        } => {
            reasoned(&reason)?;
            key(ordinal, "officer", &officer)?;
            let extent = Extent::Until(existing(ordinal, until)?);
            DeadlineChange::Extend {
                extent,
                officer,
                reason,
            }
        }
        RawDeadlineChange::Close { reason } => {
            reasoned(&reason)?;
            DeadlineChange::Close { reason }
        }
    })
}

fn existing(ordinal: usize, (year, month, day): RawDate) -> Result<Date, Trap> {
    Date::new(year, month, day).ok_or_else(|| {
        bad(format!(
            "write {ordinal}: expected a date that exists, found {year}-{month}-{day}"
        ))
    })
}

fn amount_of(ordinal: usize, amount: u32) -> Result<u32, Trap> {
    if amount <= AMOUNT_MAX {
        return Ok(amount);
    }
    Err(bad(format!(
        "write {ordinal}: expected an amount of at most {AMOUNT_MAX}, found {amount}"
    )))
}

fn line(ordinal: usize, what: &str, found: &str) -> Result<(), Trap> {
    if name::is_text(found) && found.len() <= LINE_BYTES_MAX {
        return Ok(());
    }
    Err(bad(format!(
        "write {ordinal}: {what}: expected a text of 1 to {LINE_BYTES_MAX} bytes, found `{}`",
        clipped(found)
    )))
}

fn object(what: &str, bytes: &[u8]) -> Result<Value, Trap> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        bad(format!(
            "{what}: expected UTF-8, found another byte at {}",
            error.valid_up_to()
        ))
    })?;
    let value: Value = serde_json::from_str(text)
        .map_err(|error| bad(format!("{what}: expected one JSON document: {error}")))?;
    if value.is_object() {
        return Ok(value);
    }
    Err(bad(format!("{what}: expected a JSON object")))
}

/// The violations name places and rules, never values: the text reaches the log.
fn fits(what: &str, schema: &Schema, value: &Value) -> Result<(), Trap> {
    let violations = schema.check(value);
    if violations.is_empty() {
        return Ok(());
    }
    let texts: Vec<String> = violations
        .iter()
        .take(10)
        .map(|it| {
            let text = crate::code::find(&it.code).map_or("", |code| code.en);
            let place = if it.path.is_empty() { "/" } else { &it.path };
            format!("{place}: {}", crate::message::fill(text, &it.arguments))
        })
        .collect();
    Err(bad(format!(
        "{what} does not fit its schema: {}",
        texts.join("; ")
    )))
}

fn key(ordinal: usize, what: &str, found: &str) -> Result<(), Trap> {
    let fits =
        !found.is_empty() && found.len() <= KEY_BYTES_MAX && !found.chars().any(char::is_control);
    if fits {
        return Ok(());
    }
    Err(bad(format!(
        "write {ordinal}: {what}: expected 1 to {KEY_BYTES_MAX} bytes without control characters, found `{}`",
        clipped(found)
    )))
}

fn check_code(what: &str, found: &str) -> Result<(), Trap> {
    if name::is_text(found) && found.len() <= 100 {
        return Ok(());
    }
    Err(bad(format!(
        "{what}: expected a code of 1 to 100 characters, found `{}`",
        clipped(found)
    )))
}

fn violations(what: &str, found: &[Violation]) -> Result<(), Trap> {
    if found.len() > VIOLATIONS_MAX {
        return Err(bad(format!(
            "{what}: expected at most {VIOLATIONS_MAX}, found {}",
            found.len()
        )));
    }
    for violation in found {
        check_code(what, &violation.code)?;
        let is_pointer = violation.path.is_empty() || violation.path.starts_with('/');
        if !is_pointer || violation.path.len() > 400 {
            let found = clipped(&violation.path);
            return Err(bad(format!(
                "{what}: expected a JSON Pointer as path, found `{found}`"
            )));
        }
    }
    Ok(())
}

fn clipped(text: &str) -> String {
    text.chars()
        .filter(|it| !it.is_control())
        .take(80)
        .collect()
}

fn size(raw: &Raw) -> u64 {
    let of_violation = |it: &Violation| {
        let arguments: usize = it
            .arguments
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        it.path.len() + it.code.len() + arguments
    };
    let bytes: usize = match raw {
        Raw::Completion {
            output,
            writes,
            warnings,
        } => {
            output.len()
                + writes.iter().map(size_of_write).sum::<usize>()
                + warnings.iter().map(of_violation).sum::<usize>()
        }
        Raw::Business {
            code,
            arguments,
            details,
        } => {
            let arguments: usize = arguments
                .iter()
                .map(|(name, value)| name.len() + value.len())
                .sum();
            code.len() + arguments + details.len()
        }
        Raw::Invalid(violations) => violations.iter().map(of_violation).sum(),
        Raw::Retry { reason, .. } => reason.len(),
        Raw::Failed(message) => message.len(),
    };
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn size_of_write(write: &RawWrite) -> usize {
    let of = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    match write {
        RawWrite::PutRecord { kind, id, body, .. } => kind.len() + of(id) + body.len(),
        RawWrite::RemoveRecord {
            kind, id, reason, ..
        } => kind.len() + id.len() + reason.len(),
        RawWrite::StartProcess {
            process_key,
            business_key,
            variables,
        } => process_key.len() + of(business_key) + variables.len(),
        RawWrite::PublishMessage {
            name,
            correlation_key,
            variables,
        } => name.len() + correlation_key.len() + variables.len(),
        RawWrite::NoteAudit { code, text } => code.len() + text.len(),
        RawWrite::Deadline {
            key,
            record_id,
            change,
        } => {
            let texts = match change {
                RawDeadlineChange::Set { .. } | RawDeadlineChange::Resume { .. } => 0,
                RawDeadlineChange::Pause { reason, .. } | RawDeadlineChange::Close { reason } => {
                    reason.len()
                }
                RawDeadlineChange::ExtendBy {
                    officer, reason, ..
                }
                | RawDeadlineChange::ExtendUntil {
                    officer, reason, ..
                } => officer.len() + reason.len(),
            };
            key.len() + record_id.len() + texts
        }
        RawWrite::SendNotice(notice) => {
            let arguments = notice.arguments.iter();
            let arguments: usize = arguments
                .map(|(name, value)| name.len() + value.len())
                .sum();
            notice.code.len() + arguments + of(&notice.dedupe_key)
        }
        RawWrite::IssueDocument {
            document,
            recipient,
            data,
            dedupe_key,
            ..
        } => document.len() + of(recipient) + data.len() + of(dedupe_key),
    }
}
