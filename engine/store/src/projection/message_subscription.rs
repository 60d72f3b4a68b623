//! Open waits for messages, by which a message finds its instances.

use tongban_core::event::Event;

use crate::entity::message_subscription::Model;
use crate::row::process_instance::ProcessInstance;
use crate::unit_of_work::UnitOfWork;

pub(crate) fn project(work: &mut UnitOfWork, head: &ProcessInstance, event: &Event) {
    match event {
        Event::MessageSubscriptionOpened(opened) => {
            let key = work.key_of(head, opened.id.0);
            let model = Model {
                tenant_id: key.0.as_str().to_owned(),
                process_instance_id: key.1,
                id: key.2,
                process_key: head.process_key.to_string(),
                element_id: opened.element_id.to_string(),
                message_name: opened.message_name.to_string(),
                correlation_key: opened.correlation_key.to_string(),
                created_at: work.context().at,
            };
            work.tables.message_subscription.put_new(key, model);
        }
        Event::MessageSubscriptionClosed { id } => {
            let key = work.key_of(head, id.0);
            work.tables.message_subscription.remove(&key);
        }
        _ => {}
    }
}
