//! Decision tables, compiled.

use std::sync::Arc;

use super::MatchedRule;
use super::hit_policy::HitPolicy;
use super::item::{ItemType, allows};
use crate::diagnostic;
use crate::eval::{Eval, Evaluator, Stop};
use crate::expression::Expression;
use crate::value::{Context, Value};

/// A decision table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) hit_policy: HitPolicy,
    pub(super) inputs: Vec<InputClause>,
    pub(super) outputs: Vec<OutputClause>,
    pub(super) rules: Vec<Rule>,
}

#[derive(Debug)]
pub(super) struct InputClause {
    pub(super) expression: Expression,
    pub(super) of: ItemType,
    pub(super) allowed: Option<Expression>,
}

#[derive(Debug)]
pub(super) struct OutputClause {
    pub(super) name: Arc<str>,
    pub(super) of: ItemType,
    pub(super) allowed: Option<Expression>,
    pub(super) default: Option<Expression>,
    /// The output values in their order, where that decides.
    pub(super) order: Vec<Value>,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: Option<Arc<str>>,
    /// One a column; `None` for `-`.
    pub(super) tests: Vec<Option<Expression>>,
    pub(super) outputs: Vec<Expression>,
}

impl Table {
    /// The result of the table; matching rules are added to the trace.
    pub(super) fn evaluate<'a>(
        &'a self,
        decision: (&Arc<str>, &str),
        evaluator: &mut Evaluator<'a>,
        trace: &mut Vec<MatchedRule>,
    ) -> Eval {
        let (decision_id, decision_name) = decision;
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for clause in &self.inputs {
            inputs.push(clause.value(evaluator)?);
        }
        let mut outputs = Vec::new();
        let mut ranks = Vec::new();
        for (idx, rule) in self.rules.iter().enumerate() {
            evaluator.charge(1)?;
            if !rule.matches(&inputs, evaluator)? {
                continue;
            }
            let (output, rank) = self.output(rule, evaluator)?;
            trace.push(MatchedRule {
                decision_id: decision_id.clone(),
                rule_id: rule.id.clone(),
                rule_number: idx as u32 + 1,
                output: output.clone(),
            });
            outputs.push(output);
            ranks.push(rank);
            if self.hit_policy.stops_at_first() {
                break;
            }
        }
        if outputs.is_empty() {
            return self.default_output(decision_name, evaluator);
        }
        if self.hit_policy.is_ordered() {
            let mut ranked: Vec<_> = ranks.into_iter().zip(outputs).collect();
            ranked.sort_by(|left, right| left.0.cmp(&right.0));
            outputs = ranked.into_iter().map(|(_, output)| output).collect();
        }
        self.hit_policy.result(outputs, decision_name, evaluator)
    }

    /// The output of a rule, and the places of its values among the output values.
    fn output<'a>(
        &'a self,
        rule: &'a Rule,
        evaluator: &mut Evaluator<'a>,
    ) -> Result<(Value, Vec<usize>), Stop> {
        let mut rank = Vec::new();
        let mut values = Vec::with_capacity(rule.outputs.len());
        for (clause, expression) in self.outputs.iter().zip(&rule.outputs) {
            let value = evaluator.run_next(expression.compiled())?;
            let value = clause.checked(value, evaluator)?;
            if self.hit_policy.is_ordered() {
                let place = clause.order.iter().position(|it| *it == value);
                rank.push(place.unwrap_or(usize::MAX));
            }
            values.push(value);
        }
        Ok((self.shaped(values), rank))
    }

    /// One output is its value, several are a context.
    fn shaped(&self, mut values: Vec<Value>) -> Value {
        if self.outputs.len() == 1 {
            return values.pop().unwrap_or_default();
        }
        let names = self.outputs.iter().map(|clause| clause.name.clone());
        Value::from(names.zip(values).collect::<Context>())
    }

    fn default_output<'a>(&'a self, decision: &str, evaluator: &mut Evaluator<'a>) -> Eval {
        if self.outputs.iter().all(|clause| clause.default.is_none()) {
            return match self.hit_policy {
                HitPolicy::Collect | HitPolicy::OutputOrder => evaluator.list(Vec::new()),
                _ => evaluator.null(|| format!("no rule of {decision:?} matches")),
            };
        }
        let mut values = Vec::with_capacity(self.outputs.len());
        for clause in &self.outputs {
            values.push(match &clause.default {
                Some(expression) => evaluator.run_next(expression.compiled())?,
                None => Value::Null,
            });
        }
        Ok(self.shaped(values))
    }
}

impl InputClause {
    fn value<'a>(&'a self, evaluator: &mut Evaluator<'a>) -> Eval {
        let value = evaluator.run_next(self.expression.compiled())?;
        let source = self.expression.source();
        if value.is_null() {
            return Ok(value);
        }
        if !self.of.is_any() {
            let fits = self.of.coerce(value.clone(), evaluator)?.is_some();
            if !fits {
                let (code, of) = (diagnostic::DMN_INPUT_TYPE, self.of.structure().name());
                return evaluator.null(|| format!("{code}: expected {source:?} to be a {of}"));
            }
        }
        if let Some(allowed) = &self.allowed
            && !allows(allowed.compiled(), &value, evaluator)?
        {
            let (code, allowed) = (diagnostic::DMN_INPUT_TYPE, allowed.source());
            return evaluator.null(|| format!("{code}: expected {source:?} to be among {allowed}"));
        }
        Ok(value)
    }
}

impl OutputClause {
    fn checked<'a>(&'a self, value: Value, evaluator: &mut Evaluator<'a>) -> Eval {
        if value.is_null() {
            return Ok(value);
        }
        let name = &self.name;
        let value = match self.of.is_any() {
            true => value,
            false => match self.of.coerce(value, evaluator)? {
                Some(value) => value,
                None => {
                    let (code, of) = (diagnostic::DMN_OUTPUT_TYPE, self.of.structure().name());
                    return evaluator.null(|| format!("{code}: expected {name:?} to be a {of}"));
                }
            },
        };
        if let Some(allowed) = &self.allowed
            && !allows(allowed.compiled(), &value, evaluator)?
        {
            let (code, allowed) = (diagnostic::DMN_OUTPUT_TYPE, allowed.source());
            return evaluator.null(|| format!("{code}: expected {name:?} to be among {allowed}"));
        }
        Ok(value)
    }
}

impl Rule {
    fn matches<'a>(
        &'a self,
        inputs: &[Value],
        evaluator: &mut Evaluator<'a>,
    ) -> Result<bool, Stop> {
        for (test, input) in self.tests.iter().zip(inputs) {
            if let Some(test) = test
                && !allows(test.compiled(), input, evaluator)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
