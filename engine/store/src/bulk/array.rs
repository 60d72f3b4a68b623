//! Rows as one array a column, for PostgreSQL.
//!
//! A statement with arrays has the same text for any number of rows, so that it is parsed and planned
//! once a connection, and a table is told in one round trip. An array of the driver holds no nulls: one
//! more array says, a bit a column, which values are.

use sea_orm::Value;
use sea_orm::sea_query::ArrayType;

/// Columns that the bits of a `bigint` can tell of.
const COLUMNS_MAX: usize = 63;

/// Rows turned into columns.
pub(super) struct Arrays {
    /// An array a column, then the one that tells the nulls.
    pub(super) parameters: Vec<Value>,
    /// PostgreSQL's type of each column.
    types: Vec<&'static str>,
}

/// Turns rows into columns; gives them back if they hold what no array of ours can.
pub(super) fn of_rows(rows: Vec<Vec<Value>>) -> Result<Arrays, Vec<Vec<Value>>> {
    let kinds: Option<Vec<Kind>> = rows.first().map_or_else(
        || Some(Vec::new()),
        |row| row.iter().map(Kind::of).collect(),
    );
    let Some(kinds) = kinds.filter(|it| it.len() <= COLUMNS_MAX) else {
        return Err(rows);
    };
    let mut columns: Vec<Vec<Value>> = kinds
        .iter()
        .map(|_| Vec::with_capacity(rows.len()))
        .collect();
    let mut nulls = Vec::with_capacity(rows.len());
    for row in rows {
        let mut mask = 0_i64;
        for (position, value) in row.into_iter().enumerate() {
            let is_null = kinds[position].is_null(&value);
            mask |= i64::from(is_null) << position;
            columns[position].push(if is_null {
                kinds[position].filler()
            } else {
                value
            });
        }
        nulls.push(Value::BigInt(Some(mask)));
    }
    let array = |kind: &Kind, values| Value::Array(kind.array_type(), Some(Box::new(values)));
    let mut parameters: Vec<Value> = kinds
        .iter()
        .zip(columns)
        .map(|(kind, values)| array(kind, values))
        .collect();
    parameters.push(array(&Kind::BigInt, nulls));
    let types = kinds.iter().map(Kind::sql).collect();
    Ok(Arrays { parameters, types })
}

impl Arrays {
    /// `SELECT` of the rows; the first columns, the key, are never null.
    pub(super) fn select(&self, n_key: usize) -> String {
        let expression = |position: usize| match position < n_key {
            true => format!("c{position}"),
            false => format!(
                "CASE WHEN n & {} = 0 THEN c{position} END",
                1_i64 << position
            ),
        };
        let expressions: Vec<String> = (0..self.types.len()).map(expression).collect();
        let names: Vec<String> = (0..self.types.len()).map(|it| format!("c{it}")).collect();
        let mut types = self.types.clone();
        types.push(Kind::BigInt.sql());
        let parameters: Vec<String> = types
            .iter()
            .enumerate()
            .map(|(position, it)| format!("${}::{it}[]", position + 1))
            .collect();
        format!(
            "SELECT {} FROM UNNEST({}) AS r({}, n)",
            expressions.join(", "),
            parameters.join(", "),
            names.join(", ")
        )
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    BigInt,
    Int,
    SmallInt,
    Bool,
    Bytes,
}

impl Kind {
    fn of(value: &Value) -> Option<Kind> {
        match value {
            Value::String(_) => Some(Kind::Text),
            Value::BigInt(_) => Some(Kind::BigInt),
            Value::Int(_) => Some(Kind::Int),
            Value::SmallInt(_) => Some(Kind::SmallInt),
            Value::Bool(_) => Some(Kind::Bool),
            Value::Bytes(_) => Some(Kind::Bytes),
            _ => None,
        }
    }

    /// Whether a value of such a column is null.
    ///
    /// # Panics
    /// If it belongs into another column: all rows of a statement have one shape.
    fn is_null(self, value: &Value) -> bool {
        assert_eq!(
            Kind::of(value),
            Some(self),
            "rows of a statement have one shape"
        );
        matches!(
            value,
            Value::String(None)
                | Value::BigInt(None)
                | Value::Int(None)
                | Value::SmallInt(None)
                | Value::Bool(None)
                | Value::Bytes(None)
        )
    }

    fn filler(self) -> Value {
        match self {
            Kind::Text => "".into(),
            Kind::BigInt => 0_i64.into(),
            Kind::Int => 0_i32.into(),
            Kind::SmallInt => 0_i16.into(),
            Kind::Bool => false.into(),
            Kind::Bytes => Vec::<u8>::new().into(),
        }
    }

    fn array_type(&self) -> ArrayType {
        match self {
            Kind::Text => ArrayType::String,
            Kind::BigInt => ArrayType::BigInt,
            Kind::Int => ArrayType::Int,
            Kind::SmallInt => ArrayType::SmallInt,
            Kind::Bool => ArrayType::Bool,
            Kind::Bytes => ArrayType::Bytes,
        }
    }

    fn sql(&self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::BigInt => "bigint",
            Kind::Int => "integer",
            Kind::SmallInt => "smallint",
            Kind::Bool => "boolean",
            Kind::Bytes => "bytea",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_are_told_by_their_bits() {
        let rows = vec![
            vec![Value::from("a"), Value::BigInt(None)],
            vec![Value::from("b"), Value::from(2_i64)],
        ];
        let arrays = of_rows(rows).ok().unwrap();
        assert_eq!(
            arrays.select(1),
            "SELECT c0, CASE WHEN n & 2 = 0 THEN c1 END FROM \
             UNNEST($1::text[], $2::bigint[], $3::bigint[]) AS r(c0, c1, n)"
        );
        let array = |values: &[i64]| {
            let values = values.iter().map(|it| Value::from(*it)).collect();
            Value::Array(ArrayType::BigInt, Some(Box::new(values)))
        };
        assert_eq!(arrays.parameters[1..], [array(&[0, 2]), array(&[2, 0])]);
    }

    #[test]
    fn what_no_array_can_hold_is_given_back() {
        assert!(of_rows(vec![vec![Value::Char(None)]]).is_err());
    }
}
