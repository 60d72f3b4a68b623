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
                Ok(Type::list(of))
            }
            "range" if self.take("<") => {
                let of = self.type_name()?;
                self.expect(">")?;
                Ok(Type::range(of))
            }
            "context" if self.take("<") => self.context_type(),
            "function" if self.take("<") => self.function_type(),
            name => match self.named_type(name) {
                Some(of) => Ok(of),
                None => {
                    let message = format!("expected a type, found {name:?}");
                    self.fail(diagnostic::UNKNOWN_TYPE, start, message)
                }
            },
        }
    }

    fn named_type(&mut self, name: &str) -> Option<Type> {
        let words = lex::name_words(name).map(|words| lex::join_words(&words));
        if let Some(of) = words.and_then(|words| self.names.type_of(&words)) {
            return Some(of.clone());
        }
        if ["list", "context", "range", "function"].contains(&name) {
            let message = format!("the type {name} has no parameters, as in {name}<…>");
            self.bare_type = Some(message);
        }
        Type::simple(name)
    }

    /// The name of a type: the longest the model knows, else one identifier.
    fn type_identifier(&mut self) -> Parsed<(Arc<str>, usize)> {
        let mut joined = String::new();
        let mut longest = None;
        let mut at = self.at;
        for count in 0..=lex::NAME_WORDS_MAX {
            let Some((word, end)) = lex::next_word(self.source, at) else {
                break;
            };
            lex::push_word(&mut joined, word);
            at = end;
            if count == 0 || self.names.type_of(&joined).is_some() {
                longest = Some((Arc::from(&self.source[self.at..at]), at));
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
        // Every context is one of `context<>`.
        if self.take(">") {
            return Ok(Type::AnyContext);
        }
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
        Ok(Type::Context(entries.into()))
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
        let result = self.type_name()?;
        Ok(Type::function(parameters, result))
    }
}
