//! Records of a kind, by their declared columns and by the citizens who own them.

use std::sync::Arc;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use sea_orm::{ConnectionTrait, DbErr};

use super::page::{CursorValue, Keyset, Page, PageRequest, cut};
use crate::database::Database;
use crate::error::Error;
use crate::id::TenantId;
use crate::record_kind::{ColumnType, RecordTable, column_name};
use crate::row::record::{ColumnValue, Record};
use crate::unit_of_work::tables::RecordRow;

/// Which records; what is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// With such values in declared columns; all of them must hold.
    pub columns: Vec<ColumnFilter>,
    /// Owned by this citizen.
    pub party: Option<Arc<str>>,
    /// With one of these ids.
    pub ids: Vec<Arc<str>>,
    /// In this order.
    pub order: RecordOrder,
}

/// A test of a declared column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnFilter {
    /// Name of the column.
    pub column: Arc<str>,
    /// The test.
    pub test: ColumnTest,
}

/// A test of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnTest {
    /// It is this one.
    Equals(ColumnValue),
    /// It is one of these.
    In(Vec<ColumnValue>),
    /// It lies between these; both ends belong to the range.
    Between {
        /// The least value.
        from: Option<ColumnValue>,
        /// The greatest value.
        to: Option<ColumnValue>,
    },
    /// There is none.
    IsNull,
}

/// The order of a list of records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RecordOrder {
    /// By id.
    #[default]
    Id,
    /// The newest first.
    CreatedDescending,
    /// Changed last, shown first.
    UpdatedDescending,
    /// By the values of a declared column that is no truth value, the least first; records without
    /// one are left out.
    Column(Arc<str>),
}

/// Records in an order, as committed.
///
/// # Errors
/// [`Error::UnknownRecordKind`], [`Error::UnknownRecordColumn`], [`Error::BadCursor`];
/// [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    kind: &str,
    filter: &RecordFilter,
    page: &PageRequest,
) -> Result<Page<Record>, Error> {
    let table = table(database, kind).await?;
    find(database.readers(), &table, tenant, filter, page).await
}

/// One record, as committed.
///
/// # Errors
/// [`Error::UnknownRecordKind`]; [`Error::Database`].
pub async fn get(
    database: &Database,
    tenant: &TenantId,
    kind: &str,
    id: &str,
) -> Result<Option<Record>, Error> {
    let table = table(database, kind).await?;
    let row = table.read(database.readers(), tenant, id).await?;
    Ok(row.map(|it| it.record))
}

/// The citizens who own a record, as committed.
///
/// # Errors
/// [`Error::UnknownRecordKind`]; [`Error::Database`].
pub async fn parties(
    database: &Database,
    tenant: &TenantId,
    kind: &str,
    id: &str,
) -> Result<Vec<Arc<str>>, Error> {
    let table = table(database, kind).await?;
    let row = table.read(database.readers(), tenant, id).await?;
    Ok(row.map(|it| it.parties).unwrap_or_default())
}

async fn table(database: &Database, kind: &str) -> Result<Arc<RecordTable>, Error> {
    if let Some(table) = database.record_table(kind) {
        return Ok(table);
    }
    database.reload_kinds().await?;
    let table = database.record_table(kind);
    table.ok_or_else(|| Error::UnknownRecordKind {
        kind: kind.to_owned(),
    })
}

pub(crate) async fn find<C: ConnectionTrait>(
    db: &C,
    table: &RecordTable,
    tenant: &TenantId,
    filter: &RecordFilter,
    page: &PageRequest,
) -> Result<Page<Record>, Error> {
    let mut select = select(table, tenant, filter)?;
    select.columns(table.shape.columns.iter().map(Alias::new));
    if let RecordOrder::Column(name) = &filter.order {
        let column = table.declares(name)?;
        if column.column_type == ColumnType::Boolean {
            return Err(Error::UnknownRecordColumn {
                kind: table.kind.kind.to_string(),
                column: name.to_string(),
            });
        }
        select.and_where(col(&column_name(name)).is_not_null());
    }
    keyset(&filter.order).apply(&mut select, page)?;
    let results = db
        .query_all(&select)
        .await
        .map_err(Error::database("read records"))?;
    let rows: Result<Vec<RecordRow>, Error> = results.iter().map(|it| table.row(it)).collect();
    let place = |it: &RecordRow| place(&filter.order, it);
    Ok(cut(rows?, page, place, |it| it.record))
}

pub(crate) async fn count<C: ConnectionTrait>(
    db: &C,
    table: &RecordTable,
    tenant: &TenantId,
    filter: &RecordFilter,
) -> Result<u64, Error> {
    let failed = Error::database("count records");
    let mut select = select(table, tenant, filter)?;
    select.expr_as(Expr::cust("count(*)"), Alias::new("n"));
    let found = db.query_one(&select).await.map_err(&failed)?;
    let found = found.ok_or_else(|| failed(DbErr::RecordNotFound("a count".to_owned())))?;
    let n: i64 = found.try_get("", "n").map_err(&failed)?;
    Ok(n.unsigned_abs())
}

fn select(
    table: &RecordTable,
    tenant: &TenantId,
    filter: &RecordFilter,
) -> Result<SelectStatement, Error> {
    let mut select = Query::select();
    select.from(Alias::new(&table.shape.table));
    select.and_where(col("tenant_id").eq(tenant.as_str()));
    for it in &filter.columns {
        for test in tests(table, it)? {
            select.and_where(test);
        }
    }
    if !filter.ids.is_empty() {
        select.and_where(col("id").is_in(filter.ids.iter().map(|it| &**it)));
    }
    if let Some(person) = &filter.party {
        let owned = Query::select()
            .column(Alias::new("record_id"))
            .from(Alias::new("record_party"))
            .and_where(col("tenant_id").eq(tenant.as_str()))
            .and_where(col("person_id").eq(&**person))
            .and_where(col("kind").eq(&*table.kind.kind))
            .take();
        select.and_where(col("id").in_subquery(owned));
    }
    Ok(select)
}

fn tests(table: &RecordTable, filter: &ColumnFilter) -> Result<Vec<SimpleExpr>, Error> {
    let name = &filter.column;
    let column = || col(&column_name(name));
    let operand = |value: &ColumnValue| -> Result<SimpleExpr, Error> {
        let column_type = table.column(name, value)?.column_type;
        Ok(Expr::val(column_type.value(Some(value))))
    };
    Ok(match &filter.test {
        ColumnTest::Equals(value) => vec![column().eq(operand(value)?)],
        ColumnTest::In(values) => {
            let operands: Result<Vec<_>, Error> = values.iter().map(operand).collect();
            vec![column().is_in(operands?)]
        }
        ColumnTest::Between { from, to } => {
            let mut tests = Vec::new();
            if let Some(from) = from {
                tests.push(column().gte(operand(from)?));
            }
            if let Some(to) = to {
                tests.push(column().lte(operand(to)?));
            }
            tests
        }
        ColumnTest::IsNull => {
            table.declares(name)?;
            vec![column().is_null()]
        }
    })
}

fn keyset(order: &RecordOrder) -> Keyset {
    let id = |order| (col("id"), order);
    Keyset::new(match order {
        RecordOrder::Id => vec![id(Order::Asc)],
        RecordOrder::CreatedDescending => vec![(col("created_at"), Order::Desc), id(Order::Desc)],
        RecordOrder::UpdatedDescending => vec![(col("updated_at"), Order::Desc), id(Order::Desc)],
        RecordOrder::Column(name) => vec![(col(&column_name(name)), Order::Asc), id(Order::Asc)],
    })
}

fn place(order: &RecordOrder, row: &RecordRow) -> Vec<CursorValue> {
    let record = &row.record;
    let id = CursorValue::from(&*record.id);
    match order {
        RecordOrder::Id => vec![id],
        RecordOrder::CreatedDescending => vec![record.created_at.into(), id],
        RecordOrder::UpdatedDescending => vec![record.updated_at.into(), id],
        RecordOrder::Column(name) => {
            let value = match row.columns.get(name) {
                Some(ColumnValue::Text(it) | ColumnValue::Date(it)) => CursorValue::from(&**it),
                Some(ColumnValue::Integer(it) | ColumnValue::Instant(it)) => (*it).into(),
                // Neither is in such a list.
                Some(ColumnValue::Boolean(_)) | None => CursorValue::from(""),
            };
            vec![value, id]
        }
    }
}

fn col(name: &str) -> SimpleExpr {
    Expr::col(Alias::new(name))
}
