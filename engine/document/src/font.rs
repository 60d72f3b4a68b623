//! The fonts that characters are taken from, several in order of fallback. Start from [`Fonts`].

use std::fmt;
use std::sync::Arc;

use skrifa::charmap::{Charmap, MapVariant};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider};

/// The kinds of type that a template may name: 宋体, 黑体, 楷体, 仿宋.
pub const STYLES: &[&str] = &["song", "hei", "kai", "fangsong"];

/// The faces that a collection is looked through for, best first.
const SIMPLIFIED: &[&str] = &[" SC", " CN", " GB"];

/// The bytes of a font file.
pub type FontBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// A font that is ready to be used.
#[derive(Clone)]
pub struct Face {
    /// The family name that the file gives itself.
    pub family: String,
    /// Which of [`STYLES`] it serves, if one.
    pub style: Option<String>,
    pub(crate) krilla: krilla::text::Font,
    bytes: FontBytes,
    index: u32,
    units_per_em: i64,
}

impl fmt::Debug for Face {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Face({})", self.family)
    }
}

/// Why a file is no font for us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("expected a TrueType or OpenType font, found: {0}")]
    NotAFont(String),
    /// It forbids what has to be done with it.
    #[error("the font forbids being embedded in documents")]
    NotEmbeddable,
}

impl Face {
    /// The face of a file; of a collection the simplified Chinese one, else the first.
    pub fn read(bytes: FontBytes, style: Option<&str>) -> Result<Face, Error> {
        let not_a_font = |reason: String| Error::NotAFont(reason);
        let data = bytes.as_ref().as_ref();
        let faces: Vec<FontRef<'_>> = skrifa::raw::FileRef::new(data)
            .map_err(|error| not_a_font(error.to_string()))?
            .fonts()
            .filter_map(Result::ok)
            .collect();
        let families: Vec<String> = faces.iter().map(family_of).collect();
        let simplified = SIMPLIFIED.iter().find_map(|suffix| {
            let mut families = families.iter();
            families.position(|it| it.ends_with(suffix))
        });
        let index = simplified.unwrap_or(0);
        let face = faces
            .get(index)
            .ok_or_else(|| not_a_font("no face in the file".to_owned()))?;
        if is_restricted(face) {
            return Err(Error::NotEmbeddable);
        }
        let family = families[index].clone();
        let metrics = face.metrics(Size::unscaled(), LocationRef::default());
        let units_per_em = i64::from(metrics.units_per_em).max(1);
        let index = u32::try_from(index).unwrap_or(0);
        let krilla = krilla::text::Font::new(bytes.clone().into(), index)
            .ok_or_else(|| not_a_font("its tables cannot be read".to_owned()))?;
        Ok(Face {
            family,
            style: style.map(str::to_owned),
            krilla,
            bytes: bytes.clone(),
            index,
            units_per_em,
        })
    }
}

/// The licence bits of a font that may not be embedded at all (`fsType` 2 alone).
fn is_restricted(face: &FontRef<'_>) -> bool {
    use skrifa::raw::TableProvider;
    face.os2().is_ok_and(|it| it.fs_type() & 0x000f == 2)
}

fn family_of(face: &FontRef<'_>) -> String {
    let mut names = face.localized_strings(StringId::FAMILY_NAME);
    let english = face
        .localized_strings(StringId::FAMILY_NAME)
        .find(|it| it.language().is_some_and(|it| it.starts_with("en")));
    let name = english.or_else(|| names.next());
    name.map_or_else(String::new, |it| it.to_string())
}

/// All fonts, in order of fallback.
#[derive(Clone, Debug, Default)]
pub struct Fonts {
    faces: Vec<Face>,
}

impl Fonts {
    /// The fonts in the order in which they are looked through.
    pub fn new(faces: Vec<Face>) -> Fonts {
        Fonts { faces }
    }

    /// The faces.
    pub fn faces(&self) -> &[Face] {
        &self.faces
    }

    /// Whether a document can be made at all.
    pub fn is_empty(&self) -> bool {
        self.faces.is_empty()
    }

    /// Opens the faces for one document.
    pub(crate) fn open(&self) -> Vec<OpenFace<'_>> {
        self.faces.iter().map(OpenFace::new).collect()
    }
}

/// A face while a document is laid out.
pub(crate) struct OpenFace<'f> {
    face: &'f Face,
    characters: Charmap<'f>,
    metrics: GlyphMetrics<'f>,
}

impl<'f> OpenFace<'f> {
    fn new(face: &'f Face) -> OpenFace<'f> {
        let data = face.bytes.as_ref().as_ref();
        let font =
            FontRef::from_index(data, face.index).expect("the face was read from the same bytes");
        OpenFace {
            face,
            characters: font.charmap(),
            metrics: font.glyph_metrics(Size::unscaled(), LocationRef::default()),
        }
    }

    pub(crate) fn serves(&self, style: &str) -> bool {
        self.face.style.as_deref() == Some(style)
    }

    /// The glyph and its width in millionths of an em; a selector chooses a variant of the character.
    pub(crate) fn glyph(&self, character: char, selector: Option<char>) -> Option<(u32, i64)> {
        let plain = || self.characters.map(character);
        let id = match selector {
            None => plain(),
            Some(selector) => match self.characters.map_variant(character, selector) {
                Some(MapVariant::Variant(id)) => Some(id),
                Some(MapVariant::UseDefault) => plain(),
                None => None,
            },
        }?;
        if id.to_u32() == 0 {
            return None;
        }
        let advance = self.metrics.advance_width(id)?;
        let units = whole(advance);
        Some((
            id.to_u32(),
            crate::length::rounded(units * 1_000_000, self.face.units_per_em),
        ))
    }
}

/// Unscaled advances are whole numbers in a float's clothes.
#[expect(
    clippy::cast_possible_truncation,
    reason = "an unscaled advance is a 16-bit integer"
)]
fn whole(advance: f32) -> i64 {
    advance as i64
}
