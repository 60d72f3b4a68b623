//! Tables: as high as their cells need, with their head on each page.

use super::block::letters;
use super::{Layout, Place};
use crate::line::Line;
use crate::page::Rule;
use crate::template::{Align, Block, Look, TableColumn};

/// Between the rules and what is in a cell.
const PADDING_UM: i64 = 1000;
const RULE_UM: i64 = 200;

/// A row that is broken into lines.
struct Row<'r> {
    cells: Vec<(&'r str, Vec<Line>)>,
    height_um: i64,
}

impl<'l> Layout<'l> {
    pub(super) fn table(&mut self, block: &Block, columns: &[TableColumn], rows: &[Vec<String>]) {
        let widths = self.column_widths(block, columns);
        let heads: Vec<String> = columns.iter().map(|it| it.head.clone()).collect();
        let head = self.row(block, &heads, &widths);
        let available_um = self.bottom_um() - self.shape.top_um;
        let mut is_head_due = true;
        for cells in rows {
            let row = self.row(block, cells, &widths);
            if head.height_um + row.height_um > available_um {
                return self.does_not_fit(
                    &block.name,
                    head.height_um + row.height_um,
                    available_um,
                );
            }
            let head_um = if is_head_due { head.height_um } else { 0 };
            if self.y_um + head_um + row.height_um > self.bottom_um()
                && self.y_um > self.shape.top_um
            {
                self.next_page();
                is_head_due = true;
            }
            if is_head_due {
                self.set_row(block, &head, (columns, &widths), Some(Align::Center));
                is_head_due = false;
            }
            self.set_row(block, &row, (columns, &widths), None);
        }
        if is_head_due {
            self.need(head.height_um);
            self.set_row(block, &head, (columns, &widths), Some(Align::Center));
        }
    }

    /// What is left is shared by the columns that have no width of their own.
    fn column_widths(&mut self, block: &Block, columns: &[TableColumn]) -> Vec<i64> {
        let total_um = self.width_um();
        let given_um: i64 = columns.iter().filter_map(|it| it.width_um).sum();
        let n_open =
            i64::try_from(columns.iter().filter(|it| it.width_um.is_none()).count()).unwrap_or(0);
        // Each open column has room for a letter at least.
        let needed_um = given_um + n_open * (block.look.size_um + 2 * PADDING_UM);
        if needed_um > total_um {
            self.does_not_fit(&block.name, needed_um, total_um);
        }
        let open_um = (total_um - given_um) / n_open.max(1);
        columns
            .iter()
            .map(|it| it.width_um.unwrap_or(open_um))
            .collect()
    }

    fn row<'r>(&mut self, block: &Block, cells: &'r [String], widths: &[i64]) -> Row<'r> {
        let look = &block.look;
        let mut broken = Vec::with_capacity(cells.len());
        let mut n_lines_max = 1;
        for (cell, width_um) in cells.iter().zip(widths) {
            let width_um = (width_um - 2 * PADDING_UM).max(1);
            let lines = self
                .setter
                .lines(cell, letters(look), (width_um, 0), &block.name);
            n_lines_max = n_lines_max.max(i64::try_from(lines.len()).unwrap_or(i64::MAX));
            broken.push((cell.as_str(), lines));
        }
        Row {
            cells: broken,
            height_um: n_lines_max.saturating_mul(look.line_um()) + 2 * PADDING_UM,
        }
    }

    fn set_row(
        &mut self,
        block: &Block,
        row: &Row<'_>,
        (columns, widths): (&[TableColumn], &[i64]),
        align: Option<Align>,
    ) {
        let (page, top_um) = (self.last_page(), self.y_um);
        let mut x_um = self.shape.left_um;
        for (((source, lines), width_um), column) in row.cells.iter().zip(widths).zip(columns) {
            let look = Look {
                align: align.unwrap_or(column.align),
                ..block.look.clone()
            };
            let text_um = i64::try_from(lines.len()).unwrap_or(0) * look.line_um();
            let place = Place {
                name: &block.name,
                page,
                x_um: x_um + PADDING_UM,
                y_um: top_um + (row.height_um - text_um) / 2,
                width_um: width_um - 2 * PADDING_UM,
            };
            self.set_lines(source, lines, &look, look.size_um, &place);
            x_um += width_um;
        }
        self.frame(page, widths, (top_um, top_um + row.height_um));
        self.y_um += row.height_um;
    }

    /// The rules round the cells of a row.
    fn frame(&mut self, page: usize, widths: &[i64], (top_um, bottom_um): (i64, i64)) {
        let left_um = self.shape.left_um;
        let right_um = left_um + widths.iter().sum::<i64>();
        let rule = |x_um, y_um, to_x_um, to_y_um| Rule {
            x_um,
            y_um,
            to_x_um,
            to_y_um,
            thickness_um: RULE_UM,
        };
        let rules = &mut self.pages[page].rules;
        let top = rule(left_um, top_um, right_um, top_um);
        // The foot of the row above.
        if rules.last() != Some(&top) {
            rules.push(top);
        }
        let mut x_um = left_um;
        rules.push(rule(x_um, top_um, x_um, bottom_um));
        for width_um in widths {
            x_um += width_um;
            rules.push(rule(x_um, top_um, x_um, bottom_um));
        }
        rules.push(rule(left_um, bottom_um, right_um, bottom_um));
    }
}
