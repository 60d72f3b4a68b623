//! Sets content on pages: fields at their places, flowing text one after the other. Start from
//! [`lay_out`].

mod block;
mod table;

use crate::content::{Pages, RunningText};
use crate::font::Fonts;
use crate::length::in_millimeters;
use crate::line::{Letters, Line, Setter};
use crate::page::{Area, Page, Text};
use crate::problem::{DOES_NOT_FIT, FONT_MISSING, Problem, Problems, TOO_LONG, WRONG};
use crate::template::{Align, Body, Field, Fit, Look, PagesTemplate, Running, Template};

/// Pages of one document.
pub const PAGES_MAX: usize = 300;

/// Half a point, by which letters shrink.
const SHRINK_STEP_UM: i64 = 176;

/// Share of the size, in hundredths, that stands above the line in Chinese type.
const ABOVE_LINE: i64 = 88;

/// The pages of a content that was filled from this template.
pub fn lay_out(template: &Template, content: &Pages, fonts: &Fonts) -> Result<Vec<Page>, Problems> {
    let Body::Pages(shape) = &template.body else {
        let problem = Problem::new(WRONG, "sheet").with("expected", "a template of pages");
        return Err(problem.with("found", "a workbook").into());
    };
    if fonts.is_empty() {
        return Err(Problem::new(FONT_MISSING, "").into());
    }
    let mut layout = Layout {
        shape,
        setter: Setter::new(fonts),
        pages: Vec::new(),
        y_um: 0,
    };
    layout.next_page();
    layout.blocks(&content.blocks);
    for filled in &content.fields {
        let field = &shape.fields[filled.field];
        layout.field(field, &filled.text);
    }
    for area in &shape.areas {
        layout.page(area.page).areas.push(Area {
            name: area.name.clone(),
            x_um: area.x_um,
            y_um: area.y_um,
            width_um: area.width_um,
            height_um: area.height_um,
        });
    }
    layout.running(content);
    let problems = layout.setter.problems;
    if problems.is_empty() {
        Ok(layout.pages)
    } else {
        Err(Problems(problems))
    }
}

struct Layout<'l> {
    shape: &'l PagesTemplate,
    setter: Setter<'l>,
    pages: Vec<Page>,
    /// How far the last page is filled.
    y_um: i64,
}

/// Where lines are set.
struct Place<'p> {
    name: &'p str,
    page: usize,
    x_um: i64,
    y_um: i64,
    width_um: i64,
}

impl<'l> Layout<'l> {
    fn next_page(&mut self) {
        if self.pages.len() == PAGES_MAX {
            let problem = Problem::new(TOO_LONG, "").with("what", "pages");
            let problem = problem.with("max", PAGES_MAX.to_string());
            if !self.setter.problems.contains(&problem) {
                self.setter.problems.push(problem);
            }
            // What is beyond is set over the last page, which nobody gets to see.
            self.y_um = self.shape.top_um;
            return;
        }
        self.pages.push(Page {
            width_um: self.shape.width_um,
            height_um: self.shape.height_um,
            texts: Vec::new(),
            rules: Vec::new(),
            areas: Vec::new(),
        });
        self.y_um = self.shape.top_um;
    }

    /// The page of a number, made if it is not there.
    fn page(&mut self, number: i64) -> &mut Page {
        let position = usize::try_from(number - 1).unwrap_or(0);
        while self.pages.len() <= position {
            self.next_page();
        }
        &mut self.pages[position]
    }

    fn last_page(&self) -> usize {
        self.pages.len() - 1
    }

    /// Width of the flowing text.
    fn width_um(&self) -> i64 {
        self.shape.width_um - self.shape.left_um - self.shape.right_um
    }

    fn bottom_um(&self) -> i64 {
        self.shape.height_um - self.shape.bottom_um
    }

    fn does_not_fit(&mut self, place: &str, needed_um: i64, available_um: i64) {
        let problem = Problem::new(DOES_NOT_FIT, place).with("needed", in_millimeters(needed_um));
        let problem = problem.with("available", in_millimeters(available_um));
        self.setter.problems.push(problem);
    }

    fn field(&mut self, field: &Field, text: &str) {
        let mut size_um = field.look.size_um;
        loop {
            let lines = self.field_lines(field, text, size_um);
            let line_um = field.look.line_of(size_um);
            let n_lines = i64::try_from(lines.len()).unwrap_or(i64::MAX);
            let widest_um = lines.iter().map(Line::width_um).max().unwrap_or(0);
            let (needed_um, available_um) = match widest_um > field.width_um {
                true => (widest_um, field.width_um),
                false => (n_lines.saturating_mul(line_um), field.height_um),
            };
            if needed_um <= available_um {
                self.page(field.page);
                let place = Place {
                    name: &field.name,
                    page: usize::try_from(field.page - 1).unwrap_or(0),
                    x_um: field.x_um,
                    y_um: field.y_um,
                    width_um: field.width_um,
                };
                return self.set_lines(text, &lines, &field.look, size_um, &place);
            }
            match field.fit {
                Fit::Shrink { size_min_um } if size_um > size_min_um => {
                    size_um = (size_um - SHRINK_STEP_UM).max(size_min_um);
                }
                Fit::Shrink { .. } | Fit::Refuse => {
                    return self.does_not_fit(&field.name, needed_um, available_um);
                }
            }
        }
    }

    /// A field of one line is not broken: it would say that it is too high, where it is too wide.
    fn field_lines(&mut self, field: &Field, text: &str, size_um: i64) -> Vec<Line> {
        let letters = Letters {
            style: &field.look.style,
            size_um,
            tracking_um: field.look.tracking_um,
        };
        let has_one_line = field.height_um < 2 * field.look.line_of(size_um);
        let width_um = if has_one_line {
            i64::MAX / 2
        } else {
            field.width_um
        };
        self.setter.lines(text, letters, (width_um, 0), &field.name)
    }

    fn set_lines(
        &mut self,
        source: &str,
        lines: &[Line],
        look: &Look,
        size_um: i64,
        place: &Place<'_>,
    ) {
        let mut y_um = place.y_um;
        for line in lines {
            self.set_line(source, line, (look, size_um), &Place { y_um, ..*place });
            y_um += look.line_of(size_um);
        }
    }

    /// Sets a line whose upper edge is at the place.
    fn set_line(
        &mut self,
        source: &str,
        line: &Line,
        (look, size_um): (&Look, i64),
        place: &Place<'_>,
    ) {
        let room_um = place.width_um - line.width_um();
        let (before_um, shared_um) = match look.align {
            Align::Start => (0, 0),
            Align::Center => (room_um / 2, 0),
            Align::End => (room_um, 0),
            Align::Justify if line.is_last => (0, 0),
            Align::Justify | Align::Distribute => (0, room_um.max(0)),
        };
        let (text, glyphs) = line.placed(source, shared_um);
        let end_um = glyphs.last().map_or(0, |it| it.x_um + it.advance_um);
        let line_um = look.line_of(size_um);
        let baseline_um = place.y_um + (line_um - size_um) / 2 + size_um * ABOVE_LINE / 100;
        if text.is_empty() {
            return;
        }
        self.pages[place.page].texts.push(Text {
            name: place.name.to_owned(),
            x_um: place.x_um + before_um,
            baseline_um,
            width_um: end_um,
            size_um,
            style: look.style.clone(),
            text,
            glyphs,
        });
    }

    fn running(&mut self, content: &Pages) {
        let n_pages = self.pages.len();
        let (header, footer) = (self.shape.header.as_ref(), self.shape.footer.as_ref());
        for page in 0..n_pages {
            if let Some(header) = header {
                let y_um = header.distance_um;
                self.running_text("header", header, &content.header, (page, n_pages), y_um);
            }
            if let Some(footer) = footer {
                let y_um = self.shape.height_um - footer.distance_um - footer.look.line_um();
                self.running_text("footer", footer, &content.footer, (page, n_pages), y_um);
            }
        }
    }

    fn running_text(
        &mut self,
        name: &str,
        running: &Running,
        pieces: &[RunningText],
        (page, n_pages): (usize, usize),
        y_um: i64,
    ) {
        let text: String = pieces
            .iter()
            .map(|piece| match piece {
                RunningText::Text(it) => it.clone(),
                RunningText::Page => (page + 1).to_string(),
                RunningText::Pages => n_pages.to_string(),
            })
            .collect();
        let look = &running.look;
        let letters = Letters {
            style: &look.style,
            size_um: look.size_um,
            tracking_um: look.tracking_um,
        };
        let width_um = self.width_um();
        let lines = self.setter.lines(&text, letters, (width_um, 0), name);
        let place = Place {
            name,
            page,
            x_um: self.shape.left_um,
            y_um,
            width_um,
        };
        self.set_lines(&text, &lines, look, look.size_um, &place);
    }
}
