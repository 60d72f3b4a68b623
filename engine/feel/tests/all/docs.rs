//! The parts of `engine/docs/feel.md` that are made from the code.
//!
//! `TONGBAN_BLESS=1` writes them anew.

use std::fmt::Write;
use std::path::Path;

use tongban_feel::catalogue::families;
use tongban_feel::diagnostic::CODES;

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', "\\n")
}

fn code(text: &str) -> String {
    format!("`{}`", cell(text))
}

fn functions() -> String {
    let mut page = String::new();
    for family in families() {
        let clause = match family.clause {
            "" => "not in the standard".to_owned(),
            clause => clause.to_owned(),
        };
        write!(
            page,
            "### {}\n\n({clause})\n\n| function | what it gives | examples |\n|---|---|---|\n",
            family.title
        )
        .unwrap();
        for function in family.functions {
            let forms: Vec<String> = function.forms.iter().map(|it| code(it)).collect();
            let examples = function.examples.iter();
            let examples: Vec<String> = examples
                .map(|(source, value)| code(&format!("{source} = {value}")))
                .collect();
            let (forms, examples) = (forms.join("<br>"), examples.join("<br>"));
            writeln!(
                page,
                "| {forms} | {} | {examples} |",
                cell(function.description)
            )
            .unwrap();
        }
        page.push('\n');
    }
    page
}

fn codes() -> String {
    let mut page = String::from("| code | 中文 | meaning | remedy |\n|---|---|---|---|\n");
    let mut codes: Vec<_> = CODES.iter().collect();
    codes.sort_by_key(|it| it.code);
    for it in codes {
        let (zh, en, help) = (cell(it.zh), cell(it.en), cell(it.help));
        writeln!(page, "| {} | {zh} | {en} | {help} |", it.code).unwrap();
    }
    page
}

/// The page with a part between its marks replaced.
fn with_part(page: &str, name: &str, part: &str) -> String {
    let (begin, end) = (
        format!("<!-- {name}:begin -->\n"),
        format!("<!-- {name}:end -->"),
    );
    let (before, rest) = page.split_once(&begin).expect("the part begins");
    let (_, after) = rest.split_once(&end).expect("the part ends");
    format!("{before}{begin}{part}{end}{after}")
}

#[test]
fn the_generated_parts_of_the_page_are_those_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/feel.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let expected = with_part(&page, "functions", &functions());
    let expected = with_part(&expected, "codes", &codes());
    if std::env::var_os("TONGBAN_BLESS").is_some() {
        std::fs::write(&path, expected).unwrap();
        return;
    }
    assert!(
        page == expected,
        "engine/docs/feel.md is stale; `TONGBAN_BLESS=1` writes it anew"
    );
}
