//! DMN decision models: read, checked, compiled, evaluated. Start from [`Model`].
//!
//! ```
//! use tongban_feel::dmn::{Limits, Model};
//! use tongban_feel::environment::Environment;
//! use tongban_feel::value::{Context, Value};
//!
//! let file = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/"
//!     id="fees" name="fees" namespace="urn:fees">
//!   <decision id="fee" name="Fee"><literalExpression><text>amount * 0.01</text></literalExpression></decision>
//! </definitions>"#;
//! let model = Model::parse("fees.dmn", file.as_bytes(), &Limits::default()).expect("a model");
//! let inputs: Context = [("amount", Value::from(1200))].into_iter().collect();
//! let result = model.evaluate("fee", &inputs, &Environment::default()).expect("within the budget");
//! assert_eq!(result.value, Value::from(12));
//! ```

mod border;
mod check;
pub(crate) mod graph;
mod order;
pub mod outline;
mod read;
mod xml;

use std::sync::Arc;

use crate::diagnostic::{self, Diagnostic, EvaluationError, Warning};
use crate::environment::Environment;
use crate::eval::{Eval, Evaluator};
use crate::expression::{Function, FunctionKind};
use crate::trace::{ElementKind, Recorder, Trace};
use crate::value::{Context, Value};
use graph::{Activation, Graph, Logic, Service};

/// Bounds on the files that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file.
    pub bytes_max: usize,
    /// XML elements nested in each other.
    pub depth_max: usize,
    /// XML elements of a file.
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

/// A file of a model.
#[derive(Clone, Copy, Debug)]
pub struct Source<'s> {
    /// What the file is called in problems.
    pub file: &'s str,
    /// What is in it.
    pub bytes: &'s [u8],
}

/// A decision model: compiled once, evaluated often. Clones share the compiled form.
#[derive(Clone, Debug)]
pub struct Model(Arc<CompiledModel>);

#[derive(Debug, Default)]
struct CompiledModel {
    id: String,
    name: String,
    namespace: String,
    graph: Arc<Graph>,
    decisions: Vec<DecisionInfo>,
    invocables: Vec<InvocableInfo>,
    inputs: Vec<(String, Arc<str>)>,
    /// The decisions and invocables of the file itself, by their places in the graph.
    targets: Vec<usize>,
    warnings: Vec<Diagnostic>,
}

/// A decision of a model, as a caller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionInfo {
    /// The id by which it is evaluated.
    pub id: Arc<str>,
    /// The name, which is also its variable's.
    pub name: Arc<str>,
    /// The names of the inputs it needs, its required decisions' included; those of imported models
    /// behind the name of the import.
    pub inputs: Vec<Arc<str>>,
}

/// A decision service or business knowledge model, as a caller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvocableInfo {
    /// The id by which it is called.
    pub id: Arc<str>,
    /// The name.
    pub name: Arc<str>,
    /// Which of the two it is.
    pub kind: ElementKind,
    /// The names of its parameters.
    pub parameters: Vec<Arc<str>>,
    /// The names of a service's output decisions; if there are several, the result is a context of
    /// them.
    pub outputs: Vec<Arc<str>>,
}

/// The outcome of a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionResult {
    /// The value.
    pub value: Value,
    /// Why a `null` appeared.
    pub warnings: Vec<Warning>,
}

impl Model {
    /// Reads and compiles a model of one file; all problems are returned. `file` is named in them.
    pub fn parse(file: &str, bytes: &[u8], limits: &Limits) -> Result<Model, Vec<Diagnostic>> {
        Model::parse_with_imports(Source { file, bytes }, &[], limits)
    }

    /// Reads and compiles a model that may import others: `others` are the files among which the
    /// imports are looked for by their namespaces.
    pub fn parse_with_imports(
        source: Source<'_>,
        others: &[Source<'_>],
        limits: &Limits,
    ) -> Result<Model, Vec<Diagnostic>> {
        read::read(source, others, limits, read::Faults::Refused)
            .map(|model| Model(Arc::new(model)))
    }

    /// The same, except that a decision whose logic is wrong gives `null`, as DMN has it, instead of
    /// being refused; what is wrong is among the warnings. So does a table of which rules match that
    /// its hit policy does not let match together. For conformance suites and for drafts: nothing
    /// that decides about people is read this way.
    pub fn parse_leniently(
        source: Source<'_>,
        others: &[Source<'_>],
        limits: &Limits,
    ) -> Result<Model, Vec<Diagnostic>> {
        read::read(source, others, limits, read::Faults::Null).map(|model| Model(Arc::new(model)))
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

    /// The decision services and business knowledge models in the order of the file.
    pub fn invocables(&self) -> &[InvocableInfo] {
        &self.0.invocables
    }

    /// What is probably not meant so, though it works.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.0.warnings
    }

    /// The ids of the inputs with the names under which their values are passed in.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, &Arc<str>)> {
        let inputs = self.0.inputs.iter();
        inputs.map(|(id, name)| (id.as_str(), name))
    }

    /// Evaluates a decision after those it requires, or calls a decision service or business
    /// knowledge model with the inputs as its arguments. It is found by its id, else by its name.
    ///
    /// An input that does not fit its declared type is `null`, as DMN has it, with a warning.
    pub fn evaluate(
        &self,
        target: &str,
        inputs: &Context,
        environment: &Environment<'_>,
    ) -> Result<DecisionResult, EvaluationError> {
        let place = self.find(target)?;
        let mut evaluator = Evaluator::new(inputs, environment).with_warnings();
        let value = self.0.value(place, inputs, &mut evaluator);
        let value = value.map_err(|stop| *stop)?;
        let warnings = evaluator.into_warnings();
        Ok(DecisionResult { value, warnings })
    }

    /// The same, telling also how the result came about, even if there is none.
    pub fn evaluate_traced(
        &self,
        target: &str,
        inputs: &Context,
        environment: &Environment<'_>,
    ) -> (Result<DecisionResult, EvaluationError>, Trace) {
        let place = match self.find(target) {
            Ok(place) => place,
            Err(error) => return (Err(error), Trace::default()),
        };
        let mut evaluator = Evaluator::new(inputs, environment).with_warnings();
        evaluator.recorder = Some(Box::new(Recorder::default()));
        let value = self.0.value(place, inputs, &mut evaluator);
        let recorder = evaluator.recorder.take().unwrap_or_default();
        let result = value.map_err(|stop| *stop).map(|value| DecisionResult {
            value,
            warnings: evaluator.into_warnings(),
        });
        (result, recorder.into_trace())
    }

    fn find(&self, target: &str) -> Result<usize, EvaluationError> {
        let model = &*self.0;
        let element = |place: &usize| &model.graph.elements[*place];
        let by_id = model.targets.iter().find(|it| *element(it).id == *target);
        let by_name = || model.targets.iter().find(|it| *element(it).name == *target);
        by_id
            .or_else(by_name)
            .copied()
            .ok_or_else(|| EvaluationError {
                code: diagnostic::DMN_UNKNOWN_DECISION,
                message: format!("the model {:?} has no decision {target:?}", model.name),
            })
    }
}

impl CompiledModel {
    fn value(&self, place: usize, inputs: &Context, evaluator: &mut Evaluator<'_>) -> Eval {
        let element = &self.graph.elements[place];
        match &element.logic {
            Logic::Input | Logic::Decision(_) => {
                let mut activation = Activation::new(&self.graph, Some(inputs));
                graph::value(&self.graph, place, &mut activation, evaluator)
            }
            Logic::Service(logic) => {
                let arguments = logic.parameters.iter().map(|place| {
                    let parameter = &self.graph.elements[*place];
                    border::find(inputs, parameter).unwrap_or_default()
                });
                let arguments = arguments.collect();
                Service::new(self.graph.clone(), place).call(evaluator, arguments)
            }
            Logic::Knowledge(_) => self.knowledge(place, inputs, evaluator),
        }
    }

    /// Calls a business knowledge model by itself.
    fn knowledge(&self, place: usize, inputs: &Context, evaluator: &mut Evaluator<'_>) -> Eval {
        let element = &self.graph.elements[place];
        let mut activation = Activation::new(&self.graph, Some(inputs));
        let function = graph::value(&self.graph, place, &mut activation, evaluator)?;
        let parameters = match &function {
            Value::Function(function) => parameters(function),
            _ => Vec::new(),
        };
        let argument = |name: &Arc<str>| inputs.get(name).cloned().unwrap_or_default();
        let arguments: Vec<Value> = parameters.iter().map(argument).collect();
        if let Some(recorder) = &mut evaluator.recorder {
            let inputs = parameters.iter().cloned().zip(arguments.clone()).collect();
            recorder.enter(graph::traced(
                element,
                ElementKind::BusinessKnowledgeModel,
                inputs,
            ));
        }
        let value = evaluator.invoke(&function, arguments)?;
        if let Some(recorder) = &mut evaluator.recorder {
            recorder.leave(&value);
        }
        Ok(value)
    }
}

fn parameters(function: &Function) -> Vec<Arc<str>> {
    match &function.kind {
        FunctionKind::Defined { code, .. } => {
            code.parameters.iter().map(|it| it.name.clone()).collect()
        }
        FunctionKind::Service(service) => service.parameters().collect(),
        FunctionKind::Builtin(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
