//! Literals and types.

use std::sync::Arc;

use super::{Failed, Parsed, Parser};
use crate::diagnostic;
use crate::lex;
use crate::number::Number;
use crate::time::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration};
use crate::types::Type;
use crate::value::Value;

/// The temporal value a text stands for, as in `@"2026-03-05"`.
pub(crate) fn temporal(text: &str) -> Option<Value> {
    Date::parse(text)
        .map(Value::Date)
        .or_else(|| DateTime::parse(text).map(Value::DateTime))
        .or_else(|| Time::parse(text).map(Value::Time))
        .or_else(|| YearsMonthsDuration::parse(text).map(Value::YearsMonthsDuration))
        .or_else(|| DaysTimeDuration::parse(text).map(Value::DaysTimeDuration))
}

impl Parser<'_> {
    pub(super) fn number(&mut self) -> Parsed<Value> {
        let start = self.at;
        let Some(end) = lex::number_end(self.source, start) else {
            return self.unexpected("a number");
        };
        self.at = end;
        match self.source[start..end].parse::<Number>() {
            Ok(number) => Ok(Value::Number(number)),
            Err(_) => self.fail(
                diagnostic::BAD_LITERAL,
                start,
                "expected a number below 10^6145".to_owned(),
            ),
        }
    }

    pub(super) fn string(&mut self) -> Parsed<String> {
        self.space();
        if !self.rest().starts_with('"') {
            return self.unexpected("a text in quotation marks");
        }
        match lex::string(self.source, self.at) {
            Some((text, end)) => {
                self.at = end;
                Ok(text)
            }
            None => self.fail(
                diagnostic::UNEXPECTED,
                self.at,
                "expected a closing quotation mark, found the end".to_owned(),
            ),
        }
    }

    /// `@"…"`, with the sign already read.
    pub(super) fn temporal(&mut self) -> Parsed<Value> {
        let start = self.at;
        let text = self.string()?;
        match temporal(&text) {
            Some(value) => Ok(value),
            None => {
                let message = format!("expected a date, time or duration, found {text:?}");
                self.fail(diagnostic::BAD_LITERAL, start, message)
            }
        }
    }

    pub(super) fn type_name(&mut self) -> Parsed<Type> {
        self.nested(Self::type_name_nested)
    }

    fn type_name_nested(&mut self) -> Parsed<Type> {
        const LONG: &[&str] = &[
            "date and time",
            "days and time duration",
            "years and months duration",
        ];
        self.space();
        let start = self.at;
        for name in LONG {
            if self.take_words(name) {
                return Type::simple(name).ok_or(Failed);
            }
        }
        let (name, end) = self.type_identifier()?;
        self.at = end;
        match &*name {
            "list" if self.take("<") => {
                let of = self.type_name()?;
                self.expect(">")?;
                Ok(Type::List(Box::new(of)))
            }
            "range" if self.take("<") => {
                let of = self.type_name()?;
                self.expect(">")?;
                Ok(Type::Range(Box::new(of)))
            }
            "context" if self.take("<") => self.context_type(),
            "function" if self.take("<") => self.function_type(),
            name => match self
                .names
                .type_of(name)
                .cloned()
                .or_else(|| Type::simple(name))
            {
                Some(of) => Ok(of),
                None => {
                    let message = format!("expected a type, found {name:?}");
                    self.fail(diagnostic::UNKNOWN_TYPE, start, message)
                }
            },
        }
    }

    /// The name of a type: the longest the model knows, else one identifier.
    fn type_identifier(&mut self) -> Parsed<(Arc<str>, usize)> {
        let mut words = Vec::new();
        let mut longest = None;
        let mut at = self.at;
        while let Some((word, end)) = lex::next_word(self.source, at) {
            words.push(word);
            at = end;
            let name = self.source[self.at..at].to_owned();
            if words.len() == 1 || self.names.type_of(&name).is_some() {
                longest = Some((Arc::from(name), at));
            }
            if words.len() > 16 {
                break;
            }
        }
        match longest {
            Some(found) => Ok(found),
            None => self.unexpected("a type"),
        }
    }

    fn take_words(&mut self, words: &str) -> bool {
        let start = self.at;
        for word in words.split(' ') {
            if !self.take_word(word) {
                self.at = start;
                return false;
            }
        }
        true
    }

    fn context_type(&mut self) -> Parsed<Type> {
        let mut entries = Vec::new();
        loop {
            let name = self.key_before(":")?;
            self.expect(":")?;
            entries.push((name, self.type_name()?));
            if !self.take(",") {
                break;
            }
        }
        self.expect(">")?;
        Ok(Type::Context(entries))
    }

    fn function_type(&mut self) -> Parsed<Type> {
        let mut parameters = Vec::new();
        while !self.sees(">") {
            parameters.push(self.type_name()?);
            if !self.take(",") {
                break;
            }
        }
        self.expect(">")?;
        self.expect("->")?;
        let result = Box::new(self.type_name()?);
        Ok(Type::Function { parameters, result })
    }
}
