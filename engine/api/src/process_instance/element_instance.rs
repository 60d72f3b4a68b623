//! `ElementInstance`: where an instance stands.

use async_graphql::dynamic::{Enum, EnumItem, Field, FieldValue, Object, TypeRef};
use async_graphql::{Name, Value};
use tongban_core::ad_hoc_choice::Choice;
use tongban_core::state::element_instance::Phase;
use tongban_runtime::element_instance::ElementInstance;
use tongban_store::row::process_instance::ProcessInstance;

use crate::builder::{Builder, NameClash, leaf, node};
use crate::page;
use crate::session::Session;

const TYPE: &str = "ElementInstance";
const CHOICE: &str = "AdHocActivity";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let phase = Enum::new("ElementInstancePhase")
        .description("Where an element instance stands in its life.")
        .item(EnumItem::new("ACTIVATING").description("Its inputs are read."))
        .item(EnumItem::new("ACTIVE").description("It waits, or its contents run."))
        .item(EnumItem::new("COMPLETING").description("Its outputs are written."))
        .item(EnumItem::new("TERMINATING").description("It is being ended early."));
    builder.register(phase)?;
    let number = |it: u32| Some(Value::from(it));
    let object = Object::new(TYPE)
        .description("One activation of an element that has not ended.")
        .field(leaf(
            "number",
            TypeRef::named_nn(TypeRef::INT),
            "Its number within the process instance.",
            move |it: &ElementInstance, _| number(it.number),
        ))
        .field(leaf(
            "elementId",
            TypeRef::named_nn(TypeRef::STRING),
            "XML id of the element.",
            |it: &ElementInstance, _| Some(Value::from(&*it.element_id)),
        ))
        .field(leaf(
            "kind",
            TypeRef::named_nn(TypeRef::STRING),
            "The element's name in BPMN's XML; `multiInstance` for the body around iterations.",
            |it: &ElementInstance, _| Some(Value::from(it.kind)),
        ))
        .field(leaf(
            "scope",
            TypeRef::named(TypeRef::INT),
            "Number of the scope instance around it; only the process itself has none.",
            move |it: &ElementInstance, _| it.scope.and_then(number),
        ))
        .field(leaf(
            "phase",
            TypeRef::named_nn("ElementInstancePhase"),
            "Where it stands in its life.",
            |it: &ElementInstance, _| {
                Some(Value::Enum(Name::new(match it.phase {
                    Phase::Activating => "ACTIVATING",
                    Phase::Active => "ACTIVE",
                    Phase::Completing => "COMPLETING",
                    Phase::Terminating => "TERMINATING",
                })))
            },
        ))
        .field(leaf(
            "loopCounter",
            TypeRef::named(TypeRef::INT),
            "Which iteration of the multi-instance around it.",
            move |it: &ElementInstance, _| it.loop_counter.and_then(number),
        ))
        .field(leaf(
            "hasIncident",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether an incident stops it.",
            |it: &ElementInstance, _| Some(Value::from(it.has_incident)),
        ))
        .field(node(
            "adHocActivities",
            TypeRef::named_nn_list_nn(CHOICE),
            "What belongs to the choice in it, if it is an ad-hoc sub-process under way; see `activateAdHocActivities`.",
            |it: &ElementInstance, _| {
                let choices = it.choices.clone().into_iter();
                let choices = FieldValue::list(choices.map(FieldValue::owned_any));
                Box::pin(async move { Ok(Some(choices)) })
            },
        ));
    builder.register(object)?;
    builder.register(choice())
}

/// An activity of an ad-hoc sub-process.
fn choice() -> Object {
    let count = |name: &str, description: &str, read: fn(&Choice) -> u32| {
        leaf(
            name,
            TypeRef::named_nn(TypeRef::INT),
            description,
            move |it: &Choice, _| Some(Value::from(read(it))),
        )
    };
    Object::new(CHOICE)
        .description("An activity that is chosen while its ad-hoc sub-process runs.")
        .field(leaf(
            "elementId",
            TypeRef::named_nn(TypeRef::STRING),
            "XML id of the activity.",
            |it: &Choice, _| Some(Value::from(&*it.element_id)),
        ))
        .field(leaf(
            "name",
            TypeRef::named(TypeRef::STRING),
            "The name shown to people.",
            |it: &Choice, _| it.name.as_deref().map(Value::from),
        ))
        .field(leaf(
            "isEnabled",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether it would be taken now: not after the completion condition has held, nor beside another one where one at a time is carried out.",
            |it: &Choice, _| Some(Value::from(it.is_enabled)),
        ))
        .field(count("timesBegun", "How often it has begun.", |it| it.n_begun))
        .field(count(
            "timesActive",
            "How many times it is under way.",
            |it| it.n_active,
        ))
        .field(count(
            "timesWaiting",
            "How many times it has been chosen and not begun.",
            |it| it.n_waiting,
        ))
}

/// The field of an instance that its reader was already allowed to see.
pub(super) fn field() -> Field {
    node(
        "elementInstances",
        TypeRef::named_nn_list_nn(TYPE),
        "Where it stands: its element instances by number; none once it has ended.",
        |it: &ProcessInstance, ctx| {
            let id = it.id.0;
            Box::pin(async move {
                let session = Session::of(&ctx);
                let found = session
                    .engine
                    .element_instances(session.tenant()?, id)
                    .await;
                let found = found.map_err(page::failed)?.into_iter();
                Ok(Some(FieldValue::list(found.map(FieldValue::owned_any))))
            })
        },
    )
}
