//! Implicit conversions (DMN 1.5, 10.3.2.9.4).

use std::sync::Arc;

use super::{Eval, Evaluator, Stop};
use crate::diagnostic;
use crate::time::Zone;
use crate::types::{Defined, Type};
use crate::value::{List, Value};

impl Evaluator<'_> {
    /// The value made fit for the type, else `null` and a warning that names the place.
    pub(crate) fn fitting(&mut self, value: Value, of: &Type, place: &str) -> Eval {
        match self.coerce(value, of)? {
            Some(value) => Ok(value),
            None => self.null(|| {
                let code = diagnostic::DMN_OUTPUT_TYPE;
                format!("{code}: expected {place} to be a {}", of.name())
            }),
        }
    }

    /// The value made fit for the type: a list of one is its item, a single value is a list of
    /// one, a date is the midnight of UTC at which it begins. `None` if it does not fit.
    pub(crate) fn coerce(&mut self, value: Value, of: &Type) -> Result<Option<Value>, Stop> {
        if value.is_null() || of.is_any() {
            return Ok(Some(value));
        }
        match (of, &value) {
            (Type::Defined(defined), _) => self.coerce_defined(value, defined),
            (Type::List(of), Value::List(items)) => self.coerce_items(items.clone(), of),
            (Type::List(of), _) => match self.coerce(value, of)? {
                Some(item) => self.list(vec![item]).map(Some),
                None => Ok(None),
            },
            (of, Value::List(items)) => match &items[..] {
                [Value::List(_)] => Ok(None),
                [item] => self.coerce(item.clone(), of),
                _ => Ok(None),
            },
            (Type::Context(entries), Value::Context(_)) => self.coerce_entries(value, entries),
            (Type::DateTime, Value::Date(date)) => {
                let midnight = date.at_midnight().in_zone(Zone::utc());
                Ok(Some(Value::DateTime(midnight)))
            }
            (of, _) => {
                self.charge(value.weight() / 64)?;
                Ok(of.has_instance(&value).then_some(value))
            }
        }
    }

    fn coerce_defined(
        &mut self,
        value: Value,
        defined: &Arc<Defined>,
    ) -> Result<Option<Value>, Stop> {
        let Some(value) = self.coerce(value, &defined.of)? else {
            return Ok(None);
        };
        match &defined.allowed {
            Some(tests) if !value.is_null() && !self.satisfies(tests, &value)? => Ok(None),
            Some(_) | None => Ok(Some(value)),
        }
    }

    /// Items are not unwrapped: a list of lists is none of single values.
    fn coerce_items(&mut self, items: Arc<List>, of: &Type) -> Result<Option<Value>, Stop> {
        let mut coerced: Option<Vec<Value>> = None;
        for (idx, item) in items.iter().enumerate() {
            self.charge(1)?;
            let nested =
                matches!(item, Value::List(_)) && !matches!(of.plain(), Type::List(_) | Type::Any);
            if nested {
                return Ok(None);
            }
            let Some(fitting) = self.coerce(item.clone(), of)? else {
                return Ok(None);
            };
            if coerced.is_none() && !is_same(&fitting, item) {
                coerced = Some(items[..idx].to_vec());
            }
            if let Some(coerced) = &mut coerced {
                coerced.push(fitting);
            }
        }
        match coerced {
            Some(coerced) => self.list(coerced).map(Some),
            None => Ok(Some(Value::List(items))),
        }
    }

    fn coerce_entries(
        &mut self,
        value: Value,
        entries: &[(Arc<str>, Type)],
    ) -> Result<Option<Value>, Stop> {
        let Value::Context(context) = &value else {
            return Ok(None);
        };
        let mut coerced = None;
        for (name, of) in entries {
            self.charge(1)?;
            let Some(entry) = context.get(name) else {
                return Ok(None);
            };
            let Some(fitting) = self.coerce(entry.clone(), of)? else {
                return Ok(None);
            };
            if !is_same(&fitting, entry) {
                let coerced = coerced.get_or_insert_with(|| context.as_ref().clone());
                coerced.insert(name.clone(), fitting);
            }
        }
        match coerced {
            Some(coerced) => self.context(coerced).map(Some),
            None => Ok(Some(value)),
        }
    }
}

/// Whether a conversion left the value as it was: shared parts are the same ones then.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::List(left), Value::List(right)) => Arc::ptr_eq(left, right),
        (Value::Context(left), Value::Context(right)) => Arc::ptr_eq(left, right),
        (Value::List(_) | Value::Context(_), _) | (_, Value::List(_) | Value::Context(_)) => false,
        (left, right) => std::mem::discriminant(left) == std::mem::discriminant(right),
    }
}
