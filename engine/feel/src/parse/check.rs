//! What can never have a value, found while a text is read.
//!
//! FEEL gives `null` where types do not fit, so that a misfit is a warning, not an error. Nothing
//! is reported unless it is certain for every value.

use super::Parser;
use super::infer::{arithmetic, property_type};
use crate::ast::{Arithmetic, Comparison, Node, Test};
use crate::builtin::{self, Builtin};
use crate::diagnostic::{self, SyntaxError};
use crate::names::same_name;
use crate::types::{Fit, Type};

impl Parser<'_> {
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
        let has_order = || equality || (ordered(&left) && ordered(&right));
        if !comparable(&left, &right) || !has_order() {
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
        if let Some(found) = self.misfit(node, target) {
            let message = format!("expected {what} to be a {}, found a {found}", target.name());
            self.warn(diagnostic::TYPE_MISMATCH, offset, message);
        }
    }

    /// The arguments of a call of a function of the model, as far as its type is known. Each comes
    /// with its name, if it has one.
    pub(super) fn check_call(
        &mut self,
        callee: &Node,
        arguments: &[(Option<&str>, &Node)],
        offset: usize,
    ) {
        if let Some((code, message)) = self.call_misfit(callee, arguments) {
            self.warn(code, offset, message);
        }
    }

    /// What is wrong with a call, and its code.
    pub(super) fn call_misfit(
        &self,
        callee: &Node,
        arguments: &[(Option<&str>, &Node)],
    ) -> Option<(&'static str, String)> {
        let of = self.type_of(callee);
        let Type::Function(signature) = of.plain() else {
            return None;
        };
        let is_positional = arguments.iter().all(|(name, _)| name.is_none());
        if is_positional && arguments.len() != signature.parameters.len() {
            let (expected, found) = (signature.parameters.len(), arguments.len());
            let message = format!("expected {expected} arguments, found {found}");
            return Some((diagnostic::WRONG_ARGUMENTS, message));
        }
        arguments
            .iter()
            .enumerate()
            .find_map(|(place, (name, node))| {
                let place = match name {
                    None => place,
                    Some(_) if signature.names.is_empty() => return None,
                    Some(name) => match signature.names.iter().position(|it| same_name(it, name)) {
                        Some(place) => place,
                        None => {
                            let names = signature.names.join(", ");
                            let message =
                                format!("expected one of the parameters {names}, found {name:?}");
                            return Some((diagnostic::WRONG_ARGUMENTS, message));
                        }
                    },
                };
                let target = &signature.parameters[place];
                let misfit = self.misfit(node, target)?;
                let parameter = match signature.names.get(place) {
                    Some(name) => format!("{name:?}"),
                    None => format!("argument {}", place + 1),
                };
                let message = format!(
                    "expected {parameter} to be a {}, found a {misfit}",
                    target.name()
                );
                Some((diagnostic::TYPE_MISMATCH, message))
            })
    }

    /// The name of the node's type, if none of its values but `null` is of the target's.
    pub(super) fn misfit(&self, node: &Node, target: &Type) -> Option<String> {
        let of = self.type_of(node);
        (fits_converted(&of, target) == Fit::Never).then(|| of.name())
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
fn fits_converted(of: &Type, target: &Type) -> Fit {
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
        Type::Range(of) => comparable(subject, of) || comparable(subject, value),
        Type::List(of) => comparable(subject, value) || may_hold(subject, of),
        _ => comparable(subject, value),
    }
}
