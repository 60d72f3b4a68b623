//! Whether some inputs are left over by rules.
//!
//! The axes are gone through one after the other with the rules that still hold. What was found to
//! leave nothing over is not tried again, so that tables of usual shape take time about
//! proportional to their size; for the others there is a bound.

use std::collections::BTreeSet;

use super::space::Axis;
use super::work::Work;
use crate::table::RuleSet;

/// Words that are looked at in one search.
const WORDS_MAX: usize = 20_000_000;

/// What was found.
#[derive(Debug, PartialEq)]
pub(super) enum Found {
    /// Inputs that no rule covers: a piece of each axis.
    Gap(Vec<usize>),
    Nothing,
    /// It takes too long to say.
    Unknown,
}

/// Which pieces and rules count.
pub(super) struct Search<'s> {
    pub(super) axes: &'s [Axis],
    /// The rules that may cover inputs.
    pub(super) rules: RuleSet,
    /// Whether a rule counts where its cell is no constant.
    pub(super) open_cells_hold: bool,
    /// Whether a piece of an axis is looked at.
    pub(super) counts: &'s dyn Fn(usize, usize) -> bool,
}

impl Search<'_> {
    pub(super) fn run(&self, work: &mut Work) -> Found {
        let Some(covering) = self.covering(work) else {
            return Found::Unknown;
        };
        let mut walk = Walk {
            search: self,
            covering,
            tried: vec![BTreeSet::new(); self.axes.len() + 1],
            work,
            left: WORDS_MAX,
            path: Vec::new(),
        };
        match walk.from(&self.rules) {
            Some(true) => Found::Gap(walk.path),
            Some(false) => Found::Nothing,
            None => Found::Unknown,
        }
    }

    /// For each axis the rules that hold on all pieces of it and of those behind it.
    fn covering(&self, work: &mut Work) -> Option<Vec<RuleSet>> {
        let mut covering = vec![self.rules.clone(); self.axes.len() + 1];
        for axis in (0..self.axes.len()).rev() {
            let mut rules = covering[axis + 1].clone();
            let pieces = self.axes[axis].pieces.len();
            work.spend(pieces)?;
            for piece in (0..pieces).filter(|it| (self.counts)(axis, *it)) {
                work.spend(rules.words())?;
                rules.retain(self.holding(axis, piece));
            }
            covering[axis] = rules;
        }
        Some(covering)
    }

    fn holding(&self, axis: usize, piece: usize) -> &RuleSet {
        let piece = &self.axes[axis].pieces[piece];
        match self.open_cells_hold {
            true => &piece.perhaps,
            false => &piece.surely,
        }
    }
}

struct Walk<'s> {
    search: &'s Search<'s>,
    covering: Vec<RuleSet>,
    /// The sets of rules from which nothing was found, by the axis.
    tried: Vec<BTreeSet<RuleSet>>,
    work: &'s mut Work,
    /// Words that this search may still look at.
    left: usize,
    path: Vec<usize>,
}

impl Walk<'_> {
    /// Whether a gap lies behind the pieces of the path; `None` if it takes too long to say.
    fn from(&mut self, alive: &RuleSet) -> Option<bool> {
        let axis = self.path.len();
        self.spend(2 * alive.words())?;
        if alive.is_empty() {
            return Some(self.complete());
        }
        let is_covered = alive.clone().retain(&self.covering[axis]);
        if is_covered || self.tried[axis].contains(alive) {
            return Some(false);
        }
        let mut seen = BTreeSet::new();
        for piece in 0..self.search.axes[axis].pieces.len() {
            self.spend(1)?;
            if !(self.search.counts)(axis, piece) {
                continue;
            }
            // A copy, and a place among those that were seen.
            self.spend(4 * alive.words() + 8)?;
            let mut left = alive.clone();
            left.retain(self.search.holding(axis, piece));
            if !seen.insert(left.clone()) {
                continue;
            }
            self.path.push(piece);
            if self.from(&left)? {
                return Some(true);
            }
            self.path.pop();
        }
        self.tried[axis].insert(alive.clone());
        Some(false)
    }

    fn spend(&mut self, words: usize) -> Option<()> {
        self.left = self.left.checked_sub(words)?;
        self.work.spend(words)
    }

    /// Adds any piece of the axes that are left; false if one of them has none.
    fn complete(&mut self) -> bool {
        let length = self.path.len();
        for axis in length..self.search.axes.len() {
            let pieces = 0..self.search.axes[axis].pieces.len();
            let mut counting = pieces.filter(|piece| (self.search.counts)(axis, *piece));
            match counting.next() {
                Some(piece) => self.path.push(piece),
                None => {
                    self.path.truncate(length);
                    return false;
                }
            }
        }
        true
    }
}
