//! From text to lines: glyphs with their widths, and where a line may end in Chinese text.
//!
//! The rules are those of 标点符号用法 (GB/T 15834): no closing mark begins a line, no opening mark
//! ends one, dashes and ellipses stay whole, numbers and words of Latin letters stay whole.

use crate::font::{Fonts, OpenFace};
use crate::length::rounded;
use crate::page::Placed;
use crate::problem::{CHARACTER_MISSING, Problem, SCRIPT_UNSUPPORTED};

/// Marks that begin no line.
const NOT_FIRST: &str = "、。，．·・：；？！）」』】〗〉》〕］｝〞”’…—～％‰°℃′″,.)]}:;!?%";
/// Marks that end no line.
const NOT_LAST: &str = "（「『【〖〈《〔［｛〝“‘￥＄№([{$";
/// Marks that stay together with their like.
const WHOLE: &str = "—…";

/// A character that was found in a font.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Set {
    character: char,
    face: usize,
    id: u32,
    advance_um: i64,
    start: usize,
    end: usize,
}

/// A line of a text.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) set: Vec<Set>,
    /// Whether the paragraph ends with it.
    pub(crate) is_last: bool,
}

impl Line {
    /// How wide it is, without the space at its end.
    pub(crate) fn width_um(&self) -> i64 {
        self.set.iter().map(|it| it.advance_um).sum()
    }

    /// Its text, and its glyphs with `extra_um` shared out between them.
    pub(crate) fn placed(&self, source: &str, extra_um: i64) -> (String, Vec<Placed>) {
        let first = self.set.first().map_or(0, |it| it.start);
        let last = self.set.last().map_or(0, |it| it.end);
        let n_gaps = i64::try_from(self.set.len().saturating_sub(1)).unwrap_or(i64::MAX);
        let mut glyphs = Vec::with_capacity(self.set.len());
        let mut x_um = 0;
        for (position, set) in (0_i64..).zip(&self.set) {
            let mut advance_um = set.advance_um;
            if position < n_gaps {
                // Shares that differ by a micrometer at most, and add up.
                advance_um += extra_um * (position + 1) / n_gaps - extra_um * position / n_gaps;
            }
            glyphs.push(Placed {
                face: set.face,
                id: set.id,
                x_um,
                advance_um,
                start: set.start - first,
                end: set.end - first,
            });
            x_um += advance_um;
        }
        (source[first..last].to_owned(), glyphs)
    }
}

/// How letters are to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Letters<'s> {
    pub(crate) style: &'s str,
    pub(crate) size_um: i64,
    /// Added after every letter.
    pub(crate) tracking_um: i64,
}

/// Takes characters from fonts, and remembers what they lack.
pub(crate) struct Setter<'f> {
    faces: Vec<OpenFace<'f>>,
    pub(crate) problems: Vec<Problem>,
}

impl<'f> Setter<'f> {
    pub(crate) fn new(fonts: &'f Fonts) -> Setter<'f> {
        Setter {
            faces: fonts.open(),
            problems: Vec::new(),
        }
    }

    /// The paragraphs of a text, each as the characters that it is set from.
    pub(crate) fn paragraphs(
        &mut self,
        text: &str,
        letters: Letters<'_>,
        place: &str,
    ) -> Vec<Vec<Set>> {
        let mut start = 0;
        let mut paragraphs = Vec::new();
        for paragraph in text.split('\n') {
            paragraphs.push(self.paragraph(paragraph, start, letters, place));
            start += paragraph.len() + 1;
        }
        paragraphs
    }

    fn paragraph(
        &mut self,
        text: &str,
        offset: usize,
        letters: Letters<'_>,
        place: &str,
    ) -> Vec<Set> {
        let mut set = Vec::with_capacity(text.len() / 2);
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let selector = characters
                .next_if(|(_, it)| is_selector(*it))
                .map(|it| it.1);
            let start = offset + at;
            let end = start + character.len_utf8() + selector.map_or(0, char::len_utf8);
            match self.find(character, selector, letters.style) {
                Some((face, id, advance)) => set.push(Set {
                    character,
                    face,
                    id,
                    advance_um: rounded(advance * letters.size_um, 1_000_000) + letters.tracking_um,
                    start,
                    end,
                }),
                None => self.report(character, selector, place),
            }
        }
        set
    }

    fn find(
        &self,
        character: char,
        selector: Option<char>,
        style: &str,
    ) -> Option<(usize, u32, i64)> {
        if is_joined_script(character) {
            return None;
        }
        let of = |(position, face): (usize, &OpenFace<'_>)| {
            let (id, advance) = face.glyph(character, selector)?;
            Some((position, id, advance))
        };
        let faces = || self.faces.iter().enumerate();
        let own = faces().filter(|(_, it)| it.serves(style)).find_map(of);
        own.or_else(|| faces().find_map(of))
    }

    fn report(&mut self, character: char, selector: Option<char>, place: &str) {
        let code = if is_joined_script(character) {
            SCRIPT_UNSUPPORTED
        } else {
            CHARACTER_MISSING
        };
        let mut code_point = format!("U+{:04X}", u32::from(character));
        if let Some(selector) = selector {
            code_point += &format!(" U+{:04X}", u32::from(selector));
        }
        // A control character is named by its code point alone.
        let shown = if character.is_control() {
            ' '
        } else {
            character
        };
        let problem = Problem::new(code, place)
            .with("character", shown.to_string())
            .with("code_point", code_point);
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// The lines of a text within a width.
    pub(crate) fn lines(
        &mut self,
        text: &str,
        letters: Letters<'_>,
        (width_um, indent_um): (i64, i64),
        place: &str,
    ) -> Vec<Line> {
        let paragraphs = self.paragraphs(text, letters, place);
        let broken = paragraphs
            .iter()
            .flat_map(|it| broken(it, letters.tracking_um, width_um, indent_um));
        broken.collect()
    }
}

/// The variation selectors, by which a name's own form of a character is told.
fn is_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Scripts whose letters join, stack or run from right to left: one glyph after the other would be
/// wrong.
fn is_joined_script(character: char) -> bool {
    matches!(character,
        '\u{0300}'..='\u{036f}' | '\u{0590}'..='\u{08ff}' | '\u{0900}'..='\u{109f}'
        | '\u{1780}'..='\u{18af}' | '\u{1950}'..='\u{1aaf}' | '\u{1cd0}'..='\u{1cff}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{a840}'..='\u{a87f}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{11660}'..='\u{1167f}')
}

/// One paragraph in lines; the first is shorter by the indent.
fn broken(set: &[Set], tracking_um: i64, width_um: i64, indent_um: i64) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < set.len() {
        let room_um = if lines.is_empty() {
            width_um - indent_um
        } else {
            width_um
        };
        let end = line_end(set, start, room_um + tracking_um);
        let is_last = end == set.len();
        lines.push(Line {
            set: trimmed(&set[start..end], tracking_um),
            is_last,
        });
        start = end;
        while !is_last && start < set.len() && set[start].character == ' ' {
            start += 1;
        }
    }
    if lines.is_empty() {
        let set = Vec::new();
        lines.push(Line { set, is_last: true });
    }
    lines
}

/// Behind the last character of the line that begins at `start`.
fn line_end(set: &[Set], start: usize, room_um: i64) -> usize {
    let mut used_um = 0;
    let mut possible = None;
    for position in start..set.len() {
        if position > start && may_break(set[position - 1].character, set[position].character) {
            possible = Some(position);
        }
        used_um += set[position].advance_um;
        // A space may hang over.
        if used_um > room_um && set[position].character != ' ' {
            // A word wider than the line is cut.
            return possible.unwrap_or(position.max(start + 1));
        }
    }
    set.len()
}

/// Without spaces at the end, and without the tracking behind the last letter.
fn trimmed(set: &[Set], tracking_um: i64) -> Vec<Set> {
    let end = set
        .iter()
        .rposition(|it| it.character != ' ')
        .map_or(0, |it| it + 1);
    let mut set = set[..end].to_vec();
    if let Some(last) = set.last_mut() {
        last.advance_um -= tracking_um;
    }
    set
}

fn may_break(before: char, after: char) -> bool {
    if after == ' ' || NOT_FIRST.contains(after) || NOT_LAST.contains(before) {
        return false;
    }
    if before == after && WHOLE.contains(before) {
        return false;
    }
    before == ' ' || !(is_of_word(before) && is_of_word(after))
}

/// Letters and digits that make words: all that is not set square.
fn is_of_word(character: char) -> bool {
    let code = u32::from(character);
    character != ' '
        && code < 0x2e80
        && !(0x2010..=0x206f).contains(&code)
        && !NOT_FIRST.contains(character)
        || matches!(character, '.' | ',' | ':' | '%' | '\u{2011}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character as wide as an em of 1 mm, Latin ones half.
    fn check(text: &str, width: i64, expected: &[&str]) {
        let set: Vec<Set> = text
            .char_indices()
            .map(|(start, character)| Set {
                character,
                face: 0,
                id: 1,
                advance_um: if character.is_ascii() { 500 } else { 1000 },
                start,
                end: start + character.len_utf8(),
            })
            .collect();
        let lines = broken(&set, 0, width * 1000, 0);
        let lines: Vec<String> = lines.iter().map(|it| it.placed(text, 0).0).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn no_closing_mark_begins_a_line() {
        check("婚姻登记机关，应当查明", 6, &["婚姻登记机", "关，应当查明"]);
        check("一二三四五。”六", 6, &["一二三四", "五。”六"]);
    }

    #[test]
    fn no_opening_mark_ends_a_line() {
        check("一二三四五（六七）", 6, &["一二三四五", "（六七）"]);
    }

    #[test]
    fn words_and_numbers_stay_whole_unless_they_are_wider_than_the_line() {
        check("编号J150627-2026办理", 7, &["编号", "J150627-2026办", "理"]);
        check("on the first day", 4, &["on the", "first", "day"]);
        check("1234567890123", 5, &["1234567890", "123"]);
        check("共1,234.50元", 4, &["共", "1,234.50", "元"]);
    }

    #[test]
    fn a_dash_is_not_cut() {
        check("一二三四五——六", 6, &["一二三四", "五——六"]);
    }

    #[test]
    fn an_empty_paragraph_is_a_line() {
        check("", 6, &[""]);
    }

    #[test]
    fn what_is_shared_out_adds_up() {
        let set: Vec<Set> = "三字名"
            .char_indices()
            .map(|(start, character)| Set {
                character,
                face: 0,
                id: 1,
                advance_um: 1000,
                start,
                end: start + 3,
            })
            .collect();
        let line = Line {
            set,
            is_last: false,
        };
        let (text, glyphs) = line.placed("三字名", 1001);
        assert_eq!(text, "三字名");
        let places: Vec<i64> = glyphs.iter().map(|it| it.x_um).collect();
        assert_eq!(places, [0, 1500, 3001]);
    }
}
