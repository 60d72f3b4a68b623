//! Armed timers, from which the clock is fed.

use tongban_core::event::Event;

use crate::entity::timer::Model;
use crate::row::process_instance::ProcessInstance;
use crate::unit_of_work::UnitOfWork;

pub(crate) fn project(work: &mut UnitOfWork, head: &ProcessInstance, event: &Event) {
    match event {
        Event::TimerScheduled(scheduled) => {
            let key = work.key_of(head, scheduled.id.0);
            let model = Model {
                tenant_id: key.0.as_str().to_owned(),
                process_instance_id: key.1,
                id: key.2,
                element_id: scheduled.element_id.to_string(),
                due_at: scheduled.due_at.0,
            };
            work.tables.timer.put_new(key, model);
        }
        Event::TimerTriggered { id } | Event::TimerCanceled { id } => {
            let key = work.key_of(head, id.0);
            work.tables.timer.remove(&key);
        }
        _ => {}
    }
}
