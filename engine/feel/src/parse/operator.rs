//! Operators between operands, by precedence (Pratt). What has a value already is computed.

use std::sync::Arc;

use super::{Parsed, Parser};
use crate::ast::{Arithmetic, Comparison, Node};
use crate::builtin;
use crate::types::Type;

/// An operator between two operands.
#[derive(Clone, Copy)]
enum Infix {
    Or,
    And,
    Compare(Comparison),
    Between,
    In,
    InstanceOf,
    Arithmetic(Arithmetic),
}

impl Infix {
    /// A higher number binds tighter.
    fn precedence(self) -> u8 {
        match self {
            Infix::Or => 1,
            Infix::And => 2,
            Infix::Compare(_) | Infix::Between | Infix::In => 3,
            Infix::Arithmetic(Arithmetic::Add | Arithmetic::Subtract) => 4,
            Infix::Arithmetic(Arithmetic::Multiply | Arithmetic::Divide) => 5,
            Infix::Arithmetic(Arithmetic::Power) => 6,
            Infix::InstanceOf => 7,
        }
    }
}

pub(super) const LOWEST: u8 = 0;
pub(super) const ADDITIVE: u8 = 4;

impl Parser<'_> {
    /// Operators that bind tighter than `floor`, and their operands.
    pub(super) fn operators(&mut self, floor: u8) -> Parsed<Node> {
        let mut left = self.operand()?;
        while let Some((infix, length)) = self.infix() {
            if infix.precedence() <= floor {
                break;
            }
            self.at += length;
            left = self.apply(left, infix)?;
        }
        Ok(left)
    }

    fn apply(&mut self, left: Node, infix: Infix) -> Parsed<Node> {
        match infix {
            Infix::Or => self.junction(left, "or", infix.precedence()).map(Node::Or),
            Infix::And => self
                .junction(left, "and", infix.precedence())
                .map(Node::And),
            Infix::Compare(comparison) => {
                let offset = self.at;
                let right = self.operators(infix.precedence())?;
                self.check_comparison(comparison, &left, &right, offset);
                Ok(folded(Node::Compare(comparison, Box::new((left, right)))))
            }
            Infix::Between => {
                let low = self.operators(infix.precedence())?;
                self.expect_word("and")?;
                let offset = self.at;
                let high = self.operators(infix.precedence())?;
                self.check_comparison(Comparison::LessOrEqual, &left, &low, offset);
                self.check_comparison(Comparison::LessOrEqual, &left, &high, offset);
                Ok(Node::Between(Box::new((left, low, high))))
            }
            Infix::In => self.in_tests(left),
            Infix::InstanceOf => {
                self.expect_word("of")?;
                let of = self.type_name()?;
                if let Some(missing) = self.bare_type.take() {
                    return Ok(Node::Null(Arc::from(missing)));
                }
                Ok(Node::InstanceOf {
                    subject: Box::new(left),
                    of,
                })
            }
            Infix::Arithmetic(first) => self.chain(left, first),
        }
    }

    /// `a and b and c` as one flat node.
    fn junction(&mut self, left: Node, word: &str, precedence: u8) -> Parsed<Box<[Node]>> {
        let what = "an operand of and or or";
        let mut operands = Vec::new();
        self.check_is(&left, &Type::Boolean, what, self.at);
        operands.push(left);
        loop {
            let offset = self.at;
            let operand = self.operators(precedence)?;
            self.check_is(&operand, &Type::Boolean, what, offset);
            operands.push(operand);
            if !self.take_word(word) {
                return Ok(operands.into());
            }
        }
    }

    /// `a + b - c` as one flat node.
    fn chain(&mut self, first: Node, operation: Arithmetic) -> Parsed<Node> {
        let precedence = Infix::Arithmetic(operation).precedence();
        let mut of = self.type_of(&first);
        let mut rest = Vec::new();
        let mut next = operation;
        loop {
            let offset = self.at;
            let operand = self.operators(precedence)?;
            let right = self.type_of(&operand);
            of = self.check_arithmetic(next, &of, &right, offset);
            rest.push((next, operand));
            let Some((Infix::Arithmetic(following), length)) = self.infix() else {
                break;
            };
            if Infix::Arithmetic(following).precedence() != precedence {
                break;
            }
            self.at += length;
            next = following;
        }
        Ok(folded(Node::Chain {
            first: Box::new(first),
            rest: rest.into(),
        }))
    }

    /// The operator that comes next, and its length.
    fn infix(&mut self) -> Option<(Infix, usize)> {
        self.space();
        const SIGNS: &[(&str, Infix)] = &[
            ("**", Infix::Arithmetic(Arithmetic::Power)),
            ("<=", Infix::Compare(Comparison::LessOrEqual)),
            (">=", Infix::Compare(Comparison::GreaterOrEqual)),
            ("!=", Infix::Compare(Comparison::NotEqual)),
            ("=", Infix::Compare(Comparison::Equal)),
            ("<", Infix::Compare(Comparison::Less)),
            (">", Infix::Compare(Comparison::Greater)),
            ("+", Infix::Arithmetic(Arithmetic::Add)),
            ("-", Infix::Arithmetic(Arithmetic::Subtract)),
            ("*", Infix::Arithmetic(Arithmetic::Multiply)),
            ("/", Infix::Arithmetic(Arithmetic::Divide)),
        ];
        const WORDS: &[(&str, Infix)] = &[
            ("and", Infix::And),
            ("or", Infix::Or),
            ("between", Infix::Between),
            ("instance", Infix::InstanceOf),
            ("in", Infix::In),
        ];
        let first = self.rest().chars().next()?;
        if first.is_ascii_lowercase() {
            let word = WORDS.iter().find(|(word, _)| self.sees_word(word))?;
            return Some((word.1, word.0.len()));
        }
        let rest = self.rest();
        SIGNS
            .iter()
            .find(|(sign, _)| rest.starts_with(sign))
            .map(|(sign, it)| (*it, sign.len()))
    }
}

/// The value of an operation on constants, unless it is `null`: then the warning at evaluation says
/// more.
pub(super) fn folded(node: Node) -> Node {
    let is_constant = |it: &Node| matches!(it, Node::Constant(_));
    let foldable = match &node {
        Node::Chain { first, rest } => {
            is_constant(first) && rest.iter().all(|(_, operand)| is_constant(operand))
        }
        Node::Compare(_, operands) => is_constant(&operands.0) && is_constant(&operands.1),
        Node::Range(range) => [&range.start, &range.end]
            .into_iter()
            .flatten()
            .all(|(bound, _)| is_constant(bound)),
        _ => false,
    };
    if !foldable {
        return node;
    }
    match builtin::value_of(&node) {
        Some(value) => Node::Constant(value),
        None => node,
    }
}
