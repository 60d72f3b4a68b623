//! TOML with the line of everything in it. Reading goes on after a problem, so that an author sees
//! all of them at once.

use std::cell::RefCell;

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::length::{of_millimeters, of_points, thousandths};
use crate::problem::{KEY_MISSING, KEY_UNKNOWN, Problem, WRONG};

/// Entries of any one list.
const ENTRIES_MAX: usize = 300;

pub(super) struct Reader<'s> {
    source: &'s str,
    problems: RefCell<Vec<Problem>>,
}

impl<'s> Reader<'s> {
    pub(super) fn new(source: &'s str) -> Reader<'s> {
        let problems = RefCell::default();
        Reader { source, problems }
    }

    pub(super) fn line(&self, offset: usize) -> u32 {
        let before = self.source.get(..offset).unwrap_or(self.source);
        let n_lines = before.bytes().filter(|it| *it == b'\n').count();
        u32::try_from(n_lines + 1).unwrap_or(u32::MAX)
    }

    pub(super) fn root<'r>(&'r self, table: &'r DeTable<'r>) -> Table<'r> {
        Table {
            reader: self,
            table,
            path: String::new(),
            line: 1,
        }
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }
}

/// A table of the file.
pub(super) struct Table<'r> {
    reader: &'r Reader<'r>,
    table: &'r DeTable<'r>,
    path: String,
    line: u32,
}

impl<'r> Table<'r> {
    /// The path of a key, for messages.
    pub(super) fn path(&self, key: &str) -> String {
        match (self.path.is_empty(), key.is_empty()) {
            (true, _) => key.to_owned(),
            (false, true) => self.path.clone(),
            (false, false) => format!("{}.{key}", self.path),
        }
    }

    pub(super) fn report(&self, key: &str, problem: impl FnOnce(&str) -> Problem) {
        let value = self.table.get(key);
        let line = value.map_or(self.line, |it| self.reader.line(it.span().start));
        let problem = problem(&self.path(key)).at_line(line);
        self.reader.problems.borrow_mut().push(problem);
    }

    /// Reports what has its line already.
    pub(super) fn push(&self, problem: Problem) {
        self.reader.problems.borrow_mut().push(problem);
    }

    /// The line where it begins.
    pub(super) fn line(&self) -> u32 {
        self.line
    }

    pub(super) fn wrong(&self, key: &str, expected: &str, found: &str) {
        self.report(key, |path| {
            Problem::new(WRONG, path)
                .with("expected", expected)
                .with("found", found)
        });
    }

    /// Whatever else stands in the table is reported.
    pub(super) fn known(&self, keys: &[&str]) {
        for (key, _) in self.table {
            let key: &str = key.get_ref();
            if !keys.contains(&key) {
                self.report(key, |path| {
                    Problem::new(KEY_UNKNOWN, path)
                        .with("key", key)
                        .with("known", keys.join(", "))
                });
            }
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    fn value(&self, key: &str) -> Option<&'r DeValue<'r>> {
        self.table.get(key).map(Spanned::get_ref)
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        match self.value(key)? {
            DeValue::String(text) => Some(text.to_string()),
            other => {
                self.wrong(key, "a text", other.type_str());
                None
            }
        }
    }

    pub(super) fn required_text(&self, key: &str) -> String {
        if !self.has(key) {
            self.missing(key);
        }
        self.text(key).unwrap_or_default()
    }

    pub(super) fn missing(&self, key: &str) {
        let path = self.path(key);
        self.report("", |_| Problem::new(KEY_MISSING, &path).with("key", key));
    }

    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value else {
            self.wrong(key, "a list of texts", value.type_str());
            return Vec::new();
        };
        let text = |it: &Spanned<DeValue<'_>>| match it.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            other => {
                self.wrong(key, "a list of texts", other.type_str());
                None
            }
        };
        items.iter().filter_map(text).collect()
    }

    pub(super) fn boolean(&self, key: &str) -> bool {
        match self.value(key) {
            None => false,
            Some(DeValue::Boolean(value)) => *value,
            Some(other) => {
                self.wrong(key, "true or false", other.type_str());
                false
            }
        }
    }

    /// One of some words.
    pub(super) fn word<'w>(&self, key: &str, words: &[&'w str]) -> Option<&'w str> {
        let text = self.text(key)?;
        let found = words.iter().copied().find(|it| *it == text);
        if found.is_none() {
            self.wrong(key, &words.join(", "), &text);
        }
        found
    }

    fn decimal(&self, value: &DeValue<'_>) -> Option<String> {
        match value {
            DeValue::Integer(it) if it.radix() == 10 => Some(it.as_str().to_owned()),
            DeValue::Float(it) => Some(it.as_str().to_owned()),
            _ => None,
        }
    }

    fn number(
        &self,
        key: &str,
        (expected, min, max): (&str, i64, i64),
        read: impl Fn(&str) -> Option<i64>,
    ) -> Option<i64> {
        let value = self.value(key)?;
        let text = self.decimal(value);
        let number = text.as_deref().and_then(read);
        let within = number.filter(|it| (min..=max).contains(it));
        if within.is_none() {
            self.wrong(key, expected, text.as_deref().unwrap_or(value.type_str()));
        }
        within
    }

    /// Micrometers of a number of millimeters.
    pub(super) fn length(&self, key: &str) -> Option<i64> {
        let expected = "millimeters from -100 to 2000, three digits behind the point at most";
        self.number(key, (expected, -100_000, 2_000_000), of_millimeters)
    }

    /// A length above nothing.
    pub(super) fn extent(&self, key: &str) -> Option<i64> {
        let expected = "millimeters above 0, 2000 at most";
        self.number(key, (expected, 1, 2_000_000), of_millimeters)
    }

    pub(super) fn required_length(&self, key: &str) -> i64 {
        if !self.has(key) {
            self.missing(key);
        }
        self.length(key).unwrap_or(0)
    }

    pub(super) fn required_extent(&self, key: &str) -> i64 {
        if !self.has(key) {
            self.missing(key);
        }
        self.extent(key).unwrap_or(1)
    }

    /// Micrometers of a size of letters in points.
    pub(super) fn size(&self, key: &str) -> Option<i64> {
        let (min, max) = (1000, 70_556);
        self.number(key, ("points from 3 to 200", min, max), of_points)
    }

    /// Thousandths of a factor.
    pub(super) fn factor(&self, key: &str) -> Option<i64> {
        self.number(key, ("a factor from 1 to 5", 1000, 5000), thousandths)
    }

    pub(super) fn count(&self, key: &str, max: i64) -> Option<i64> {
        let expected = format!("a whole number from 1 to {max}");
        self.number(key, (&expected, 1, max), |it| it.parse().ok())
    }

    /// Micrometers of some millimeters.
    pub(super) fn lengths<const N: usize>(&self, key: &str) -> Option<[i64; N]> {
        let value = self.value(key)?;
        let items = match value {
            DeValue::Array(items) => items.iter(),
            _ => [].iter(),
        };
        let lengths: Option<Vec<i64>> = items
            .map(|it| {
                self.decimal(it.get_ref())
                    .as_deref()
                    .and_then(of_millimeters)
            })
            .collect();
        let lengths = lengths.and_then(|it| <[i64; N]>::try_from(it).ok());
        if lengths.is_none() {
            self.wrong(
                key,
                &format!("{N} numbers of millimeters"),
                value.type_str(),
            );
        }
        lengths
    }

    pub(super) fn table(&self, key: &str) -> Option<Table<'r>> {
        match self.value(key)? {
            DeValue::Table(table) => Some(Table {
                reader: self.reader,
                table,
                path: self.path(key),
                line: self.reader.line(self.table.get(key)?.span().start),
            }),
            other => {
                self.wrong(key, "a table", other.type_str());
                None
            }
        }
    }

    pub(super) fn tables(&self, key: &str) -> Vec<Table<'r>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value else {
            self.wrong(key, "a list of tables", value.type_str());
            return Vec::new();
        };
        if items.len() > ENTRIES_MAX {
            self.wrong(
                key,
                &format!("at most {ENTRIES_MAX} entries"),
                &items.len().to_string(),
            );
        }
        let mut tables = Vec::new();
        for (position, item) in items.iter().enumerate().take(ENTRIES_MAX) {
            let DeValue::Table(table) = item.get_ref() else {
                self.wrong(key, "a list of tables", item.get_ref().type_str());
                continue;
            };
            tables.push(Table {
                reader: self.reader,
                table,
                path: format!("{}[{position}]", self.path(key)),
                line: self.reader.line(item.span().start),
            });
        }
        tables
    }

    /// A table as JSON.
    pub(super) fn json(&self, key: &str) -> Option<Json> {
        let value = self.value(key)?;
        let DeValue::Table(_) = value else {
            self.wrong(key, "a table", value.type_str());
            return None;
        };
        Some(json(value))
    }
}

fn json(value: &DeValue<'_>) -> Json {
    match value {
        DeValue::String(text) => Json::String(text.to_string()),
        DeValue::Integer(it) => it
            .as_str()
            .parse()
            .map_or(Json::Null, |it: i64| Json::from(it)),
        DeValue::Float(it) => it.as_str().parse().map_or(Json::Null, Json::Number),
        DeValue::Boolean(it) => Json::Bool(*it),
        DeValue::Datetime(it) => Json::String(it.to_string()),
        DeValue::Array(items) => Json::Array(items.iter().map(|it| json(it.get_ref())).collect()),
        DeValue::Table(table) => {
            let entries = table.iter();
            let entries =
                entries.map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())));
            Json::Object(entries.collect())
        }
    }
}
