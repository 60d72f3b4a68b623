//! The evaluator: walks the tree under a budget of steps, depth and bytes.
//!
//! What FEEL calls an error is `null` and a warning; only the budget stops an evaluation. Every loop
//! charges a step an item and every value that is made its bytes, so that neither time nor memory
//! can run away; values nested deeper than can be walked are refused when they are made.

mod access;
mod arithmetic;
mod budget;
mod call;
mod coerce;
mod compare;
mod iterate;
mod table;
mod text;
mod unary;

use std::cmp::Ordering;
use std::sync::Arc;

use crate::ast::{Comparison, ContextEntry, FunctionCode, Node, RangeNode, Slot, Tests};
use crate::builtin;
use crate::diagnostic::{EvaluationError, Warning};
use crate::environment::Environment;
use crate::expression::{Compiled, Function, FunctionKind, Scope};
use crate::trace::Recorder;
use crate::types::Type;
use crate::value::{Bound, Context, Range, Value};

pub(crate) use budget::checked;
pub(crate) use compare::{compare, range_contains};
pub(crate) use text::text_of;

/// The budget is used up.
pub(crate) type Stop = Box<EvaluationError>;
/// The outcome of a node.
pub(crate) type Eval = Result<Value, Stop>;

/// Warnings kept of one evaluation.
const WARNINGS_MAX: usize = 50;

/// One evaluation.
pub(crate) struct Evaluator<'a> {
    scope: &'a dyn Scope,
    pub(crate) environment: &'a Environment<'a>,
    stack: Vec<Value>,
    base: usize,
    current: Option<Arc<Function>>,
    steps: u64,
    bytes: u64,
    depth: u32,
    warnings: Option<Vec<Warning>>,
    pub(crate) recorder: Option<Box<Recorder>>,
    pub(crate) patterns: builtin::Patterns,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(scope: &'a dyn Scope, environment: &'a Environment<'a>) -> Evaluator<'a> {
        Evaluator {
            scope,
            environment,
            stack: Vec::new(),
            base: 0,
            current: None,
            steps: environment.budget.steps,
            bytes: environment.budget.bytes,
            depth: environment.budget.depth,
            warnings: None,
            recorder: None,
            patterns: builtin::Patterns::default(),
        }
    }

    /// Keeps why a `null` appeared.
    pub(crate) fn with_warnings(mut self) -> Evaluator<'a> {
        self.warnings = Some(Vec::new());
        self
    }

    /// Evaluates an expression whose free variables are in the evaluator's scope.
    pub(crate) fn run(&mut self, compiled: &Compiled) -> Result<Value, EvaluationError> {
        self.stack.resize(compiled.frame_size as usize, Value::Null);
        if let Node::UnaryTests { input, .. } = &compiled.root {
            let value = self.scope.lookup("?").unwrap_or_default();
            self.set_local(*input, value);
        }
        self.eval(&compiled.root).map_err(|stop| *stop)
    }

    /// Runs a function's body in a frame of its own.
    pub(crate) fn run_code(
        &mut self,
        code: &FunctionCode,
        arguments: impl IntoIterator<Item = Value>,
    ) -> Eval {
        let frame = self.stack.len();
        self.stack.extend(arguments);
        self.stack
            .resize(frame + code.frame_size as usize, Value::Null);
        let base = std::mem::replace(&mut self.base, frame);
        let result = self.eval(&code.body);
        self.base = base;
        self.stack.truncate(frame);
        result
    }

    /// Whether unary tests hold for a value.
    pub(crate) fn satisfies(&mut self, tests: &Tests, value: &Value) -> Result<bool, Stop> {
        let result = self.run_code(&tests.code, [value.clone()])?;
        Ok(result == Value::Boolean(true))
    }

    pub(crate) fn into_warnings(self) -> Vec<Warning> {
        self.warnings.unwrap_or_default()
    }

    /// `null`, and why.
    pub(crate) fn null(&mut self, message: impl FnOnce() -> String) -> Eval {
        self.warn(message);
        Ok(Value::Null)
    }

    pub(crate) fn warn(&mut self, message: impl FnOnce() -> String) {
        if let Some(warnings) = &mut self.warnings
            && warnings.len() < WARNINGS_MAX
        {
            warnings.push(Warning { message: message() });
        }
    }

    fn local(&self, slot: Slot) -> &Value {
        &self.stack[self.base + slot as usize]
    }

    fn set_local(&mut self, slot: Slot, value: Value) {
        let at = self.base + slot as usize;
        self.stack[at] = value;
    }

    pub(crate) fn eval(&mut self, node: &Node) -> Eval {
        match node {
            Node::Constant(value) => Ok(value.clone()),
            Node::Local(slot) => Ok(self.local(*slot).clone()),
            Node::Variable(name) => self.variable(name),
            Node::Captured(idx) => Ok(self.captured(*idx)),
            Node::CurrentFunction => Ok(self
                .current
                .as_ref()
                .map_or(Value::Null, |it| Value::Function(it.clone()))),
            _ => {
                self.enter()?;
                let result = self.compound(node);
                self.depth += 1;
                result
            }
        }
    }

    fn compound(&mut self, node: &Node) -> Eval {
        match node {
            Node::Constant(_)
            | Node::Local(_)
            | Node::Variable(_)
            | Node::Captured(_)
            | Node::CurrentFunction => self.eval(node),
            Node::Null(why) => self.null(|| why.to_string()),
            Node::ItemEntry {
                name,
                items,
                fallback,
            } => self.item_entry(name, items, fallback),
            Node::List(nodes) => self.list_of(nodes),
            Node::Context(entries) => self.context_of(entries),
            Node::Range(range) => self.range(range),
            Node::Chain { first, rest } => self.chain(first, rest),
            Node::Negate(operand) => {
                let operand = self.eval(operand)?;
                self.negate(operand)
            }
            Node::And(operands) => self.junction(operands, false),
            Node::Or(operands) => self.junction(operands, true),
            Node::Compare(comparison, operands) => {
                if let (Some(left), Some(right)) = (self.peek(&operands.0), self.peek(&operands.1))
                    && let Some(holds) = compare::plain(*comparison, left, right)
                {
                    return Ok(Value::Boolean(holds));
                }
                let left = self.eval(&operands.0)?;
                let right = self.eval(&operands.1)?;
                self.comparison(*comparison, &left, &right)
            }
            Node::Between(operands) => self.between(operands),
            Node::In {
                subject,
                input,
                tests,
            } => {
                let subject = self.eval(subject)?;
                self.bind_input(*input, &subject, tests);
                self.tests(&subject, tests, false)
            }
            Node::If {
                branches,
                otherwise,
            } => self.conditional(branches, otherwise),
            Node::For(node) => self.iteration(node),
            Node::Quantified {
                every,
                iterators,
                condition,
            } => self.quantified(*every, iterators, condition),
            Node::Filter {
                list,
                item,
                predicate,
            } => {
                let list = self.eval(list)?;
                self.filter(list, *item, predicate)
            }
            Node::Path { subject, names } => {
                let mut value = self.eval(subject)?;
                for name in names {
                    value = self.path(value, name)?;
                }
                Ok(value)
            }
            Node::InstanceOf { subject, of } => {
                let subject = self.eval(subject)?;
                self.instance_of(&subject, of)
            }
            Node::CallBuiltin { builtin, arguments } => self.call_builtin(builtin, arguments),
            Node::CallValue { callee, arguments } => self.call_value(callee, arguments),
            Node::CallValueNamed { callee, arguments } => self.call_named(callee, arguments),
            Node::Function(node) => self.function(node),
            Node::Block { entries, result } => {
                for (slot, entry) in entries {
                    let value = self.eval(entry)?;
                    self.set_local(*slot, value);
                }
                self.eval(result)
            }
            Node::Coerce { value, of, place } => {
                let value = self.eval(value)?;
                self.fitting(value, of, place)
            }
            Node::Table(table) => self.table(table),
            Node::UnaryTests {
                input,
                tests,
                negated,
            } => self.unary_tests(*input, tests, *negated),
        }
    }

    #[inline(never)]
    fn variable(&mut self, name: &Arc<str>) -> Eval {
        if let Some(value) = self.scope.get(name) {
            return Ok(value.clone());
        }
        if let Some(value) = self.scope.lookup(name) {
            return Ok(value);
        }
        if let Some(builtin) = builtin::by_name(name) {
            return Ok(Value::Function(Arc::new(Function::builtin(builtin))));
        }
        self.null(|| format!("there is no variable {name:?}"))
    }

    /// The value of an operand that is at hand.
    fn peek<'n>(&'n self, node: &'n Node) -> Option<&'n Value> {
        match node {
            Node::Constant(value) => Some(value),
            Node::Local(slot) => Some(self.local(*slot)),
            Node::Variable(name) => self.scope.get(name),
            _ => None,
        }
    }

    #[inline(never)]
    fn instance_of(&mut self, subject: &Value, of: &Type) -> Eval {
        self.charge(subject.weight() / 64)?;
        Ok(Value::Boolean(of.has_instance(subject)))
    }

    fn captured(&self, idx: u32) -> Value {
        match self.current.as_ref().map(|function| &function.kind) {
            Some(FunctionKind::Defined { captured, .. }) => {
                captured.get(idx as usize).cloned().unwrap_or_default()
            }
            Some(FunctionKind::Builtin(_) | FunctionKind::Service(_)) | None => Value::Null,
        }
    }

    #[inline(never)]
    fn list_of(&mut self, nodes: &[Node]) -> Eval {
        let mut items = Vec::with_capacity(nodes.len());
        for node in nodes {
            items.push(self.eval(node)?);
        }
        self.list(items)
    }

    #[inline(never)]
    fn context_of(&mut self, entries: &[ContextEntry]) -> Eval {
        let mut context = Context::new();
        for entry in entries {
            let value = self.eval(&entry.value)?;
            self.set_local(entry.slot, value.clone());
            context.insert(entry.name.clone(), value);
        }
        self.context(context)
    }

    #[inline(never)]
    fn range(&mut self, range: &RangeNode) -> Eval {
        let start = self.bound(&range.start)?;
        let end = self.bound(&range.end)?;
        if let (Some(start), Some(end)) = (&start, &end)
            && !start.value.is_null()
            && !end.value.is_null()
            && !compare(&start.value, &end.value).is_some_and(Ordering::is_le)
        {
            return self
                .null(|| "a range begins with the lesser of two comparable ends".to_owned());
        }
        checked(Value::Range(Arc::new(Range { start, end })))
    }

    fn bound(&mut self, bound: &Option<(Node, bool)>) -> Result<Option<Bound>, Stop> {
        match bound {
            Some((node, included)) => {
                let value = self.eval(node)?;
                Ok(Some(Bound {
                    included: *included && !value.is_null(),
                    value,
                }))
            }
            None => Ok(None),
        }
    }

    /// Three-valued `and` (`decisive` false) and `or` (`decisive` true).
    #[inline(never)]
    fn junction(&mut self, operands: &[Node], decisive: bool) -> Eval {
        let mut unknown = false;
        for operand in operands {
            match self.eval(operand)? {
                Value::Boolean(value) if value == decisive => return Ok(Value::Boolean(decisive)),
                Value::Boolean(_) => {}
                other => {
                    if !other.is_null() {
                        self.warn(|| format!("expected a boolean, found a {}", other.type_name()));
                    }
                    unknown = true;
                }
            }
        }
        Ok(if unknown {
            Value::Null
        } else {
            Value::Boolean(!decisive)
        })
    }

    #[inline(never)]
    fn between(&mut self, operands: &(Node, Node, Node)) -> Eval {
        let value = self.eval(&operands.0)?;
        let low = self.eval(&operands.1)?;
        let high = self.eval(&operands.2)?;
        let above = self.comparison(Comparison::GreaterOrEqual, &value, &low)?;
        let below = self.comparison(Comparison::LessOrEqual, &value, &high)?;
        Ok(match (above, below) {
            (Value::Boolean(above), Value::Boolean(below)) => Value::Boolean(above && below),
            _ => Value::Null,
        })
    }

    #[inline(never)]
    fn conditional(&mut self, branches: &[(Node, Node)], otherwise: &Node) -> Eval {
        for (condition, then) in branches {
            if self.eval(condition)? == Value::Boolean(true) {
                return self.eval(then);
            }
        }
        self.eval(otherwise)
    }
}
