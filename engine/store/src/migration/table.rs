//! Tables as data: how the migrations say what they create.
//!
//! A migration uses this form and never an entity, so that it means the same for ever.

use sea_orm_migration::prelude::{
    Alias, ColumnDef, ConditionalStatement as _, DbErr, Expr, Index as IndexStatement,
    SchemaManager, Table as TableStatement,
};
use sea_orm_migration::sea_orm::DbBackend;

/// A table to create.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// So many of the first columns are the primary key.
    pub(crate) n_key: usize,
    pub(crate) columns: &'static [(&'static str, Type)],
    pub(crate) indexes: &'static [Index],
}

/// Type of a column; not null unless it says so.
#[derive(Clone, Copy)]
pub(crate) enum Type {
    Text,
    BigInt,
    Int,
    SmallInt,
    Bool,
    Bytes,
    Nullable(&'static Type),
}

/// A secondary index.
pub(crate) enum Index {
    /// On the tenant and these columns.
    PerTenant(&'static [&'static str]),
    /// Unique on the tenant and these columns.
    Unique(&'static [&'static str]),
    /// On these columns alone: for what the server looks for over all tenants.
    OverTenants(&'static [&'static str]),
    /// On these columns alone, of the rows that fulfil a condition.
    Partial(&'static [&'static str], &'static str),
    /// On the tenant and these columns, of the rows that fulfil a condition.
    PartialPerTenant(&'static [&'static str], &'static str),
}

/// Creates tables with their indexes.
pub(crate) async fn create(manager: &SchemaManager<'_>, tables: &[Table]) -> Result<(), DbErr> {
    for table in tables {
        create_table(manager, table).await?;
        for index in table.indexes {
            create_index(manager, table.name, index).await?;
        }
    }
    Ok(())
}

async fn create_table(manager: &SchemaManager<'_>, table: &Table) -> Result<(), DbErr> {
    let mut statement = TableStatement::create();
    statement.table(Alias::new(table.name));
    let mut key = IndexStatement::create();
    for (position, (name, column_type)) in table.columns.iter().enumerate() {
        let mut column = ColumnDef::new(Alias::new(*name));
        set_type(&mut column, *column_type);
        statement.col(&mut column);
        if position < table.n_key {
            key.col(Alias::new(*name));
        }
    }
    statement.primary_key(&mut key);
    // Small rows live in the key's own tree: one page written where there would be two. A row that
    // carries bytes would crowd that tree.
    let has_bytes = table
        .columns
        .iter()
        .any(|(_, it)| matches!(it, Type::Bytes));
    if manager.get_database_backend() == DbBackend::Sqlite && !has_bytes {
        statement.extra("WITHOUT ROWID");
    }
    manager.create_table(statement).await
}

fn set_type(column: &mut ColumnDef, column_type: Type) {
    let (column_type, nullable) = match column_type {
        Type::Nullable(inner) => (*inner, true),
        plain => (plain, false),
    };
    match column_type {
        Type::Nullable(_) => unreachable!("a type is nullable once"),
        Type::Text => column.text(),
        Type::BigInt => column.big_integer(),
        Type::Int => column.integer(),
        Type::SmallInt => column.small_integer(),
        Type::Bool => column.boolean(),
        Type::Bytes => column.blob(),
    };
    if !nullable {
        column.not_null();
    }
}

async fn create_index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    index: &Index,
) -> Result<(), DbErr> {
    let mut statement = IndexStatement::create();
    let (columns, per_tenant) = match index {
        Index::PerTenant(columns) => (columns, true),
        Index::Unique(columns) => {
            statement.unique();
            (columns, true)
        }
        Index::OverTenants(columns) => (columns, false),
        Index::Partial(columns, condition) => {
            statement.and_where(Expr::cust(*condition));
            (columns, false)
        }
        Index::PartialPerTenant(columns, condition) => {
            statement.and_where(Expr::cust(*condition));
            (columns, true)
        }
    };
    statement.name(format!("ix_{table}_{}", columns.join("_")));
    statement.table(Alias::new(table));
    if per_tenant {
        statement.col(Alias::new("tenant_id"));
    }
    for column in *columns {
        statement.col(Alias::new(*column));
    }
    manager.create_index(statement).await
}
