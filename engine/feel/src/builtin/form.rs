//! The forms of a function: parameters, their types, and the type of the result.

use std::fmt;
use std::sync::Arc;

use crate::types::{Signature, Type};

/// One way to call a function.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) parameters: Vec<Formal>,
    /// Whether the last parameter may be given any number of times, but at least once.
    pub(crate) variadic: bool,
    result: Outcome,
}

/// A parameter of a form.
#[derive(Debug)]
pub(crate) struct Formal {
    pub(crate) name: Arc<str>,
    pub(crate) of: Type,
    pub(crate) optional: bool,
    generic: Option<Generic>,
}

/// How the type `T` of a form is found: as the parameter itself, or as the items of a list.
#[derive(Clone, Copy, Debug)]
enum Generic {
    Itself,
    Items,
}

#[derive(Debug)]
enum Outcome {
    Plain(Type),
    /// `T`
    Itself,
    /// `list<T>`
    ListOf,
}

impl Form {
    /// Reads `list: list<T>, position: number, more?: Any, items: T... -> list<T>`. The forms are part
    /// of the program, so that one that cannot be read shows in its first test.
    pub(crate) fn parse(text: &str) -> Form {
        let (parameters, result) = text
            .split_once("->")
            .expect("a form tells its result behind an arrow");
        let mut variadic = false;
        let parameters = split(parameters)
            .map(|parameter| {
                let (name, of) = parameter
                    .split_once(':')
                    .expect("a parameter has a name and a type");
                let of = match of.trim().strip_suffix("...") {
                    Some(of) => {
                        variadic = true;
                        of
                    }
                    None => of.trim(),
                };
                let plain = name.trim().trim_end_matches('?');
                Formal {
                    name: Arc::from(plain),
                    optional: plain.len() < name.trim().len(),
                    generic: match of {
                        "T" => Some(Generic::Itself),
                        "list<T>" => Some(Generic::Items),
                        _ => None,
                    },
                    of: type_named(of),
                }
            })
            .collect();
        let result = match result.trim() {
            "T" => Outcome::Itself,
            "list<T>" => Outcome::ListOf,
            plain => Outcome::Plain(type_named(plain)),
        };
        Form {
            parameters,
            variadic,
            result,
        }
    }

    /// Whether the form takes so many arguments.
    pub(crate) fn takes(&self, count: usize) -> bool {
        let required = self.parameters.iter().filter(|it| !it.optional).count();
        count >= required && (count <= self.parameters.len() || self.variadic)
    }

    pub(super) fn has_all<'n>(&self, mut names: impl Iterator<Item = &'n str>) -> bool {
        names.all(|name| self.parameters.iter().any(|it| *it.name == *name))
    }

    /// Whether no parameter is missing that may not be left out.
    pub(super) fn is_complete<'n>(&self, names: impl Iterator<Item = &'n str> + Clone) -> bool {
        let given = |it: &Formal| names.clone().any(|name| *it.name == *name);
        self.parameters.iter().all(|it| it.optional || given(it))
    }

    /// Whether the parameters come in the order of these names.
    pub(super) fn is_in_order<'n>(&self, names: impl Iterator<Item = &'n str>) -> bool {
        let mut parameters = self.parameters.iter();
        names
            .into_iter()
            .all(|name| parameters.any(|it| *it.name == *name))
    }

    /// The names of the parameters up to the last that is required or given.
    pub(crate) fn names_up_to<'n>(
        &self,
        given: impl Iterator<Item = &'n str> + Clone,
    ) -> Vec<Arc<str>> {
        let asked = |it: &Formal| !it.optional || given.clone().any(|name| *it.name == *name);
        let last = self.parameters.iter().rposition(asked);
        let parameters = &self.parameters[..last.map_or(0, |last| last + 1)];
        parameters.iter().map(|it| it.name.clone()).collect()
    }

    /// The parameter an argument belongs to.
    pub(crate) fn parameter(&self, place: usize) -> Option<&Formal> {
        let last = self.parameters.len().checked_sub(1)?;
        self.parameters.get(if self.variadic {
            place.min(last)
        } else {
            place
        })
    }

    /// The type of the function when it is called with so many arguments.
    pub(crate) fn signature(&self, count: usize) -> Signature {
        let of = |place| self.parameter(place).map_or(Type::Null, |it| it.of.clone());
        let count = if self.takes(count) {
            count
        } else {
            self.parameters.len()
        };
        Signature {
            names: Vec::new(),
            parameters: (0..count).map(of).collect(),
            result: match &self.result {
                Outcome::Plain(of) => of.clone(),
                Outcome::Itself => Type::Any,
                Outcome::ListOf => Type::list(Type::Any),
            },
        }
    }

    /// The type of the result for arguments of these types.
    pub(crate) fn result(&self, arguments: &[Type]) -> Type {
        let element = || {
            let bound = arguments.iter().enumerate().filter_map(|(place, of)| {
                match self.parameter(place)?.generic? {
                    Generic::Itself => Some(of.clone()),
                    Generic::Items => Some(of.item()),
                }
            });
            crate::types::joined(bound)
        };
        match &self.result {
            Outcome::Plain(of) => of.clone(),
            Outcome::Itself => element(),
            Outcome::ListOf => Type::list(element()),
        }
    }
}

/// Parts between commas that stand in no angle brackets.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    text.split(move |character| {
        match character {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        character == ',' && depth == 0
    })
    .filter(|part| !part.trim().is_empty())
}

fn type_named(text: &str) -> Type {
    let text = text.trim();
    if let Some(of) = text
        .strip_prefix("list<")
        .and_then(|it| it.strip_suffix('>'))
    {
        return Type::list(type_named(of));
    }
    match text {
        "T" | "comparable" | "duration" => Type::Any,
        text => Type::simple(text).expect("a form names types of FEEL"),
    }
}

impl fmt::Display for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(")?;
        for (place, parameter) in self.parameters.iter().enumerate() {
            let separator = if place > 0 { ", " } else { "" };
            let mark = if parameter.optional { "?" } else { "" };
            write!(formatter, "{separator}{}{mark}", parameter.name)?;
        }
        formatter.write_str(if self.variadic { ", …)" } else { ")" })
    }
}
