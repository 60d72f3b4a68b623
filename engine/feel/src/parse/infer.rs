//! What is known of the types of nodes while a text is read, and what can never have a value.
//!
//! FEEL gives `null` where types do not fit, so that a misfit is a warning, not an error. Nothing
//! is reported unless it is certain for every value.

use super::Parser;
use crate::ast::{Arithmetic, Comparison, Node, Test};
use crate::builtin::{self, Builtin};
use crate::diagnostic::{self, SyntaxError};
use crate::types::{Fit, Type, joined};

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
            Node::Function(node) => {
                let signature = node.code.signature();
                Type::function(signature.parameters, signature.result)
            }
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

    fn warn(&mut self, code: &'static str, offset: usize, message: String) {
        self.warnings.push(SyntaxError {
            code,
            offset,
            message,
        });
    }

    /// The result of a comparison is `null` for values of different types (DMN 1.5, table 52).
    pub(super) fn check_comparison(
        &mut self,
        comparison: Comparison,
        left: &Node,
        right: &Node,
        offset: usize,
    ) {
        let (left, right) = (self.type_of(left), self.type_of(right));
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if is_null(&left) || is_null(&right) {
            return;
        }
        if !comparable(&left, &right) || (!equality && !(ordered(&left) && ordered(&right))) {
            let message = format!(
                "a {} and a {} cannot be compared; the result is always null",
                left.name(),
                right.name()
            );
            self.warn(diagnostic::TYPE_MISMATCH, offset, message);
        }
    }

    /// Tests on a subject, as on the right-hand side of `in` and in cells of a table.
    pub(super) fn check_tests(&mut self, subject: &Type, tests: &[Test], offset: usize) {
        if subject.is_any() || is_null(subject) {
            return;
        }
        for test in tests {
            let (found, fits) = match test {
                Test::Any | Test::Condition(_) => continue,
                Test::Compare(_, operand) => {
                    let operand = self.type_of(operand);
                    let fits = is_null(&operand) || comparable(subject, &operand);
                    (operand, fits)
                }
                Test::Value(value) => {
                    let value = self.type_of(value);
                    let fits = may_hold(subject, &value);
                    (value, fits)
                }
            };
            if !fits {
                let message = format!(
                    "a {} is tested against a {}, which never holds",
                    subject.name(),
                    found.name()
                );
                self.warn(diagnostic::TYPE_MISMATCH, offset, message);
            }
        }
    }

    pub(super) fn check_arithmetic(
        &mut self,
        operation: Arithmetic,
        left: &Type,
        right: &Type,
        offset: usize,
    ) -> Type {
        match arithmetic(operation, left, right) {
            Some(of) => of,
            None => {
                let message = format!(
                    "{} of a {} and a {} has no result; it is always null",
                    operation.noun(),
                    left.name(),
                    right.name()
                );
                self.warn(diagnostic::TYPE_MISMATCH, offset, message);
                Type::Any
            }
        }
    }

    /// Warns where a value can only be of another type.
    pub(super) fn check_is(&mut self, node: &Node, target: &Type, what: &str, offset: usize) {
        let of = self.type_of(node);
        if fits_converted(&of, target) == Fit::Never {
            let message = format!(
                "expected {what} to be a {}, found a {}",
                target.name(),
                of.name()
            );
            self.warn(diagnostic::TYPE_MISMATCH, offset, message);
        }
    }

    pub(super) fn check_member(&mut self, subject: &Type, name: &str, offset: usize) {
        let known = match subject.plain() {
            Type::Context(entries) => entries.iter().any(|(it, _)| **it == *name),
            Type::List(of) => return self.check_member(of, name, offset),
            Type::Any | Type::AnyContext | Type::Null => return,
            other => property_type(other, name).is_some(),
        };
        if !known {
            let message = format!("a {} has no {name:?}", subject.name());
            self.warn(diagnostic::UNKNOWN_MEMBER, offset, message);
        }
    }

    /// The arguments of a call of a built-in function; some form has to take them.
    pub(super) fn check_arguments(
        &mut self,
        builtin: &Builtin,
        arguments: &[Option<Node>],
        offset: usize,
    ) {
        let types: Vec<Type> = arguments
            .iter()
            .map(|it| it.as_ref().map_or(Type::Null, |it| self.type_of(it)))
            .collect();
        let fits = builtin::signatures(builtin)
            .iter()
            .filter(|form| form.takes(types.len()))
            .any(|form| {
                types.iter().enumerate().all(|(place, of)| {
                    form.parameter(place)
                        .is_some_and(|it| fits_converted(of, &it.of) != Fit::Never)
                })
            });
        if !fits {
            let types: Vec<String> = types.iter().map(Type::name).collect();
            let message = format!("expected {}, found ({})", builtin.usage(), types.join(", "));
            self.warn(diagnostic::WRONG_ARGUMENTS, offset, message);
        }
    }
}

fn is_null(of: &Type) -> bool {
    matches!(of.plain(), Type::Null)
}

/// Whether values of the type can stand where the other is asked for, conversions included
/// (10.3.2.9.4).
pub(super) fn fits_converted(of: &Type, target: &Type) -> Fit {
    let direct = of.fit(target);
    if direct != Fit::Never {
        return direct;
    }
    match (of.plain(), target.plain()) {
        (_, Type::List(target)) => fits_converted(of, target),
        (Type::List(of), _) => match of.fit(target) {
            Fit::Never => Fit::Never,
            Fit::Always | Fit::Perhaps => Fit::Perhaps,
        },
        (Type::Date, Type::DateTime) => Fit::Always,
        _ => Fit::Never,
    }
}

fn comparable(left: &Type, right: &Type) -> bool {
    left.fit(right) != Fit::Never || right.fit(left) != Fit::Never
}

/// Whether there is an order among the values of the type.
fn ordered(of: &Type) -> bool {
    !matches!(
        of.plain(),
        Type::Boolean
            | Type::List(_)
            | Type::Context(_)
            | Type::AnyContext
            | Type::Range(_)
            | Type::Function(_)
            | Type::AnyFunction
    )
}

/// Whether a subject can equal a value, or lie in it if it is a range or list.
fn may_hold(subject: &Type, value: &Type) -> bool {
    match value.plain() {
        Type::Null | Type::Any | Type::Boolean => true,
        Type::Range(of) => comparable(subject, of),
        Type::List(of) => comparable(subject, value) || may_hold(subject, of),
        _ => comparable(subject, value),
    }
}

/// The type of the result of an operation; `None` if it has none whatever the values are.
fn arithmetic(operation: Arithmetic, left: &Type, right: &Type) -> Option<Type> {
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
fn property_type(of: &Type, name: &str) -> Option<Type> {
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
