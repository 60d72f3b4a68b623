//! The head of an instance, from the events that begin and end it.

use tongban_core::event::{Event, InstanceCreated};

use crate::row::process_instance::{Parent, ProcessInstance, Status};
use crate::unit_of_work::CommandContext;

/// The head of a new instance.
pub(crate) fn created(created: &InstanceCreated, context: &CommandContext) -> ProcessInstance {
    ProcessInstance {
        id: created.instance,
        definition_id: created.definition,
        process_key: created.process_key.clone(),
        part: created.iteration.as_ref().map(|it| it.part.clone()),
        correlation_key: None,
        business_key: created.business_key.clone(),
        parent: created.parent.map(|it| Parent {
            process_instance_id: it.instance,
            element_instance_id: it.element_instance,
        }),
        status: Status::Active,
        sequence: 0,
        n_incidents: 0,
        started_at: created.created_at.0,
        started_by: context.principal.clone(),
        ended_at: None,
        suspended_at: None,
        halt_reason: None,
    }
}

/// The head after these events.
pub(crate) fn apply(head: &mut ProcessInstance, events: &[Event], at: i64) {
    for event in events {
        match event {
            Event::InstanceCompleted(_) => end(head, Status::Completed, at),
            Event::InstanceTerminated(_) => end(head, Status::Canceled, at),
            Event::IncidentRaised(_) => head.n_incidents += 1,
            Event::IncidentResolved { .. } | Event::IncidentWithdrawn { .. } => {
                head.n_incidents -= 1;
            }
            Event::InstanceSuspended { at } => head.suspended_at = Some(at.0),
            Event::InstanceResumed { .. } => head.suspended_at = None,
            Event::InstanceMigrated(migrated) => head.definition_id = migrated.definition,
            _ => {}
        }
    }
}

fn end(head: &mut ProcessInstance, status: Status, at: i64) {
    head.status = status;
    head.ended_at = Some(at);
}
