//! Makes the table of a record kind, and adds to it what a later declaration has gained.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::table::{RecordTable, column_name, placeholder};
use super::{Backfill, Column, ColumnType, RecordKind, UniqueKey};
use crate::bulk::{self, Shape};
use crate::dialect::sqlite_statistics;
use crate::entity;
use crate::error::Error;
use crate::id::TenantId;

/// PostgreSQL cuts longer names, and then two of them may be the same.
const NAME_BYTES_MAX: usize = 63;
const BACKFILL_ROWS: usize = 500;

/// Creates the table of a kind, or adds to it what the declaration has gained.
pub(crate) async fn create_or_alter<C: ConnectionTrait>(
    db: &C,
    stored: Option<&RecordTable>,
    kind: &RecordKind,
    backfill: Backfill<'_>,
) -> Result<RecordTable, Error> {
    let mut table = RecordTable::new(kind.clone());
    check(&table)?;
    match stored {
        None => create(db, &table).await?,
        Some(stored) => {
            // A column that is no longer declared stays, so that going back is harmless.
            let gone = stored.kind.columns.iter();
            let gone = gone.filter(|it| !kind.columns.iter().any(|new| new.name == it.name));
            table.kind.columns.extend(gone.cloned());
            table = RecordTable::new(table.kind);
            alter(db, stored, &table, backfill).await?;
        }
    }
    write_declaration(db, &table).await?;
    if db.get_database_backend() == DbBackend::Sqlite {
        let assumed = sqlite_statistics::assume(db, Some(&table.shape.table)).await;
        assumed.map_err(Error::database("tell the planner of a record kind"))?;
    }
    Ok(table)
}

async fn create<C: ConnectionTrait>(db: &C, table: &RecordTable) -> Result<(), Error> {
    let mut columns = vec![
        "\"tenant_id\" text NOT NULL".to_owned(),
        "\"id\" text NOT NULL".to_owned(),
        "\"version\" bigint NOT NULL".to_owned(),
        "\"schema_version\" integer NOT NULL".to_owned(),
        "\"body\" text NOT NULL".to_owned(),
        "\"parties\" text NOT NULL".to_owned(),
        "\"created_at\" bigint NOT NULL".to_owned(),
        "\"updated_at\" bigint NOT NULL".to_owned(),
    ];
    columns.extend(table.kind.columns.iter().map(column_text));
    columns.push("PRIMARY KEY (\"tenant_id\", \"id\")".to_owned());
    let name = &table.shape.table;
    execute(
        db,
        &format!("CREATE TABLE \"{name}\" ({})", columns.join(", ")),
    )
    .await?;
    // Lists are in this order if nobody asks for another.
    let created_at = "\"tenant_id\", \"created_at\", \"id\"";
    execute(
        db,
        &format!("CREATE INDEX \"ix_{name}_created_at\" ON \"{name}\" ({created_at})"),
    )
    .await?;
    for column in &table.kind.columns {
        create_index(db, table, column).await?;
    }
    for unique_key in &table.kind.unique_keys {
        create_unique(db, table, unique_key).await?;
    }
    Ok(())
}

async fn alter<C: ConnectionTrait>(
    db: &C,
    stored: &RecordTable,
    table: &RecordTable,
    backfill: Backfill<'_>,
) -> Result<(), Error> {
    let mut added = Vec::new();
    for column in &table.kind.columns {
        match stored.kind.columns.iter().find(|it| it.name == column.name) {
            Some(before) if before.column_type != column.column_type => {
                return Err(table.bad(format!(
                    "the column {} was declared as {:?} and cannot become {:?}; give the new \
                     column another name",
                    column.name, before.column_type, column.column_type
                )));
            }
            Some(before) if before.indexed || !column.indexed => {}
            Some(_) => create_index(db, table, column).await?,
            None => {
                let text = column_text(column);
                let name = &table.shape.table;
                execute(db, &format!("ALTER TABLE \"{name}\" ADD COLUMN {text}")).await?;
                create_index(db, table, column).await?;
                added.push(column);
            }
        }
    }
    if !added.is_empty() {
        fill(db, table, backfill).await?;
    }
    for unique_key in &table.kind.unique_keys {
        let before = stored
            .kind
            .unique_keys
            .iter()
            .find(|it| it.name == unique_key.name);
        if before.is_some_and(|it| it == unique_key) {
            continue;
        }
        let index = index_name(&stored.kind.kind, &unique_key.name);
        execute(db, &format!("DROP INDEX IF EXISTS \"{index}\"")).await?;
        create_unique(db, table, unique_key).await?;
    }
    for before in &stored.kind.unique_keys {
        if !table
            .kind
            .unique_keys
            .iter()
            .any(|it| it.name == before.name)
        {
            let index = index_name(&stored.kind.kind, &before.name);
            execute(db, &format!("DROP INDEX IF EXISTS \"{index}\"")).await?;
        }
    }
    Ok(())
}

/// Computes the columns of all stored records again, page by page.
async fn fill<C: ConnectionTrait>(
    db: &C,
    table: &RecordTable,
    backfill: Backfill<'_>,
) -> Result<(), Error> {
    let backend = db.get_database_backend();
    let (first, second) = (placeholder(backend, 1), placeholder(backend, 2));
    let text = format!(
        "{} WHERE (\"tenant_id\", \"id\") > ({first}, {second}) \
         ORDER BY \"tenant_id\", \"id\" LIMIT {BACKFILL_ROWS}",
        table.select()
    );
    let mut after = (String::new(), String::new());
    loop {
        let values: [Value; 2] = [after.0.as_str().into(), after.1.as_str().into()];
        let statement = Statement::from_sql_and_values(backend, text.as_str(), values);
        let failed = Error::database("fill the new columns of records");
        let results = db.query_all_raw(statement).await.map_err(&failed)?;
        let mut rows = Vec::with_capacity(results.len());
        for result in &results {
            let tenant: String = result.try_get("", "tenant_id").map_err(&failed)?;
            let mut row = table.row(result)?;
            row.columns = backfill(&row.record.body);
            table.check_columns(&row.columns)?;
            rows.push(table.values(&TenantId::new(&tenant), &row));
            after = (tenant, row.record.id.to_string());
        }
        if rows.is_empty() {
            return Ok(());
        }
        bulk::upsert(db, &table.shape, rows).await?;
    }
}

async fn write_declaration<C: ConnectionTrait>(db: &C, table: &RecordTable) -> Result<(), Error> {
    let declaration = serde_json::to_string(&table.kind)
        .expect("a declaration is made of strings, numbers and lists");
    let model = entity::record_kind::Model {
        tenant_id: TenantId::server().as_str().to_owned(),
        kind: table.kind.kind.to_string(),
        declaration,
    };
    let shape = Shape::of::<entity::record_kind::Entity>();
    bulk::upsert(db, &shape, vec![bulk::values(&model)]).await
}

async fn create_index<C: ConnectionTrait>(
    db: &C,
    table: &RecordTable,
    column: &Column,
) -> Result<(), Error> {
    if !column.indexed {
        return Ok(());
    }
    let index = format!("ix_{}_{}", table.shape.table, column.name);
    let (name, column) = (&table.shape.table, column_name(&column.name));
    let columns = format!("\"tenant_id\", \"{column}\", \"id\"");
    execute(
        db,
        &format!("CREATE INDEX IF NOT EXISTS \"{index}\" ON \"{name}\" ({columns})"),
    )
    .await
}

async fn create_unique<C: ConnectionTrait>(
    db: &C,
    table: &RecordTable,
    unique_key: &UniqueKey,
) -> Result<(), Error> {
    let index = index_name(&table.kind.kind, &unique_key.name);
    let mut columns = vec!["\"tenant_id\"".to_owned()];
    columns.extend(
        unique_key
            .columns
            .iter()
            .map(|it| format!("\"{}\"", column_name(it))),
    );
    let mut text = format!(
        "CREATE UNIQUE INDEX \"{index}\" ON \"{}\" ({})",
        table.shape.table,
        columns.join(", ")
    );
    if let Some(when) = table.when_text(unique_key)? {
        text += &format!(" WHERE {when}");
    }
    execute(db, &text).await
}

async fn execute<C: ConnectionTrait>(db: &C, text: &str) -> Result<(), Error> {
    let done = db.execute_unprepared(text).await;
    done.map_err(Error::database("make the table of a record kind"))
        .map(|_| ())
}

/// Refuses a declaration whose table could not be made.
fn check(table: &RecordTable) -> Result<(), Error> {
    check_name(&table.kind.kind).map_err(|reason| table.bad(reason))?;
    let mut names = BTreeSet::new();
    for column in &table.kind.columns {
        check_name(&column.name).map_err(|reason| table.bad(reason))?;
        // The databases do not tell upper from lower case apart in the same way.
        if !names.insert(column.name.to_lowercase()) {
            return Err(table.bad(format!("the column {} is declared twice", column.name)));
        }
    }
    for unique_key in &table.kind.unique_keys {
        check_name(&unique_key.name).map_err(|reason| table.bad(reason))?;
        table.when_text(unique_key)?;
        for name in &unique_key.columns {
            if !table.kind.columns.iter().any(|it| it.name == *name) {
                return Err(table.bad(format!(
                    "the unique key {} names the column {name}, which is not declared",
                    unique_key.name
                )));
            }
        }
    }
    Ok(())
}

fn index_name(kind: &str, key: &str) -> String {
    format!("uq_{kind}_{key}")
}

fn column_text(column: &Column) -> String {
    let column_type = match column.column_type {
        ColumnType::Text | ColumnType::Date => "text",
        ColumnType::Integer | ColumnType::Instant => "bigint",
        ColumnType::Boolean => "boolean",
    };
    format!("\"{}\" {column_type}", column_name(&column.name))
}

fn check_name(name: &str) -> Result<(), String> {
    // Table, column and index names are built of at most two of these and a prefix.
    let fits = !name.is_empty() && name.len() <= (NAME_BYTES_MAX - 11) / 2;
    if fits
        && name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'_')
    {
        return Ok(());
    }
    Err(format!(
        "expected a name of 1 to 26 letters, digits and underscores, found {name:?}"
    ))
}
