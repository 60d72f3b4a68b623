//! The requirements graph, compiled: which element needs which, and how their values are found.
//!
//! The logic of an element is a function of what it requires, so that it sees nothing else
//! (DMN 1.5, 10.3.2.11.2). Each required element is evaluated once.

use std::sync::Arc;

use super::border;
use crate::ast::FunctionCode;
use crate::diagnostic;
use crate::eval::{Eval, Evaluator, Stop};
use crate::expression::Function;
use crate::trace::{ElementKind, TracedElement};
use crate::types::{Signature, Type};
use crate::value::{Context, Value};

/// A graph of elements; elements are known by their places in it.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(super) elements: Vec<Element>,
}

/// An input, decision, business knowledge model or decision service.
#[derive(Debug)]
pub(crate) struct Element {
    pub(super) id: Arc<str>,
    pub(super) name: Arc<str>,
    /// The names of the imports through which the element came in, outermost first.
    pub(super) path: Arc<[Arc<str>]>,
    /// The declared type of its variable.
    pub(super) of: Type,
    /// What is known of its values before they are computed.
    pub(super) inferred: Type,
    pub(super) requires: Vec<usize>,
    pub(super) logic: Logic,
}

#[derive(Debug)]
pub(super) enum Logic {
    Input,
    /// A decision: the parameters are what it requires, in the order of `requires`.
    Decision(Arc<FunctionCode>),
    /// A business knowledge model: gives a function.
    Knowledge(Arc<FunctionCode>),
    Service(ServiceLogic),
}

/// A decision service (10.4): a function of its input data, then of its input decisions.
#[derive(Debug)]
pub(super) struct ServiceLogic {
    pub(super) parameters: Vec<usize>,
    pub(super) outputs: Vec<usize>,
}

/// A decision service as a function value.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    graph: Arc<Graph>,
    place: usize,
}

/// What has been evaluated so far.
pub(super) struct Activation<'i> {
    values: Vec<Option<Value>>,
    /// Where inputs come from; a decision service sees nothing but its arguments.
    inputs: Option<&'i Context>,
}

impl<'i> Activation<'i> {
    pub(super) fn new(graph: &Graph, inputs: Option<&'i Context>) -> Activation<'i> {
        Activation {
            values: vec![None; graph.elements.len()],
            inputs,
        }
    }
}

/// The value of an element, after those it requires.
pub(super) fn value(
    graph: &Arc<Graph>,
    target: usize,
    activation: &mut Activation<'_>,
    evaluator: &mut Evaluator<'_>,
) -> Eval {
    let mut open = vec![target];
    while let Some(place) = open.last().copied() {
        if activation.values[place].is_some() {
            open.pop();
            continue;
        }
        let element = &graph.elements[place];
        let missing = |it: &&usize| activation.values[**it].is_none();
        if let Some(required) = element.requires.iter().find(missing) {
            open.push(*required);
            continue;
        }
        evaluator.charge(1)?;
        let value = evaluate(graph, place, activation, evaluator)?;
        activation.values[place] = Some(value);
        open.pop();
    }
    Ok(activation.values[target].clone().unwrap_or_default())
}

fn evaluate(
    graph: &Arc<Graph>,
    place: usize,
    activation: &Activation<'_>,
    evaluator: &mut Evaluator<'_>,
) -> Eval {
    let element = &graph.elements[place];
    match &element.logic {
        Logic::Input => {
            let given = activation.inputs.and_then(|it| border::find(it, element));
            input(element, given.unwrap_or_default(), evaluator)
        }
        Logic::Decision(code) => decision(graph, element, code, activation, evaluator),
        Logic::Knowledge(code) => {
            let arguments = arguments(element, activation);
            evaluator.run_code(code, arguments.into_iter().map(|(_, value)| value))
        }
        Logic::Service(_) => {
            let service = Service {
                graph: graph.clone(),
                place,
            };
            Ok(Value::Function(Arc::new(Function::service(service))))
        }
    }
}

/// The value of an input; what does not fit its declared type is `null`, as DMN has it.
fn input(element: &Element, given: Value, evaluator: &mut Evaluator<'_>) -> Eval {
    if element.of.is_any() || given.is_null() {
        return Ok(given);
    }
    let read = border::read(given, &element.of, evaluator)?;
    match evaluator.coerce(read, &element.of)? {
        Some(value) => Ok(value),
        None => evaluator.null(|| {
            let (code, name) = (diagnostic::DMN_INPUT_TYPE, &element.name);
            format!(
                "{code}: the input {name:?} is no {} that is allowed",
                element.of.name()
            )
        }),
    }
}

fn arguments(element: &Element, activation: &Activation<'_>) -> Vec<(usize, Value)> {
    let requires = element.requires.iter();
    requires
        .map(|it| (*it, activation.values[*it].clone().unwrap_or_default()))
        .collect()
}

fn decision(
    graph: &Graph,
    element: &Element,
    code: &FunctionCode,
    activation: &Activation<'_>,
    evaluator: &mut Evaluator<'_>,
) -> Eval {
    let arguments = arguments(element, activation);
    if let Some(recorder) = &mut evaluator.recorder {
        let is_value = |it: &&(usize, Value)| !matches!(it.1, Value::Function(_));
        let named =
            |(place, value): &(usize, Value)| (graph.elements[*place].name.clone(), value.clone());
        let inputs = arguments.iter().filter(is_value).map(named).collect();
        recorder.enter(traced(element, ElementKind::Decision, inputs));
    }
    let value = evaluator.run_code(code, arguments.into_iter().map(|(_, value)| value))?;
    let value = fitting(element, value, evaluator)?;
    if let Some(recorder) = &mut evaluator.recorder {
        recorder.leave(&value);
    }
    Ok(value)
}

fn fitting(element: &Element, value: Value, evaluator: &mut Evaluator<'_>) -> Eval {
    if element.of.is_any() {
        return Ok(value);
    }
    evaluator.fitting(value, &element.of, &element.name)
}

pub(super) fn traced(
    element: &Element,
    kind: ElementKind,
    inputs: Vec<(Arc<str>, Value)>,
) -> TracedElement {
    TracedElement {
        id: element.id.clone(),
        name: element.name.clone(),
        kind,
        inputs,
        tables: Vec::new(),
        value: Value::Null,
    }
}

impl Service {
    pub(super) fn new(graph: Arc<Graph>, place: usize) -> Service {
        Service { graph, place }
    }

    fn element(&self) -> &Element {
        &self.graph.elements[self.place]
    }

    fn logic(&self) -> Option<&ServiceLogic> {
        match &self.element().logic {
            Logic::Service(logic) => Some(logic),
            Logic::Input | Logic::Decision(_) | Logic::Knowledge(_) => None,
        }
    }

    fn places(&self) -> &[usize] {
        self.logic().map_or(&[], |logic| &logic.parameters)
    }

    /// The names of the parameters.
    pub(crate) fn parameters(&self) -> impl ExactSizeIterator<Item = Arc<str>> {
        let places = self.places().iter();
        places.map(|place| self.graph.elements[*place].name.clone())
    }

    /// The type of the function.
    pub(crate) fn signature(&self) -> Signature {
        let of = |place: &usize| self.graph.elements[*place].of.clone();
        let result = match self.logic().map(|logic| &logic.outputs[..]) {
            Some([output]) => of(output),
            Some(_) | None => Type::AnyContext,
        };
        Signature {
            names: self.parameters().collect(),
            parameters: self.places().iter().map(of).collect(),
            result,
        }
    }

    /// Calls the service as a function of FEEL: an argument that does not fit its parameter makes the
    /// result `null`, as with any other function.
    pub(crate) fn invoke(&self, evaluator: &mut Evaluator<'_>, arguments: Vec<Value>) -> Eval {
        let mut fitting = Vec::with_capacity(arguments.len());
        for (place, argument) in self.places().iter().zip(arguments) {
            let parameter = &self.graph.elements[*place];
            match evaluator.coerce(argument, &parameter.of)? {
                Some(argument) => fitting.push(argument),
                None => {
                    let (name, of) = (parameter.name.clone(), parameter.of.name());
                    return evaluator.null(|| format!("expected {name:?} to be a {of}"));
                }
            }
        }
        self.call(evaluator, fitting)
    }

    /// Evaluates the service with its arguments in the places of its parameters.
    pub(crate) fn call(&self, evaluator: &mut Evaluator<'_>, arguments: Vec<Value>) -> Eval {
        let Some(logic) = self.logic() else {
            return Ok(Value::Null);
        };
        let mut activation = Activation::new(&self.graph, None);
        let mut inputs = Vec::with_capacity(arguments.len());
        for (place, argument) in logic.parameters.iter().zip(arguments) {
            let element = &self.graph.elements[*place];
            let value = input(element, argument, evaluator)?;
            inputs.push((element.name.clone(), value.clone()));
            activation.values[*place] = Some(value);
        }
        if let Some(recorder) = &mut evaluator.recorder {
            recorder.enter(traced(self.element(), ElementKind::DecisionService, inputs));
        }
        let value = self.outputs(logic, &mut activation, evaluator)?;
        let value = self.fitting(value, evaluator)?;
        if let Some(recorder) = &mut evaluator.recorder {
            recorder.leave(&value);
        }
        Ok(value)
    }

    /// One output decision gives its value, several a context (10.4).
    fn outputs(
        &self,
        logic: &ServiceLogic,
        activation: &mut Activation<'_>,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Value, Stop> {
        let mut outputs = Vec::with_capacity(logic.outputs.len());
        for place in &logic.outputs {
            outputs.push(value(&self.graph, *place, activation, evaluator)?);
        }
        if let [_] = &outputs[..] {
            return Ok(outputs.pop().unwrap_or_default());
        }
        let names = logic.outputs.iter();
        let names = names.map(|place| self.graph.elements[*place].name.clone());
        evaluator.context(names.zip(outputs).collect())
    }

    /// The variable of a service is a function; its type tells the type of the result.
    fn fitting(&self, value: Value, evaluator: &mut Evaluator<'_>) -> Eval {
        match self.element().of.plain() {
            Type::Function(signature) => {
                evaluator.fitting(value, &signature.result, &self.element().name)
            }
            Type::Any | Type::AnyFunction => Ok(value),
            _ => evaluator.fitting(value, &self.element().of, &self.element().name),
        }
    }
}
