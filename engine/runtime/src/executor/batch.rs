//! The same thing done to many instances: selected page by page, each instance a command of its own.
//!
//! A batch goes on by continuations: one takes the next page of instances and leaves one for each of
//! them and one for the next page. So a stop of the server at any point loses nothing and does
//! nothing twice, and no transaction grows with the number of instances.
//!
//! **Invariant:** an item is noted in the transaction of what was done to its instance.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tongban_core::command::{CancelCause, Command, SuspensionCause};
use tongban_core::id::{IncidentId as CoreIncidentId, ProcessInstanceId};
use tongban_core::state::incident::Incident;
use tongban_core::variable::Variables;
use tongban_store::query::definition::Version;
use tongban_store::row::audit_entry::NewAuditEntry;
use tongban_store::row::batch::{
    Batch, BatchFinding, BatchItem, BatchOutcome, BatchState, Selection,
};
use tongban_store::row::process_instance::LoadedInstance;

use crate::change::Subject;
use crate::command::Principal;
use crate::command::batch::{BatchAction, BatchCommand, BatchSelection};
use crate::command::process_instance::ProcessInstanceCommand;
use crate::error::{CommandError, UserError};
use crate::executor::border::Keep;
use crate::executor::follow_up::{FollowUp, RunBatchItem};
use crate::executor::session::{Running, Session};
use crate::executor::stop::{Decided, Stop};
use crate::outcome::Done;

/// Instances taken in one command.
const PAGE_MAX: usize = 50;
/// Instances that can be named one by one: their ids fit into the body of a request.
const NAMED_MAX: usize = 5_000;
/// Incidents of one instance resolved in one command; the others in further ones.
const INCIDENTS_MAX: usize = 100;

/// What a batch row holds: a new form gets a new version beside this one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "v")]
enum Input {
    #[serde(rename = "1")]
    V1 {
        action: BatchAction,
        selection: BatchSelection,
    },
}

impl Session<'_> {
    /// Carries out what is asked about batches.
    pub(crate) fn serve_batch(&mut self, command: &BatchCommand) -> Decided<Done> {
        match command {
            BatchCommand::Start {
                action,
                selection,
                reason,
            } => self.start_batch(action, selection, reason.as_deref()),
            BatchCommand::Cancel { batch } => self.cancel_batch(*batch),
        }
    }

    fn start_batch(
        &mut self,
        action: &BatchAction,
        selection: &BatchSelection,
        reason: Option<&str>,
    ) -> Decided<Done> {
        self.check_batch(action, selection)?;
        let id = self.next_id()?;
        let mut selection = selection.clone();
        selection.process_instances.sort_unstable();
        selection.process_instances.dedup();
        let input = Input::V1 {
            action: action.clone(),
            selection,
        };
        let input = serde_json::to_string(&input)
            .map_err(|error| Stop::Failed(format!("a batch cannot be kept: {error}")))?;
        let batch = Batch {
            id,
            kind: Arc::from(action.name()),
            input: Arc::from(input),
            state: BatchState::Open,
            cursor: 0,
            is_selected: false,
            n_selected: 0,
            n_done: 0,
            n_failed: 0,
            created_at: self.running.now,
            created_by: self.running.principal.id.clone(),
            ended_at: None,
        };
        self.unit().put_new_batch(&batch);
        // Not at once: whoever asked gets his answer first. All of it is done in his name, without
        // his roles.
        let principal = Principal {
            id: self.running.principal.id.clone(),
            ..Principal::engine()
        };
        self.put_row_of(&principal, &FollowUp::RunBatch { batch: id })?;
        self.running.wakes.continuations = true;
        self.audit_with("StartBatch", ("batch", &id.to_string()), reason)?;
        self.note_change(Subject::Batch(id));
        Ok(Done::BatchChanged { batch: id })
    }

    fn check_batch(&mut self, action: &BatchAction, selection: &BatchSelection) -> Decided<()> {
        let invalid = |reason: &str, place: &str| {
            let error = UserError::new("INVALID_INPUT", &[("reason", reason)]);
            Stop::from(error.at(place))
        };
        let named = selection.process_instances.len();
        if named > NAMED_MAX {
            let reason = format!("expected at most {NAMED_MAX} instances, found {named}");
            return Err(invalid(&reason, "/processInstanceIds"));
        }
        let is_any = named == 0
            && selection.process_key.is_none()
            && !selection.with_incident
            && selection.incident_kinds.is_empty()
            && selection.element_ids.is_empty()
            && selection.suspended.is_none();
        if is_any {
            let reason = "expected instances, or what they have in common";
            return Err(invalid(reason, "/processInstanceIds"));
        }
        if selection.version.is_some() && selection.process_key.is_none() {
            return Err(invalid(
                "expected the process of the version",
                "/processKey",
            ));
        }
        if let (Some(key), Some(version)) = (&selection.process_key, selection.version) {
            self.version(key, version, "/version")?;
        }
        match action {
            BatchAction::Migrate { version, .. } => match &selection.process_key {
                Some(key) => self.version(key, *version, "/targetVersion").map(drop),
                None => Err(invalid("expected the process to migrate", "/processKey")),
            },
            BatchAction::Modify { instructions } if instructions.is_empty() => {
                Err(invalid("expected an instruction", "/instructions"))
            }
            BatchAction::Cancel
            | BatchAction::Suspend
            | BatchAction::Resume
            | BatchAction::ResolveIncidents
            | BatchAction::RetryJobs
            | BatchAction::Modify { .. } => Ok(()),
        }
    }

    fn version(&mut self, key: &str, version: i32, place: &str) -> Decided<i64> {
        let found = self.find_definition(key, Version::Number(version))?;
        let number = version.to_string();
        let parameters = [("key", key), ("version", number.as_str())];
        let missing = || UserError::new("PROCESS_VERSION_NOT_FOUND", &parameters).at(place);
        Ok(found.ok_or_else(missing)?.id)
    }

    fn cancel_batch(&mut self, id: i64) -> Decided<Done> {
        let mut batch = self.known_batch(id)?;
        if batch.state != BatchState::Open {
            return Err(UserError::new("BATCH_ENDED", &[]).into());
        }
        batch.state = BatchState::Canceled;
        batch.ended_at = Some(self.running.now);
        self.unit().put_batch(&batch);
        self.audit("CancelBatch", ("batch", &id.to_string()))?;
        self.note_change(Subject::Batch(id));
        Ok(Done::BatchChanged { batch: id })
    }

    fn known_batch(&mut self, id: i64) -> Decided<Batch> {
        let runtime = self.runtime;
        let found = runtime.block_on(self.unit().batch(id))?;
        found.ok_or_else(|| UserError::new("BATCH_NOT_FOUND", &[]).into())
    }

    /// Takes the next page of instances.
    pub(crate) fn run_batch(&mut self, id: i64) -> Decided<()> {
        let mut batch = self.known_batch(id)?;
        if batch.state != BatchState::Open || batch.is_selected {
            return Ok(());
        }
        let Input::V1 { action, selection } = input_of(&batch)?;
        let page = self.next_of_batch(&batch, &action, &selection)?;
        for process_instance in &page.instances {
            self.leave(FollowUp::RunBatchItem(RunBatchItem {
                batch: id,
                process_instance: *process_instance,
                incidents: None,
            }));
        }
        batch.cursor = page.cursor;
        batch.n_selected += i64::try_from(page.instances.len()).unwrap_or(i64::MAX);
        batch.is_selected = page.is_last;
        if !page.is_last {
            self.leave(FollowUp::RunBatch { batch: id });
        }
        self.put_advanced(batch);
        Ok(())
    }

    fn next_of_batch(
        &mut self,
        batch: &Batch,
        action: &BatchAction,
        selection: &BatchSelection,
    ) -> Decided<Selected> {
        let named = &selection.process_instances;
        if !named.is_empty() {
            let rest = named.iter().filter(|it| **it > batch.cursor);
            let instances: Vec<i64> = rest.take(PAGE_MAX).copied().collect();
            let last = named.last().copied();
            return Ok(Selected::new(instances, batch.cursor, |cursor| {
                Some(cursor) == last
            }));
        }
        let definition_id = match (&selection.process_key, selection.version) {
            (Some(key), Some(version)) => Some(self.version(key, version, "/version")?),
            _ => None,
        };
        let which = Selection {
            process_key: selection.process_key.as_deref().map(Arc::from),
            definition_id,
            with_incident: selection.with_incident,
            incident_kinds: texts(&selection.incident_kinds),
            element_ids: texts(&selection.element_ids),
            suspended: selection.suspended,
            only_roots: action.is_of_roots(),
            parts_with_incident: action.is_of_incidents(),
            started_until: batch.created_at,
        };
        let (runtime, cursor) = (self.runtime, batch.cursor);
        let unit = self.unit();
        let find = unit.select_instances(&which, cursor, PAGE_MAX as u64);
        let found = runtime.block_on(find)?;
        Ok(Selected {
            instances: found.ids.into_iter().map(|it| it.0).collect(),
            cursor: found.cursor.0,
            is_last: found.is_last,
        })
    }

    /// Does what a batch is about to one instance.
    pub(crate) fn run_batch_item(&mut self, it: &RunBatchItem) -> Decided<()> {
        let (id, instance) = (it.batch, it.process_instance);
        let batch = self.known_batch(id)?;
        if batch.state != BatchState::Open {
            return Ok(());
        }
        self.running.is_submission = false;
        let Input::V1 { action, selection } = input_of(&batch)?;
        // Of the pages of incidents the first one has met them.
        if it.incidents.is_none() {
            self.check_selected(&selection, instance)?;
        }
        if let Some(rest) = self.act_in_batch(&action, &selection, it)? {
            self.leave(FollowUp::RunBatchItem(rest));
            return Ok(());
        }
        self.audit_batch_item(id, &action, instance)?;
        let item = self.batch_item(id, instance, BatchOutcome::Done);
        self.unit().put_new_batch_item(&item);
        // What was done may have left its own mark on the batch's row, such as an end of its group.
        let mut batch = self.known_batch(id)?;
        batch.n_done += 1;
        self.put_advanced(batch);
        Ok(())
    }

    /// All that is said of the instances of a batch must hold, whoever is named and whatever has
    /// changed since.
    fn check_selected(&mut self, selection: &BatchSelection, id: i64) -> Decided<()> {
        let runtime = self.runtime;
        let loaded = runtime.block_on(self.unit().instance(ProcessInstanceId(id)))?;
        let Some(LoadedInstance { head, .. }) = loaded else {
            return Err(UserError::new("INSTANCE_NOT_FOUND", &[]).into());
        };
        let definition_id = match (&selection.process_key, selection.version) {
            (Some(key), Some(version)) => Some(self.version(key, version, "/version")?),
            _ => None,
        };
        let is_suspended = head.suspended_at.is_some();
        let key = selection.process_key.as_deref();
        let conditions = [
            ("processKey", key.is_none_or(|it| *it == *head.process_key)),
            (
                "version",
                definition_id.is_none_or(|it| it == head.definition_id.0),
            ),
            (
                "withIncident",
                !selection.with_incident || head.n_incidents > 0,
            ),
            (
                "suspended",
                selection.suspended.is_none_or(|it| it == is_suspended),
            ),
        ];
        match conditions.iter().find(|(_, holds)| !holds) {
            None => Ok(()),
            Some((condition, _)) => {
                let parameters = [("condition", *condition)];
                let mut error = UserError::new("BATCH_CONDITION_NOT_MET", &parameters);
                error.details = Some(serde_json::json!({ "reason": condition }));
                Err(error.into())
            }
        }
    }

    /// Who did it is told by the instance, not by the batch alone.
    fn audit_batch_item(&mut self, id: i64, action: &BatchAction, instance: i64) -> Decided<()> {
        if action.is_dry_run() {
            return Ok(());
        }
        self.audit_entry(NewAuditEntry {
            action: Arc::from(action.command_name()),
            subject_kind: Arc::from("process_instance"),
            subject_id: Arc::from(instance.to_string()),
            detail: Some(Arc::from(serde_json::json!({ "batch": id }).to_string())),
        })
    }

    /// Acts upon the instance of an item; what is left of it where it was too much for one command.
    fn act_in_batch(
        &mut self,
        action: &BatchAction,
        selection: &BatchSelection,
        item: &RunBatchItem,
    ) -> Decided<Option<RunBatchItem>> {
        let id = item.process_instance;
        let process_instance = id;
        match action {
            BatchAction::Cancel => {
                let cause = CancelCause::Request;
                self.advance(id, Command::CancelInstance { cause })
            }
            BatchAction::Suspend => {
                let cause = SuspensionCause::Request;
                self.advance(id, Command::SuspendInstance { cause })
            }
            BatchAction::Resume => {
                let cause = SuspensionCause::Request;
                self.advance(id, Command::ResumeInstance { cause })
            }
            BatchAction::ResolveIncidents => return self.resolve_incidents(item, selection, false),
            BatchAction::RetryJobs => return self.resolve_incidents(item, selection, true),
            BatchAction::Modify { instructions } => {
                let instructions = instructions.clone();
                self.move_tokens(&ProcessInstanceCommand::Modify {
                    process_instance,
                    instructions,
                })
            }
            BatchAction::Migrate {
                version,
                mapping,
                dry_run,
            } => self.move_tokens(&ProcessInstanceCommand::Migrate {
                process_instance,
                version: *version,
                mapping: mapping.clone(),
                dry_run: *dry_run,
            }),
        }?;
        Ok(None)
    }

    /// Resolves the incidents that an instance has now, or those of its jobs, of those that are
    /// selected: a page of them, with what is left. Those that are raised meanwhile are not among
    /// them, so that it ends.
    fn resolve_incidents(
        &mut self,
        item: &RunBatchItem,
        selection: &BatchSelection,
        only_of_jobs: bool,
    ) -> Decided<Option<RunBatchItem>> {
        let mut instance = self.load(item.process_instance)?;
        let (after, until) = item.incidents.unwrap_or((0, u32::MAX));
        let is_among = |all: &[String], it: &str| all.is_empty() || all.iter().any(|of| of == it);
        let is_selected = |it: &&Incident| {
            let at = instance.state.element_instance(it.element_instance);
            let at = at.map_or("", |it| &instance.definition.process.element(it.element).id);
            is_among(&selection.incident_kinds, it.kind.code())
                && is_among(&selection.element_ids, at)
        };
        let open = instance.state.incidents().filter(is_selected);
        let open = open.filter(|it| !only_of_jobs || it.job.is_some());
        let mut open: Vec<u32> = open
            .map(|it| it.id.0)
            .filter(|it| (after..=until).contains(it))
            .collect();
        open.sort_unstable();
        let last = open.last().copied();
        let rest = open.get(INCIDENTS_MAX).copied();
        if open.is_empty() && item.incidents.is_none() {
            return Err(UserError::new("INCIDENT_NOT_FOUND", &[]).into());
        }
        for incident in open.into_iter().take(INCIDENTS_MAX).map(CoreIncidentId) {
            // The one before may have ended the element of this one.
            if instance.state.incident(incident).is_some() {
                let variables = Variables::new();
                let resolve = Command::ResolveIncident {
                    incident,
                    variables,
                };
                self.drive(&mut instance, resolve)?;
            }
        }
        self.store(instance)?;
        Ok(rest.zip(last).map(|incidents| RunBatchItem {
            incidents: Some(incidents),
            ..item.clone()
        }))
    }

    /// Notes that an instance refused what a batch is about, in a command of its own.
    pub(crate) fn note_batch_refusal(
        &mut self,
        (tenant, principal): (&str, &Principal),
        item: &RunBatchItem,
        error: &CommandError,
    ) -> Decided<()> {
        let (id, instance) = (item.batch, item.process_instance);
        let (world, now) = (self.shared.world(tenant), self.shared.clock.now());
        let running = || Running::new(world.clone(), principal.clone(), now);
        let errors = error.user_errors();
        let noted = self.bordered(running, |session| {
            let mut batch = session.known_batch(id)?;
            if batch.state != BatchState::Open {
                return Ok(((), Keep::No));
            }
            let mut item = session.batch_item(id, instance, BatchOutcome::Failed);
            item.errors = Some(Arc::from(errors_json(&errors)));
            session.unit().put_new_batch_item(&item);
            let runtime = session.runtime;
            for error in told(&errors) {
                let finding = finding_of(error, instance);
                let count = session.unit().count_batch_finding(id, &finding);
                runtime.block_on(count)?;
            }
            batch.n_failed += 1;
            session.put_advanced(batch);
            Ok(((), Keep::Yes))
        })?;
        if let Err(error) = noted {
            tracing::warn!(batch.id = id, process_instance.id = instance, %error, "a refusal is not noted");
        }
        Ok(())
    }

    fn batch_item(&self, batch_id: i64, instance: i64, outcome: BatchOutcome) -> BatchItem {
        BatchItem {
            batch_id,
            process_instance_id: ProcessInstanceId(instance),
            outcome,
            errors: None,
            at: self.running.now,
        }
    }

    /// Stores how far a batch has got; it ends with its last item.
    fn put_advanced(&mut self, mut batch: Batch) {
        if batch.is_selected && batch.n_done + batch.n_failed >= batch.n_selected {
            batch.state = BatchState::Done;
            batch.ended_at = Some(self.running.now);
        }
        self.note_change(Subject::Batch(batch.id));
        self.unit().put_batch(&batch);
    }
}

fn texts(of: &[String]) -> Vec<Arc<str>> {
    of.iter().map(|it| Arc::from(it.as_str())).collect()
}

/// A page of the instances that a batch is about.
struct Selected {
    instances: Vec<i64>,
    cursor: i64,
    is_last: bool,
}

impl Selected {
    fn new(instances: Vec<i64>, before: i64, is_last: impl Fn(i64) -> bool) -> Selected {
        let cursor = instances.last().copied().unwrap_or(before);
        Selected {
            cursor,
            is_last: instances.is_empty() || is_last(cursor),
            instances,
        }
    }
}

fn input_of(batch: &Batch) -> Decided<Input> {
    serde_json::from_str(&batch.input)
        .map_err(|error| Stop::Failed(format!("batch {} cannot be read: {error}", batch.id)))
}

/// What is told of a refusal: the single findings rather than that there are some.
fn told(errors: &[UserError]) -> &[UserError] {
    match errors {
        [first, rest @ ..] if first.code == "MIGRATION_REFUSED" && !rest.is_empty() => rest,
        all => all,
    }
}

fn finding_of(error: &UserError, instance: i64) -> BatchFinding {
    let detail = |name: &str| {
        let text = error.details.as_ref()?.get(name)?.as_str()?;
        Some(Arc::from(text))
    };
    BatchFinding {
        code: Arc::from(error.code.as_str()),
        element_id: detail("elementId"),
        target_element_id: detail("targetElementId"),
        reason: detail("reason"),
        n_instances: 1,
        example: ProcessInstanceId(instance),
    }
}

fn errors_json(errors: &[UserError]) -> String {
    let error = |it: &UserError| {
        serde_json::json!({
            "code": it.code,
            "zh": it.text.zh,
            "en": it.text.en,
            "details": it.details,
        })
    };
    let errors: Vec<serde_json::Value> = told(errors).iter().map(error).collect();
    serde_json::Value::from(errors).to_string()
}
