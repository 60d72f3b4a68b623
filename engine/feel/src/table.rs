//! Decision tables, compiled (DMN 1.5, 8 and 10.3.2.10). Start from [`Table`].
//!
//! The orientation of a table (rules as rows, as columns, crosstab) is how it is drawn; the rules
//! are the same.

mod cell;
mod hit_policy;
mod index;
pub(crate) mod pieces;

use std::sync::Arc;

use crate::ast::{Node, Slot, Tests};
use crate::types::{Type, joined};
use crate::value::{Context, Value};

pub(crate) use cell::{Cell, CellTests, are_constant};
pub(crate) use hit_policy::{Aggregator, HitPolicy, Violation};
pub(crate) use index::{Index, RuleSet, holds};

/// A decision table.
#[derive(Debug)]
pub(crate) struct Table {
    /// The id of the table's element.
    pub(crate) id: Option<Arc<str>>,
    /// The name of what the table decides, for messages.
    pub(crate) name: Arc<str>,
    pub(crate) hit_policy: HitPolicy,
    pub(crate) violation: Violation,
    pub(crate) inputs: Box<[InputClause]>,
    pub(crate) outputs: Box<[OutputClause]>,
    pub(crate) rules: Box<[Rule]>,
    /// Finds matching rules without looking at each.
    pub(crate) index: Option<Index>,
}

/// A column of conditions.
#[derive(Debug)]
pub(crate) struct InputClause {
    pub(crate) label: Option<Arc<str>>,
    /// The text of the expression.
    pub(crate) source: Arc<str>,
    pub(crate) expression: Node,
    /// The declared type of the value.
    pub(crate) of: Type,
    pub(crate) allowed: Option<Tests>,
    /// Where the column's cells find the value as `?`.
    pub(crate) slot: Slot,
}

/// A column of conclusions.
#[derive(Debug)]
pub(crate) struct OutputClause {
    pub(crate) name: Arc<str>,
    pub(crate) of: Type,
    pub(crate) allowed: Option<Tests>,
    pub(crate) default: Option<Node>,
    /// The output values in their order, where that decides.
    pub(crate) order: Vec<Value>,
}

/// A rule: a cell for each input, an expression for each output.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Option<Arc<str>>,
    pub(crate) cells: Box<[Cell]>,
    pub(crate) outputs: Box<[Node]>,
    /// The texts of the outputs.
    pub(crate) output_sources: Box<[Arc<str>]>,
    pub(crate) annotations: Box<[Arc<str>]>,
}

impl Table {
    /// The expressions of the table, its cells' apart.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        let inputs = self.inputs.iter().map(|it| &it.expression);
        let defaults = self.outputs.iter().filter_map(|it| it.default.as_ref());
        let outputs = self.rules.iter().flat_map(|rule| &rule.outputs);
        inputs.chain(defaults).chain(outputs)
    }

    /// One output is its value, several are a context.
    pub(crate) fn shaped(&self, mut values: Vec<Value>) -> Value {
        if self.outputs.len() == 1 {
            return values.pop().unwrap_or_default();
        }
        let names = self.outputs.iter().map(|clause| clause.name.clone());
        Value::from(names.zip(values).collect::<Context>())
    }

    /// The type of the result; `of` tells the type of an expression in the place of the table.
    pub(crate) fn type_of(&self, of: impl Fn(&Node) -> Type) -> Type {
        let of = &of;
        let column = |place: usize, clause: &OutputClause| match &clause.of {
            Type::Any => {
                let outputs = self.rules.iter().map(|rule| &rule.outputs[place]);
                joined(outputs.chain(&clause.default).map(of))
            }
            declared => declared.clone(),
        };
        let single = match &self.outputs[..] {
            [clause] => column(0, clause),
            clauses => Type::Context(
                clauses
                    .iter()
                    .enumerate()
                    .map(|(place, clause)| (clause.name.clone(), column(place, clause)))
                    .collect(),
            ),
        };
        match self.hit_policy {
            HitPolicy::Collect | HitPolicy::OutputOrder | HitPolicy::RuleOrder => {
                Type::list(single)
            }
            HitPolicy::Aggregate(Aggregator::Count) => {
                let defaults = self.outputs.iter().filter_map(|it| it.default.as_ref());
                joined(defaults.map(of).chain([Type::Number]))
            }
            HitPolicy::Unique
            | HitPolicy::First
            | HitPolicy::Any
            | HitPolicy::Priority
            | HitPolicy::Aggregate(_) => single,
        }
    }
}
