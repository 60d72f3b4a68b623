//! Pages with everything at its place, in micrometers from the top left corner. Start from [`Page`].

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its width.
    pub width_um: i64,
    /// Its height.
    pub height_um: i64,
    /// Its texts.
    pub texts: Vec<Text>,
    /// Its lines.
    pub rules: Vec<Rule>,
    /// Where seals and signatures belong.
    pub areas: Vec<Area>,
}

/// A line of text of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The name of the field or block.
    pub name: String,
    /// Where it begins.
    pub x_um: i64,
    /// The line on which the letters stand.
    pub baseline_um: i64,
    /// How wide it is.
    pub width_um: i64,
    /// The size of the letters.
    pub size_um: i64,
    /// The kind of type.
    pub style: String,
    /// What it says.
    pub text: String,
    /// The same, glyph by glyph.
    pub(crate) glyphs: Vec<Placed>,
}

/// A glyph at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) face: usize,
    pub(crate) id: u32,
    /// From the beginning of the text.
    pub(crate) x_um: i64,
    /// To the next glyph.
    pub(crate) advance_um: i64,
    /// The bytes of the text that it stands for.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A straight line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where it begins.
    pub x_um: i64,
    /// Where it begins.
    pub y_um: i64,
    /// Where it ends.
    pub to_x_um: i64,
    /// Where it ends.
    pub to_y_um: i64,
    /// How thick it is.
    pub thickness_um: i64,
}

/// A place that is kept free for a seal or a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Its name, by which a seal service finds it.
    pub name: String,
    /// The left side.
    pub x_um: i64,
    /// The upper side.
    pub y_um: i64,
    /// How wide it is.
    pub width_um: i64,
    /// How high it is.
    pub height_um: i64,
}
