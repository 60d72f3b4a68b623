//! Operands: literals, names, calls, lists, contexts, ranges.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{LOWEST, POSTFIX_MAX, Parsed, Parser, SCOPE_MAX, folded};
use crate::ast::{ContextEntry, Node, RangeNode};
use crate::diagnostic::{self, SyntaxError};
use crate::lex;
use crate::types::Type;
use crate::value::Value;

impl Parser<'_> {
    /// An operand with its signs, paths, filters and calls.
    pub(super) fn operand(&mut self) -> Parsed<Node> {
        if self.take("-") {
            let operand = self.nested(Self::operand)?;
            return Ok(match operand {
                Node::Constant(Value::Number(number)) => Node::Constant(number.negated().into()),
                operand => Node::Negate(Box::new(operand)),
            });
        }
        let operand = self.primary()?;
        self.postfix(operand)
    }

    fn postfix(&mut self, mut operand: Node) -> Parsed<Node> {
        for _ in 0..POSTFIX_MAX {
            if self.take(".") {
                operand = self.path(operand)?;
            } else if self.sees("[") && !self.in_range_end {
                self.at += 1;
                operand = self.filter(operand)?;
            } else if self.sees("(") && is_callable(&operand) {
                let start = self.at;
                self.at += 1;
                let arguments = self.nested(Self::arguments)?;
                operand = self.call_value(operand, arguments, start);
            } else {
                return Ok(operand);
            }
        }
        let message = format!("expected at most {POSTFIX_MAX} paths, filters and calls in a row");
        self.fail(diagnostic::TOO_DEEP, self.at, message)
    }

    fn path(&mut self, subject: Node) -> Parsed<Node> {
        let offset = self.at;
        let of = self.type_of(&subject);
        let name = self.member(&of)?;
        self.check_member(&of, &name, offset);
        Ok(match subject {
            Node::Path { subject, names } => {
                let mut names = names.into_vec();
                names.push(name);
                Node::Path {
                    subject,
                    names: names.into(),
                }
            }
            subject => Node::Path {
                subject: Box::new(subject),
                names: [name].into(),
            },
        })
    }

    fn filter(&mut self, list: Node) -> Parsed<Node> {
        let mark = self.frames.mark();
        let of = self.type_of(&list).item();
        let item = self.frames.reserve(of);
        self.frames.declare_at("item", item);
        self.frames.declare_filter(item);
        let offset = self.at;
        let predicate = self.expression();
        self.frames.reset(mark);
        let predicate = Box::new(predicate?);
        let of = self.type_of(&predicate);
        if !matches!(
            of.plain(),
            Type::Any | Type::Null | Type::Number | Type::List(_)
        ) {
            self.check_is(&predicate, &Type::Boolean, "a filter", offset);
        }
        self.expect("]")?;
        Ok(Node::Filter {
            list: Box::new(list),
            item,
            predicate,
        })
    }

    fn primary(&mut self) -> Parsed<Node> {
        self.space();
        let Some(first) = self.rest().chars().next() else {
            return self.unexpected("an expression");
        };
        match first {
            '0'..='9' | '.' => self.number().map(Node::Constant),
            '"' => self.string().map(|text| Node::Constant(Value::from(text))),
            '@' => {
                self.at += 1;
                self.temporal().map(Node::Constant)
            }
            '(' => {
                self.at += 1;
                self.nested(Self::parenthesized)
            }
            '[' => {
                self.at += 1;
                self.nested(Self::list_or_range)
            }
            ']' => {
                self.at += 1;
                self.nested(|parser| {
                    let start = parser.operators(LOWEST)?;
                    parser.expect("..")?;
                    parser.range_end(start, false)
                })
            }
            '{' => {
                self.at += 1;
                self.nested(Self::context)
            }
            _ if lex::is_name_start(first) => self.named(),
            _ => self.unexpected("an expression"),
        }
    }

    fn parenthesized(&mut self) -> Parsed<Node> {
        if let Some(range) = self.closed_comparison()? {
            return Ok(range);
        }
        let inner = self.operators(LOWEST)?;
        if self.take("..") {
            return self.range_end(inner, false);
        }
        self.expect(")")?;
        Ok(inner)
    }

    fn list_or_range(&mut self) -> Parsed<Node> {
        if self.take("]") {
            return Ok(Node::Constant(Value::list(Vec::new())));
        }
        let first = match self.comparison_range()? {
            Some(range) if self.take("]") => return Ok(range),
            Some(range) => range,
            None => {
                let first = self.expression()?;
                if self.take("..") {
                    return self.range_end(first, true);
                }
                first
            }
        };
        let mut items = vec![first];
        while self.take(",") {
            items.push(match self.comparison_range()? {
                Some(range) => range,
                None => self.expression()?,
            });
        }
        self.expect("]")?;
        Ok(fold_list(items))
    }

    /// The rest of a range after `..`.
    pub(super) fn range_end(&mut self, start: Node, start_included: bool) -> Parsed<Node> {
        let end = self.nested(|parser| {
            parser.in_range_end = true;
            parser.operators(LOWEST)
        })?;
        let end_included = if self.take("]") {
            true
        } else if self.take(")") || self.take("[") {
            false
        } else {
            return self.unexpected("the end of the range");
        };
        let start = Some((start, start_included));
        Ok(folded(Node::Range(Box::new(RangeNode {
            start,
            end: Some((end, end_included)),
        }))))
    }

    fn context(&mut self) -> Parsed<Node> {
        let start = self.at;
        let mark = self.frames.mark();
        let entries = self.context_entries();
        self.frames.reset(mark);
        let entries = entries?;
        let names: BTreeSet<&Arc<str>> = entries.iter().map(|entry| &entry.name).collect();
        if names.len() < entries.len() {
            self.warnings.push(SyntaxError {
                code: diagnostic::DUPLICATE_ENTRY,
                offset: start,
                message: "two entries of the context have the same name; it is null".to_owned(),
            });
            let message = "two entries of the context have the same name";
            return Ok(Node::Null(Arc::from(message)));
        }
        Ok(Node::Context(entries.into()))
    }

    fn context_entries(&mut self) -> Parsed<Vec<ContextEntry>> {
        let mut entries: Vec<ContextEntry> = Vec::new();
        if self.take("}") {
            return Ok(entries);
        }
        loop {
            self.space();
            let name: Arc<str> = match self.rest().starts_with('"') {
                true => Arc::from(self.string()?),
                false => self.key_before(":")?,
            };
            self.expect(":")?;
            if self.frames.count() > SCOPE_MAX {
                let message = format!("expected at most {SCOPE_MAX} names in scope");
                return self.fail(diagnostic::TOO_LONG, self.at, message);
            }
            let value = match self.sees_word("function") {
                true => self.function_entry(&name)?,
                false => self.expression()?,
            };
            let of = self.type_of(&value);
            let slot = self.frames.declare(&name, of);
            entries.push(ContextEntry { name, slot, value });
            if !self.take(",") {
                break;
            }
        }
        self.expect("}")?;
        Ok(entries)
    }

    /// A function that is an entry of a context may call itself by the entry's name.
    fn function_entry(&mut self, name: &str) -> Parsed<Node> {
        let after = lex::skip_space(self.source, self.at + "function".len());
        if !self.source[after..].starts_with('(') {
            return self.expression();
        }
        self.at = after + 1;
        let function = self.nested(|parser| parser.function(Some(name)))?;
        self.postfix(function)
    }

    /// What begins with a name: a keyword's expression, a call, a variable.
    fn named(&mut self) -> Parsed<Node> {
        let start = self.at;
        let Some((name, end)) = self.name() else {
            return self.unexpected("a name");
        };
        self.at = end;
        match &*name {
            "true" => return Ok(Node::Constant(Value::Boolean(true))),
            "false" => return Ok(Node::Constant(Value::Boolean(false))),
            "null" => return Ok(Node::Constant(Value::Null)),
            "if" => return self.nested(Self::conditional),
            "for" => return self.nested(Self::iteration),
            "some" => return self.nested(|parser| parser.quantified(false)),
            "every" => return self.nested(|parser| parser.quantified(true)),
            "function" if self.take("(") => return self.nested(|parser| parser.function(None)),
            "and" | "or" | "in" | "then" | "else" | "return" | "satisfies" | "between" => {
                self.at = start;
                return self.unexpected("an expression");
            }
            _ => {}
        }
        if self.sees("(") {
            return self.call(&name, start);
        }
        Ok(self.frames.resolve(&name))
    }
}

fn is_callable(operand: &Node) -> bool {
    !matches!(
        operand,
        Node::Constant(_) | Node::Range(_) | Node::List(_) | Node::Context(_)
    )
}

/// A list of constants is a constant.
fn fold_list(items: Vec<Node>) -> Node {
    let constants: Option<Vec<Value>> = items
        .iter()
        .map(|item| match item {
            Node::Constant(value) => Some(value.clone()),
            _ => None,
        })
        .collect();
    match constants {
        Some(values) => Node::Constant(Value::list(values)),
        None => Node::List(items.into()),
    }
}
