//! Expressions that begin with a keyword: `if`, `for`, `some`, `every`, `function`.

use std::sync::Arc;

use super::name::spaced_once;
use super::{ITERATORS_MAX, LOWEST, Parsed, Parser};
use crate::ast::{ForNode, FunctionCode, FunctionNode, Iterator, Node, Parameter};
use crate::diagnostic;
use crate::lex;
use crate::types::Type;

impl Parser<'_> {
    pub(super) fn conditional(&mut self) -> Parsed<Node> {
        let mut branches = Vec::new();
        loop {
            let offset = self.at;
            let condition = self.operators(LOWEST)?;
            self.check_is(&condition, &Type::Boolean, "a condition", offset);
            self.expect_word("then")?;
            let then = self.operators(LOWEST)?;
            self.expect_word("else")?;
            branches.push((condition, then));
            if !self.take_word("if") {
                break;
            }
        }
        let otherwise = Box::new(self.operators(LOWEST)?);
        Ok(Node::If {
            branches: branches.into(),
            otherwise,
        })
    }

    pub(super) fn iteration(&mut self) -> Parsed<Node> {
        let mark = self.frames.mark();
        let read = |parser: &mut Self| {
            let iterators = parser.iterators("return")?;
            let partial = parser.frames.declare("partial", Type::list(Type::Any));
            let start = parser.at;
            let body = parser.operators(LOWEST)?;
            let uses_partial = parser.source[start..parser.at].contains("partial");
            Ok(ForNode {
                iterators,
                partial,
                uses_partial,
                body,
            })
        };
        let node = read(self);
        self.frames.reset(mark);
        Ok(Node::For(Box::new(node?)))
    }

    pub(super) fn quantified(&mut self, every: bool) -> Parsed<Node> {
        let mark = self.frames.mark();
        let read = |parser: &mut Self| {
            let iterators = parser.iterators("satisfies")?;
            let condition = Box::new(parser.operators(LOWEST)?);
            Ok(Node::Quantified {
                every,
                iterators,
                condition,
            })
        };
        let node = read(self);
        self.frames.reset(mark);
        node
    }

    fn iterators(&mut self, closing: &str) -> Parsed<Box<[Iterator]>> {
        let mut iterators = Vec::new();
        loop {
            let name = self.iterator_name()?;
            let source = self.expression()?;
            let end = if self.take("..") {
                Some(self.expression()?)
            } else {
                None
            };
            let of = match &end {
                Some(_) => self.type_of(&source),
                None => iterated(&self.type_of(&source)),
            };
            let slot = self.frames.declare(&name, of);
            iterators.push(Iterator { slot, source, end });
            if iterators.len() > ITERATORS_MAX {
                let message = format!("expected at most {ITERATORS_MAX} iterators");
                return self.fail(diagnostic::TOO_DEEP, self.at, message);
            }
            if !self.take(",") {
                break;
            }
        }
        self.expect_word(closing)?;
        Ok(iterators.into())
    }

    /// The words before `in`.
    fn iterator_name(&mut self) -> Parsed<Arc<str>> {
        self.space();
        let start = self.at;
        let mut at = start;
        for count in 0..lex::NAME_WORDS_MAX {
            let Some((word, end)) = lex::next_word(self.source, at) else {
                break;
            };
            if word == "in" && count > 0 {
                let name = spaced_once(&self.source[start..at]);
                self.at = end;
                return Ok(name);
            }
            at = end;
        }
        self.unexpected("a name and \"in\"")
    }

    /// A function definition after its opening parenthesis.
    pub(super) fn function(&mut self, own_name: Option<&str>) -> Parsed<Node> {
        self.frames.enter_function(own_name);
        let read = |parser: &mut Self| {
            let parameters = parser.parameters()?;
            let start = parser.at;
            if parser.take_word("external") {
                let message = "expected a body in FEEL, found an external function".to_owned();
                return parser.fail(diagnostic::EXTERNAL_FUNCTION, start, message);
            }
            let body = parser.operators(LOWEST)?;
            let of = parser.type_of(&body);
            Ok((parameters, body, of))
        };
        let read = read(self);
        let (frame_size, captures) = self.frames.leave_function();
        let (parameters, body, result) = read?;
        let code = Arc::new(FunctionCode {
            parameters: parameters.into(),
            frame_size,
            body,
            result,
        });
        Ok(Node::Function(Box::new(FunctionNode { captures, code })))
    }

    fn parameters(&mut self) -> Parsed<Vec<Parameter>> {
        let mut parameters = Vec::new();
        if self.take(")") {
            return Ok(parameters);
        }
        loop {
            let ends = [self.key_end(":"), self.key_end(","), self.key_end(")")];
            let Some((name, end)) = ends.into_iter().flatten().min_by_key(|it| it.1) else {
                return self.unexpected("the name of a parameter");
            };
            self.at = end;
            let of = if self.take(":") {
                self.type_name()?
            } else {
                Type::Any
            };
            self.frames.declare(&name, of.clone());
            parameters.push(Parameter { name, of });
            if !self.take(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(parameters)
    }
}

/// The type of what an iterator goes over.
fn iterated(of: &Type) -> Type {
    match of.plain() {
        Type::List(of) | Type::Range(of) => Type::clone(of),
        _ => of.clone(),
    }
}
