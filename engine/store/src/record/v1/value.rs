//! FEEL values. Numbers keep their digits, temporals their zone; a function becomes null.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tongban_core::variable::Variables;
use tongban_feel::number::Number;
use tongban_feel::time::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration};
use tongban_feel::value::{Bound, Context, List, Range, Value as Core};

use crate::record::wire::{Damaged, Wire};

#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) enum Value<'a> {
    Null,
    Boolean(bool),
    /// A whole number without an exponent, the usual case.
    Integer(i64),
    Number {
        negative: bool,
        coefficient: u128,
        exponent: i32,
    },
    String(&'a str),
    Date {
        year: i32,
        month: u8,
        day: u8,
    },
    Time(String),
    DateTime(String),
    DaysTimeDuration {
        nanoseconds: i128,
    },
    YearsMonthsDuration {
        months: i64,
    },
    List(Vec<Value<'a>>),
    Context(Vec<(&'a str, Value<'a>)>),
    Range {
        start: Option<(Box<Value<'a>>, bool)>,
        end: Option<(Box<Value<'a>>, bool)>,
    },
}

impl<'a> Wire<'a, Core> for Value<'a> {
    fn of(core: &'a Core) -> Self {
        match core {
            Core::Null | Core::Function(_) => Value::Null,
            Core::Boolean(flag) => Value::Boolean(*flag),
            Core::Number(number) => of_number(*number),
            Core::String(text) => Value::String(text),
            Core::Date(date) => Value::Date {
                year: date.year(),
                month: date.month(),
                day: date.day(),
            },
            Core::Time(time) => Value::Time(time.to_string()),
            Core::DateTime(moment) => Value::DateTime(moment.to_string()),
            Core::DaysTimeDuration(duration) => Value::DaysTimeDuration {
                nanoseconds: duration.nanoseconds(),
            },
            Core::YearsMonthsDuration(duration) => Value::YearsMonthsDuration {
                months: duration.months(),
            },
            Core::List(items) => Value::List(items.iter().map(Value::of).collect()),
            Core::Context(context) => {
                let entry = |(name, value): (&'a Arc<str>, &'a Core)| (&**name, Value::of(value));
                Value::Context(context.iter().map(entry).collect())
            }
            Core::Range(range) => Value::Range {
                start: of_bound(&range.start),
                end: of_bound(&range.end),
            },
        }
    }

    fn into_core(self) -> Result<Core, Damaged> {
        Ok(match self {
            Value::Null => Core::Null,
            Value::Boolean(flag) => Core::Boolean(flag),
            Value::Integer(number) => Core::Number(Number::from(number)),
            Value::Number {
                negative,
                coefficient,
                exponent,
            } => Core::Number(
                Number::from_parts(negative, coefficient, exponent)
                    .ok_or(Damaged::Value("a number"))?,
            ),
            Value::String(text) => Core::String(Arc::from(text)),
            Value::Date { year, month, day } => {
                Core::Date(Date::new(year, month, day).ok_or(Damaged::Value("a date"))?)
            }
            Value::Time(text) => {
                Core::Time(Time::parse(&text).ok_or(Damaged::Value("a time of day"))?)
            }
            Value::DateTime(text) => {
                Core::DateTime(DateTime::parse(&text).ok_or(Damaged::Value("a date and time"))?)
            }
            Value::DaysTimeDuration { nanoseconds } => {
                Core::DaysTimeDuration(DaysTimeDuration::from_nanoseconds(nanoseconds))
            }
            Value::YearsMonthsDuration { months } => {
                Core::YearsMonthsDuration(YearsMonthsDuration::from_months(months))
            }
            Value::List(items) => {
                let items: Result<List, Damaged> =
                    items.into_iter().map(Value::into_core).collect();
                Core::List(Arc::new(items?))
            }
            Value::Context(entries) => {
                let entry = |(name, value): (&str, Value<'a>)| {
                    Ok::<_, Damaged>((Arc::<str>::from(name), value.into_core()?))
                };
                let context: Result<Context, Damaged> = entries.into_iter().map(entry).collect();
                Core::Context(Arc::new(context?))
            }
            Value::Range { start, end } => Core::Range(Arc::new(Range {
                start: start.map(bound_into_core).transpose()?,
                end: end.map(bound_into_core).transpose()?,
            })),
        })
    }
}

fn of_number<'a>(number: Number) -> Value<'a> {
    let (coefficient, negative) = (number.coefficient(), number.is_negative());
    match i64::try_from(coefficient) {
        Ok(whole) if number.exponent() == 0 => {
            Value::Integer(if negative { -whole } else { whole })
        }
        _ => Value::Number {
            negative,
            coefficient,
            exponent: number.exponent(),
        },
    }
}

fn of_bound(bound: &Option<Bound>) -> Option<(Box<Value<'_>>, bool)> {
    bound
        .as_ref()
        .map(|it| (Box::new(Value::of(&it.value)), it.included))
}

fn bound_into_core((value, included): (Box<Value<'_>>, bool)) -> Result<Bound, Damaged> {
    Ok(Bound {
        value: (*value).into_core()?,
        included,
    })
}

/// Variables by name.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct NamedValues<'a>(Vec<(&'a str, Value<'a>)>);

impl<'a> Wire<'a, Variables> for NamedValues<'a> {
    fn of(core: &'a Variables) -> Self {
        let entry = |(name, value): (&'a Arc<str>, &'a Core)| (&**name, Value::of(value));
        NamedValues(core.iter().map(entry).collect())
    }

    fn into_core(self) -> Result<Variables, Damaged> {
        let entry = |(name, value): (&str, Value<'a>)| Ok((Arc::from(name), value.into_core()?));
        self.0.into_iter().map(entry).collect()
    }
}

/// Values in order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct Items<'a>(Vec<Value<'a>>);

impl<'a> Wire<'a, Arc<List>> for Items<'a> {
    fn of(core: &'a Arc<List>) -> Self {
        Items(core.iter().map(Value::of).collect())
    }

    fn into_core(self) -> Result<Arc<List>, Damaged> {
        let items: Result<List, Damaged> = self.0.into_iter().map(Value::into_core).collect();
        items.map(Arc::new)
    }
}
