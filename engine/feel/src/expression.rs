//! Expressions: compiled once, evaluated often. Start from [`Expression`].

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::ast::{FunctionCode, Node};
use crate::builtin::{self, Builtin};
use crate::diagnostic::{EvaluationError, SyntaxError, Warning};
use crate::dmn::graph::Service;
use crate::environment::Environment;
use crate::eval::Evaluator;
use crate::parse;
use crate::value::{Context, Value};

pub use crate::names::Names;

/// The longest text that is compiled, in bytes.
pub const SOURCE_BYTES_MAX: usize = 256 << 10;

/// Where an evaluation finds the values of free variables.
pub trait Scope {
    /// The value of a variable; `None` if there is no such variable.
    fn lookup(&self, name: &str) -> Option<Value>;

    /// The value of a variable if it is at hand without being made; else it is looked up.
    fn get(&self, _name: &str) -> Option<&Value> {
        None
    }
}

impl Scope for Context {
    fn lookup(&self, name: &str) -> Option<Value> {
        Context::get(self, name).cloned()
    }

    fn get(&self, name: &str) -> Option<&Value> {
        Context::get(self, name)
    }
}

/// A compiled expression. Clones share the compiled form.
#[derive(Clone)]
pub struct Expression(Arc<Compiled>);

#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) source: Arc<str>,
    /// The free variables.
    pub(crate) variables: BTreeSet<Arc<str>>,
    pub(crate) frame_size: u32,
    pub(crate) warnings: Vec<SyntaxError>,
    pub(crate) root: Node,
}

impl Expression {
    /// Compiles an expression. `names` tells which names with spaces or signs are in scope; an
    /// identifier that is not among them is a variable too, looked up at evaluation.
    pub fn compile(source: &str, names: &Names) -> Result<Expression, Vec<SyntaxError>> {
        parse::expression(source, names).map(|compiled| Expression(Arc::new(compiled)))
    }

    /// Compiles unary tests, as in an entry of a decision table; the input is the variable `?`.
    pub fn compile_unary_tests(
        source: &str,
        names: &Names,
    ) -> Result<Expression, Vec<SyntaxError>> {
        parse::unary_tests(source, names).map(|compiled| Expression(Arc::new(compiled)))
    }

    /// An expression that always gives this value.
    pub fn constant(value: Value) -> Expression {
        let source = Arc::from(crate::eval::text_of(&value));
        let root = Node::Constant(value);
        Expression(Arc::new(Compiled {
            source,
            variables: BTreeSet::new(),
            frame_size: 0,
            warnings: Vec::new(),
            root,
        }))
    }

    /// The value of the expression. What FEEL calls an error is `null`; an `EvaluationError` means
    /// that the budget was used up.
    pub fn evaluate(
        &self,
        variables: &dyn Scope,
        environment: &Environment<'_>,
    ) -> Result<Value, EvaluationError> {
        Evaluator::new(variables, environment).run(&self.0)
    }

    /// The same, telling also why a `null` appeared.
    pub fn evaluate_traced(
        &self,
        variables: &dyn Scope,
        environment: &Environment<'_>,
    ) -> (Result<Value, EvaluationError>, Vec<Warning>) {
        let mut evaluator = Evaluator::new(variables, environment).with_warnings();
        let result = evaluator.run(&self.0);
        (result, evaluator.into_warnings())
    }

    /// The names of the free variables.
    pub fn variables(&self) -> BTreeSet<Arc<str>> {
        self.0.variables.clone()
    }

    /// The text the expression was compiled from.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// What is probably not meant so, such as a call that can only give `null`.
    pub fn warnings(&self) -> &[SyntaxError] {
        &self.0.warnings
    }

    /// The value, if the expression is a constant.
    pub fn as_constant(&self) -> Option<&Value> {
        match &self.0.root {
            Node::Constant(value) => Some(value),
            _ => None,
        }
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Expression")
            .field(&self.source())
            .finish()
    }
}

impl PartialEq for Expression {
    /// Two expressions are equal if their texts are.
    fn eq(&self, other: &Expression) -> bool {
        self.0.source == other.0.source
    }
}

/// A function value.
pub struct Function {
    pub(crate) kind: FunctionKind,
    pub(crate) nesting: u16,
}

pub(crate) enum FunctionKind {
    Builtin(&'static Builtin),
    Defined {
        code: Arc<FunctionCode>,
        captured: Vec<Value>,
    },
    Service(Arc<Service>),
}

impl Function {
    pub(crate) fn builtin(builtin: &'static Builtin) -> Function {
        Function {
            kind: FunctionKind::Builtin(builtin),
            nesting: 1,
        }
    }

    pub(crate) fn service(service: Service) -> Function {
        Function {
            kind: FunctionKind::Service(Arc::new(service)),
            nesting: 1,
        }
    }

    pub(crate) fn defined(code: Arc<FunctionCode>, captured: Vec<Value>) -> Function {
        let deepest = captured.iter().map(Value::nesting).max().unwrap_or(0);
        let nesting = deepest.saturating_add(1);
        Function {
            kind: FunctionKind::Defined { code, captured },
            nesting,
        }
    }

    pub(crate) fn nesting(&self) -> u16 {
        self.nesting
    }

    /// The names of the parameters; `None` for a built-in function that has several forms.
    pub fn parameters(&self) -> Option<Vec<Arc<str>>> {
        match &self.kind {
            FunctionKind::Builtin(builtin) => builtin::parameter_names(builtin),
            FunctionKind::Defined { code, .. } => {
                Some(code.parameters.iter().map(|it| it.name.clone()).collect())
            }
            FunctionKind::Service(service) => Some(service.parameters().collect()),
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FunctionKind::Builtin(builtin) => write!(formatter, "function {}", builtin.name),
            FunctionKind::Defined { code, .. } => {
                let parameters = code.parameters.iter().map(|it| &*it.name);
                let parameters = parameters.collect::<Vec<_>>().join(", ");
                write!(formatter, "function({parameters})")
            }
            FunctionKind::Service(service) => {
                let parameters = service.parameters().collect::<Vec<_>>().join(", ");
                write!(formatter, "function({parameters})")
            }
        }
    }
}

impl PartialEq for Function {
    /// A function equals itself alone; comparing bodies would promise more than FEEL does.
    fn eq(&self, other: &Function) -> bool {
        match (&self.kind, &other.kind) {
            (FunctionKind::Builtin(left), FunctionKind::Builtin(right)) => left.name == right.name,
            _ => std::ptr::eq(self, other),
        }
    }
}
