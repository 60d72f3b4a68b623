//! Bounds on what is read: everything a file can make grow has one.

/// The bounds of one reading; [`Limits::default`] is what the server uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole file.
    pub file_bytes_max: usize,
    /// Nesting of XML elements.
    pub depth_max: usize,
    /// XML elements in the file, diagrams included.
    pub elements_max: usize,
    /// Attributes of one XML element, namespace declarations included.
    pub attributes_max: usize,
    /// Bytes of one attribute's value or of one element's text; FEEL expressions are within it.
    pub text_bytes_max: usize,
    /// Characters of an XML id.
    pub id_chars_max: usize,
    /// Characters of an element's name.
    pub name_chars_max: usize,
    /// Findings reported; the rest is cut off with a note.
    pub diagnostics_max: usize,
}

/// See [`Limits::file_bytes_max`].
pub const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// See [`Limits::depth_max`].
pub const DEPTH_MAX: usize = 64;
/// See [`Limits::elements_max`].
pub const ELEMENTS_MAX: usize = 50_000;
/// See [`Limits::attributes_max`].
pub const ATTRIBUTES_MAX: usize = 64;
/// See [`Limits::text_bytes_max`].
pub const TEXT_BYTES_MAX: usize = 32 * 1024;
/// See [`Limits::id_chars_max`].
pub const ID_CHARS_MAX: usize = 128;
/// See [`Limits::name_chars_max`].
pub const NAME_CHARS_MAX: usize = 256;
/// See [`Limits::diagnostics_max`].
pub const DIAGNOSTICS_MAX: usize = 500;

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            file_bytes_max: FILE_BYTES_MAX,
            depth_max: DEPTH_MAX,
            elements_max: ELEMENTS_MAX,
            attributes_max: ATTRIBUTES_MAX,
            text_bytes_max: TEXT_BYTES_MAX,
            id_chars_max: ID_CHARS_MAX,
            name_chars_max: NAME_CHARS_MAX,
            diagnostics_max: DIAGNOSTICS_MAX,
        }
    }
}
