//! Texts. Positions count characters from 1, or from the end if negative.

use std::sync::Arc;

use super::argument::{list, number, optional, text};
use super::{Builtin, pattern};
use crate::eval::{Eval, Evaluator};
use crate::value::Value;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::pure(
        "substring",
        &[&["string", "start position", "length?"]],
        substring,
    ),
    Builtin::pure("string length", &[&["string"]], |arguments| {
        Some(Value::from(text(&arguments[0])?.chars().count() as i64))
    }),
    Builtin::pure("upper case", &[&["string"]], |arguments| {
        Some(Value::from(text(&arguments[0])?.to_uppercase()))
    }),
    Builtin::pure("lower case", &[&["string"]], |arguments| {
        Some(Value::from(text(&arguments[0])?.to_lowercase()))
    }),
    Builtin::pure("trim", &[&["string"]], |arguments| {
        Some(Value::from(text(&arguments[0])?.trim()))
    }),
    Builtin::pure("substring before", &[&["string", "match"]], |arguments| {
        let (whole, part) = (text(&arguments[0])?, text(&arguments[1])?);
        Some(Value::from(
            whole.split_once(&**part).map_or("", |(before, _)| before),
        ))
    }),
    Builtin::pure("substring after", &[&["string", "match"]], |arguments| {
        let (whole, part) = (text(&arguments[0])?, text(&arguments[1])?);
        Some(Value::from(
            whole.split_once(&**part).map_or("", |(_, after)| after),
        ))
    }),
    Builtin::pure("contains", &[&["string", "match"]], |arguments| {
        Some(Value::Boolean(
            text(&arguments[0])?.contains(&**text(&arguments[1])?),
        ))
    }),
    Builtin::pure("starts with", &[&["string", "match"]], |arguments| {
        Some(Value::Boolean(
            text(&arguments[0])?.starts_with(&**text(&arguments[1])?),
        ))
    }),
    Builtin::pure("ends with", &[&["string", "match"]], |arguments| {
        Some(Value::Boolean(
            text(&arguments[0])?.ends_with(&**text(&arguments[1])?),
        ))
    }),
    Builtin::full("matches", &[&["input", "pattern", "flags?"]], matches),
    Builtin::full(
        "replace",
        &[&["input", "pattern", "replacement", "flags?"]],
        replace,
    ),
    Builtin::full("split", &[&["string", "delimiter"]], split),
    Builtin::full(
        "string join",
        &[&["list", "delimiter?", "prefix?", "suffix?"]],
        string_join,
    ),
];

fn substring(arguments: &[Value]) -> Option<Value> {
    let whole = text(&arguments[0])?;
    let start = number(&arguments[1])?.to_i64_truncated()?;
    let length = optional(arguments, 2, |it| number(it)?.to_i64_truncated())?;
    if length.is_some_and(|length| length < 1) {
        return None;
    }
    let skipped = match start {
        0 => return None,
        1.. => usize::try_from(start - 1).ok()?,
        _ => {
            let count = whole.chars().count();
            count.checked_sub(usize::try_from(start.unsigned_abs()).ok()?)?
        }
    };
    let rest = whole.chars().skip(skipped);
    Some(Value::from(match length {
        Some(length) => rest.take(usize::try_from(length).ok()?).collect::<String>(),
        None => rest.collect::<String>(),
    }))
}

/// Input, pattern and flags.
fn subject(arguments: &[Value], flags_place: usize) -> Option<(&Arc<str>, &Arc<str>, &str)> {
    let flags = match arguments.get(flags_place) {
        None | Some(Value::Null) => "",
        Some(flags) => text(flags)?,
    };
    Some((text(&arguments[0])?, text(&arguments[1])?, flags))
}

fn matches(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let Some((input, source, flags)) = subject(arguments, 2) else {
        return evaluator.null(|| "matches expects texts".to_owned());
    };
    pattern::charge(evaluator, source, input)?;
    match pattern::compile(evaluator, source, flags)? {
        Some(regex) => Ok(Value::Boolean(regex.is_match(input))),
        None => evaluator.null(|| format!("{source:?} is no supported pattern")),
    }
}

fn replace(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let (Some((input, source, flags)), Some(replacement)) =
        (subject(arguments, 3), text(&arguments[2]))
    else {
        return evaluator.null(|| "replace expects texts".to_owned());
    };
    pattern::charge(evaluator, source, input)?;
    let Some(regex) = pattern::compile(evaluator, source, flags)? else {
        return evaluator.null(|| format!("{source:?} is no supported pattern"));
    };
    let mut result = String::new();
    let mut end = 0;
    for captures in regex.captures_iter(input) {
        let Some(whole) = captures.get(0) else {
            continue;
        };
        let length = result.len();
        result.push_str(&input[end..whole.start()]);
        expand(&mut result, replacement, &captures, flags.contains('q'));
        end = whole.end();
        evaluator.charge(1)?;
        evaluator.charge_bytes(result.len() - length)?;
    }
    result.push_str(&input[end..]);
    evaluator.string(result)
}

/// `$1` is a group, `$0` the whole match; `\$` and `\\` are the signs themselves.
fn expand(
    result: &mut String,
    replacement: &str,
    captures: &regex_lite::Captures<'_>,
    plain: bool,
) {
    if plain {
        return result.push_str(replacement);
    }
    let mut signs = replacement.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' if matches!(signs.peek(), Some('$' | '\\')) => {
                result.extend(signs.next());
            }
            '$' if signs.peek().is_some_and(char::is_ascii_digit) => {
                let mut group = 0usize;
                while let Some(digit) = signs.peek().and_then(|it| it.to_digit(10)) {
                    let longer = group * 10 + digit as usize;
                    if group > 0 && longer >= captures.len() {
                        break;
                    }
                    group = longer;
                    signs.next();
                }
                result.push_str(captures.get(group).map_or("", |it| it.as_str()));
            }
            sign => result.push(sign),
        }
    }
}

fn split(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let Some((input, source, flags)) = subject(arguments, 2) else {
        return evaluator.null(|| "split expects texts".to_owned());
    };
    pattern::charge(evaluator, source, input)?;
    let Some(regex) = pattern::compile(evaluator, source, flags)? else {
        return evaluator.null(|| format!("{source:?} is no supported pattern"));
    };
    let mut parts = Vec::new();
    for part in regex.split(input) {
        evaluator.charge(1)?;
        evaluator.charge_bytes(part.len())?;
        parts.push(Value::from(part));
    }
    evaluator.list(parts)
}

fn string_join(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let optional_text = |place: usize| match arguments.get(place) {
        None | Some(Value::Null) => Some(""),
        Some(value) => text(value).map(|it| &**it),
    };
    let parts = (
        list(&arguments[0]),
        optional_text(1),
        optional_text(2),
        optional_text(3),
    );
    let (Some(items), Some(delimiter), Some(prefix), Some(suffix)) = parts else {
        return evaluator.null(|| "string join expects a list of texts".to_owned());
    };
    let mut joined = prefix.to_owned();
    let mut first = true;
    for item in items {
        evaluator.charge(1)?;
        let part = match item {
            Value::Null => continue,
            Value::String(part) => part,
            other => {
                let type_name = other.type_name();
                return evaluator.null(|| format!("string join found a {type_name}"));
            }
        };
        if !std::mem::take(&mut first) {
            joined.push_str(delimiter);
        }
        evaluator.charge_bytes(delimiter.len() + part.len())?;
        joined.push_str(part);
    }
    joined.push_str(suffix);
    evaluator.string(joined)
}
