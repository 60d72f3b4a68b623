//! Texts. Positions count characters from 1, or from the end if negative.

use std::sync::Arc;

use super::argument::{list, number, optional, text};
use super::{Builtin, Family, pattern};
use crate::eval::{Eval, Evaluator, Stop};
use crate::regex::Regex;
use crate::value::Value;

const ONE_TEXT: &[&str] = &["string: string -> string"];
const TEXT_MATCH: &[&str] = &["string: string, match: string -> string"];
const TEXT_HAS: &[&str] = &["string: string, match: string -> boolean"];

pub(super) const FAMILY: Family = Family {
    title: "Texts",
    clause: "10.3.4.3",
    builtins: BUILTINS,
};

const BUILTINS: &[Builtin] = &[
    Builtin::pure(
        "substring",
        &["string: string, start position: number, length?: number -> string"],
        substring,
    )
    .doc(
        "A part of the text; positions count characters from 1, or from the end if negative.",
        &[
            ("substring(\"foobar\", 3)", "\"obar\""),
            ("substring(\"foobar\", 3, 3)", "\"oba\""),
            ("substring(\"foobar\", -2, 1)", "\"a\""),
            ("substring(\"鄂尔多斯\", 2, 2)", "\"尔多\""),
            ("substring(\"foobar\", 0)", "null"),
        ],
    ),
    Builtin::pure("string length", &["string: string -> number"], |arguments| {
        Some(Value::from(text(&arguments[0])?.chars().count() as i64))
    })
    .doc(
        "The number of characters (code points).",
        &[("string length(\"foo\")", "3"), ("string length(\"\\U01F40Eab\")", "3")],
    ),
    Builtin::pure("upper case", ONE_TEXT, |arguments| {
        Some(Value::from(text(&arguments[0])?.to_uppercase()))
    })
    .doc("The text in capitals.", &[("upper case(\"aBc4\")", "\"ABC4\"")]),
    Builtin::pure("lower case", ONE_TEXT, |arguments| {
        Some(Value::from(text(&arguments[0])?.to_lowercase()))
    })
    .doc("The text in small letters.", &[("lower case(\"aBc4\")", "\"abc4\"")]),
    Builtin::pure("trim", ONE_TEXT, |arguments| {
        Some(Value::from(text(&arguments[0])?.trim()))
    })
    .doc(
        "The text without the space round it. Not in the standard.",
        &[("trim(\" 张三  \")", "\"张三\"")],
    ),
    Builtin::pure("substring before", TEXT_MATCH, |arguments| {
        let (whole, part) = (text(&arguments[0])?, text(&arguments[1])?);
        Some(Value::from(
            whole.split_once(&**part).map_or("", |(before, _)| before),
        ))
    })
    .doc(
        "What stands before the first match; the empty text if there is none.",
        &[
            ("substring before(\"foobar\", \"bar\")", "\"foo\""),
            ("substring before(\"foobar\", \"xyz\")", "\"\""),
        ],
    ),
    Builtin::pure("substring after", TEXT_MATCH, |arguments| {
        let (whole, part) = (text(&arguments[0])?, text(&arguments[1])?);
        Some(Value::from(
            whole.split_once(&**part).map_or("", |(_, after)| after),
        ))
    })
    .doc(
        "What stands behind the first match; the empty text if there is none.",
        &[
            ("substring after(\"foobar\", \"ob\")", "\"ar\""),
            ("substring after(\"\", \"a\")", "\"\""),
        ],
    ),
    Builtin::pure("contains", TEXT_HAS, |arguments| {
        Some(Value::Boolean(
            text(&arguments[0])?.contains(&**text(&arguments[1])?),
        ))
    })
    .doc("Whether the text contains the other.", &[("contains(\"foobar\", \"of\")", "false")]),
    Builtin::pure("starts with", TEXT_HAS, |arguments| {
        Some(Value::Boolean(
            text(&arguments[0])?.starts_with(&**text(&arguments[1])?),
        ))
    })
    .doc(
        "Whether the text begins with the other.",
        &[("starts with(\"150627\", \"1506\")", "true")],
    ),
    Builtin::pure("ends with", TEXT_HAS, |arguments| {
        Some(Value::Boolean(
            text(&arguments[0])?.ends_with(&**text(&arguments[1])?),
        ))
    })
    .doc("Whether the text ends with the other.", &[("ends with(\"foobar\", \"r\")", "true")]),
    Builtin::full(
        "matches",
        &["input: string, pattern: string, flags?: string -> boolean"],
        matches,
    )
    .doc(
        "Whether the pattern, a regular expression of XPath, matches somewhere in the text. Flags: \
         `i` ignores case, `s` lets `.` match the end of a line, `m` lets `^` and `$` match at lines, \
         `x` ignores space in the pattern.",
        &[
            ("matches(\"foobar\", \"^fo*b\")", "true"),
            ("matches(\"150603199909099096\", \"^\\d{17}[\\dX]$\")", "true"),
            ("matches(\"ABC\", \"b\", \"i\")", "true"),
            ("matches(\"abab\", \"^(ab)\\1$\")", "true"),
            ("matches(\"a\", \"(\")", "null"),
        ],
    ),
    Builtin::full(
        "replace",
        &["input: string, pattern: string, replacement: string, flags?: string -> string"],
        replace,
    )
    .doc(
        "The text with every match replaced; `$1` stands for the first group, `$0` for the match.",
        &[
            ("replace(\"banana\", \"a\", \"o\")", "\"bonono\""),
            (
                "replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\")",
                "\"[1=ab][2=]cd\"",
            ),
        ],
    ),
    Builtin::full(
        "split",
        &["string: string, delimiter: string -> list<string>"],
        split,
    )
    .doc(
        "The parts between the matches of a pattern.",
        &[
            ("split(\"John Doe\", \"\\s\")", "[\"John\", \"Doe\"]"),
            ("split(\"a;b;c;;\", \";\")", "[\"a\", \"b\", \"c\", \"\", \"\"]"),
        ],
    ),
    Builtin::full(
        "string join",
        &["list: list<string>, delimiter?: string -> string"],
        string_join,
    )
    .doc(
        "The texts of a list as one, with a text between them; null items are left out.",
        &[
            ("string join([\"a\", null, \"c\"], \"、\")", "\"a、c\""),
            ("string join([\"a\", \"b\"])", "\"ab\""),
            ("string join([], \"X\")", "\"\""),
        ],
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
    whole.chars().nth(skipped)?;
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
    match pattern::compile(evaluator, source, flags)? {
        Some(regex) => {
            let found = regex.find(input, 0, evaluator)?;
            Ok(Value::Boolean(found.is_some()))
        }
        None => evaluator.null(|| format!("{source:?} is no pattern")),
    }
}

/// A pattern that finds something in the empty text cannot tell what to replace or where to split.
fn dividing(
    evaluator: &mut Evaluator<'_>,
    source: &str,
    flags: &str,
) -> Result<Option<Arc<Regex>>, Stop> {
    let Some(regex) = pattern::compile(evaluator, source, flags)? else {
        return Ok(None);
    };
    let finds_nothing = regex.find("", 0, evaluator)?.is_some();
    Ok((!finds_nothing).then_some(regex))
}

fn replace(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let (Some((input, source, flags)), Some(replacement)) =
        (subject(arguments, 3), text(&arguments[2]))
    else {
        return evaluator.null(|| "replace expects texts".to_owned());
    };
    let Some(regex) = dividing(evaluator, source, flags)? else {
        return evaluator.null(|| format!("{source:?} is no pattern to replace"));
    };
    let pieces = match flags.contains('q') {
        true => Some(vec![Piece::Text(replacement.to_string())]),
        false => pieces(replacement, regex.groups()),
    };
    let Some(pieces) = pieces else {
        return evaluator.null(|| format!("{replacement:?} is no replacement"));
    };
    let mut result = String::new();
    let mut end = 0;
    regex.find_all(input, evaluator, |evaluator, captures| {
        let length = result.len();
        let (from, to) = captures.span(0).unwrap_or((end, end));
        result.push_str(&input[end..from]);
        for piece in &pieces {
            match piece {
                Piece::Text(text) => result.push_str(text),
                Piece::Group(group) => {
                    if let Some((from, to)) = captures.span(*group) {
                        result.push_str(&input[from..to]);
                    }
                }
            }
        }
        end = to;
        evaluator.charge(1)?;
        evaluator.charge_bytes(result.len() - length)
    })?;
    result.push_str(&input[end..]);
    evaluator.string(result)
}

/// A part of a replacement.
enum Piece {
    Text(String),
    Group(usize),
}

/// `$1` is a group, `$0` the whole match; `\$` and `\\` are the signs themselves; nothing else may
/// follow them. As many digits belong to a group as there are groups for.
fn pieces(replacement: &str, groups: usize) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut signs = replacement.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => plain.push(signs.next().filter(|it| matches!(it, '$' | '\\'))?),
            '$' => {
                let mut group = signs.next()?.to_digit(10)? as usize;
                while let Some(digit) = signs.peek().and_then(|it| it.to_digit(10)) {
                    let longer = group * 10 + digit as usize;
                    if longer > groups {
                        break;
                    }
                    group = longer;
                    signs.next();
                }
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(Piece::Group(group));
            }
            sign => plain.push(sign),
        }
    }
    pieces.push(Piece::Text(plain));
    Some(pieces)
}

fn split(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let Some((input, source, flags)) = subject(arguments, 2) else {
        return evaluator.null(|| "split expects texts".to_owned());
    };
    let Some(regex) = dividing(evaluator, source, flags)? else {
        return evaluator.null(|| format!("{source:?} is no pattern to split by"));
    };
    let mut parts = Vec::new();
    let mut end = 0;
    regex.find_all(input, evaluator, |evaluator, captures| {
        let (from, to) = captures.span(0).unwrap_or((end, end));
        parts.push(Value::from(&input[end..from]));
        evaluator.charge(1)?;
        evaluator.charge_bytes(from - end)?;
        end = to;
        Ok(())
    })?;
    parts.push(Value::from(&input[end..]));
    evaluator.list(parts)
}

fn string_join(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let delimiter = match arguments.get(1) {
        None | Some(Value::Null) => Some(""),
        Some(value) => text(value).map(|it| &**it),
    };
    let (Some(items), Some(delimiter)) = (list(&arguments[0]), delimiter) else {
        return evaluator.null(|| "string join expects a list of texts".to_owned());
    };
    let mut joined = String::new();
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
    evaluator.string(joined)
}
