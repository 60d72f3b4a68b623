//! Sets of characters.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::block;

/// A set of characters.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Class {
    pub(super) negated: bool,
    pub(super) parts: Vec<Part>,
    /// What is taken away: `[a-z-[aeiou]]`.
    pub(super) without: Option<Box<Class>>,
}

/// What a set is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Range(char, char),
    Group(GeneralCategoryGroup),
    Category(GeneralCategory),
    /// A block by its first and last code point.
    Block(u32, u32),
    /// The space of XML: `\s`.
    Space,
    /// Where a name of XML may begin: `\i`.
    NameStart,
    /// What may stand in a name of XML: `\c`.
    NameChar,
    /// What is neither punctuation, separator nor control: `\w`.
    Word,
    /// What is not in these.
    Not(Box<Part>),
}

impl Class {
    pub(super) fn of(part: Part) -> Class {
        Class {
            negated: false,
            parts: vec![part],
            without: None,
        }
    }

    /// Whether the character is in the set, in either case if case does not count.
    pub(super) fn contains(&self, character: char, ignore_case: bool) -> bool {
        let direct = self.parts.iter().any(|part| part.contains(character));
        let inside = direct || (ignore_case && self.contains_other_case(character));
        inside != self.negated
            && !self
                .without
                .as_ref()
                .is_some_and(|without| without.contains(character, ignore_case))
    }

    /// Categories are not affected by the flag `i`.
    fn contains_other_case(&self, character: char) -> bool {
        let in_range = |other: char| {
            self.parts.iter().any(
                |part| matches!(part, Part::Range(low, high) if (*low..=*high).contains(&other)),
            )
        };
        lower(character).is_some_and(in_range) || upper(character).is_some_and(in_range)
    }
}

impl Part {
    fn contains(&self, character: char) -> bool {
        match self {
            Part::Range(low, high) => (*low..=*high).contains(&character),
            Part::Group(group) => character.general_category_group() == *group,
            Part::Category(category) => character.general_category() == *category,
            Part::Block(first, last) => (*first..=*last).contains(&u32::from(character)),
            Part::Space => matches!(character, ' ' | '\t' | '\n' | '\r'),
            Part::NameStart => is_name_start(character),
            Part::NameChar => is_name_char(character),
            Part::Word => !matches!(
                character.general_category_group(),
                GeneralCategoryGroup::Punctuation
                    | GeneralCategoryGroup::Separator
                    | GeneralCategoryGroup::Other
            ),
            Part::Not(part) => !part.contains(character),
        }
    }

    /// The set of `\p{…}`.
    pub(super) fn property(name: &str) -> Option<Part> {
        use GeneralCategory as Category;
        use GeneralCategoryGroup as Group;
        if let Some(block) = name.strip_prefix("Is") {
            return block::find(block).map(|(first, last)| Part::Block(first, last));
        }
        let group = match name {
            "L" => Group::Letter,
            "M" => Group::Mark,
            "N" => Group::Number,
            "P" => Group::Punctuation,
            "Z" => Group::Separator,
            "S" => Group::Symbol,
            "C" => Group::Other,
            _ => {
                return Some(Part::Category(match name {
                    "Lu" => Category::UppercaseLetter,
                    "Ll" => Category::LowercaseLetter,
                    "Lt" => Category::TitlecaseLetter,
                    "Lm" => Category::ModifierLetter,
                    "Lo" => Category::OtherLetter,
                    "Mn" => Category::NonspacingMark,
                    "Mc" => Category::SpacingMark,
                    "Me" => Category::EnclosingMark,
                    "Nd" => Category::DecimalNumber,
                    "Nl" => Category::LetterNumber,
                    "No" => Category::OtherNumber,
                    "Pc" => Category::ConnectorPunctuation,
                    "Pd" => Category::DashPunctuation,
                    "Ps" => Category::OpenPunctuation,
                    "Pe" => Category::ClosePunctuation,
                    "Pi" => Category::InitialPunctuation,
                    "Pf" => Category::FinalPunctuation,
                    "Po" => Category::OtherPunctuation,
                    "Zs" => Category::SpaceSeparator,
                    "Zl" => Category::LineSeparator,
                    "Zp" => Category::ParagraphSeparator,
                    "Sm" => Category::MathSymbol,
                    "Sc" => Category::CurrencySymbol,
                    "Sk" => Category::ModifierSymbol,
                    "So" => Category::OtherSymbol,
                    "Cc" => Category::Control,
                    "Cf" => Category::Format,
                    "Co" => Category::PrivateUse,
                    "Cn" => Category::Unassigned,
                    _ => return None,
                }));
            }
        };
        Some(Part::Group(group))
    }
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

fn lower(character: char) -> Option<char> {
    single(character.to_lowercase())
}

fn upper(character: char) -> Option<char> {
    single(character.to_uppercase())
}

/// Whether two characters are the same but for their case.
pub(super) fn same_but_case(left: char, right: char) -> bool {
    left == right || lower(left) == lower(right) || upper(left) == upper(right)
}

/// XML 1.0, production 4.
fn is_name_start(character: char) -> bool {
    matches!(character,
        ':' | '_' | 'A'..='Z' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// XML 1.0, production 4a.
fn is_name_char(character: char) -> bool {
    is_name_start(character)
        || matches!(character,
            '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}
