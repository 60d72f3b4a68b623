//! Item definitions: the types of a model.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::eval::{Evaluator, Stop};
use crate::expression::{Compiled, Expression};
use crate::types::Type;
use crate::value::{Context, Value};

/// Item definitions nested in each other.
pub(super) const DEPTH_MAX: u32 = 32;

/// Parts of a type that `instance of` looks at.
const STRUCTURE_MAX: u32 = 500;

/// A type with the values it allows.
#[derive(Clone, Debug)]
pub(super) struct ItemType {
    pub(super) kind: Kind,
    pub(super) is_collection: bool,
    pub(super) allowed: Option<Expression>,
}

/// What a single value of the type is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Simple(Type),
    Components(Vec<(Arc<str>, ItemType)>),
    Defined(Arc<ItemType>),
}

/// The types by their names.
pub(super) type ItemTypes = BTreeMap<String, Arc<ItemType>>;

impl ItemType {
    pub(super) fn simple(of: Type) -> ItemType {
        ItemType {
            kind: Kind::Simple(of),
            is_collection: false,
            allowed: None,
        }
    }

    /// The type without its allowed values, for `instance of`.
    pub(super) fn structure(&self) -> Type {
        self.structure_within(&mut { STRUCTURE_MAX })
    }

    /// Types that share their parts could be exponentially larger written out than defined: beyond
    /// a bound their parts are any value.
    fn structure_within(&self, left: &mut u32) -> Type {
        let Some(rest) = left.checked_sub(1) else {
            return Type::Any;
        };
        *left = rest;
        let single = match &self.kind {
            Kind::Simple(of) => of.clone(),
            Kind::Components(components) => Type::Context(
                components
                    .iter()
                    .map(|(name, of)| (name.clone(), of.structure_within(left)))
                    .collect(),
            ),
            Kind::Defined(of) => of.structure_within(left),
        };
        if self.is_collection {
            Type::List(Box::new(single))
        } else {
            single
        }
    }

    /// Whether any value is of the type.
    pub(super) fn is_any(&self) -> bool {
        matches!(self.kind, Kind::Simple(Type::Any))
            && !self.is_collection
            && self.allowed.is_none()
    }

    /// The value made fit for the type; `None` if it does not fit. `null` always does.
    pub(super) fn coerce<'a>(
        &'a self,
        value: Value,
        evaluator: &mut Evaluator<'a>,
    ) -> Result<Option<Value>, Stop> {
        if value.is_null() {
            return Ok(Some(value));
        }
        if !self.is_collection {
            return self.coerce_single(value, evaluator);
        }
        let items = match value {
            Value::List(items) => items.to_vec(),
            single => vec![single],
        };
        let mut coerced = Vec::with_capacity(items.len());
        for item in items {
            evaluator.charge(1)?;
            if item.is_null() {
                coerced.push(item);
                continue;
            }
            match self.coerce_single(item, evaluator)? {
                Some(item) => coerced.push(item),
                None => return Ok(None),
            }
        }
        evaluator.list(coerced).map(Some)
    }

    fn coerce_single<'a>(
        &'a self,
        value: Value,
        evaluator: &mut Evaluator<'a>,
    ) -> Result<Option<Value>, Stop> {
        let value = match &self.kind {
            Kind::Simple(of) => of.coerce(value),
            Kind::Defined(of) => of.coerce(value, evaluator)?,
            Kind::Components(components) => coerce_components(components, value, evaluator)?,
        };
        let Some(value) = value else { return Ok(None) };
        match &self.allowed {
            Some(tests) if !allows(tests.compiled(), &value, evaluator)? => Ok(None),
            Some(_) | None => Ok(Some(value)),
        }
    }
}

fn coerce_components<'a>(
    components: &'a [(Arc<str>, ItemType)],
    value: Value,
    evaluator: &mut Evaluator<'a>,
) -> Result<Option<Value>, Stop> {
    let context = match &value {
        Value::Context(context) => context,
        Value::List(items) => match &items[..] {
            [Value::Context(context)] => context,
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    let mut coerced = Context::clone(context);
    for (name, of) in components {
        evaluator.charge(1)?;
        let Some(component) = context.get(name) else {
            continue;
        };
        match of.coerce(component.clone(), evaluator)? {
            Some(component) => coerced.insert(name.clone(), component),
            None => return Ok(None),
        };
    }
    Ok(Some(Value::from(coerced)))
}

/// Whether the tests hold for the value.
pub(super) fn allows<'a>(
    tests: &'a Compiled,
    value: &Value,
    evaluator: &mut Evaluator<'a>,
) -> Result<bool, Stop> {
    evaluator.switch(tests);
    Ok(evaluator.run_tests(tests, value)? == Value::Boolean(true))
}
