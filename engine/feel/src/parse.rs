//! The parser: from text to a tree whose names are resolved. Start from [`expression`].
//!
//! Operators are read by precedence (Pratt), everything else by descent. The depth of both is
//! bounded, so that no text can exhaust the stack.

mod call;
mod check;
mod infer;
mod keyword;
mod literal;
mod name;
mod operand;
mod operator;
mod scope;
mod unary;

use std::sync::Arc;

use crate::ast::{FunctionCode, Node, Parameter, Slot, Tests};
use crate::diagnostic::{self, SyntaxError};
use crate::expression::{Compiled, SOURCE_BYTES_MAX};
use crate::lex;
use crate::names::Names;
use crate::types::Type;

use operator::{ADDITIVE, LOWEST, folded};

pub(crate) use literal::temporal;
pub(crate) use scope::Frames;

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

/// What was read, with what is probably not meant so.
pub(crate) type Checked<T> = Result<(T, Vec<SyntaxError>), Vec<SyntaxError>>;

/// Compiles an expression.
pub(crate) fn expression(source: &str, names: &Names) -> Result<Compiled, Vec<SyntaxError>> {
    compile(source, names, |parser| parser.expression())
}

/// Compiles unary tests: slot 0 of the frame is the input.
pub(crate) fn unary_tests(source: &str, names: &Names) -> Result<Compiled, Vec<SyntaxError>> {
    compile(source, names, |parser| {
        let input = parser.frames.declare("?", Type::Any);
        parser.unary_tests(input)
    })
}

/// Reads an expression in frames that are shared with others.
pub(crate) fn expression_in(source: &str, names: &Names, frames: &mut Frames) -> Checked<Node> {
    read_in(source, names, frames, |parser| parser.expression())
}

/// Reads what an iterator goes over: a list, or the two ends of `a..b`.
pub(crate) fn iteration_in(
    source: &str,
    names: &Names,
    frames: &mut Frames,
) -> Checked<(Node, Option<Node>)> {
    read_in(source, names, frames, |parser| {
        let start = parser.expression()?;
        let end = match parser.take("..") {
            true => Some(parser.expression()?),
            false => None,
        };
        Ok((start, end))
    })
}

/// Reads unary tests on the value in a slot, in frames that are shared with others.
pub(crate) fn unary_tests_in(
    source: &str,
    names: &Names,
    frames: &mut Frames,
    input: Slot,
) -> Checked<Node> {
    let mark = frames.mark();
    frames.declare_at("?", input);
    let result = read_in(source, names, frames, |parser| parser.unary_tests(input));
    frames.reset(mark);
    result
}

/// Reads unary tests that stand by themselves.
pub(crate) fn tests(source: &str, names: &Names, of: Type) -> Checked<Tests> {
    let mut frames = Frames::closed(names.is_closed());
    let input = frames.reserve(of.clone());
    let (body, warnings) = unary_tests_in(source, names, &mut frames, input)?;
    let code = FunctionCode {
        parameters: [Parameter {
            name: Arc::from("?"),
            of,
        }]
        .into(),
        frame_size: frames.size(),
        body,
        result: Type::Boolean,
    };
    let tests = Tests {
        source: Arc::from(source),
        code: Arc::new(code),
    };
    Ok((tests, warnings))
}

/// The type of a node in the frames in which it was read.
pub(crate) fn type_in(frames: &mut Frames, node: &Node) -> Type {
    known_in(frames, |parser| parser.type_of(node))
}

/// The name of the node's type, if none of its values but `null` is of the target's.
pub(crate) fn misfit_in(frames: &mut Frames, node: &Node, target: &Type) -> Option<String> {
    known_in(frames, |parser| parser.misfit(node, target))
}

/// What is wrong with a call, and its code.
pub(crate) fn call_misfit_in(
    frames: &mut Frames,
    callee: &Node,
    arguments: &[(Option<&str>, &Node)],
) -> Option<(&'static str, String)> {
    known_in(frames, |parser| parser.call_misfit(callee, arguments))
}

fn known_in<T>(frames: &mut Frames, ask: impl FnOnce(&Parser<'_>) -> T) -> T {
    let names = Names::default();
    let parser = Parser::new("", &names, std::mem::take(frames));
    let answer = ask(&parser);
    *frames = parser.frames;
    answer
}

fn compile(
    source: &str,
    names: &Names,
    read: impl FnOnce(&mut Parser<'_>) -> Parsed<Node>,
) -> Result<Compiled, Vec<SyntaxError>> {
    let mut frames = Frames::closed(names.is_closed());
    let (root, warnings) = read_in(source, names, &mut frames, read)?;
    Ok(Compiled {
        source: Arc::from(source),
        frame_size: frames.size(),
        warnings,
        variables: frames.into_variables(),
        root,
    })
}

/// What can be read as a whole.
trait Tree {
    fn height(&self) -> u32;
}

impl Tree for Node {
    fn height(&self) -> u32 {
        Node::height(self)
    }
}

impl Tree for (Node, Option<Node>) {
    fn height(&self) -> u32 {
        self.0.height().max(self.1.as_ref().map_or(0, Node::height))
    }
}

fn read_in<T: Tree>(
    source: &str,
    names: &Names,
    frames: &mut Frames,
    read: impl FnOnce(&mut Parser<'_>) -> Parsed<T>,
) -> Checked<T> {
    let mut parser = Parser::new(source, names, std::mem::take(frames));
    let result = read_all(&mut parser, read);
    *frames = parser.frames;
    match result {
        Ok(root) if parser.errors.is_empty() => Ok((root, parser.warnings)),
        Ok(_) | Err(Failed) => Err(parser.errors),
    }
}

fn read_all<T: Tree>(
    parser: &mut Parser<'_>,
    read: impl FnOnce(&mut Parser<'_>) -> Parsed<T>,
) -> Parsed<T> {
    let length = parser.source.len();
    if length > SOURCE_BYTES_MAX {
        let message = format!("expected at most {SOURCE_BYTES_MAX} bytes, found {length}");
        return parser.fail(diagnostic::TOO_LONG, 0, message);
    }
    let root = read(parser)?;
    parser.space();
    if parser.at < length {
        return parser.unexpected("an operator or the end");
    }
    if root.height() > HEIGHT_MAX {
        let message = format!("expected at most {HEIGHT_MAX} levels");
        return parser.fail(diagnostic::TOO_DEEP, 0, message);
    }
    Ok(root)
}

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
    /// Why a type that was read is none, such as `list` without its items.
    bare_type: Option<String>,
}

impl<'s> Parser<'s> {
    fn new(source: &'s str, names: &'s Names, frames: Frames) -> Parser<'s> {
        Parser {
            source,
            names,
            at: 0,
            depth: 0,
            in_range_end: false,
            frames,
            errors: Vec::new(),
            warnings: Vec::new(),
            bare_type: None,
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
}
