//! Calls of functions, and making them.

use std::sync::Arc;

use super::{Eval, Evaluator, Stop, checked};
use crate::ast::{Argument, FunctionCode, FunctionNode, Node};
use crate::builtin::Builtin;
use crate::expression::{Function, FunctionKind};
use crate::value::Value;

impl Evaluator<'_> {
    #[inline(never)]
    pub(super) fn call_builtin(&mut self, builtin: &'static Builtin, nodes: &[Argument]) -> Eval {
        match nodes {
            [] => builtin.call(self, &[]),
            [Some(only)] => {
                let argument = self.eval(only)?;
                builtin.call(self, &[argument])
            }
            [Some(first), Some(second)] => {
                let arguments = [self.eval(first)?, self.eval(second)?];
                builtin.call(self, &arguments)
            }
            nodes => {
                let arguments = self.arguments(nodes)?;
                builtin.call(self, &arguments)
            }
        }
    }

    fn arguments(&mut self, nodes: &[Argument]) -> Result<Vec<Value>, Stop> {
        let mut arguments = Vec::with_capacity(nodes.len());
        for node in nodes {
            arguments.push(match node {
                Some(node) => self.eval(node)?,
                None => Value::Null,
            });
        }
        Ok(arguments)
    }

    #[inline(never)]
    pub(super) fn call_value(&mut self, callee: &Node, nodes: &[Argument]) -> Eval {
        let callee = self.eval(callee)?;
        let arguments = self.arguments(nodes)?;
        self.invoke(&callee, arguments)
    }

    #[inline(never)]
    pub(super) fn call_named(&mut self, callee: &Node, nodes: &[(Arc<str>, Node)]) -> Eval {
        let callee = self.eval(callee)?;
        let Value::Function(function) = &callee else {
            return self.null(|| format!("a {} cannot be called", callee.type_name()));
        };
        let FunctionKind::Defined { code, .. } = &function.kind else {
            return self.null(|| "a built-in function is called by its own name".to_owned());
        };
        let code = code.clone();
        if nodes.len() != code.parameters.len() {
            return self.misfit(&code, nodes.len());
        }
        let mut arguments = vec![Value::Null; code.parameters.len()];
        for (name, node) in nodes {
            let Some(place) = code.parameters.iter().position(|it| it.name == *name) else {
                return self.null(|| format!("the function has no parameter {name:?}"));
            };
            arguments[place] = self.eval(node)?;
        }
        self.invoke(&callee, arguments)
    }

    fn misfit(&mut self, code: &FunctionCode, found: usize) -> Eval {
        let expected = code.parameters.len();
        self.null(|| format!("expected {expected} arguments, found {found}"))
    }

    /// Calls a function value.
    #[inline(never)]
    pub(crate) fn invoke(&mut self, callee: &Value, arguments: Vec<Value>) -> Eval {
        let Value::Function(function) = callee else {
            return self.null(|| format!("a {} cannot be called", callee.type_name()));
        };
        match &function.kind {
            FunctionKind::Builtin(builtin) => {
                if !builtin.takes(arguments.len()) {
                    return self.null(|| format!("expected {}", builtin.usage()));
                }
                self.enter()?;
                let result = builtin.call(self, &arguments);
                self.depth += 1;
                result
            }
            FunctionKind::Defined { code, .. } => self.invoke_defined(function, code, arguments),
        }
    }

    fn invoke_defined(
        &mut self,
        function: &Arc<Function>,
        code: &FunctionCode,
        arguments: Vec<Value>,
    ) -> Eval {
        if arguments.len() != code.parameters.len() {
            return self.misfit(code, arguments.len());
        }
        let frame = self.stack.len();
        for (argument, parameter) in arguments.into_iter().zip(&code.parameters) {
            match parameter.of.coerce(argument) {
                Some(argument) => self.stack.push(argument),
                None => {
                    self.stack.truncate(frame);
                    let (name, of) = (parameter.name.clone(), parameter.of.name());
                    return self.null(|| format!("expected {name:?} to be a {of}"));
                }
            }
        }
        self.enter()?;
        self.stack
            .resize(frame + code.frame_size as usize, Value::Null);
        let base = std::mem::replace(&mut self.base, frame);
        let caller = self.current.replace(function.clone());
        let result = self.eval(&code.body);
        self.current = caller;
        self.base = base;
        self.stack.truncate(frame);
        self.depth += 1;
        result
    }

    #[inline(never)]
    pub(super) fn function(&mut self, node: &FunctionNode) -> Eval {
        let mut captured = Vec::with_capacity(node.captures.len());
        for capture in &node.captures {
            captured.push(self.capture(capture)?);
        }
        self.charge_bytes((captured.len() + 1) * size_of::<Value>())?;
        checked(Value::Function(Arc::new(Function::defined(
            node.code.clone(),
            captured,
        ))))
    }

    /// A name that nothing defines is missed when the body asks for it, not when the function is
    /// made.
    fn capture(&mut self, node: &Node) -> Eval {
        let warnings = self.warnings.take();
        let value = self.eval(node);
        self.warnings = warnings;
        value
    }
}
