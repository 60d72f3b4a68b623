//! The built-in functions: one file a family, one list of families. Start from [`FAMILIES`].
//!
//! Each function states its forms, what it does and examples; the table of all functions in
//! `engine/docs/feel.md` and the tests of the examples are made of that.

mod argument;
mod boolean;
mod context;
mod conversion;
mod form;
mod list;
mod numeric;
mod pattern;
mod range;
mod string;
mod temporal;
mod workday;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::ast::{Argument, Node};
use crate::environment::{Budget, Environment};
use crate::eval::{Eval, Evaluator};
use crate::lex;
use crate::value::{Context, Value};

pub(crate) use form::Form;
pub(crate) use pattern::Patterns;

/// A family of functions.
pub(crate) struct Family {
    /// What the functions are about.
    pub(crate) title: &'static str,
    /// Where the standard defines them, if it does.
    pub(crate) clause: &'static str,
    pub(crate) builtins: &'static [Builtin],
}

/// All families.
pub(crate) const FAMILIES: &[Family] = &[
    conversion::FAMILY,
    boolean::FAMILY,
    string::FAMILY,
    list::FAMILY,
    numeric::FAMILY,
    temporal::FAMILY,
    range::FAMILY,
    context::FAMILY,
    workday::FAMILY,
];

/// Words of the longest name, `roll forward to working day`.
pub(crate) const WORDS_MAX: usize = 6;

/// A built-in function.
#[derive(Debug)]
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    /// The forms, as [`Form::parse`] reads them.
    pub(crate) forms: &'static [&'static str],
    pub(crate) body: Body,
    /// What it does, in one sentence or two.
    pub(crate) doc: &'static str,
    /// Calls and their values.
    pub(crate) examples: &'static [(&'static str, &'static str)],
}

/// How a function is computed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// From the arguments alone, in time and space of about their size; `None` becomes `null`.
    Pure(fn(&[Value]) -> Option<Value>),
    /// With the evaluator: for what needs the environment, calls functions, or can grow.
    Full(fn(&mut Evaluator<'_>, &[Value]) -> Eval),
}

impl Builtin {
    const fn pure(
        name: &'static str,
        forms: &'static [&'static str],
        body: fn(&[Value]) -> Option<Value>,
    ) -> Builtin {
        Builtin {
            name,
            forms,
            body: Body::Pure(body),
            doc: "",
            examples: &[],
        }
    }

    const fn full(
        name: &'static str,
        forms: &'static [&'static str],
        body: fn(&mut Evaluator<'_>, &[Value]) -> Eval,
    ) -> Builtin {
        Builtin {
            name,
            forms,
            body: Body::Full(body),
            doc: "",
            examples: &[],
        }
    }

    const fn doc(
        self,
        doc: &'static str,
        examples: &'static [(&'static str, &'static str)],
    ) -> Builtin {
        Builtin {
            doc,
            examples,
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
        signatures(self).iter().any(|form| form.takes(count))
    }

    /// The forms of the function as they are written.
    pub(crate) fn usage(&self) -> String {
        let forms = signatures(self).iter();
        let forms: Vec<String> = forms.map(|form| format!("{}{form}", self.name)).collect();
        forms.join(" or ")
    }
}

/// A function with its forms read.
struct Known {
    builtin: &'static Builtin,
    forms: Vec<Form>,
}

static BY_NAME: LazyLock<BTreeMap<&'static str, Known>> = LazyLock::new(|| {
    all()
        .map(|builtin| {
            let forms = builtin.forms.iter();
            let forms = forms.map(|it| Form::parse(it)).collect();
            (builtin.name, Known { builtin, forms })
        })
        .collect()
});

static BY_WORDS: LazyLock<BTreeMap<String, &'static Builtin>> = LazyLock::new(|| {
    let words = |name| lex::join_words(&lex::name_words(name).unwrap_or_default());
    all().map(|it| (words(it.name), it)).collect()
});

fn all() -> impl Iterator<Item = &'static Builtin> {
    FAMILIES.iter().flat_map(|family| family.builtins)
}

/// The function of this name.
pub(crate) fn by_name(name: &str) -> Option<&'static Builtin> {
    BY_NAME.get(name).map(|known| known.builtin)
}

/// The function whose name has these words.
pub(crate) fn by_words(joined: &str) -> Option<&'static Builtin> {
    BY_WORDS.get(joined).copied()
}

/// The forms of a function.
pub(crate) fn signatures(builtin: &Builtin) -> &'static [Form] {
    BY_NAME.get(builtin.name).map_or(&[], |known| &known.forms)
}

/// The form that has all these parameters and whose others may be left out.
pub(crate) fn form_with<'n>(
    builtin: &Builtin,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Option<&'static Form> {
    let forms = signatures(builtin).iter();
    let fitting = forms.filter(|form| form.has_all(names.clone()));
    let first = fitting.clone().next()?;
    // Of several forms that know the names, the one that is complete; of several of those (a point
    // before a range, a range before a point) the one that has them in this order.
    let mut complete = fitting
        .clone()
        .filter(|form| form.is_complete(names.clone()));
    let ordered = complete
        .clone()
        .find(|form| form.is_in_order(names.clone()));
    Some(ordered.or_else(|| complete.next()).unwrap_or(first))
}

/// The names of a function's parameters, if it has but one form.
pub(crate) fn parameter_names(builtin: &Builtin) -> Option<Vec<Arc<str>>> {
    match signatures(builtin) {
        [form] if !form.variadic => {
            Some(form.parameters.iter().map(|it| it.name.clone()).collect())
        }
        _ => None,
    }
}

/// Bytes that are made where a call is computed at compile time, so that a short text cannot become
/// a large value.
const FOLDED_BYTES_MAX: u64 = 4 << 10;

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
    let environment = Environment {
        budget: Budget {
            steps: 1_000,
            bytes: FOLDED_BYTES_MAX,
            ..Budget::default()
        },
        ..Environment::default()
    };
    let empty = Context::new();
    let mut evaluator = Evaluator::new(&empty, &environment);
    let value = evaluator.eval(node).ok()?;
    let is_small = value.nesting() == 0 || matches!(value, Value::Range(_));
    (!value.is_null() && is_small).then_some(value)
}

#[cfg(test)]
mod tests;
