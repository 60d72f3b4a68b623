//! `noticeReceived`: one's inbox, live.

use async_graphql::dynamic::TypeRef;
use tongban_runtime::change::Subject;

use super::{object, query};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::follow;
use crate::session::Session;

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let spec = RootField::new(
        "noticeReceived",
        TypeRef::named_nn(object::TYPE),
        "Each notice that comes into the principal's inbox.",
    );
    builder.subscription(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx).clone();
            let pick = |subject: &Subject| match subject {
                Subject::Notice(id) => Some(*id),
                _ => None,
            };
            let load = |session: Session, id| async move { query::load(&session, id).await };
            Ok(follow::stream(session, pick, load))
        })
    })
}
