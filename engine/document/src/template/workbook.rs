//! Templates of workbooks: tables for statistics.

use tongban_feel::expression::Expression;

use super::reader::Table;
use super::text::{Scope, Text};

/// A sheet.
#[derive(Clone, Debug)]
pub(crate) struct SheetTemplate {
    pub(crate) name: String,
    pub(crate) title: Text,
    pub(crate) rows: Option<Expression>,
    pub(crate) columns: Vec<Column>,
    /// Counts of persons below this are not told.
    pub(crate) suppress_below: Option<i64>,
}

/// A column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) head: String,
    pub(crate) value: Option<Expression>,
    pub(crate) kind: ColumnType,
    pub(crate) width: u16,
    /// Whether its small counts are suppressed.
    pub(crate) is_suppressed: bool,
    /// Whether its sum stands under the table.
    pub(crate) has_total: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Text,
    Integer,
    Money,
    Percent,
    Date,
}

const TYPES: &[&str] = &["text", "integer", "money", "percent", "date"];

pub(super) fn read(table: &Table<'_>, scope: &Scope<'_>) -> SheetTemplate {
    table.known(&["name", "title", "rows", "suppress_below", "column"]);
    let name = table.required_text("name");
    let is_name = |it: &str| {
        !it.is_empty()
            && it.chars().count() <= 31
            && !it.contains(['[', ']', ':', '*', '?', '/', '\\', '\''])
    };
    if !name.is_empty() && !is_name(&name) {
        table.wrong(
            "name",
            "at most 31 characters without [ ] : * ? / \\ '",
            &name,
        );
    }
    let title = table.text("title").unwrap_or_default();
    let rows = table.required_text("rows");
    let of_rows = scope.of_rows();
    let columns: Vec<Column> = table
        .tables("column")
        .iter()
        .map(|it| read_column(it, &of_rows))
        .collect();
    if columns.is_empty() {
        table.missing("column");
    }
    SheetTemplate {
        name,
        title: scope.text(table, "title", &title),
        rows: scope.expression(table, "rows", &rows),
        columns,
        suppress_below: table.count("suppress_below", 1000),
    }
}

fn read_column(table: &Table<'_>, scope: &Scope<'_>) -> Column {
    table.known(&["head", "value", "type", "width", "suppress", "total"]);
    let value = table.required_text("value");
    let kind = match table.word("type", TYPES) {
        Some("integer") => ColumnType::Integer,
        Some("money") => ColumnType::Money,
        Some("percent") => ColumnType::Percent,
        Some("date") => ColumnType::Date,
        _ => ColumnType::Text,
    };
    let (is_suppressed, has_total) = (table.boolean("suppress"), table.boolean("total"));
    if is_suppressed && kind != ColumnType::Integer {
        table.wrong("suppress", "a column of type integer", "another type");
    }
    if has_total && !matches!(kind, ColumnType::Integer | ColumnType::Money) {
        table.wrong("total", "a column of type integer or money", "another type");
    }
    let width = table.count("width", 200).unwrap_or(14);
    Column {
        head: table.required_text("head"),
        value: scope.expression(table, "value", &value),
        kind,
        width: u16::try_from(width).unwrap_or(14),
        is_suppressed,
        has_total,
    }
}
