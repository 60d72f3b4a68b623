//! What is known of the types of nodes while a text is read.

use std::sync::Arc;

use super::Parser;
use crate::ast::{Arithmetic, Node};
use crate::builtin::{self, Builtin};
use crate::types::{Type, joined};

/// Items of a list that are looked at for their type.
const LOOKED_AT_MAX: usize = 64;

impl Parser<'_> {
    pub(super) fn type_of(&self, node: &Node) -> Type {
        match node {
            Node::Constant(value) => Type::of(value),
            Node::Local(slot) => self.frames.slot_type(*slot),
            Node::Captured(idx) => self.frames.captured_type(*idx),
            Node::CurrentFunction => Type::AnyFunction,
            Node::Variable(_) => Type::Any,
            Node::Null(_) => Type::Null,
            Node::ItemEntry { .. } => Type::Any,
            Node::List(items) if items.len() > LOOKED_AT_MAX => Type::list(Type::Any),
            Node::List(items) => Type::list(joined(items.iter().map(|it| self.type_of(it)))),
            Node::Context(entries) => Type::Context(
                entries
                    .iter()
                    .map(|entry| (entry.name.clone(), self.frames.slot_type(entry.slot)))
                    .collect(),
            ),
            Node::Range(range) => {
                let bounds = [&range.start, &range.end].into_iter().flatten();
                Type::range(joined(bounds.map(|(node, _)| self.type_of(node))))
            }
            Node::Chain { first, rest } => {
                rest.iter()
                    .fold(self.type_of(first), |left, (operation, right)| {
                        arithmetic(*operation, &left, &self.type_of(right)).unwrap_or(Type::Any)
                    })
            }
            Node::Negate(operand) => self.type_of(operand),
            Node::And(_)
            | Node::Or(_)
            | Node::Compare(..)
            | Node::Between(_)
            | Node::In { .. }
            | Node::Quantified { .. }
            | Node::InstanceOf { .. }
            | Node::UnaryTests { .. } => Type::Boolean,
            Node::If {
                branches,
                otherwise,
            } => {
                let then = branches.iter().map(|(_, then)| self.type_of(then));
                joined(then.chain([self.type_of(otherwise)]))
            }
            Node::For(node) => Type::list(self.type_of(&node.body)),
            Node::Filter {
                list, predicate, ..
            } => self.filter_type(list, predicate),
            Node::Path { subject, names } => names
                .iter()
                .fold(self.type_of(subject), |of, name| member_type(&of, name)),
            Node::CallBuiltin { builtin, arguments } => {
                let types: Vec<Type> = arguments
                    .iter()
                    .map(|it| it.as_ref().map_or(Type::Null, |it| self.type_of(it)))
                    .collect();
                result_type(builtin, &types)
            }
            Node::CallValue { callee, .. } | Node::CallValueNamed { callee, .. } => {
                match self.type_of(callee).plain() {
                    Type::Function(signature) => signature.result.clone(),
                    _ => Type::Any,
                }
            }
            Node::Function(node) => Type::Function(Arc::new(node.code.signature())),
            Node::Block { result, .. } => self.type_of(result),
            Node::Coerce { of, .. } => of.clone(),
            Node::Table(table) => table.type_of(|node| self.type_of(node)),
        }
    }

    fn filter_type(&self, list: &Node, predicate: &Node) -> Type {
        let list = self.type_of(list);
        match self.type_of(predicate).plain() {
            Type::Boolean => match list.plain() {
                Type::List(_) => list,
                Type::Any => Type::list(Type::Any),
                single => Type::list(single.clone()),
            },
            Type::Number => list.item(),
            _ => Type::Any,
        }
    }
}

/// The type of the result of an operation; `None` if it has none whatever the values are.
pub(super) fn arithmetic(operation: Arithmetic, left: &Type, right: &Type) -> Option<Type> {
    use Type::{
        Any, Date, DateTime, DaysTimeDuration, Null, Number, String, Time, YearsMonthsDuration,
    };
    Some(match (operation, left.plain(), right.plain()) {
        (_, Any, _) | (_, _, Any) | (_, Null, _) | (_, _, Null) => Any,
        (_, Number, Number) => Number,
        (Arithmetic::Add, String, String) => String,
        (
            Arithmetic::Add | Arithmetic::Subtract,
            moment @ (Date | DateTime),
            DaysTimeDuration | YearsMonthsDuration,
        )
        | (Arithmetic::Add, DaysTimeDuration | YearsMonthsDuration, moment @ (Date | DateTime)) => {
            moment.clone()
        }
        (Arithmetic::Add | Arithmetic::Subtract, Time, DaysTimeDuration)
        | (Arithmetic::Add, DaysTimeDuration, Time) => Time,
        (Arithmetic::Subtract, Date | DateTime, Date | DateTime)
        | (Arithmetic::Subtract, Time, Time) => DaysTimeDuration,
        (Arithmetic::Add | Arithmetic::Subtract, DaysTimeDuration, DaysTimeDuration)
        | (Arithmetic::Multiply | Arithmetic::Divide, DaysTimeDuration, Number)
        | (Arithmetic::Multiply, Number, DaysTimeDuration) => DaysTimeDuration,
        (Arithmetic::Add | Arithmetic::Subtract, YearsMonthsDuration, YearsMonthsDuration)
        | (Arithmetic::Multiply | Arithmetic::Divide, YearsMonthsDuration, Number)
        | (Arithmetic::Multiply, Number, YearsMonthsDuration) => YearsMonthsDuration,
        (Arithmetic::Divide, DaysTimeDuration, DaysTimeDuration)
        | (Arithmetic::Divide, YearsMonthsDuration, YearsMonthsDuration) => Number,
        _ => return None,
    })
}

/// The type of an entry or property; of those of all items for a list.
pub(super) fn member_type(of: &Type, name: &str) -> Type {
    match of.plain() {
        Type::Context(entries) => entries
            .iter()
            .find(|(it, _)| **it == *name)
            .map_or(Type::Any, |(_, of)| of.clone()),
        Type::List(of) => Type::list(member_type(of, name)),
        other => property_type(other, name).unwrap_or(Type::Any),
    }
}

/// The type of a property of dates, times, durations and ranges (DMN 1.5, tables 65 and 67).
pub(super) fn property_type(of: &Type, name: &str) -> Option<Type> {
    let number = |names: &[&str]| names.contains(&name).then_some(Type::Number);
    let of_date = || number(&["year", "month", "day", "weekday"]);
    let of_time = || match name {
        "time offset" => Some(Type::DaysTimeDuration),
        "timezone" => Some(Type::String),
        _ => number(&["hour", "minute", "second"]),
    };
    match of {
        Type::Date => of_date().or_else(of_time),
        Type::Time => of_time(),
        Type::DateTime => of_date().or_else(of_time),
        Type::DaysTimeDuration => number(&["days", "hours", "minutes", "seconds"]),
        Type::YearsMonthsDuration => number(&["years", "months"]),
        Type::Range(of) => match name {
            "start" | "end" => Some(Type::clone(of)),
            "start included" | "end included" => Some(Type::Boolean),
            _ => None,
        },
        _ => None,
    }
}

fn result_type(builtin: &Builtin, arguments: &[Type]) -> Type {
    let forms = builtin::signatures(builtin).iter();
    let results = forms
        .filter(|form| form.takes(arguments.len()))
        .map(|form| form.result(arguments));
    joined(results)
}
