//! Regular expressions of XPath 2.0 (Functions and Operators, 7.6), as DMN prescribes for `matches`,
//! `replace` and `split`: those of XML Schema with anchors, reluctant quantifiers, groups and back
//! references. Start from [`Regex`].
//!
//! A pattern without back references is matched in time proportional to its size and the text's:
//! no place is tried twice. With back references that cannot be had; then, as everywhere, the steps
//! are charged to whoever asked.

mod block;
mod class;
mod parse;
mod program;
mod run;

use program::Program;
use run::Run;

/// Flags of a pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// `i`: upper and lower case are the same.
    pub(crate) ignore_case: bool,
    /// `s`: a dot matches the end of a line too.
    pub(crate) dot_all: bool,
    /// `m`: `^` and `$` match at lines.
    pub(crate) multi_line: bool,
    /// `x`: space in the pattern does not count.
    pub(crate) ignore_space: bool,
    /// `q`: the pattern is a plain text.
    pub(crate) quoted: bool,
}

impl Flags {
    /// Reads flags; `None` if there are others.
    pub(crate) fn parse(text: &str) -> Option<Flags> {
        let mut flags = Flags::default();
        for flag in text.chars() {
            match flag {
                'i' => flags.ignore_case = true,
                's' => flags.dot_all = true,
                'm' => flags.multi_line = true,
                'x' => flags.ignore_space = true,
                'q' => flags.quoted = true,
                _ => return None,
            }
        }
        Some(flags)
    }
}

/// Why a pattern is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid(pub(crate) &'static str);

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Regex {
    program: Program,
}

/// Where a match and its groups lie, in bytes; group 0 is the whole match.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Captures {
    places: Vec<Option<usize>>,
}

impl Captures {
    /// Where a group begins and ends; `None` if it took no part.
    pub(crate) fn span(&self, group: usize) -> Option<(usize, usize)> {
        let start = *self.places.get(group * 2)?;
        let end = *self.places.get(group * 2 + 1)?;
        Some((start?, end?))
    }
}

/// Charges for work; refuses when there is no more to be had.
pub(crate) trait Meter {
    /// What a refusal is.
    type Stop;
    /// Charges steps.
    fn charge(&mut self, steps: u64) -> Result<(), Self::Stop>;
    /// Whether so many bytes may be held for a while.
    fn afford_bytes(&mut self, bytes: usize) -> Result<(), Self::Stop>;
}

impl Regex {
    /// Compiles a pattern into a program of at most so many instructions.
    pub(crate) fn new(
        pattern: &str,
        flags: Flags,
        instructions_max: usize,
    ) -> Result<Regex, Invalid> {
        let parsed = parse::parse(pattern, flags)?;
        let program = Program::compile(&parsed, flags, instructions_max)?;
        Ok(Regex { program })
    }

    /// The number of groups, the whole match apart.
    pub(crate) fn groups(&self) -> usize {
        self.program.groups
    }

    /// The first match that begins at or after a place.
    pub(crate) fn find<M: Meter>(
        &self,
        text: &str,
        from: usize,
        meter: &mut M,
    ) -> Result<Option<Captures>, M::Stop> {
        Run::new(&self.program, text, meter)?.find(from)
    }

    /// Matches one after the other, not overlapping; `visit` gets each.
    pub(crate) fn find_all<M: Meter>(
        &self,
        text: &str,
        meter: &mut M,
        mut visit: impl FnMut(&mut M, &Captures) -> Result<(), M::Stop>,
    ) -> Result<(), M::Stop> {
        let mut run = Run::new(&self.program, text, meter)?;
        let mut from = 0;
        while from <= text.len() {
            let Some(captures) = run.find(from)? else {
                return Ok(());
            };
            let (start, end) = captures.span(0).unwrap_or((from, from));
            visit(run.meter(), &captures)?;
            // An empty match moves on by one character.
            from = match end > start {
                true => end,
                false => end + text[end..].chars().next().map_or(1, char::len_utf8),
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
