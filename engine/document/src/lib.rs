//! Documents as PDF and tables as Excel: template, data and fonts in, bytes out.
//!
//! A [`Template`](template::Template) is read and checked once. [`fill`](fill::fill) puts data into it,
//! [`lay_out`](layout::lay_out) places the content on pages, [`pdf::write`] and [`workbook::write`]
//! make the bytes.
//!
//! **Invariant:** nothing here reads a clock, a file or the network; the same template, data, fonts
//! and time give the same bytes. What cannot be set is refused with a code, never left blank.
//! It knows `feel`, since values are expressions, and nothing of records, storage or GraphQL.

pub mod content;
pub mod fill;
pub mod font;
pub mod layout;
pub mod page;
pub mod pdf;
pub mod problem;
pub mod template;
pub mod workbook;

mod length;
mod line;
mod value;
