//! The month of an authority as a question (`marriageStatistics`). Small figures are not shown to
//! the public: they would name people.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, Query, operation};

use super::StatisticsDay;
use crate::authority::authority;

/// The most days of a month.
const DAYS_MAX: u32 = 31;
/// Roles of people outside of the bureau.
const PUBLIC: [&str; 2] = ["CITIZEN", "AGENT"];

/// Which month of which authority.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarriageStatisticsInput {
    /// 登记机关
    pub authority: String,
    /// `2026-03`
    pub month: String,
}

/// The month.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MarriageStatisticsOutput {
    /// 登记机关
    pub authority: String,
    /// `2026-03`
    pub month: String,
    /// 计数, by measure; a refusal has its code behind a colon.
    pub figures: Vec<Figure>,
    /// 中位数, by measure.
    pub medians: Vec<Median>,
    /// Figures below this are not shown; 0: all are.
    pub suppressed_below: u32,
}

/// A figure.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "StatisticsFigure")]
pub struct Figure {
    /// What was counted.
    pub measure: String,
    /// How often; absent if it is too small to be shown.
    pub count: Option<u32>,
}

/// A median.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "StatisticsMedian")]
pub struct Median {
    /// What was measured.
    pub measure: String,
    /// The middle value, of two the smaller; absent if there are too few to be shown.
    pub median: Option<u32>,
}

/// Adds up the days of a month.
#[operation(name = "marriageStatistics")]
pub fn month(
    ctx: &mut Context,
    input: MarriageStatisticsInput,
) -> Result<MarriageStatisticsOutput, OperationError> {
    authority(ctx, &input.authority, "/authority")?;
    let malformed = || OperationError::invalid("/month", "INPUT-MALFORMED");
    let first: Date = format!("{}-01", input.month)
        .parse()
        .map_err(|_| malformed())?;
    let last = first.plus_months(1).plus_days(-1);
    let query = Query::new()
        .equal("authorityCode", &input.authority)
        .at_least("date", first)
        .at_most("date", last)
        .limit(DAYS_MAX);
    let (mut counts, mut values) = (BTreeMap::new(), BTreeMap::<String, Vec<u32>>::new());
    for day in ctx.find::<StatisticsDay>(query)?.items {
        for it in &day.counts {
            *counts.entry(it.measure.clone()).or_insert(0) += it.count;
        }
        for it in &day.values {
            let all = values.entry(it.measure.clone()).or_default();
            all.extend(&it.values);
        }
    }
    let below = suppressed_below(ctx)?;
    let shown = |count: u32| (count >= below).then_some(count);
    Ok(MarriageStatisticsOutput {
        authority: input.authority,
        month: input.month,
        figures: counts
            .into_iter()
            .map(|(measure, count)| Figure {
                measure,
                count: shown(count),
            })
            .collect(),
        medians: values
            .into_iter()
            .map(|(measure, values)| Median {
                measure,
                median: median(values, below),
            })
            .collect(),
        suppressed_below: below,
    })
}

/// The bound for whoever asks: staff see every figure.
fn suppressed_below(ctx: &Context) -> Result<u32, OperationError> {
    let is_staff = ctx.actor().is_some_and(|actor| {
        let mut roles = actor.roles.iter();
        roles.any(|it| !PUBLIC.contains(&it.as_str()))
    });
    if is_staff {
        return Ok(0);
    }
    ctx.parameter("statistics_suppress_below")
}

/// The middle value; of two the smaller. None of fewer values than are shown.
pub fn median(mut values: Vec<u32>, below: u32) -> Option<u32> {
    values.sort_unstable();
    let few = u32::try_from(values.len()).is_ok_and(|it| it < below);
    if few || values.is_empty() {
        return None;
    }
    values.get((values.len() - 1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_of_few_values_is_not_shown() {
        assert_eq!(median(vec![9, 1, 5], 0), Some(5));
        assert_eq!(median(vec![4, 1, 3, 2], 0), Some(2));
        assert_eq!(median(vec![9, 1, 5], 5), None);
        assert_eq!(median(Vec::new(), 0), None);
    }
}
