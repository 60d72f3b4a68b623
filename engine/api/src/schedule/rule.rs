//! `ScheduleRule`: a version of what staff have changed.

use async_graphql::Value;
use async_graphql::dynamic::{Object, TypeRef};
use tongban_store::row::schedule::{RuleState, ScheduleRule};

use super::name;
use crate::builder::{Builder, NameClash, leaf};
use crate::scalar::{self, DateTime};

pub(super) const TYPE: &str = "ScheduleRule";

pub(super) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    builder.register(name::enumeration(
        "ScheduleRuleState",
        "Where a change of a schedule stands.",
        &[
            ("PROPOSED", "It waits for a second person."),
            ("APPROVED", "It takes effect on its day."),
            ("REJECTED", "It was turned down or taken back."),
        ],
    ))?;
    builder.register(object())
}

fn object() -> Object {
    let text = |it: &str| Some(Value::from(it));
    let object = Object::new(TYPE)
        .description("A version of what staff have changed about a schedule.")
        .field(leaf(
            "version",
            TypeRef::named_nn(TypeRef::INT),
            "From 1.",
            |it: &ScheduleRule, _| Some(Value::from(it.version)),
        ))
        .field(leaf(
            "change",
            TypeRef::named_nn(scalar::JSON),
            "What differs from the plugin's declaration: `cron`, `amount`, `lead`, `stages`.",
            |it: &ScheduleRule, _| {
                let change: serde_json::Value = serde_json::from_str(&it.content).ok()?;
                Value::from_json(change).ok()
            },
        ))
        .field(leaf(
            "note",
            TypeRef::named_nn(TypeRef::STRING),
            "Why.",
            move |it: &ScheduleRule, _| text(&it.note),
        ))
        .field(leaf(
            "state",
            TypeRef::named_nn("ScheduleRuleState"),
            "Where it stands.",
            |it: &ScheduleRule, _| {
                Some(name::value(match it.state {
                    RuleState::Proposed => "PROPOSED",
                    RuleState::Approved => "APPROVED",
                    RuleState::Rejected => "REJECTED",
                }))
            },
        ))
        .field(leaf(
            "effectiveOn",
            TypeRef::named_nn(scalar::DATE),
            "The first day it holds on.",
            move |it: &ScheduleRule, _| text(&it.effective_on.to_string()),
        ));
    object
        .field(leaf(
            "proposedBy",
            TypeRef::named_nn(TypeRef::STRING),
            "Who proposed it.",
            move |it: &ScheduleRule, _| text(&it.proposed_by),
        ))
        .field(leaf(
            "proposedAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When.",
            |it: &ScheduleRule, _| Some(DateTime(it.proposed_at).value()),
        ))
        .field(leaf(
            "decidedBy",
            TypeRef::named(TypeRef::STRING),
            "Who approved it or turned it down.",
            move |it: &ScheduleRule, _| it.decided_by.as_deref().and_then(text),
        ))
        .field(leaf(
            "decidedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When.",
            |it: &ScheduleRule, _| it.decided_at.map(|it| DateTime(it).value()),
        ))
}
