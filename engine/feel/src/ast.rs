//! The tree of a compiled expression.
//!
//! Names are resolved: a local is a slot of the frame, a free variable an index into the
//! expression's table of names. Chains of operators and of `else if` are flat, so that the height
//! of the tree, which bounds the evaluator's recursion, does not grow with their length.

use std::sync::Arc;

use crate::builtin::Builtin;
use crate::types::Type;
use crate::value::Value;

/// A place in the frame of the running function.
pub(crate) type Slot = u32;

/// An operation of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A node of the tree.
#[derive(Debug)]
pub(crate) enum Node {
    Constant(Value),
    Local(Slot),
    /// A free variable, by its index in the expression's table.
    Variable(u32),
    /// A name inside filters: an entry of one of the items, innermost first, else the fallback.
    ItemEntry { name: Arc<str>, items: Box<[Slot]>, fallback: Box<Node> },
    List(Box<[Node]>),
    Context(Box<[ContextEntry]>),
    Range(Box<RangeNode>),
    Chain { first: Box<Node>, rest: Box<[(Arithmetic, Node)]> },
    Negate(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Compare(Comparison, Box<(Node, Node)>),
    Between(Box<(Node, Node, Node)>),
    In { subject: Box<Node>, tests: Box<[Test]> },
    If { branches: Box<[(Node, Node)]>, otherwise: Box<Node> },
    For(Box<ForNode>),
    Quantified { every: bool, iterators: Box<[Iterator]>, condition: Box<Node> },
    Filter { list: Box<Node>, item: Slot, predicate: Box<Node> },
    Path { subject: Box<Node>, name: Arc<str> },
    InstanceOf { subject: Box<Node>, of: Type },
    CallBuiltin { builtin: &'static Builtin, arguments: Box<[Argument]> },
    CallValue { callee: Box<Node>, arguments: Box<[Argument]> },
    /// A call with names: `f(a: 1, b: 2)`.
    CallValueNamed { callee: Box<Node>, arguments: Box<[(Arc<str>, Node)]> },
    Function(Box<FunctionNode>),
    /// `subject` fits any of the tests (or none, if negated).
    UnaryTests { input: Slot, tests: Box<[Test]>, negated: bool },
}

/// An argument in the place of its parameter; `None` where a named argument was left out.
pub(crate) type Argument = Option<Node>;

/// An entry of a context; later entries see it in its slot.
#[derive(Debug)]
pub(crate) struct ContextEntry {
    pub(crate) name: Arc<str>,
    pub(crate) slot: Slot,
    pub(crate) value: Node,
}

/// Bounds that are computed.
#[derive(Debug)]
pub(crate) struct RangeNode {
    pub(crate) start: Option<(Node, bool)>,
    pub(crate) end: Option<(Node, bool)>,
}

/// One positive unary test.
#[derive(Debug)]
pub(crate) enum Test {
    /// `-`
    Any,
    /// `< 5`
    Compare(Comparison, Node),
    /// A value, list or range the input is compared with or looked up in.
    Value(Node),
    /// An expression that mentions `?`: its own truth decides.
    Condition(Node),
}

/// `name in list` or `name in start..end`.
#[derive(Debug)]
pub(crate) struct Iterator {
    pub(crate) slot: Slot,
    pub(crate) source: Node,
    /// The end of `start..end`; `source` is then the start.
    pub(crate) end: Option<Node>,
}

/// A `for` expression.
#[derive(Debug)]
pub(crate) struct ForNode {
    pub(crate) iterators: Box<[Iterator]>,
    /// Where the results so far stand.
    pub(crate) partial: Slot,
    /// Whether the body mentions `partial` at all.
    pub(crate) uses_partial: bool,
    pub(crate) body: Node,
}

/// Where a function finds a value of the frame in which it was made.
#[derive(Debug, Clone)]
pub(crate) enum Capture {
    Local(Slot),
    Variable(u32),
}

/// A function definition.
#[derive(Debug)]
pub(crate) struct FunctionNode {
    pub(crate) captures: Box<[Capture]>,
    pub(crate) code: Arc<FunctionCode>,
}

/// What the values of one function definition share. The frame of a call holds the function
/// itself, then the captured values, then the arguments, then the locals of the body.
#[derive(Debug)]
pub(crate) struct FunctionCode {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) parameters: Box<[Parameter]>,
    pub(crate) frame_size: u32,
    pub(crate) body: Node,
}

/// A formal parameter.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: Arc<str>,
    pub(crate) of: Type,
}
