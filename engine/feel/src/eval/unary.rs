//! Unary tests, as in the cells of decision tables and behind `in` (DMN 1.5, 10.3.2.7).

use super::{Eval, Evaluator, Stop, range_contains};
use crate::ast::{Slot, Test};
use crate::value::{Range, Value};

impl Evaluator<'_> {
    #[inline(never)]
    pub(super) fn unary_tests(&mut self, input: Slot, tests: &[Test], negated: bool) -> Eval {
        let subject = self.local(input).clone();
        self.cell_tests(&subject, tests, negated)
    }

    /// Tests as in a cell of a decision table.
    pub(crate) fn cell_tests(&mut self, subject: &Value, tests: &[Test], negated: bool) -> Eval {
        let result = self.tests(subject, tests, true)?;
        Ok(match (result, negated) {
            (Value::Boolean(fits), true) => Value::Boolean(!fits),
            (result, _) => result,
        })
    }

    /// Lets conditions among the tests find the subject as `?`.
    pub(crate) fn bind_input(&mut self, input: Slot, subject: &Value, tests: &[Test]) {
        if tests.iter().any(|it| matches!(it, Test::Condition(_))) {
            self.set_local(input, subject.clone());
        }
    }

    /// Whether the subject fits any of the tests. In a decision table a test that is true by itself
    /// fits whatever the input is.
    pub(super) fn tests(&mut self, subject: &Value, tests: &[Test], in_table: bool) -> Eval {
        let mut unknown = false;
        for test in tests {
            match self.test(subject, test, in_table)? {
                Some(true) => return Ok(Value::Boolean(true)),
                Some(false) => {}
                None => unknown = true,
            }
        }
        Ok(if unknown {
            Value::Null
        } else {
            Value::Boolean(false)
        })
    }

    fn test(&mut self, subject: &Value, test: &Test, in_table: bool) -> Result<Option<bool>, Stop> {
        match test {
            Test::Any => Ok(Some(true)),
            Test::Compare(comparison, operand) => {
                let operand = self.eval(operand)?;
                Ok(self
                    .comparison(*comparison, subject, &operand)?
                    .as_boolean())
            }
            Test::Value(node) => {
                let value = self.eval(node)?;
                match (subject, &value) {
                    (Value::Boolean(_), _) => self.fits(subject, &value),
                    (_, Value::Boolean(holds)) if in_table => Ok(Some(*holds)),
                    _ => self.fits(subject, &value),
                }
            }
            Test::Condition(node) => match self.eval(node)? {
                Value::Boolean(holds) => Ok(Some(holds)),
                // A condition that could not be decided is no value the subject may equal.
                Value::Null => Ok(None),
                value => self.fits(subject, &value),
            },
        }
    }

    /// Whether the subject equals the value, lies in the range, or stands in the list.
    pub(crate) fn fits(&mut self, subject: &Value, value: &Value) -> Result<Option<bool>, Stop> {
        match value {
            Value::Range(range) => Ok(lies_in(range, subject)),
            Value::List(items) => {
                self.charge(items.len() as u64)?;
                if matches!(subject, Value::List(_)) && self.equal(subject, value)? == Some(true) {
                    return Ok(Some(true));
                }
                for item in items.iter() {
                    let fits = match item {
                        Value::Range(range) => lies_in(range, subject),
                        item => self.equal(subject, item)?,
                    };
                    if fits == Some(true) {
                        return Ok(Some(true));
                    }
                }
                Ok(Some(false))
            }
            value => self.equal(subject, value),
        }
    }
}

/// Whether the subject is in the range, or is the range.
fn lies_in(range: &Range, subject: &Value) -> Option<bool> {
    match subject {
        Value::Range(other) if **other == *range => Some(true),
        subject => range_contains(range, subject),
    }
}
