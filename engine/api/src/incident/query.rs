//! `incidents`, for those who mend.

use std::sync::Arc;

use async_graphql::Error;
use async_graphql::dynamic::{FieldValue, InputObject, ResolverContext, TypeRef};
use tongban_runtime::command::IncidentId;
use tongban_store::query::incident::{self, IncidentFilter};

use super::object;
use crate::auth::principal::Audience;
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::input::{self, Page};
use crate::page;
use crate::session::Session;

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let text = |name: &str, description: &str| {
        input::field(name, TypeRef::named(TypeRef::STRING), description)
    };
    let filter = InputObject::new("IncidentFilter")
        .description("Which incidents; all members must hold.")
        .field(input::field(
            "open",
            TypeRef::named(TypeRef::BOOLEAN),
            "True for open ones, false for resolved ones; both if not said.",
        ))
        .field(text("processKey", "BPMN id of the process."))
        .field(text("kind", "Stable code of what happened."));
    builder.register(filter)?;
    let spec = RootField::new(
        "incidents",
        TypeRef::named_nn("IncidentConnection"),
        "Incidents of the tenant, oldest first.",
    )
    .argument(input::field(
        "filter",
        TypeRef::named("IncidentFilter"),
        "Which incidents.",
    ));
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = Arc::clone(&session.principal()?.tenant).into();
            let (filter, request) = (filter_of(&ctx)?, page::request(Page::of(&ctx)?));
            let found = incident::list(session.engine.database(), &tenant, &filter, &request).await;
            Ok(page::field(found.map_err(page::failed)?))
        })
    })
}

fn filter_of(ctx: &ResolverContext<'_>) -> Result<IncidentFilter, Error> {
    let mut filter = IncidentFilter::default();
    let Some(argument) = ctx.args.get("filter").filter(|it| !it.is_null()) else {
        return Ok(filter);
    };
    let argument = argument.object()?;
    filter.open = argument
        .get("open")
        .filter(|it| !it.is_null())
        .map(|it| it.boolean())
        .transpose()?;
    filter.process_key = input::text(&argument, "processKey")?.map(Into::into);
    filter.kind = input::text(&argument, "kind")?.map(Into::into);
    Ok(filter)
}

/// An incident of the tenant, for staff.
pub(crate) async fn load<'a>(
    session: &Session,
    id: IncidentId,
) -> Result<Option<FieldValue<'a>>, Error> {
    let principal = session.principal()?;
    if principal.audience() < Audience::Staff {
        return Ok(None);
    }
    let tenant = Arc::clone(&principal.tenant).into();
    let database = session.engine.database();
    let found = incident::get(
        database,
        &tenant,
        id.process_instance.into(),
        id.number.into(),
    )
    .await;
    Ok(found.map_err(page::failed)?.as_ref().map(object::into_node))
}
