//! Pages of the store as connections.

use async_graphql::Error;
use async_graphql::dynamic::FieldValue;
use tongban_store::error::Error as StoreError;
use tongban_store::query::page::{Cursor, Page as StoredPage, PageRequest};

use crate::connection::{Connection, Row};
use crate::input::Page;
use crate::session::failure;

/// What a connection's arguments ask of the store.
pub(crate) fn request(page: Page) -> PageRequest {
    PageRequest {
        first: u32::try_from(page.first).unwrap_or(u32::MAX),
        after: page.after.as_deref().map(Cursor::from_text),
    }
}

/// A stored page as a connection.
pub(crate) fn connection<T, N>(page: StoredPage<T>, convert: impl Fn(T) -> N) -> Connection<N> {
    let rows = page.edges.into_iter().map(|edge| Row {
        cursor: edge.cursor.as_str().to_owned(),
        node: convert(edge.node),
    });
    Connection {
        rows: rows.collect(),
        has_next_page: page.has_next_page,
    }
}

/// A stored page as the value of a connection field.
pub(crate) fn field<'a, T: Send + Sync + 'static>(page: StoredPage<T>) -> Option<FieldValue<'a>> {
    Some(FieldValue::owned_any(connection(page, |it| it)))
}

/// A failed query, said without what the database said.
pub(crate) fn failed(error: StoreError) -> Error {
    if matches!(error, StoreError::BadCursor) {
        return failure("BAD_USER_INPUT", "after is not a cursor of this list");
    }
    if matches!(error, StoreError::Unreachable { .. }) {
        tracing::warn!(error = %Chain(&error), "a query was not answered");
        return failure(
            "ENGINE_UNAVAILABLE",
            "the database cannot be reached, ask again",
        );
    }
    tracing::error!(error = %Chain(&error), "a query failed");
    failure("INTERNAL", "the query failed")
}

struct Chain<'a>(&'a StoreError);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = std::error::Error::source(self.0);
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}
