//! `Batch`, what it did to each instance, and what stood against it.

use async_graphql::dynamic::{Enum, EnumItem, Field, FieldValue, Object, TypeRef};
use async_graphql::{Name, Value};
use tongban_store::row::batch::{Batch, BatchFinding, BatchItem, BatchOutcome, BatchState};

use super::query;
use crate::builder::{Builder, NameClash, leaf, node};
use crate::connection;
use crate::global_id::GlobalId;
use crate::input::{self, Page};
use crate::process_instance;
use crate::scalar::{self, DateTime};
use crate::session::{Session, failure};
use crate::user_error::localized;

pub(crate) const TYPE: &str = "Batch";
const ITEM: &str = "BatchItem";
const FINDING: &str = "BatchFinding";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    register_enums(builder)?;
    builder.register(error())?;
    builder.register(item())?;
    connection::register::<BatchItem>(builder, ITEM, |it| FieldValue::owned_any(it.clone()))?;
    builder.register(finding())?;
    builder.register(object())?;
    connection::register::<Batch>(builder, TYPE, into_node)
}

pub(crate) fn into_node(batch: &Batch) -> FieldValue<'static> {
    FieldValue::owned_any(batch.clone())
}

fn register_enums(builder: &mut Builder) -> Result<(), NameClash> {
    let state = Enum::new("BatchState")
        .description("Where a batch stands.")
        .item(EnumItem::new("OPEN").description("It is under way."))
        .item(EnumItem::new("DONE").description("It is through."))
        .item(
            EnumItem::new("CANCELED").description("It was stopped; what it has done stays done."),
        );
    builder.register(state)?;
    let outcome = Enum::new("BatchOutcome")
        .description("How a batch ended for one instance.")
        .item(EnumItem::new("DONE").description("It was done; in a dry run, it could be done."))
        .item(EnumItem::new("FAILED").description("It was refused."));
    builder.register(outcome)?;
    let action = [
        ("CANCEL", "Each is ended without being completed."),
        ("SUSPEND", "Each rests."),
        ("RESUME", "Each goes on."),
        ("RESOLVE_INCIDENTS", "The incidents of each are resolved."),
        ("RETRY_JOBS", "The failed jobs of each are tried again."),
        ("MODIFY", "The tokens of each are moved."),
        ("MIGRATE", "Each goes on by another version of its process."),
    ];
    let action = action.into_iter().fold(
        Enum::new("BatchAction").description("What a batch does to each instance."),
        |it, (name, description)| it.item(EnumItem::new(name).description(description)),
    );
    builder.register(action)
}

fn object() -> Object {
    let instant = |it: i64| Some(DateTime(it).value());
    let count = |name: &str, description: &str, read: fn(&Batch) -> i64| {
        let ty = TypeRef::named_nn(scalar::LONG);
        leaf(name, ty, description, move |it: &Batch, _| {
            Some(Value::from(read(it)))
        })
    };
    let object = Object::new(TYPE)
        .description("The same thing done to many instances, in the background.")
        .field(leaf(
            "id",
            TypeRef::named_nn(TypeRef::ID),
            "Global id.",
            |it: &Batch, _| Some(Value::from(GlobalId::new(TYPE, it.id).encode())),
        ))
        .field(leaf(
            "action",
            TypeRef::named_nn("BatchAction"),
            "What is done.",
            |it: &Batch, _| Some(Value::Enum(Name::new(&*it.kind))),
        ))
        .field(leaf(
            "state",
            TypeRef::named_nn("BatchState"),
            "Where it stands.",
            |it: &Batch, _| {
                Some(Value::Enum(Name::new(match it.state {
                    BatchState::Open => "OPEN",
                    BatchState::Done => "DONE",
                    BatchState::Canceled => "CANCELED",
                })))
            },
        ))
        .field(count("selected", "Instances taken so far.", |it| {
            it.n_selected
        }))
        .field(leaf(
            "isSelected",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether all instances have been taken.",
            |it: &Batch, _| Some(Value::from(it.is_selected)),
        ))
        .field(count("done", "Instances to which it was done.", |it| {
            it.n_done
        }))
        .field(count("failed", "Instances that refused it.", |it| {
            it.n_failed
        }))
        .field(leaf(
            "createdAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was asked for.",
            move |it: &Batch, _| instant(it.created_at),
        ))
        .field(leaf(
            "createdBy",
            TypeRef::named_nn(TypeRef::STRING),
            "By whom.",
            |it: &Batch, _| Some(Value::from(&*it.created_by)),
        ))
        .field(leaf(
            "endedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it ended.",
            move |it: &Batch, _| it.ended_at.and_then(instant),
        ))
        .field(findings());
    let outcome = input::field(
        "outcome",
        TypeRef::named("BatchOutcome"),
        "Only those that ended like this.",
    );
    let items = Page::arguments().into_iter().fold(items(), Field::argument);
    object.field(items.argument(outcome))
}

fn items() -> Field {
    node(
        "items",
        TypeRef::named_nn("BatchItemConnection"),
        "What it did, by instance.",
        |it: &Batch, ctx| {
            let id = it.id;
            Box::pin(async move {
                let outcome = ctx.args.get("outcome").filter(|it| !it.is_null());
                let outcome = outcome
                    .map(|it| it.enum_name().map(str::to_owned))
                    .transpose()?;
                let outcome = outcome.map(|it| match it.as_str() {
                    "DONE" => BatchOutcome::Done,
                    _ => BatchOutcome::Failed,
                });
                query::items(Session::of(&ctx), (id, outcome), Page::of(&ctx)?).await
            })
        },
    )
}

fn findings() -> Field {
    node(
        "findings",
        TypeRef::named_nn_list_nn(FINDING),
        "What stood against it, over all its instances, the most frequent first.",
        |it: &Batch, ctx| {
            let id = it.id;
            Box::pin(async move { query::findings(Session::of(&ctx), id).await })
        },
    )
}

fn finding() -> Object {
    let texts = |it: &BatchFinding| tongban_runtime::code::text(&it.code, &[]);
    Object::new(FINDING)
        .description("One thing that stood against a batch, and in how many instances.")
        .field(leaf(
            "code",
            TypeRef::named_nn(TypeRef::STRING),
            "The stable code.",
            |it: &BatchFinding, _| Some(Value::from(&*it.code)),
        ))
        .field(leaf(
            "message",
            TypeRef::named_nn("LocalizedText"),
            "What to show.",
            move |it: &BatchFinding, _| {
                let text = texts(it);
                Some(localized(&text.zh, &text.en))
            },
        ))
        .field(leaf(
            "elementId",
            TypeRef::named(TypeRef::STRING),
            "XML id of the element or sequence flow.",
            |it: &BatchFinding, _| it.element_id.as_deref().map(Value::from),
        ))
        .field(leaf(
            "targetElementId",
            TypeRef::named(TypeRef::STRING),
            "XML id of what it would become.",
            |it: &BatchFinding, _| it.target_element_id.as_deref().map(Value::from),
        ))
        .field(leaf(
            "reason",
            TypeRef::named(TypeRef::STRING),
            "More, of the first instance; in English.",
            |it: &BatchFinding, _| it.reason.as_deref().map(Value::from),
        ))
        .field(leaf(
            "instances",
            TypeRef::named_nn(scalar::LONG),
            "In how many instances.",
            |it: &BatchFinding, _| Some(Value::from(it.n_instances)),
        ))
        .field(node(
            "example",
            TypeRef::named(process_instance::object::TYPE),
            "The first of them.",
            |it: &BatchFinding, ctx| {
                let id = it.example.0;
                Box::pin(async move { process_instance::query::load(Session::of(&ctx), id).await })
            },
        ))
}

fn item() -> Object {
    Object::new(ITEM)
        .description("What a batch did to one instance.")
        .field(leaf(
            "processInstanceId",
            TypeRef::named_nn(TypeRef::ID),
            "The instance.",
            |it: &BatchItem, _| {
                let id = GlobalId::new(process_instance::object::TYPE, it.process_instance_id.0);
                Some(Value::from(id.encode()))
            },
        ))
        .field(leaf(
            "outcome",
            TypeRef::named_nn("BatchOutcome"),
            "How it ended.",
            |it: &BatchItem, _| {
                Some(Value::Enum(Name::new(match it.outcome {
                    BatchOutcome::Done => "DONE",
                    BatchOutcome::Failed => "FAILED",
                })))
            },
        ))
        .field(errors())
        .field(leaf(
            "at",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When.",
            |it: &BatchItem, _| Some(DateTime(it.at).value()),
        ))
}

/// One reason, as it was kept.
struct ItemError(serde_json::Value);

fn errors() -> Field {
    node(
        "errors",
        TypeRef::named_nn_list_nn("BatchItemError"),
        "Why it was refused.",
        |it: &BatchItem, _| {
            let kept = it.errors.as_deref().unwrap_or("[]").to_owned();
            Box::pin(async move {
                let kept: Vec<serde_json::Value> = serde_json::from_str(&kept)
                    .map_err(|_| failure("INTERNAL", "what was kept cannot be read"))?;
                let errors = kept
                    .into_iter()
                    .map(|it| FieldValue::owned_any(ItemError(it)));
                Ok(Some(FieldValue::list(errors)))
            })
        },
    )
}

fn error() -> Object {
    let detail = |name: &'static str, description: &str| {
        let ty = TypeRef::named(TypeRef::STRING);
        let key = name;
        leaf(name, ty, description, move |it: &ItemError, _| {
            it.0["details"][key].as_str().map(Value::from)
        })
    };
    Object::new("BatchItemError")
        .description("Why an instance refused what a batch is about.")
        .field(leaf(
            "code",
            TypeRef::named_nn(TypeRef::STRING),
            "The stable code.",
            |it: &ItemError, _| Some(Value::from(it.0["code"].as_str().unwrap_or_default())),
        ))
        .field(leaf(
            "message",
            TypeRef::named_nn("LocalizedText"),
            "What to show.",
            |it: &ItemError, _| {
                let text = |name: &str| it.0[name].as_str().unwrap_or_default().to_owned();
                Some(localized(&text("zh"), &text("en")))
            },
        ))
        .field(detail(
            "elementId",
            "XML id of the element or sequence flow.",
        ))
        .field(detail("targetElementId", "XML id of what it would become."))
        .field(detail("reason", "More; in English."))
}
