//! What a document costs: filled, set and written, with Debian's font or the tests' own.
//!
//! `cargo run --release -p tongban-document --example typesetting [font file]`
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement reads the clock and may panic"
)]

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value, json};
use tongban_document::content::Content;
use tongban_document::fill::fill;
use tongban_document::font::{Face, FontBytes, Fonts};
use tongban_document::layout::lay_out;
use tongban_document::pdf::{self, About};
use tongban_document::template::Template;
use tongban_feel::environment::Environment;

const FONT: &str = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc";
/// Where Debian's font is not installed; its documents take as long.
const TEST_FONT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/font/NotoSansCJKsc-subset.otf"
);
/// The aim for one document.
const AIM_US: u128 = 10_000;
const ROUNDS: u32 = 100;

const LETTER: &str = r#"
key = "letter"
title = "离婚登记申请受理回执单"
data = ["number", "names", "acceptedOn", "until", "rows"]
[footer]
text = "第 {{ page }} 页 共 {{ pages }} 页"
[[block]]
kind = "heading"
text = "离婚登记申请受理回执单"
[[block]]
text = "{{ names }}：\n你们于{{ acceptedOn | date }}提出的离婚登记申请，编号{{ number }}，经审查符合受理条件，予以受理。自收到申请之日起三十日内，任何一方不愿意离婚的，可以向婚姻登记机关撤回离婚登记申请。期限届满后三十日内，双方应当亲自到婚姻登记机关申请发给离婚证；至{{ until | date }}未申请的，视为撤回离婚登记申请。"
[[block]]
kind = "table"
rows = "rows"
[[block.column]]
head = "序号"
width = 15
text = "{{ position }}"
[[block.column]]
head = "材料"
text = "{{ row }}"
[[block]]
kind = "signature"
text = "伊金霍洛旗民政局\n{{ acceptedOn | date-upper }}"
"#;

fn main() {
    let is_there = std::path::Path::new(FONT).is_file();
    let usual = if is_there { FONT } else { TEST_FONT };
    let path = std::env::args().nth(1).unwrap_or_else(|| usual.to_owned());
    println!("documents with {path}");
    let begun = Instant::now();
    let bytes = std::fs::read(&path).unwrap();
    let bytes: FontBytes = Arc::new(bytes);
    let fonts = Fonts::new(vec![Face::read(bytes, Some("song")).unwrap()]);
    println!("font read in {} µs", begun.elapsed().as_micros());
    let template = Template::read(LETTER).unwrap();
    let mut times: Vec<[u128; 3]> = (0..ROUNDS).map(|it| round(&template, &fonts, it)).collect();
    let first = times[0];
    println!(
        "first: fill {} µs, set {} µs, write {} µs",
        first[0], first[1], first[2]
    );
    times.sort_by_key(|it| it.iter().sum::<u128>());
    let at = |share: usize| times[times.len() * share / 100].iter().sum::<u128>();
    let median = times[times.len() / 2];
    println!(
        "median: fill {} µs, set {} µs, write {} µs; whole p50 {} µs, p95 {} µs (aim {AIM_US} µs)",
        median[0],
        median[1],
        median[2],
        at(50),
        at(95)
    );
}

fn round(template: &Template, fonts: &Fonts, round: u32) -> [u128; 3] {
    let data: Map<String, Value> = json!({
        "number": format!("LH150627-2026-{round:06}"),
        "names": "张三丰、李四光",
        "acceptedOn": "2026-03-05",
        "until": "2026-05-06",
        "rows": ["居民身份证", "结婚证", "离婚协议书", "两寸近期半身免冠照片"],
    })
    .as_object()
    .unwrap()
    .clone();
    let begun = Instant::now();
    let Content::Pages(content) = fill(template, &data, &Environment::default()).unwrap() else {
        panic!("a workbook")
    };
    let filled = begun.elapsed().as_micros();
    let begun = Instant::now();
    let pages = lay_out(template, &content, fonts).unwrap();
    let set = begun.elapsed().as_micros();
    let about = About {
        title: "回执单",
        author: "民政局",
        issued_at: [2026, 3, 5, 1, 0, 0],
        id: "bench",
    };
    let begun = Instant::now();
    let bytes = pdf::write(&pages, fonts, &about).unwrap();
    let written = begun.elapsed().as_micros();
    if round == 0 {
        println!("{} bytes", bytes.len());
    }
    [filled, set, written]
}
