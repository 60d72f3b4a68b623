//! Workbooks: what stands in their cells.

use std::io::Read as _;

use serde_json::{Value, json};
use tongban_document::content::{Cell, Content, Workbook};
use tongban_document::workbook;

use crate::{ABOUT, codes, filled, template};

const REPORT: &str = r#"
key = "report"
title = "婚姻登记月报 {{ month }}"
data = ["month", "rows"]

[[sheet]]
name = "月报"
title = "婚姻登记月报（{{ month }}）"
rows = "rows"
suppress_below = 5

[[sheet.column]]
head = "登记机关"
value = "row.office"
width = 24

[[sheet.column]]
head = "结婚"
value = "row.marriages"
type = "integer"
suppress = true
total = true

[[sheet.column]]
head = "金额"
value = "row.fen"
type = "money"
total = true

[[sheet.column]]
head = "占比"
value = "row.share"
type = "percent"

[[sheet.column]]
head = "日期"
value = "row.on"
type = "date"
"#;

fn report(counts: &[i64]) -> Workbook {
    let row = |count: &i64| json!({ "office": "=1+1", "marriages": count, "fen": 12_345, "share": 1234, "on": "2026-03-05" });
    let rows: Vec<Value> = counts.iter().map(row).collect();
    let content = filled(
        &template(REPORT),
        json!({ "month": "2026-03", "rows": rows }),
    )
    .unwrap();
    let Content::Workbook(workbook) = content else {
        panic!("pages")
    };
    workbook
}

fn column(workbook: &Workbook) -> Vec<Cell> {
    workbook.sheets[0]
        .rows
        .iter()
        .map(|it| it[1].clone())
        .collect()
}

#[test]
fn small_counts_are_not_told() {
    use Cell::{Integer, Suppressed};
    let told = report(&[0, 3, 4, 5, 120]);
    let expected = [
        Integer(0),
        Suppressed(5),
        Suppressed(5),
        Integer(5),
        Integer(120),
    ];
    assert_eq!(column(&told), expected);
    assert_eq!(told.sheets[0].totals.as_ref().unwrap()[1], Integer(132));
    assert_eq!(
        told.sheets[0].totals.as_ref().unwrap()[2],
        Cell::Money(61_725)
    );
    // One alone could be reckoned from the sum: the next smallest is hidden with it.
    let told = report(&[3, 9, 120]);
    assert_eq!(column(&told), [Suppressed(5), Suppressed(10), Integer(120)]);
}

#[test]
fn a_cell_of_another_type_is_refused() {
    let data = json!({ "month": "2026-03", "rows": [{ "office": "甲", "marriages": "drei" }] });
    let problems = filled(&template(REPORT), data).unwrap_err();
    assert_eq!(codes(&problems), ["DOCUMENT_VALUE_WRONG 月报[1] 结婚"]);
}

#[test]
fn a_workbook_has_typed_cells_no_formulas_and_the_same_bytes() {
    let one = workbook::write(&report(&[7, 120]), &ABOUT).unwrap();
    let other = workbook::write(&report(&[7, 120]), &ABOUT).unwrap();
    assert!(one == other, "other bytes");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(one)).unwrap();
    let mut read = |name: &str| {
        let mut text = String::new();
        archive
            .by_name(name)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    };
    let sheet = read("xl/worksheets/sheet1.xml");
    assert!(!sheet.contains("<f>"), "a formula: {sheet}");
    assert!(
        sheet.contains("<v>120</v>") && sheet.contains("<v>123.45</v>"),
        "{sheet}"
    );
    assert!(read("xl/sharedStrings.xml").contains("=1+1"));
    assert!(read("docProps/core.xml").contains("2026-03-05T01:02:03Z"));
}
