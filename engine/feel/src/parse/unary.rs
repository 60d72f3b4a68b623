//! Unary tests, as in the entries of a decision table, and the right-hand side of `in`.

use super::{ADDITIVE, Parsed, Parser};
use crate::ast::{Comparison, Node, RangeNode, Test};

/// A comparison sign at the beginning of a test.
const SIGNS: &[(&str, Comparison)] = &[
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("!=", Comparison::NotEqual),
    ("=", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl Parser<'_> {
    /// `-`, `not(…)` or a list of tests.
    pub(super) fn unary_tests(&mut self) -> Parsed<Node> {
        let input = self.frames.declare("?");
        let start = self.at;
        if self.take("-") {
            self.space();
            if self.rest().is_empty() {
                return Ok(Node::UnaryTests {
                    input,
                    tests: [Test::Any].into(),
                    negated: false,
                });
            }
            self.at = start;
        }
        if self.take_word("not") && self.take("(") {
            let tests = self.nested(Self::tests)?;
            self.expect(")")?;
            return Ok(Node::UnaryTests {
                input,
                tests,
                negated: true,
            });
        }
        self.at = start;
        let tests = self.tests()?;
        Ok(Node::UnaryTests {
            input,
            tests,
            negated: false,
        })
    }

    fn tests(&mut self) -> Parsed<Box<[Test]>> {
        let mut tests = vec![self.test()?];
        while self.take(",") {
            tests.push(self.test()?);
        }
        Ok(tests.into())
    }

    fn test(&mut self) -> Parsed<Test> {
        if let Some(comparison) = self.comparison_sign() {
            let operand = self.nested(|parser| parser.operators(ADDITIVE - 1))?;
            return Ok(Test::Compare(comparison, operand));
        }
        self.space();
        let start = self.at;
        let node = self.expression()?;
        if mentions_input(&self.source[start..self.at]) {
            return Ok(Test::Condition(node));
        }
        Ok(Test::Value(node))
    }

    fn comparison_sign(&mut self) -> Option<Comparison> {
        SIGNS
            .iter()
            .find(|(sign, _)| self.take(sign))
            .map(|(_, comparison)| *comparison)
    }

    /// What follows `in`: one test, several in parentheses, or a range.
    pub(super) fn in_tests(&mut self, subject: Node) -> Parsed<Node> {
        let subject = Box::new(subject);
        if let Some(comparison) = self.comparison_sign() {
            let operand = self.operators(ADDITIVE - 1)?;
            return Ok(Node::In {
                subject,
                tests: [Test::Compare(comparison, operand)].into(),
            });
        }
        if self.sees("(") {
            self.at += 1;
            let tests = self.nested(Self::parenthesized_tests)?;
            return Ok(Node::In { subject, tests });
        }
        let operand = self.operators(ADDITIVE - 1)?;
        Ok(Node::In {
            subject,
            tests: [Test::Value(operand)].into(),
        })
    }

    /// Tests up to `)`. If the first turns out to be the beginning of a range, the parenthesis was
    /// that range's.
    fn parenthesized_tests(&mut self) -> Parsed<Box<[Test]>> {
        let mut tests = vec![self.plain_test()?];
        if self.take("..") {
            let Some(Test::Value(start)) = tests.pop() else {
                return self.unexpected("a closing parenthesis");
            };
            let range = self.range_end(start, false)?;
            return Ok([Test::Value(range)].into());
        }
        while self.take(",") {
            tests.push(self.plain_test()?);
        }
        self.expect(")")?;
        Ok(tests.into())
    }

    fn plain_test(&mut self) -> Parsed<Test> {
        match self.comparison_sign() {
            Some(comparison) => {
                let operand = self.nested(|parser| parser.operators(ADDITIVE - 1))?;
                Ok(Test::Compare(comparison, operand))
            }
            None => Ok(Test::Value(self.expression()?)),
        }
    }

    /// `< 5)`: a comparison in parentheses is a range without a beginning or an end.
    pub(super) fn comparison_range(&mut self, close: &str) -> Parsed<Option<Node>> {
        let Some(comparison) = self.comparison_sign() else {
            return Ok(None);
        };
        let operand = self.operators(ADDITIVE - 1)?;
        self.expect(close)?;
        let (start, end) = match comparison {
            Comparison::Less => (None, Some((operand, false))),
            Comparison::LessOrEqual => (None, Some((operand, true))),
            Comparison::Greater => (Some((operand, false)), None),
            Comparison::GreaterOrEqual => (Some((operand, true)), None),
            Comparison::Equal | Comparison::NotEqual => {
                return self.unexpected("one of <, <=, >, >=");
            }
        };
        Ok(Some(Node::Range(Box::new(RangeNode { start, end }))))
    }
}

/// Whether `?` stands in the text outside of strings.
fn mentions_input(text: &str) -> bool {
    let mut in_string = false;
    let mut escaped = false;
    for character in text.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '?' if !in_string => return true,
            _ => {}
        }
    }
    false
}
