//! Statistics (§14): what happened at an authority on a day, counted in the transaction in which it
//! happened; and the month as a question.
//!
//! A day is one record of counters and of the few values of which a median is asked, so a month
//! takes at most 31 records, however many couples came.

pub mod divorce;
pub mod marriage;
pub mod month;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, Instant, OperationError, Query, Record, Weekday};

/// 一日统计 of an authority
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "StatisticsDay")]
#[record(kind = "statistics_day")]
pub struct StatisticsDay {
    /// 登记机关
    pub authority_code: String,
    /// 日期
    pub date: Date,
    /// What is counted, and how often.
    pub counts: Vec<Count>,
    /// What is measured, and each value.
    pub values: Vec<Values>,
}

/// 计数
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "StatisticsCount")]
pub struct Count {
    /// What is counted.
    pub measure: String,
    /// How often.
    pub count: u32,
}

/// 数值
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "StatisticsValues")]
pub struct Values {
    /// What is measured.
    pub measure: String,
    /// Each value.
    pub values: Vec<u32>,
}

/// What a step adds to the day.
#[derive(Debug, Default)]
pub struct Tally {
    counts: Vec<(String, u32)>,
    values: Vec<(String, u32)>,
}

impl Tally {
    /// One more of this.
    pub fn count(mut self, measure: impl Into<String>) -> Self {
        self.counts.push((measure.into(), 1));
        self
    }

    /// So many more of this.
    pub fn add(mut self, measure: impl Into<String>, count: u32) -> Self {
        if count > 0 {
            self.counts.push((measure.into(), count));
        }
        self
    }

    /// A value of which the median is asked.
    pub fn value(mut self, measure: impl Into<String>, value: u32) -> Self {
        self.values.push((measure.into(), value));
        self
    }

    /// Adds to today's record of the authority. Two steps at the same moment are decided one after
    /// the other, since the record carries its version.
    pub fn note(self, ctx: &mut Context, authority_code: &str) -> Result<(), OperationError> {
        let query = Query::new()
            .equal("authorityCode", authority_code)
            .equal("date", ctx.today());
        match ctx.find_first::<StatisticsDay>(query)? {
            Some(mut day) => {
                day.add(self);
                ctx.put(&day)
            }
            None => {
                let mut day = StatisticsDay {
                    authority_code: authority_code.to_owned(),
                    date: ctx.today(),
                    counts: Vec::new(),
                    values: Vec::new(),
                };
                day.add(self);
                ctx.put_new(&day)?;
                Ok(())
            }
        }
    }
}

impl StatisticsDay {
    fn add(&mut self, tally: Tally) {
        for (measure, count) in tally.counts {
            match self.counts.iter_mut().find(|it| it.measure == measure) {
                Some(counted) => counted.count = counted.count.saturating_add(count),
                None => self.counts.push(Count { measure, count }),
            }
        }
        for (measure, value) in tally.values {
            match self.values.iter_mut().find(|it| it.measure == measure) {
                Some(measured) => measured.values.push(value),
                None => self.values.push(Values {
                    measure,
                    values: vec![value],
                }),
            }
        }
        self.counts.sort_by(|a, b| a.measure.cmp(&b.measure));
        self.values.sort_by(|a, b| a.measure.cmp(&b.measure));
    }
}

/// Whether the day is a Saturday or Sunday: couples choose them.
pub fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Minutes from the registration until the national base has it.
const UPLOAD_MINUTES: &str = "UPLOAD_MINUTES";
const MICROS_PER_MINUTE: i64 = 60_000_000;

/// The national base has a registration.
pub fn uploaded(
    ctx: &mut Context,
    authority_code: &str,
    registered_at: Option<Instant>,
) -> Result<(), OperationError> {
    let Some(registered_at) = registered_at else {
        return Ok(());
    };
    let tally = Tally::default().value(UPLOAD_MINUTES, minutes(registered_at, ctx.now()));
    tally.note(ctx, authority_code)
}

/// Whole minutes from one instant to a later one.
fn minutes(from: Instant, until: Instant) -> u32 {
    u32::try_from((until.as_micros() - from.as_micros()) / MICROS_PER_MINUTE).unwrap_or(0)
}
