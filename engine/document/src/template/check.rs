//! Whether everything lies on its page, and apart.

use super::pages::{Field, PagesTemplate};
use super::reader::Table;
use crate::problem::{DUPLICATE, EMPTY, OUTSIDE_PAGE, OVERLAP, Problem, WRONG};

pub(super) fn pages(root: &Table<'_>, pages: &PagesTemplate) {
    let push = |problem: Problem| root.push(problem);
    if pages.fields.is_empty() && pages.blocks.is_empty() {
        push(Problem::new(EMPTY, "").at_line(1));
    }
    let is_wide_enough = pages.left_um + pages.right_um < pages.width_um - 10_000
        && pages.top_um + pages.bottom_um < pages.height_um - 10_000;
    if !pages.blocks.is_empty() && !is_wide_enough {
        let problem = Problem::new(WRONG, "page.margin").at_line(1);
        push(
            problem
                .with("expected", "margins that leave 10 mm")
                .with("found", "wider ones"),
        );
    }
    for (position, field) in pages.fields.iter().enumerate() {
        let place = format!("field[{position}]");
        if is_outside(
            pages,
            (field.x_um, field.y_um),
            (field.width_um, field.height_um),
        ) {
            push(
                Problem::new(OUTSIDE_PAGE, &place)
                    .at_line(field.line)
                    .with("name", &field.name),
            );
        }
        for other in &pages.fields[..position] {
            let code = match (other.name == field.name, overlaps(field, other)) {
                (true, _) => DUPLICATE,
                (false, true) => OVERLAP,
                (false, false) => continue,
            };
            let problem = Problem::new(code, &place)
                .at_line(field.line)
                .with("name", &field.name);
            push(problem.with("other", &other.name));
        }
    }
    for (position, area) in pages.areas.iter().enumerate() {
        if is_outside(
            pages,
            (area.x_um, area.y_um),
            (area.width_um, area.height_um),
        ) {
            let place = format!("area[{position}]");
            push(
                Problem::new(OUTSIDE_PAGE, &place)
                    .at_line(area.line)
                    .with("name", &area.name),
            );
        }
    }
}

fn is_outside(
    pages: &PagesTemplate,
    (x_um, y_um): (i64, i64),
    (width_um, height_um): (i64, i64),
) -> bool {
    x_um < 0 || y_um < 0 || x_um + width_um > pages.width_um || y_um + height_um > pages.height_um
}

fn overlaps(one: &Field, other: &Field) -> bool {
    one.page == other.page
        && one.x_um < other.x_um + other.width_um
        && other.x_um < one.x_um + one.width_um
        && one.y_um < other.y_um + other.height_um
        && other.y_um < one.y_um + one.height_um
}
