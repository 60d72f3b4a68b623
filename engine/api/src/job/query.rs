//! `jobs`: what waits for workers and connectors, and with whom it is.

use async_graphql::Error;
use async_graphql::dynamic::{InputObject, ResolverContext, TypeRef};
use tongban_store::query::job::{self, JobFilter};

use super::object;
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::input::{self, Page};
use crate::page;
use crate::session::{Session, failure};

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    if builder.shows(&Right::Operator) {
        object::register(builder)?;
        builder.register(filter_input())?;
    }
    let filter = input::field("filter", TypeRef::named("JobFilter"), "Which jobs.");
    let spec = RootField::new(
        "jobs",
        TypeRef::named_nn("JobConnection"),
        "Open jobs of the tenant's processes, in order of their instances.",
    )
    .argument(filter);
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = session.tenant()?.into();
            let (filter, request) = (filter_of(&ctx)?, page::request(Page::of(&ctx)?));
            let found = job::list(session.engine.database(), &tenant, &filter, &request).await;
            Ok(page::field(found.map_err(page::failed)?))
        })
    })
}

fn filter_input() -> InputObject {
    InputObject::new("JobFilter")
        .description("Which jobs; all members must hold.")
        .field(input::field(
            "type",
            TypeRef::named(TypeRef::STRING),
            "Type of the job.",
        ))
        .field(input::field(
            "queued",
            TypeRef::named(TypeRef::BOOLEAN),
            "True for those that somebody may take or has taken, false for the others.",
        ))
        .field(input::field(
            "processInstanceId",
            TypeRef::named(TypeRef::ID),
            "Global id of the instance.",
        ))
}

fn filter_of(ctx: &ResolverContext<'_>) -> Result<JobFilter, Error> {
    let mut filter = JobFilter::default();
    let Some(argument) = ctx.args.get("filter").filter(|it| !it.is_null()) else {
        return Ok(filter);
    };
    let argument = argument.object()?;
    filter.job_type = input::text(&argument, "type")?.map(Into::into);
    filter.queued = argument
        .get("queued")
        .filter(|it| !it.is_null())
        .map(|it| it.boolean())
        .transpose()?;
    if input::text(&argument, "processInstanceId")?.is_some() {
        let row_id = input::row_id(&argument, "processInstanceId", "ProcessInstance")?;
        let id: i64 = row_id.parse().map_err(|_| {
            failure(
                "BAD_USER_INPUT",
                "expected processInstanceId to be the id of a ProcessInstance",
            )
        })?;
        filter.process_instance_id = Some(id.into());
    }
    Ok(filter)
}
