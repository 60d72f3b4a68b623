//! Armed timers, from which the clock is fed.

use tongban_core::event::{Event, TimerDue};

use crate::entity::timer::Model;
use crate::error::Error;
use crate::row::process_instance::ProcessInstance;
use crate::unit_of_work::UnitOfWork;

pub(crate) async fn project(
    work: &mut UnitOfWork,
    head: &ProcessInstance,
    event: &Event,
) -> Result<(), Error> {
    match event {
        Event::TimerScheduled(scheduled) => {
            let key = work.key_of(head, scheduled.id.0);
            let (due_at, bound) = match &scheduled.due {
                TimerDue::At(at) => (at.0, None),
                TimerDue::Deadline(it) => {
                    let at = work.deadline_timer_at(&it.key, &it.record_id).await?;
                    (at, Some((it.key.to_string(), it.record_id.to_string())))
                }
            };
            let (deadline_key, deadline_record_id) = bound.unzip();
            let model = Model {
                tenant_id: key.0.as_str().to_owned(),
                process_instance_id: key.1,
                id: key.2,
                element_id: scheduled.element_id.to_string(),
                due_at,
                deadline_key,
                deadline_record_id,
            };
            work.tables.timer.put_new(key, model);
        }
        Event::TimerTriggered { id } | Event::TimerCanceled { id } => {
            let key = work.key_of(head, id.0);
            work.tables.timer.remove(&key);
        }
        _ => {}
    }
    Ok(())
}
