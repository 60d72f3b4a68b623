//! A template as staff write and version it: TOML, checked whole. Start from [`Template::read`].
//!
//! ```
//! let source = r#"
//! key = "receipt"
//! title = "收件回执"
//! data = ["number"]
//! [[block]]
//! text = "编号：{{ number }}"
//! "#;
//! let template = tongban_document::template::Template::read(source).expect("nothing is wrong with it");
//! assert_eq!(template.key, "receipt");
//! ```

mod check;
mod pages;
mod reader;
mod text;
mod workbook;

use serde_json::Value as Json;
use toml::de::DeTable;
use tongban_feel::expression::Names;

use crate::problem::{Problem, SYNTAX, WRONG};
use reader::{Reader, Table};

pub(crate) use pages::{
    Align, Block, BlockKind, Field, Fit, Look, PagesTemplate, Running, TableColumn,
};
pub(crate) use text::{Piece, Text};
pub(crate) use workbook::{Column, ColumnType, SheetTemplate};

/// The longest template, in bytes.
pub const TEMPLATE_BYTES_MAX: usize = 256 << 10;

/// A checked template.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its key, by which operations name it.
    pub key: String,
    /// What it is, for lists: the title without its values.
    pub label: String,
    /// The names of the data that it is filled with.
    pub data: Vec<String>,
    /// Data to try it with.
    pub example: Option<Json>,
    pub(crate) title: Text,
    pub(crate) body: Body,
}

/// What becomes of it.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Pages(Box<PagesTemplate>),
    Workbook(Vec<SheetTemplate>),
}

/// The form of the file that a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Pages.
    Pdf,
    /// A workbook.
    Xlsx,
}

impl Template {
    /// Reads and checks a template; on failure everything that is wrong with it.
    pub fn read(source: &str) -> Result<Template, Vec<Problem>> {
        if source.len() > TEMPLATE_BYTES_MAX {
            let problem = Problem::new(WRONG, "")
                .with("expected", format!("at most {TEMPLATE_BYTES_MAX} bytes"))
                .with("found", source.len().to_string());
            return Err(vec![problem]);
        }
        let reader = Reader::new(source);
        let document = match DeTable::parse(source) {
            Ok(document) => document,
            Err(error) => {
                let line = error.span().map_or(1, |it| reader.line(it.start));
                let problem = Problem::new(SYNTAX, "").at_line(line);
                return Err(vec![problem.with("reason", error.message())]);
            }
        };
        let template = read_root(&reader.root(document.get_ref()));
        let problems = reader.into_problems();
        if problems.is_empty() {
            Ok(template)
        } else {
            Err(problems)
        }
    }

    /// The form of the file that a document of this template is.
    pub fn format(&self) -> Format {
        match self.body {
            Body::Pages(_) => Format::Pdf,
            Body::Workbook(_) => Format::Xlsx,
        }
    }
}

const ROOT_KEYS: &[&str] = &[
    "key", "title", "data", "example", "page", "font", "header", "footer", "field", "area",
    "block", "sheet",
];

fn read_root(root: &Table<'_>) -> Template {
    root.known(ROOT_KEYS);
    let data = root.texts("data");
    let names = Names::of(data.iter().map(String::as_str));
    let scope = text::Scope::new(&names, &data);
    let key = root.required_text("key");
    let is_key = |it: &str| {
        !it.is_empty()
            && it
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if !key.is_empty() && !is_key(&key) {
        root.wrong("key", "letters, digits and hyphens", &key);
    }
    let title = root.required_text("title");
    let sheets = root.tables("sheet");
    let body = if sheets.is_empty() {
        Body::Pages(Box::new(pages::read(root, &scope)))
    } else {
        for other in ["page", "font", "header", "footer", "field", "area", "block"] {
            if root.has(other) {
                root.wrong(other, "pages or sheets, not both", other);
            }
        }
        Body::Workbook(sheets.iter().map(|it| workbook::read(it, &scope)).collect())
    };
    if let Body::Pages(pages) = &body {
        check::pages(root, pages);
    }
    Template {
        label: text::label(&title),
        title: scope.text(root, "title", &title),
        example: root.json("example"),
        key,
        data,
        body,
    }
}

#[cfg(test)]
mod tests;
