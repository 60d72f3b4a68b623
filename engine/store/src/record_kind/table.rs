//! The table of a record kind: its columns, rows and statements.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryResult, Statement, Value};

use super::{Column, ColumnType, RecordKind, UniqueKey};
use crate::bulk::Shape;
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

    /// Refuses a column that is not declared.
    pub(crate) fn declares(&self, name: &str) -> Result<&Column, Error> {
        let column = self.kind.columns.iter().find(|it| &*it.name == name);
        column.ok_or_else(|| Error::UnknownRecordColumn {
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
    pub(super) fn when_text(&self, unique_key: &UniqueKey) -> Result<Option<String>, Error> {
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

    pub(super) fn bad(&self, reason: String) -> Error {
        Error::BadRecordKind {
            kind: self.kind.kind.to_string(),
            reason,
        }
    }
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

/// Declared columns have a prefix, so that none can collide with ours.
pub(crate) fn column_name(name: &str) -> String {
    format!("c_{name}")
}

pub(crate) fn placeholder(backend: DbBackend, number: usize) -> String {
    match backend {
        DbBackend::Postgres => format!("${number}"),
        _ => "?".to_owned(),
    }
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
