//! Types, as `instance of`, parameters, item definitions and signatures name them
//! (DMN 1.5, 10.3.2.9). Types are cheap to clone.

use std::sync::Arc;

use crate::ast::Tests;
use crate::builtin;
use crate::expression::FunctionKind;
use crate::value::{Range, Value};

/// Items and entries of a constant that are looked at for its type.
const LOOKED_AT_MAX: usize = 64;

/// A type.
#[derive(Clone, Debug)]
pub(crate) enum Type {
    Any,
    Null,
    Boolean,
    Number,
    String,
    Date,
    Time,
    DateTime,
    DaysTimeDuration,
    YearsMonthsDuration,
    List(Arc<Type>),
    /// A context of at least these entries.
    Context(Arc<[(Arc<str>, Type)]>),
    AnyContext,
    Range(Arc<Type>),
    Function(Arc<Signature>),
    AnyFunction,
    /// A type of the model, by its name.
    Defined(Arc<Defined>),
}

/// The type of a function.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    /// The names of the parameters; none if they are not known.
    pub(crate) names: Vec<Arc<str>>,
    pub(crate) parameters: Vec<Type>,
    pub(crate) result: Type,
}

/// An item definition.
#[derive(Debug)]
pub(crate) struct Defined {
    pub(crate) name: Arc<str>,
    pub(crate) of: Type,
    /// What the values have to satisfy.
    pub(crate) allowed: Option<Tests>,
}

/// Whether values of one type can stand where another is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// All can.
    Always,
    /// None but `null` can.
    Never,
    /// That depends on the value.
    Perhaps,
}

impl Fit {
    fn and(self, other: Fit) -> Fit {
        match (self, other) {
            (Fit::Never, _) | (_, Fit::Never) => Fit::Never,
            (Fit::Always, Fit::Always) => Fit::Always,
            _ => Fit::Perhaps,
        }
    }
}

impl Type {
    pub(crate) fn list(of: Type) -> Type {
        Type::List(Arc::new(of))
    }

    pub(crate) fn range(of: Type) -> Type {
        Type::Range(Arc::new(of))
    }

    pub(crate) fn function(parameters: Vec<Type>, result: Type) -> Type {
        Type::Function(Arc::new(Signature {
            names: Vec::new(),
            parameters,
            result,
        }))
    }

    /// The type of this simple name.
    pub(crate) fn simple(name: &str) -> Option<Type> {
        Some(match name {
            "Any" => Type::Any,
            "Null" => Type::Null,
            "boolean" => Type::Boolean,
            "number" => Type::Number,
            "string" => Type::String,
            "date" => Type::Date,
            "time" => Type::Time,
            "date and time" | "dateTime" => Type::DateTime,
            "days and time duration" | "dayTimeDuration" => Type::DaysTimeDuration,
            "years and months duration" | "yearMonthDuration" => Type::YearsMonthsDuration,
            "list" => Type::list(Type::Any),
            "context" => Type::AnyContext,
            "range" => Type::range(Type::Any),
            "function" => Type::AnyFunction,
            _ => return None,
        })
    }

    /// The type of a value; of large lists and contexts only the beginning is looked at.
    pub(crate) fn of(value: &Value) -> Type {
        match value {
            Value::Null => Type::Null,
            Value::Boolean(_) => Type::Boolean,
            Value::Number(_) => Type::Number,
            Value::String(_) => Type::String,
            Value::Date(_) => Type::Date,
            Value::Time(_) => Type::Time,
            Value::DateTime(_) => Type::DateTime,
            Value::DaysTimeDuration(_) => Type::DaysTimeDuration,
            Value::YearsMonthsDuration(_) => Type::YearsMonthsDuration,
            Value::List(items) if items.len() > LOOKED_AT_MAX => Type::list(Type::Any),
            Value::List(items) => Type::list(joined(items.iter().map(Type::of))),
            Value::Context(context) if context.len() > LOOKED_AT_MAX => Type::AnyContext,
            Value::Context(context) => Type::Context(
                context
                    .iter()
                    .map(|(name, value)| (name.clone(), Type::of(value)))
                    .collect(),
            ),
            Value::Range(range) => Type::range(joined(bounds(range).map(Type::of))),
            Value::Function(_) => Type::AnyFunction,
        }
    }

    /// The type behind the names.
    pub(crate) fn plain(&self) -> &Type {
        let mut of = self;
        while let Type::Defined(defined) = of {
            of = &defined.of;
        }
        of
    }

    /// The text of the values that the type allows, if it is defined by them.
    pub(crate) fn allowed_source(&self) -> Option<&str> {
        let mut of = self;
        while let Type::Defined(defined) = of {
            if let Some(allowed) = &defined.allowed {
                return Some(&allowed.source);
            }
            of = &defined.of;
        }
        None
    }

    /// Whether nothing is known of a value of this type.
    pub(crate) fn is_any(&self) -> bool {
        matches!(self, Type::Any)
    }

    /// The type that both belong to, as far as one can be named.
    pub(crate) fn join(self, other: Type) -> Type {
        match (&self, &other) {
            (Type::Null, _) => other,
            (_, Type::Null) => self,
            (Type::List(left), Type::List(right)) => {
                Type::list(Type::clone(left).join(Type::clone(right)))
            }
            _ if self.fit(&other) == Fit::Always => other,
            _ if other.fit(&self) == Fit::Always => self,
            _ => Type::Any,
        }
    }

    /// The type of the items of a list; a single value counts as a list of one.
    pub(crate) fn item(&self) -> Type {
        match self.plain() {
            Type::List(of) => Type::clone(of),
            _ => self.clone(),
        }
    }

    /// Whether the value is an instance of the type, allowed values apart. `null` belongs to `Null`
    /// alone.
    pub(crate) fn has_instance(&self, value: &Value) -> bool {
        match (self.plain(), value) {
            (Type::Any, value) => !value.is_null(),
            (Type::Null, Value::Null)
            | (Type::Boolean, Value::Boolean(_))
            | (Type::Number, Value::Number(_))
            | (Type::String, Value::String(_))
            | (Type::Date, Value::Date(_))
            | (Type::Time, Value::Time(_))
            | (Type::DateTime, Value::DateTime(_))
            | (Type::DaysTimeDuration, Value::DaysTimeDuration(_))
            | (Type::YearsMonthsDuration, Value::YearsMonthsDuration(_))
            | (Type::AnyContext, Value::Context(_))
            | (Type::AnyFunction, Value::Function(_)) => true,
            (Type::List(of), Value::List(items)) => items.iter().all(|item| of.conforms(item)),
            (Type::Context(entries), Value::Context(context)) => entries
                .iter()
                .all(|(name, of)| context.get(name).is_some_and(|value| of.conforms(value))),
            (Type::Range(of), Value::Range(range)) => bounds(range).all(|bound| of.conforms(bound)),
            (Type::Function(asked), Value::Function(function)) => {
                function_fits(asked, &function.kind)
            }
            _ => false,
        }
    }

    /// Whether the value may stand where the type is asked for, allowed values apart: `null` may
    /// stand everywhere.
    pub(crate) fn conforms(&self, value: &Value) -> bool {
        value.is_null() || self.has_instance(value)
    }

    /// Whether values of this type can stand where `target` is asked for.
    pub(crate) fn fit(&self, target: &Type) -> Fit {
        self.fit_within(target, &mut 1_000)
    }

    /// The bound is for types that share their parts, which can be exponentially larger written
    /// out than defined.
    fn fit_within(&self, target: &Type, left: &mut u32) -> Fit {
        let Some(rest) = left.checked_sub(1) else {
            return Fit::Perhaps;
        };
        *left = rest;
        if let (Type::Defined(one), Type::Defined(other)) = (self, target)
            && Arc::ptr_eq(one, other)
        {
            return Fit::Always;
        }
        match (self.plain(), target.plain()) {
            (_, Type::Any) | (Type::Null, _) => Fit::Always,
            (Type::Any, _) => Fit::Perhaps,
            (Type::List(of), Type::List(target)) | (Type::Range(of), Type::Range(target)) => {
                match of.fit_within(target, left) {
                    // A list may be empty, or hold nothing but null.
                    Fit::Never => Fit::Perhaps,
                    fit => fit,
                }
            }
            (Type::Context(_) | Type::AnyContext, Type::AnyContext)
            | (Type::Function(_) | Type::AnyFunction, Type::AnyFunction) => Fit::Always,
            (Type::AnyContext, Type::Context(_)) | (Type::AnyFunction, Type::Function(_)) => {
                Fit::Perhaps
            }
            (Type::Context(entries), Type::Context(targets)) => {
                targets.iter().fold(Fit::Always, |fit, (name, target)| {
                    let entry = entries.iter().find(|(it, _)| it == name);
                    // A context may hold more than its type tells.
                    fit.and(entry.map_or(Fit::Perhaps, |(_, of)| of.fit_within(target, left)))
                })
            }
            (Type::Function(signature), Type::Function(target)) => {
                signature_fit(signature, target, left)
            }
            (of, target) if std::mem::discriminant(of) == std::mem::discriminant(target) => {
                Fit::Always
            }
            _ => Fit::Never,
        }
    }

    /// The name of the type, for messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Type::Any => "Any".to_owned(),
            Type::Null => "Null".to_owned(),
            Type::Boolean => "boolean".to_owned(),
            Type::Number => "number".to_owned(),
            Type::String => "string".to_owned(),
            Type::Date => "date".to_owned(),
            Type::Time => "time".to_owned(),
            Type::DateTime => "date and time".to_owned(),
            Type::DaysTimeDuration => "days and time duration".to_owned(),
            Type::YearsMonthsDuration => "years and months duration".to_owned(),
            Type::List(of) => format!("list<{}>", of.name()),
            Type::Range(of) => format!("range<{}>", of.name()),
            Type::Context(_) | Type::AnyContext => "context".to_owned(),
            Type::Function(_) | Type::AnyFunction => "function".to_owned(),
            Type::Defined(defined) => defined.name.to_string(),
        }
    }
}

/// The type that all belong to.
pub(crate) fn joined(types: impl Iterator<Item = Type>) -> Type {
    types.reduce(Type::join).unwrap_or(Type::Any)
}

fn bounds(range: &Range) -> impl Iterator<Item = &Value> {
    [&range.start, &range.end]
        .into_iter()
        .flatten()
        .map(|bound| &bound.value)
}

/// Contravariant in the parameters, covariant in the result (10.3.2.9.2). A result of which nothing
/// is known before it is computed is believed to fit.
fn signature_fit(signature: &Signature, target: &Signature, left: &mut u32) -> Fit {
    if signature.parameters.len() != target.parameters.len() {
        return Fit::Never;
    }
    let parameters = target.parameters.iter().zip(&signature.parameters);
    let fit = parameters.fold(Fit::Always, |fit, (given, taken)| {
        fit.and(given.fit_within(taken, left))
    });
    match signature.result.fit_within(&target.result, left) {
        Fit::Perhaps => fit,
        result => fit.and(result),
    }
}

fn function_fits(asked: &Signature, kind: &FunctionKind) -> bool {
    let fits = |it: &Signature| signature_fit(it, asked, &mut 1_000) == Fit::Always;
    match kind {
        FunctionKind::Builtin(builtin) => builtin::signatures(builtin)
            .iter()
            .any(|form| fits(&form.signature(asked.parameters.len()))),
        FunctionKind::Defined { code, .. } => fits(&code.signature()),
        FunctionKind::Service(service) => fits(&service.signature()),
    }
}
