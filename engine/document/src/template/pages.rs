//! Templates of pages: fields at their places on pre-printed stock, and flowing text.

use tongban_feel::expression::Expression;

use super::reader::Table;
use super::text::{Scope, Text};
use crate::font::STYLES;
use crate::problem::{FONT_UNKNOWN, Problem};

/// Pages.
#[derive(Clone, Debug)]
pub(crate) struct PagesTemplate {
    pub(crate) width_um: i64,
    pub(crate) height_um: i64,
    pub(crate) top_um: i64,
    pub(crate) right_um: i64,
    pub(crate) bottom_um: i64,
    pub(crate) left_um: i64,
    pub(crate) header: Option<Running>,
    pub(crate) footer: Option<Running>,
    pub(crate) fields: Vec<Field>,
    pub(crate) areas: Vec<PlacedArea>,
    pub(crate) blocks: Vec<Block>,
}

/// How letters look and lie.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) style: String,
    pub(crate) size_um: i64,
    pub(crate) tracking_um: i64,
    pub(crate) align: Align,
    /// Thousandths of the size from line to line.
    pub(crate) line: i64,
}

impl Look {
    pub(crate) fn line_um(&self) -> i64 {
        self.line_of(self.size_um)
    }

    pub(crate) fn line_of(&self, size_um: i64) -> i64 {
        size_um * self.line / 1000
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Start,
    Center,
    End,
    /// Lines but the last fill the width.
    Justify,
    /// Every line fills the width: 分散对齐.
    Distribute,
}

const ALIGNS: &[&str] = &["start", "center", "end", "justify", "distribute"];

/// A running head or foot.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub(crate) text: Text,
    pub(crate) look: Look,
    /// From the edge of the page.
    pub(crate) distance_um: i64,
}

/// A value at its place.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) page: i64,
    pub(crate) x_um: i64,
    pub(crate) y_um: i64,
    pub(crate) width_um: i64,
    pub(crate) height_um: i64,
    pub(crate) text: Text,
    pub(crate) look: Look,
    pub(crate) fit: Fit,
    pub(crate) line: u32,
}

/// What becomes of a value that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    Refuse,
    /// Its letters get smaller, to this size.
    Shrink {
        size_min_um: i64,
    },
}

/// A place for a seal or a signature.
#[derive(Clone, Debug)]
pub(crate) struct PlacedArea {
    pub(crate) name: String,
    pub(crate) page: i64,
    pub(crate) x_um: i64,
    pub(crate) y_um: i64,
    pub(crate) width_um: i64,
    pub(crate) height_um: i64,
    pub(crate) line: u32,
}

/// A part of the flowing text.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) name: String,
    pub(crate) when: Option<Expression>,
    pub(crate) before_um: i64,
    pub(crate) look: Look,
    pub(crate) kind: BlockKind,
}

#[derive(Clone, Debug)]
pub(crate) enum BlockKind {
    /// A text; the first line of each of its paragraphs is indented by so many thousandths of the
    /// size.
    Paragraph { text: Text, indent: i64 },
    /// A table, its head repeated on each page.
    Table {
        rows: Option<Expression>,
        columns: Vec<TableColumn>,
    },
    /// Who issues it and when, on the right, with the place for the seal over it.
    Signature {
        text: Text,
        width_um: i64,
        height_um: i64,
    },
    /// The next page.
    Break,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(crate) struct TableColumn {
    pub(crate) head: String,
    /// What is left is shared by those without a width.
    pub(crate) width_um: Option<i64>,
    pub(crate) text: Text,
    pub(crate) align: Align,
}

const LOOK_KEYS: [&str; 5] = ["font", "size", "tracking", "align", "line"];
const A4_UM: (i64, i64) = (210_000, 297_000);
/// The paper that has a name, upright.
const PAPERS: &[(&str, i64, i64)] = &[
    ("A3", 297_000, 420_000),
    ("A4", A4_UM.0, A4_UM.1),
    ("A5", 148_000, 210_000),
    ("A6", 105_000, 148_000),
    ("B5", 176_000, 250_000),
    ("16K", 185_000, 260_000),
];

pub(super) fn read(root: &Table<'_>, scope: &Scope<'_>) -> PagesTemplate {
    let page = root.table("page");
    let (width_um, height_um) = page.as_ref().map_or(A4_UM, read_size);
    let usual = [25_400, 26_000, 25_400, 28_000];
    let margin = page.as_ref().and_then(|it| it.lengths("margin"));
    let [top_um, right_um, bottom_um, left_um] = margin.unwrap_or(usual);
    let standard = Look {
        style: STYLES[0].to_owned(),
        size_um: 4233,
        tracking_um: 0,
        align: Align::Justify,
        line: 1500,
    };
    let look = root.table("font").map_or(standard.clone(), |table| {
        table.known(&["name", "size", "tracking", "align", "line"]);
        read_look(&table, "name", &standard)
    });
    let running = |key| {
        let table = root.table(key)?;
        Some(read_running(&table, &scope.of_pages(), &look))
    };
    PagesTemplate {
        width_um,
        height_um,
        top_um,
        right_um,
        bottom_um,
        left_um,
        header: running("header"),
        footer: running("footer"),
        fields: root
            .tables("field")
            .iter()
            .map(|it| read_field(it, scope, &look))
            .collect(),
        areas: root.tables("area").iter().map(read_area).collect(),
        blocks: root
            .tables("block")
            .iter()
            .map(|it| read_block(it, scope, &look))
            .collect(),
    }
}

fn read_size(page: &Table<'_>) -> (i64, i64) {
    page.known(&["size", "width", "height", "landscape", "margin"]);
    let names: Vec<&str> = PAPERS.iter().map(|it| it.0).collect();
    let (mut width_um, mut height_um) = A4_UM;
    if let Some(name) = page.word("size", &names)
        && let Some(paper) = PAPERS.iter().find(|it| it.0 == name)
    {
        (width_um, height_um) = (paper.1, paper.2);
    }
    if page.boolean("landscape") {
        (width_um, height_um) = (height_um, width_um);
    }
    (
        page.extent("width").unwrap_or(width_um),
        page.extent("height").unwrap_or(height_um),
    )
}

fn read_look(table: &Table<'_>, name: &str, usual: &Look) -> Look {
    let style = table.text(name);
    if let Some(style) = &style
        && !STYLES.contains(&style.as_str())
    {
        table.report(name, |path| {
            Problem::new(FONT_UNKNOWN, path)
                .with("font", style)
                .with("known", STYLES.join(", "))
        });
    }
    Look {
        style: style.unwrap_or_else(|| usual.style.clone()),
        size_um: table.size("size").unwrap_or(usual.size_um),
        tracking_um: table.length("tracking").unwrap_or(usual.tracking_um),
        align: read_align(table).unwrap_or(usual.align),
        line: table.factor("line").unwrap_or(usual.line),
    }
}

fn read_align(table: &Table<'_>) -> Option<Align> {
    Some(match table.word("align", ALIGNS)? {
        "start" => Align::Start,
        "center" => Align::Center,
        "end" => Align::End,
        "justify" => Align::Justify,
        _ => Align::Distribute,
    })
}

fn read_running(table: &Table<'_>, scope: &Scope<'_>, usual: &Look) -> Running {
    table.known(&[&["text", "distance"], &LOOK_KEYS[..]].concat());
    let usual = Look {
        align: Align::Center,
        ..usual.clone()
    };
    let text = table.required_text("text");
    Running {
        text: scope.text(table, "text", &text),
        look: read_look(table, "font", &usual),
        distance_um: table.extent("distance").unwrap_or(15_000),
    }
}

fn read_field(table: &Table<'_>, scope: &Scope<'_>, usual: &Look) -> Field {
    let own = [
        "name", "page", "x", "y", "width", "height", "text", "fit", "size_min",
    ];
    table.known(&[&own, &LOOK_KEYS[..]].concat());
    let usual = Look {
        align: Align::Start,
        line: 1200,
        ..usual.clone()
    };
    let look = read_look(table, "font", &usual);
    let text = table.required_text("text");
    let fit = match table.word("fit", &["refuse", "shrink"]) {
        Some("shrink") => Fit::Shrink {
            size_min_um: table.size("size_min").unwrap_or(look.size_um / 2),
        },
        _ => Fit::Refuse,
    };
    Field {
        name: table.required_text("name"),
        page: table.count("page", 50).unwrap_or(1),
        x_um: table.required_length("x"),
        y_um: table.required_length("y"),
        width_um: table.required_extent("width"),
        height_um: table.extent("height").unwrap_or(look.line_um()),
        text: scope.text(table, "text", &text),
        look,
        fit,
        line: table.line(),
    }
}

fn read_area(table: &Table<'_>) -> PlacedArea {
    table.known(&["name", "page", "x", "y", "width", "height"]);
    PlacedArea {
        name: table.required_text("name"),
        page: table.count("page", 50).unwrap_or(1),
        x_um: table.required_length("x"),
        y_um: table.required_length("y"),
        width_um: table.required_extent("width"),
        height_um: table.required_extent("height"),
        line: table.line(),
    }
}

const KINDS: &[&str] = &["paragraph", "heading", "table", "signature", "break"];

fn read_block(table: &Table<'_>, scope: &Scope<'_>, usual: &Look) -> Block {
    let kind = match table.has("kind") {
        true => table.word("kind", KINDS).unwrap_or("paragraph"),
        false => "paragraph",
    };
    let own: &[&str] = match kind {
        "paragraph" | "heading" => &["kind", "name", "when", "before", "text", "indent"],
        "table" => &["kind", "name", "when", "before", "rows", "column"],
        "signature" => &["kind", "name", "when", "before", "text", "width", "height"],
        _ => &["kind", "name", "when", "before"],
    };
    table.known(&[own, &LOOK_KEYS[..]].concat());
    let align = match kind {
        "heading" | "signature" => Align::Center,
        "table" => Align::Start,
        _ => usual.align,
    };
    let is_heading = kind == "heading";
    let usual = Look {
        align,
        style: if is_heading {
            "hei".to_owned()
        } else {
            usual.style.clone()
        },
        size_um: if is_heading {
            usual.size_um * 3 / 2
        } else {
            usual.size_um
        },
        ..usual.clone()
    };
    let text = || {
        let text = table.required_text("text");
        scope.text(table, "text", &text)
    };
    let kind = match kind {
        "table" => read_table(table, scope),
        "signature" => BlockKind::Signature {
            text: text(),
            width_um: table.extent("width").unwrap_or(70_000),
            height_um: table.extent("height").unwrap_or(42_000),
        },
        "break" => BlockKind::Break,
        _ => BlockKind::Paragraph {
            text: text(),
            indent: if is_heading { 0 } else { read_indent(table) },
        },
    };
    Block {
        name: table.text("name").unwrap_or_else(|| table.path("")),
        when: scope.optional(table, "when"),
        before_um: table.length("before").unwrap_or(0),
        look: read_look(table, "font", &usual),
        kind,
    }
}

/// Two letters, as paragraphs of Chinese begin.
fn read_indent(table: &Table<'_>) -> i64 {
    if table.has("indent") {
        return table.length("indent").unwrap_or(0);
    }
    2000
}

fn read_table(table: &Table<'_>, scope: &Scope<'_>) -> BlockKind {
    let rows = table.required_text("rows");
    let of_rows = scope.of_rows();
    let columns: Vec<TableColumn> = table
        .tables("column")
        .iter()
        .map(|column| {
            column.known(&["head", "width", "text", "align"]);
            let text = column.required_text("text");
            TableColumn {
                head: column.required_text("head"),
                width_um: column.extent("width"),
                text: of_rows.text(column, "text", &text),
                align: read_align(column).unwrap_or(Align::Start),
            }
        })
        .collect();
    if columns.is_empty() {
        table.missing("column");
    }
    BlockKind::Table {
        rows: scope.expression(table, "rows", &rows),
        columns,
    }
}
