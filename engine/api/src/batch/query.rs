//! `batch` and `batches`, for operators.

use std::sync::Arc;

use async_graphql::Error;
use async_graphql::dynamic::{FieldValue, TypeRef};
use tongban_store::query::batch;
use tongban_store::row::batch::{Batch, BatchOutcome};

use super::object::{self, TYPE};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::global_id::GlobalId;
use crate::input::{self, Page};
use crate::page;
use crate::session::Session;

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let spec = RootField::new(
        "batches",
        TypeRef::named_nn("BatchConnection"),
        "What was asked of many instances at once, the latest first.",
    );
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = Arc::clone(&session.principal()?.tenant).into();
            let request = page::request(Page::of(&ctx)?);
            let found = batch::list(session.engine.database(), &tenant, &request).await;
            Ok(page::field(found.map_err(page::failed)?))
        })
    })?;
    let spec = RootField::new("batch", TypeRef::named(TYPE), "A batch by its id.")
        .argument(input::id("id", "Global id."));
    builder.query(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let row_id = GlobalId::row_of(ctx.args.try_get("id")?.string()?, TYPE);
            match row_id.and_then(|it| it.parse().ok()) {
                Some(id) => load(Session::of(&ctx), id).await,
                None => Ok(None),
            }
        })
    })
}

/// A batch of the tenant.
pub(super) async fn load<'a>(session: &Session, id: i64) -> Result<Option<FieldValue<'a>>, Error> {
    Ok(find(session, id).await?.as_ref().map(object::into_node))
}

/// See [`load`].
pub(super) async fn find(session: &Session, id: i64) -> Result<Option<Batch>, Error> {
    let tenant = Arc::clone(&session.principal()?.tenant).into();
    let found = batch::get(session.engine.database(), &tenant, id).await;
    found.map_err(page::failed)
}

/// What a batch did, whose reader was already allowed to see it.
pub(super) async fn items<'a>(
    session: &Session,
    which: (i64, Option<BatchOutcome>),
    asked: Page,
) -> Result<Option<FieldValue<'a>>, Error> {
    let tenant = Arc::clone(&session.principal()?.tenant).into();
    let request = page::request(asked);
    let found = batch::items(session.engine.database(), &tenant, which, &request).await;
    Ok(page::field(found.map_err(page::failed)?))
}

/// What stood against a batch, whose reader was already allowed to see it.
pub(super) async fn findings<'a>(
    session: &Session,
    id: i64,
) -> Result<Option<FieldValue<'a>>, Error> {
    let tenant = Arc::clone(&session.principal()?.tenant).into();
    let found = batch::findings(session.engine.database(), &tenant, id).await;
    let found = found.map_err(page::failed)?.into_iter();
    Ok(Some(FieldValue::list(found.map(FieldValue::owned_any))))
}
