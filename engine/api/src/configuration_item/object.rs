//! `ConfigurationItem` and what belongs to it.

use async_graphql::dynamic::{Enum, EnumItem, Field, FieldValue, Object, TypeRef};
use async_graphql::{Error, Name, Value};
use tongban_runtime::configuration_item::{
    ConfigurationEvent, ConfigurationItem, Finding, ItemAction, ItemState, findings, kinds,
};

use crate::builder::{Builder, NameClash, leaf, node};
use crate::global_id::GlobalId;
use crate::page;
use crate::scalar::{self, DateTime};
use crate::session::Session;
use crate::user_error::localized;

pub(crate) const TYPE: &str = "ConfigurationItem";

const STATES: [(&str, ItemState, &str); 8] = [
    ("DRAFT", ItemState::Draft, "It is being written."),
    (
        "CHECKED",
        ItemState::Checked,
        "Nothing stands against it; a second person may approve it.",
    ),
    ("APPROVED", ItemState::Approved, "It waits for its day."),
    ("ACTIVE", ItemState::Active, "It is in effect."),
    (
        "SUPERSEDED",
        ItemState::Superseded,
        "A later one has taken its place.",
    ),
    (
        "WITHDRAWN",
        ItemState::Withdrawn,
        "It was taken back before it took effect.",
    ),
    (
        "REJECTED",
        ItemState::Rejected,
        "It was sent back to whoever wrote it.",
    ),
    (
        "FAILED",
        ItemState::Failed,
        "Its day came, and it could not take effect any more; the findings say why.",
    ),
];

const ACTIONS: [(&str, ItemAction, &str); 9] = [
    ("SAVED", ItemAction::Saved, "It was written."),
    ("CHECKED", ItemAction::Checked, "It was checked."),
    ("APPROVED", ItemAction::Approved, "It was approved."),
    ("REJECTED", ItemAction::Rejected, "It was sent back."),
    ("WITHDRAWN", ItemAction::Withdrawn, "It was taken back."),
    ("ACTIVATED", ItemAction::Activated, "It took effect."),
    (
        "SUPERSEDED",
        ItemAction::Superseded,
        "A later one took its place.",
    ),
    ("FAILED", ItemAction::Failed, "It could not take effect."),
    (
        "RECHECKED",
        ItemAction::Rechecked,
        "It was held against a new version of its plugin.",
    ),
];

/// The state of that name.
pub(super) fn state_of(name: &str) -> Option<ItemState> {
    let found = STATES.iter().find(|it| it.0 == name);
    found.map(|it| it.1)
}

/// `process` as `PROCESS`.
fn kind_name(kind: &str) -> String {
    kind.to_ascii_uppercase()
}

/// The kind behind a name of the enumeration.
pub(super) fn kind_of(name: &str) -> String {
    name.to_ascii_lowercase()
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let kind = Enum::new("ConfigurationKind").description("What can be configured.");
    builder.register(kinds().fold(kind, |it, name| it.item(EnumItem::new(kind_name(name)))))?;
    let state = Enum::new("ConfigurationState").description("How far a change is.");
    let item = |name: &str, description: &str| EnumItem::new(name).description(description);
    builder.register(
        STATES
            .iter()
            .fold(state, |it, one| it.item(item(one.0, one.2))),
    )?;
    let action = Enum::new("ConfigurationAction").description("What can be done to a change.");
    builder.register(
        ACTIONS
            .iter()
            .fold(action, |it, one| it.item(item(one.0, one.2))),
    )?;
    builder.register(finding())?;
    builder.register(event())?;
    builder.register(object())?;
    crate::connection::register::<ConfigurationItem>(builder, TYPE, |it| {
        FieldValue::owned_any(it.clone())
    })
}

fn object() -> Object {
    let object = Object::new(TYPE)
        .description("A change of the configuration.")
        .implement("Node")
        .field(leaf(
            "id",
            TypeRef::named_nn(TypeRef::ID),
            "Global id.",
            |it: &ConfigurationItem, _| Some(Value::from(GlobalId::new(TYPE, it.id).encode())),
        ))
        .field(leaf(
            "kind",
            TypeRef::named_nn("ConfigurationKind"),
            "What is configured.",
            |it: &ConfigurationItem, _| Some(Value::Enum(Name::new(kind_name(&it.kind)))),
        ))
        .field(leaf(
            "key",
            TypeRef::named_nn(TypeRef::STRING),
            "Which one of that kind: the id in the model, plugin/parameter, the year, the person.",
            |it: &ConfigurationItem, _| Some(Value::from(&*it.key)),
        ))
        .field(leaf(
            "plugin",
            TypeRef::named(TypeRef::STRING),
            "The plugin whose own it takes the place of.",
            |it: &ConfigurationItem, _| it.plugin.as_deref().map(Value::from),
        ))
        .field(leaf(
            "state",
            TypeRef::named_nn("ConfigurationState"),
            "How far it is.",
            |it: &ConfigurationItem, _| {
                let name = STATES.iter().find(|one| one.1 == it.state)?.0;
                Some(Value::Enum(Name::new(name)))
            },
        ))
        .field(leaf(
            "version",
            TypeRef::named_nn(scalar::LONG),
            "Raised each time it is written; who approves or changes it names the one he has read.",
            |it: &ConfigurationItem, _| Some(Value::from(it.version)),
        ))
        .field(leaf(
            "ends",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "It ends what the county has set, and goes back to what is there without.",
            |it: &ConfigurationItem, _| Some(Value::from(it.ends)),
        ))
        .field(leaf(
            "effectiveFrom",
            TypeRef::named(scalar::DATE),
            "The date from which it holds; the day of its approval where nothing was said.",
            |it: &ConfigurationItem, _| it.effective_from.as_deref().map(Value::from),
        ))
        .field(leaf(
            "note",
            TypeRef::named_nn(TypeRef::STRING),
            "Why it is made.",
            |it: &ConfigurationItem, _| Some(Value::from(&*it.note)),
        ));
    texts(who_and_when(object))
}

fn who_and_when(object: Object) -> Object {
    object
        .field(leaf(
            "createdAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was begun.",
            |it: &ConfigurationItem, _| Some(DateTime(it.created_at).value()),
        ))
        .field(leaf(
            "createdBy",
            TypeRef::named_nn(TypeRef::STRING),
            "By whom.",
            |it: &ConfigurationItem, _| Some(Value::from(&*it.created_by)),
        ))
        .field(leaf(
            "updatedAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was last written.",
            |it: &ConfigurationItem, _| Some(DateTime(it.updated_at).value()),
        ))
        .field(leaf(
            "updatedBy",
            TypeRef::named_nn(TypeRef::STRING),
            "By whom.",
            |it: &ConfigurationItem, _| Some(Value::from(&*it.updated_by)),
        ))
        .field(leaf(
            "approvedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it was approved.",
            |it: &ConfigurationItem, _| it.approved_at.map(|it| DateTime(it).value()),
        ))
        .field(leaf(
            "approvedBy",
            TypeRef::named(TypeRef::STRING),
            "By whom.",
            |it: &ConfigurationItem, _| it.approved_by.as_deref().map(Value::from),
        ))
        .field(leaf(
            "activatedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it took effect.",
            |it: &ConfigurationItem, _| it.activated_at.map(|it| DateTime(it).value()),
        ))
}

fn texts(object: Object) -> Object {
    object
        .field(content())
        .field(node::<ConfigurationItem, _>(
            "original",
            TypeRef::named(TypeRef::STRING),
            "What the active plugin brings in its place; null if none does.",
            |it, ctx| {
                Box::pin(async move {
                    let session = Session::of(&ctx);
                    let tenant = session.tenant()?;
                    let found = session.engine.configuration_original(tenant, &it.kind, &it.key);
                    Ok(found.map(|it| FieldValue::value(Value::from(it))))
                })
            },
        ))
        .field(node::<ConfigurationItem, _>(
            "originalChanged",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "What the plugin brings is another than when this was written.",
            |it, ctx| {
                Box::pin(async move {
                    let session = Session::of(&ctx);
                    let changed = session.engine.is_original_changed(session.tenant()?, it);
                    Ok(Some(FieldValue::value(Value::from(changed))))
                })
            },
        ))
        .field(node::<ConfigurationItem, _>(
            "difference",
            TypeRef::named(TypeRef::STRING),
            "How it differs from what the plugin brings: a unified diff, empty if it does not; null if no plugin brings anything.",
            |it, ctx| {
                Box::pin(async move {
                    let session = Session::of(&ctx);
                    let tenant = session.tenant()?;
                    let found = session.engine.configuration_difference(tenant, it).await;
                    let found = found.map_err(page::failed)?;
                    Ok(found.map(|it| FieldValue::value(Value::from(it))))
                })
            },
        ))
        .field(listed_findings())
        .field(history())
}

fn content() -> Field {
    node::<ConfigurationItem, _>(
        "content",
        TypeRef::named(TypeRef::STRING),
        "The file, or the JSON value; null where something is ended.",
        |it, ctx| {
            Box::pin(async move {
                let session = Session::of(&ctx);
                match &it.digest {
                    Some(digest) => content_of(session, digest).await,
                    None => Ok(None),
                }
            })
        },
    )
}

async fn content_of<'a>(session: &Session, digest: &str) -> Result<Option<FieldValue<'a>>, Error> {
    let tenant = session.tenant()?;
    let found = session.engine.configuration_content(tenant, digest).await;
    let found = found.map_err(page::failed)?;
    Ok(found.map(|it| FieldValue::value(Value::from(it))))
}

fn listed_findings() -> Field {
    node::<ConfigurationItem, _>(
        "findings",
        TypeRef::named_nn_list_nn("ConfigurationFinding"),
        "What was found when it was last checked.",
        |it, _| {
            let found = findings(it).into_iter().map(FieldValue::owned_any);
            let list = FieldValue::list(found);
            Box::pin(std::future::ready(Ok(Some(list))))
        },
    )
}

fn history() -> Field {
    node::<ConfigurationItem, _>(
        "history",
        TypeRef::named_nn_list_nn("ConfigurationEvent"),
        "Who did what to it, the first thing first.",
        |it, ctx| {
            Box::pin(async move {
                let session = Session::of(&ctx);
                let found = session
                    .engine
                    .configuration_events(session.tenant()?, it.id)
                    .await;
                let found = found.map_err(page::failed)?;
                let list = found.into_iter().map(FieldValue::owned_any);
                Ok(Some(FieldValue::list(list)))
            })
        },
    )
}

fn finding() -> Object {
    Object::new("ConfigurationFinding")
        .description("Something that was found when a change was checked.")
        .field(leaf(
            "isError",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "It stands in the way; what does not should be known all the same.",
            |it: &Finding, _| Some(Value::from(it.is_error)),
        ))
        .field(leaf(
            "code",
            TypeRef::named_nn(TypeRef::STRING),
            "Stable code.",
            |it: &Finding, _| Some(Value::from(it.code.as_str())),
        ))
        .field(leaf(
            "field",
            TypeRef::named(TypeRef::STRING),
            "JSON Pointer into the change.",
            |it: &Finding, _| it.field.as_deref().map(Value::from),
        ))
        .field(leaf(
            "message",
            TypeRef::named_nn("LocalizedText"),
            "What to tell the person.",
            |it: &Finding, _| Some(localized(&it.zh, &it.en)),
        ))
        .field(leaf(
            "lawBasis",
            TypeRef::named("LocalizedText"),
            "The clause it rests on.",
            |it: &Finding, _| it.law_basis.as_ref().map(|(zh, en)| localized(zh, en)),
        ))
        .field(leaf(
            "details",
            TypeRef::named(scalar::JSON),
            "Further facts by name, for programs.",
            |it: &Finding, _| it.details.as_ref().map(crate::compose::json_value::graphql),
        ))
}

fn event() -> Object {
    Object::new("ConfigurationEvent")
        .description("What somebody did to a change.")
        .field(leaf(
            "at",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When.",
            |it: &ConfigurationEvent, _| Some(DateTime(it.at).value()),
        ))
        .field(leaf(
            "principal",
            TypeRef::named_nn(TypeRef::STRING),
            "Who.",
            |it: &ConfigurationEvent, _| Some(Value::from(&*it.principal)),
        ))
        .field(leaf(
            "action",
            TypeRef::named_nn("ConfigurationAction"),
            "What.",
            |it: &ConfigurationEvent, _| {
                let name = ACTIONS.iter().find(|one| one.1 == it.action)?.0;
                Some(Value::Enum(Name::new(name)))
            },
        ))
        .field(leaf(
            "version",
            TypeRef::named_nn(scalar::LONG),
            "The version it had then.",
            |it: &ConfigurationEvent, _| Some(Value::from(it.version)),
        ))
        .field(leaf(
            "detail",
            TypeRef::named(TypeRef::STRING),
            "Why, or what came of it.",
            |it: &ConfigurationEvent, _| it.detail.as_deref().map(Value::from),
        ))
        .field(node::<ConfigurationEvent, _>(
            "content",
            TypeRef::named(TypeRef::STRING),
            "The content it had then.",
            |it, ctx| {
                Box::pin(async move {
                    match &it.digest {
                        Some(digest) => content_of(Session::of(&ctx), digest).await,
                        None => Ok(None),
                    }
                })
            },
        ))
}
