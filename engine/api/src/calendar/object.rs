//! `CalendarDay`, `CalendarOverride`, `CalendarPublication`.

use async_graphql::dynamic::{Enum, EnumItem, FieldValue, Object, TypeRef};
use async_graphql::{Name, Value};
use tongban_feel::time::Date;
use tongban_feel::workday::DayKind;
use tongban_store::row::calendar::{CalendarOverride, CalendarPublication, PublicationState};

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, leaf};
use crate::connection;
use crate::scalar::{self, DateTime};

/// A day as the calendar has it.
pub(crate) struct Day {
    pub(crate) on: Date,
    pub(crate) kind: DayKind,
    pub(crate) is_provisional: bool,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    builder.register(kind())?;
    builder.register(day())?;
    if !builder.shows(&Right::Staff) {
        return Ok(());
    }
    builder.register(own_day())?;
    builder.register(state())?;
    builder.register(publication())?;
    connection::register::<CalendarPublication>(builder, "CalendarPublication", into_node)
}

pub(crate) fn into_node(publication: &CalendarPublication) -> FieldValue<'static> {
    FieldValue::owned_any(publication.clone())
}

fn text(text: &str) -> Option<Value> {
    Some(Value::from(text))
}

fn kind() -> Enum {
    Enum::new("CalendarDayKind")
        .description("What sort of day it is.")
        .item(EnumItem::new("WORKING").description("The offices work."))
        .item(EnumItem::new("REST").description("The offices rest."))
        .item(EnumItem::new("STATUTORY_HOLIDAY").description(
            "They rest, and the holiday regulation itself names the day (法定节假日).",
        ))
}

fn day() -> Object {
    Object::new("CalendarDay")
        .description("A day of the county's calendar.")
        .field(leaf(
            "date",
            TypeRef::named_nn(scalar::DATE),
            "The day.",
            |it: &Day, _| text(&it.on.to_string()),
        ))
        .field(leaf(
            "kind",
            TypeRef::named_nn("CalendarDayKind"),
            "What sort of day it is.",
            |it: &Day, _| {
                Some(Value::Enum(Name::new(match it.kind {
                    DayKind::Working => "WORKING",
                    DayKind::Rest { statutory: false } => "REST",
                    DayKind::Rest { statutory: true } => "STATUTORY_HOLIDAY",
                })))
            },
        ))
        .field(leaf(
            "provisional",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Its year is not published (暂定).",
            |it: &Day, _| Some(Value::from(it.is_provisional)),
        ))
}

fn own_day() -> Object {
    Object::new("CalendarOverride")
        .description("A day that the county sets for itself; it wins over the yearly table.")
        .field(leaf(
            "date",
            TypeRef::named_nn(scalar::DATE),
            "The day.",
            |it: &CalendarOverride, _| text(&it.on.to_string()),
        ))
        .field(leaf(
            "working",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether the offices work.",
            |it: &CalendarOverride, _| Some(Value::from(it.working)),
        ))
        .field(leaf(
            "reason",
            TypeRef::named_nn(TypeRef::STRING),
            "Why.",
            |it: &CalendarOverride, _| text(&it.reason),
        ))
        .field(leaf(
            "document",
            TypeRef::named(TypeRef::STRING),
            "The document that orders it.",
            |it: &CalendarOverride, _| it.document.as_deref().and_then(text),
        ))
        .field(leaf(
            "updatedAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was set.",
            |it: &CalendarOverride, _| Some(DateTime(it.updated_at).value()),
        ))
        .field(leaf(
            "updatedBy",
            TypeRef::named_nn(TypeRef::STRING),
            "By whom.",
            |it: &CalendarOverride, _| text(&it.updated_by),
        ))
}

fn state() -> Enum {
    Enum::new("CalendarPublicationState")
        .description("How far open deadlines have been reckoned by an edition.")
        .item(EnumItem::new("RUNNING").description("There are deadlines left."))
        .item(EnumItem::new("DONE").description("All are reckoned by it."))
        .item(
            EnumItem::new("SUPERSEDED").description("A later edition came before it was through."),
        )
}

fn publication() -> Object {
    let count = |it: i64| Some(Value::from(it));
    Object::new("CalendarPublication")
        .description(
            "An edition of the county's calendar, and how far open deadlines have followed it.",
        )
        .field(leaf(
            "number",
            TypeRef::named_nn(scalar::LONG),
            "From 1.",
            move |it: &CalendarPublication, _| count(it.number),
        ))
        .field(leaf(
            "version",
            TypeRef::named_nn(TypeRef::STRING),
            "Names its content.",
            |it: &CalendarPublication, _| text(&it.version),
        ))
        .field(leaf(
            "note",
            TypeRef::named_nn(TypeRef::STRING),
            "What it brings.",
            |it: &CalendarPublication, _| text(&it.note),
        ))
        .field(leaf(
            "publishedAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was published.",
            |it: &CalendarPublication, _| Some(DateTime(it.published_at).value()),
        ))
        .field(leaf(
            "publishedBy",
            TypeRef::named_nn(TypeRef::STRING),
            "By whom.",
            |it: &CalendarPublication, _| text(&it.published_by),
        ))
        .field(leaf(
            "state",
            TypeRef::named_nn("CalendarPublicationState"),
            "How far open deadlines have been reckoned by it.",
            |it: &CalendarPublication, _| {
                Some(Value::Enum(Name::new(match it.state {
                    PublicationState::Running => "RUNNING",
                    PublicationState::Done => "DONE",
                    PublicationState::Superseded => "SUPERSEDED",
                })))
            },
        ))
        .field(leaf(
            "selected",
            TypeRef::named_nn(scalar::LONG),
            "Deadlines looked at so far.",
            move |it: &CalendarPublication, _| count(it.selected),
        ))
        .field(leaf(
            "moved",
            TypeRef::named_nn(scalar::LONG),
            "Deadlines that moved.",
            move |it: &CalendarPublication, _| count(it.moved),
        ))
        .field(leaf(
            "kept",
            TypeRef::named_nn(scalar::LONG),
            "Deadlines that would have come earlier and stayed, since they are a citizen's time.",
            move |it: &CalendarPublication, _| count(it.kept),
        ))
        .field(leaf(
            "provisional",
            TypeRef::named_nn(scalar::LONG),
            "Deadlines that are provisional by it.",
            move |it: &CalendarPublication, _| count(it.provisional),
        ))
        .field(leaf(
            "endedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When all were through.",
            |it: &CalendarPublication, _| it.ended_at.map(|it| DateTime(it).value()),
        ))
}
