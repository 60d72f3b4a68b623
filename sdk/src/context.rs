//! What an operation knows, may read and may write.
//!
//! **Invariant:** every pending record write is found by its kind and id in `pending`, and there
//! is one write for each record at most.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::calendar::Calendar;
use crate::check::Checks;
use crate::code::RECORD_NOT_FOUND;
use crate::document::IssueDocument;
use crate::error::{OperationError, Violation};
#[cfg(target_family = "wasm")]
use crate::host::Host;
use crate::host::{
    Actor, AnyHost, Completion, Envelope, LogLevel, ProcessRef, ScheduleRun, StoredRecord, Write,
};
use crate::notice::SendNotice;
use crate::pointer;
use crate::record::{Record, RecordId, Stored};
use crate::time::{Date, Instant};
use crate::write::{PublishMessage, StartProcess};

/// The call an operation answers: its circumstances, reads and writes.
///
/// Reads are made inside the transaction of the command and see the pending writes of this call.
/// Writes are collected; the server commits them, all or none, with the step of the process.
pub struct Context {
    host: AnyHost,
    envelope: Envelope,
    snapshot: Vec<(String, Option<StoredRecord>)>,
    writes: Vec<Write>,
    /// Kind and id of a written record -> its place in `writes`.
    pending: BTreeMap<(String, String), usize>,
    warnings: Vec<Violation>,
}

impl Context {
    pub(crate) fn new(
        host: AnyHost,
        envelope: Envelope,
        snapshot: Vec<(String, Option<StoredRecord>)>,
    ) -> Self {
        let (writes, warnings) = (Vec::new(), Vec::new());
        Self {
            host,
            envelope,
            snapshot,
            writes,
            pending: BTreeMap::new(),
            warnings,
        }
    }

    pub(crate) fn into_completion(self, output: Vec<u8>) -> Completion {
        Completion {
            output,
            writes: self.writes,
            warnings: self.warnings,
        }
    }

    pub(crate) fn host(&self) -> &AnyHost {
        &self.host
    }

    /// Adds a write that is of no record.
    pub(crate) fn push_write(&mut self, write: Write) {
        self.writes.push(write);
    }
}

/// The circumstances.
impl Context {
    /// The instant of the command.
    pub fn now(&self) -> Instant {
        self.envelope.now
    }

    /// The date of the command at the office.
    pub fn today(&self) -> Date {
        self.envelope.today
    }

    /// Who asked; nobody if a timer or an answer that arrived caused the call.
    pub fn actor(&self) -> Option<&Actor> {
        self.envelope.actor.as_ref()
    }

    /// The county bureau, by its division code.
    pub fn tenant(&self) -> &str {
        &self.envelope.tenant
    }

    /// The administrative division (行政区划) in which the case is handled.
    pub fn division(&self) -> &str {
        &self.envelope.division
    }

    /// Where in which process; absent if an exposed operation is called outside of one.
    pub fn process(&self) -> Option<&ProcessRef> {
        self.envelope.process.as_ref()
    }

    /// Which run of which schedule; absent if none called.
    pub fn schedule(&self) -> Option<&ScheduleRun> {
        self.envelope.schedule.as_ref()
    }

    /// Names the call; the same again if the same command is decided again.
    pub fn call_id(&self) -> &str {
        &self.envelope.call_id
    }

    /// 1 for the first attempt, then rising.
    pub fn attempt(&self) -> u32 {
        self.envelope.attempt
    }

    /// Whether the writes will be checked and then dropped: somebody only wants the answer.
    pub fn is_dry_run(&self) -> bool {
        self.envelope.dry_run
    }

    /// A parameter of the plugin as this county has set it.
    pub fn parameter<T: DeserializeOwned>(&self, key: &str) -> Result<T, OperationError> {
        let Some(value) = self.envelope.parameters.get(key) else {
            let text = format!("the parameter {key} is not declared in plugin.toml");
            return Err(OperationError::Failed(text));
        };
        T::deserialize(value).map_err(|error| {
            // Parameters are configuration, so the value may be shown.
            OperationError::Failed(format!("the parameter {key} does not fit: {error}"))
        })
    }
}

/// Reading.
impl Context {
    /// The record with this id, if there is one: as this call has written it, else as it was read
    /// beforehand, else from the database.
    pub fn get<T: Record>(&self, id: &RecordId) -> Result<Option<Stored<T>>, OperationError> {
        self.raw(T::KIND, id.as_str())?.map(decode).transpose()
    }

    /// The record with this id. If there is none, the input is wrong at `path`, with the code
    /// `RECORD-NOT-FOUND`.
    pub fn require<T: Record>(
        &self,
        id: &RecordId,
        path: &str,
    ) -> Result<Stored<T>, OperationError> {
        self.get(id)?
            .ok_or_else(|| OperationError::invalid(path, RECORD_NOT_FOUND))
    }

    /// The record that the manifest has read beforehand under this name (`reads`).
    pub fn snapshot<T: Record>(&self, name: &str) -> Result<Option<Stored<T>>, OperationError> {
        let Some((_, record)) = self.snapshot.iter().find(|(it, _)| it == name) else {
            let text = format!("the operation declares no read named {name}");
            return Err(OperationError::Failed(text));
        };
        let Some(record) = record else {
            return Ok(None);
        };
        if record.kind != T::KIND {
            let (found, wanted) = (&record.kind, T::KIND);
            let text = format!("the read {name} is of the kind {found}, not {wanted}");
            return Err(OperationError::Failed(text));
        }
        self.get(&RecordId::new(&*record.id))
    }

    /// Those of the records that exist, in the order of `ids`.
    pub fn get_many<T: Record>(&self, ids: &[RecordId]) -> Result<Vec<Stored<T>>, OperationError> {
        let absent: Vec<&str> = ids
            .iter()
            .map(RecordId::as_str)
            .filter(|id| self.near(T::KIND, id).is_none())
            .collect();
        let read = match absent.len() {
            0 => Vec::new(),
            _ => self.host.get_many(T::KIND, &absent)?,
        };
        let mut records = Vec::new();
        for id in ids {
            let near = self.near(T::KIND, id.as_str());
            let far = || read.iter().find(|it| it.id == id.as_str()).cloned();
            if let Some(record) = near.unwrap_or_else(far) {
                records.push(decode(record)?);
            }
        }
        Ok(records)
    }

    /// The working-day calendar of the division.
    pub fn calendar(&self) -> Calendar<'_> {
        Calendar::new(self.host())
    }

    /// The stored answers of other departments.
    pub fn checks(&self) -> Checks<'_> {
        Checks::new(self.host())
    }
}

/// Writing.
impl Context {
    /// Creates a record; its id is known at once.
    pub fn put_new<T: Record>(&mut self, record: &T) -> Result<RecordId, OperationError> {
        let body = encode(record)?;
        let write_idx = self.writes.len();
        let id = format!("{}-{write_idx}", self.envelope.call_id);
        self.pending
            .insert((T::KIND.to_owned(), id.clone()), write_idx);
        let kind = T::KIND.to_owned();
        self.writes.push(Write::PutRecord {
            kind,
            id: id.clone(),
            expected_version: None,
            body,
        });
        Ok(RecordId::new(id))
    }

    /// Replaces the version of the record that was read. If somebody else has replaced it
    /// meanwhile, the server decides the whole command again.
    pub fn put<T: Record>(&mut self, record: &Stored<T>) -> Result<(), OperationError> {
        let new_body = encode(&record.body)?;
        let key = (T::KIND.to_owned(), record.id.as_str().to_owned());
        if let Some(write_idx) = self.pending.get(&key) {
            let Write::PutRecord { body, .. } = &mut self.writes[*write_idx] else {
                return Err(OperationError::Failed(format!(
                    "{} {} is removed",
                    key.0, key.1
                )));
            };
            *body = new_body;
            return Ok(());
        }
        self.pending.insert(key.clone(), self.writes.len());
        let (kind, id) = key;
        let expected_version = Some(record.version);
        self.writes.push(Write::PutRecord {
            kind,
            id,
            expected_version,
            body: new_body,
        });
        Ok(())
    }

    /// Removes the version of the record that was read. The reason goes to the audit trail: no
    /// personal data.
    pub fn remove<T: Record>(
        &mut self,
        record: &Stored<T>,
        reason: impl Into<String>,
    ) -> Result<(), OperationError> {
        let (kind, id) = (T::KIND.to_owned(), record.id.as_str().to_owned());
        let key = (kind.clone(), id.clone());
        let write_idx = self.pending.get(&key).copied();
        let expected_version = match write_idx.map(|idx| &self.writes[idx]) {
            None => record.version,
            Some(Write::PutRecord {
                expected_version: Some(version),
                ..
            }) => *version,
            // Its place in the list cannot be left empty: ids of later records count on it.
            Some(_) => {
                let text = format!("{kind} {id} cannot be removed by the call that created it");
                return Err(OperationError::Failed(text));
            }
        };
        let write = Write::RemoveRecord {
            kind,
            id,
            expected_version,
            reason: reason.into(),
        };
        match write_idx {
            Some(write_idx) => self.writes[write_idx] = write,
            None => {
                self.pending.insert(key, self.writes.len());
                self.writes.push(write);
            }
        }
        Ok(())
    }

    /// Starts a process instance with the commit.
    pub fn start_process(&mut self, start: StartProcess) {
        self.writes.push(Write::StartProcess(start));
    }

    /// Publishes a message with the commit.
    pub fn publish_message(&mut self, message: PublishMessage) {
        self.writes.push(Write::PublishMessage(message));
    }

    /// Sends a notice with the commit.
    pub fn send_notice(&mut self, notice: SendNotice) {
        self.writes.push(Write::SendNotice(notice));
    }

    /// Issues a document with the commit.
    pub fn issue_document(&mut self, document: IssueDocument) {
        self.writes.push(Write::IssueDocument(document));
    }

    /// Adds a line to the audit trail of the command.
    pub fn note_audit(&mut self, code: impl Into<String>, text: impl Into<String>) {
        self.writes.push(Write::NoteAudit {
            code: code.into(),
            text: text.into(),
        });
    }

    /// Tells the person who asked something that stops nothing.
    pub fn warn(&mut self, path: impl Into<String>, code: impl Into<String>) {
        self.push_warning(Violation::new(path, code));
    }

    /// Like [`Context::warn`], with values for the placeholders of the text.
    pub fn push_warning(&mut self, warning: Violation) {
        self.warnings.push(warning);
    }

    /// A line for the operator. Never personal data.
    pub fn log(&self, level: LogLevel, message: &str, fields: &[(&str, &dyn ToString)]) {
        let fields: Vec<(String, String)> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.to_string()))
            .collect();
        self.host.log(level, message, &fields);
    }
}

/// Pending writes over reads.
impl Context {
    fn raw(&self, kind: &str, id: &str) -> Result<Option<StoredRecord>, OperationError> {
        match self.near(kind, id) {
            Some(record) => Ok(record),
            None => Ok(self.host.get(kind, id)?),
        }
    }

    /// The record as this call knows it without asking: absent (outer) if it does not.
    fn near(&self, kind: &str, id: &str) -> Option<Option<StoredRecord>> {
        if let Some(write_idx) = self.pending.get(&(kind.to_owned(), id.to_owned())) {
            return Some(written(&self.writes[*write_idx]));
        }
        let records = self
            .snapshot
            .iter()
            .filter_map(|(_, record)| record.as_ref());
        records
            .filter(|it| it.kind == kind && it.id == id)
            .map(|it| Some(it.clone()))
            .next()
    }

    /// The records of the kind that this call has written, each with what its write leaves behind;
    /// nothing if it was removed.
    pub(crate) fn pending<'a>(
        &'a self,
        kind: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Write)> {
        let of_kind = self.pending.iter().filter(move |((it, _), _)| it == kind);
        of_kind.map(|((_, id), write_idx)| (id.as_str(), &self.writes[*write_idx]))
    }
}

/// The record that a write leaves behind.
pub(crate) fn written(write: &Write) -> Option<StoredRecord> {
    let Write::PutRecord {
        kind,
        id,
        expected_version,
        body,
    } = write
    else {
        return None;
    };
    Some(StoredRecord {
        kind: kind.clone(),
        id: id.clone(),
        version: expected_version.unwrap_or(0),
        schema_version: 0,
        body: body.clone(),
    })
}

pub(crate) fn decode<T: Record>(record: StoredRecord) -> Result<Stored<T>, OperationError> {
    let StoredRecord {
        id, version, body, ..
    } = record;
    let body = pointer::decode(&body, format_args!("record {id} of the kind {}", T::KIND))?;
    Ok(Stored {
        id: RecordId::new(id),
        version,
        body,
    })
}

fn encode<T: Record>(record: &T) -> Result<Vec<u8>, OperationError> {
    serde_json::to_vec(record)
        .map_err(|_| OperationError::Failed(format!("the record {} is no JSON", T::KIND)))
}

pub(crate) fn body_value(record: &StoredRecord) -> Result<Value, OperationError> {
    pointer::decode(
        &record.body,
        format_args!("record {} of the kind {}", record.id, record.kind),
    )
}
