//! Number series and how far they have come.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use super::page::{Keyset, Page, PageRequest, cut};
use crate::database::Database;
use crate::entity::number_series::{Column, Entity, Model};
use crate::error::Error;
use crate::id::TenantId;

/// A number series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberSeries {
    /// Its name with its scope.
    pub series: Arc<str>,
    /// The number that is allocated next.
    pub next_number: i64,
    /// When a number was allocated last.
    pub updated_at: i64,
}

/// All series, by name.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    page: &PageRequest,
) -> Result<Page<NumberSeries>, Error> {
    let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    let keyset = Keyset::new(vec![(Expr::col(Column::Series), Order::Asc)]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read the number series"))?;
    let row = |it: Model| NumberSeries {
        series: it.series.into(),
        next_number: it.next_number,
        updated_at: it.updated_at,
    };
    Ok(cut(rows, page, |it| vec![it.series.as_str().into()], row))
}
