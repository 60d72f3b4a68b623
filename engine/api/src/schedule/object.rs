//! `Schedule`: periodic work as it holds now.

use std::sync::Arc;

use async_graphql::Value;
use async_graphql::dynamic::{Field, FieldValue, Object, TypeRef};
use tongban_runtime::catalogue::ScheduleEntry;
use tongban_runtime::schedule::InForce;
use tongban_store::query::schedule;
use tongban_store::query::schedule_run::ScheduleRunFilter;
use tongban_store::row::schedule::Schedule;

use super::{name, query, rule, run};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, leaf, node};
use crate::input::Page;
use crate::page;
use crate::scalar::{self, DateTime};
use crate::session::Session;
use crate::user_error::localized;

pub(crate) const TYPE: &str = "Schedule";

/// A schedule with its declaration and what holds now.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) row: Schedule,
    pub(crate) declared: Arc<ScheduleEntry>,
    pub(crate) in_force: InForce,
    pub(crate) next_at: Option<i64>,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    if !builder.shows(&Right::Staff) {
        return Ok(());
    }
    name::register(builder)?;
    rule::register(builder)?;
    run::register(builder)?;
    let object = Object::new(TYPE).description("Periodic work (定期任务).");
    let fields = declared()
        .into_iter()
        .chain(standing())
        .chain([rules(), runs()]);
    builder.register(fields.fold(object, Object::field))
}

fn text(text: &str) -> Option<Value> {
    Some(Value::from(text))
}

fn of(name: &str, ty: TypeRef, description: &str, read: fn(&Shown) -> Option<Value>) -> Field {
    leaf(name, ty, description, move |it: &Shown, _| read(it))
}

/// What its plugin says.
fn declared() -> Vec<Field> {
    vec![
        of(
            "key",
            TypeRef::named_nn(TypeRef::STRING),
            "Key, as its plugin declares it.",
            |it| text(&it.row.key),
        ),
        of(
            "title",
            TypeRef::named_nn("LocalizedText"),
            "For people.",
            |it| Some(localized(&it.declared.title.zh, &it.declared.title.en)),
        ),
        of(
            "lawBasis",
            TypeRef::named("LocalizedText"),
            "The clause that asks for it.",
            |it| {
                let law = it.declared.law.as_ref()?;
                Some(localized(&law.zh, &law.en))
            },
        ),
        of(
            "plugin",
            TypeRef::named_nn(TypeRef::STRING),
            "The plugin that declares it.",
            |it| text(&it.row.plugin),
        ),
        of(
            "operation",
            TypeRef::named_nn(TypeRef::STRING),
            "The operation it calls.",
            |it| text(&it.declared.operation),
        ),
        of(
            "recordKind",
            TypeRef::named(TypeRef::STRING),
            "Kind of the records that are its items; null where it is called once a run.",
            |it| it.declared.record_kind.as_deref().and_then(text),
        ),
        of(
            "days",
            TypeRef::named_nn("ScheduleDays"),
            "On which of the days it wakes on it runs.",
            |it| Some(name::days(it.declared.days)),
        ),
        of(
            "period",
            TypeRef::named_nn("SchedulePeriod"),
            "Within which an item is handled once.",
            |it| Some(name::period(it.declared.period)),
        ),
        of(
            "missed",
            TypeRef::named_nn("ScheduleMissed"),
            "What becomes of missed runs.",
            |it| Some(name::value(name::missed_name(it.declared.missed))),
        ),
        of(
            "adjustable",
            TypeRef::named_nn_list_nn("ScheduleAdjustable"),
            "What staff may change.",
            |it| {
                let adjustable = it
                    .declared
                    .adjustable
                    .iter()
                    .map(|it| name::adjustable(*it));
                Some(Value::List(adjustable.collect()))
            },
        ),
        of(
            "floor",
            TypeRef::named(scalar::JSON),
            "What they may not go below: `every`, `amount`, `lead`, `stages`.",
            |it| Value::from_json(it.declared.floor.clone()?).ok(),
        ),
    ]
}

/// What holds now.
fn standing() -> Vec<Field> {
    vec![
        of(
            "enabled",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether it runs.",
            |it| Some(Value::from(it.row.enabled)),
        ),
        of(
            "enabledSince",
            TypeRef::named(scalar::DATE_TIME),
            "Since when.",
            |it| it.row.enabled.then(|| DateTime(it.row.since).value()),
        ),
        of(
            "ruleVersion",
            TypeRef::named_nn(TypeRef::INT),
            "The rule in force; 0 where staff have changed nothing.",
            |it| Some(Value::from(it.in_force.version)),
        ),
        of(
            "cron",
            TypeRef::named_nn(TypeRef::STRING),
            "When it wakes: second, minute, hour, day of month, month, day of week.",
            |it| text(&it.in_force.cron),
        ),
        of(
            "amount",
            TypeRef::named(TypeRef::INT),
            "How long after the fact an item is due.",
            |it| it.in_force.amount.map(Value::from),
        ),
        of(
            "unit",
            TypeRef::named("DeadlineUnit"),
            "In which unit.",
            |it| it.declared.unit.map(name::unit),
        ),
        of(
            "lead",
            TypeRef::named_nn(TypeRef::INT),
            "How many days before its due day an item is opened.",
            |it| Some(Value::from(it.in_force.lead)),
        ),
        of(
            "leadInWorkingDays",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether those are working days.",
            |it| Some(Value::from(it.declared.lead_working)),
        ),
        of(
            "stages",
            TypeRef::named_nn_list_nn(TypeRef::INT),
            "Its reminders, as days before the due day.",
            |it| {
                let stages = it.in_force.stages.iter().map(|it| Value::from(*it));
                Some(Value::List(stages.collect()))
            },
        ),
        of(
            "stagesInWorkingDays",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether those are working days.",
            |it| Some(Value::from(it.declared.stages_working)),
        ),
        of(
            "nextRunAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it runs next; null while it is disabled.",
            |it| it.next_at.map(|it| DateTime(it).value()),
        ),
    ]
}

fn rules() -> Field {
    node(
        "rules",
        TypeRef::named_nn_list_nn(rule::TYPE),
        "What staff have changed, the latest version first.",
        |it: &Shown, ctx| {
            Box::pin(async move {
                let session = Session::of(&ctx);
                let tenant = Arc::clone(&session.principal()?.tenant).into();
                let database = session.engine.database();
                let found = schedule::rules(database, &tenant, &it.row.key).await;
                let found = found.map_err(page::failed)?.into_iter();
                Ok(Some(FieldValue::list(found.map(FieldValue::owned_any))))
            })
        },
    )
}

fn runs() -> Field {
    let field = node(
        "runs",
        TypeRef::named_nn("ScheduleRunConnection"),
        "Its runs, the latest first.",
        |it: &Shown, ctx| {
            Box::pin(async move {
                let filter = ScheduleRunFilter {
                    key: Some(it.row.key.clone()),
                    ..ScheduleRunFilter::default()
                };
                query::runs(Session::of(&ctx), &filter, Page::of(&ctx)?).await
            })
        },
    );
    Page::arguments().into_iter().fold(field, Field::argument)
}
