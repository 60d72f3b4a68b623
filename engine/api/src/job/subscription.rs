//! `jobsAvailable`: a word to workers that would rather be told than wait in line.

use std::sync::Arc;

use async_graphql::Value;
use async_graphql::dynamic::{Object, TypeRef};
use tongban_runtime::change::Subject;

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::follow;
use crate::input;
use crate::session::Session;

struct Available {
    job_type: Arc<str>,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let available = Object::new("JobsAvailable")
        .description("Jobs of a type can be taken.")
        .field(leaf(
            "type",
            TypeRef::named_nn(TypeRef::STRING),
            "The type.",
            |it: &Available, _| Some(Value::from(&*it.job_type)),
        ));
    builder.register(available)?;
    let spec = RootField::new(
        "jobsAvailable",
        TypeRef::named_nn("JobsAvailable"),
        "A word each time a commit offers jobs of a type; take them with `activateJobs`. It is not said when a lease lapses.",
    )
    .argument(input::field("type", TypeRef::named_nn(TypeRef::STRING), "The type, one that the worker may take."));
    builder.subscription(Right::Worker, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx).clone();
            let job_type: Arc<str> = ctx.args.try_get("type")?.string()?.into();
            super::mutation::require_type(&session, &job_type)?;
            let pick = move |subject: &Subject| match subject {
                Subject::Jobs { job_type: offered } if *offered == job_type => {
                    Some(offered.clone())
                }
                _ => None,
            };
            let load = |_, job_type| std::future::ready(Ok(Some(Available { job_type })));
            Ok(follow::stream(session, pick, load))
        })
    })
}
