//! `ScheduleRun`: a run with its progress, its items, and all of it as evidence.

use std::sync::Arc;

use async_graphql::dynamic::{Field, FieldFuture, FieldValue, Object, ResolverContext, TypeRef};
use async_graphql::{Error, Value};
use serde_json::{Value as Json, json};
use tongban_store::query::page::PageRequest;
use tongban_store::query::schedule_item::{self, ScheduleItemFilter};
use tongban_store::row::schedule_run::{RunState, ScheduleRun};

use super::{item, name};
use crate::auth::principal::Audience;
use crate::builder::{Builder, NameClash, leaf, node};
use crate::global_id::GlobalId;
use crate::input::{self, Page};
use crate::scalar::{self, DateTime};
use crate::session::{Session, failure};
use crate::{connection, page};

pub(super) const TYPE: &str = "ScheduleRun";
/// Items within the evidence of one run.
const ITEMS_MAX: u32 = 1_000;

pub(super) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    builder.register(name::enumeration(
        "ScheduleRunState",
        "Where a run stands.",
        &[
            ("OPEN", "It waits, or is under way."),
            ("DONE", "It is through."),
            ("SKIPPED", "It was worthless when its time came."),
            ("FAILED", "It could not be made."),
        ],
    ))?;
    item::register(builder)?;
    let object = Object::new(TYPE).description("A run of a schedule.");
    let fields = planned()
        .into_iter()
        .chain(progress())
        .chain([items(), evidence()]);
    builder.register(fields.fold(object, Object::field))?;
    connection::register::<ScheduleRun>(builder, TYPE, into_node)
}

pub(super) fn into_node(run: &ScheduleRun) -> FieldValue<'static> {
    FieldValue::owned_any(run.clone())
}

pub(super) fn state_name(state: RunState) -> &'static str {
    match state {
        RunState::Open => "OPEN",
        RunState::Done => "DONE",
        RunState::Skipped => "SKIPPED",
        RunState::Failed => "FAILED",
    }
}

/// The state of that name.
pub(super) fn state(name: &str) -> RunState {
    match name {
        "DONE" => RunState::Done,
        "SKIPPED" => RunState::Skipped,
        "FAILED" => RunState::Failed,
        _ => RunState::Open,
    }
}

fn text(text: &str) -> Option<Value> {
    Some(Value::from(text))
}

fn instant(at: i64) -> Option<Value> {
    Some(DateTime(at).value())
}

fn of(
    name: &str,
    ty: TypeRef,
    description: &str,
    read: fn(&ScheduleRun) -> Option<Value>,
) -> Field {
    leaf(name, ty, description, move |it: &ScheduleRun, _| read(it))
}

/// What is to be done.
fn planned() -> Vec<Field> {
    vec![
        of("id", TypeRef::named_nn(TypeRef::ID), "Opaque id.", |it| {
            text(&GlobalId::new(TYPE, it.id).encode())
        }),
        of(
            "schedule",
            TypeRef::named_nn(TypeRef::STRING),
            "Key of the schedule.",
            |it| text(&it.key),
        ),
        of(
            "scheduledFor",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was due.",
            |it| instant(it.scheduled_for),
        ),
        of(
            "firstFor",
            TypeRef::named_nn(scalar::DATE_TIME),
            "The first instant it stands for.",
            |it| instant(it.first_for),
        ),
        of(
            "instants",
            TypeRef::named_nn(TypeRef::INT),
            "How many instants it stands for.",
            |it| Some(Value::from(it.n_instants)),
        ),
        of(
            "policy",
            TypeRef::named_nn("ScheduleMissed"),
            "What became of missed runs.",
            |it| Some(name::value(name::missed_name(it.policy))),
        ),
        of(
            "late",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "It was planned late.",
            |it| Some(Value::from(it.late)),
        ),
        of(
            "requestedBy",
            TypeRef::named(TypeRef::STRING),
            "Who asked for it, where it was not the calendar.",
            |it| it.requested_by.as_deref().and_then(text),
        ),
        of(
            "configVersion",
            TypeRef::named_nn(TypeRef::STRING),
            "The plugin's version and the rule it ran by.",
            |it| text(&it.config_version),
        ),
        of(
            "calendarVersion",
            TypeRef::named_nn(TypeRef::STRING),
            "The calendar it ran by.",
            |it| text(&it.calendar_version),
        ),
    ]
}

/// How far it has got.
fn progress() -> Vec<Field> {
    let count = |name: &str, description: &str, read: fn(&ScheduleRun) -> i64| {
        leaf(
            name,
            TypeRef::named_nn(scalar::LONG),
            description,
            move |it: &ScheduleRun, _| Some(Value::from(read(it))),
        )
    };
    vec![
        of(
            "state",
            TypeRef::named_nn("ScheduleRunState"),
            "Where it stands.",
            |it| Some(name::value(state_name(it.state))),
        ),
        count("selected", "Items that were open.", |it| it.selected),
        count("created", "Items that were carried out.", |it| it.created),
        count("skippedDuplicate", "Items that had been before.", |it| {
            it.skipped_duplicate
        }),
        count("failed", "Items that failed.", |it| it.failed),
        of(
            "message",
            TypeRef::named(TypeRef::STRING),
            "Why it failed.",
            |it| it.message.as_deref().and_then(text),
        ),
        of(
            "startedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it began.",
            |it| it.started_at.and_then(instant),
        ),
        of(
            "endedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it ended.",
            |it| it.ended_at.and_then(instant),
        ),
    ]
}

fn items() -> Field {
    let outcome = input::field(
        "outcome",
        TypeRef::named("ScheduleItemOutcome"),
        "Those that ended so; all if not said.",
    );
    let field = node(
        "items",
        TypeRef::named_nn("ScheduleItemConnection"),
        "Its items, for those who may read the records.",
        |it: &ScheduleRun, ctx| {
            Box::pin(async move {
                let session = Session::of(&ctx);
                require_reader(session, &it.key)?;
                let filter = ScheduleItemFilter {
                    run_id: Some(it.id),
                    outcome: asked(&ctx)?,
                    ..ScheduleItemFilter::default()
                };
                let request = page::request(Page::of(&ctx)?);
                let tenant = Arc::clone(&session.principal()?.tenant).into();
                let database = session.engine.database();
                let found = schedule_item::list(database, &tenant, &filter, &request).await;
                Ok(page::field(found.map_err(page::failed)?))
            })
        },
    );
    Page::arguments()
        .into_iter()
        .fold(field.argument(outcome), Field::argument)
}

fn asked(
    ctx: &ResolverContext<'_>,
) -> Result<Option<tongban_store::row::schedule_run::ItemOutcome>, Error> {
    let outcome = ctx.args.get("outcome").filter(|it| !it.is_null());
    outcome
        .map(|it| Ok(item::outcome(it.enum_name()?)))
        .transpose()
}

/// Items name records: whoever may read those of the kind may see them, and operators.
fn require_reader(session: &Session, key: &str) -> Result<(), Error> {
    let principal = session.principal()?;
    if principal.audience() == Audience::Admin {
        return Ok(());
    }
    let catalogue = session.engine.catalogue();
    let reads = catalogue.schedule(key).is_some_and(|(plugin, schedule)| {
        let kind = schedule.record_kind.as_deref();
        let kind = plugin
            .record_kinds
            .iter()
            .find(|it| Some(&*it.kind) == kind);
        kind.is_some_and(|it| it.read.iter().any(|role| principal.has_role(role)))
    });
    if reads {
        return Ok(());
    }
    Err(failure(
        "FORBIDDEN",
        "the roles of this token do not allow the records of this schedule",
    ))
}

fn evidence() -> Field {
    Field::new("evidence", TypeRef::named_nn(scalar::JSON), |ctx| {
        FieldFuture::new(async move {
            let run = ctx.parent_value.try_downcast_ref::<ScheduleRun>()?;
            let session = Session::of(&ctx);
            require_reader(session, &run.key)?;
            let evidence = evidence_of(session, run).await?;
            Ok(Some(FieldValue::value(Value::from_json(evidence)?)))
        })
    })
    .description(
        "The run with its items for an inspection, the first 1,000 of them; `items` has all.",
    )
}

async fn evidence_of(session: &Session, run: &ScheduleRun) -> Result<Json, Error> {
    let filter = ScheduleItemFilter {
        run_id: Some(run.id),
        ..ScheduleItemFilter::default()
    };
    let principal = session.principal()?;
    let tenant = Arc::clone(&principal.tenant).into();
    let request = PageRequest::first(ITEMS_MAX);
    let found = schedule_item::list(session.engine.database(), &tenant, &filter, &request).await;
    let found = found.map_err(page::failed)?;
    let is_complete = !found.has_next_page;
    let items: Vec<Json> = found.into_nodes().iter().map(item::evidence).collect();
    let instant = |it: i64| DateTime(it).text();
    Ok(json!({
        "tenant": &*principal.tenant,
        "schedule": &*run.key,
        "scheduledFor": instant(run.scheduled_for),
        "started": run.started_at.map(instant),
        "ended": run.ended_at.map(instant),
        "state": state_name(run.state),
        "policy": name::missed_name(run.policy),
        "late": run.late,
        "requestedBy": run.requested_by.as_deref(),
        "selected": run.selected,
        "created": run.created,
        "skippedDuplicate": run.skipped_duplicate,
        "failed": run.failed,
        "configVersion": &*run.config_version,
        "calendarVersion": &*run.calendar_version,
        "itemsComplete": is_complete,
        "items": items,
    }))
}
