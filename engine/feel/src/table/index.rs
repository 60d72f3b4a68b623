//! Which rules hold for a value, looked up instead of tested one by one.

use std::collections::BTreeMap;

use super::pieces::Pieces;
use super::{Cell, Rule};
use crate::environment::{Budget, Environment};
use crate::eval::Evaluator;
use crate::value::{Context, Value};

/// Bytes of the sets of one column; a larger column is tested rule by rule.
const COLUMN_BYTES_MAX: usize = 256 << 10;
/// Tests that are tried on pieces when one column is indexed.
const TRIALS_MAX: u64 = 200_000;

/// A set of rules by their places.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RuleSet(Box<[u64]>);

impl RuleSet {
    pub(crate) fn none(rules: usize) -> RuleSet {
        RuleSet(vec![0; rules.div_ceil(64)].into())
    }

    pub(crate) fn all(rules: usize) -> RuleSet {
        let mut set = RuleSet::none(rules);
        for place in 0..rules {
            set.insert(place);
        }
        set
    }

    pub(crate) fn insert(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    pub(crate) fn contains(&self, place: usize) -> bool {
        self.0[place / 64] & (1 << (place % 64)) != 0
    }

    /// Keeps what is also in the other set; false if nothing is left.
    pub(crate) fn retain(&mut self, other: &RuleSet) -> bool {
        let mut any = 0;
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
            any |= *word;
        }
        any != 0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The first place that is in both sets.
    pub(crate) fn first_common(&self, other: &RuleSet) -> Option<usize> {
        let mut words = self.0.iter().zip(&other.0).enumerate();
        words.find_map(|(idx, (word, other))| {
            let both = word & other;
            (both != 0).then(|| idx * 64 + both.trailing_zeros() as usize)
        })
    }

    pub(crate) fn words(&self) -> usize {
        self.0.len()
    }

    /// The places in ascending order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(idx, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let place = rest.checked_ilog2().map(|_| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(idx * 64 + place as usize)
            })
        })
    }
}

/// The columns of a table, as far as they can be looked up.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) columns: Box<[Option<Column>]>,
}

/// A column of constant cells.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) pieces: Pieces,
    /// The rules that hold on each piece; those whose cell is no constant are in all of them.
    pub(crate) sets: Box<[RuleSet]>,
    /// The rules that hold where there is no value.
    null: RuleSet,
    /// The rules whose cell is no constant.
    pub(crate) open: RuleSet,
}

impl Index {
    /// An index over the rules; `None` if no column can be looked up.
    pub(crate) fn of(columns: usize, rules: &[Rule]) -> Option<Index> {
        let columns: Box<[_]> = (0..columns).map(|place| Column::of(place, rules)).collect();
        columns
            .iter()
            .any(Option::is_some)
            .then_some(Index { columns })
    }
}

impl Column {
    fn of(place: usize, rules: &[Rule]) -> Option<Column> {
        let cells = || rules.iter().map(|rule| &rule.cells[place]);
        let pieces = Pieces::of(cells().map(Cell::tests))?;
        let mut distinct: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (rule, cell) in cells().enumerate() {
            distinct.entry(cell.source()).or_default().push(rule);
        }
        let bytes = pieces.count() * rules.len().div_ceil(64) * 8;
        if bytes > COLUMN_BYTES_MAX {
            return None;
        }
        let mut column = Column {
            sets: vec![RuleSet::none(rules.len()); pieces.count()].into(),
            null: RuleSet::none(rules.len()),
            open: RuleSet::none(rules.len()),
            pieces,
        };
        let mut trials = TRIALS_MAX;
        for rules_of_cell in distinct.values() {
            let cell = &rules[*rules_of_cell.first()?].cells[place];
            column.add(cell, rules_of_cell, &mut trials)?;
        }
        Some(column)
    }

    /// Adds a cell to the sets of the pieces on which it holds.
    fn add(&mut self, cell: &Cell, rules: &[usize], trials: &mut u64) -> Option<()> {
        let is_constant = cell.is_constant();
        let holding = match is_constant {
            true => self.pieces.holding(cell, trials)?,
            false => vec![true; self.pieces.count()],
        };
        for (set, holds) in self.sets.iter_mut().zip(holding) {
            if holds {
                rules.iter().for_each(|rule| set.insert(*rule));
            }
        }
        if !is_constant || holds(cell, &Value::Null)? {
            rules.iter().for_each(|rule| self.null.insert(*rule));
        }
        if !is_constant {
            rules.iter().for_each(|rule| self.open.insert(*rule));
        }
        Some(())
    }

    /// The rules whose cell holds for the value, or may; `None` if the value is of another sort
    /// than the cells' constants.
    pub(crate) fn find(&self, value: &Value) -> Option<&RuleSet> {
        match value {
            Value::Null => Some(&self.null),
            value => self.sets.get(self.pieces.find(value)?),
        }
    }
}

/// Whether a constant cell holds for a value; `None` if that takes too long to find out.
pub(crate) fn holds(cell: &Cell, value: &Value) -> Option<bool> {
    let budget = Budget {
        steps: 10_000,
        ..Budget::default()
    };
    let environment = Environment {
        budget,
        ..Environment::default()
    };
    let empty = Context::new();
    let mut evaluator = Evaluator::new(&empty, &environment);
    evaluator.constant_cell(cell, value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_lists_its_rules_in_order() {
        let mut set = RuleSet::none(200);
        for place in [0, 63, 64, 130, 199] {
            set.insert(place);
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, 130, 199]);
        let mut other = RuleSet::all(200);
        assert!(other.retain(&set) && other == set);
        assert!(!other.retain(&RuleSet::none(200)) && other.is_empty());
    }
}
