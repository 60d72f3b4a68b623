//! The parser: from text to a tree whose names are resolved. Start from [`expression`].
//!
//! Operators are read by precedence (Pratt), everything else by descent. The depth of both is
//! bounded, so that no text can exhaust the stack.

mod keyword;
mod literal;
mod name;
mod operand;
mod scope;
mod unary;

use std::sync::Arc;

use crate::ast::{Arithmetic, Comparison, Node};
use crate::builtin;
use crate::diagnostic::{self, SyntaxError};
use crate::expression::{Compiled, SOURCE_BYTES_MAX};
use crate::lex;
use crate::names::Names;
use scope::Frames;

pub(crate) use literal::temporal;

/// Expressions nested in each other.
const DEPTH_MAX: u32 = 64;
/// Paths, filters and calls behind one operand.
const POSTFIX_MAX: usize = 32;
/// Iterators of one `for`, `some` or `every`.
const ITERATORS_MAX: usize = 16;
/// Names in scope at one place; each name read is looked for among them.
const SCOPE_MAX: usize = 1_000;
/// Nodes on the way from the root to a leaf.
const HEIGHT_MAX: u32 = 250;

/// The text is not well formed; the problem is reported already.
struct Failed;

type Parsed<T> = Result<T, Failed>;

/// Compiles an expression.
pub(crate) fn expression(source: &str, names: &Names) -> Result<Compiled, Vec<SyntaxError>> {
    compile(source, names, |parser| parser.expression())
}

/// Compiles unary tests: slot 0 of the frame is the input.
pub(crate) fn unary_tests(source: &str, names: &Names) -> Result<Compiled, Vec<SyntaxError>> {
    compile(source, names, |parser| parser.unary_tests())
}

fn compile(
    source: &str,
    names: &Names,
    read: impl FnOnce(&mut Parser<'_>) -> Parsed<Node>,
) -> Result<Compiled, Vec<SyntaxError>> {
    let mut parser = Parser::new(source, names);
    if source.len() > SOURCE_BYTES_MAX {
        let message = format!(
            "expected at most {SOURCE_BYTES_MAX} bytes, found {}",
            source.len()
        );
        parser.report(diagnostic::TOO_LONG, 0, message);
        return Err(parser.errors);
    }
    let root = read(&mut parser);
    if root.is_ok() && parser.errors.is_empty() {
        parser.space();
        if parser.at < source.len() {
            let _ = parser.unexpected::<()>("an operator or the end");
        }
    }
    match root {
        Ok(root) if parser.errors.is_empty() => {
            if root.height() > HEIGHT_MAX {
                let message = format!("expected at most {HEIGHT_MAX} levels");
                parser.report(diagnostic::TOO_DEEP, 0, message);
                return Err(parser.errors);
            }
            Ok(Compiled {
                source: Arc::from(source),
                frame_size: parser.frames.size(),
                warnings: parser.warnings,
                variables: parser.frames.into_variables(),
                root,
            })
        }
        Ok(_) | Err(Failed) => Err(parser.errors),
    }
}

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

const LOWEST: u8 = 0;
const ADDITIVE: u8 = 4;

struct Parser<'s> {
    source: &'s str,
    names: &'s Names,
    at: usize,
    depth: u32,
    /// A `[` closes the range being read and opens no filter.
    in_range_end: bool,
    frames: Frames,
    errors: Vec<SyntaxError>,
    warnings: Vec<SyntaxError>,
}

/// The value of an operation on constants, unless it is `null`: then the warning at evaluation says
/// more.
fn folded(node: Node) -> Node {
    let is_constant = |it: &Node| matches!(it, Node::Constant(_));
    let foldable = match &node {
        Node::Chain { first, rest } => {
            is_constant(first) && rest.iter().all(|(_, operand)| is_constant(operand))
        }
        Node::Compare(_, operands) => is_constant(&operands.0) && is_constant(&operands.1),
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

impl<'s> Parser<'s> {
    fn new(source: &'s str, names: &'s Names) -> Parser<'s> {
        Parser {
            source,
            names,
            at: 0,
            depth: 0,
            in_range_end: false,
            frames: Frames::default(),
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn report(&mut self, code: &'static str, offset: usize, message: impl Into<String>) {
        self.errors.push(SyntaxError {
            code,
            offset,
            message: message.into(),
        });
    }

    fn fail<T>(&mut self, code: &'static str, offset: usize, message: String) -> Parsed<T> {
        self.report(code, offset, message);
        Err(Failed)
    }

    fn unexpected<T>(&mut self, expected: &str) -> Parsed<T> {
        self.space();
        let rest = &self.source[self.at..];
        let Some(found) = rest.chars().next() else {
            return self.fail(
                diagnostic::UNEXPECTED,
                self.at,
                format!("expected {expected}, found the end"),
            );
        };
        if lex::is_full_width(found) {
            return self.fail(
                diagnostic::FULL_WIDTH,
                self.at,
                format!("expected {expected}, found the full-width sign {found}"),
            );
        }
        let shown: String = rest.chars().take(20).collect();
        self.fail(
            diagnostic::UNEXPECTED,
            self.at,
            format!("expected {expected}, found {shown:?}"),
        )
    }

    fn space(&mut self) {
        self.at = lex::skip_space(self.source, self.at);
    }

    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    /// Whether this sign comes next. `.` does not match `..`, nor `*` `**`.
    fn sees(&mut self, sign: &str) -> bool {
        self.space();
        let Some(after) = self.rest().strip_prefix(sign) else {
            return false;
        };
        match sign {
            "." => !after.starts_with('.'),
            "*" => !after.starts_with('*'),
            "<" | ">" => !after.starts_with('='),
            _ => true,
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        let seen = self.sees(sign);
        if seen {
            self.at += sign.len();
        }
        seen
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.take(sign) {
            Ok(())
        } else {
            self.unexpected(&format!("{sign:?}"))
        }
    }

    /// Whether this word comes next, as a whole word.
    fn sees_word(&mut self, word: &str) -> bool {
        self.space();
        self.rest()
            .strip_prefix(word)
            .is_some_and(|after| !after.chars().next().is_some_and(lex::is_name_part))
    }

    fn take_word(&mut self, word: &str) -> bool {
        let seen = self.sees_word(word);
        if seen {
            self.at += word.len();
        }
        seen
    }

    fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.take_word(word) {
            Ok(())
        } else {
            self.unexpected(&format!("{word:?}"))
        }
    }

    /// Reads something nested; brackets inside it are its own.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEPTH_MAX {
            let message = format!("expected at most {DEPTH_MAX} expressions nested in each other");
            return self.fail(diagnostic::TOO_DEEP, self.at, message);
        }
        self.depth += 1;
        let in_range_end = std::mem::replace(&mut self.in_range_end, false);
        let result = read(self);
        self.in_range_end = in_range_end;
        self.depth -= 1;
        result
    }

    fn expression(&mut self) -> Parsed<Node> {
        self.nested(|parser| parser.operators(LOWEST))
    }

    /// Operators that bind tighter than `floor`, and their operands.
    fn operators(&mut self, floor: u8) -> Parsed<Node> {
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
                let right = self.operators(infix.precedence())?;
                Ok(folded(Node::Compare(comparison, Box::new((left, right)))))
            }
            Infix::Between => {
                let low = self.operators(infix.precedence())?;
                self.expect_word("and")?;
                let high = self.operators(infix.precedence())?;
                Ok(Node::Between(Box::new((left, low, high))))
            }
            Infix::In => self.in_tests(left),
            Infix::InstanceOf => {
                self.expect_word("of")?;
                let of = self.type_name()?;
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
        let mut operands = vec![left, self.operators(precedence)?];
        while self.take_word(word) {
            operands.push(self.operators(precedence)?);
        }
        Ok(operands.into())
    }

    /// `a + b - c` as one flat node.
    fn chain(&mut self, first: Node, operation: Arithmetic) -> Parsed<Node> {
        let precedence = Infix::Arithmetic(operation).precedence();
        let mut rest = vec![(operation, self.operators(precedence)?)];
        while let Some((Infix::Arithmetic(next), length)) = self.infix() {
            if Infix::Arithmetic(next).precedence() != precedence {
                break;
            }
            self.at += length;
            rest.push((next, self.operators(precedence)?));
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
