//! What an evaluation may use: steps, bytes, depth, and how deeply values may be nested.

use std::sync::Arc;

use super::{Eval, Evaluator, Stop};
use crate::diagnostic::{self, EvaluationError};
use crate::value::{Context, NESTING_MAX, Value};

/// The weight of a value that an evaluation may make, shared parts counted each time.
const WEIGHT_MAX: u64 = 64 << 20;

impl Evaluator<'_> {
    /// Charges steps.
    pub(crate) fn charge(&mut self, steps: u64) -> Result<(), Stop> {
        match self.steps.checked_sub(steps) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(exhausted(
                diagnostic::STEPS_EXHAUSTED,
                "steps",
                self.environment.budget.steps,
            )),
        }
    }

    /// Charges bytes.
    pub(crate) fn charge_bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        match self.bytes.checked_sub(bytes as u64) {
            Some(left) => {
                self.bytes = left;
                Ok(())
            }
            None => Err(exhausted(
                diagnostic::BYTES_EXHAUSTED,
                "bytes",
                self.environment.budget.bytes,
            )),
        }
    }

    /// Whether so many bytes may be held for a while; they are given back, hence not charged.
    pub(crate) fn afford_bytes(&self, bytes: usize) -> Result<(), Stop> {
        if bytes as u64 <= self.bytes {
            return Ok(());
        }
        Err(exhausted(
            diagnostic::BYTES_EXHAUSTED,
            "bytes",
            self.environment.budget.bytes,
        ))
    }

    pub(super) fn enter(&mut self) -> Result<(), Stop> {
        if self.depth == 0 {
            let depth = u64::from(self.environment.budget.depth);
            return Err(exhausted(diagnostic::DEPTH_EXHAUSTED, "levels", depth));
        }
        self.depth -= 1;
        self.charge(1)
    }

    /// The steps that are used up.
    pub(crate) fn steps_done(&self) -> u64 {
        self.environment.budget.steps - self.steps
    }

    /// A list that an evaluation made.
    pub(crate) fn list(&mut self, items: Vec<Value>) -> Eval {
        self.charge_bytes(items.len() * size_of::<Value>())?;
        checked(Value::list(items))
    }

    /// A text that an evaluation made.
    pub(crate) fn string(&mut self, text: impl Into<Arc<str>>) -> Eval {
        let text = text.into();
        self.charge_bytes(text.len())?;
        Ok(Value::String(text))
    }

    /// A context that an evaluation made.
    pub(crate) fn context(&mut self, context: Context) -> Eval {
        self.charge_bytes(context.len() * 2 * size_of::<Value>())?;
        checked(Value::from(context))
    }
}

fn exhausted(code: &'static str, what: &str, limit: u64) -> Stop {
    Box::new(EvaluationError {
        code,
        message: format!("the budget of {limit} {what} is used up"),
    })
}

/// Refuses what is nested too deeply to be walked.
pub(crate) fn checked(value: Value) -> Eval {
    if value.weight() > WEIGHT_MAX {
        return Err(Box::new(EvaluationError {
            code: diagnostic::BYTES_EXHAUSTED,
            message: format!("expected a value of at most {WEIGHT_MAX} bytes"),
        }));
    }
    if value.nesting() > NESTING_MAX {
        return Err(Box::new(EvaluationError {
            code: diagnostic::NESTING_EXHAUSTED,
            message: format!("expected a value of at most {NESTING_MAX} levels"),
        }));
    }
    Ok(value)
}
