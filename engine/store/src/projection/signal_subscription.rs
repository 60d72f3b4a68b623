//! Open waits for signals, by which a signal finds its instances.

use tongban_core::event::Event;

use crate::entity::signal_subscription::Model;
use crate::row::process_instance::ProcessInstance;
use crate::unit_of_work::UnitOfWork;

pub(crate) fn project(work: &mut UnitOfWork, head: &ProcessInstance, event: &Event) {
    match event {
        Event::SignalSubscriptionOpened(opened) => {
            let key = work.key_of(head, opened.id.0);
            let model = Model {
                tenant_id: key.0.as_str().to_owned(),
                process_instance_id: key.1,
                id: key.2,
                element_id: opened.element_id.to_string(),
                signal_name: opened.signal_name.to_string(),
                created_at: work.context().at,
            };
            work.tables.signal_subscription.put_new(key, model);
        }
        Event::SignalSubscriptionClosed { id } => {
            let key = work.key_of(head, id.0);
            work.tables.signal_subscription.remove(&key);
        }
        _ => {}
    }
}
