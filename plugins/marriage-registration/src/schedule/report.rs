//! J-15: the report of a month and of a year, built once from the days that were counted (§14).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Instant, OperationError, Query, Record, RecordId, SendNotice, operation,
};

use super::ScheduledWork;
use crate::authority::authority;
use crate::notice::SUPERVISOR;
use crate::statistics::month::{Figure, Median, median};
use crate::statistics::{StatisticsDay, Values};

const BUILT: &str = "STATISTICS-NOTICE-REPORT";
/// The days read at once.
const PAGE: u32 = 100;

/// 统计报表
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "StatisticsReport")]
#[record(kind = "statistics_report")]
pub struct StatisticsReport {
    /// 登记机关
    pub authority_code: String,
    /// `2026-03` or `2026`
    pub period: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
    /// 计数
    pub figures: Vec<Figure>,
    /// 中位数
    pub medians: Vec<Median>,
    /// When it was built.
    pub built_at: Instant,
}

/// The authority whose report is due.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BuildStatisticsReportInput {
    /// 登记机关
    pub authority_code: RecordId,
}

/// The month that has ended on the day of the run.
#[operation(name = "buildMonthlyReport")]
pub fn monthly(
    ctx: &mut Context,
    input: BuildStatisticsReportInput,
) -> Result<ScheduledWork, OperationError> {
    let this = first_of_month(as_of(ctx))?;
    let from = this.plus_months(-1);
    let period = format!("{:04}-{:02}", from.year(), from.month());
    build(
        ctx,
        &input.authority_code,
        period,
        (from, this.plus_days(-1)),
    )
}

/// The year that has ended on the day of the run.
#[operation(name = "buildYearlyReport")]
pub fn yearly(
    ctx: &mut Context,
    input: BuildStatisticsReportInput,
) -> Result<ScheduledWork, OperationError> {
    let year = as_of(ctx).year();
    let this: Date = format!("{year:04}-01-01")
        .parse()
        .map_err(|_| OperationError::failed("expected a year"))?;
    let from = this.plus_months(-12);
    let period = format!("{:04}", from.year());
    build(
        ctx,
        &input.authority_code,
        period,
        (from, this.plus_days(-1)),
    )
}

/// A run that was missed builds what it would have built then.
fn as_of(ctx: &Context) -> Date {
    ctx.schedule().map_or(ctx.today(), |it| it.as_of)
}

fn first_of_month(day: Date) -> Result<Date, OperationError> {
    let text = format!("{:04}-{:02}-01", day.year(), day.month());
    text.parse()
        .map_err(|_| OperationError::failed("expected a month"))
}

fn build(
    ctx: &mut Context,
    authority_code: &RecordId,
    period: String,
    (from, until): (Date, Date),
) -> Result<ScheduledWork, OperationError> {
    let code = authority(ctx, authority_code.as_str(), "/authorityCode")?.code;
    let known = Query::new()
        .equal("authorityCode", &code)
        .equal("period", &period);
    if ctx.count::<StatisticsReport>(known)? > 0 {
        return Ok(ScheduledWork::NOTHING);
    }
    let (figures, medians) = add_up(ctx, &code, from, until)?;
    let report = StatisticsReport {
        authority_code: code.clone(),
        period: period.clone(),
        from,
        until,
        figures,
        medians,
        built_at: ctx.now(),
    };
    let id = ctx.put_new(&report)?;
    let notice = SendNotice::to_role(BUILT, SUPERVISOR)
        .about_record::<StatisticsReport>(&id)
        .with_argument("authority", &code)
        .with_argument("period", &period)
        .once(format!("{code}:{period}"));
    ctx.send_notice(notice);
    Ok(ScheduledWork::DONE)
}

fn add_up(
    ctx: &Context,
    code: &str,
    from: Date,
    until: Date,
) -> Result<(Vec<Figure>, Vec<Median>), OperationError> {
    let (mut counts, mut values) = (BTreeMap::new(), BTreeMap::<String, Vec<u32>>::new());
    let mut next: Option<String> = None;
    loop {
        let mut query = Query::new()
            .equal("authorityCode", code)
            .at_least("date", from)
            .at_most("date", until)
            .order_by("date")
            .limit(PAGE);
        if let Some(next) = next {
            query = query.after(next);
        }
        let page = ctx.find::<StatisticsDay>(query)?;
        for day in &page.items {
            for it in &day.counts {
                *counts.entry(it.measure.clone()).or_insert(0_u32) += it.count;
            }
            for Values {
                measure,
                values: of_day,
            } in &day.values
            {
                values.entry(measure.clone()).or_default().extend(of_day);
            }
        }
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let figures = counts.into_iter().map(|(measure, count)| Figure {
        measure,
        count: Some(count),
    });
    let medians = values.into_iter().map(|(measure, values)| Median {
        measure,
        median: median(values, 0),
    });
    Ok((figures.collect(), medians.collect()))
}
