//! Documents from template to file, with the tests' own font.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may panic, and read fonts"
)]

mod font;
mod pages;
mod workbook;

use std::sync::Arc;

use serde_json::{Map, Value};
use tongban_document::content::Content;
use tongban_document::fill::fill;
use tongban_document::font::{Face, FontBytes, Fonts};
use tongban_document::layout::lay_out;
use tongban_document::page::Page;
use tongban_document::pdf::About;
use tongban_document::problem::Problems;
use tongban_document::template::Template;
use tongban_feel::environment::Environment;

/// A part of Noto Sans CJK, which every machine has that has this repository.
const FONT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/font/NotoSansCJKsc-subset.otf"
);

pub(crate) const ABOUT: About<'static> = About {
    title: "题名",
    author: "民政局",
    issued_at: [2026, 3, 5, 1, 2, 3],
    id: "150627/1",
};

pub(crate) fn fonts() -> Fonts {
    Fonts::new(vec![face(FONT)])
}

pub(crate) fn face(path: &str) -> Face {
    let bytes: FontBytes = Arc::new(std::fs::read(path).unwrap());
    Face::read(bytes, Some("song")).unwrap()
}

pub(crate) fn template(source: &str) -> Template {
    Template::read(source).unwrap_or_else(|it| panic!("{}", Problems(it)))
}

pub(crate) fn filled(template: &Template, data: Value) -> Result<Content, Problems> {
    let data: Map<String, Value> = data.as_object().unwrap().clone();
    fill(template, &data, &Environment::default())
}

pub(crate) fn laid_out(source: &str, data: Value, fonts: &Fonts) -> Result<Vec<Page>, Problems> {
    let template = template(source);
    match filled(&template, data)? {
        Content::Pages(it) => lay_out(&template, &it, fonts),
        Content::Workbook(_) => panic!("a workbook"),
    }
}

pub(crate) fn codes(problems: &Problems) -> Vec<String> {
    let problems = problems.0.iter();
    problems
        .map(|it| format!("{} {}", it.code, it.place))
        .collect()
}
