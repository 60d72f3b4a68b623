//! Calls of functions, and making them.

use std::sync::Arc;

use super::{Eval, Evaluator, Stop, checked};
use crate::ast::{Argument, FunctionCode, FunctionNode, Node};
use crate::builtin::{self, Builtin};
use crate::expression::{Function, FunctionKind};
use crate::names::same_name;
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
        let mut arguments = Vec::with_capacity(nodes.len());
        for (name, node) in nodes {
            arguments.push((name.clone(), self.eval(node)?));
        }
        self.invoke_named(&callee, arguments)
    }

    /// Calls a function value with named arguments; those that are missing are `null` (DMN 1.5,
    /// 10.3.2.13.5).
    pub(crate) fn invoke_named(&mut self, callee: &Value, named: Vec<(Arc<str>, Value)>) -> Eval {
        let Value::Function(function) = callee else {
            return self.null(|| format!("a {} cannot be called", callee.type_name()));
        };
        let parameters: Vec<Arc<str>> = match &function.kind {
            FunctionKind::Builtin(builtin) => {
                let names = named.iter().map(|(name, _)| &**name);
                match builtin::form_with(builtin, names) {
                    Some(form) => form.names_up_to(named.iter().map(|(name, _)| &**name)),
                    None => return self.null(|| format!("expected {}", builtin.usage())),
                }
            }
            FunctionKind::Defined { code, .. } => {
                code.parameters.iter().map(|it| it.name.clone()).collect()
            }
            FunctionKind::Service(service) => service.parameters().collect(),
        };
        let mut arguments = vec![Value::Null; parameters.len()];
        for (name, value) in named {
            let Some(place) = parameters.iter().position(|it| same_name(it, &name)) else {
                return self.null(|| format!("the function has no parameter {name:?}"));
            };
            arguments[place] = value;
        }
        self.invoke(callee, arguments)
    }

    fn misfit(&mut self, expected: usize, found: usize) -> Eval {
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
            FunctionKind::Service(service) => {
                let service = service.clone();
                if arguments.len() != service.parameters().len() {
                    return self.misfit(service.parameters().len(), arguments.len());
                }
                self.enter()?;
                let result = service.invoke(self, arguments);
                self.depth += 1;
                result
            }
        }
    }

    fn invoke_defined(
        &mut self,
        function: &Arc<Function>,
        code: &FunctionCode,
        arguments: Vec<Value>,
    ) -> Eval {
        if arguments.len() != code.parameters.len() {
            return self.misfit(code.parameters.len(), arguments.len());
        }
        let mut fitting = Vec::with_capacity(arguments.len());
        for (argument, parameter) in arguments.into_iter().zip(&code.parameters) {
            match self.coerce(argument, &parameter.of)? {
                Some(argument) => fitting.push(argument),
                None => {
                    let (name, of) = (parameter.name.clone(), parameter.of.name());
                    return self.null(|| format!("expected {name:?} to be a {of}"));
                }
            }
        }
        self.enter()?;
        let caller = self.current.replace(function.clone());
        let result = self.run_code(code, fitting);
        self.current = caller;
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
