//! Pages: where things lie, what does not fit, what has no glyph.

use serde_json::{Value, json};
use tongban_document::content::Content;
use tongban_document::font::Fonts;
use tongban_document::page::Page;
use tongban_document::pdf;

use crate::{ABOUT, codes, filled, fonts, laid_out, template};

const CERTIFICATE: &str = r#"
key = "certificate"
title = "证书 {{ number }}"
data = ["number", "name", "on"]

[page]
width = 125
height = 88

[[field]]
name = "number"
x = 20
y = 10.5
width = 60
text = "{{ number }}"
size = 12

[[field]]
name = "name"
x = 20
y = 30
width = 30
text = "{{ name }}"
size = 12
align = "distribute"

[[field]]
name = "on"
x = 70
y = 70
width = 50
text = "{{ on | date-upper }}"
size = 12
align = "end"

[[area]]
name = "seal"
x = 70
y = 40
width = 42
height = 42
"#;

fn data() -> Value {
    json!({ "number": "J150627-2026-000123", "name": "张三丰", "on": "2026-03-05" })
}

fn text<'p>(pages: &'p [Page], name: &str) -> &'p tongban_document::page::Text {
    let mut texts = pages.iter().flat_map(|it| &it.texts);
    texts.find(|it| it.name == name).unwrap()
}

#[test]
fn fields_lie_where_the_template_says() {
    let fonts = fonts();
    let pages = laid_out(CERTIFICATE, data(), &fonts).unwrap();
    assert_eq!(pages.len(), 1);
    assert_eq!((pages[0].width_um, pages[0].height_um), (125_000, 88_000));
    let number = text(&pages, "number");
    assert_eq!(
        (number.x_um, number.text.as_str()),
        (20_000, "J150627-2026-000123")
    );
    // The letters stand within the field: below its upper edge by the share above the line.
    assert_eq!(
        number.baseline_um,
        10_500 + (5079 - 4233) / 2 + 4233 * 88 / 100
    );
    // Spread over the whole width.
    let name = text(&pages, "name");
    assert_eq!((name.x_um, name.width_um), (20_000, 30_000));
    let on = text(&pages, "on");
    assert_eq!(on.text, "二〇二六年三月五日");
    assert_eq!(on.x_um + on.width_um, 120_000);
    assert_eq!(on.width_um, 9 * 4233);
    assert_eq!(pages[0].areas[0].name, "seal");
}

#[test]
fn what_does_not_fit_is_refused_or_shrinks_as_the_template_says() {
    let fonts = fonts();
    let mut long = data();
    long["name"] = json!("买买提·艾合买提江·吐尔逊");
    let problems = laid_out(CERTIFICATE, long.clone(), &fonts).unwrap_err();
    assert_eq!(codes(&problems), ["DOCUMENT_DOES_NOT_FIT name"]);
    let shrinking = CERTIFICATE.replace("align = \"distribute\"", "fit = \"shrink\"\nsize_min = 6");
    let pages = laid_out(&shrinking, long, &fonts).unwrap();
    let name = text(&pages, "name");
    assert!(
        name.width_um <= 30_000 && name.size_um < 4233 && name.size_um >= 2117,
        "{name:?}"
    );
}

#[test]
fn the_same_document_has_the_same_bytes_and_a_part_of_the_font() {
    let fonts = fonts();
    let pages = laid_out(CERTIFICATE, data(), &fonts).unwrap();
    let one = pdf::write(&pages, &fonts, &ABOUT).unwrap();
    let other = pdf::write(
        &laid_out(CERTIFICATE, data(), &fonts).unwrap(),
        &fonts,
        &ABOUT,
    )
    .unwrap();
    assert!(one == other, "other bytes");
    assert!(one.starts_with(b"%PDF-1.7"));
    assert!(one.len() < 100_000, "{} bytes", one.len());
    let text = String::from_utf8_lossy(&one);
    assert!(
        text.contains("pdfaid:part") && text.contains("/FontFile"),
        "no PDF/A, or no font"
    );
}

#[test]
fn characters_that_no_font_has_are_named() {
    let fonts = fonts();
    let mut rare = data();
    // Of the private use area, and a letter whose form depends on its neighbors.
    rare["name"] = json!("张\u{e000}\u{182e}");
    let problems = laid_out(CERTIFICATE, rare, &fonts).unwrap_err();
    assert_eq!(
        codes(&problems),
        [
            "DOCUMENT_CHARACTER_MISSING name",
            "DOCUMENT_SCRIPT_UNSUPPORTED name"
        ]
    );
    let parameters = problems.0[0].all_parameters();
    assert!(
        parameters.contains(&("code_point", "U+E000".to_owned())),
        "{parameters:?}"
    );
}

#[test]
fn without_fonts_nothing_is_set() {
    let problems = laid_out(CERTIFICATE, data(), &Fonts::default()).unwrap_err();
    assert_eq!(codes(&problems), ["DOCUMENT_FONT_MISSING "]);
}

#[test]
fn what_is_missing_or_wrong_is_told_with_its_place() {
    let template = template(CERTIFICATE);
    let problems = filled(&template, json!({ "number": true, "on": "5 March" })).unwrap_err();
    assert_eq!(
        codes(&problems),
        [
            "DOCUMENT_VALUE_WRONG title",
            "DOCUMENT_VALUE_WRONG number",
            "DOCUMENT_VALUE_MISSING name",
            "DOCUMENT_VALUE_WRONG on"
        ]
    );
}

const NOTICE: &str = r#"
key = "notice"
title = "一次性补正告知书"
data = ["name", "items", "hasRemedy"]

[footer]
text = "第 {{ page }} 页 共 {{ pages }} 页"

[[block]]
kind = "heading"
text = "一次性补正告知书"

[[block]]
name = "body"
text = "{{ name }}：\n经审查，您提交的申请材料不齐全，请补正下列材料。"

[[block]]
name = "items"
kind = "table"
rows = "items"
[[block.column]]
head = "序号"
width = 15
text = "{{ position }}"
align = "center"
[[block.column]]
head = "材料"
text = "{{ row.title }}"

[[block]]
name = "remedy"
when = "hasRemedy"
text = "如不服，可以申请行政复议。"

[[block]]
kind = "signature"
name = "seal"
text = "伊金霍洛旗民政局\n2026年3月5日"
"#;

fn items(n_items: usize) -> Value {
    let items: Vec<Value> = (0..n_items)
        .map(|it| json!({ "title": format!("第{it}项材料") }))
        .collect();
    json!({ "name": "张三", "items": items, "hasRemedy": false })
}

#[test]
fn a_table_repeats_its_head_and_pages_are_numbered() {
    let fonts = fonts();
    let pages = laid_out(NOTICE, items(80), &fonts).unwrap();
    assert!(pages.len() > 2, "{} pages", pages.len());
    let n_pages = pages.len();
    for (position, page) in pages.iter().enumerate() {
        let of = |name: &str| {
            page.texts
                .iter()
                .filter(|it| it.name == name)
                .collect::<Vec<_>>()
        };
        let footer = format!("第 {} 页 共 {n_pages} 页", position + 1);
        assert_eq!(of("footer")[0].text, footer);
        let cells = of("items");
        if !cells.is_empty() {
            assert_eq!(cells[0].text, "序号");
        }
        let bottom = page.height_um - 25_400;
        let body = page.texts.iter().filter(|it| it.name != "footer");
        assert!(
            body.clone().all(|it| it.baseline_um < bottom),
            "below the margin"
        );
    }
    let texts = pages.iter().flat_map(|it| &it.texts);
    let rows = texts
        .clone()
        .filter(|it| it.text.starts_with('第') && it.name == "items");
    assert_eq!(rows.count(), 80);
    assert!(texts.clone().all(|it| it.name != "remedy"));
    assert_eq!(pages.last().unwrap().areas[0].name, "seal");
    let long = laid_out(NOTICE, items(9000), &fonts).map(drop).unwrap_err();
    assert_eq!(codes(&long), ["DOCUMENT_TOO_LONG "]);
}

#[test]
fn paragraphs_are_indented_and_justified() {
    let fonts = fonts();
    let mut data = items(1);
    data["name"] = json!("根据《婚姻登记条例》的有关规定，".repeat(8));
    let pages = laid_out(NOTICE, data, &fonts).unwrap();
    let lines: Vec<_> = pages[0]
        .texts
        .iter()
        .filter(|it| it.name == "body")
        .collect();
    let (left, right) = (28_000, 210_000 - 26_000);
    assert_eq!(lines[0].x_um, left + 2 * 4233);
    assert_eq!(lines[1].x_um, left);
    assert_eq!(lines[0].x_um + lines[0].width_um, right);
    for line in &lines {
        let first = line.text.chars().next().unwrap();
        assert!(!"，。》：".contains(first), "{}", line.text);
    }
}

#[test]
fn the_content_has_a_digest_of_its_own() {
    let template = template(NOTICE);
    let digest = |data| filled(&template, data).unwrap().digest();
    assert_eq!(digest(items(2)), digest(items(2)));
    assert_ne!(digest(items(2)), digest(items(3)));
    assert!(matches!(
        filled(&template, items(1)).unwrap(),
        Content::Pages(_)
    ));
}
