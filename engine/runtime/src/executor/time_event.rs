//! What came with time reaches those it is for: reminders are noted, plugins are told.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use tongban_store::row::deadline::{Deadline, DeadlineStatus};
use tongban_store::row::time_event::{NewTimeEvent, TimeEvent, TimeEventKind, TimeEventState};

use crate::change::Subject;
use crate::command::Principal;
use crate::deadline::{Times, next_reminder, present_reminder};
use crate::error::CommandError;
use crate::executor::border::Keep;
use crate::executor::session::{Running, Session};
use crate::executor::stop::Decided;
use crate::executor::work::{Remind, TellOperation};
use crate::executor::write::Starts;

/// Tries of telling a plugin.
const TRIES_MAX: i32 = 5;

impl Session<'_> {
    /// Notes that a deadline is worth a reminder, and when the next is due. Of several that have
    /// come meanwhile only the latest counts, and none once the deadline is over.
    pub(crate) fn remind(&mut self, task: &Remind) -> Decided<Result<(), CommandError>> {
        let (world, now) = (self.shared.world(&task.tenant), self.shared.clock.now());
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            let runtime = session.runtime;
            let find = session.unit().deadline(&task.key, &task.record_id);
            let found = runtime.block_on(find)?;
            let due = found.filter(|it| {
                it.status == DeadlineStatus::Open && it.end.remind_at.is_some_and(|at| at <= now)
            });
            if let Some(deadline) = due {
                session.note_reminder(deadline)?;
            }
            Ok(((), Keep::Yes))
        })
    }

    fn note_reminder(&mut self, mut deadline: Deadline) -> Decided<()> {
        let (runtime, world) = (self.runtime, self.running.tenant.clone());
        let zone = self.shared.zone.clone();
        let times = Times {
            calendar: &*world.calendar,
            zone: &zone,
            now: self.running.now,
        };
        let declared = world.deadline(&deadline.key).map(|it| it.1);
        let due_on = deadline.end.due_on;
        deadline.end.remind_at = declared.and_then(|it| next_reminder(&times, it, due_on));
        runtime.block_on(self.unit().put_deadline(&deadline))?;
        let is_useful = deadline.end.due_at > self.running.now;
        let stage = declared.and_then(|it| present_reminder(&times, it, due_on));
        let Some(stage) = stage.filter(|_| is_useful) else {
            return Ok(());
        };
        let (key, record) = (&deadline.key, &deadline.record_id);
        let event = NewTimeEvent {
            key: Some(Arc::from(format!("remind:{key}:{record}:{due_on}:{stage}"))),
            kind: TimeEventKind::DeadlineReminder,
            subject_kind: deadline.record_kind.clone(),
            subject_id: record.clone(),
            deadline_key: Some(key.clone()),
            detail: Arc::from(
                json!({
                    "dueOn": due_on.to_string(),
                    "stage": stage,
                    "provisional": deadline.end.provisional,
                })
                .to_string(),
            ),
            operation: None,
        };
        self.note_change(Subject::Deadlines);
        Ok(runtime.block_on(self.unit().put_time_events(vec![event]))?)
    }

    /// Tells a plugin's operation of an event; what it writes commits with the note that it was
    /// told.
    pub(crate) fn tell_operation(
        &mut self,
        task: &TellOperation,
    ) -> Decided<Result<(), CommandError>> {
        let event = &task.event;
        let (world, now) = (
            self.shared.world(event.tenant.as_str()),
            self.shared.clock.now(),
        );
        let running = || Running::new(world.clone(), Principal::engine(), now);
        let told = self.bordered(running, |session| {
            let runtime = session.runtime;
            let take = session.unit().take_time_event(event.id);
            if !runtime.block_on(take)? {
                return Ok(((), Keep::No));
            }
            let name = event.operation.as_deref().unwrap_or_default();
            let call_id = format!("event-{}", event.id);
            let completion =
                session.call_by_engine(name, (call_id, event.n_tries), &told_of(event), None)?;
            session.apply_writes(completion.writes, Starts::Now)?;
            session.settle(event.id, TimeEventState::Done, None)?;
            Ok(((), Keep::Yes))
        })?;
        let Err(error) = told else {
            return Ok(Ok(()));
        };
        let is_last = event.n_tries + 1 >= TRIES_MAX || !is_transient(&error);
        let state = if is_last {
            TimeEventState::Failed
        } else {
            TimeEventState::Pending
        };
        tracing::warn!(time_event.id = event.id, %error, is_last, "a plugin could not be told of an event");
        let noted = self.bordered(running, |session| {
            session.settle(event.id, state, Some(Arc::from(error.to_string())))?;
            Ok(((), Keep::Yes))
        })?;
        // Tried again after the period, not at once.
        Ok(noted.and(if is_last { Ok(()) } else { Err(error) }))
    }

    fn settle(&mut self, id: i64, state: TimeEventState, message: Option<Arc<str>>) -> Decided<()> {
        let runtime = self.runtime;
        Ok(runtime.block_on(self.unit().settle_time_event(id, state, message))?)
    }
}

/// Whether trying again may help: the plugin asked for it, or missed its deadline.
pub(crate) fn is_transient(error: &CommandError) -> bool {
    match error {
        CommandError::Rejected(_) => error.code() == "OPERATION_BUSY",
        CommandError::PluginFailed { code, .. } => *code == "PLUGIN_DEADLINE",
        CommandError::Halted { .. } => false,
        CommandError::Unavailable { .. } | CommandError::Failed { .. } => true,
    }
}

/// The event as an operation is told of it.
fn told_of(event: &TimeEvent) -> Json {
    let mut input: Map<String, Json> = match serde_json::from_str(&event.detail) {
        Ok(Json::Object(members)) => members,
        _ => Map::new(),
    };
    input.insert("recordId".to_owned(), Json::from(&*event.subject_id));
    if let Some(key) = &event.deadline_key {
        input.insert("deadline".to_owned(), Json::from(&**key));
    }
    Json::Object(input)
}
