//! What must hold of deadlines.

use std::collections::BTreeSet;

use super::{Checker, names};
use crate::manifest::deadline::{Deadline, Setting};
use crate::manifest::{Operation, ParameterType};

impl<'m> Checker<'m> {
    pub(super) fn deadlines(&mut self) {
        let manifest = self.manifest;
        let mut mirrored = BTreeSet::new();
        for (deadline_idx, deadline) in manifest.deadlines.iter().enumerate() {
            let field = format!("deadline[{deadline_idx}]");
            self.kinds(
                &format!("{field}.record"),
                std::iter::once(deadline.record.as_str()),
            );
            self.settings(&field, deadline);
            if let Some(name) = &deadline.on_moved {
                self.silent_operation(&format!("{field}.on_moved"), name);
            }
            for path in &deadline.mirror {
                if !mirrored.insert((deadline.record.as_str(), path.as_str())) {
                    let message = format!("`{path}` is kept equal to another deadline already");
                    self.report("HOST-0006", &format!("{field}.mirror"), path, message);
                }
            }
        }
    }

    fn settings(&mut self, field: &str, deadline: &'m Deadline) {
        let parameters = [
            (
                "amount_parameter",
                parameter_of(&deadline.amount),
                ParameterType::Integer,
                "a whole number",
            ),
            (
                "weekends_rest_parameter",
                parameter_of(&deadline.weekends_rest),
                ParameterType::Boolean,
                "true or false",
            ),
            (
                "ends_at_parameter",
                parameter_of(&deadline.ends_at),
                ParameterType::String,
                "a string",
            ),
        ];
        for (key, parameter, expected, what) in parameters {
            let Some(parameter) = parameter else { continue };
            let field = format!("{field}.{key}");
            match self.manifest.parameter(parameter) {
                None => {
                    let known = names(&self.manifest.parameters, |it| &it.key);
                    self.undeclared(&field, parameter, "parameter", known);
                }
                Some(found) if found.r#type != expected => {
                    let message = format!("expected a parameter that is {what}");
                    self.report("HOST-0008", &field, parameter, message);
                }
                Some(_) => {}
            }
        }
    }

    /// An operation that the engine calls by itself: declared, and not one that people call.
    pub(super) fn silent_operation(&mut self, field: &str, name: &'m str) -> Option<&'m Operation> {
        let manifest = self.manifest;
        match manifest.operation(name) {
            None => {
                let known = names(&manifest.operations, |it| &it.name);
                self.undeclared(field, name, "operation", known);
                None
            }
            Some(operation) if operation.exposed => {
                let message =
                    "expected an operation that is not exposed: nobody asks for this call";
                self.report("HOST-0008", field, name, message.to_owned());
                None
            }
            Some(operation) => Some(operation),
        }
    }
}

fn parameter_of<T>(setting: &Setting<T>) -> Option<&str> {
    match setting {
        Setting::Fixed(_) => None,
        Setting::Parameter(key) => Some(key),
    }
}
