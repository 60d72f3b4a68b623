//! How a decision came about: the evidence for «why this amount». Start from [`Trace`].
//!
//! Recording is off unless it is asked for; then every element of the requirements graph that was
//! evaluated is kept with what it was given, its decision tables, the rules that matched in them,
//! and what each contributed. What is kept has a bound.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::json::to_json;
use crate::table::{HitPolicy, Table};
use crate::value::Value;

/// Tables kept of one evaluation.
const TABLES_MAX: usize = 1_000;
/// Elements kept of one evaluation.
const ELEMENTS_MAX: usize = 1_000;
/// About how many bytes of values are kept of one evaluation.
const BYTES_MAX: u64 = 4 << 20;

/// What was evaluated, in the order in which it was finished.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The elements, required ones before those that required them.
    pub elements: Vec<TracedElement>,
    /// Whether there was more than is kept.
    pub truncated: bool,
}

/// What an element of the requirements graph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementKind {
    /// A decision.
    Decision,
    /// A business knowledge model called by itself.
    BusinessKnowledgeModel,
    /// A decision service.
    DecisionService,
}

impl ElementKind {
    /// The name in the metamodel of DMN.
    pub fn name(self) -> &'static str {
        match self {
            ElementKind::Decision => "decision",
            ElementKind::BusinessKnowledgeModel => "businessKnowledgeModel",
            ElementKind::DecisionService => "decisionService",
        }
    }
}

/// An element of the requirements graph and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedElement {
    /// The id in the file.
    pub id: Arc<str>,
    /// The name.
    pub name: Arc<str>,
    /// What it is.
    pub kind: ElementKind,
    /// The inputs and required decisions with the values it was given.
    pub inputs: Vec<(Arc<str>, Value)>,
    /// The decision tables evaluated for it, those of called functions included.
    pub tables: Vec<TracedTable>,
    /// What it came to.
    pub value: Value,
}

/// A decision table and what matched in it.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedTable {
    /// The id of the table's element, if it has one.
    pub table_id: Option<Arc<str>>,
    /// What the table decides.
    pub name: Arc<str>,
    /// The hit policy as the file spells it.
    pub hit_policy: &'static str,
    /// How collected outputs become one value.
    pub aggregation: Option<&'static str>,
    /// The inputs as they were evaluated.
    pub inputs: Vec<TracedInput>,
    /// The rules that matched, in the order in which they count.
    pub rules: Vec<TracedRule>,
    /// Whether no rule matched and the default outputs were taken.
    pub used_default: bool,
    /// What the table gave.
    pub result: Value,
}

/// An input of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedInput {
    /// What the column is called; its expression, if it has no label.
    pub label: Arc<str>,
    /// The expression.
    pub expression: Arc<str>,
    /// Its value.
    pub value: Value,
}

/// A rule that matched.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedRule {
    /// The rule's id, if it has one.
    pub rule_id: Option<Arc<str>>,
    /// The rule's place in the table, from 1.
    pub rule_number: u32,
    /// The tests that held, one for each input.
    pub conditions: Vec<Arc<str>>,
    /// What the rule gives: the texts of its outputs.
    pub outputs: Vec<Arc<str>>,
    /// The value the rule contributes.
    pub contribution: Value,
    /// The rule's annotations.
    pub annotations: Vec<Arc<str>>,
}

impl TracedTable {
    pub(crate) fn of(table: &Table, inputs: &[Value]) -> TracedTable {
        let (hit_policy, aggregation) = HitPolicy::names(table.hit_policy);
        let inputs = table
            .inputs
            .iter()
            .zip(inputs)
            .map(|(clause, value)| TracedInput {
                label: clause.label.as_ref().unwrap_or(&clause.source).clone(),
                expression: clause.source.clone(),
                value: value.clone(),
            });
        TracedTable {
            table_id: table.id.clone(),
            name: table.name.clone(),
            hit_policy,
            aggregation,
            inputs: inputs.collect(),
            rules: Vec::new(),
            used_default: false,
            result: Value::Null,
        }
    }

    fn weight(&self) -> u64 {
        let inputs = self.inputs.iter().map(|it| it.value.weight());
        let rules = self.rules.iter().map(|it| it.contribution.weight() + 64);
        inputs.chain(rules).sum::<u64>() + self.result.weight() + 64
    }
}

impl TracedRule {
    pub(crate) fn of(table: &Table, place: usize, contribution: &Value) -> TracedRule {
        let rule = &table.rules[place];
        TracedRule {
            rule_id: rule.id.clone(),
            rule_number: place as u32 + 1,
            conditions: rule.cells.iter().map(|it| Arc::from(it.source())).collect(),
            outputs: rule.output_sources.to_vec(),
            contribution: contribution.clone(),
            annotations: rule.annotations.to_vec(),
        }
    }
}

/// Keeps what an evaluation does.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    trace: Trace,
    /// The elements that are being evaluated, the innermost last.
    open: Vec<TracedElement>,
    tables: usize,
    bytes: u64,
}

impl Recorder {
    pub(crate) fn enter(&mut self, element: TracedElement) {
        self.open.push(element);
    }

    pub(crate) fn leave(&mut self, value: &Value) {
        let Some(mut element) = self.open.pop() else {
            return;
        };
        element.value = value.clone();
        let inputs = element.inputs.iter().map(|(_, value)| value.weight());
        let weight = inputs.sum::<u64>() + value.weight() + 64;
        if self.trace.elements.len() >= ELEMENTS_MAX || !self.affords(weight) {
            self.trace.truncated = true;
            return;
        }
        self.trace.elements.push(element);
    }

    pub(crate) fn table(&mut self, table: TracedTable) {
        let affordable = self.tables < TABLES_MAX && self.affords(table.weight());
        match self.open.last_mut() {
            Some(element) if affordable => {
                self.tables += 1;
                element.tables.push(table);
            }
            Some(_) | None => self.trace.truncated = true,
        }
    }

    fn affords(&mut self, bytes: u64) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        self.bytes <= BYTES_MAX
    }

    /// What was kept; elements that were not finished, as after an error, with what they have.
    pub(crate) fn into_trace(mut self) -> Trace {
        while let Some(element) = self.open.pop() {
            self.trace.elements.push(element);
        }
        self.trace
    }
}

impl Trace {
    /// The trace as JSON, to be kept beside what was decided.
    pub fn to_json(&self) -> Json {
        json!({
            "elements": self.elements.iter().map(TracedElement::to_json).collect::<Vec<_>>(),
            "truncated": self.truncated,
        })
    }
}

impl TracedElement {
    fn to_json(&self) -> Json {
        let inputs = self
            .inputs
            .iter()
            .map(|(name, value)| json!({ "name": &**name, "value": shown(value) }));
        json!({
            "id": &*self.id,
            "name": &*self.name,
            "kind": self.kind.name(),
            "inputs": inputs.collect::<Vec<_>>(),
            "tables": self.tables.iter().map(TracedTable::to_json).collect::<Vec<_>>(),
            "value": shown(&self.value),
        })
    }
}

impl TracedTable {
    fn to_json(&self) -> Json {
        let inputs = self.inputs.iter().map(|it| {
            json!({ "label": &*it.label, "expression": &*it.expression, "value": shown(&it.value) })
        });
        json!({
            "tableId": self.table_id.as_deref(),
            "name": &*self.name,
            "hitPolicy": self.hit_policy,
            "aggregation": self.aggregation,
            "inputs": inputs.collect::<Vec<_>>(),
            "rules": self.rules.iter().map(TracedRule::to_json).collect::<Vec<_>>(),
            "usedDefault": self.used_default,
            "result": shown(&self.result),
        })
    }
}

impl TracedRule {
    fn to_json(&self) -> Json {
        let texts = |texts: &[Arc<str>]| texts.iter().map(|it| it.to_string()).collect::<Vec<_>>();
        json!({
            "ruleId": self.rule_id.as_deref(),
            "ruleNumber": self.rule_number,
            "conditions": texts(&self.conditions),
            "outputs": texts(&self.outputs),
            "contribution": shown(&self.contribution),
            "annotations": texts(&self.annotations),
        })
    }
}

/// The value in JSON; what has no form there as FEEL writes it.
fn shown(value: &Value) -> Json {
    to_json(value).unwrap_or_else(|_| Json::String(crate::eval::text_of(value)))
}
