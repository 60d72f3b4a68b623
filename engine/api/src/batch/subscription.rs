//! `batchProgressed`: how far a batch is, live.

use async_graphql::Error;
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
        "A batch each time it has gone on; steps that are committed together are told once.",
    )
    .argument(input::field(
        "id",
        TypeRef::named(TypeRef::ID),
        "Global id of the batch; all batches if not given.",
    ));
    builder.subscription(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx).clone();
            let wanted = match ctx.args.get("id").filter(|it| !it.is_null()) {
                Some(id) => Some(read_id(id.string()?)?),
                None => None,
            };
            let pick = move |subject: &Subject| match subject {
                Subject::Batch(id) if wanted.is_none_or(|it| it == *id) => Some(*id),
                _ => None,
            };
            let load = |session: Session, id| async move { query::find(&session, id).await };
            Ok(follow::stream(session, pick, load))
        })
    })
}

fn read_id(id: &str) -> Result<i64, Error> {
    let row_id = GlobalId::row_of(id, object::TYPE);
    row_id
        .and_then(|it| it.parse().ok())
        .ok_or_else(|| failure("BAD_USER_INPUT", "expected id to be the id of a Batch"))
}
