//! Templates that are right and wrong, and what is told of them.

use super::*;

fn codes(source: &str) -> Vec<String> {
    let problems = Template::read(source).expect_err("something is wrong with it");
    problems
        .iter()
        .map(|it| format!("{} {} {}", it.line.unwrap_or(0), it.code, it.place))
        .collect()
}

const PLAIN: &str = r#"
key = "receipt"
title = "回执 {{ number }}"
data = ["number", "names"]

[[field]]
name = "number"
x = 20
y = 30.5
width = 60
text = "{{ number }}"
"#;

#[test]
fn a_template_is_read() {
    let template = Template::read(PLAIN).expect("nothing is wrong with it");
    assert_eq!(template.key, "receipt");
    assert_eq!(template.label, "回执");
    assert_eq!(template.format(), Format::Pdf);
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let source = PLAIN.to_owned()
        + r#"colour = "red"

[[field]]
name = "wide"
x = 180
y = 30
width = 40
font = "comic"
text = "{{ nmber }}"
fit = "squeeze"

[[block]]
kind = "table"
rows = "names["
"#;
    assert_eq!(
        codes(&source),
        [
            "12 DOCUMENT_TEMPLATE_KEY_UNKNOWN field[0].colour",
            "19 DOCUMENT_TEMPLATE_FONT_UNKNOWN field[1].font",
            "21 DOCUMENT_TEMPLATE_VALUE_WRONG field[1].fit",
            "20 DOCUMENT_TEMPLATE_NAME_UNKNOWN field[1].text",
            "23 DOCUMENT_TEMPLATE_KEY_MISSING block[0].column",
            "25 DOCUMENT_TEMPLATE_EXPRESSION_WRONG block[0].rows",
            "14 DOCUMENT_TEMPLATE_OUTSIDE_PAGE field[1]",
        ]
    );
}

#[test]
fn fields_that_overlap_are_refused() {
    let source = PLAIN.to_owned()
        + r#"
[[field]]
name = "other"
x = 70
y = 32
width = 20
text = "x"
"#;
    assert_eq!(codes(&source), ["13 DOCUMENT_TEMPLATE_OVERLAP field[1]"]);
}

#[test]
fn a_form_and_a_brace_are_checked() {
    let source = PLAIN
        .replace("{{ number }}\"\n\"#", "")
        .replace("\"{{ number }}\"", "\"{{ number | roman }}\"");
    assert_eq!(
        codes(&source),
        ["11 DOCUMENT_TEMPLATE_VALUE_WRONG field[0].text"]
    );
    let source = PLAIN.replace("\"{{ number }}\"", "\"{{ number }\"");
    assert_eq!(
        codes(&source),
        ["11 DOCUMENT_TEMPLATE_EXPRESSION_WRONG field[0].text"]
    );
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    assert_eq!(
        codes("key = \"a\"\ntitle = "),
        ["2 DOCUMENT_TEMPLATE_SYNTAX "]
    );
}

#[test]
fn a_template_has_pages_or_sheets() {
    let source = r#"
key = "a"
title = "表"
[page]
size = "A4"
[[sheet]]
name = "a/b"
rows = "[]"
[[sheet.column]]
head = "甲"
value = "row.a"
type = "text"
suppress = true
"#;
    assert_eq!(
        codes(source),
        [
            "4 DOCUMENT_TEMPLATE_VALUE_WRONG page",
            "7 DOCUMENT_TEMPLATE_VALUE_WRONG sheet[0].name",
            "13 DOCUMENT_TEMPLATE_VALUE_WRONG sheet[0].column[0].suppress",
        ]
    );
    assert_eq!(
        codes("key = \"a\"\ntitle = \"空\"\n"),
        ["1 DOCUMENT_TEMPLATE_EMPTY "]
    );
}
