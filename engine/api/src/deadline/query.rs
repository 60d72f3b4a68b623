//! `deadlines`, and the deadlines of what is shown: whoever sees a record sees its deadlines.

use std::sync::Arc;

use async_graphql::Error;
use async_graphql::dynamic::{
    Field, FieldValue, InputObject, ObjectAccessor, ResolverContext, TypeRef,
};
use tongban_runtime::catalogue::Catalogue;
use tongban_store::query::deadline::{self, DeadlineFilter};
use tongban_store::row::deadline::{Deadline, DeadlineStatus};

use super::object::{self, Shown};
use crate::auth::principal::Audience;
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, node};
use crate::connection::Connection;
use crate::input::{self, Page};
use crate::scalar::{self, DateTime};
use crate::session::{Session, failure};
use crate::{light, page};

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    if builder.shows(&Right::Staff) {
        builder.register(filter_input())?;
    }
    let spec = RootField::new(
        "deadlines",
        TypeRef::named_nn("DeadlineConnection"),
        "Deadlines of the records that the principal's roles may read, the soonest due first; operators see all.",
    )
    .argument(input::field(
        "filter",
        TypeRef::named("DeadlineFilter"),
        "Which deadlines; those whose clock runs if not said.",
    ));
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let filter = filter(&ctx, session)?;
            let request = page::request(Page::of(&ctx)?);
            if filter.record_kinds.is_empty() {
                return Ok(Some(FieldValue::owned_any(nothing())));
            }
            let tenant = Arc::clone(&session.principal()?.tenant).into();
            let found = deadline::list(session.engine.database(), &tenant, &filter, &request).await;
            let catalogue = session.engine.catalogue();
            let shown = page::connection(found.map_err(page::failed)?, |it| show(&catalogue, it));
            Ok(Some(FieldValue::owned_any(shown)))
        })
    })
}

fn nothing() -> Connection<Shown> {
    Connection {
        rows: Vec::new(),
        has_next_page: false,
    }
}

fn show(catalogue: &Catalogue, deadline: Deadline) -> Shown {
    let declared = catalogue.deadline(&deadline.key);
    let declared = declared.map(|it| Arc::new(it.1.clone()));
    Shown { deadline, declared }
}

/// A field `deadlines` of a type whose values are about a record: its kind and id.
pub(crate) fn field<T, F>(record: F) -> Field
where
    T: Send + Sync + 'static,
    F: Fn(&T) -> Option<(Arc<str>, Arc<str>)> + Send + Sync + 'static,
{
    node(
        "deadlines",
        TypeRef::named_nn_list_nn(object::TYPE),
        "Deadlines of the record, closed ones too, by key.",
        move |it: &T, ctx| {
            let record = record(it);
            Box::pin(async move {
                let Some((kind, id)) = record else {
                    return Ok(Some(FieldValue::list(Vec::<FieldValue<'_>>::new())));
                };
                of_record(Session::of(&ctx), &kind, id).await
            })
        },
    )
}

async fn of_record<'a>(
    session: &Session,
    kind: &str,
    id: Arc<str>,
) -> Result<Option<FieldValue<'a>>, Error> {
    let tenant = Arc::clone(&session.principal()?.tenant).into();
    let found = deadline::of_records(session.engine.database(), &tenant, kind, &[id]).await;
    let catalogue = session.engine.catalogue();
    let found = found.map_err(page::failed)?.into_iter();
    let shown = found.map(|it| FieldValue::owned_any(show(&catalogue, it)));
    Ok(Some(FieldValue::list(shown)))
}

fn filter_input() -> InputObject {
    let text = |name: &str, description: &str| {
        input::field(name, TypeRef::named(TypeRef::STRING), description)
    };
    let instant = |name: &str, description: &str| {
        input::field(name, TypeRef::named(scalar::DATE_TIME), description)
    };
    InputObject::new("DeadlineFilter")
        .description("Which deadlines; all members must hold.")
        .field(input::field(
            "statuses",
            TypeRef::named_nn_list("DeadlineStatus"),
            "Standing in one of these ways; `OPEN` if not said.",
        ))
        .field(text("key", "Key, as a plugin declares it."))
        .field(text("recordKind", "Kind of the record."))
        .field(text("recordId", "Id of the record."))
        .field(instant("dueFrom", "Over at this instant or later."))
        .field(instant("dueBefore", "Over before this instant."))
        .field(input::field(
            "provisional",
            TypeRef::named(TypeRef::BOOLEAN),
            "Reckoned over a year whose holidays are not published, or not.",
        ))
        .field(input::field(
            "light",
            TypeRef::named(light::TYPE),
            "With this light now.",
        ))
}

/// The kinds of records whose deadlines the principal may list.
fn kinds(session: &Session) -> Result<Vec<Arc<str>>, Error> {
    let (principal, catalogue) = (session.principal()?, session.engine.catalogue());
    let is_operator = principal.audience() == Audience::Admin;
    let plugins = catalogue.plugins.values();
    let active = plugins.filter(|it| catalogue.is_active(&principal.tenant, &it.name));
    let kinds = active.flat_map(|it| &it.record_kinds);
    let readable =
        kinds.filter(|it| is_operator || it.read.iter().any(|it| principal.has_role(it)));
    Ok(readable.map(|it| Arc::clone(&it.kind)).collect())
}

fn filter(ctx: &ResolverContext<'_>, session: &Session) -> Result<DeadlineFilter, Error> {
    let mut filter = DeadlineFilter {
        statuses: vec![DeadlineStatus::Open],
        record_kinds: kinds(session)?,
        ..DeadlineFilter::default()
    };
    let Some(argument) = ctx.args.get("filter").filter(|it| !it.is_null()) else {
        return Ok(filter);
    };
    let argument = argument.object()?;
    if let Some(statuses) = argument.get("statuses").filter(|it| !it.is_null()) {
        let statuses = statuses.list()?;
        let statuses: Result<_, Error> =
            statuses.iter().map(|it| status(it.enum_name()?)).collect();
        filter.statuses = statuses?;
    }
    filter.key = input::text(&argument, "key")?.map(Into::into);
    if let Some(kind) = input::text(&argument, "recordKind")? {
        filter.record_kinds.retain(|it| **it == *kind);
    }
    filter.record_ids = input::text(&argument, "recordId")?
        .map(Into::into)
        .into_iter()
        .collect();
    filter.due_from = instant(&argument, "dueFrom")?;
    filter.due_before = instant(&argument, "dueBefore")?;
    let given = |name: &str| argument.get(name).filter(|it| !it.is_null());
    filter.provisional = given("provisional").map(|it| it.boolean()).transpose()?;
    if let Some(color) = given("light") {
        let now = session.engine.clock().now();
        filter.lamp = Some((light::parse(color.enum_name()?)?, now));
    }
    Ok(filter)
}

fn instant(argument: &ObjectAccessor<'_>, name: &str) -> Result<Option<i64>, Error> {
    let Some(text) = input::text(argument, name)? else {
        return Ok(None);
    };
    let at = DateTime::parse(&text);
    let bad = || {
        failure(
            "BAD_USER_INPUT",
            &format!("expected {name} to be an instant"),
        )
    };
    at.map(|it| Some(it.0)).ok_or_else(bad)
}

fn status(name: &str) -> Result<DeadlineStatus, Error> {
    match name {
        "OPEN" => Ok(DeadlineStatus::Open),
        "PAUSED" => Ok(DeadlineStatus::Paused),
        "CLOSED" => Ok(DeadlineStatus::Closed),
        other => Err(failure(
            "BAD_USER_INPUT",
            &format!("{other} is no status of a deadline"),
        )),
    }
}
