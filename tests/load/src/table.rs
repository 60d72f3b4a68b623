//! The table of all measurements, and the numbers in it.

use std::collections::BTreeMap;
use std::fmt;

use crate::load::Measured;

/// One measurement: a cell a column, by the column's title.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    cells: BTreeMap<&'static str, String>,
}

/// All columns in the order of the table; one that no row has is left out.
const COLUMNS: [&str; 20] = [
    "measurement",
    "database",
    "clients",
    "instances/s",
    "requests/s",
    "p50 ms",
    "p99 ms",
    "items/s",
    "decided > 50 ms",
    "written > 50 ms",
    "> 4 MiB",
    "night ms",
    "CPU-us/instance",
    "database CPU-us/instance",
    "client CPU %",
    "bytes written/instance",
    "bytes kept/instance",
    "flushes/instance",
    "RSS MB",
    "start ms",
];

impl Row {
    pub(crate) fn new(measurement: &str, database: &str) -> Self {
        Self::default()
            .cell("measurement", measurement.to_owned())
            .cell("database", database.to_owned())
    }

    /// The same with a cell.
    ///
    /// # Panics
    /// If the table has no such column.
    pub(crate) fn cell(mut self, column: &'static str, text: String) -> Self {
        assert!(
            COLUMNS.contains(&column),
            "the table has no column {column}"
        );
        self.cells.insert(column, text);
        self
    }

    pub(crate) fn clients(self, n: usize) -> Self {
        self.cell("clients", n.to_string())
    }

    /// The same with what runs under load came to, median and range.
    pub(crate) fn speed(self, runs: &[Measured]) -> Self {
        let spread = |of: &dyn Fn(&Measured) -> u64| Spread::of(runs.iter().map(of));
        let plain = |of: &dyn Fn(&Measured) -> u64| spread(of).text(u64::to_string);
        let row = self
            .cell("instances/s", plain(&Measured::instances_per_second))
            .cell("requests/s", plain(&Measured::requests_per_second))
            .cell(
                "p50 ms",
                spread(&|it| it.latency_us(50)).text(|it| tenths(it / 100)),
            )
            .cell(
                "p99 ms",
                spread(&|it| it.latency_us(99)).text(|it| tenths(it / 100)),
            )
            .cell(
                "CPU-us/instance",
                plain(&Measured::server_cpu_us_per_instance),
            )
            .cell("client CPU %", plain(&Measured::client_cpu_percent))
            .cell(
                "bytes written/instance",
                plain(&Measured::written_bytes_per_instance),
            );
        if runs.iter().any(|it| it.database_cpu_us_per_instance() > 0) {
            let cpu = plain(&Measured::database_cpu_us_per_instance);
            return row.cell("database CPU-us/instance", cpu);
        }
        row
    }
}

/// All measurements as one table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

impl Table {
    pub(crate) fn add(&mut self, rows: Vec<Row>) {
        self.rows.extend(rows);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let used = |column: &&&str| self.rows.iter().any(|row| row.cells.contains_key(**column));
        let columns: Vec<&str> = COLUMNS.iter().filter(used).copied().collect();
        let cell = |row: &Row, column: &str| row.cells.get(column).cloned().unwrap_or_default();
        let width = |column: &str| {
            let cells = self
                .rows
                .iter()
                .map(|row| cell(row, column).chars().count());
            cells.chain([column.chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = columns.iter().map(|it| width(it)).collect();
        let head = Row {
            cells: columns.iter().map(|it| (*it, (*it).to_owned())).collect(),
        };
        for row in [&head].into_iter().chain(&self.rows) {
            for (n, (column, width)) in columns.iter().zip(&widths).enumerate() {
                let text = cell(row, column);
                if n == 0 {
                    write!(formatter, "{text:<width$}")?;
                } else {
                    write!(formatter, "  {text:>width$}")?;
                }
            }
            writeln!(formatter)?;
        }
        Ok(())
    }
}

/// The median and the range of some numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    least: u64,
    median: u64,
    most: u64,
}

impl Spread {
    pub(crate) fn of(values: impl Iterator<Item = u64>) -> Self {
        let mut values: Vec<u64> = values.collect();
        values.sort_unstable();
        let at = |idx: usize| values.get(idx).copied().unwrap_or(0);
        Self {
            least: at(0),
            median: at(values.len() / 2),
            most: at(values.len().saturating_sub(1)),
        }
    }

    /// `median [least–most]`.
    pub(crate) fn text(self, number: impl Fn(&u64) -> String) -> String {
        format!(
            "{} [{}–{}]",
            number(&self.median),
            number(&self.least),
            number(&self.most)
        )
    }
}

/// A number of tenths with its point.
pub(crate) fn tenths(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A number of thousandths with its point.
pub(crate) fn thousandths(thousandths: u64) -> String {
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_columns_that_are_used_are_printed_and_they_are_as_wide_as_their_widest_cell() {
        let mut table = Table::default();
        table.add(vec![Row::new("one", "sqlite").clients(64)]);
        let expected = "measurement  database  clients\none            sqlite       64\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn a_spread_is_the_median_with_the_range() {
        let spread = Spread::of([30, 10, 25].into_iter());
        assert_eq!(spread.text(|it| tenths(*it)), "2.5 [1.0–3.0]");
        assert_eq!(thousandths(62), "0.062");
    }
}
