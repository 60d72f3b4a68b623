//! Writes pages as PDF/A-2b: fonts embedded in part, the same bytes for the same pages.

use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::Stroke;
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use crate::font::Fonts;
use crate::page::{Page, Placed, Rule, Text};
use crate::problem::{NOT_WRITTEN, Problem, Problems};

/// What the file says of itself.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// The title.
    pub title: &'a str,
    /// Who issued it.
    pub author: &'a str,
    /// When, in UTC: year, month, day, hour, minute, second.
    pub issued_at: [u16; 6],
    /// What it is known by.
    pub id: &'a str,
}

/// The bytes of a PDF file.
pub fn write(pages: &[Page], fonts: &Fonts, about: &About<'_>) -> Result<Vec<u8>, Problems> {
    let failed =
        |reason: String| Problems::from(Problem::new(NOT_WRITTEN, "").with("reason", reason));
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_B)
        .finish()
        .map_err(|error| failed(format!("{error:?}")))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        enable_tagging: false,
        ..SerializeSettings::default()
    });
    document.set_metadata(metadata(about));
    for page in pages {
        let settings = PageSettings::from_wh(points(page.width_um), points(page.height_um))
            .ok_or_else(|| failed("a page without extent".to_owned()))?;
        let mut written = document.start_page_with(settings);
        let mut surface = written.surface();
        for rule in &page.rules {
            draw_rule(&mut surface, rule);
        }
        surface.set_stroke(None);
        for text in &page.texts {
            draw_text(&mut surface, text, fonts);
        }
        surface.finish();
        written.finish();
    }
    document
        .finish()
        .map_err(|error| failed(format!("{error}: {error:?}")))
}

fn metadata(about: &About<'_>) -> Metadata {
    let [year, rest @ ..] = about.issued_at;
    let [month, day, hour, minute, second] = rest.map(|it| u8::try_from(it).unwrap_or(0));
    let issued_at = DateTime::new(year)
        .month(month)
        .day(day)
        .hour(hour)
        .minute(minute)
        .second(second)
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(about.title.to_owned())
        .authors(vec![about.author.to_owned()])
        .creator("Tongban".to_owned())
        .language("zh-CN".to_owned())
        .document_id(about.id.to_owned())
        .creation_date(issued_at)
}

fn draw_rule(surface: &mut Surface<'_>, rule: &Rule) {
    let mut path = PathBuilder::new();
    path.move_to(points(rule.x_um), points(rule.y_um));
    path.line_to(points(rule.to_x_um), points(rule.to_y_um));
    let Some(path) = path.finish() else {
        return;
    };
    surface.set_stroke(Some(Stroke {
        width: points(rule.thickness_um),
        ..Stroke::default()
    }));
    surface.set_fill(None);
    surface.draw_path(&path);
}

/// One call for each stretch of the same font.
fn draw_text(surface: &mut Surface<'_>, text: &Text, fonts: &Fonts) {
    for run in text.glyphs.chunk_by(|one, next| one.face == next.face) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        let glyphs: Vec<KrillaGlyph> = run
            .iter()
            .map(|it| glyph(it, first.start, text.size_um))
            .collect();
        let start = Point::from_xy(points(text.x_um + first.x_um), points(text.baseline_um));
        let face = &fonts.faces()[first.face];
        let source = &text.text[first.start..last.end];
        surface.draw_glyphs(
            start,
            &glyphs,
            face.krilla.clone(),
            source,
            points(text.size_um),
            false,
        );
    }
}

fn glyph(placed: &Placed, offset: usize, size_um: i64) -> KrillaGlyph {
    KrillaGlyph::new(
        GlyphId::new(placed.id),
        ratio(placed.advance_um, size_um),
        0.0,
        0.0,
        0.0,
        placed.start - offset..placed.end - offset,
        None,
    )
}

/// Points of micrometers, as PDF counts: 72 to the inch.
fn points(length_um: i64) -> f32 {
    ratio(length_um * 72, 25_400)
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "PDF's numbers are binary fractions; this is the one place where they are made"
)]
fn ratio(dividend: i64, divisor: i64) -> f32 {
    dividend as f32 / divisor as f32
}
