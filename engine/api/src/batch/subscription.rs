//! `batchProgressed`: how far a batch is, live.

use async_graphql::dynamic::TypeRef;
use tongban_runtime::change::Subject;

use super::{object, query};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::follow;
use crate::global_id::GlobalId;
use crate::input;
use crate::session::{Session, failure};

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let spec = RootField::new(
        "batchProgressed",
        TypeRef::named_nn(object::TYPE),
        "The batch each time it has gone on; many steps that come together are told once.",
    )
    .argument(input::id("id", "Global id of the batch."));
    builder.subscription(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx).clone();
            let row_id = GlobalId::row_of(ctx.args.try_get("id")?.string()?, object::TYPE);
            let wanted: Option<i64> = row_id.and_then(|it| it.parse().ok());
            let wanted = wanted.ok_or_else(|| {
                failure("BAD_USER_INPUT", "expected id to be the id of a Batch")
            })?;
            let pick = move |subject: &Subject| match subject {
                Subject::Batch(id) if *id == wanted => Some(*id),
                _ => None,
            };
            let load = |session: Session, id| async move { query::find(&session, id).await };
            Ok(follow::stream(session, pick, load))
        })
    })
}
