//! `[document]`: the fonts of documents.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use tongban_document::font::{Face, FontBytes, Fonts, STYLES};

/// Where Debian puts Chinese fonts, with the kind of type they are.
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
    /// Font files in order of fallback, each `style=path` or `path`; Debian's if there is no list.
    pub(crate) fonts: Option<Vec<String>>,
}

impl Document {
    /// Reads the fonts. A file that is named and cannot be used is an error; of the usual ones those
    /// are taken that are there.
    pub(crate) fn open(&self) -> anyhow::Result<Fonts> {
        let mut faces = Vec::new();
        match &self.fonts {
            Some(named) => {
                for it in named {
                    faces.push(read(it)?);
                }
            }
            None => {
                let there = USUAL.iter().filter(|it| placed(it).1.is_file());
                for it in there {
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
