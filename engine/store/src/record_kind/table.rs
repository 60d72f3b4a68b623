//! The table of a record kind: its statements, its creation and its upgrade.

use std::collections::BTreeSet;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryResult, Statement, Value};

use super::{Backfill, Column, ColumnType, RecordKind, UniqueKey};
use crate::bulk::{self, Shape};
use crate::entity;
use crate::error::Error;
use crate::id::TenantId;
use crate::row::record::{ColumnValue, Columns, Record};
use crate::unit_of_work::tables::RecordRow;

/// Columns that every record has, the key first.
const FIXED_COLUMNS: [&str; 8] = [
    "tenant_id",
    "id",
    "version",
    "schema_version",
    "body",
    "parties",
    "created_at",
    "updated_at",
];
/// PostgreSQL cuts longer names, and then two of them may be the same.
const NAME_BYTES_MAX: usize = 63;
const BACKFILL_ROWS: usize = 500;

/// A record kind with what its statements need.
#[derive(Debug, Clone)]
pub(crate) struct RecordTable {
    pub(crate) kind: RecordKind,
    pub(crate) shape: Shape,
}

impl RecordTable {
    pub(crate) fn new(kind: RecordKind) -> RecordTable {
        let fixed = FIXED_COLUMNS.iter().map(|it| (*it).to_owned());
        let declared = kind.columns.iter().map(|it| column_name(&it.name));
        let shape = Shape {
            table: format!("record_{}", kind.kind),
            columns: fixed.chain(declared).collect(),
            n_key: 2,
            version: None,
        };
        RecordTable { kind, shape }
    }

    /// Refuses values of columns that are not declared, or not of that type.
    pub(crate) fn check_columns(&self, columns: &Columns) -> Result<(), Error> {
        for (name, value) in columns {
            self.column(name, value)?;
        }
        Ok(())
    }

    /// The declared column that such a value belongs to.
    pub(crate) fn column(&self, name: &str, value: &ColumnValue) -> Result<&Column, Error> {
        let column = self.kind.columns.iter().find(|it| &*it.name == name);
        column
            .filter(|it| it.column_type == value.column_type())
            .ok_or_else(|| Error::UnknownRecordColumn {
                kind: self.kind.kind.to_string(),
                column: name.to_owned(),
            })
    }

    /// A row in the order of the shape's columns.
    pub(crate) fn values(&self, tenant: &TenantId, row: &RecordRow) -> Vec<Value> {
        let record = &row.record;
        let mut values: Vec<Value> = vec![
            tenant.as_str().into(),
            (*record.id).into(),
            record.version.into(),
            record.schema_version.into(),
            (*record.body).into(),
            parties_text(&row.parties).into(),
            record.created_at.into(),
            record.updated_at.into(),
        ];
        let declared = self.kind.columns.iter();
        values.extend(declared.map(|it| it.column_type.value(row.columns.get(&it.name))));
        values
    }

    /// Reads one record.
    pub(crate) async fn read<C: ConnectionTrait>(
        &self,
        db: &C,
        tenant: &TenantId,
        id: &str,
    ) -> Result<Option<RecordRow>, Error> {
        let backend = db.get_database_backend();
        let key = match backend {
            DbBackend::Postgres => "\"tenant_id\" = $1 AND \"id\" = $2",
            _ => "\"tenant_id\" = ? AND \"id\" = ?",
        };
        let text = format!("{} WHERE {key}", self.select());
        let values = [tenant.as_str().into(), id.into()];
        let statement = Statement::from_sql_and_values(backend, text, values);
        let found = db
            .query_one_raw(statement)
            .await
            .map_err(Error::database("read a record"))?;
        found.map(|it| self.row(&it)).transpose()
    }

    /// Ids of the records that hold values under a unique key.
    pub(crate) async fn holders<C: ConnectionTrait>(
        &self,
        db: &C,
        tenant: &TenantId,
        unique_key: &UniqueKey,
        held: &[ColumnValue],
    ) -> Result<Vec<Arc<str>>, Error> {
        let backend = db.get_database_backend();
        let mut values: Vec<Value> = vec![tenant.as_str().into()];
        let mut tests = vec![format!("\"tenant_id\" = {}", placeholder(backend, 1))];
        for (name, value) in unique_key.columns.iter().zip(held) {
            values.push(value.column_type().value(Some(value)));
            let place = placeholder(backend, values.len());
            tests.push(format!("\"{}\" = {place}", column_name(name)));
        }
        tests.extend(self.when_text(unique_key)?);
        let text = format!(
            "SELECT \"id\" FROM \"{}\" WHERE {}",
            self.shape.table,
            tests.join(" AND ")
        );
        let failed = Error::database("read the holder of a unique key");
        let statement = Statement::from_sql_and_values(backend, text, values);
        let rows = db.query_all_raw(statement).await.map_err(&failed)?;
        let id = |row: &QueryResult| row.try_get::<String>("", "id").map(Arc::from);
        rows.iter()
            .map(id)
            .collect::<Result<_, _>>()
            .map_err(failed)
    }

    /// Whether a row gives up what it holds under a unique key in the database.
    pub(crate) fn leaves_unique_key(&self, row: &RecordRow) -> bool {
        self.kind
            .unique_keys
            .iter()
            .any(|key| match &row.stored_columns {
                Some(stored) => key.values(stored) != key.values(&row.columns),
                None => true,
            })
    }

    /// `SELECT` of all columns, without a condition.
    pub(crate) fn select(&self) -> String {
        let columns: Vec<_> = self
            .shape
            .columns
            .iter()
            .map(|it| format!("\"{it}\""))
            .collect();
        format!(
            "SELECT {} FROM \"{}\"",
            columns.join(", "),
            self.shape.table
        )
    }

    /// A row of [`RecordTable::select`].
    pub(crate) fn row(&self, result: &QueryResult) -> Result<RecordRow, Error> {
        let failed = Error::database("read a record");
        let text = |name: &str| result.try_get::<String>("", name);
        let record = Record {
            id: text("id").map_err(&failed)?.into(),
            version: result.try_get("", "version").map_err(&failed)?,
            schema_version: result.try_get("", "schema_version").map_err(&failed)?,
            body: text("body").map_err(&failed)?.into(),
            created_at: result.try_get("", "created_at").map_err(&failed)?,
            updated_at: result.try_get("", "updated_at").map_err(&failed)?,
        };
        let mut columns = Columns::new();
        for column in &self.kind.columns {
            let value = column.column_type.read(result, &column_name(&column.name));
            if let Some(value) = value.map_err(&failed)? {
                columns.insert(column.name.clone(), value);
            }
        }
        let parties = parties_of(&text("parties").map_err(&failed)?)?;
        Ok(RecordRow {
            stored_version: Some(record.version),
            stored_parties: parties.clone(),
            stored_columns: Some(columns.clone()),
            record,
            columns,
            parties,
        })
    }

    /// The condition under which a record takes part in a unique key, as SQL.
    fn when_text(&self, unique_key: &UniqueKey) -> Result<Option<String>, Error> {
        let Some(when) = &unique_key.when else {
            return Ok(None);
        };
        let column = self.kind.columns.iter().find(|it| it.name == when.column);
        let column = column.ok_or_else(|| {
            self.bad(format!(
                "the unique key {} depends on the column {}, which is not declared",
                unique_key.name, when.column
            ))
        })?;
        let literal = match column.column_type {
            ColumnType::Text | ColumnType::Date => format!("'{}'", when.equals.replace('\'', "''")),
            ColumnType::Boolean => match &*when.equals {
                "true" => "TRUE".to_owned(),
                "false" => "FALSE".to_owned(),
                other => return Err(self.bad(format!("{other:?} is not true or false"))),
            },
            ColumnType::Integer | ColumnType::Instant => {
                let number: Result<i64, _> = when.equals.parse();
                number
                    .map_err(|_| self.bad(format!("{:?} is not a whole number", when.equals)))?
                    .to_string()
            }
        };
        Ok(Some(format!(
            "\"{}\" = {literal}",
            column_name(&column.name)
        )))
    }

    fn bad(&self, reason: String) -> Error {
        Error::BadRecordKind {
            kind: self.kind.kind.to_string(),
            reason,
        }
    }

    /// Refuses a declaration whose table could not be made.
    fn check(&self) -> Result<(), Error> {
        check_name(&self.kind.kind).map_err(|reason| self.bad(reason))?;
        let mut names = BTreeSet::new();
        for column in &self.kind.columns {
            check_name(&column.name).map_err(|reason| self.bad(reason))?;
            // The databases do not tell upper from lower case apart in the same way.
            if !names.insert(column.name.to_lowercase()) {
                return Err(self.bad(format!("the column {} is declared twice", column.name)));
            }
        }
        for unique_key in &self.kind.unique_keys {
            check_name(&unique_key.name).map_err(|reason| self.bad(reason))?;
            self.when_text(unique_key)?;
            for name in &unique_key.columns {
                if !self.kind.columns.iter().any(|it| it.name == *name) {
                    return Err(self.bad(format!(
                        "the unique key {} names the column {name}, which is not declared",
                        unique_key.name
                    )));
                }
            }
        }
        Ok(())
    }
}

/// Creates the table of a kind, or adds to it what the declaration has gained.
pub(crate) async fn create_or_alter<C: ConnectionTrait>(
    db: &C,
    stored: Option<&RecordTable>,
    kind: &RecordKind,
    backfill: Backfill<'_>,
) -> Result<RecordTable, Error> {
    let mut table = RecordTable::new(kind.clone());
    table.check()?;
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
    Ok(table)
}

/// All declared kinds.
pub(crate) async fn load_all<C: ConnectionTrait>(db: &C) -> Result<Vec<Arc<RecordTable>>, Error> {
    let rows = entity::record_kind::Entity::find().all(db).await;
    let rows = rows.map_err(Error::database("read the record kinds"))?;
    let read = |row: &entity::record_kind::Model| serde_json::from_str(&row.declaration);
    let kinds: Result<Vec<RecordKind>, _> = rows.iter().map(read).collect();
    let kinds = kinds.map_err(|error| Error::Decode {
        what: "declaration of a record kind",
        source: Box::new(error),
    })?;
    Ok(kinds
        .into_iter()
        .map(|it| Arc::new(RecordTable::new(it)))
        .collect())
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

/// Declared columns have a prefix, so that none can collide with ours.
pub(crate) fn column_name(name: &str) -> String {
    format!("c_{name}")
}

fn index_name(kind: &str, key: &str) -> String {
    format!("uq_{kind}_{key}")
}

pub(crate) fn placeholder(backend: DbBackend, number: usize) -> String {
    match backend {
        DbBackend::Postgres => format!("${number}"),
        _ => "?".to_owned(),
    }
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

fn parties_text(parties: &[Arc<str>]) -> String {
    let parties: Vec<&str> = parties.iter().map(|it| &**it).collect();
    serde_json::to_string(&parties).expect("strings are always JSON")
}

fn parties_of(text: &str) -> Result<Vec<Arc<str>>, Error> {
    serde_json::from_str(text).map_err(|error| Error::Decode {
        what: "parties of a record",
        source: Box::new(error),
    })
}

impl UniqueKey {
    /// The values of a record under this key, if it takes part in it.
    pub(crate) fn values(&self, columns: &Columns) -> Option<Vec<ColumnValue>> {
        if let Some(when) = &self.when
            && columns
                .get(&when.column)
                .is_none_or(|it| it.text() != *when.equals)
        {
            return None;
        }
        self.columns
            .iter()
            .map(|it| columns.get(it).cloned())
            .collect()
    }
}

impl ColumnType {
    /// A value for such a column.
    pub(crate) fn value(self, value: Option<&ColumnValue>) -> Value {
        match value {
            Some(ColumnValue::Text(text) | ColumnValue::Date(text)) => (**text).into(),
            Some(ColumnValue::Integer(number) | ColumnValue::Instant(number)) => (*number).into(),
            Some(ColumnValue::Boolean(flag)) => (*flag).into(),
            None => match self {
                ColumnType::Text | ColumnType::Date => Value::String(None),
                ColumnType::Integer | ColumnType::Instant => Value::BigInt(None),
                ColumnType::Boolean => Value::Bool(None),
            },
        }
    }

    fn read(self, result: &QueryResult, name: &str) -> Result<Option<ColumnValue>, sea_orm::DbErr> {
        let text = || result.try_get::<Option<String>>("", name);
        let number = || result.try_get::<Option<i64>>("", name);
        Ok(match self {
            ColumnType::Text => text()?.map(|it| ColumnValue::Text(it.into())),
            ColumnType::Date => text()?.map(|it| ColumnValue::Date(it.into())),
            ColumnType::Integer => number()?.map(ColumnValue::Integer),
            ColumnType::Instant => number()?.map(ColumnValue::Instant),
            ColumnType::Boolean => result
                .try_get::<Option<bool>>("", name)?
                .map(ColumnValue::Boolean),
        })
    }
}

impl ColumnValue {
    /// The type of the column it belongs to.
    #[must_use]
    pub fn column_type(&self) -> ColumnType {
        match self {
            ColumnValue::Text(_) => ColumnType::Text,
            ColumnValue::Integer(_) => ColumnType::Integer,
            ColumnValue::Date(_) => ColumnType::Date,
            ColumnValue::Boolean(_) => ColumnType::Boolean,
            ColumnValue::Instant(_) => ColumnType::Instant,
        }
    }

    /// The value as text, as a condition of a declaration writes it.
    pub(crate) fn text(&self) -> String {
        match self {
            ColumnValue::Text(text) | ColumnValue::Date(text) => text.to_string(),
            ColumnValue::Integer(number) | ColumnValue::Instant(number) => number.to_string(),
            ColumnValue::Boolean(flag) => flag.to_string(),
        }
    }
}
