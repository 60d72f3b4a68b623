//! Expressions evaluated in the scope of an element instance.
//!
//! A value that does not fit its place is a failure with the reason of a null, if there is one.

use std::borrow::Cow;
use std::sync::Arc;

use tongban_feel::expression::{Expression, Scope};
use tongban_feel::value::{List, Range, Value};

use crate::behavior::incident::Failure;
use crate::context::Context;
use crate::id::ElementInstanceId;
use crate::incident::Kind;
use crate::state::State;
use crate::variable::Variables;

/// Texts that name something: assignees, job types, message names, keys.
const TEXT_BYTES_MAX: usize = 1_024;
/// Entries of a list of candidates.
const TEXTS_MAX: usize = 100;

/// The variables an expression sees: what is laid over them, then the scopes from the inside out.
struct ScopeChain<'a> {
    over: &'a [&'a Variables],
    state: &'a State,
    from: ElementInstanceId,
}

impl Scope for ScopeChain<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        let laid_over = self.over.iter().find_map(|variables| variables.get(name));
        match laid_over {
            Some(value) => Some(value.clone()),
            None => self.state.variable(self.from, name).map(Cow::into_owned),
        }
    }
}

/// The value of an expression; `over` hides the scopes' own variables, its first entry wins.
pub(crate) fn value_over(
    ctx: &Context<'_>,
    from: ElementInstanceId,
    expression: &Expression,
    over: &[&Variables],
) -> Result<Value, String> {
    if let Some(constant) = expression.as_constant() {
        return Ok(constant.clone());
    }
    let scope = ScopeChain {
        over,
        state: ctx.state(),
        from,
    };
    let value = expression.evaluate(&scope, &ctx.environment);
    let value = value.map_err(|error| format!("{} in `{}`", error, expression.source()))?;
    if is_storable(&value) {
        return Ok(value);
    }
    let source = expression.source();
    Err(format!(
        "expected a value that can be kept, found a function or a range in `{source}`"
    ))
}

/// The value of an expression.
pub(crate) fn value(
    ctx: &Context<'_>,
    from: ElementInstanceId,
    expression: &Expression,
) -> Result<Value, Failure> {
    value_over(ctx, from, expression, &[])
        .map_err(|message| Failure::new(Kind::ExpressionFailed, message))
}

/// A truth value.
pub(crate) fn condition(
    ctx: &Context<'_>,
    from: ElementInstanceId,
    expression: &Expression,
) -> Result<bool, Failure> {
    condition_over(ctx, from, expression, &[])
}

/// A truth value; `over` hides the scopes' own variables.
pub(crate) fn condition_over(
    ctx: &Context<'_>,
    from: ElementInstanceId,
    expression: &Expression,
    over: &[&Variables],
) -> Result<bool, Failure> {
    let value = value_over(ctx, from, expression, over);
    let value = value.map_err(|message| Failure::new(Kind::ExpressionFailed, message));
    match value? {
        Value::Boolean(holds) => Ok(holds),
        other => {
            let expected = "a boolean";
            Err(unexpected_over(
                ctx,
                (from, over),
                expression,
                expected,
                &other,
            ))
        }
    }
}

/// A text that must not be empty.
pub(crate) fn text(
    ctx: &Context<'_>,
    from: ElementInstanceId,
    expression: &Expression,
) -> Result<Arc<str>, Failure> {
    text_over(ctx, (from, &[]), expression)
}

/// Where an expression is evaluated, and what hides the scopes' own variables there.
pub(crate) type Place<'a> = (ElementInstanceId, &'a [&'a Variables]);

/// A text that must not be empty.
pub(crate) fn text_over(
    ctx: &Context<'_>,
    place: Place<'_>,
    expression: &Expression,
) -> Result<Arc<str>, Failure> {
    match optional_text_over(ctx, place, expression)? {
        Some(text) => Ok(text),
        None => Err(unexpected_over(
            ctx,
            place,
            expression,
            "a text",
            &Value::Null,
        )),
    }
}

/// A text; null and the empty text are none.
pub(crate) fn optional_text(
    ctx: &Context<'_>,
    from: ElementInstanceId,
    expression: &Expression,
) -> Result<Option<Arc<str>>, Failure> {
    optional_text_over(ctx, (from, &[]), expression)
}

/// A text; null and the empty text are none.
pub(crate) fn optional_text_over(
    ctx: &Context<'_>,
    (from, over): Place<'_>,
    expression: &Expression,
) -> Result<Option<Arc<str>>, Failure> {
    let value = value_over(ctx, from, expression, over);
    let value = value.map_err(|message| Failure::new(Kind::ExpressionFailed, message));
    match value? {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) if text.len() <= TEXT_BYTES_MAX => Ok(Some(text)),
        Value::String(text) => {
            let message = format!(
                "expected at most {TEXT_BYTES_MAX} bytes, found {} in `{}`",
                text.len(),
                expression.source()
            );
            Err(Failure::new(Kind::ExpressionFailed, message))
        }
        Value::Number(number) => Ok(Some(Arc::from(number.to_string()))),
        other => Err(unexpected_over(
            ctx,
            (from, over),
            expression,
            "a text",
            &other,
        )),
    }
}

/// A list of texts; a single text is a list of one, null an empty list.
pub(crate) fn texts(
    ctx: &Context<'_>,
    from: ElementInstanceId,
    expression: &Expression,
) -> Result<Vec<Arc<str>>, Failure> {
    let value = value(ctx, from, expression)?;
    let not_texts = || unexpected(ctx, from, expression, "a list of short texts", &value);
    match &value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        Value::String(text) if text.len() <= TEXT_BYTES_MAX => Ok(vec![text.clone()]),
        Value::List(list) if list.len() <= TEXTS_MAX => list
            .iter()
            .map(|item| match item {
                Value::String(text) if text.len() <= TEXT_BYTES_MAX => Ok(text.clone()),
                _ => Err(not_texts()),
            })
            .collect(),
        _ => Err(not_texts()),
    }
}

/// A whole number from 0 to `max`, given as a number or as digits.
pub(crate) fn count(
    ctx: &Context<'_>,
    from: ElementInstanceId,
    expression: &Expression,
    max: u32,
) -> Result<u32, Failure> {
    let value = value(ctx, from, expression)?;
    let number = match &value {
        Value::Number(number) if number.is_integer() => number.to_i64(),
        Value::String(text) => text.trim().parse::<i64>().ok(),
        _ => None,
    };
    let count = number
        .and_then(|it| u32::try_from(it).ok())
        .filter(|it| *it <= max);
    let expected = format!("a whole number from 0 to {max}");
    count.ok_or_else(|| unexpected(ctx, from, expression, &expected, &value))
}

/// The items of a list, or the integers of a range: what a multi-instance goes through.
pub(crate) fn items(
    ctx: &Context<'_>,
    from: ElementInstanceId,
    expression: &Expression,
) -> Result<Arc<List>, Failure> {
    let max = ctx.now.limits.iterations_max as usize;
    let scope = ScopeChain {
        over: &[],
        state: ctx.state(),
        from,
    };
    let value = expression.evaluate(&scope, &ctx.environment);
    let failed = |message: String| Failure::new(Kind::MultiInstanceInvalid, message);
    let value = value.map_err(|it| failed(format!("{it} in `{}`", expression.source())))?;
    let items = match &value {
        Value::List(items) if items.len() <= max && items.iter().all(is_storable) => items.clone(),
        Value::Range(range) => match integers(range, max) {
            Some(items) => Arc::new(List::new(items)),
            None => {
                let source = expression.source();
                let expected = format!("expected a range of at most {max} integers");
                return Err(failed(format!("{expected}, found another in `{source}`")));
            }
        },
        other => {
            let expected = format!("a list of at most {max} items");
            let failure = unexpected(ctx, from, expression, &expected, other);
            return Err(failure.with_kind(Kind::MultiInstanceInvalid));
        }
    };
    Ok(items)
}

/// The integers between the bounds of a range; nothing if it has others, or too many.
fn integers(range: &Range, max: usize) -> Option<Vec<Value>> {
    let (start, end) = (range.start.as_ref()?, range.end.as_ref()?);
    let integer = |value: &Value| value.as_number().filter(|it| it.is_integer())?.to_i64();
    let first = integer(&start.value)?.checked_add(i64::from(!start.included))?;
    let last = integer(&end.value)?.checked_sub(i64::from(!end.included))?;
    let count = last.checked_sub(first)?.checked_add(1)?.max(0);
    let is_bounded = usize::try_from(count).is_ok_and(|it| it <= max);
    is_bounded.then(|| (first..=last).map(Value::from).collect())
}

/// A failure that says what was expected and, for a null, why there is none.
pub(crate) fn unexpected(
    ctx: &Context<'_>,
    from: ElementInstanceId,
    expression: &Expression,
    expected: &str,
    found: &Value,
) -> Failure {
    unexpected_over(ctx, (from, &[]), expression, expected, found)
}

fn unexpected_over(
    ctx: &Context<'_>,
    (from, over): Place<'_>,
    expression: &Expression,
    expected: &str,
    found: &Value,
) -> Failure {
    let mut message = format!(
        "expected {expected}, found {} in `{}`",
        found.type_name(),
        expression.source()
    );
    if found.is_null() {
        let scope = ScopeChain {
            over,
            state: ctx.state(),
            from,
        };
        let (_, warnings) = expression.evaluate_traced(&scope, &ctx.environment);
        if let Some(warning) = warnings.first() {
            message.push_str(&format!(": {}", warning.message));
        }
    }
    Failure::new(Kind::ExpressionFailed, message)
}

/// Functions and ranges live within an expression only. Values are nested no deeper than FEEL's
/// own bound, so this walk is bounded too.
fn is_storable(value: &Value) -> bool {
    match value {
        Value::Range(_) | Value::Function(_) => false,
        Value::List(list) => list.iter().all(is_storable),
        Value::Context(context) => context.iter().all(|(_, value)| is_storable(value)),
        Value::Null
        | Value::Boolean(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::DateTime(_)
        | Value::DaysTimeDuration(_)
        | Value::YearsMonthsDuration(_) => true,
    }
}
