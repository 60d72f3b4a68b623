//! `ScheduleItem`: what a run did about one subject.

use async_graphql::Value;
use async_graphql::dynamic::{FieldValue, Object, TypeRef};
use serde_json::{Value as Json, json};
use tongban_store::row::schedule_run::{ItemOutcome, ScheduleItem};

use super::name;
use crate::builder::{Builder, NameClash, leaf};
use crate::connection;
use crate::scalar::{self, DateTime};

pub(super) const TYPE: &str = "ScheduleItem";

pub(super) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    builder.register(name::enumeration(
        "ScheduleItemOutcome",
        "How an item ended.",
        &[
            ("DONE", "The operation was carried out."),
            ("FAILED", "It was refused or broke down."),
        ],
    ))?;
    builder.register(object())?;
    connection::register::<ScheduleItem>(builder, TYPE, |it| FieldValue::owned_any(it.clone()))
}

fn outcome_name(outcome: ItemOutcome) -> &'static str {
    match outcome {
        ItemOutcome::Done => "DONE",
        ItemOutcome::Failed => "FAILED",
    }
}

/// The outcome of that name.
pub(super) fn outcome(name: &str) -> ItemOutcome {
    match name {
        "FAILED" => ItemOutcome::Failed,
        _ => ItemOutcome::Done,
    }
}

/// The item as evidence.
pub(super) fn evidence(item: &ScheduleItem) -> Json {
    json!({
        "key": &*item.key,
        "subjectId": &*item.subject_id,
        "anchorOn": item.anchor_on.map(|it| it.to_string()),
        "dueOn": item.due_on.map(|it| it.to_string()),
        "stage": item.stage,
        "period": &*item.period,
        "late": item.late,
        "outcome": outcome_name(item.outcome),
        "message": item.message.as_deref(),
        "tries": item.n_tries,
        "at": DateTime(item.at).text(),
    })
}

fn object() -> Object {
    let text = |it: &str| Some(Value::from(it));
    let object = Object::new(TYPE)
        .description("What a schedule did about one subject within one period.")
        .field(leaf(
            "key",
            TypeRef::named_nn(TypeRef::STRING),
            "Tells it from all others: schedule, subject, period, stage.",
            move |it: &ScheduleItem, _| text(&it.key),
        ))
        .field(leaf(
            "subjectId",
            TypeRef::named_nn(TypeRef::STRING),
            "Id of the record; `-` where the schedule has none.",
            move |it: &ScheduleItem, _| text(&it.subject_id),
        ))
        .field(leaf(
            "anchorOn",
            TypeRef::named(scalar::DATE),
            "The date of the record from which it was reckoned.",
            move |it: &ScheduleItem, _| text(&it.anchor_on?.to_string()),
        ))
        .field(leaf(
            "dueOn",
            TypeRef::named(scalar::DATE),
            "The day it is due.",
            move |it: &ScheduleItem, _| text(&it.due_on?.to_string()),
        ))
        .field(leaf(
            "stage",
            TypeRef::named(TypeRef::INT),
            "The stage of a reminder: so many days before the due day.",
            |it: &ScheduleItem, _| it.stage.map(Value::from),
        ))
        .field(leaf(
            "period",
            TypeRef::named_nn(TypeRef::STRING),
            "The period it belongs to.",
            move |it: &ScheduleItem, _| text(&it.period),
        ))
        .field(leaf(
            "late",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "A run that would have opened it had been missed.",
            |it: &ScheduleItem, _| Some(Value::from(it.late)),
        ));
    object
        .field(leaf(
            "outcome",
            TypeRef::named_nn("ScheduleItemOutcome"),
            "How it ended.",
            |it: &ScheduleItem, _| Some(name::value(outcome_name(it.outcome))),
        ))
        .field(leaf(
            "message",
            TypeRef::named(TypeRef::STRING),
            "Why it failed.",
            move |it: &ScheduleItem, _| it.message.as_deref().and_then(text),
        ))
        .field(leaf(
            "tries",
            TypeRef::named_nn(TypeRef::INT),
            "How often it was tried.",
            |it: &ScheduleItem, _| Some(Value::from(it.n_tries)),
        ))
        .field(leaf(
            "retryAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it is tried again by itself.",
            |it: &ScheduleItem, _| it.retry_at.map(|it| DateTime(it).value()),
        ))
        .field(leaf(
            "at",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was tried last.",
            |it: &ScheduleItem, _| Some(DateTime(it.at).value()),
        ))
}
