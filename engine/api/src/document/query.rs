//! `document`, `documents` and `documentPreview`.

use std::sync::Arc;

use async_graphql::Error;
use async_graphql::dynamic::{FieldValue, TypeRef};
use tongban_runtime::error::CommandError;
use tongban_store::query::document;
use tongban_store::row::document::Document;

use super::object::{self, PAGE, TYPE};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::global_id::GlobalId;
use crate::input::{self, Page};
use crate::page;
use crate::session::{Session, failure};

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let spec = RootField::new(
        "document",
        TypeRef::named(TYPE),
        "A document by its id; null if there is none or the principal may not read it.",
    )
    .argument(input::id("id", "Global id."));
    builder.query(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let id = ctx.args.try_get("id")?.string()?;
            let found = find(Session::of(&ctx), id).await?;
            Ok(found.as_ref().map(object::into_node))
        })
    })?;
    let spec = RootField::new(
        "documentPreview",
        TypeRef::named_nn_list(PAGE),
        "The pages of a document with every text at its place; null like `document`, empty for a workbook.",
    )
    .argument(input::id("id", "Global id."));
    builder.query(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let Some(found) = find(session, ctx.args.try_get("id")?.string()?).await? else {
                return Ok(None);
            };
            let tenant = Arc::clone(&session.principal()?.tenant).into();
            let pages = session.engine.document_pages(&tenant, &found).await;
            let pages = pages
                .map_err(refused)?
                .into_iter()
                .map(FieldValue::owned_any);
            Ok(Some(FieldValue::list(pages)))
        })
    })?;
    register_list(builder)
}

fn register_list(builder: &mut Builder) -> Result<(), NameClash> {
    let spec = RootField::new(
        "documents",
        TypeRef::named_nn("IssuedDocumentConnection"),
        "Documents about a record that the principal may read, the latest first.",
    )
    .argument(input::field(
        "recordKind",
        TypeRef::named_nn(TypeRef::STRING),
        "The kind of the record.",
    ))
    .argument(input::field(
        "recordId",
        TypeRef::named_nn(TypeRef::STRING),
        "The record, by its id within the kind.",
    ));
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let principal = session.principal()?;
            let kind = ctx.args.try_get("recordKind")?.string()?;
            let id = ctx.args.try_get("recordId")?.string()?;
            let readable = super::readable(&session.engine, principal, (kind, id)).await;
            let (keys, person) = readable.map_err(refused)?;
            let tenant = Arc::clone(&principal.tenant).into();
            let request = page::request(Page::of(&ctx)?);
            let which = (keys.as_slice(), person.as_deref());
            let database = session.engine.database();
            let found = document::list(database, &tenant, (kind, id), which, &request).await;
            Ok(page::field(found.map_err(page::failed)?))
        })
    })
}

async fn find(session: &Session, id: &str) -> Result<Option<Document>, Error> {
    let row_id = GlobalId::row_of(id, TYPE).and_then(|it| it.parse().ok());
    match row_id {
        Some(row_id) => {
            let found = super::find(&session.engine, session.principal()?, row_id).await;
            found.map_err(refused)
        }
        None => Ok(None),
    }
}

/// A query has no `userErrors`: what stands against it is an error of the field.
fn refused(error: CommandError) -> Error {
    let errors = error.user_errors();
    match errors.first() {
        Some(first) => failure(&first.code, &first.text.en),
        None => failure("ENGINE_FAILED", "the document could not be made"),
    }
}
