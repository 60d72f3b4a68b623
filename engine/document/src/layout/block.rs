//! Flowing text: paragraphs, and who signs below them.

use super::{Layout, Place};
use crate::content::FilledBlock;
use crate::line::Letters;
use crate::page::Area;
use crate::template::{Block, BlockKind, Look};

impl<'l> Layout<'l> {
    pub(super) fn blocks(&mut self, filled: &[FilledBlock]) {
        let shape = self.shape;
        for it in filled {
            let block = &shape.blocks[it.block];
            self.y_um += block.before_um;
            match &block.kind {
                BlockKind::Paragraph { indent, .. } => {
                    let indent_um = block.look.size_um * indent / 1000;
                    self.paragraphs(block, &it.text, indent_um);
                }
                BlockKind::Table { columns, .. } => self.table(block, columns, &it.rows),
                BlockKind::Signature {
                    width_um,
                    height_um,
                    ..
                } => {
                    self.signature(block, &it.text, (*width_um, *height_um));
                }
                BlockKind::Break => self.next_page(),
            }
        }
    }

    /// Begins a page if so much does not fit on this one any more.
    pub(super) fn need(&mut self, height_um: i64) {
        if self.y_um + height_um > self.bottom_um() && self.y_um > self.shape.top_um {
            self.next_page();
        }
    }

    fn paragraphs(&mut self, block: &Block, text: &str, indent_um: i64) {
        let look = &block.look;
        let width_um = self.width_um();
        for paragraph in text.split('\n') {
            let lines =
                self.setter
                    .lines(paragraph, letters(look), (width_um, indent_um), &block.name);
            let n_lines = lines.len();
            for (position, line) in lines.iter().enumerate() {
                // The first line of a paragraph is not left alone at the foot of a page.
                let n_together = if position == 0 && n_lines > 1 { 2 } else { 1 };
                self.need(n_together * look.line_um());
                let indent_um = if position == 0 { indent_um } else { 0 };
                let place = Place {
                    name: &block.name,
                    page: self.last_page(),
                    x_um: self.shape.left_um + indent_um,
                    y_um: self.y_um,
                    width_um: width_um - indent_um,
                };
                self.set_line(paragraph, line, (look, look.size_um), &place);
                self.y_um += look.line_um();
            }
        }
    }

    /// Lines in the middle of an area on the right, which is kept for the seal.
    fn signature(&mut self, block: &Block, text: &str, (width_um, height_um): (i64, i64)) {
        let look = &block.look;
        let width_um = width_um.min(self.width_um());
        let lines = self
            .setter
            .lines(text, letters(look), (width_um, 0), &block.name);
        let text_um = i64::try_from(lines.len()).unwrap_or(i64::MAX) * look.line_um();
        let height_um = height_um.max(text_um);
        let available_um = self.bottom_um() - self.shape.top_um;
        if height_um > available_um {
            return self.does_not_fit(&block.name, height_um, available_um);
        }
        self.need(height_um);
        let x_um = self.shape.width_um - self.shape.right_um - width_um;
        let (page, y_um) = (self.last_page(), self.y_um);
        self.pages[page].areas.push(Area {
            name: block.name.clone(),
            x_um,
            y_um,
            width_um,
            height_um,
        });
        let place = Place {
            name: &block.name,
            page,
            x_um,
            y_um: y_um + (height_um - text_um) / 2,
            width_um,
        };
        self.set_lines(text, &lines, look, look.size_um, &place);
        self.y_um += height_um;
    }
}

pub(super) fn letters(look: &Look) -> Letters<'_> {
    Letters {
        style: &look.style,
        size_um: look.size_um,
        tracking_um: look.tracking_um,
    }
}
