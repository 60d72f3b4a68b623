//! `processInstance` and `processInstances`, for staff.

use std::sync::Arc;

use async_graphql::Error;
use async_graphql::dynamic::{FieldValue, InputObject, ResolverContext, TypeRef};
use tongban_store::query::process_instance::{self, ProcessInstanceFilter};
use tongban_store::row::process_instance::Status;

use super::object::{self, TYPE};
use crate::auth::principal::Audience;
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::global_id::GlobalId;
use crate::input::{self, Page};
use crate::page;
use crate::session::{Session, failure};

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let text = |name: &str, description: &str| {
        input::field(name, TypeRef::named(TypeRef::STRING), description)
    };
    let filter = InputObject::new("ProcessInstanceFilter")
        .description("Which process instances; all members must hold.")
        .field(input::field(
            "statuses",
            TypeRef::named_nn_list("ProcessInstanceStatus"),
            "Statuses; all if not said.",
        ))
        .field(text("processKey", "BPMN id of the process."))
        .field(text("businessKey", "The case's own number."))
        .field(input::field(
            "withIncident",
            TypeRef::named(TypeRef::BOOLEAN),
            "True for those that an incident stops.",
        ))
        .field(input::field(
            "suspended",
            TypeRef::named(TypeRef::BOOLEAN),
            "True for those that are suspended, false for the others.",
        ));
    builder.register(filter)?;
    let spec = RootField::new(
        "processInstances",
        TypeRef::named_nn("ProcessInstanceConnection"),
        "Process instances of the tenant, oldest first.",
    )
    .argument(input::field(
        "filter",
        TypeRef::named("ProcessInstanceFilter"),
        "Which instances.",
    ));
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = Arc::clone(&session.principal()?.tenant).into();
            let (filter, request) = (filter_of(&ctx)?, page::request(Page::of(&ctx)?));
            let found =
                process_instance::list(session.engine.database(), &tenant, &filter, &request).await;
            Ok(page::field(found.map_err(page::failed)?))
        })
    })?;
    let spec = RootField::new(
        "processInstance",
        TypeRef::named(TYPE),
        "A process instance by its id.",
    )
    .argument(input::id("id", "Global id."));
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let row_id = GlobalId::row_of(ctx.args.try_get("id")?.string()?, TYPE);
            match row_id.and_then(|it| it.parse().ok()) {
                Some(id) => load(Session::of(&ctx), id).await,
                None => Ok(None),
            }
        })
    })
}

fn filter_of(ctx: &ResolverContext<'_>) -> Result<ProcessInstanceFilter, Error> {
    let mut filter = ProcessInstanceFilter::default();
    let Some(argument) = ctx.args.get("filter").filter(|it| !it.is_null()) else {
        return Ok(filter);
    };
    let argument = argument.object()?;
    if let Some(statuses) = argument.get("statuses").filter(|it| !it.is_null()) {
        let read = |name: &str| match name {
            "ACTIVE" => Ok(Status::Active),
            "COMPLETED" => Ok(Status::Completed),
            "CANCELED" => Ok(Status::Canceled),
            "HALTED" => Ok(Status::Halted),
            other => Err(failure(
                "BAD_USER_INPUT",
                &format!("{other} is no status of an instance"),
            )),
        };
        filter.statuses = statuses
            .list()?
            .iter()
            .map(|it| read(it.enum_name()?))
            .collect::<Result<_, Error>>()?;
    }
    filter.process_key = input::text(&argument, "processKey")?.map(Into::into);
    filter.business_key = input::text(&argument, "businessKey")?.map(Into::into);
    filter.with_incident = input::flag(&argument, "withIncident")?;
    let suspended = argument.get("suspended").filter(|it| !it.is_null());
    filter.suspended = suspended.map(|it| it.boolean()).transpose()?;
    Ok(filter)
}

/// An instance of the tenant, for staff.
pub(crate) async fn load<'a>(session: &Session, id: i64) -> Result<Option<FieldValue<'a>>, Error> {
    let principal = session.principal()?;
    if principal.audience() < Audience::Staff {
        return Ok(None);
    }
    if let Some(left) = session.left_process_instance(id) {
        return Ok(Some(object::into_node(&left)));
    }
    let tenant = Arc::clone(&principal.tenant).into();
    let found = process_instance::get(session.engine.database(), &tenant, id.into()).await;
    Ok(found.map_err(page::failed)?.as_ref().map(object::into_node))
}
