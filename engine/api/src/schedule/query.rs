//! `schedules`, `schedule`, `scheduleRuns`, `scheduleRun`, for staff.

use std::sync::Arc;

use async_graphql::Error;
use async_graphql::dynamic::{FieldValue, InputObject, ObjectAccessor, ResolverContext, TypeRef};
use tongban_store::query::schedule;
use tongban_store::query::schedule_run::{self, ScheduleRunFilter};
use tongban_store::row::schedule::Schedule;

use super::object::{self, Shown};
use super::run;
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::global_id::GlobalId;
use crate::input::{self, Page};
use crate::page;
use crate::scalar::{self, DateTime};
use crate::session::{Session, failure};

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    if builder.shows(&Right::Staff) {
        builder.register(filter_input())?;
    }
    let spec = RootField::new(
        "schedules",
        TypeRef::named_nn_list_nn(object::TYPE),
        "The schedules of the active plugins, by key.",
    );
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let shown = all(session).await?.into_iter();
            Ok(Some(FieldValue::list(shown.map(FieldValue::owned_any))))
        })
    })?;
    let spec = RootField::new(
        "schedule",
        TypeRef::named(object::TYPE),
        "A schedule by its key.",
    )
    .argument(input::field(
        "key",
        TypeRef::named_nn(TypeRef::STRING),
        "Key, as its plugin declares it.",
    ));
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let key = ctx.args.try_get("key")?.string()?;
            load(Session::of(&ctx), key).await
        })
    })?;
    let spec = RootField::new(
        "scheduleRuns",
        TypeRef::named_nn("ScheduleRunConnection"),
        "Runs of schedules, the latest first.",
    )
    .argument(input::field(
        "filter",
        TypeRef::named("ScheduleRunFilter"),
        "Which runs.",
    ));
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let filter = filter(&ctx)?;
            runs(Session::of(&ctx), &filter, Page::of(&ctx)?).await
        })
    })?;
    let spec = RootField::new("scheduleRun", TypeRef::named(run::TYPE), "A run by its id.")
        .argument(input::id("id", "Opaque id."));
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let id = ctx.args.try_get("id")?.string()?;
            match GlobalId::row_of(id, run::TYPE).and_then(|it| it.parse().ok()) {
                Some(id) => load_run(Session::of(&ctx), id).await,
                None => Ok(None),
            }
        })
    })
}

async fn all(session: &Session) -> Result<Vec<Shown>, Error> {
    let tenant = Arc::clone(&session.principal()?.tenant).into();
    let rows = schedule::list(session.engine.database(), &tenant).await;
    let rows = rows.map_err(page::failed)?.into_iter();
    Ok(rows.filter_map(|it| show(session, it)).collect())
}

/// A schedule whose plugin is active.
fn show(session: &Session, row: Schedule) -> Option<Shown> {
    let tenant = session.tenant().ok()?;
    let catalogue = session.engine.catalogue();
    let (_, declared) = catalogue.schedule(&row.key)?;
    let (in_force, next_at) = session.engine.schedule(tenant, &row)?;
    Some(Shown {
        declared: Arc::new(declared.clone()),
        row,
        in_force,
        next_at,
    })
}

/// A schedule by its key.
pub(super) async fn load<'a>(
    session: &Session,
    key: &str,
) -> Result<Option<FieldValue<'a>>, Error> {
    let found = all(session)
        .await?
        .into_iter()
        .find(|it| *it.row.key == *key);
    Ok(found.map(FieldValue::owned_any))
}

/// Runs of the principal's tenant.
pub(super) async fn runs<'a>(
    session: &Session,
    filter: &ScheduleRunFilter,
    page: Page,
) -> Result<Option<FieldValue<'a>>, Error> {
    let tenant = Arc::clone(&session.principal()?.tenant).into();
    let request = page::request(page);
    let found = schedule_run::list(session.engine.database(), &tenant, filter, &request).await;
    Ok(page::field(found.map_err(page::failed)?))
}

/// A run by its number.
pub(super) async fn load_run<'a>(
    session: &Session,
    id: i64,
) -> Result<Option<FieldValue<'a>>, Error> {
    let tenant = Arc::clone(&session.principal()?.tenant).into();
    let found = schedule_run::get(session.engine.database(), &tenant, id).await;
    Ok(found.map_err(page::failed)?.as_ref().map(run::into_node))
}

fn filter_input() -> InputObject {
    InputObject::new("ScheduleRunFilter")
        .description("Which runs; all members must hold.")
        .field(input::field(
            "schedule",
            TypeRef::named(TypeRef::STRING),
            "Of this schedule.",
        ))
        .field(input::field(
            "states",
            TypeRef::named_nn_list("ScheduleRunState"),
            "Standing in one of these ways.",
        ))
        .field(input::field(
            "from",
            TypeRef::named(scalar::DATE_TIME),
            "Due at this instant or later.",
        ))
        .field(input::field(
            "before",
            TypeRef::named(scalar::DATE_TIME),
            "Due before this instant.",
        ))
}

fn filter(ctx: &ResolverContext<'_>) -> Result<ScheduleRunFilter, Error> {
    let mut filter = ScheduleRunFilter::default();
    let Some(argument) = ctx.args.get("filter").filter(|it| !it.is_null()) else {
        return Ok(filter);
    };
    let argument = argument.object()?;
    filter.key = input::text(&argument, "schedule")?.map(Into::into);
    if let Some(states) = argument.get("states").filter(|it| !it.is_null()) {
        let states = states.list()?;
        let states: Result<_, Error> = states
            .iter()
            .map(|it| Ok(run::state(it.enum_name()?)))
            .collect();
        filter.states = states?;
    }
    filter.from = instant(&argument, "from")?;
    filter.before = instant(&argument, "before")?;
    Ok(filter)
}

fn instant(argument: &ObjectAccessor<'_>, name: &str) -> Result<Option<i64>, Error> {
    let Some(text) = input::text(argument, name)? else {
        return Ok(None);
    };
    let bad = || {
        failure(
            "BAD_USER_INPUT",
            &format!("expected {name} to be an instant"),
        )
    };
    DateTime::parse(&text).map(|it| Some(it.0)).ok_or_else(bad)
}
