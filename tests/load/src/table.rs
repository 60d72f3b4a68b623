//! Aligned tables and the numbers in them.

use std::fmt;

/// Columns with a head.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        Self {
            rows: vec![head.iter().map(|it| (*it).to_owned()).collect()],
        }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n_columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|it| it.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..n_columns).map(width).collect();
        for row in &self.rows {
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                if column == 0 {
                    write!(formatter, "{cell:<width$}")?;
                } else {
                    write!(formatter, "  {cell:>width$}")?;
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
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["a", "bc"]);
        table.row(vec!["one".to_owned(), "1".to_owned()]);
        assert_eq!(table.to_string(), "a    bc\none   1\n");
    }

    #[test]
    fn a_spread_is_the_median_with_the_range() {
        let spread = Spread::of([30, 10, 25].into_iter());
        assert_eq!(spread.text(|it| tenths(*it)), "2.5 [1.0–3.0]");
        assert_eq!(thousandths(62), "0.062");
    }
}
