//! Decision tables: rules that cannot be taken, overlap, or leave something over; outputs that are
//! not allowed. Exact for columns of constants; of other columns nothing is claimed.

use super::cover::{Found, Search};
use super::space::{Axis, axes, satisfies};
use super::work::Work;
use crate::ast::Node;
use crate::diagnostic;
use crate::dmn::read::Reader;
use crate::dmn::xml::Element;
use crate::eval::text_of;
use crate::table::{HitPolicy, RuleSet, Table};
use crate::value::Value;

/// Problems of one sort that are reported of a table.
const REPORTS_MAX: usize = 20;

/// Reports what is strange about a decision table.
pub(in crate::dmn) fn table(reader: &mut Reader<'_>, element: &Element, table: &Table) {
    let rules: Vec<&Element> = element.all("rule").collect();
    outputs(reader, &rules, table);
    let Some(axes) = axes(table, &mut reader.work) else {
        let message = "the table has too many different conditions to be checked".to_owned();
        return reader.warning(diagnostic::DMN_UNDECIDED, element, message);
    };
    let dead = dead_rules(reader, &rules, table, &axes);
    let decided = overlaps(reader, &rules, table, &axes)
        .and_then(|()| masked_rules(reader, &rules, table, &axes, &dead));
    if decided.is_none() {
        let message = "it takes too long to find out whether every rule can be taken".to_owned();
        return reader.warning(diagnostic::DMN_UNDECIDED, element, message);
    }
    gaps(reader, element, table, &axes);
}

fn constant(node: &Node) -> Option<&Value> {
    match node {
        Node::Constant(value) => Some(value),
        _ => None,
    }
}

/// Constant outputs that are not among the allowed ones.
fn outputs(reader: &mut Reader<'_>, rules: &[&Element], table: &Table) {
    for (rule, element) in table.rules.iter().zip(rules) {
        for (clause, output) in table.outputs.iter().zip(&rule.outputs) {
            let (Some(allowed), Some(value)) = (&clause.allowed, constant(output)) else {
                continue;
            };
            if !value.is_null() && !satisfies(allowed, value, &mut reader.work) {
                let message = format!(
                    "{} is not among the values {} of {:?}",
                    text_of(&Value::list(vec![value.clone()])),
                    allowed.source,
                    clause.name
                );
                reader.warning(diagnostic::DMN_OUTPUT_NOT_ALLOWED, element, message);
            }
        }
    }
}

/// Rules with a cell that holds for no value.
fn dead_rules(
    reader: &mut Reader<'_>,
    rules: &[&Element],
    table: &Table,
    axes: &[Axis],
) -> RuleSet {
    let mut dead = RuleSet::none(rules.len());
    for (rule, element) in rules.iter().enumerate() {
        let empty = axes.iter().position(|axis| {
            let mut pieces = axis.pieces.iter();
            !pieces.any(|piece| piece.perhaps.contains(rule))
        });
        if let Some(column) = empty {
            let cell = table.rules[rule].cells[column].source();
            let source = &table.inputs[column].source;
            let message = format!(
                "rule {} never matches: no allowed value of {source:?} fits {cell}",
                rule + 1
            );
            let code = match table.inputs[column].allowed.is_some() {
                true => diagnostic::DMN_INPUT_NOT_ALLOWED,
                false => diagnostic::DMN_UNREACHABLE,
            };
            reader.warning(code, element, message);
            dead.insert(rule);
        }
    }
    dead
}

/// Two rules that can match together where that is an error.
fn overlaps(
    reader: &mut Reader<'_>,
    rules: &[&Element],
    table: &Table,
    axes: &[Axis],
) -> Option<()> {
    let is_any = table.hit_policy == HitPolicy::Any;
    if table.hit_policy != HitPolicy::Unique && !is_any {
        return Some(());
    }
    let pieces: Vec<Vec<RuleSet>> = axes
        .iter()
        .map(|axis| axis.by_rule(rules.len(), &mut reader.work))
        .collect::<Option<_>>()?;
    let mut reported = 0;
    for (second, element) in rules.iter().enumerate() {
        for first in 0..second {
            if reported >= REPORTS_MAX {
                return Some(());
            }
            reader.work.spend(2)?;
            if is_any && !differ(table, first, second) {
                continue;
            }
            if let Some(path) = common(&pieces, first, second, &mut reader.work)? {
                let example = shown(table, axes, &path);
                let message = format!(
                    "rules {} and {} both match, as for {example}",
                    first + 1,
                    second + 1
                );
                reader.warning(diagnostic::DMN_OVERLAP, element, message);
                reported += 1;
            }
        }
    }
    Some(())
}

/// A piece of each axis on which both rules hold, if there are such.
fn common(
    pieces: &[Vec<RuleSet>],
    first: usize,
    second: usize,
    work: &mut Work,
) -> Option<Option<Vec<usize>>> {
    let mut path = Vec::new();
    for by_rule in pieces {
        work.spend(by_rule[first].words())?;
        match by_rule[first].first_common(&by_rule[second]) {
            Some(piece) => path.push(piece),
            None => return Some(None),
        }
    }
    Some(Some(path))
}

/// Whether two rules surely give different outputs.
fn differ(table: &Table, first: usize, second: usize) -> bool {
    let outputs = table.rules[first].outputs.iter();
    let mut pairs = outputs.zip(&table.rules[second].outputs);
    pairs.any(
        |(first, second)| match (constant(first), constant(second)) {
            (Some(first), Some(second)) => first != second,
            _ => false,
        },
    )
}

/// Rules of which nothing is left after those that are taken first.
fn masked_rules(
    reader: &mut Reader<'_>,
    rules: &[&Element],
    table: &Table,
    axes: &[Axis],
    dead: &RuleSet,
) -> Option<()> {
    if !matches!(table.hit_policy, HitPolicy::First | HitPolicy::Priority) {
        return Some(());
    }
    let ranks = ranks(table, &mut reader.work)?;
    let mut reported = 0;
    for (rule, element) in rules.iter().enumerate() {
        if dead.contains(rule) || reported >= REPORTS_MAX {
            continue;
        }
        reader.work.spend(rules.len())?;
        let before = taken_before(table, &ranks, rule);
        if before.is_empty() {
            continue;
        }
        let search = Search {
            axes,
            rules: before,
            open_cells_hold: false,
            counts: &|axis, piece| axes[axis].pieces[piece].perhaps.contains(rule),
        };
        match search.run(&mut reader.work) {
            Found::Gap(_) => {}
            Found::Unknown => return None,
            Found::Nothing => {
                let message = format!(
                    "rule {} is never taken: other rules are taken wherever it matches",
                    rule + 1
                );
                reader.warning(diagnostic::DMN_UNREACHABLE, element, message);
                reported += 1;
            }
        }
    }
    Some(())
}

/// The rules that are taken rather than this one where both match.
fn taken_before(table: &Table, ranks: &[Option<Vec<usize>>], rule: usize) -> RuleSet {
    let mut before = RuleSet::none(table.rules.len());
    for other in 0..table.rules.len() {
        let is_before = match table.hit_policy {
            HitPolicy::First => other < rule,
            _ => match (&ranks[other], &ranks[rule]) {
                (Some(other), Some(rule)) => other < rule,
                _ => false,
            },
        };
        if is_before {
            before.insert(other);
        }
    }
    before
}

/// The places of each rule's outputs among the output values, if they are constants.
fn ranks(table: &Table, work: &mut Work) -> Option<Vec<Option<Vec<usize>>>> {
    if table.hit_policy != HitPolicy::Priority {
        return Some(Vec::new());
    }
    let orders: usize = table.outputs.iter().map(|clause| clause.order.len()).sum();
    let mut ranks = Vec::with_capacity(table.rules.len());
    for rule in &table.rules {
        work.spend(orders)?;
        let outputs = table.outputs.iter().zip(&rule.outputs);
        let places = outputs.map(|(clause, output)| {
            let value = constant(output)?;
            let found = clause.order.iter().position(|it| it == value);
            Some(found.unwrap_or(usize::MAX))
        });
        ranks.push(places.collect());
    }
    Some(ranks)
}

/// Inputs that no rule covers, where that gives `null`.
fn gaps(reader: &mut Reader<'_>, element: &Element, table: &Table, axes: &[Axis]) {
    let is_single = matches!(
        table.hit_policy,
        HitPolicy::Unique | HitPolicy::Any | HitPolicy::First | HitPolicy::Priority
    );
    let has_default = table.outputs.iter().any(|it| it.default.is_some());
    if !is_single || has_default || table.rules.is_empty() {
        return;
    }
    for (with_fractions, code) in [
        (false, diagnostic::DMN_GAP),
        (true, diagnostic::DMN_FRACTION_GAP),
    ] {
        let counts = |axis: usize, piece: usize| {
            let piece = &axes[axis].pieces[piece];
            !piece.is_null() && (with_fractions || !piece.is_fractional)
        };
        let search = Search {
            axes,
            rules: RuleSet::all(table.rules.len()),
            open_cells_hold: true,
            counts: &counts,
        };
        match search.run(&mut reader.work) {
            Found::Gap(path) => {
                let message = format!("no rule matches for {}", shown(table, axes, &path));
                return reader.warning(code, element, message);
            }
            Found::Unknown => {
                let message = "it takes too long to find out whether every input is covered";
                return reader.warning(diagnostic::DMN_UNDECIDED, element, message.to_owned());
            }
            Found::Nothing => {}
        }
    }
}

/// The example inputs of a piece of each axis.
fn shown(table: &Table, axes: &[Axis], path: &[usize]) -> String {
    let mut parts = Vec::new();
    for ((axis, piece), clause) in axes.iter().zip(path).zip(&table.inputs) {
        if axis.is_irrelevant {
            continue;
        }
        let example = match axis.is_unknown {
            true => "any value".to_owned(),
            false => {
                let example = axis.pieces[*piece].example.clone();
                let text = text_of(&Value::list(vec![example]));
                text[1..text.len() - 1].to_owned()
            }
        };
        parts.push(format!("{} = {example}", clause.source));
    }
    match parts.is_empty() {
        true => "any input".to_owned(),
        false => parts.join(", "),
    }
}
