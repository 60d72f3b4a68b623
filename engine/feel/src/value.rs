//! The values of FEEL. Start from [`Value`].
//!
//! Values are immutable and cheap to clone. Lists, contexts and functions know how deeply they
//! are nested, so that an evaluation can refuse what nobody could walk through any more.
//! Equality by `==` is equality of form; FEEL's own `=` lives in the evaluator.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::number::Number;
use crate::time::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration};

pub use crate::expression::Function;

/// How deeply lists and contexts may be nested in a value that an evaluation makes.
pub const NESTING_MAX: u16 = 100;

/// Entries of a context up to which a name is looked for one by one.
const SCANNED_MAX: usize = 8;

/// The weight of a value that has no parts.
const WEIGHT: u64 = 16;

/// A FEEL value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// No value; also the outcome of what could not be computed.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A decimal number.
    Number(Number),
    /// A text.
    String(Arc<str>),
    /// A calendar date.
    Date(Date),
    /// A time of day, with or without a zone.
    Time(Time),
    /// A date and time, with or without a zone.
    DateTime(DateTime),
    /// A duration in days, hours, minutes and seconds.
    DaysTimeDuration(DaysTimeDuration),
    /// A duration in years and months.
    YearsMonthsDuration(YearsMonthsDuration),
    /// A list.
    List(Arc<List>),
    /// Named values.
    Context(Arc<Context>),
    /// The values between two bounds.
    Range(Arc<Range>),
    /// A function.
    Function(Arc<Function>),
}

impl Value {
    /// The name of the value's type in FEEL.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "Null",
            Value::Boolean(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Date(_) => "date",
            Value::Time(_) => "time",
            Value::DateTime(_) => "date and time",
            Value::DaysTimeDuration(_) => "days and time duration",
            Value::YearsMonthsDuration(_) => "years and months duration",
            Value::List(_) => "list",
            Value::Context(_) => "context",
            Value::Range(_) => "range",
            Value::Function(_) => "function",
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The truth value, if it is one.
    pub fn as_boolean(&self) -> Option<bool> {
        match self {
            Value::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<Number> {
        match self {
            Value::Number(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(value) => Some(value),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&List> {
        match self {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The context, if it is one.
    pub fn as_context(&self) -> Option<&Context> {
        match self {
            Value::Context(context) => Some(context),
            _ => None,
        }
    }

    /// A list of values.
    pub fn list(items: Vec<Value>) -> Value {
        Value::List(Arc::new(List::new(items)))
    }

    /// How deeply containers are nested in the value; 0 for what is no container.
    pub fn nesting(&self) -> u16 {
        match self {
            Value::List(list) => list.nesting,
            Value::Context(context) => context.nesting,
            Value::Range(range) => range.nesting(),
            Value::Function(function) => function.nesting(),
            Value::Null
            | Value::Boolean(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Date(_)
            | Value::Time(_)
            | Value::DateTime(_)
            | Value::DaysTimeDuration(_)
            | Value::YearsMonthsDuration(_) => 0,
        }
    }
}

impl Value {
    /// About how many bytes the value would take if nothing in it were shared. Values that share
    /// their parts can be exponentially larger than the memory they take; whoever walks through
    /// them or writes them out pays for this size.
    pub fn weight(&self) -> u64 {
        match self {
            Value::String(text) => text.len() as u64 + WEIGHT,
            Value::List(list) => list.weight,
            Value::Context(context) => context.weight,
            Value::Range(range) => range.weight(),
            Value::Null
            | Value::Boolean(_)
            | Value::Number(_)
            | Value::Date(_)
            | Value::Time(_)
            | Value::DateTime(_)
            | Value::DaysTimeDuration(_)
            | Value::YearsMonthsDuration(_)
            | Value::Function(_) => WEIGHT,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Boolean(value)
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Value {
        Value::Number(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Value {
        Value::Number(Number::from(value))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Number(Number::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::String(Arc::from(value))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::String(Arc::from(value))
    }
}

impl From<Arc<str>> for Value {
    fn from(value: Arc<str>) -> Value {
        Value::String(value)
    }
}

impl From<Date> for Value {
    fn from(value: Date) -> Value {
        Value::Date(value)
    }
}

impl From<DateTime> for Value {
    fn from(value: DateTime) -> Value {
        Value::DateTime(value)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::list(items)
    }
}

impl From<Context> for Value {
    fn from(context: Context) -> Value {
        Value::Context(Arc::new(context))
    }
}

/// A list of values; reads as a slice. Lists are equal if their items are.
#[derive(Clone)]
pub struct List {
    items: Vec<Value>,
    nesting: u16,
    weight: u64,
}

impl Default for List {
    fn default() -> List {
        List::new(Vec::new())
    }
}

impl List {
    /// A list of these values.
    pub fn new(items: Vec<Value>) -> List {
        let deepest = items.iter().map(Value::nesting).max().unwrap_or(0);
        let weight = items
            .iter()
            .fold(WEIGHT, |sum, item| sum.saturating_add(item.weight()));
        List {
            items,
            nesting: deepest.saturating_add(1),
            weight,
        }
    }

    /// Adds a value at the end.
    pub fn push(&mut self, value: Value) {
        self.nesting = self.nesting.max(value.nesting().saturating_add(1));
        self.weight = self.weight.saturating_add(value.weight());
        self.items.push(value);
    }

    /// The values.
    pub fn into_items(self) -> Vec<Value> {
        self.items
    }
}

impl PartialEq for List {
    fn eq(&self, other: &List) -> bool {
        self.items == other.items
    }
}

impl fmt::Debug for List {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.items).finish()
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> List {
        List::new(items.into_iter().collect())
    }
}

/// Named values in the order in which they were given. Two contexts are equal if they hold the
/// same entries, in whatever order.
#[derive(Clone, Default)]
pub struct Context {
    entries: IndexMap<Arc<str>, Value>,
    nesting: u16,
    weight: u64,
}

impl Context {
    /// An empty context.
    pub fn new() -> Context {
        Context::default()
    }

    /// Adds an entry or replaces its value; the value that was there is returned.
    pub fn insert(&mut self, name: impl Into<Arc<str>>, value: Value) -> Option<Value> {
        let name = name.into();
        let key_bytes = name.len();
        self.nesting = self.nesting.max(value.nesting().saturating_add(1));
        self.weight = self.weight.saturating_add(entry_weight(key_bytes, &value));
        let replaced = self.entries.insert(name, value);
        if let Some(replaced) = &replaced {
            self.forget(key_bytes, replaced);
        }
        replaced
    }

    /// Takes a value that is no longer here out of the measures of the context.
    fn forget(&mut self, key_bytes: usize, gone: &Value) {
        self.weight = self.weight.saturating_sub(entry_weight(key_bytes, gone));
        if gone.nesting().saturating_add(1) == self.nesting {
            let deepest = self.entries.values().map(Value::nesting).max();
            self.nesting = deepest.map_or(0, |deepest| deepest.saturating_add(1));
        }
    }

    /// The value of an entry.
    pub fn get(&self, name: &str) -> Option<&Value> {
        // Looking at a few names is faster than hashing one.
        if self.entries.len() <= SCANNED_MAX {
            return self
                .entries
                .iter()
                .find(|(it, _)| ***it == *name)
                .map(|(_, value)| value);
        }
        self.entries.get(name)
    }

    /// Removes an entry; the others keep their order.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let removed = self.entries.shift_remove(name)?;
        self.forget(name.len(), &removed);
        Some(removed)
    }

    /// Whether there is an entry of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// The entries in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Value)> {
        self.entries.iter()
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn entry_weight(key_bytes: usize, value: &Value) -> u64 {
    value.weight().saturating_add(WEIGHT + key_bytes as u64)
}

impl PartialEq for Context {
    fn eq(&self, other: &Context) -> bool {
        self.entries == other.entries
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

impl IntoIterator for Context {
    type Item = (Arc<str>, Value);
    type IntoIter = indexmap::map::IntoIter<Arc<str>, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<N: Into<Arc<str>>> FromIterator<(N, Value)> for Context {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(entries: I) -> Context {
        let mut context = Context::default();
        for (name, value) in entries {
            context.insert(name, value);
        }
        context
    }
}

/// One end of a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The value at the end.
    pub value: Value,
    /// Whether the value itself belongs to the range.
    pub included: bool,
}

/// The values between two bounds; a missing bound means that there is no limit on that side.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// Where the range begins.
    pub start: Option<Bound>,
    /// Where the range ends.
    pub end: Option<Bound>,
}

impl Range {
    fn weight(&self) -> u64 {
        let weight = |bound: &Option<Bound>| bound.as_ref().map_or(0, |it| it.value.weight());
        weight(&self.start)
            .saturating_add(weight(&self.end))
            .saturating_add(WEIGHT)
    }

    fn nesting(&self) -> u16 {
        let deepest = |bound: &Option<Bound>| bound.as_ref().map_or(0, |it| it.value.nesting());
        deepest(&self.start)
            .max(deepest(&self.end))
            .saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_entry_leaves_no_trace_in_the_measures() {
        let fresh: Context = [("a", Value::from(1))].into_iter().collect();
        let mut replaced = Context::new();
        replaced.insert(
            "a",
            Value::from("a long text that weighs more than a number"),
        );
        replaced.insert("a", Value::list(vec![Value::list(Vec::new())]));
        assert_eq!(replaced.nesting, 3);
        replaced.insert("a", Value::from(1));
        assert_eq!(
            (replaced.weight, replaced.nesting),
            (fresh.weight, fresh.nesting)
        );
        let list = |context: &Context| Value::list(vec![Value::from(context.clone())]);
        assert_eq!(list(&replaced), list(&fresh));
        replaced.insert("b", Value::list(Vec::new()));
        replaced.remove("b");
        assert_eq!(
            (replaced.weight, replaced.nesting),
            (fresh.weight, fresh.nesting)
        );
    }

    #[test]
    fn an_empty_context_weighs_the_same_however_it_came_about() {
        let mut emptied = Context::new();
        emptied.insert("a", Value::from(1));
        emptied.remove("a");
        assert_eq!(emptied.weight, Context::new().weight);
        assert_eq!(emptied.nesting, 0);
    }
}
