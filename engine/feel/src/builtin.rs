//! The built-in functions: one file a family, one list of families. Start from [`FAMILIES`].

mod argument;
mod boolean;
mod context;
mod conversion;
mod list;
mod numeric;
mod pattern;
mod range;
mod string;
mod temporal;
mod workday;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::ast::{Argument, Node};
use crate::environment::Environment;
use crate::eval::{Eval, Evaluator};
use crate::lex;
use crate::value::{Context, Value};

pub(crate) use pattern::Patterns;

/// All families.
const FAMILIES: &[&[Builtin]] = &[
    boolean::BUILTINS,
    context::BUILTINS,
    conversion::BUILTINS,
    list::BUILTINS,
    numeric::BUILTINS,
    range::BUILTINS,
    string::BUILTINS,
    temporal::BUILTINS,
    workday::BUILTINS,
];

/// Words of the longest name, `roll forward to working day`.
pub(crate) const WORDS_MAX: usize = 6;

/// A built-in function.
#[derive(Debug)]
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    /// The parameters, one list a form; a name ending in `?` may be left out.
    pub(crate) signatures: &'static [&'static [&'static str]],
    /// Whether the last parameter may be given any number of times.
    pub(crate) variadic: bool,
    pub(crate) body: Body,
}

/// How a function is computed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// From the arguments alone, in time and space of about their size; `None` becomes `null`.
    Pure(fn(&[Value]) -> Option<Value>),
    /// With the evaluator: for what needs the environment, calls functions, or can grow.
    Full(fn(&mut Evaluator<'_>, &[Value]) -> Eval),
}

/// Stands for a call whose arguments fit no form of the function.
pub(crate) static MISFIT: Builtin = Builtin {
    name: "a function with other parameters",
    signatures: &[&[]],
    variadic: false,
    body: Body::Pure(|_| None),
};

impl Builtin {
    const fn pure(
        name: &'static str,
        signatures: &'static [&'static [&'static str]],
        body: fn(&[Value]) -> Option<Value>,
    ) -> Builtin {
        Builtin {
            name,
            signatures,
            variadic: false,
            body: Body::Pure(body),
        }
    }

    const fn full(
        name: &'static str,
        signatures: &'static [&'static [&'static str]],
        body: fn(&mut Evaluator<'_>, &[Value]) -> Eval,
    ) -> Builtin {
        Builtin {
            name,
            signatures,
            variadic: false,
            body: Body::Full(body),
        }
    }

    const fn variadic(self) -> Builtin {
        Builtin {
            variadic: true,
            ..self
        }
    }

    pub(crate) fn call(&self, evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
        let body = match self.body {
            Body::Full(body) => return body(evaluator, arguments),
            Body::Pure(body) => body,
        };
        for argument in arguments {
            match argument {
                Value::List(items) => evaluator.charge(items.len() as u64)?,
                Value::String(text) => evaluator.charge(text.len() as u64 / 256)?,
                Value::Context(context) => evaluator.charge(context.len() as u64)?,
                _ => {}
            }
        }
        match body(arguments) {
            Some(Value::String(text)) => evaluator.string(text),
            Some(Value::List(items)) => {
                evaluator.charge_bytes(items.len() * size_of::<Value>())?;
                crate::eval::checked(Value::List(items))
            }
            Some(Value::Context(context)) => {
                evaluator.charge_bytes(context.len() * 2 * size_of::<Value>())?;
                crate::eval::checked(Value::Context(context))
            }
            Some(value) => Ok(value),
            None => self.misfit(evaluator, arguments),
        }
    }

    pub(crate) fn misfit(&self, evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
        let types: Vec<&str> = arguments.iter().map(Value::type_name).collect();
        evaluator.null(|| format!("{} has no result for ({})", self.name, types.join(", ")))
    }

    /// Whether some form of the function takes so many arguments.
    pub(crate) fn takes(&self, count: usize) -> bool {
        self.signatures.iter().any(|signature| {
            let required = signature.iter().filter(|it| !it.ends_with('?')).count();
            count >= required && (count <= signature.len() || (self.variadic && count > 0))
        })
    }

    /// The form that has all these parameters and whose others may be left out.
    pub(crate) fn signature_with<'n>(
        &self,
        names: impl Iterator<Item = &'n str> + Clone,
    ) -> Option<&'static [&'static str]> {
        self.signatures.iter().copied().find(|signature| {
            let has = |name: &str| signature.iter().any(|it| *plain(it) == *name);
            let given = |it: &str| it.ends_with('?') || names.clone().any(|name| name == it);
            names.clone().all(has) && signature.iter().all(|it| given(it))
        })
    }

    /// The parameters of the first form; `None` if there may be any number.
    pub(crate) fn parameter_names(&self) -> Option<Vec<&str>> {
        let signature = self.signatures.first()?;
        (!self.variadic).then(|| signature.iter().map(|it| plain(it)).collect())
    }

    /// The forms of the function as they are written.
    pub(crate) fn usage(&self) -> String {
        let forms: Vec<String> = self
            .signatures
            .iter()
            .map(|signature| {
                let more = if self.variadic { ", …" } else { "" };
                format!("{}({}{more})", self.name, signature.join(", "))
            })
            .collect();
        forms.join(" or ")
    }
}

/// The name of a parameter without the mark of what may be left out.
pub(crate) fn plain(parameter: &'static str) -> &'static str {
    parameter.strip_suffix('?').unwrap_or(parameter)
}

static BY_NAME: LazyLock<BTreeMap<&'static str, &'static Builtin>> = LazyLock::new(|| {
    FAMILIES
        .iter()
        .flat_map(|family| family.iter())
        .map(|it| (it.name, it))
        .collect()
});

static BY_WORDS: LazyLock<BTreeMap<String, &'static Builtin>> = LazyLock::new(|| {
    let words = |name| lex::join_words(&lex::name_words(name).unwrap_or_default());
    BY_NAME
        .iter()
        .map(|(name, builtin)| (words(name), *builtin))
        .collect()
});

/// The function of this name.
pub(crate) fn by_name(name: &str) -> Option<&'static Builtin> {
    BY_NAME.get(name).copied()
}

/// The function whose name has these words.
pub(crate) fn by_words(joined: &str) -> Option<&'static Builtin> {
    BY_WORDS.get(joined).copied()
}

/// Computes a call at compile time if all arguments are constants and the result is small.
pub(crate) fn fold(builtin: &'static Builtin, arguments: Vec<Argument>) -> Node {
    let constant = |it: &Argument| matches!(it, Some(Node::Constant(_)));
    let foldable = matches!(builtin.body, Body::Pure(_)) && arguments.iter().all(constant);
    let node = Node::CallBuiltin {
        builtin,
        arguments: arguments.into(),
    };
    match foldable.then(|| value_of(&node)).flatten() {
        Some(value) => Node::Constant(value),
        None => node,
    }
}

/// The value of a node that needs no variables, if it is a small one.
pub(crate) fn value_of(node: &Node) -> Option<Value> {
    let environment = Environment::default();
    let empty = Context::new();
    let mut evaluator = Evaluator::new(&[], &empty, &environment, false);
    let value = evaluator.eval(node).ok()?;
    (!value.is_null() && value.nesting() == 0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_listed_once_and_its_name_is_recognised() {
        let count: usize = FAMILIES.iter().map(|family| family.len()).sum();
        assert_eq!(count, BY_NAME.len());
        for name in BY_NAME.keys() {
            let words = lex::name_words(name).unwrap();
            assert!(words.len() <= WORDS_MAX, "{name}");
            assert_eq!(by_words(&lex::join_words(&words)).unwrap().name, *name);
        }
    }
}
