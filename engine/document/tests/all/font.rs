//! Fonts as Debian installs them.

use std::io::Write as _;

use tongban_document::font::Fonts;
use tongban_document::pdf;

use crate::{ABOUT, face, laid_out};

/// Debian's collections: outlines of both kinds, and faces for several countries in one file.
const COLLECTIONS: &[(&str, &str)] = &[
    (
        "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
        "Noto Serif CJK SC",
    ),
    (
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "Noto Sans CJK SC",
    ),
    (
        "/usr/share/fonts/truetype/arphic/uming.ttc",
        "AR PL UMing CN",
    ),
];

const LINE: &str = r#"
key = "line"
title = "一行"
data = ["name"]
[[block]]
text = "{{ name }}"
"#;

/// Past what libtest captures: nobody reads the output of a test that passed.
fn say_not_run(test: &str, path: &str) {
    let _ = writeln!(
        std::io::stderr(),
        "{test}: not run with {path}: there is no such file"
    );
}

#[test]
fn the_simplified_face_of_a_collection_is_taken_and_embedded_in_part() {
    for (path, family) in COLLECTIONS {
        if !std::path::Path::new(path).is_file() {
            say_not_run(
                "the_simplified_face_of_a_collection_is_taken_and_embedded_in_part",
                path,
            );
            continue;
        }
        let face = face(path);
        assert_eq!(face.family, *family);
        let fonts = Fonts::new(vec![face]);
        let pages = laid_out(LINE, serde_json::json!({ "name": "张三丰" }), &fonts).unwrap();
        let file = pdf::write(&pages, &fonts, &ABOUT).unwrap();
        assert!(file.len() < 100_000, "{path}: {} bytes", file.len());
    }
}
