//! Pages and cursors.
//!
//! A cursor holds the values of the row it stands on, in the order of the list; the next page
//! begins after them.

use sea_orm::sea_query::SimpleExpr;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, NullOrdering, Order, SelectStatement};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Rows of a page at most.
pub const ROWS_MAX: u32 = 1000;

/// A place in a list; opaque to those who keep it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor whose text was given out before.
    #[must_use]
    pub fn from_text(text: &str) -> Cursor {
        Cursor(text.to_owned())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// So many rows at most, up to [`ROWS_MAX`].
    pub first: u32,
    /// The place after which the page begins.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// The first page.
    #[must_use]
    pub fn first(first: u32) -> PageRequest {
        PageRequest { first, after: None }
    }

    fn rows(&self) -> usize {
        Ord::min(self.first, ROWS_MAX) as usize
    }
}

/// A row with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge<T> {
    /// Its place.
    pub cursor: Cursor,
    /// The row.
    pub node: T,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows in order.
    pub edges: Vec<Edge<T>>,
    /// Whether there are more.
    pub has_next_page: bool,
}

impl<T> Page<T> {
    /// The rows without their places.
    #[must_use]
    pub fn into_nodes(self) -> Vec<T> {
        self.edges.into_iter().map(|it| it.node).collect()
    }
}

/// A value within a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum CursorValue {
    Integer(i64),
    Text(String),
}

impl From<i64> for CursorValue {
    fn from(value: i64) -> CursorValue {
        CursorValue::Integer(value)
    }
}

impl From<&str> for CursorValue {
    fn from(value: &str) -> CursorValue {
        CursorValue::Text(value.to_owned())
    }
}

/// The order of a list: expressions that are never null and together tell any two rows apart.
pub(crate) struct Keyset {
    parts: Vec<(SimpleExpr, Order)>,
}

impl Keyset {
    pub(crate) fn new(parts: Vec<(SimpleExpr, Order)>) -> Keyset {
        Keyset { parts }
    }

    /// Adds order, beginning and length of the page to a query; one row more than the page tells
    /// whether there is a next one.
    pub(crate) fn apply(
        &self,
        select: &mut SelectStatement,
        page: &PageRequest,
    ) -> Result<(), Error> {
        if let Some(after) = &page.after {
            select.cond_where(self.after(&self.values(after)?));
        }
        for (expression, order) in &self.parts {
            select.order_by_expr_with_nulls(expression.clone(), order.clone(), NullOrdering::Last);
        }
        select.limit(page.rows() as u64 + 1);
        Ok(())
    }

    fn values(&self, cursor: &Cursor) -> Result<Vec<CursorValue>, Error> {
        let values: Vec<CursorValue> =
            serde_json::from_str(&cursor.0).map_err(|_| Error::BadCursor)?;
        if values.len() != self.parts.len() {
            return Err(Error::BadCursor);
        }
        Ok(values)
    }

    /// `a >= x AND (a > x OR (a = x AND b > y))`; the first test lets an index find the place.
    fn after(&self, values: &[CursorValue]) -> Condition {
        let mut any = Condition::any();
        for last in 0..self.parts.len() {
            let mut all = Condition::all();
            for ((expression, _), value) in self.parts.iter().zip(values).take(last) {
                all = all.add(expression.clone().eq(operand(value)));
            }
            let (expression, order) = &self.parts[last];
            let value = operand(&values[last]);
            all = all.add(match order {
                Order::Desc => expression.clone().lt(value),
                _ => expression.clone().gt(value),
            });
            any = any.add(all);
        }
        let (expression, order) = &self.parts[0];
        let bound = match order {
            Order::Desc => expression.clone().lte(operand(&values[0])),
            _ => expression.clone().gte(operand(&values[0])),
        };
        Condition::all().add(bound).add(any)
    }
}

fn operand(value: &CursorValue) -> SimpleExpr {
    match value {
        CursorValue::Integer(number) => Expr::val(*number),
        CursorValue::Text(text) => Expr::val(text.as_str()),
    }
}

/// Cuts the row that was one too many, and gives each row its place.
pub(crate) fn cut<R, T>(
    mut rows: Vec<R>,
    page: &PageRequest,
    place: impl Fn(&R) -> Vec<CursorValue>,
    node: impl Fn(R) -> T,
) -> Page<T> {
    let has_next_page = rows.len() > page.rows();
    rows.truncate(page.rows());
    let edge = |row: R| {
        let text = serde_json::to_string(&place(&row)).expect("numbers and strings are JSON");
        Edge {
            cursor: Cursor(text),
            node: node(row),
        }
    };
    Page {
        edges: rows.into_iter().map(edge).collect(),
        has_next_page,
    }
}
