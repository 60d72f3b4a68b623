//! Calls: of built-in functions, whose arguments are put in their places here, and of values.

use std::sync::Arc;

use super::{Parsed, Parser};
use crate::ast::{Argument, Node};
use crate::builtin::{self, Builtin};
use crate::diagnostic::{self, SyntaxError};
use crate::types::{Fit, Type};

/// What is called.
enum Callee {
    Builtin(&'static Builtin),
    Value(Node),
}

/// The arguments of a call as they were written.
pub(super) enum Arguments {
    Positional(Vec<Node>),
    Named(Vec<(Arc<str>, Node)>),
}

impl Parser<'_> {
    pub(super) fn call(&mut self, name: &Arc<str>, start: usize) -> Parsed<Node> {
        self.expect("(")?;
        let callee = match builtin::by_name(name) {
            _ if self.frames.is_declared(name) => {
                let local = self.frames.resolve(name);
                match builtin::by_name(name) {
                    // An input named `date` does not take the function `date` away.
                    Some(builtin) if self.is_no_function(&local) => Some(Callee::Builtin(builtin)),
                    Some(_) | None => Some(Callee::Value(local)),
                }
            }
            Some(builtin) => Some(Callee::Builtin(builtin)),
            None if self.names.contains(name) => Some(Callee::Value(self.frames.resolve(name))),
            None => None,
        };
        let arguments = self.nested(Self::arguments)?;
        match callee {
            Some(Callee::Value(callee)) => Ok(self.call_value(callee, arguments, start)),
            Some(Callee::Builtin(builtin)) => self.call_builtin(builtin, arguments, start),
            None => {
                let message = format!("expected a function, found {name:?}, which nothing defines");
                self.report(diagnostic::UNKNOWN_FUNCTION, start, message.clone());
                Ok(Node::Null(Arc::from(message)))
            }
        }
    }

    /// Whether no value of the node can be called.
    fn is_no_function(&self, node: &Node) -> bool {
        self.type_of(node).fit(&Type::AnyFunction) == Fit::Never
    }

    pub(super) fn arguments(&mut self) -> Parsed<Arguments> {
        if self.take(")") {
            return Ok(Arguments::Positional(Vec::new()));
        }
        let named = self.key_end(":").is_some();
        let mut positional = Vec::new();
        let mut by_name: Vec<(Arc<str>, Node)> = Vec::new();
        loop {
            if named {
                let name = self.key_before(":")?;
                self.expect(":")?;
                by_name.push((name, self.expression()?));
            } else {
                positional.push(self.expression()?);
            }
            if !self.take(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(if named {
            Arguments::Named(by_name)
        } else {
            Arguments::Positional(positional)
        })
    }

    fn call_builtin(
        &mut self,
        builtin: &'static Builtin,
        arguments: Arguments,
        start: usize,
    ) -> Parsed<Node> {
        let arranged: Option<Vec<Argument>> = match arguments {
            Arguments::Positional(nodes) => {
                let fits = builtin.takes(nodes.len());
                fits.then(|| nodes.into_iter().map(Some).collect())
            }
            Arguments::Named(nodes) => arrange(builtin, nodes),
        };
        match arranged {
            Some(arguments) => {
                self.check_arguments(builtin, &arguments, start);
                Ok(builtin::fold(builtin, arguments))
            }
            // FEEL evaluates such a call to null, and models in use rely on it.
            None => {
                let message = format!("expected {}", builtin.usage());
                self.warnings.push(SyntaxError {
                    code: diagnostic::WRONG_ARGUMENTS,
                    offset: start,
                    message: message.clone(),
                });
                Ok(Node::Null(Arc::from(message)))
            }
        }
    }

    /// A call of a function that is a value.
    pub(super) fn call_value(&mut self, callee: Node, arguments: Arguments, start: usize) -> Node {
        let callee = Box::new(callee);
        match arguments {
            Arguments::Positional(nodes) => {
                let given: Vec<_> = nodes.iter().map(|node| (None, node)).collect();
                self.check_call(&callee, &given, start);
                Node::CallValue {
                    callee,
                    arguments: nodes.into_iter().map(Some).collect(),
                }
            }
            Arguments::Named(nodes) => {
                let given: Vec<_> = nodes
                    .iter()
                    .map(|(name, node)| (Some(&**name), node))
                    .collect();
                self.check_call(&callee, &given, start);
                Node::CallValueNamed {
                    callee,
                    arguments: nodes.into(),
                }
            }
        }
    }
}

/// Named arguments in the places of a form that has all the names; those that are missing are
/// `null` (DMN 1.5, 10.3.2.13.5).
fn arrange(builtin: &Builtin, mut nodes: Vec<(Arc<str>, Node)>) -> Option<Vec<Argument>> {
    let given = nodes.iter().map(|(name, _)| &**name);
    let parameters = builtin::form_with(builtin, given.clone())?.names_up_to(given);
    let mut arranged = Vec::new();
    for parameter in parameters {
        let place = nodes.iter().position(|(name, _)| *name == parameter);
        arranged.push(place.map(|place| nodes.swap_remove(place).1));
    }
    nodes.is_empty().then_some(arranged)
}
