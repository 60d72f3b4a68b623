//! `Incident` and its id.

use async_graphql::Value;
use async_graphql::dynamic::{FieldValue, Object, TypeRef};
use tongban_runtime::command::IncidentId;
use tongban_store::row::wait::Incident;

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, leaf};
use crate::connection;
use crate::global_id::GlobalId;
use crate::scalar::{self, DateTime};

pub(crate) const TYPE: &str = "Incident";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    // Whatever implements Node is seen in a schema, even where no field leads to it.
    if !builder.shows(&Right::Staff) {
        return Ok(());
    }
    let text = |it: &str| Some(Value::from(it));
    let object = Object::new(TYPE)
        .description("What stopped an instance until someone resolves it.")
        .implement("Node")
        .field(leaf(
            "id",
            TypeRef::named_nn(TypeRef::ID),
            "Global id.",
            |it: &Incident, _| {
                let row_id = format!("{}:{}", it.process_instance_id.0, it.id.0);
                Some(Value::from(GlobalId::new(TYPE, row_id).encode()))
            },
        ))
        .field(leaf(
            "processInstanceId",
            TypeRef::named_nn(TypeRef::ID),
            "Its process instance.",
            |it: &Incident, _| {
                Some(Value::from(
                    GlobalId::new("ProcessInstance", it.process_instance_id.0).encode(),
                ))
            },
        ))
        .field(leaf(
            "processKey",
            TypeRef::named_nn(TypeRef::STRING),
            "BPMN id of the process.",
            move |it: &Incident, _| text(&it.process_key),
        ))
        .field(leaf(
            "elementId",
            TypeRef::named_nn(TypeRef::STRING),
            "XML id of the element that stopped.",
            move |it: &Incident, _| text(&it.element_id),
        ))
        .field(leaf(
            "kind",
            TypeRef::named_nn(TypeRef::STRING),
            "Stable code of what happened.",
            move |it: &Incident, _| text(&it.kind),
        ))
        .field(leaf(
            "message",
            TypeRef::named_nn(TypeRef::STRING),
            "What happened, for those who have to mend it.",
            move |it: &Incident, _| text(&it.message),
        ))
        .field(leaf(
            "createdAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was raised.",
            |it: &Incident, _| Some(DateTime(it.created_at).value()),
        ))
        .field(leaf(
            "resolvedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it was resolved, or its element ended.",
            |it: &Incident, _| it.resolved_at.map(|it| DateTime(it).value()),
        ));
    builder.register(object)?;
    connection::register::<Incident>(builder, TYPE, into_node)
}

pub(crate) fn into_node(incident: &Incident) -> FieldValue<'static> {
    FieldValue::owned_any(incident.clone())
}

/// Reads the row part of an incident's global id.
pub(crate) fn parse_row_id(row_id: &str) -> Option<IncidentId> {
    let (process_instance, number) = row_id.split_once(':')?;
    Some(IncidentId {
        process_instance: process_instance.parse().ok()?,
        number: number.parse().ok()?,
    })
}
