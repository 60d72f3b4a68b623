//! `Deadline` with its pauses and extensions.

use std::sync::Arc;

use async_graphql::dynamic::{Enum, EnumItem, Field, FieldFuture, FieldValue, Object, TypeRef};
use async_graphql::{Name, Value};
use tongban_core::deadline::{Extension, Unit};
use tongban_runtime::catalogue::DeadlineEntry;
use tongban_runtime::deadline::explain;
use tongban_store::query::deadline::lamp_of;
use tongban_store::row::deadline::{
    Deadline, DeadlineExtension, DeadlinePause, DeadlineStatus, Protects,
};

use crate::builder::{Builder, NameClash, leaf};
use crate::scalar::{self, DateTime};
use crate::user_error::localized;
use crate::{connection, light};

pub(crate) const TYPE: &str = "Deadline";

/// A deadline with what its plugin says of its kind.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) deadline: Deadline,
    pub(crate) declared: Option<Arc<DeadlineEntry>>,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    light::register(builder)?;
    builder.register(status())?;
    builder.register(protects())?;
    builder.register(unit())?;
    builder.register(pause())?;
    builder.register(extension())?;
    let object = Object::new(TYPE).description("A deadline of a record (期限).");
    let fields = names().into_iter().chain(counting()).chain(end());
    builder.register(fields.fold(object, Object::field))?;
    connection::register::<Shown>(builder, TYPE, into_node)
}

pub(crate) fn into_node(shown: &Shown) -> FieldValue<'static> {
    FieldValue::owned_any(shown.clone())
}

fn status() -> Enum {
    Enum::new("DeadlineStatus")
        .description("Where a deadline stands.")
        .item(EnumItem::new("OPEN").description("Its clock runs."))
        .item(EnumItem::new("PAUSED").description("Its clock is stopped (中止计时)."))
        .item(EnumItem::new("CLOSED").description("What it was for is done, or will not be."))
}

fn protects() -> Enum {
    Enum::new("DeadlineProtects")
        .description("Whose time it is.")
        .item(
            EnumItem::new("CITIZEN").description(
                "A citizen's or an organization's: a new calendar only ever gives more.",
            ),
        )
        .item(EnumItem::new("OFFICE").description("The offices'."))
}

fn unit() -> Enum {
    Enum::new("DeadlineUnit")
        .description("What is counted.")
        .item(EnumItem::new("CALENDAR_DAYS").description("Every day (自然日)."))
        .item(EnumItem::new("WORKING_DAYS").description("Days on which the offices work (工作日)."))
        .item(EnumItem::new("MONTHS").description("Months, by the corresponding day."))
        .item(EnumItem::new("YEARS").description("Years, by the corresponding day."))
}

pub(crate) fn unit_value(unit: Unit) -> Value {
    Value::Enum(Name::new(match unit {
        Unit::CalendarDays => "CALENDAR_DAYS",
        Unit::WorkingDays => "WORKING_DAYS",
        Unit::Months => "MONTHS",
        Unit::Years => "YEARS",
    }))
}

fn text(text: &str) -> Option<Value> {
    Some(Value::from(text))
}

fn instant(at: i64) -> Option<Value> {
    Some(DateTime(at).value())
}

fn of(name: &str, ty: TypeRef, description: &str, read: fn(&Deadline) -> Option<Value>) -> Field {
    leaf(name, ty, description, move |it: &Shown, _| {
        read(&it.deadline)
    })
}

/// What it is and whose.
fn names() -> Vec<Field> {
    vec![
        of(
            "key",
            TypeRef::named_nn(TypeRef::STRING),
            "Key, as its plugin declares it.",
            |it| text(&it.key),
        ),
        leaf(
            "title",
            TypeRef::named_nn("LocalizedText"),
            "For people.",
            |it: &Shown, _| {
                let key = &it.deadline.key;
                Some(it.declared.as_ref().map_or_else(
                    || localized(key, key),
                    |it| localized(&it.title.zh, &it.title.en),
                ))
            },
        ),
        leaf(
            "lawBasis",
            TypeRef::named("LocalizedText"),
            "The clause that sets it.",
            |it: &Shown, _| {
                let law = it.declared.as_ref()?.law.as_ref()?;
                Some(localized(&law.zh, &law.en))
            },
        ),
        of(
            "recordKind",
            TypeRef::named_nn(TypeRef::STRING),
            "Kind of the record it belongs to.",
            |it| text(&it.record_kind),
        ),
        of(
            "recordId",
            TypeRef::named_nn(TypeRef::STRING),
            "Id of that record.",
            |it| text(&it.record_id),
        ),
        of(
            "status",
            TypeRef::named_nn("DeadlineStatus"),
            "Where it stands.",
            |it| {
                Some(Value::Enum(Name::new(match it.status {
                    DeadlineStatus::Open => "OPEN",
                    DeadlineStatus::Paused => "PAUSED",
                    DeadlineStatus::Closed => "CLOSED",
                })))
            },
        ),
        of(
            "protects",
            TypeRef::named_nn("DeadlineProtects"),
            "Whose time it is.",
            |it| {
                Some(Value::Enum(Name::new(match it.protects {
                    Protects::Citizen => "CITIZEN",
                    Protects::Office => "OFFICE",
                })))
            },
        ),
    ]
}

/// How it is counted.
fn counting() -> Vec<Field> {
    vec![
        of(
            "anchorOn",
            TypeRef::named_nn(scalar::DATE),
            "The day of the fact, which is not counted.",
            |it| text(&it.anchor_on.to_string()),
        ),
        of(
            "amount",
            TypeRef::named_nn(TypeRef::INT),
            "How much is counted.",
            |it| Some(Value::from(it.rule.term.amount)),
        ),
        of(
            "unit",
            TypeRef::named_nn("DeadlineUnit"),
            "Of what.",
            |it| Some(unit_value(it.rule.term.unit)),
        ),
        children(
            "pauses",
            "DeadlinePause",
            "The stops of its clock, in order.",
            |it| it.pauses.clone(),
        ),
        children(
            "extensions",
            "DeadlineExtension",
            "What officers have granted, in order.",
            |it| it.extensions.clone(),
        ),
        leaf(
            "explanation",
            TypeRef::named_nn("LocalizedText"),
            "How the day came about.",
            |it: &Shown, _| {
                let law = it.declared.as_ref().and_then(|it| it.law.as_ref());
                let text = explain(&it.deadline, law);
                Some(localized(&text.zh, &text.en))
            },
        ),
        of(
            "calendarVersion",
            TypeRef::named_nn(TypeRef::STRING),
            "The edition of the calendar by which it was reckoned.",
            |it| text(&it.calendar_version),
        ),
    ]
}

/// Where it ends.
fn end() -> Vec<Field> {
    vec![
        of(
            "dueOn",
            TypeRef::named_nn(scalar::DATE),
            "The last day; while its clock is stopped, as it was before.",
            |it| text(&it.end.due_on.to_string()),
        ),
        of(
            "dueAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it is over.",
            |it| instant(it.end.due_at),
        ),
        of(
            "provisional",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Reckoned over a year whose holidays are not published (暂定): nothing adverse may rest on it.",
            |it| Some(Value::from(it.end.provisional)),
        ),
        leaf(
            "light",
            TypeRef::named(light::TYPE),
            "Its light now; null while its clock does not run.",
            |it: &Shown, session| {
                let now = session.engine.clock().now();
                lamp_of(&it.deadline, now).map(light::value)
            },
        ),
        of(
            "setAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When its clock was started.",
            |it| instant(it.set_at),
        ),
        of(
            "movedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When a new calendar last moved it.",
            |it| it.moved_at.and_then(instant),
        ),
        of(
            "closedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it was closed.",
            |it| it.closed_at.and_then(instant),
        ),
        of(
            "closeReason",
            TypeRef::named(TypeRef::STRING),
            "Why it was closed.",
            |it| it.close_reason.as_deref().and_then(text),
        ),
    ]
}

fn children<T: Send + Sync + 'static>(
    name: &str,
    item: &str,
    description: &str,
    read: fn(&Deadline) -> Vec<T>,
) -> Field {
    Field::new(name, TypeRef::named_nn_list_nn(item), move |ctx| {
        let shown = ctx.parent_value.try_downcast_ref::<Shown>();
        let values = shown.map(|it| {
            let children = read(&it.deadline).into_iter();
            Some(FieldValue::list(children.map(FieldValue::owned_any)))
        });
        FieldFuture::new(std::future::ready(values))
    })
    .description(description)
}

fn pause() -> Object {
    Object::new("DeadlinePause")
        .description("A stop of a deadline's clock.")
        .field(leaf(
            "from",
            TypeRef::named_nn(scalar::DATE),
            "The last day that counts.",
            |it: &DeadlinePause, _| text(&it.from.to_string()),
        ))
        .field(leaf(
            "until",
            TypeRef::named(scalar::DATE),
            "The last day that does not count; null while it lasts.",
            |it: &DeadlinePause, _| text(&it.until?.to_string()),
        ))
        .field(leaf(
            "reason",
            TypeRef::named_nn(TypeRef::STRING),
            "Why.",
            |it: &DeadlinePause, _| text(&it.reason),
        ))
}

fn extension() -> Object {
    let by = |it: &DeadlineExtension| match it.extension {
        Extension::By(term) => Some(term),
        Extension::Until { .. } => None,
    };
    Object::new("DeadlineExtension")
        .description("More time, granted by an officer.")
        .field(leaf(
            "amount",
            TypeRef::named(TypeRef::INT),
            "How much more; null if a day was named.",
            move |it: &DeadlineExtension, _| by(it).map(|it| Value::from(it.amount)),
        ))
        .field(leaf(
            "unit",
            TypeRef::named("DeadlineUnit"),
            "Of what.",
            move |it: &DeadlineExtension, _| by(it).map(|it| unit_value(it.unit)),
        ))
        .field(leaf(
            "until",
            TypeRef::named(scalar::DATE),
            "The day that was named.",
            |it: &DeadlineExtension, _| match it.extension {
                Extension::Until { on, .. } => text(&on.to_string()),
                Extension::By(_) => None,
            },
        ))
        .field(leaf(
            "officer",
            TypeRef::named_nn(TypeRef::STRING),
            "Who decided it.",
            |it: &DeadlineExtension, _| text(&it.officer),
        ))
        .field(leaf(
            "reason",
            TypeRef::named_nn(TypeRef::STRING),
            "Why.",
            |it: &DeadlineExtension, _| text(&it.reason),
        ))
        .field(leaf(
            "grantedAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was granted.",
            |it: &DeadlineExtension, _| instant(it.granted_at),
        ))
}
