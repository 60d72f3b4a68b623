//! Tasks that wait too long: their lights, and events for those who are to be told.

use std::sync::Arc;

use serde_json::json;
use tongban_core::escalation::{Ladder as Reckoned, Standing, Time};
use tongban_core::event::Event;
use tongban_core::id::{Instant, ProcessInstanceId, UserTaskId};
use tongban_store::row::time_event::{NewTimeEvent, TimeEventKind};
use tongban_store::row::user_task::{UserTask, UserTaskState};

use crate::change::{Subject, UserTaskChange};
use crate::command::{self, Principal};
use crate::error::CommandError;
use crate::escalation::{Ladder, ladder_of};
use crate::executor::border::Keep;
use crate::executor::instance::Instance;
use crate::executor::session::{Running, Session};
use crate::executor::stop::Decided;
use crate::executor::work::EscalateTasks;

impl Session<'_> {
    /// Notes where tasks stand that a step has created; those that are due at some time begin to
    /// climb.
    pub(crate) fn begin_ladders(
        &mut self,
        process_key: &str,
        created: &[(Arc<str>, UserTaskId, Time)],
        instance: ProcessInstanceId,
    ) -> Decided<()> {
        let (runtime, world) = (self.runtime, self.running.tenant.clone());
        for (element_id, id, time) in created {
            let ladder = ladder_of(&world, process_key, element_id);
            let standing = self.standing(&ladder, *time);
            let put = self.unit().put_task_standing(instance, *id, standing);
            runtime.block_on(put)?;
        }
        Ok(())
    }

    fn standing(&self, ladder: &Ladder, time: Time) -> Standing {
        let reckoned = Reckoned {
            rungs: &ladder.rungs,
            calendar: &*self.running.tenant.calendar,
            zone: &self.shared.zone,
        };
        reckoned.standing(time, Instant(self.running.now))
    }

    /// Lets tasks climb; of several rungs that one has reached only the highest is told of.
    pub(crate) fn escalate_tasks(
        &mut self,
        task: &EscalateTasks,
    ) -> Decided<Result<(), CommandError>> {
        let world = self.shared.world(&task.tenant);
        let now = self.shared.clock.now();
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            let runtime = session.runtime;
            let (mut climbed, mut events) = (Vec::new(), Vec::new());
            for it in &task.tasks {
                let instance = ProcessInstanceId(it.process_instance);
                let find = session.unit().user_task(instance, UserTaskId(it.number));
                if let Some(row) = runtime.block_on(find)? {
                    let (standing, event) = session.climb(&row);
                    climbed.push((instance, row.id, standing));
                    events.extend(event);
                }
            }
            runtime.block_on(session.unit().escalate_tasks(&climbed))?;
            runtime.block_on(session.unit().put_time_events(events))?;
            Ok(((), Keep::Yes))
        })
    }

    fn climb(&mut self, task: &UserTask) -> (Standing, Option<NewTimeEvent>) {
        let open = (task.state == UserTaskState::Created).then_some(task.due_at);
        let Some(due_at) = open.flatten() else {
            let rests = Standing {
                next_at: None,
                ..task.standing
            };
            return (rests, None);
        };
        let ladder = ladder_of(&self.running.tenant, &task.process_key, &task.element_id);
        let time = Time {
            created_at: Instant(task.created_at),
            due_at: Instant(due_at),
        };
        let standing = self.standing(&ladder, time);
        if standing.level <= task.standing.level {
            return (standing, None);
        }
        let user_task = command::UserTaskId {
            process_instance: task.process_instance_id.0,
            number: task.id.0,
        };
        self.note_change(Subject::UserTask {
            user_task,
            kind: UserTaskChange::Escalated,
        });
        (standing, Some(event_of(task, &ladder, standing)))
    }
}

/// The tasks that a step has created and that are due at some time.
pub(crate) fn timed_tasks(instance: &Instance) -> Vec<(Arc<str>, UserTaskId, Time)> {
    let timed = |event: &Event| match event {
        Event::UserTaskCreated(created) => {
            let time = Time {
                created_at: created.created_at,
                due_at: created.due_at?,
            };
            Some((created.element_id.clone(), created.id, time))
        }
        _ => None,
    };
    instance.events.iter().filter_map(timed).collect()
}

fn event_of(task: &UserTask, ladder: &Ladder, standing: Standing) -> NewTimeEvent {
    let subject = format!("{}:{}", task.process_instance_id.0, task.id.0);
    let level = standing.level;
    let notify = ladder.notify.iter().find(|it| it.0 == level);
    let light = match standing.light {
        tongban_core::escalation::Light::Green => "green",
        tongban_core::escalation::Light::Yellow => "yellow",
        tongban_core::escalation::Light::Red => "red",
    };
    let detail = json!({
        "level": level,
        "light": light,
        "dueAt": task.due_at,
        "process": &*task.process_key,
        "element": &*task.element_id,
        "ladder": ladder.key.as_deref(),
        "assignee": task.assignee.as_deref(),
        "notify": notify.map(|it| it.1.clone()).unwrap_or_default(),
    });
    NewTimeEvent {
        key: Some(Arc::from(format!("escalate:{subject}:L{level}"))),
        kind: TimeEventKind::TaskEscalated,
        subject_kind: Arc::from("UserTask"),
        subject_id: Arc::from(subject),
        deadline_key: None,
        detail: Arc::from(detail.to_string()),
        operation: None,
    }
}
