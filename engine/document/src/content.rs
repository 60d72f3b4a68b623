//! What a document says, before it is set: all values are in their places, as text. Its digest is
//! what was issued, whichever fonts are installed later. Start from [`Content`].

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The content of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Content {
    /// Pages for a printer.
    Pages(Pages),
    /// Sheets of a workbook.
    Workbook(Workbook),
}

impl Content {
    /// The SHA-256 of everything that is said, in hexadecimal digits.
    pub fn digest(&self) -> String {
        let bytes = serde_json::to_vec(self).expect("texts and numbers become JSON");
        Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The title.
    pub fn title(&self) -> &str {
        match self {
            Content::Pages(it) => &it.title,
            Content::Workbook(it) => &it.title,
        }
    }
}

/// Pages for a printer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pages {
    /// The title, for the file's metadata.
    pub title: String,
    pub(crate) fields: Vec<FilledField>,
    pub(crate) blocks: Vec<FilledBlock>,
    pub(crate) header: Vec<RunningText>,
    pub(crate) footer: Vec<RunningText>,
}

/// The value of a field at its place; which one it is, is its position in the template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FilledField {
    pub(crate) field: usize,
    pub(crate) text: String,
}

/// A part of the flowing text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FilledBlock {
    pub(crate) block: usize,
    pub(crate) text: String,
    /// The rows of a table, cell by cell.
    pub(crate) rows: Vec<Vec<String>>,
}

/// A piece of a running head or foot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum RunningText {
    Text(String),
    /// The number of the page.
    Page,
    /// How many pages there are.
    Pages,
}

/// Sheets of a workbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Workbook {
    /// The title.
    pub title: String,
    /// The sheets.
    pub sheets: Vec<Sheet>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// The line above the table.
    pub title: String,
    /// The heads of the columns, each with its width in characters.
    pub heads: Vec<(String, u16)>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// The sums under the table, if it has them.
    pub totals: Option<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text, also one that looks like a number.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// An amount of money in fen.
    Money(i64),
    /// A share in hundredths of a percent.
    Percent(i64),
    /// Year, month, day.
    Date(u16, u8, u8),
    /// A number that could point to persons: smaller than this.
    Suppressed(i64),
}
