//! The history of an instance: one entry a commit, with its events by name.

use async_graphql::dynamic::{Field, FieldFuture, FieldValue, Object, TypeRef};
use async_graphql::{Error, Value};
use tongban_runtime::history::{DecisionEvidence, DecisionRule, HistoryEntry, HistoryEvent};

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
        ))
        .field(decision());
    builder.register(event)?;
    register_evidence(builder)?;
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

/// By what was decided: what a person is told who asks why.
fn register_evidence(builder: &mut Builder) -> Result<(), NameClash> {
    let evidence = Object::new("DecisionEvidence")
        .description("By which version of a decision, and by which of its rules, was decided.")
        .field(leaf(
            "decisionId",
            TypeRef::named_nn(TypeRef::STRING),
            "The id of the decision.",
            |it: &DecisionEvidence, _| Some(Value::from(&*it.decision_id)),
        ))
        .field(leaf(
            "version",
            TypeRef::named_nn(TypeRef::INT),
            "Its version.",
            |it: &DecisionEvidence, _| Some(Value::from(it.version)),
        ))
        .field(leaf(
            "effectiveFrom",
            TypeRef::named(scalar::DATE),
            "The date from which that version holds; from ever if absent.",
            |it: &DecisionEvidence, _| it.effective_from.as_deref().map(Value::from),
        ))
        .field(leaf(
            "asOf",
            TypeRef::named_nn(scalar::DATE),
            "The date by whose rules was decided.",
            |it: &DecisionEvidence, _| Some(Value::from(&*it.as_of)),
        ))
        .field(rules());
    builder.register(evidence)?;
    let rule = Object::new("DecisionEvidenceRule")
        .description("A rule that matched.")
        .field(leaf(
            "decisionId",
            TypeRef::named_nn(TypeRef::STRING),
            "The decision whose table it stands in.",
            |it: &DecisionRule, _| Some(Value::from(&*it.decision_id)),
        ))
        .field(leaf(
            "ruleId",
            TypeRef::named(TypeRef::STRING),
            "Its id in the file, if it has one.",
            |it: &DecisionRule, _| it.rule_id.as_deref().map(Value::from),
        ))
        .field(leaf(
            "ruleNumber",
            TypeRef::named_nn(TypeRef::INT),
            "Its place in the table, from 1.",
            |it: &DecisionRule, _| Some(Value::from(it.rule_number)),
        ));
    builder.register(rule)
}

fn decision() -> Field {
    Field::new("decision", TypeRef::named("DecisionEvidence"), |ctx| {
        let evidence = ctx.parent_value.try_downcast_ref::<HistoryEvent>();
        let evidence = evidence.map(|it| it.decision.clone().map(FieldValue::owned_any));
        FieldFuture::new(std::future::ready(evidence))
    })
    .description("By what was decided, if it was a decision.")
}

fn rules() -> Field {
    Field::new(
        "rules",
        TypeRef::named_nn_list_nn("DecisionEvidenceRule"),
        |ctx| {
            let evidence = ctx.parent_value.try_downcast_ref::<DecisionEvidence>();
            let list = evidence.map(|it| {
                let rules = it.rules.iter().cloned().map(FieldValue::owned_any);
                Some(FieldValue::list(rules))
            });
            FieldFuture::new(std::future::ready(list))
        },
    )
    .description("The rules that matched, in the order of evaluation; required decisions' too.")
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
