//! Decision tables (DMN 1.5, 10.3.2.10).

use super::{Eval, Evaluator, Stop};
use crate::diagnostic;
use crate::table::{
    Aggregator, Cell, HitPolicy, Index, InputClause, OutputClause, Rule, RuleSet, Table,
};
use crate::trace::{TracedRule, TracedTable};
use crate::value::Value;

/// A rule that matched: its place, its output, and the places of the output's values among those
/// that decide the order.
struct Hit {
    rule: usize,
    output: Value,
    rank: Vec<usize>,
}

impl Evaluator<'_> {
    #[inline(never)]
    pub(super) fn table(&mut self, table: &Table) -> Eval {
        let mut inputs = Vec::with_capacity(table.inputs.len());
        for clause in &table.inputs {
            inputs.push(self.input(clause)?);
        }
        let recorded = self.open_record(table, &inputs);
        let mut hits = Vec::new();
        for rule in self.matching(table, &inputs)? {
            let (output, rank) = self.output(table, &table.rules[rule])?;
            hits.push(Hit { rule, output, rank });
        }
        if table.hit_policy.is_ordered() {
            hits.sort_by(|left, right| left.rank.cmp(&right.rank));
        }
        let traced = recorded.map(|record| (record, traced_rules(table, &hits)));
        let defaulted = hits.is_empty();
        let result = if defaulted {
            self.default_output(table)
        } else {
            let outputs = hits.into_iter().map(|hit| hit.output).collect();
            table.hit_policy.result(outputs, table, self)
        };
        if let Some((mut record, rules)) = traced {
            record.rules = rules;
            record.result = result.as_ref().cloned().unwrap_or_default();
            record.used_default = defaulted && !record.result.is_null();
            if let Some(recorder) = &mut self.recorder {
                recorder.table(record);
            }
        }
        result
    }

    fn open_record(&self, table: &Table, inputs: &[Value]) -> Option<TracedTable> {
        self.recorder.as_ref()?;
        Some(TracedTable::of(table, inputs))
    }

    /// The value of an input: `None` if it is not among the allowed ones.
    fn input(&mut self, clause: &InputClause) -> Eval {
        let value = self.eval(&clause.expression)?;
        let source = &clause.source;
        let value = if clause.of.is_any() {
            value
        } else {
            match self.coerce(value, &clause.of)? {
                Some(value) => value,
                None => {
                    let (code, of) = (diagnostic::DMN_INPUT_TYPE, clause.of.name());
                    return self.null(|| format!("{code}: expected {source:?} to be a {of}"));
                }
            }
        };
        if let Some(allowed) = &clause.allowed
            && !value.is_null()
            && !self.satisfies(allowed, &value)?
        {
            let (code, allowed) = (diagnostic::DMN_INPUT_TYPE, &allowed.source);
            return self.null(|| format!("{code}: expected {source:?} to be among {allowed}"));
        }
        Ok(value)
    }

    /// The places of the rules that match; of a table that takes the first, only that one.
    fn matching(&mut self, table: &Table, inputs: &[Value]) -> Result<Vec<usize>, Stop> {
        let stops_at_first = table.hit_policy == HitPolicy::First;
        let mut matching = Vec::new();
        let Some(index) = &table.index else {
            for (place, rule) in table.rules.iter().enumerate() {
                self.charge(1)?;
                if self.rule_matches(table, rule, inputs, |_| true)? {
                    matching.push(place);
                    if stops_at_first {
                        break;
                    }
                }
            }
            return Ok(matching);
        };
        let (alive, unsure) = self.looked_up(table, index, inputs)?;
        for place in alive.iter() {
            self.charge(1)?;
            let is_open = |column: usize| match &index.columns[column] {
                Some(found) => unsure.contains(&column) || found.open.contains(place),
                None => true,
            };
            if self.rule_matches(table, &table.rules[place], inputs, is_open)? {
                matching.push(place);
                if stops_at_first {
                    break;
                }
            }
        }
        Ok(matching)
    }

    /// The rules that no looked up column rules out, and the columns that cannot be looked up for
    /// the value they have.
    fn looked_up(
        &mut self,
        table: &Table,
        index: &Index,
        inputs: &[Value],
    ) -> Result<(RuleSet, Vec<usize>), Stop> {
        let mut alive = RuleSet::all(table.rules.len());
        let mut unsure = Vec::new();
        for (place, (column, value)) in index.columns.iter().zip(inputs).enumerate() {
            self.charge(1 + alive.words() as u64 / 8)?;
            let Some(column) = column else { continue };
            match column.find(value) {
                Some(set) => {
                    if !alive.retain(set) {
                        break;
                    }
                }
                None => unsure.push(place),
            }
        }
        Ok((alive, unsure))
    }

    fn rule_matches(
        &mut self,
        table: &Table,
        rule: &Rule,
        inputs: &[Value],
        is_open: impl Fn(usize) -> bool,
    ) -> Result<bool, Stop> {
        for (column, cell) in rule.cells.iter().enumerate() {
            if let Cell::Tests(tests) = cell
                && is_open(column)
            {
                self.bind_input(table.inputs[column].slot, &inputs[column], &tests.tests);
                let holds = self.cell_tests(&inputs[column], &tests.tests, tests.negated)?;
                if holds != Value::Boolean(true) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Whether a cell of constants holds for a value.
    pub(crate) fn constant_cell(&mut self, cell: &Cell, value: &Value) -> Result<bool, Stop> {
        match cell {
            Cell::Any => Ok(true),
            Cell::Tests(tests) => {
                let holds = self.cell_tests(value, &tests.tests, tests.negated)?;
                Ok(holds == Value::Boolean(true))
            }
        }
    }

    fn output(&mut self, table: &Table, rule: &Rule) -> Result<(Value, Vec<usize>), Stop> {
        let mut rank = Vec::new();
        let mut values = Vec::with_capacity(rule.outputs.len());
        for (clause, expression) in table.outputs.iter().zip(&rule.outputs) {
            let value = self.eval(expression)?;
            let value = self.checked_output(clause, value)?;
            if table.hit_policy.is_ordered() {
                self.charge(clause.order.len() as u64 / 8)?;
                let place = clause.order.iter().position(|it| *it == value);
                rank.push(place.unwrap_or(usize::MAX));
            }
            values.push(value);
        }
        Ok((table.shaped(values), rank))
    }

    fn checked_output(&mut self, clause: &OutputClause, value: Value) -> Eval {
        if value.is_null() {
            return Ok(value);
        }
        let value = match self.coerce(value, &clause.of)? {
            Some(value) => value,
            None => {
                let (code, name, of) =
                    (diagnostic::DMN_OUTPUT_TYPE, &clause.name, clause.of.name());
                return self.null(|| format!("{code}: expected {name:?} to be a {of}"));
            }
        };
        if let Some(allowed) = &clause.allowed
            && !self.satisfies(allowed, &value)?
        {
            let (code, name, allowed) =
                (diagnostic::DMN_OUTPUT_TYPE, &clause.name, &allowed.source);
            return self.null(|| format!("{code}: expected {name:?} to be among {allowed}"));
        }
        Ok(value)
    }

    fn default_output(&mut self, table: &Table) -> Eval {
        if table.outputs.iter().all(|clause| clause.default.is_none()) {
            return match table.hit_policy {
                HitPolicy::Collect | HitPolicy::RuleOrder | HitPolicy::OutputOrder => {
                    self.list(Vec::new())
                }
                HitPolicy::Aggregate(Aggregator::Count) => Ok(Value::from(0)),
                _ => self.null(|| format!("no rule of {:?} matches", table.name)),
            };
        }
        let mut values = Vec::with_capacity(table.outputs.len());
        for clause in &table.outputs {
            values.push(match &clause.default {
                Some(expression) => {
                    let value = self.eval(expression)?;
                    self.checked_output(clause, value)?
                }
                None => Value::Null,
            });
        }
        Ok(table.shaped(values))
    }
}

fn traced_rules(table: &Table, hits: &[Hit]) -> Vec<TracedRule> {
    hits.iter()
        .map(|hit| TracedRule::of(table, hit.rule, &hit.output))
        .collect()
}
