//! Tasks that wait too long: their lights, and events for those who are to be told.

use std::sync::Arc;

use serde_json::json;
use tongban_core::deadline::due_date_of;
use tongban_core::escalation::{Ladder as Reckoned, Standing, Time};
use tongban_core::event::Event;
use tongban_core::id::{Instant, ProcessInstanceId, UserTaskId};
use tongban_host::call::{Recipient, SendNotice};
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
            let (mut climbed, mut events, mut notices) = (Vec::new(), Vec::new(), Vec::new());
            for it in &task.tasks {
                let instance = ProcessInstanceId(it.process_instance);
                let find = session.unit().user_task(instance, UserTaskId(it.number));
                if let Some(row) = runtime.block_on(find)? {
                    let (standing, ladder) = session.climb(&row);
                    climbed.push((instance, row.id, standing));
                    if let Some(ladder) = ladder {
                        events.push(event_of(&row, &ladder, standing));
                        notices.extend(session.notices_of(&row, &ladder, standing));
                    }
                }
            }
            runtime.block_on(session.unit().escalate_tasks(&climbed))?;
            runtime.block_on(session.unit().put_time_events(events))?;
            for notice in notices {
                session.send_notice(notice)?;
            }
            Ok(((), Keep::Yes))
        })
    }

    /// Where a task stands now, and its ladder if it has climbed.
    fn climb(&mut self, task: &UserTask) -> (Standing, Option<Ladder>) {
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
        (standing, Some(ladder))
    }

    /// What the assignee and the roles of a rung are told, where the ladder names a notice.
    fn notices_of(&self, task: &UserTask, ladder: &Ladder, standing: Standing) -> Vec<SendNotice> {
        let Some(code) = &ladder.notice else {
            return Vec::new();
        };
        let level = standing.level;
        let due = task
            .due_at
            .map(|at| due_date_of(Instant(at), &self.shared.zone));
        let name = task.name.as_deref().unwrap_or(&task.element_id);
        let arguments = [
            ("task", name.to_owned()),
            ("process", task.process_key.to_string()),
            ("level", level.to_string()),
            ("due", due.map(|it| it.to_string()).unwrap_or_default()),
        ];
        let assignee = task.assignee.as_deref();
        let assignee = assignee.map(|it| Recipient::Staff(it.to_owned()));
        let notify = ladder.notify.iter().filter(|it| it.0 == level);
        let roles = notify.flat_map(|it| &it.1).map(|role| Recipient::Role {
            role: role.clone(),
            division: None,
        });
        let to = |recipient| SendNotice {
            code: code.to_string(),
            recipient,
            record: None,
            arguments: arguments
                .clone()
                .map(|(name, text)| (name.to_owned(), text))
                .into(),
            dedupe_key: Some(format!("escalate:{}:L{level}", subject_of(task))),
        };
        assignee.into_iter().chain(roles).map(to).collect()
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

fn subject_of(task: &UserTask) -> String {
    format!("{}:{}", task.process_instance_id.0, task.id.0)
}

fn event_of(task: &UserTask, ladder: &Ladder, standing: Standing) -> NewTimeEvent {
    let subject = subject_of(task);
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
