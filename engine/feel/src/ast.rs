//! The tree of a compiled expression.
//!
//! Names are resolved: a local is a slot of the frame, a free variable is looked up by its name.
//! Chains of operators and of `else if` are flat, so that the height of the tree, which bounds the
//! evaluator's recursion, does not grow with their length.

use std::sync::Arc;

use crate::builtin::Builtin;
use crate::table::Table;
use crate::types::{Signature, Type};
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

impl Arithmetic {
    /// The operation, for messages.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Arithmetic::Add => "the sum",
            Arithmetic::Subtract => "the difference",
            Arithmetic::Multiply => "the product",
            Arithmetic::Divide => "the quotient",
            Arithmetic::Power => "the power",
        }
    }
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
    /// A value the running function captured when it was made.
    Captured(u32),
    /// The running function itself.
    CurrentFunction,
    /// A free variable.
    Variable(Arc<str>),
    /// What can only be `null`, and why.
    Null(Arc<str>),
    /// A name inside filters: an entry of one of the items, innermost first, else the fallback.
    ItemEntry {
        name: Arc<str>,
        items: Box<[Node]>,
        fallback: Box<Node>,
    },
    List(Box<[Node]>),
    Context(Box<[ContextEntry]>),
    Range(Box<RangeNode>),
    Chain {
        first: Box<Node>,
        rest: Box<[(Arithmetic, Node)]>,
    },
    Negate(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Compare(Comparison, Box<(Node, Node)>),
    Between(Box<(Node, Node, Node)>),
    In {
        subject: Box<Node>,
        /// Where the tests find the subject as `?`.
        input: Slot,
        tests: Box<[Test]>,
    },
    If {
        branches: Box<[(Node, Node)]>,
        otherwise: Box<Node>,
    },
    For(Box<ForNode>),
    Quantified {
        every: bool,
        iterators: Box<[Iterator]>,
        condition: Box<Node>,
    },
    Filter {
        list: Box<Node>,
        item: Slot,
        predicate: Box<Node>,
    },
    Path {
        subject: Box<Node>,
        names: Box<[Arc<str>]>,
    },
    InstanceOf {
        subject: Box<Node>,
        of: Type,
    },
    CallBuiltin {
        builtin: &'static Builtin,
        arguments: Box<[Argument]>,
    },
    CallValue {
        callee: Box<Node>,
        arguments: Box<[Argument]>,
    },
    /// A call with names: `f(a: 1, b: 2)`.
    CallValueNamed {
        callee: Box<Node>,
        arguments: Box<[(Arc<str>, Node)]>,
    },
    Function(Box<FunctionNode>),
    /// Values for slots, and what is made of them: a boxed context with a result.
    Block {
        entries: Box<[(Slot, Node)]>,
        result: Box<Node>,
    },
    /// A value made fit for a type, else `null`; the text says where.
    Coerce {
        value: Box<Node>,
        of: Type,
        place: Arc<str>,
    },
    /// A decision table.
    Table(Box<Table>),
    /// The input fits any of the tests (or none, if negated).
    UnaryTests {
        input: Slot,
        tests: Box<[Test]>,
        negated: bool,
    },
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

/// A function definition.
#[derive(Debug)]
pub(crate) struct FunctionNode {
    /// Evaluated where the function is made; the body finds them as [`Node::Captured`].
    pub(crate) captures: Box<[Node]>,
    pub(crate) code: Arc<FunctionCode>,
}

/// What the values of one function definition share. The frame of a call holds the arguments, then
/// the locals of the body.
#[derive(Debug)]
pub(crate) struct FunctionCode {
    pub(crate) parameters: Box<[Parameter]>,
    pub(crate) frame_size: u32,
    pub(crate) body: Node,
    /// The type of the result, as far as it is known.
    pub(crate) result: Type,
}

impl FunctionCode {
    /// The type of the function.
    pub(crate) fn signature(&self) -> Signature {
        Signature {
            names: self.parameters.iter().map(|it| it.name.clone()).collect(),
            parameters: self.parameters.iter().map(|it| it.of.clone()).collect(),
            result: self.result.clone(),
        }
    }
}

/// Unary tests by themselves: the only parameter is the input.
#[derive(Clone, Debug)]
pub(crate) struct Tests {
    pub(crate) source: Arc<str>,
    pub(crate) code: Arc<FunctionCode>,
}

/// A formal parameter.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: Arc<str>,
    pub(crate) of: Type,
}

impl Node {
    /// The greatest number of nodes on a way from here to a leaf.
    pub(crate) fn height(&self) -> u32 {
        fn highest<'a>(nodes: impl std::iter::Iterator<Item = &'a Node>) -> u32 {
            nodes.map(Node::height).max().unwrap_or(0)
        }
        fn tests(tests: &[Test]) -> u32 {
            highest(tests.iter().filter_map(|test| match test {
                Test::Any => None,
                Test::Compare(_, node) | Test::Value(node) | Test::Condition(node) => Some(node),
            }))
        }
        fn iterators(iterators: &[Iterator]) -> u32 {
            highest(
                iterators
                    .iter()
                    .flat_map(|it| [Some(&it.source), it.end.as_ref()])
                    .flatten(),
            )
        }
        fn highest_cell(table: &Table) -> u32 {
            let cells = table.rules.iter().flat_map(|rule| &rule.cells);
            cells.map(|cell| tests(cell.tests())).max().unwrap_or(0)
        }
        let below = match self {
            Node::Constant(_)
            | Node::Local(_)
            | Node::Captured(_)
            | Node::CurrentFunction
            | Node::Variable(_)
            | Node::Null(_) => 0,
            Node::ItemEntry { fallback, .. } => fallback.height(),
            Node::List(items) | Node::And(items) | Node::Or(items) => highest(items.iter()),
            Node::Context(entries) => highest(entries.iter().map(|entry| &entry.value)),
            Node::Range(range) => highest(
                [&range.start, &range.end]
                    .into_iter()
                    .flatten()
                    .map(|(node, _)| node),
            ),
            Node::Chain { first, rest } => first
                .height()
                .max(highest(rest.iter().map(|(_, node)| node))),
            Node::Negate(node)
            | Node::InstanceOf { subject: node, .. }
            | Node::Coerce { value: node, .. } => node.height(),
            Node::Path { subject, .. } => subject.height(),
            Node::Compare(_, nodes) => nodes.0.height().max(nodes.1.height()),
            Node::Between(nodes) => nodes.0.height().max(nodes.1.height()).max(nodes.2.height()),
            Node::In {
                subject,
                tests: list,
                ..
            } => subject.height().max(tests(list)),
            Node::If {
                branches,
                otherwise,
            } => highest(
                branches
                    .iter()
                    .flat_map(|(condition, then)| [condition, then]),
            )
            .max(otherwise.height()),
            Node::For(node) => iterators(&node.iterators).max(node.body.height()),
            Node::Quantified {
                iterators: list,
                condition,
                ..
            } => iterators(list).max(condition.height()),
            Node::Filter {
                list, predicate, ..
            } => list.height().max(predicate.height()),
            Node::CallBuiltin { arguments, .. } => highest(arguments.iter().flatten()),
            Node::CallValue { callee, arguments } => {
                callee.height().max(highest(arguments.iter().flatten()))
            }
            Node::CallValueNamed { callee, arguments } => callee
                .height()
                .max(highest(arguments.iter().map(|(_, node)| node))),
            Node::Function(node) => highest(node.captures.iter()).max(node.code.body.height()),
            Node::Block { entries, result } => {
                highest(entries.iter().map(|(_, node)| node)).max(result.height())
            }
            Node::Table(table) => highest(table.nodes()).max(highest_cell(table)),
            Node::UnaryTests { tests: list, .. } => tests(list),
        };
        below + 1
    }
}
