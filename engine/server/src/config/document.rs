//! `[document]`: the fonts of documents.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use tongban_document::font::{Face, FontBytes, Fonts, STYLES};

/// Where Debian puts Chinese fonts, with the kind of type they are, the richest of a kind first.
const USUAL: &[&str] = &[
    "song=/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "hei=/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "song=/usr/share/fonts/truetype/arphic/uming.ttc",
    "kai=/usr/share/fonts/truetype/arphic/ukai.ttc",
    "hei=/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "hei=/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
];

/// What documents are made with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Document {
    /// Font files in order of fallback, each `style=path` or `path`; without a list, of Debian's the first
    /// of each kind, since they stay in memory.
    pub(crate) fonts: Option<Vec<String>>,
}

impl Document {
    /// Reads the fonts. A file that is named and cannot be used is an error; of the usual ones the
    /// first of each kind is taken that is there.
    pub(crate) fn open(&self) -> anyhow::Result<Fonts> {
        let mut faces = Vec::new();
        match &self.fonts {
            Some(named) => {
                for it in named {
                    faces.push(read(it)?);
                }
            }
            None => {
                for it in usual(|path| path.is_file()) {
                    faces.push(read(it)?);
                }
            }
        }
        if faces.is_empty() {
            tracing::warn!(
                "no Chinese font: documents cannot be issued as PDF; install fonts-noto-cjk or name fonts under [document]"
            );
        }
        for face in &faces {
            tracing::info!(font.family = %face.family, font.style = face.style, "font for documents");
        }
        Ok(Fonts::new(faces))
    }
}

/// Of the usual fonts the first of each kind that is there.
fn usual(is_there: impl Fn(&Path) -> bool) -> Vec<&'static str> {
    let mut found: Vec<&str> = Vec::new();
    for it in USUAL {
        let (style, path) = placed(it);
        let is_served = found.iter().any(|it| placed(it).0 == style);
        if !is_served && is_there(&path) {
            found.push(it);
        }
    }
    found
}

fn placed(text: &str) -> (Option<&str>, PathBuf) {
    match text.split_once('=') {
        Some((style, path)) => (Some(style), PathBuf::from(path)),
        None => (None, PathBuf::from(text)),
    }
}

fn read(text: &str) -> anyhow::Result<Face> {
    let (style, path) = placed(text);
    if let Some(style) = style
        && !STYLES.contains(&style)
    {
        bail!(
            "[document] fonts: expected one of {} before `=`, found {style}",
            STYLES.join(", ")
        );
    }
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let bytes: FontBytes = Arc::new(bytes);
    Face::read(bytes, style).with_context(|| format!("cannot use {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_usual_fonts_the_first_of_each_kind_is_taken() {
        let found = |missing: &str| usual(|it| !it.display().to_string().contains(missing));
        assert_eq!(found("none"), [USUAL[0], USUAL[1], USUAL[3]]);
        assert_eq!(found("noto"), [USUAL[2], USUAL[3], USUAL[4]]);
        assert_eq!(found("/usr"), Vec::<&str>::new());
    }

    #[test]
    fn a_named_font_is_read_or_refused_with_its_reason() {
        let open = |fonts: &[&str]| {
            let fonts = Some(fonts.iter().map(|it| (*it).to_owned()).collect());
            Document { fonts }.open()
        };
        let own = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/font/NotoSansCJKsc-subset.otf"
        );
        let fonts = open(&[&format!("hei={own}"), own]).unwrap();
        assert_eq!(fonts.faces()[0].family, "Noto Sans CJK SC");
        assert_eq!(fonts.faces()[0].style.as_deref(), Some("hei"));
        assert_eq!(fonts.faces()[1].style, None);
        assert!(open(&[]).unwrap().is_empty());
        let wrong = |font: &str| open(&[font]).map(drop).unwrap_err().to_string();
        assert!(wrong("/none.otf").contains("cannot read /none.otf"));
        let not_a_font = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert!(wrong(not_a_font).contains("cannot use"));
        assert!(wrong(&format!("gothic={own}")).contains("song, hei, kai, fangsong"));
    }
}
