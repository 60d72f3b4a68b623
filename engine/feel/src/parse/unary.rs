//! Unary tests, as in the entries of a decision table, and the right-hand side of `in`.

use super::{ADDITIVE, Parsed, Parser, folded};
use crate::ast::{Comparison, Node, RangeNode, Slot, Test};

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
    /// `-`, `not(…)` or a list of tests on the value in a slot.
    pub(super) fn unary_tests(&mut self, input: Slot) -> Parsed<Node> {
        let of = self.frames.slot_type(input);
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
            self.check_tests(&of, &tests, start);
            return Ok(Node::UnaryTests {
                input,
                tests,
                negated: true,
            });
        }
        self.at = start;
        let tests = self.tests()?;
        self.check_tests(&of, &tests, start);
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
        let uses = self.frames.input_uses();
        let node = self.expression()?;
        Ok(self.value_or_condition(node, uses))
    }

    fn comparison_sign(&mut self) -> Option<Comparison> {
        SIGNS
            .iter()
            .find(|(sign, _)| self.take(sign))
            .map(|(_, comparison)| *comparison)
    }

    /// What follows `in`: one test, several in parentheses, or a range. `?` stands for the subject.
    pub(super) fn in_tests(&mut self, subject: Node) -> Parsed<Node> {
        let of = self.type_of(&subject);
        let start = self.at;
        let mark = self.frames.mark();
        let input = self.frames.declare("?", of.clone());
        let tests = self.tests_after_in();
        self.frames.reset(mark);
        let tests = tests?;
        self.check_tests(&of, &tests, start);
        Ok(Node::In {
            subject: Box::new(subject),
            input,
            tests,
        })
    }

    fn tests_after_in(&mut self) -> Parsed<Box<[Test]>> {
        if let Some(comparison) = self.comparison_sign() {
            let operand = self.operators(ADDITIVE - 1)?;
            return Ok([Test::Compare(comparison, operand)].into());
        }
        if self.sees("(") {
            self.at += 1;
            return self.nested(Self::parenthesized_tests);
        }
        let uses = self.frames.input_uses();
        let operand = self.operators(ADDITIVE - 1)?;
        Ok([self.value_or_condition(operand, uses)].into())
    }

    fn value_or_condition(&self, node: Node, uses_before: u32) -> Test {
        if self.frames.input_uses() > uses_before {
            Test::Condition(node)
        } else {
            Test::Value(node)
        }
    }

    /// Tests up to `)`. If the first turns out to be the beginning of a range, the parenthesis was
    /// that range's.
    fn parenthesized_tests(&mut self) -> Parsed<Box<[Test]>> {
        let mut tests = vec![self.test()?];
        if self.take("..") {
            let Some(Test::Value(start)) = tests.pop() else {
                return self.unexpected("a closing parenthesis");
            };
            let range = self.range_end(start, false)?;
            return Ok([Test::Value(range)].into());
        }
        while self.take(",") {
            tests.push(self.test()?);
        }
        self.expect(")")?;
        Ok(tests.into())
    }

    /// `< 5)`: a comparison in parentheses.
    pub(super) fn closed_comparison(&mut self) -> Parsed<Option<Node>> {
        let range = self.comparison_range()?;
        if range.is_some() {
            self.expect(")")?;
        }
        Ok(range)
    }

    /// `< 5`: a comparison by itself is a range without a beginning or an end.
    pub(super) fn comparison_range(&mut self) -> Parsed<Option<Node>> {
        let Some(comparison) = self.comparison_sign() else {
            return Ok(None);
        };
        let operand = self.operators(ADDITIVE - 1)?;
        let (start, end) = match comparison {
            Comparison::Less => (None, Some((operand, false))),
            Comparison::LessOrEqual => (None, Some((operand, true))),
            Comparison::Greater => (Some((operand, false)), None),
            Comparison::GreaterOrEqual => (Some((operand, true)), None),
            Comparison::Equal | Comparison::NotEqual => {
                return self.unexpected("one of <, <=, >, >=");
            }
        };
        Ok(Some(folded(Node::Range(Box::new(RangeNode {
            start,
            end,
        })))))
    }
}
