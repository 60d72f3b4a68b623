//! `Notice` and `NoticeDelivery`.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::dynamic::{Enum, EnumItem, Field, FieldFuture, FieldValue, Object, TypeRef};
use async_graphql::{Name, Value};
use serde_json::Value as Json;
use tongban_store::query::notice::InboxEntry;
use tongban_store::row::notice::{DeliveryState, NoticeDelivery, NoticeText};

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, leaf};
use crate::global_id::GlobalId;
use crate::scalar::{self, DateTime};
use crate::user_error::localized;

pub(crate) const TYPE: &str = "Notice";
/// What stands in the place of a field that the reader may not see or that is not there.
const WITHHELD: &str = "…";

/// A notice as its reader is shown it.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) entry: InboxEntry,
    /// The record it is about, as the reader may see it; null if he may not.
    pub(crate) record: Arc<Json>,
    pub(crate) deliveries: Vec<NoticeDelivery>,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let state = Enum::new("NoticeDeliveryState")
        .description("Where a delivery stands.")
        .item(
            EnumItem::new("PENDING").description("It has yet to be taken by the channel's target."),
        )
        .item(EnumItem::new("DELIVERED").description("The target has taken it."))
        .item(
            EnumItem::new("DEAD")
                .description("It was given up; an operator can have it tried again."),
        );
    builder.register(state)?;
    builder.register(delivery(builder.shows(&Right::Operator)))?;
    builder.register(object())?;
    crate::connection::register::<Shown>(builder, TYPE, into_node)
}

pub(crate) fn into_node(shown: &Shown) -> FieldValue<'static> {
    FieldValue::owned_any(shown.clone())
}

fn object() -> Object {
    let text = |it: &str| Some(Value::from(it));
    Object::new(TYPE)
        .description("Something one is told.")
        .implement("Node")
        .field(leaf(
            "id",
            TypeRef::named_nn(TypeRef::ID),
            "Global id.",
            |it: &Shown, _| {
                Some(Value::from(
                    GlobalId::new(TYPE, it.entry.notice.id).encode(),
                ))
            },
        ))
        .field(leaf(
            "code",
            TypeRef::named_nn(TypeRef::STRING),
            "Stable code.",
            move |it: &Shown, _| text(&it.entry.notice.code),
        ))
        .field(leaf(
            "title",
            TypeRef::named_nn("LocalizedText"),
            "Heading.",
            |it: &Shown, _| Some(filled(it, &it.entry.notice.title)),
        ))
        .field(leaf(
            "text",
            TypeRef::named_nn("LocalizedText"),
            "Text; what it says of the record is read now, under the rights of the reader.",
            |it: &Shown, _| Some(filled(it, &it.entry.notice.text)),
        ))
        .field(leaf(
            "recordKind",
            TypeRef::named(TypeRef::STRING),
            "Kind of the record it is about.",
            move |it: &Shown, _| it.entry.notice.record.as_ref().and_then(|it| text(&it.0)),
        ))
        .field(leaf(
            "recordId",
            TypeRef::named(TypeRef::STRING),
            "Id of the record it is about.",
            move |it: &Shown, _| it.entry.notice.record.as_ref().and_then(|it| text(&it.1)),
        ))
        .field(leaf(
            "createdAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was sent.",
            |it: &Shown, _| Some(DateTime(it.entry.notice.created_at).value()),
        ))
        .field(leaf(
            "readAt",
            TypeRef::named(scalar::DATE_TIME),
            "When the reader marked it as read.",
            |it: &Shown, _| it.entry.read_at.map(|it| DateTime(it).value()),
        ))
        .field(deliveries())
}

fn deliveries() -> Field {
    Field::new(
        "deliveries",
        TypeRef::named_nn_list_nn("NoticeDelivery"),
        |ctx| {
            let list = ctx.parent_value.try_downcast_ref::<Shown>().map(|it| {
                let all = it.deliveries.iter().cloned();
                Some(FieldValue::list(all.map(FieldValue::owned_any)))
            });
            FieldFuture::new(std::future::ready(list))
        },
    )
    .description("Its ways outside, one for each channel that is connected.")
}

fn delivery(shows_machinery: bool) -> Object {
    let text = |it: &str| Some(Value::from(it));
    let object = Object::new("NoticeDelivery")
        .description("A notice on its way out over a channel.")
        .field(leaf(
            "channel",
            TypeRef::named_nn(TypeRef::STRING),
            "The channel, such as `SMS`.",
            move |it: &NoticeDelivery, _| text(&it.channel),
        ))
        .field(leaf(
            "state",
            TypeRef::named_nn("NoticeDeliveryState"),
            "Where it stands.",
            |it: &NoticeDelivery, _| {
                Some(Value::Enum(Name::new(match it.state {
                    DeliveryState::Pending => "PENDING",
                    DeliveryState::Delivered => "DELIVERED",
                    DeliveryState::Dead => "DEAD",
                })))
            },
        ))
        .field(leaf(
            "endedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it was taken or given up.",
            |it: &NoticeDelivery, _| it.ended_at.map(|it| DateTime(it).value()),
        ));
    if !shows_machinery {
        return object;
    }
    object
        .field(leaf(
            "noticeId",
            TypeRef::named_nn(TypeRef::ID),
            "The notice.",
            |it: &NoticeDelivery, _| Some(Value::from(GlobalId::new(TYPE, it.notice_id).encode())),
        ))
        .field(leaf(
            "target",
            TypeRef::named_nn(TypeRef::STRING),
            "The webhook target that serves the channel.",
            move |it: &NoticeDelivery, _| text(&it.target),
        ))
        .field(leaf(
            "failures",
            TypeRef::named_nn(TypeRef::INT),
            "Times it was tried in vain.",
            |it: &NoticeDelivery, _| Some(Value::from(it.n_failures)),
        ))
        .field(leaf(
            "lastError",
            TypeRef::named(TypeRef::STRING),
            "What went wrong the last time.",
            move |it: &NoticeDelivery, _| it.last_error.as_deref().and_then(text),
        ))
}

/// The text with what it says of the record, read off the record as the reader sees it.
fn filled(shown: &Shown, text: &NoticeText) -> Value {
    let fields: BTreeMap<&str, String> = shown
        .entry
        .notice
        .fields
        .iter()
        .map(|(name, path)| (name.as_str(), value_at(&shown.record, path)))
        .collect();
    localized(&replaced(&text.zh, &fields), &replaced(&text.en, &fields))
}

fn value_at(record: &Json, path: &str) -> String {
    match record.pointer(path) {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Number(number)) => number.to_string(),
        Some(Json::Bool(value)) => value.to_string(),
        Some(Json::Null | Json::Array(_) | Json::Object(_)) | None => WITHHELD.to_owned(),
    }
}

/// In one pass, so that a value cannot bring a placeholder with it.
fn replaced(text: &str, fields: &BTreeMap<&str, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after
            .split_once('}')
            .and_then(|(name, tail)| Some((fields.get(name)?, tail)));
        match named {
            Some((value, tail)) => {
                filled.push_str(value);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_brings_no_placeholder_with_it() {
        let fields = BTreeMap::from([("a", "{b}".to_owned()), ("b", "x".to_owned())]);
        assert_eq!(replaced("{a} {b} {c}", &fields), "{b} x {c}");
    }

    #[test]
    fn what_the_reader_may_not_see_is_withheld() {
        let record = serde_json::json!({ "parties": [{ "name": "张**" }], "n": 3 });
        assert_eq!(value_at(&record, "/parties/0/name"), "张**");
        assert_eq!(value_at(&record, "/n"), "3");
        assert_eq!(value_at(&record, "/parties"), WITHHELD);
        assert_eq!(value_at(&Json::Null, "/n"), WITHHELD);
    }
}
