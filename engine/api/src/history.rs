//! The history of an instance: one entry a commit, with its events by name.

use async_graphql::dynamic::{Field, FieldFuture, FieldValue, Object, TypeRef};
use async_graphql::{Error, Value};
use tongban_runtime::history::{HistoryEntry, HistoryEvent};

use crate::builder::{Builder, NameClash, leaf};
use crate::connection;
use crate::input::Page;
use crate::page;
use crate::scalar::{self, DateTime};
use crate::session::Session;

const TYPE: &str = "HistoryEntry";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let event = Object::new("HistoryEvent")
        .description("One thing that happened in an instance.")
        .field(leaf(
            "name",
            TypeRef::named_nn(TypeRef::STRING),
            "What happened, such as `ElementActivated`.",
            |it: &HistoryEvent, _| Some(Value::from(it.name)),
        ))
        .field(leaf(
            "elementId",
            TypeRef::named(TypeRef::STRING),
            "XML id of the element it happened to.",
            |it: &HistoryEvent, _| it.element_id.as_deref().map(Value::from),
        ));
    builder.register(event)?;
    let entry = Object::new(TYPE)
        .description("What one commit did to an instance.")
        .field(leaf(
            "sequence",
            TypeRef::named_nn(scalar::LONG),
            "Place in the history, from 1.",
            |it: &HistoryEntry, _| Some(Value::from(it.sequence)),
        ))
        .field(leaf(
            "at",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When.",
            |it: &HistoryEntry, _| Some(DateTime(it.at).value()),
        ))
        .field(leaf(
            "principal",
            TypeRef::named_nn(TypeRef::STRING),
            "On whose behalf.",
            |it: &HistoryEntry, _| Some(Value::from(&*it.principal)),
        ))
        .field(events());
    builder.register(entry)?;
    connection::register::<HistoryEntry>(builder, TYPE, |it| FieldValue::owned_any(it.clone()))
}

fn events() -> Field {
    Field::new("events", TypeRef::named_nn_list_nn("HistoryEvent"), |ctx| {
        let list = ctx
            .parent_value
            .try_downcast_ref::<HistoryEntry>()
            .map(|it| {
                Some(FieldValue::list(
                    it.events.iter().cloned().map(FieldValue::owned_any),
                ))
            });
        FieldFuture::new(std::future::ready(list))
    })
    .description("Its events, in order.")
}

/// The history of an instance that its reader was already allowed to see.
pub(crate) async fn of_instance<'a>(
    session: &Session,
    process_instance: i64,
    asked: Page,
) -> Result<Option<FieldValue<'a>>, Error> {
    let tenant = session.tenant()?;
    let found = session
        .engine
        .history(tenant, process_instance, &page::request(asked))
        .await;
    Ok(page::field(found.map_err(page::failed)?))
}
