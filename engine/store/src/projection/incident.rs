//! Incidents; those that are over stay with the instant they ended.

use sea_orm::EntityTrait;
use tongban_core::event::{Event, IncidentRaised};

use crate::entity::incident::{Entity, Model};
use crate::error::Error;
use crate::row::process_instance::ProcessInstance;
use crate::unit_of_work::UnitOfWork;
use crate::unit_of_work::tables::InstanceKey;

pub(crate) async fn project(
    work: &mut UnitOfWork,
    head: &ProcessInstance,
    event: &Event,
) -> Result<(), Error> {
    match event {
        Event::IncidentRaised(raised) => {
            let key = work.key_of(head, raised.id.0);
            let model = raised_row(&key, head, raised);
            work.tables.incident.put_new(key, model);
        }
        Event::IncidentResolved { id, .. } | Event::IncidentWithdrawn { id } => {
            let key = work.key_of(head, id.0);
            if work.tables.incident.get(&key).is_none() {
                let find = Entity::find_by_id((key.0.as_str().to_owned(), key.1, key.2));
                let found = find.one(work.tx().await?).await;
                let found = found.map_err(Error::database("read an incident"))?;
                work.tables.incident.learn(key.clone(), found);
            }
            if let Some(mut row) = work.tables.incident.get(&key).flatten().cloned() {
                row.resolved_at = Some(work.context().at);
                work.tables.incident.put(key, row);
            }
        }
        _ => {}
    }
    Ok(())
}

fn raised_row(key: &InstanceKey, head: &ProcessInstance, raised: &IncidentRaised) -> Model {
    Model {
        tenant_id: key.0.as_str().to_owned(),
        process_instance_id: key.1,
        id: key.2,
        definition_id: head.definition_id.0,
        process_key: head.process_key.to_string(),
        element_id: raised.element_id.to_string(),
        kind: raised.kind.code().to_owned(),
        message: raised.message.to_string(),
        created_at: raised.raised_at.0,
        resolved_at: None,
    }
}
