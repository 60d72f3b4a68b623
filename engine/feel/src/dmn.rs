//! DMN decision models: read, checked, compiled, evaluated. Start from [`Model`].

mod boxed;
mod hit_policy;
mod item;
pub mod outline;
mod read;
mod requirements;
mod table;
mod xml;

use std::cell::RefCell;
use std::sync::Arc;

use crate::diagnostic::{self, Diagnostic, EvaluationError, Warning};
use crate::environment::Environment;
use crate::eval::{Eval, Evaluator};
use crate::expression::{Expression, Scope};
use crate::value::{Context, Value};
use item::ItemType;
use table::Table;

/// Bounds on the file that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes_max: usize,
    /// Elements nested in each other.
    pub depth_max: usize,
    /// Elements altogether.
    pub elements_max: usize,
    /// Problems reported before reading is given up.
    pub diagnostics_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes_max: 4 << 20,
            depth_max: 64,
            elements_max: 200_000,
            diagnostics_max: 200,
        }
    }
}

/// A decision model: compiled once, evaluated often.
#[derive(Clone, Debug)]
pub struct Model(Arc<CompiledModel>);

#[derive(Debug, Default)]
struct CompiledModel {
    id: String,
    name: String,
    namespace: String,
    inputs: Vec<Input>,
    /// Decisions first, then business knowledge models.
    nodes: Vec<Node>,
    /// What each node requires, by index.
    requires: Vec<Vec<usize>>,
    /// The nodes in an order in which each comes after what it requires.
    order: Vec<usize>,
    decisions: Vec<DecisionInfo>,
    warnings: Vec<Diagnostic>,
}

#[derive(Debug)]
struct Input {
    id: String,
    name: Arc<str>,
    of: ItemType,
}

/// A decision or a business knowledge model.
#[derive(Debug)]
struct Node {
    id: Arc<str>,
    name: Arc<str>,
    is_knowledge: bool,
    of: ItemType,
    logic: Logic,
    inputs: Vec<usize>,
}

#[derive(Debug)]
enum Logic {
    /// The model leaves the decision open: it gives `null`.
    Absent,
    Expression(Expression),
    Table(Table),
}

impl CompiledModel {
    /// Lists the decisions with the inputs they need.
    fn describe(&mut self, requires: &[Vec<usize>]) {
        let decisions = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| !node.is_knowledge);
        self.decisions = decisions
            .map(|(idx, node)| {
                let mut inputs: Vec<usize> = requirements::closure(requires, idx)
                    .into_iter()
                    .flat_map(|idx| self.nodes[idx].inputs.iter().copied())
                    .collect();
                inputs.sort_unstable();
                inputs.dedup();
                DecisionInfo {
                    id: node.id.clone(),
                    name: node.name.clone(),
                    inputs: inputs
                        .into_iter()
                        .map(|idx| self.inputs[idx].name.clone())
                        .collect(),
                }
            })
            .collect();
    }
}

/// What a decision sees: what was evaluated before it, then the inputs.
struct ModelScope<'m> {
    inputs: &'m Context,
    values: RefCell<Context>,
}

impl Scope for ModelScope<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        let found = self.values.borrow().get(name).cloned();
        found.or_else(|| self.inputs.get(name).cloned())
    }
}

/// A decision of a model, as a caller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionInfo {
    /// The id by which it is evaluated.
    pub id: Arc<str>,
    /// The name, which is also its variable's.
    pub name: Arc<str>,
    /// The names of the inputs it needs, its required decisions' included.
    pub inputs: Vec<Arc<str>>,
}

/// The outcome of a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionResult {
    /// The value.
    pub value: Value,
    /// The rules that matched, in the order of evaluation, those of required decisions included.
    pub trace: Vec<MatchedRule>,
    /// Why a `null` appeared.
    pub warnings: Vec<Warning>,
}

/// A rule that matched.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchedRule {
    /// The decision the table belongs to.
    pub decision_id: Arc<str>,
    /// The rule's id, if it has one.
    pub rule_id: Option<Arc<str>>,
    /// The rule's place in the table, from 1.
    pub rule_number: u32,
    /// What the rule gives.
    pub output: Value,
}

impl Model {
    /// Reads and compiles a file; all problems are returned. `file` is named in them.
    pub fn parse(file: &str, bytes: &[u8], limits: &Limits) -> Result<Model, Vec<Diagnostic>> {
        read::read(file, bytes, limits).map(|model| Model(Arc::new(model)))
    }

    /// The model's id.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The model's namespace.
    pub fn namespace(&self) -> &str {
        &self.0.namespace
    }

    /// The decisions in the order of the file.
    pub fn decisions(&self) -> &[DecisionInfo] {
        &self.0.decisions
    }

    /// What is probably not meant so, though it works.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.0.warnings
    }

    /// The ids of the inputs with the names under which their values are passed in.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, &Arc<str>)> {
        self.0
            .inputs
            .iter()
            .map(|input| (input.id.as_str(), &input.name))
    }

    /// Evaluates a decision, by its id or else its name, after the decisions it requires.
    ///
    /// An input that does not fit its declared type is `null`, as DMN has it, with a warning.
    pub fn evaluate(
        &self,
        decision_id: &str,
        inputs: &Context,
        environment: &Environment<'_>,
    ) -> Result<DecisionResult, EvaluationError> {
        let model = &*self.0;
        let decisions = || model.nodes.iter().filter(|node| !node.is_knowledge);
        let place = decisions()
            .position(|node| *node.id == *decision_id)
            .or_else(|| decisions().position(|node| *node.name == *decision_id));
        let Some(target) = place else {
            return Err(EvaluationError {
                code: diagnostic::DMN_UNKNOWN_DECISION,
                message: format!("the model {:?} has no decision {decision_id:?}", model.name),
            });
        };
        let scope = ModelScope {
            inputs,
            values: RefCell::default(),
        };
        let mut evaluator = Evaluator::new(&[], &scope, environment, true);
        let mut trace = Vec::new();
        let value = model
            .evaluate(target, &scope, &mut evaluator, &mut trace)
            .map_err(|stop| *stop)?;
        Ok(DecisionResult {
            value,
            trace,
            warnings: evaluator.into_warnings(),
        })
    }
}

impl CompiledModel {
    fn evaluate<'a>(
        &'a self,
        target: usize,
        scope: &'a ModelScope<'a>,
        evaluator: &mut Evaluator<'a>,
        trace: &mut Vec<MatchedRule>,
    ) -> Eval {
        if self.requires[target].is_empty() {
            self.check_inputs(&self.nodes[target], scope, evaluator)?;
            return self.nodes[target].evaluate(evaluator, trace);
        }
        let needed = requirements::closure(&self.requires, target);
        for idx in self.order.iter().filter(|idx| needed.contains(idx)) {
            let node = &self.nodes[*idx];
            self.check_inputs(node, scope, evaluator)?;
            let value = node.evaluate(evaluator, trace)?;
            if *idx == target {
                return Ok(value);
            }
            scope.values.borrow_mut().insert(node.name.clone(), value);
        }
        Ok(Value::Null)
    }

    /// Makes the inputs a node names fit for their types.
    fn check_inputs<'a>(
        &'a self,
        node: &Node,
        scope: &'a ModelScope<'a>,
        evaluator: &mut Evaluator<'a>,
    ) -> Result<(), Box<EvaluationError>> {
        for input in node.inputs.iter().map(|idx| &self.inputs[*idx]) {
            if input.of.is_any() {
                continue;
            }
            let Some(value) = scope.inputs.get(&input.name) else {
                continue;
            };
            let coerced = input.of.coerce(value.clone(), evaluator)?;
            if coerced.as_ref() == Some(value) {
                continue;
            }
            if coerced.is_none() {
                let (code, name) = (diagnostic::DMN_INPUT_TYPE, &input.name);
                let of = input.of.structure().name();
                evaluator.warn(|| format!("{code}: the input {name:?} is no {of} that is allowed"));
            }
            scope
                .values
                .borrow_mut()
                .insert(input.name.clone(), coerced.unwrap_or_default());
        }
        Ok(())
    }
}

impl Node {
    fn evaluate<'a>(&'a self, evaluator: &mut Evaluator<'a>, trace: &mut Vec<MatchedRule>) -> Eval {
        let value = match &self.logic {
            Logic::Absent => return Ok(Value::Null),
            Logic::Expression(expression) => evaluator.run_next(expression.compiled())?,
            Logic::Table(table) => table.evaluate((&self.id, &self.name), evaluator, trace)?,
        };
        if self.of.is_any() {
            return Ok(value);
        }
        match self.of.coerce(value, evaluator)? {
            Some(value) => Ok(value),
            None => {
                let (code, of) = (diagnostic::DMN_OUTPUT_TYPE, self.of.structure().name());
                evaluator.null(|| format!("{code}: the result of {:?} is no {of}", self.name))
            }
        }
    }
}

#[cfg(test)]
mod tests;
