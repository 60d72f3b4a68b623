//! Applies what a plugin returned: in order, all or none, in the transaction of the command.

use std::sync::Arc;

use tongban_host::call::{
    NoteAudit, PublishMessage as PublishWrite, PutRecord, RemoveRecord, StartProcess as StartWrite,
    Write,
};
use tongban_store::dialect::Dialect;
use tongban_store::error::Error as StoreError;
use tongban_store::row::audit_entry::NewAuditEntry;
use tongban_store::row::record::{ExpectedVersion, RecordPut};

use crate::change::Subject;
use crate::error::UserError;
use crate::executor::follow_up::{FollowUp, StartProcess};
use crate::executor::instance::NewInstance;
use crate::executor::session::{Last, Session};
use crate::executor::stop::{Decided, Stop, chain};
use crate::record_columns;
use crate::variables;

/// When a process that an operation starts is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Starts {
    /// Within the command: what it meets can still refuse the whole.
    Now,
    /// As a follow-up, so that operations that start processes that call operations do not nest.
    Later,
}

impl Session<'_> {
    /// Applies the writes of a call that went well.
    pub(crate) fn apply_writes(&mut self, writes: Vec<Write>, starts: Starts) -> Decided<()> {
        let (mut deadlines, mut others) = (Vec::new(), Vec::with_capacity(writes.len()));
        for write in writes {
            match write {
                Write::Deadline(it) => deadlines.push(it),
                other => others.push(other),
            }
        }
        let mut touched = self.change_deadlines(deadlines)?;
        for write in others {
            match write {
                Write::PutRecord(put) => {
                    touched.remove(&(Arc::from(put.kind.as_str()), Arc::from(put.id.as_str())));
                    self.put_record(put)?;
                }
                Write::RemoveRecord(remove) => self.remove_record(remove)?,
                Write::Deadline(_) => unreachable!("taken out above"),
                Write::StartProcess(start) => self.start_by_operation(start, starts)?,
                Write::PublishMessage(publish) => self.publish_by_operation(publish)?,
                Write::NoteAudit(note) => self.note_by_operation(note)?,
                Write::SendNotice(send) => self.send_notice(send)?,
                Write::IssueDocument(issue) => self.issue_document(issue)?,
            }
        }
        self.mirror_touched(touched)
    }

    fn put_record(&mut self, put: PutRecord) -> Decided<()> {
        let tenant = self.running.tenant.clone();
        let declared = tenant
            .record_plugin(&put.kind)
            .and_then(|it| it.manifest().record(&put.kind));
        let Some(declared) = declared else {
            let reason = format!("no active plugin declares record kind {}", put.kind);
            return Err(UserError::new("INVALID_INPUT", &[("reason", &reason)]).into());
        };
        let body = self.mirrored(&put.kind, &put.id, put.body)?;
        let expected = match put.expected_version {
            Some(version) => ExpectedVersion::Exactly(i64::try_from(version).unwrap_or(i64::MAX)),
            None => ExpectedVersion::Absent,
        };
        let row = RecordPut {
            kind: Arc::from(put.kind.as_str()),
            id: Arc::from(put.id.as_str()),
            expected,
            schema_version: i32::try_from(put.schema_version).unwrap_or(i32::MAX),
            body: Arc::from(body.to_string()),
            columns: record_columns::values_of(declared, &body),
            parties: record_columns::parties_of(declared, &body),
        };
        self.store_record(row)
    }

    /// Stores a record and tells the subscribers and the audit trail.
    pub(crate) fn store_record(&mut self, row: RecordPut) -> Decided<()> {
        let (kind, id) = (row.kind.clone(), row.id.clone());
        let runtime = self.runtime;
        let put = runtime.block_on(self.unit().put_record(row));
        put.map_err(|error| self.stop_of_write(&error))?;
        self.audit("PutRecord", (&kind, &id))?;
        self.note_change(Subject::Record { kind, id });
        Ok(())
    }

    /// On PostgreSQL a version that is no longer there, or a key that is taken, is mostly a race: the operation looked
    /// at the records in this very command, and another executor was quicker. It is decided again, on what is there
    /// now, and refused only if that happens every time.
    fn stop_of_write(&self, error: &StoreError) -> Stop {
        let may_race = self.shared.database.dialect() == Dialect::Postgresql;
        let (constraint, is_tried_again) = match error {
            StoreError::StaleRecord { .. } => (None, self.last != Last::Yes),
            StoreError::UniqueKeyTaken { key, .. } => (Some(key.clone()), self.last == Last::No),
            _ => (None, false),
        };
        if may_race && is_tried_again {
            let reason = chain(error);
            return Stop::Conflict { constraint, reason };
        }
        Stop::from(error)
    }

    fn remove_record(&mut self, remove: RemoveRecord) -> Decided<()> {
        let version = i64::try_from(remove.expected_version).unwrap_or(i64::MAX);
        let expected = ExpectedVersion::Exactly(version);
        let runtime = self.runtime;
        let removed = runtime.block_on(self.unit().remove_record(
            &remove.kind,
            &remove.id,
            expected,
        ));
        removed.map_err(|error| self.stop_of_write(&error))?;
        self.remove_deadlines(&remove.kind, &remove.id)?;
        runtime.block_on(self.unit().remove_documents(&remove.kind, &remove.id))?;
        let (kind, id): (Arc<str>, Arc<str>) = (remove.kind.into(), remove.id.into());
        let detail = serde_json::json!({ "reason": remove.reason }).to_string();
        self.audit_entry(NewAuditEntry {
            action: Arc::from("RemoveRecord"),
            subject_kind: kind.clone(),
            subject_id: id.clone(),
            detail: Some(Arc::from(detail)),
        })?;
        self.note_change(Subject::Record { kind, id });
        Ok(())
    }

    fn start_by_operation(&mut self, start: StartWrite, starts: Starts) -> Decided<()> {
        let definition = self.latest_definition(&start.process_key)?;
        let variables = variables::from_plugin(&start.variables);
        if starts == Starts::Later {
            self.leave(FollowUp::StartProcess(StartProcess {
                process_key: start.process_key,
                business_key: start.business_key,
                variables,
            }));
            return Ok(());
        }
        let business_key = start.business_key.map(Arc::from);
        let new = NewInstance {
            business_key,
            ..NewInstance::of(variables)
        };
        self.create(definition, new)?;
        Ok(())
    }

    fn publish_by_operation(&mut self, publish: PublishWrite) -> Decided<()> {
        let variables = variables::from_plugin(&publish.variables);
        let message = self.message((&publish.name, &publish.correlation_key), variables)?;
        self.leave(FollowUp::PublishMessage(message));
        Ok(())
    }

    fn note_by_operation(&mut self, note: NoteAudit) -> Decided<()> {
        let detail = serde_json::json!({ "text": note.text }).to_string();
        let call_id = self.running.call_id.clone();
        self.audit_entry(NewAuditEntry {
            action: Arc::from(note.code),
            subject_kind: Arc::from("call"),
            subject_id: call_id,
            detail: Some(Arc::from(detail)),
        })
    }
}
