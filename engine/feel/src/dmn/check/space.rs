//! The inputs of a table cut into pieces: an axis a column.

use std::collections::BTreeMap;

use super::work::Work;
use crate::ast::{Node, Test, Tests};
use crate::environment::{Budget, Environment};
use crate::eval::Evaluator;
use crate::table::pieces::{Pieces, is_whole};
use crate::table::{Cell, InputClause, RuleSet, Table, are_constant, holds};
use crate::types::Type;
use crate::value::{Context, Value};

/// Inputs of a table that are looked at; the search goes down a level for each.
const INPUTS_MAX: usize = 500;
/// Tests that are tried for one cell.
const TRIALS_MAX: u64 = 500_000;
/// Bytes of the sets of all axes of a table.
const BYTES_MAX: usize = 32 << 20;
/// Steps of the evaluator on the allowed values for one value.
const STEPS_MAX: u64 = 20_000;

/// The values of one input.
#[derive(Debug)]
pub(super) struct Axis {
    pub(super) pieces: Vec<Piece>,
    /// Whether nothing is known of where the cells hold.
    pub(super) is_unknown: bool,
    /// Whether all cells of the column are `-`.
    pub(super) is_irrelevant: bool,
}

/// Values on which no constant cell of the column differs.
#[derive(Debug)]
pub(super) struct Piece {
    /// One of them.
    pub(super) example: Value,
    /// The rules whose cell holds for them.
    pub(super) surely: RuleSet,
    /// The same, and those whose cell is no constant.
    pub(super) perhaps: RuleSet,
    /// Whether they are fractions between neighbouring whole numbers.
    pub(super) is_fractional: bool,
}

impl Piece {
    pub(super) fn is_null(&self) -> bool {
        self.example.is_null()
    }
}

/// The axes of a table; `None` if it is too large to be cut.
pub(super) fn axes(table: &Table, work: &mut Work) -> Option<Vec<Axis>> {
    if table.inputs.len() > INPUTS_MAX {
        return None;
    }
    let columns = table.inputs.iter().enumerate();
    let mut bytes = BYTES_MAX;
    columns
        .map(|(place, clause)| axis(table, place, clause, &mut bytes, work))
        .collect()
}

fn axis(
    table: &Table,
    place: usize,
    clause: &InputClause,
    bytes: &mut usize,
    work: &mut Work,
) -> Option<Axis> {
    let cells = || table.rules.iter().map(|rule| &rule.cells[place]);
    let allowed = allowed_values(clause);
    let is_irrelevant = cells().all(|cell| matches!(cell, Cell::Any));
    let tests = cells()
        .map(Cell::tests)
        .chain(allowed.iter().map(|it| it.tests));
    let mut axis = Axis {
        pieces: Vec::new(),
        is_unknown: false,
        is_irrelevant,
    };
    let Some(pieces) = Pieces::of(tests).filter(|_| !is_irrelevant) else {
        axis.is_unknown = !is_irrelevant;
        axis.pieces.push(unknown_piece(table, place));
        return Some(axis);
    };
    let words = (pieces.count() + 1) * 2 * table.rules.len().div_ceil(64);
    *bytes = bytes.checked_sub(words * 8)?;
    work.spend(words)?;
    let whole = pieces.is_whole();
    let mut places = Vec::new();
    // That no value is given counts as the last piece.
    for piece in 0..=pieces.count() {
        let example = match piece == pieces.count() {
            true => Some(Value::Null),
            false => pieces.example(piece),
        };
        let Some(example) = example else { continue };
        places.push(piece);
        axis.pieces.push(Piece {
            surely: RuleSet::none(table.rules.len()),
            perhaps: RuleSet::none(table.rules.len()),
            is_fractional: whole && !example.is_null() && !is_whole(&example),
            example,
        });
    }
    fill(table, place, &pieces, &places, &mut axis, work)?;
    let is_allowed = |piece: &Piece| {
        let mut allowed = allowed.iter();
        piece.is_null() || allowed.all(|it| satisfies(it.whole, &piece.example, work))
    };
    axis.pieces.retain(is_allowed);
    Some(axis)
}

/// Notes on which pieces the cells of a column hold; `places` are those that have a value.
fn fill(
    table: &Table,
    place: usize,
    pieces: &Pieces,
    places: &[usize],
    axis: &mut Axis,
    work: &mut Work,
) -> Option<()> {
    let mut distinct: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (rule, row) in table.rules.iter().enumerate() {
        let source = row.cells[place].source();
        distinct.entry(source).or_default().push(rule);
    }
    for rules in distinct.values() {
        work.spend(pieces.count())?;
        let cell = &table.rules[*rules.first()?].cells[place];
        let is_constant = cell.is_constant();
        let mut holding = match is_constant {
            true => work.within(TRIALS_MAX, |most| {
                let mut left = most;
                let holding = pieces.holding(cell, &mut left);
                (holding, most - left)
            })?,
            false => vec![true; pieces.count()],
        };
        holding.push(!is_constant || holds(cell, &Value::Null)?);
        for (piece, at) in axis.pieces.iter_mut().zip(places) {
            if !holding[*at] {
                continue;
            }
            work.spend(rules.len())?;
            for rule in rules {
                piece.perhaps.insert(*rule);
                if is_constant {
                    piece.surely.insert(*rule);
                }
            }
        }
    }
    Some(())
}

impl Axis {
    /// The pieces on which each rule surely holds.
    pub(super) fn by_rule(&self, rules: usize, work: &mut Work) -> Option<Vec<RuleSet>> {
        work.spend(rules * self.pieces.len().div_ceil(64))?;
        let mut by_rule = vec![RuleSet::none(self.pieces.len()); rules];
        for (idx, piece) in self.pieces.iter().enumerate() {
            work.spend(piece.surely.words())?;
            for rule in piece.surely.iter() {
                work.spend(1)?;
                by_rule[rule].insert(idx);
            }
        }
        Some(by_rule)
    }
}

/// All values as one piece, where nothing is known of the cells.
fn unknown_piece(table: &Table, place: usize) -> Piece {
    let mut surely = RuleSet::none(table.rules.len());
    for (idx, rule) in table.rules.iter().enumerate() {
        if matches!(rule.cells[place], Cell::Any) {
            surely.insert(idx);
        }
    }
    Piece {
        example: Value::Boolean(true),
        surely,
        perhaps: RuleSet::all(table.rules.len()),
        is_fractional: false,
    }
}

/// Constant tests that the values of an input have to satisfy.
struct Allowed<'t> {
    tests: &'t [Test],
    whole: &'t Tests,
}

/// Whether a value satisfies tests; what takes too long to find out is believed to.
pub(super) fn satisfies(tests: &Tests, value: &Value, work: &mut Work) -> bool {
    work.within(STEPS_MAX, |steps| {
        let environment = Environment {
            budget: Budget {
                steps,
                ..Budget::default()
            },
            ..Environment::default()
        };
        let empty = Context::new();
        let mut evaluator = Evaluator::new(&empty, &environment);
        let satisfies = evaluator.satisfies(tests, value).unwrap_or(true);
        (satisfies, evaluator.steps_done() + 1)
    })
}

/// The input values of a clause, and the allowed values of its type, as far as they are constants.
fn allowed_values(clause: &InputClause) -> Vec<Allowed<'_>> {
    let mut all: Vec<&Tests> = clause.allowed.iter().collect();
    let mut of = &clause.of;
    while let Type::Defined(defined) = of {
        all.extend(&defined.allowed);
        of = &defined.of;
    }
    all.into_iter()
        .filter_map(|whole| match &whole.code.body {
            Node::UnaryTests { tests, .. } if are_constant(tests) => Some(Allowed { tests, whole }),
            _ => None,
        })
        .collect()
}
