//! Fills sheets, and hides small counts.

use tongban_feel::value::Value;

use super::Filler;
use crate::content::{Cell, Sheet};
use crate::template::{Column, ColumnType, SheetTemplate};
use crate::value;

impl Filler<'_> {
    pub(super) fn sheet(&mut self, sheet: &SheetTemplate) -> Sheet {
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for (number, row) in self
            .rows(sheet.rows.as_ref(), &sheet.name)
            .into_iter()
            .enumerate()
        {
            self.enter(number, row);
            let place = format!("{}[{}]", sheet.name, number + 1);
            rows.push(
                sheet
                    .columns
                    .iter()
                    .map(|it| self.cell(it, &place))
                    .collect(),
            );
        }
        self.row = None;
        let totals = sheet
            .columns
            .iter()
            .any(|it| it.has_total)
            .then(|| totals(sheet, &rows));
        if let Some(below) = sheet.suppress_below {
            for (position, column) in sheet.columns.iter().enumerate() {
                if column.is_suppressed {
                    suppress(&mut rows, position, below, column.has_total);
                }
            }
        }
        Sheet {
            name: sheet.name.clone(),
            title: self.text(&sheet.title, &sheet.name),
            heads: sheet
                .columns
                .iter()
                .map(|it| (it.head.clone(), it.width))
                .collect(),
            rows,
            totals: totals.map(|it| suppressed_totals(sheet, it)),
        }
    }

    fn cell(&mut self, column: &Column, place: &str) -> Cell {
        let Some(expression) = &column.value else {
            return Cell::Empty;
        };
        // An empty cell is a finding of statistics, not a mistake.
        let result = expression.evaluate(&*self, self.environment);
        let value = match result {
            Ok(Value::Null) => return Cell::Empty,
            Ok(value) => value,
            Err(_) => {
                self.evaluate(expression, place);
                return Cell::Empty;
            }
        };
        let cell = match column.kind {
            ColumnType::Text => value::text(&value, None).map(Cell::Text),
            ColumnType::Integer => value::integer(&value).map(Cell::Integer),
            ColumnType::Money => value::integer(&value).map(Cell::Money),
            ColumnType::Percent => value::integer(&value).map(Cell::Percent),
            ColumnType::Date => {
                value::date(&value).map(|(year, month, day)| Cell::Date(year, month, day))
            }
        };
        match cell {
            Ok(cell) => cell,
            Err(expected) => {
                self.wrong(&format!("{place} {}", column.head), expression, expected);
                Cell::Empty
            }
        }
    }
}

fn totals(sheet: &SheetTemplate, rows: &[Vec<Cell>]) -> Vec<Cell> {
    let sum = |position: usize| {
        rows.iter().filter_map(move |row| match row[position] {
            Cell::Integer(it) | Cell::Money(it) => Some(it),
            _ => None,
        })
    };
    let total = |(position, column): (usize, &Column)| match (column.has_total, column.kind) {
        (false, _) if position == 0 => Cell::Text("合计".to_owned()),
        (false, _) => Cell::Empty,
        (true, ColumnType::Money) => Cell::Money(sum(position).fold(0, i64::saturating_add)),
        (true, _) => Cell::Integer(sum(position).fold(0, i64::saturating_add)),
    };
    sheet.columns.iter().enumerate().map(total).collect()
}

/// A sum that is itself small points to persons, too.
fn suppressed_totals(sheet: &SheetTemplate, totals: Vec<Cell>) -> Vec<Cell> {
    let Some(below) = sheet.suppress_below else {
        return totals;
    };
    let hidden = |(column, cell): (&Column, Cell)| match cell {
        Cell::Integer(it) if column.is_suppressed && is_small(it, below) => Cell::Suppressed(below),
        other => other,
    };
    sheet.columns.iter().zip(totals).map(hidden).collect()
}

fn is_small(count: i64, below: i64) -> bool {
    (1..below).contains(&count)
}

/// Hides the small counts of a column. Were only one hidden beside a sum, it could be reckoned from
/// the others: then the next smallest is hidden with it.
fn suppress(rows: &mut [Vec<Cell>], column: usize, below: i64, has_total: bool) {
    let mut n_hidden = 0;
    for row in rows.iter_mut() {
        if let Cell::Integer(count) = row[column]
            && is_small(count, below)
        {
            row[column] = Cell::Suppressed(below);
            n_hidden += 1;
        }
    }
    if n_hidden != 1 || !has_total {
        return;
    }
    let next = rows
        .iter()
        .enumerate()
        .filter_map(|(position, row)| match row[column] {
            Cell::Integer(count) if count > 0 => Some((count, position)),
            _ => None,
        })
        .min();
    if let Some((count, position)) = next {
        rows[position][column] = Cell::Suppressed(count + 1);
    }
}
